//! The files and folders that a document names exist.

use crate::source::Fault;

/// The folders in which paths may begin.
const ROOTS: [&str; 2] = ["", "cache-core/src/"];

/// `files` are the paths of all files. A path is a word between backticks with a slash and no space, or one that ends in `.rs`
/// or `.md`.
pub(crate) fn check(document: &str, text: &str, files: &[String]) -> Vec<Fault> {
    let lines = text.lines().enumerate();
    let words =
        lines.flat_map(|(at, line)| line.split('`').skip(1).step_by(2).map(move |w| (at, w)));
    let is_path = |word: &str| {
        let is_file = [".rs", ".md"].iter().any(|end| word.ends_with(end));
        let is_plain = !word.contains([' ', '<', ':', '"', '#', '(']);
        is_plain && (is_file || word.contains('/'))
    };
    let exists = |word: &str| {
        let starts = |file: &String, path: &str| {
            let rest = file.strip_prefix(path);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let mut paths = ROOTS.iter().map(|root| format!("{root}{word}"));
        paths.any(|path| files.iter().any(|file| starts(file, &path)))
    };
    let missing = words.filter(|(_, word)| is_path(word) && !exists(word));
    let fault = |(at, word)| Fault {
        path: document.to_owned(),
        line: at + 1,
        advice: format!("there is no `{word}`: say where it is now"),
    };
    missing.map(fault).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_one_of_a_file_or_a_folder() {
        let files = [
            "cache-core/src/near/join.rs".to_owned(),
            "README.md".to_owned(),
        ];
        let text = "`near/join.rs` `near/join` `cache-core/src/near` `README.md`\n`near/gone.rs`, `clock.rs`, `a/b c`, `Store`";
        let faults: Vec<String> = check("A.md", text, &files)
            .iter()
            .map(ToString::to_string)
            .collect();
        let gone = |word: &str, line: u8| {
            format!("A.md:{line}: there is no `{word}`: say where it is now")
        };
        assert_eq!(
            faults,
            [
                gone("near/join", 1),
                gone("near/gone.rs", 2),
                gone("clock.rs", 2)
            ]
        );
    }
}
