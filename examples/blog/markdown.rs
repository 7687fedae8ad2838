//! Markdown: to clean HTML, to a summary, to the time that it takes to read.

use std::collections::HashSet;
use std::sync::LazyLock;

use cache_core::cached;
use pulldown_cmark::{CodeBlockKind, CowStr, Event, Options, Parser, Tag, TagEnd, html};
use serde::{Deserialize, Serialize};

use crate::posts::{Post, slugify};
use crate::work;

const WORDS_PER_MINUTE: usize = 230;
const CODE_LINES_PER_MINUTE: usize = 30;
const SUMMARY_LENGTH: usize = 240;

/// A text as HTML.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Rendered {
    pub html: String,
    pub headings: Vec<Heading>,
}

/// A heading that the table of contents links to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Heading {
    pub id: String,
    pub text: String,
}

/// The post's text as HTML. The more there is of it, the longer this takes.
#[cached(key = "markdown:{post.id}:{post.revision}", local, capacity = 2_000)]
pub async fn render(post: &Post) -> Rendered {
    let source = post.body.clone();
    work::blocking(move || to_html(&source)).await
}

/// How many minutes it takes to read a post: its prose, and its code, which is read more slowly.
#[cached(
    key = "reading_time:{post.id}:{post.revision}",
    local,
    capacity = 10_000
)]
pub fn reading_time(post: &Post) -> usize {
    let (mut words, mut code_lines, mut in_code) = (0, 0, false);
    for event in parser(&post.body) {
        match event {
            Event::Start(Tag::CodeBlock(_)) => in_code = true,
            Event::End(TagEnd::CodeBlock) => in_code = false,
            Event::Text(text) if in_code => code_lines += text.lines().count(),
            Event::Text(text) | Event::Code(text) => words += text.split_whitespace().count(),
            Event::Html(html) => {
                words += html
                    .split_whitespace()
                    .filter(|word| !word.contains(['<', '>']))
                    .count();
            }
            _ => {}
        }
    }
    let seconds = words * 60 / WORDS_PER_MINUTE + code_lines * 60 / CODE_LINES_PER_MINUTE;
    seconds.div_ceil(60).max(1)
}

/// The first paragraph as plain text, cut to what a list has room for.
pub fn summary(source: &str) -> String {
    let mut text = String::new();
    let mut events =
        parser(source).skip_while(|event| !matches!(event, Event::Start(Tag::Paragraph)));
    for event in events
        .by_ref()
        .take_while(|event| !matches!(event, Event::End(TagEnd::Paragraph)))
    {
        match event {
            Event::Text(part) | Event::Code(part) => text.push_str(&part),
            Event::SoftBreak | Event::HardBreak => text.push(' '),
            _ => {}
        }
    }
    match text.char_indices().nth(SUMMARY_LENGTH) {
        None => text,
        Some((end, _)) => {
            let words = text[..end]
                .rsplit_once(' ')
                .map_or(&text[..end], |(words, _)| words);
            format!("{}…", words.trim_end_matches([',', '.', ';', ':']))
        }
    }
}

fn to_html(source: &str) -> Rendered {
    let mut events: Vec<_> = parser(source).collect();
    let headings = name_headings(&mut events);
    let mut unsafe_html = String::with_capacity(source.len() * 2);
    html::push_html(&mut unsafe_html, events.into_iter().map(label_code));
    // Authors may write HTML of their own; what could run or deceive is taken out.
    Rendered {
        html: CLEANER.clean(&unsafe_html).to_string(),
        headings,
    }
}

fn parser(source: &str) -> Parser<'_> {
    let extensions = Options::ENABLE_TABLES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_SMART_PUNCTUATION
        | Options::ENABLE_HEADING_ATTRIBUTES;
    Parser::new_ext(source, extensions)
}

/// Gives every heading an id of its own, and lists those of the second level.
fn name_headings(events: &mut [Event<'_>]) -> Vec<Heading> {
    let (mut headings, mut taken) = (Vec::new(), HashSet::new());
    for at in 0..events.len() {
        let text: String = match &events[at] {
            Event::Start(Tag::Heading { .. }) => {
                let inside = events[at..]
                    .iter()
                    .take_while(|event| !matches!(event, Event::End(TagEnd::Heading(_))));
                inside
                    .filter_map(|e| {
                        if let Event::Text(t) | Event::Code(t) = e {
                            Some(&**t)
                        } else {
                            None
                        }
                    })
                    .collect()
            }
            _ => continue,
        };
        let Event::Start(Tag::Heading { level, id, .. }) = &mut events[at] else {
            continue;
        };
        let wanted = id.as_deref().map_or_else(|| slugify(&text), str::to_owned);
        let wanted = if wanted.is_empty() {
            "section".to_owned()
        } else {
            wanted
        };
        let mut numbered = (2..).map(|n| format!("{wanted}-{n}"));
        let mut unique = wanted.clone();
        while !taken.insert(unique.clone()) {
            unique = numbered.next().unwrap_or_default();
        }
        *id = Some(CowStr::from(unique.clone()));
        if *level == pulldown_cmark::HeadingLevel::H2 {
            headings.push(Heading { id: unique, text });
        }
    }
    headings
}

/// Puts the language of a code block where the stylesheet can show it.
fn label_code(event: Event<'_>) -> Event<'_> {
    let Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) = &event else {
        return event;
    };
    let language = info.split([',', ' ', '{']).next().unwrap_or_default();
    let known = !language.is_empty()
        && language
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "+#-".contains(c));
    let label = if known {
        format!(" data-language=\"{language}\"")
    } else {
        String::new()
    };
    Event::Html(format!("<pre{label}><code>").into())
}

static CLEANER: LazyLock<ammonia::Builder<'static>> = LazyLock::new(|| {
    let mut cleaner = ammonia::Builder::new();
    cleaner
        .add_tags(["progress"])
        .add_generic_attributes(["id"])
        .add_tag_attributes("pre", ["data-language"])
        .add_tag_attributes("progress", ["value", "max"])
        .add_tag_attributes("details", ["open"])
        .add_allowed_classes("div", ["footnote-definition"])
        .add_allowed_classes("sup", ["footnote-reference", "footnote-definition-label"]);
    cleaner
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_run_is_taken_out() {
        let html = |source| to_html(source).html;
        assert_eq!(
            html("<script>alert(1)</script>\n\n*x*"),
            "\n<p><em>x</em></p>\n"
        );
        for hostile in [
            "[x](javascript:alert(1))",
            "<img src=x onerror=alert(1)>",
            "```\"onclick=alert(1)\n```",
        ] {
            let html = html(hostile);
            assert!(
                !html.contains("alert") || html.contains("<pre><code>"),
                "{hostile}: {html}"
            );
            assert!(
                !html.contains("onerror") && !html.contains("javascript"),
                "{hostile}: {html}"
            );
        }
    }

    #[test]
    fn headings_have_ids_of_their_own() {
        let Rendered { html, headings } =
            to_html("## What's *new*?\n## What's new?\n## Own {#mine}\n## \u{1f980}\n### Deep");
        let ids: Vec<_> = headings.iter().map(|heading| heading.id.as_str()).collect();
        assert_eq!(ids, ["what-s-new", "what-s-new-2", "mine", "section"]);
        assert_eq!(headings[0].text, "What’s new?");
        assert!(html.contains("<h3 id=\"deep\">"), "{html}");
    }

    #[test]
    fn code_blocks_state_their_language() {
        let html = to_html("```rust,ignore\nlet x = 1 < 2;\n```\n\n```\nplain\n```").html;
        assert_eq!(
            html,
            "<pre data-language=\"rust\"><code>let x = 1 &lt; 2;\n</code></pre>\n<pre><code>plain\n</code></pre>\n"
        );
    }

    #[test]
    fn a_summary_is_the_first_paragraph_and_ends_at_a_word() {
        assert_eq!(
            summary("# Title\n\nOne *two*\n`three`.\n\nFour."),
            "One two three."
        );
        assert_eq!(summary(""), "");
        let long = summary(&"größer ".repeat(100));
        assert!(
            long.ends_with("größer…") && long.chars().count() <= SUMMARY_LENGTH,
            "{long}"
        );
    }
}
