//! Where a hole ends.
//!
//! The compiler aborts on text that it cannot split into tokens, so the end is found first, by the rules of brackets, strings and
//! characters.

/// The index of the `}` that closes the hole; `text` begins after its `{`.
pub(super) fn end(text: &str) -> Result<usize, String> {
    let mut open = Vec::new();
    let mut at = 0;
    while let Some(next) = text[at..].chars().next() {
        let rest = &text[at..];
        at += match next {
            '}' if open.is_empty() => return Ok(at),
            '(' | '[' | '{' => {
                open.push(next);
                1
            }
            ')' | ']' | '}' if open.pop() == Some(opening(next)) => 1,
            ')' | ']' | '}' => {
                return Err(format!(
                    "`{{{text}`: the `{next}` closes nothing",
                    text = &text[..=at]
                ));
            }
            '"' => quoted(&rest[1..], '"')
                .map(|inside| inside + 1)
                .ok_or_else(|| unclosed(text))?,
            '\'' => character(rest).ok_or_else(|| unclosed(text))?,
            '/' if rest.starts_with("//") || rest.starts_with("/*") => {
                return Err(format!("`{{{text}`: no comment inside a hole"));
            }
            _ if is_raw_string(&text[..at], rest) => {
                raw_string(rest).ok_or_else(|| unclosed(text))?
            }
            _ if next.is_alphanumeric() || next.is_ascii_whitespace() => next.len_utf8(),
            _ if next.is_ascii_punctuation() && !matches!(next, '\\' | '`') => 1,
            _ => return Err(format!("`{{{text}`: {next:?} stands in no expression")),
        };
    }
    Err(unclosed(text))
}

fn unclosed(text: &str) -> String {
    format!("`{{{text}` is never closed; write `{{{{` for a brace of the text")
}

fn opening(closing: char) -> char {
    match closing {
        ')' => '(',
        ']' => '[',
        _ => '{',
    }
}

/// The length of the text up to the closing quote, which is included.
fn quoted(text: &str, quote: char) -> Option<usize> {
    let mut escaped = false;
    for (at, next) in text.char_indices() {
        if escaped {
            escaped = false;
        } else if next == '\\' {
            escaped = true;
        } else if next == quote {
            return Some(at + 1);
        }
    }
    None
}

/// The length of a character, or of the quote that begins a lifetime.
fn character(text: &str) -> Option<usize> {
    let mut inside = text[1..].chars();
    let first = inside.next()?;
    if first == '\\' {
        return quoted(&text[1..], '\'').map(|length| length + 1);
    }
    let is_lifetime = inside.next() != Some('\'') && (first.is_alphabetic() || first == '_');
    if is_lifetime {
        Some(1)
    } else {
        text[1 + first.len_utf8()..]
            .starts_with('\'')
            .then(|| first.len_utf8() + 2)
    }
}

fn is_raw_string(before: &str, text: &str) -> bool {
    let ends_a_word =
        before.ends_with(|c: char| c.is_alphanumeric() && !matches!(c, 'b' | 'c') || c == '_');
    let hashes = text
        .strip_prefix('r')
        .map(|text| text.trim_start_matches('#'));
    !ends_a_word && hashes.is_some_and(|text| text.starts_with('"'))
}

/// The length of `r#"…"#`.
fn raw_string(text: &str) -> Option<usize> {
    let quote = text.find('"')?;
    let closing = format!("\"{}", &text[1..quote]);
    let inside = text[quote + 1..].find(&closing)?;
    Some(quote + 1 + inside + closing.len())
}

#[cfg(test)]
mod tests {
    use super::end;

    #[test]
    fn what_the_compiler_could_not_split_is_refused_here() {
        for text in [
            "x == \"}", "x == '", "x == '}", "r#\"x\"}", "/* }", "x // }", "\\}", "“}", "\u{0}}",
            "b'}", "''}",
        ] {
            assert!(end(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_bracket_of_another_kind_closes_nothing() {
        assert_eq!(end("a)}").unwrap_err(), "`{a)`: the `)` closes nothing");
        assert_eq!(end("f(a}").unwrap_err(), "`{f(a}`: the `}` closes nothing");
    }

    #[test]
    fn quotes_hide_braces() {
        assert_eq!(end(r#""\"}" }x"#), Ok(6));
        assert_eq!(end("'\\'' }"), Ok(5));
        assert_eq!(end("br\"}\" }"), Ok(6));
        assert_eq!(end("bar }"), Ok(4));
        assert_eq!(end("x::<'a>() }"), Ok(10));
        assert_eq!(end("'é' }"), Ok(5));
    }
}
