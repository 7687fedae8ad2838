//! The code around an attribute, read from its source file. A macro only gets its item, so this is used for better messages; if
//! the file cannot be read, the compiler's messages stay.

use proc_macro2::Span;

#[cfg(test)]
#[path = "surroundings/tests.rs"]
mod tests;

/// The surroundings of an attribute.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Surroundings {
    pub(super) block: EnclosingBlock,
    /// Whether axum's `#[debug_handler]` is above it.
    pub(super) below_debug_handler: bool,
}

/// The block around an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EnclosingBlock {
    Impl,
    TraitImpl,
    Other,
}

/// The surroundings of the attribute that is being expanded.
pub(super) fn here() -> Option<Surroundings> {
    if !proc_macro::is_available() {
        return None;
    }
    let span = Span::call_site().unwrap();
    let text = std::fs::read_to_string(span.local_file()?).ok()?;
    around(&text, span.line(), span.column())
}

/// The surroundings of the attribute that begins at `line` and `column`, both counted from one.
fn around(text: &str, line: usize, column: usize) -> Option<Surroundings> {
    let start: usize = text
        .split_inclusive('\n')
        .take(line.checked_sub(1)?)
        .map(str::len)
        .sum();
    let offset = text
        .get(start..)?
        .char_indices()
        .nth(column.checked_sub(1)?)?
        .0;
    let (before, after) = text.split_at(start + offset);
    // The span of generated code may point elsewhere.
    if !after.starts_with('#') {
        return None;
    }
    let code = without_texts(before);
    let mut headers: Vec<&str> = Vec::new();
    let (mut begin, mut brackets) = (0, 0usize);
    for (at, c) in code.char_indices() {
        match c {
            '(' | '[' => brackets += 1,
            ')' | ']' => brackets = brackets.saturating_sub(1),
            '{' => {
                headers.push(&code[begin..at]);
                (begin, brackets) = (at + 1, 0);
            }
            '}' => {
                headers.pop();
                (begin, brackets) = (at + 1, 0);
            }
            ';' if brackets == 0 => begin = at + 1,
            _ => {}
        }
    }
    Some(Surroundings {
        block: headers
            .last()
            .map_or(EnclosingBlock::Other, |header| block(header)),
        below_debug_handler: words(&code[begin..]).any(|word| word == "debug_handler"),
    })
}

/// The kind of block that a header opens.
fn block(header: &str) -> EnclosingBlock {
    let mut words = words(without_attributes(header))
        .skip_while(|word| matches!(*word, "unsafe" | "default"))
        .peekable();
    if words.next() != Some("impl") {
        return EnclosingBlock::Other;
    }
    // `for<'a>` belongs to a bound.
    while let Some(word) = words.next() {
        if word == "for" && words.peek() != Some(&"<") {
            return EnclosingBlock::TraitImpl;
        }
    }
    EnclosingBlock::Impl
}

/// The header without its attributes.
fn without_attributes(mut header: &str) -> &str {
    loop {
        header = header.trim_start();
        if !header.starts_with('#') {
            return header;
        }
        let mut depth = 0usize;
        let end = header.char_indices().find(|(_, c)| {
            match c {
                '[' => depth += 1,
                ']' => depth = depth.saturating_sub(1),
                _ => {}
            }
            *c == ']' && depth == 0
        });
        match end {
            Some((end, _)) => header = &header[end + 1..],
            None => return header,
        }
    }
}

/// The words of code, and all other characters except spaces.
fn words(code: &str) -> impl Iterator<Item = &str> {
    let mut rest = code;
    std::iter::from_fn(move || {
        rest = rest.trim_start();
        let first = rest.chars().next()?;
        let is_part = |c: char| c.is_alphanumeric() || c == '_';
        let end = if is_part(first) {
            rest.find(|c| !is_part(c)).unwrap_or(rest.len())
        } else {
            first.len_utf8()
        };
        let (word, behind) = rest.split_at(end);
        rest = behind;
        Some(word)
    })
}

/// The code with each comment, text and character replaced by a space.
fn without_texts(code: &str) -> String {
    let (mut rest, mut clean) = (code, String::with_capacity(code.len()));
    while let Some(first) = rest.chars().next() {
        let length = comment(rest)
            .or_else(|| raw_text(rest))
            .or_else(|| quoted(rest));
        let is_word = clean.ends_with(|c: char| c.is_alphanumeric() || c == '_');
        match length {
            // The `r` of `for"…"` is the end of a word.
            Some(length) if !(is_word && (first == 'r' || first == 'b' || first == 'c')) => {
                clean.push(' ');
                rest = &rest[length..];
            }
            _ => {
                clean.push(first);
                rest = &rest[first.len_utf8()..];
            }
        }
    }
    clean
}

/// The length of the comment that begins here.
fn comment(code: &str) -> Option<usize> {
    if code.starts_with("//") {
        return Some(code.find('\n').unwrap_or(code.len()));
    }
    if !code.starts_with("/*") {
        return None;
    }
    let (mut depth, mut at) = (0usize, 0);
    while at < code.len() {
        if code[at..].starts_with("/*") {
            (depth, at) = (depth + 1, at + 2);
        } else if code[at..].starts_with("*/") {
            (depth, at) = (depth - 1, at + 2);
            if depth == 0 {
                return Some(at);
            }
        } else {
            at += code[at..].chars().next().map_or(1, char::len_utf8);
        }
    }
    Some(code.len())
}

/// The length of the raw text that begins here, such as `r#"…"#`.
fn raw_text(code: &str) -> Option<usize> {
    let raw = code
        .strip_prefix(['b', 'c'])
        .unwrap_or(code)
        .strip_prefix('r')?;
    let hashes = raw.len() - raw.trim_start_matches('#').len();
    let inside = raw[hashes..].strip_prefix('"')?;
    let end = format!("\"{}", "#".repeat(hashes));
    let length = inside.find(&end).map_or(inside.len(), |at| at + end.len());
    Some(code.len() - inside.len() + length)
}

/// The length of the text or character that begins here; none for a lifetime.
fn quoted(code: &str) -> Option<usize> {
    let mut chars = code.char_indices();
    let (_, quote) = chars.next()?;
    match quote {
        '"' => {}
        '\'' => {
            let mut ahead = chars.clone().map(|(_, c)| c);
            let (first, second) = (ahead.next()?, ahead.next());
            if first != '\\' && second != Some('\'') {
                return None;
            }
        }
        _ => return None,
    }
    while let Some((at, c)) = chars.next() {
        if c == '\\' {
            chars.next();
        } else if c == quote {
            return Some(at + c.len_utf8());
        }
    }
    Some(code.len())
}
