//! A post as a file: TOML between two lines of `+++`, then Markdown.

use serde::Deserialize;
use time::macros::format_description;
use time::{Date, format_description::StaticFormatDescription};

use crate::markdown;
use crate::posts::slugify;
use crate::writing::NewPost;

const DATE: StaticFormatDescription = format_description!("[year]/[month]/[day]");

#[derive(Deserialize)]
struct FrontMatter {
    title: String,
    path: String,
    authors: Vec<String>,
    description: Option<String>,
    #[serde(default)]
    extra: Extra,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Extra {
    category: Option<String>,
    tags: Vec<String>,
    team: Option<String>,
    release: bool,
}

/// Reads the text of a file.
///
/// # Errors
/// What is wrong with it, in one line.
pub fn parse(text: &str) -> Result<NewPost, String> {
    let (front, body) = split(text)?;
    let FrontMatter {
        title,
        path,
        authors,
        description,
        extra,
    } = toml::from_str(front).map_err(|error| format!("front matter: {}", error.message()))?;
    let (section, published, slug) = place(&path)?;
    let category = match (extra.category, extra.release) {
        (Some(category), _) => category,
        (None, true) => "releases".to_owned(),
        (None, false) if section.is_empty() => "news".to_owned(),
        (None, false) => section.to_owned(),
    };
    let team = extra
        .team
        .iter()
        .map(|team| team.trim_start_matches("the ").trim_start_matches("The "));
    Ok(NewPost {
        slug: slugify(slug),
        source: Some(path.clone()),
        title,
        summary: description.unwrap_or_else(|| markdown::summary(body)),
        body: body.to_owned(),
        category: slugify(&category),
        authors,
        tags: extra
            .tags
            .iter()
            .map(String::as_str)
            .chain(team)
            .map(slugify)
            .collect(),
        published,
        draft: false,
    })
}

fn split(text: &str) -> Result<(&str, &str), String> {
    const FENCE: &str = "+++";
    let mut lines = text.trim_start_matches('\u{feff}').split_inclusive('\n');
    if lines.next().map(str::trim_end) != Some(FENCE) {
        return Err("it does not begin with a line of +++".to_owned());
    }
    let rest = text.split_once('\n').map_or("", |(_, rest)| rest);
    let mut end = 0;
    for line in lines {
        if line.trim_end() == FENCE {
            return Ok((&rest[..end], rest[end + line.len()..].trim_start()));
        }
        end += line.len();
    }
    Err("its front matter does not end with a line of +++".to_owned())
}

/// `inside/2026/03/01/slug` is the section `inside`, a date and a slug.
fn place(path: &str) -> Result<(&str, Date, &str), String> {
    let wrong = || format!("path = \"{}\" is not YYYY/MM/DD/slug", path.escape_debug());
    let (before, slug) = path.rsplit_once('/').ok_or_else(wrong)?;
    let date_at = before
        .len()
        .checked_sub("YYYY/MM/DD".len())
        .ok_or_else(wrong)?;
    let date = before
        .get(date_at..)
        .and_then(|date| Date::parse(date, DATE).ok())
        .ok_or_else(wrong)?;
    let section = match before[..date_at].strip_suffix('/') {
        Some(section) => section,
        None if date_at == 0 => "",
        None => return Err(wrong()),
    };
    if slugify(slug).is_empty() {
        Err(wrong())
    } else {
        Ok((section, date, slug))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(front: &str) -> String {
        format!("+++\n{front}\n+++\n\nHello *there*.\n\nMore.\n")
    }

    #[test]
    fn a_post_is_read_whole() {
        let post = parse(&file(
            "path = 'inside-rust/2026/03/01/Hello-1.2.html'\ntitle = 'Hello'\nauthors = ['A', 'B']\n[extra]\nteam = 'The Cargo Team'",
        ));
        let expected = NewPost {
            slug: "hello-1-2-html".into(),
            source: Some("inside-rust/2026/03/01/Hello-1.2.html".into()),
            title: "Hello".into(),
            summary: "Hello there.".into(),
            body: "Hello *there*.\n\nMore.\n".into(),
            category: "inside-rust".into(),
            authors: vec!["A".into(), "B".into()],
            tags: vec!["cargo-team".into()],
            published: time::macros::date!(2026 - 03 - 01),
            draft: false,
        };
        assert_eq!(post, Ok(expected));
    }

    #[test]
    fn the_category_is_given_or_follows_from_the_rest() {
        let category = |path, extra| {
            let front = format!("path = '{path}'\ntitle = ''\nauthors = []\n[extra]\n{extra}");
            parse(&file(&front)).map(|post| post.category)
        };
        assert_eq!(
            category("2026/03/01/x", "category = 'HTTP'\nrelease = true"),
            Ok("http".into())
        );
        assert_eq!(
            category("inside/2026/03/01/x", "release = true"),
            Ok("releases".into())
        );
        assert_eq!(category("inside/2026/03/01/x", ""), Ok("inside".into()));
        assert_eq!(category("2026/03/01/x", ""), Ok("news".into()));
    }

    #[test]
    fn line_ends_and_a_byte_order_mark_do_not_matter() {
        let text = file("path = '2026/03/01/x'\ntitle = 'T'\nauthors = []").replace('\n', "\r\n");
        assert_eq!(
            parse(&format!("\u{feff}{text}")).map(|post| post.title),
            Ok("T".into())
        );
    }

    #[test]
    fn what_is_wrong_is_said() {
        let error = |text: &str| parse(text).expect_err(text);
        assert_eq!(error(""), "it does not begin with a line of +++");
        assert_eq!(
            error("+++"),
            "its front matter does not end with a line of +++"
        );
        assert!(error(&file("title = 'T'")).starts_with("front matter: missing field"));
        assert!(error(&file("title = ")).starts_with("front matter: "));
        for path in [
            "x",
            "2026/02/30/x",
            "2026/3/1/x",
            "inside2026/03/01/x",
            "é/é/é/é/x",
            "2026/03/01/",
            "2026/03/01/é",
        ] {
            let front = format!("path = '{path}'\ntitle = 'T'\nauthors = []");
            assert_eq!(
                error(&file(&front)),
                format!("path = \"{path}\" is not YYYY/MM/DD/slug")
            );
        }
    }
}
