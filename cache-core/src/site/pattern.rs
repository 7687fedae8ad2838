//! Comparing templates: whether two can ever render the same text.

/// The texts that a template such as `post:{slug}` can render.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TemplatePattern(Vec<PatternToken>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum PatternToken {
    Char(char),
    /// Any text, also the empty one, without `:` and the character that ends it, which a part escapes.
    Hole {
        end: Option<char>,
    },
}

impl PatternToken {
    fn is_hole(self) -> bool {
        matches!(self, Self::Hole { .. })
    }

    fn admits(self, c: char) -> bool {
        match self {
            Self::Char(own) => own == c,
            Self::Hole { end } => c != ':' && Some(c) != end,
        }
    }
}

impl TemplatePattern {
    /// Reads a template that the macros have accepted.
    pub(crate) fn new(written: &str) -> Self {
        let mut tokens = Vec::new();
        let mut rest = written;
        while let Some(next) = rest.chars().next() {
            let after = &rest[next.len_utf8()..];
            match next {
                '{' if !after.starts_with('{') => {
                    separate(&mut tokens, '{');
                    tokens.push(PatternToken::Hole { end: None });
                    rest = &after[hole(after)..];
                }
                _ => {
                    separate(&mut tokens, next);
                    tokens.push(PatternToken::Char(next));
                    let doubled = matches!(next, '{' | '}') && after.starts_with(next);
                    rest = &after[usize::from(doubled)..];
                }
            }
        }
        Self::ended(tokens)
    }

    /// The same template inside a namespace, whose name comes first.
    pub(crate) fn inside(self, namespace: &str) -> Self {
        let mut tokens = Vec::new();
        for token in Self::new(namespace).0 {
            match token {
                PatternToken::Char(c @ ('%' | ':' | '/')) => {
                    tokens.extend(
                        format!("%{:02X}", u32::from(c))
                            .chars()
                            .map(PatternToken::Char),
                    );
                }
                _ => tokens.push(token),
            }
        }
        tokens.push(PatternToken::Char('/'));
        tokens.extend(self.0);
        Self::ended(tokens)
    }

    /// Sets the character that ends each hole.
    fn ended(mut tokens: Vec<PatternToken>) -> Self {
        let following = tokens.iter().skip(1).copied().map(Some).chain([None]);
        let following: Vec<_> = following.collect();
        for (token, next) in tokens.iter_mut().zip(following) {
            if let (PatternToken::Hole { end }, Some(PatternToken::Char(c))) = (token, next) {
                *end = Some(c);
            }
        }
        Self(tokens)
    }

    /// Whether both can render the same text.
    pub(crate) fn meets(&self, other: &Self) -> bool {
        self.begins_like(other) && self.edits(other) == 0
    }

    /// Whether the text before the first hole is the same. Most templates differ there, and that takes no table to see.
    fn begins_like(&self, other: &Self) -> bool {
        let tokens = self.0.iter().zip(&other.0);
        let mut literal = tokens.take_while(|(one, other)| !one.is_hole() && !other.is_hole());
        literal.all(|(one, other)| one == other)
    }

    /// How many characters must be added, removed or changed until both can render the same text.
    pub(crate) fn edits(&self, other: &Self) -> usize {
        self.fewest(other, 0)
    }

    /// The [edits](Self::edits), where a character that only a hole matches counts as one: the distance of the templates as they are
    /// written.
    pub(crate) fn distance(&self, other: &Self) -> usize {
        self.fewest(other, 1)
    }

    fn fewest(&self, other: &Self, taken: usize) -> usize {
        let (left, right) = (&self.0, &other.0);
        let width = right.len() + 1;
        // The fewest edits after which the first `i` tokens of one and the first `j` of the other render the same text.
        let mut fewest = vec![usize::MAX; (left.len() + 1) * width];
        fewest[0] = 0;
        for i in 0..=left.len() {
            for j in 0..=right.len() {
                let edits = fewest[i * width + j];
                for (di, dj, more) in steps(left.get(i).copied(), right.get(j).copied(), taken) {
                    let there = &mut fewest[(i + di) * width + j + dj];
                    *there = (*there).min(edits + more);
                }
            }
        }
        fewest[left.len() * width + right.len()]
    }

    /// The number of its literal characters.
    pub(crate) fn literals(&self) -> usize {
        self.0.iter().filter(|token| !token.is_hole()).count()
    }
}

/// The possible steps in both templates from their next tokens, each with its edits; `taken` is the cost of a character that a hole
/// matches.
///
/// Text that two holes would share can be left out of both, so no step advances in two holes at once.
fn steps(
    left: Option<PatternToken>,
    right: Option<PatternToken>,
    taken: usize,
) -> impl Iterator<Item = (usize, usize, usize)> {
    // A hole ends, or a character is one too many.
    let past = |token: Option<PatternToken>| token.map(|token| usize::from(!token.is_hole()));
    let past_left = past(left).map(|edits| (1, 0, edits));
    let past_right = past(right).map(|edits| (0, 1, edits));
    let both = match (left, right) {
        (Some(PatternToken::Char(l)), Some(PatternToken::Char(r))) => {
            Some((1, 1, usize::from(l != r)))
        }
        (Some(hole), Some(PatternToken::Char(c))) if hole.admits(c) => Some((0, 1, taken)),
        (Some(PatternToken::Char(c)), Some(hole)) if hole.admits(c) => Some((1, 0, taken)),
        _ => None,
    };
    past_left.into_iter().chain(past_right).chain(both)
}

/// Adds the `:` that a key writes between two holes, and between a hole and a `%`.
fn separate(tokens: &mut Vec<PatternToken>, next: char) {
    if matches!(next, '{' | '%') && tokens.last().is_some_and(|token| token.is_hole()) {
        tokens.push(PatternToken::Char(':'));
    }
}

/// The length of the hole in the text after a `{`, its `}` included.
fn hole(text: &str) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(next) = text[at..].chars().next() {
        let before = &text[..at];
        at += next.len_utf8();
        match next {
            '{' => depth += 1,
            '}' if depth == 0 => return at,
            '}' => depth -= 1,
            '"' => at += string(before, &text[at..]),
            '\'' => at += character(&text[at..]),
            _ => {}
        }
    }
    text.len()
}

/// The length of the string in the text after a `"`.
fn string(before: &str, inside: &str) -> usize {
    let bare = before.trim_end_matches('#');
    if bare.ends_with('r') {
        let close = format!("\"{}", &before[bare.len()..]);
        return inside
            .find(&close)
            .map_or(inside.len(), |at| at + close.len());
    }
    let mut escaped = false;
    let close = inside.find(|c| {
        let closes = c == '"' && !escaped;
        escaped = c == '\\' && !escaped;
        closes
    });
    close.map_or(inside.len(), |at| at + 1)
}

/// The length of the character in the text after a `'`; zero if that begins a lifetime.
fn character(inside: &str) -> usize {
    let mut chars = inside.char_indices();
    match (chars.next(), chars.next()) {
        (Some((_, '\\')), Some((at, escaped))) => {
            let behind = at + escaped.len_utf8();
            let close = inside[behind..].find('\'');
            close.map_or(inside.len(), |close| behind + close + 1)
        }
        (Some(_), Some((at, '\''))) => at + 1,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;

    fn meet(left: &str, right: &str) -> bool {
        let (left, right) = (TemplatePattern::new(left), TemplatePattern::new(right));
        assert_eq!(left.meets(&right), right.meets(&left));
        left.meets(&right)
    }

    #[test]
    fn holes_meet_whatever_they_are_called() {
        assert!(meet("post:{slug}", "post:{post.slug}"));
        assert!(meet("{a}:{b}", "x:{c}"));
        assert!(meet("user:{id}", "user:7"));
        assert!(meet("{a}", ""));
        assert!(meet("a{x}c", "ab{y}"));
        assert!(meet("x-{a}", "{b}-y"));
    }

    #[test]
    fn text_between_holes_must_match() {
        assert!(!meet("post:{id}:comments", "post:{id}"));
        assert!(!meet("user:{id}", "users:{id}"));
        assert!(!meet("{a}:1", "x:{c}:2"));
        assert!(!meet("a{x}", "{y}b:"));
    }

    #[test]
    fn a_part_has_neither_colons_nor_what_ends_it() {
        assert!(!meet("list:{page}", "list:all:1"));
        assert!(!meet("{a}-z", "x-y-z"));
        assert!(meet("z-{a}", "z-x-y"));
    }

    #[test]
    fn what_a_key_writes_between_parts_counts() {
        assert!(meet("{a}{b}", "x:y"));
        assert!(!meet("{a}{b}", "xy"));
        assert!(meet("{a}%", "x:%"));
    }

    #[test]
    fn doubled_braces_are_text_and_holes_end_where_they_are_closed() {
        assert!(meet("{{id}}:{id}", "{{id}}:7"));
        assert!(!meet("{{id}}", "{id}x"));
        for hole in [
            "{m[\"}\"]}",
            "{x == '}'}",
            "{x == '\\''}",
            "{xs.map(|x| { x + 1 })}",
            "{f(r#\"}\"}\"#)}",
            "{x::<'a, T>()}",
            "{f(\"\\\"}\")}",
        ] {
            assert_eq!(
                TemplatePattern::new(&format!("a:{hole}:b")),
                TemplatePattern::new("a:{x}:b"),
                "{hole}"
            );
        }
    }

    #[test]
    fn an_unclosed_hole_is_one_to_the_end() {
        for broken in ["a:{", "a:{x", "a:{\"", "a:{'\\"] {
            assert_eq!(
                TemplatePattern::new(broken),
                TemplatePattern::new("a:{x}"),
                "{broken}"
            );
        }
    }

    #[test]
    fn a_namespace_stands_before_the_key_and_is_escaped() {
        let inside = TemplatePattern::new("posts:{page}").inside("category:{slug}");
        assert_eq!(
            inside,
            TemplatePattern::new("category%3A{slug}/posts:{page}")
        );
        assert!(!inside.meets(&TemplatePattern::new("posts:{page}")));
    }

    #[test]
    fn edits_count_what_keeps_two_from_meeting() {
        let edits = |left, right| TemplatePattern::new(left).edits(&TemplatePattern::new(right));
        assert_eq!(edits("kitten", "sitting"), 3);
        assert_eq!(edits("list:all:1", "list:{category}:{page}:{sort}"), 1);
        assert_eq!(edits("posts:{slug}", "posts:{slug}:v{n}"), 1);
    }

    #[test]
    fn what_a_hole_takes_is_distance() {
        let distance =
            |left, right| TemplatePattern::new(left).distance(&TemplatePattern::new(right));
        assert_eq!(distance("user:{id}", "user:{user.id}"), 0);
        assert_eq!(distance("user:17", "user:{id}"), 2);
        assert_eq!(distance("recent", "u:{user.id}"), 6);
        assert_eq!(distance("user", "users"), 1);
    }

    /// A pattern of few tokens over a small alphabet.
    fn pattern() -> impl Strategy<Value = TemplatePattern> {
        let token = prop_oneof![
            Just(PatternToken::Char('a')),
            Just(PatternToken::Char('b')),
            Just(PatternToken::Char(':')),
            Just(PatternToken::Hole { end: None }),
        ];
        vec(token, 0..4).prop_map(TemplatePattern::ended)
    }

    fn renders(tokens: &[PatternToken], text: &str) -> bool {
        match tokens.split_first() {
            None => text.is_empty(),
            Some((token, rest)) => {
                let first = text.chars().next();
                let goes_on = first.is_some_and(|c| token.admits(c));
                match token {
                    PatternToken::Char(_) => goes_on && renders(rest, &text[1..]),
                    PatternToken::Hole { .. } => {
                        renders(rest, text) || goes_on && renders(tokens, &text[1..])
                    }
                }
            }
        }
    }

    /// Every text of up to so many characters.
    fn texts(length: usize) -> Vec<String> {
        let mut all = vec![String::new()];
        let mut from = 0;
        for _ in 0..length {
            let to = all.len();
            for at in from..to {
                all.extend(["a", "b", ":"].map(|more| all[at].clone() + more));
            }
            from = to;
        }
        all
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        /// A text that both render and that is as short as can be has no character that is not written in one of them.
        #[test]
        fn they_meet_if_and_only_if_some_text_is_rendered_by_both(
            left in pattern(),
            right in pattern(),
        ) {
            let longest = left.literals() + right.literals();
            let shared = texts(longest)
                .into_iter()
                .find(|text| renders(&left.0, text) && renders(&right.0, text));
            prop_assert_eq!(left.meets(&right), shared.is_some(), "{:?}", shared);
        }

        #[test]
        fn no_text_is_a_template_that_cannot_be_read(text in "[a:%{}'\"\\\\r#é]{0,12}") {
            let template = TemplatePattern::new(&text);
            prop_assert!(template.meets(&template));
        }
    }
}
