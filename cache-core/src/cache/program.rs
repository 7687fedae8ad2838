//! The name of this program: the prefix of a cache on a server whose address says none.

use std::env::consts::EXE_SUFFIX;

/// The file name of the executable; `None` if the system does not tell it.
pub(super) fn name() -> Option<String> {
    let executable = std::env::current_exe().ok()?;
    cleaned(executable.file_name()?.to_str()?)
}

/// The name without what is not its own: Linux appends "(deleted)" when a deployment has replaced the file, and cargo appends a
/// hash to tests that changes with every build.
fn cleaned(file: &str) -> Option<String> {
    let name = file.strip_suffix(" (deleted)").unwrap_or(file);
    let name = name.strip_suffix(EXE_SUFFIX).unwrap_or(name);
    let is_hash = |text: &str| text.len() == 16 && text.bytes().all(|b| b.is_ascii_hexdigit());
    let name = match name.rsplit_once('-') {
        Some((name, hash)) if is_hash(hash) => name,
        _ => name,
    };
    (!name.is_empty()).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_runs_of_a_program_have_one_name() {
        for file in ["blog", "blog (deleted)", "blog-0123456789abcdef"] {
            assert_eq!(cleaned(file).as_deref(), Some("blog"));
        }
        assert_eq!(
            cleaned(&format!("blog{EXE_SUFFIX}")).as_deref(),
            Some("blog")
        );
        assert_eq!(cleaned("blog-worker").as_deref(), Some("blog-worker"));
        assert_eq!(cleaned("blog.v2").as_deref(), Some("blog.v2"));
        assert_eq!(cleaned(""), None);
        assert_eq!(name(), name());
    }
}
