//! Fills the database: with the posts that the program brings along, and with those of a directory.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use include_dir::{Dir, include_dir};
use indicatif::{ProgressBar, ProgressStyle};

use crate::db::Db;
use crate::front_matter;
use crate::writing;

static SHIPPED: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/examples/blog/posts");

/// Fills an empty database with the posts of the program.
pub async fn with_shipped_posts(db: &Db) -> Result<(), String> {
    let full = db
        .first::<(bool,)>("SELECT EXISTS (SELECT 1 FROM posts)", ())
        .await
        .map_err(|e| e.to_string())?;
    if full == Some((true,)) {
        return Ok(());
    }
    let text = |file: &include_dir::File<'_>| {
        file.contents_utf8()
            .map(str::to_owned)
            .ok_or(io::ErrorKind::InvalidData.into())
    };
    load(
        db,
        SHIPPED
            .files()
            .map(|file| (file.path().to_owned(), text(file)))
            .collect(),
    )
    .await
}

/// Adds the Markdown files below a directory. Those that are there already stay as they are.
pub async fn with_directory(db: &Db, directory: &Path) -> Result<(), String> {
    let cannot = |error: io::Error| format!("cannot read {}: {error}", directory.display());
    let mut paths = Vec::new();
    find_markdown(directory, &mut paths).map_err(cannot)?;
    if paths.is_empty() {
        return Err(format!("no Markdown files in {}", directory.display()));
    }
    load(
        db,
        paths
            .into_iter()
            .map(|path| (path.clone(), fs::read_to_string(path)))
            .collect(),
    )
    .await
}

fn find_markdown(directory: &Path, found: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            find_markdown(&entry.path(), found)?;
        } else if entry
            .path()
            .extension()
            .is_some_and(|extension| extension == "md")
        {
            found.push(entry.path());
        }
    }
    Ok(())
}

/// Reads and inserts posts, the oldest first, so that slugs do not depend on the order of files.
async fn load(db: &Db, files: Vec<(PathBuf, io::Result<String>)>) -> Result<(), String> {
    let bar = bar(files.len());
    let mut posts = Vec::new();
    for (path, text) in files {
        match text
            .map_err(|error| error.to_string())
            .and_then(|text| front_matter::parse(&text))
        {
            Ok(post) => posts.push(post),
            Err(reason) => bar.suspend(|| eprintln!("Skipped {}: {reason}", path.display())),
        }
    }
    posts.sort_by(|a, b| (a.published, &a.source).cmp(&(b.published, &b.source)));
    let progress = bar.clone();
    let inserted = db.transaction(move |transaction| {
        let mut inserted = 0;
        for post in progress.wrap_iter(posts.iter()) {
            inserted += usize::from(writing::insert(transaction, post)?.is_some());
        }
        Ok(inserted)
    });
    let inserted = inserted
        .await
        .map_err(|error| format!("cannot fill the database: {error}"))?;
    bar.finish_and_clear();
    eprintln!("Loaded {inserted} posts.");
    Ok(())
}

fn bar(length: usize) -> ProgressBar {
    let style = ProgressStyle::with_template("Loading posts {wide_bar} {pos}/{len}");
    ProgressBar::new(length as u64)
        .with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shipped_post_is_well_formed() {
        let mut files = 0;
        for file in SHIPPED.files() {
            let text = file.contents_utf8().expect("UTF-8");
            let post = front_matter::parse(text)
                .unwrap_or_else(|error| panic!("{}: {error}", file.path().display()));
            let words = post.body.split_whitespace().count();
            assert!(
                (250..1_000).contains(&words),
                "{}: {words} words",
                file.path().display()
            );
            files += 1;
        }
        assert!(files >= 20, "{files}");
    }
}
