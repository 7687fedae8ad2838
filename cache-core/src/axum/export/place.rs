//! Where the page of a path is written, inside of a folder and never outside.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use ::http::HeaderMap;
use ::http::header::CONTENT_TYPE;

use crate::http::percent::decoded;

/// Content types, and the extension of their files.
const EXTENSIONS: [(&str, &str); 16] = [
    ("application/atom+xml", "xml"),
    ("application/javascript", "js"),
    ("application/json", "json"),
    ("application/manifest+json", "webmanifest"),
    ("application/pdf", "pdf"),
    ("application/rss+xml", "xml"),
    ("application/xml", "xml"),
    ("image/jpeg", "jpg"),
    ("image/png", "png"),
    ("image/svg+xml", "svg"),
    ("image/webp", "webp"),
    ("text/css", "css"),
    ("text/javascript", "js"),
    ("text/markdown", "md"),
    ("text/plain", "txt"),
    ("text/xml", "xml"),
];

/// The parts of a path as names of files.
///
/// # Errors
///
/// Why there is no such file.
pub(super) fn parts_of(path: &str) -> Result<Vec<String>, String> {
    let Some(rest) = path.strip_prefix('/') else {
        return Err("the path does not begin with `/`".to_owned());
    };
    if rest.contains(['?', '#']) {
        return Err("a file has no query".to_owned());
    }
    if rest.is_empty() {
        return Ok(Vec::new());
    }
    let rest = rest.strip_suffix('/').unwrap_or(rest);
    rest.split('/').map(part).collect()
}

fn part(part: &str) -> Result<String, String> {
    let name = String::from_utf8(decoded(part).into_owned());
    let name = name.map_err(|_| format!("`{part}` is not UTF-8"))?;
    let leaves = matches!(name.as_str(), "" | "." | "..");
    if leaves || name.contains(['/', '\\', ':', '\0']) {
        return Err(format!("`{part}` is not the name of a file in the folder"));
    }
    Ok(name)
}

/// The file of a page, relative to the folder: `posts/first/index.html`, or one with the extension of its path or its type.
///
/// # Errors
///
/// Why no file can stand for it.
pub(super) fn file_of(mut parts: Vec<String>, headers: &HeaderMap) -> Result<PathBuf, String> {
    let content = headers
        .get(CONTENT_TYPE)
        .map_or(&b""[..], |value| value.as_bytes());
    let content = content
        .split(|byte| *byte == b';')
        .next()
        .unwrap_or_default();
    let content = String::from_utf8_lossy(content.trim_ascii()).to_ascii_lowercase();
    let is_page = matches!(content.as_str(), "text/html" | "application/xhtml+xml");
    let extension = parts
        .last()
        .and_then(|last| Path::new(last).extension()?.to_str())
        .map(str::to_ascii_lowercase);
    let has_own = match extension.as_deref() {
        Some("html" | "htm" | "xhtml") => true,
        Some(_) => !is_page,
        None => false,
    };
    if has_own {
        return Ok(parts.iter().collect());
    }
    if is_page {
        parts.push("index.html".to_owned());
        return Ok(parts.iter().collect());
    }
    let known = EXTENSIONS.iter().find(|(name, _)| *name == content);
    match (known, parts.last_mut()) {
        (Some((_, extension)), Some(last)) => {
            last.push('.');
            last.push_str(extension);
            Ok(parts.iter().collect())
        }
        _ => Err(format!("no extension is known for its type, `{content}`")),
    }
}

/// Why a file was not written.
pub(super) enum NotWritten {
    /// The place is none for this page.
    Refused(String),
    /// The folder cannot be written.
    Failed(io::Error),
}

impl From<io::Error> for NotWritten {
    fn from(error: io::Error) -> Self {
        Self::Failed(error)
    }
}

/// Writes a file inside of `folder`: into another one beside it first, so that nobody reads half of it.
pub(super) fn write(folder: &Path, file: &Path, bytes: &[u8]) -> Result<(), NotWritten> {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let place = folder.join(file);
    let mut within = folder.to_owned();
    for part in file.parent().into_iter().flat_map(Path::components) {
        within.push(part);
        enter(&within)?;
    }
    match fs::symlink_metadata(&place) {
        Ok(there) if !there.is_file() => {
            let file = file.display();
            return Err(NotWritten::Refused(format!(
                "`{file}` is there, and is no file"
            )));
        }
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
        _ => {}
    }
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let beside = within.join(format!(".export-{}-{number}", std::process::id()));
    let written = fs::File::create_new(&beside)
        .and_then(|mut out| out.write_all(bytes))
        .and_then(|()| fs::rename(&beside, &place));
    if written.is_err() {
        let _ = fs::remove_file(&beside);
    }
    Ok(written?)
}

/// Makes a folder unless it is there. A link could lead outside.
fn enter(folder: &Path) -> Result<(), NotWritten> {
    match fs::symlink_metadata(folder) {
        Ok(there) if there.is_dir() => Ok(()),
        Ok(_) => {
            let name = folder.file_name().unwrap_or_default().display();
            Err(NotWritten::Refused(format!(
                "`{name}` is there, and is no folder"
            )))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(fs::create_dir(folder)?),
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use ::http::HeaderValue;

    use super::*;

    fn place(path: &str, content: &'static str) -> Result<String, String> {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(content));
        let file = file_of(parts_of(path)?, &headers)?;
        Ok(file.to_str().unwrap().replace('\\', "/"))
    }

    #[test]
    fn a_page_has_the_file_that_servers_look_for() {
        for (path, content, file) in [
            ("/", "text/html", "index.html"),
            (
                "/posts/first",
                "text/html; charset=utf-8",
                "posts/first/index.html",
            ),
            ("/posts/first/", "TEXT/HTML", "posts/first/index.html"),
            ("/posts/v1.2", "text/html", "posts/v1.2/index.html"),
            ("/old.html", "text/html", "old.html"),
            ("/feed", "application/rss+xml", "feed.xml"),
            ("/feed.rss", "application/rss+xml", "feed.rss"),
            ("/app.css", "text/css", "app.css"),
            ("/%C3%A9", "text/html", "é/index.html"),
        ] {
            assert_eq!(place(path, content).as_deref(), Ok(file), "{path}");
        }
    }

    #[test]
    fn no_path_leaves_the_folder() {
        for path in [
            "",
            "a",
            "//",
            "//a",
            "/a//b",
            "/..",
            "/../a",
            "/a/../b",
            "/.",
            "/%2e%2e/a",
            "/a%2Fb",
            "/a%5Cb",
            "/C:",
            "/C%3A/a",
            "/a%00",
            "/%FF",
            "/a?b=1",
            "/a#b",
        ] {
            assert!(place(path, "text/html").is_err(), "{path}");
        }
        for (path, content) in [("/", "text/plain"), ("/a", "x/y"), ("/a", "")] {
            assert!(place(path, content).is_err(), "{path} {content}");
        }
    }
}
