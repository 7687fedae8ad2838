//! Words of other caching crates, and what says the same here.

use self::absent::ABSENT;
use self::renamed::RENAMED;
use super::Kind;

mod absent;
mod renamed;

/// What is said of a word that another crate has and this one has not; nothing for a word that none is known to have.
pub(super) fn hint(kind: Kind, word: &str) -> Option<String> {
    let of = |words: &[(&str, &str)]| {
        let found = words.iter().find(|(other, _)| *other == word);
        found.map(|(_, hint)| (*hint).to_owned())
    };
    if let Some(ours) = renamed(kind, word) {
        let name = ours.split([' ', '(']).next().unwrap_or(ours);
        let written = if name == ours {
            String::new()
        } else {
            format!(": write `{ours}`")
        };
        return Some(format!("`{word}` is `{name}` here{written}"));
    }
    of(ABSENT).map(|hint| format!("there is no `{word}` here: {hint}"))
}

fn renamed(kind: Kind, word: &str) -> Option<&'static str> {
    let found = RENAMED.iter().find(|(others, _)| others.contains(&word));
    let ours = found.map(|(_, ours)| *ours)?;
    match (kind, ours) {
        // A page keeps a bound, and has no error type of its own to keep.
        (Kind::CachePage, "capacity = unbounded") => Some("capacity = 100_000"),
        _ => Some(ours),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_word_is_said_twice() {
        let renamed = RENAMED.iter().flat_map(|(words, _)| words.iter());
        let mut all: Vec<_> = renamed.chain(ABSENT.iter().map(|(word, _)| word)).collect();
        all.sort_unstable();
        let twice: Vec<_> = all.windows(2).filter(|pair| pair[0] == pair[1]).collect();
        assert!(twice.is_empty(), "{twice:?}");
    }

    #[test]
    fn the_word_that_says_the_same_is_named() {
        let hint = |word| hint(Kind::Cached, word);
        assert_eq!(
            hint("size").as_deref(),
            Some("`size` is `capacity` here: write `capacity = 10_000`")
        );
        assert_eq!(
            hint("sync_writes").as_deref(),
            Some(
                "there is no `sync_writes` here: those who want one key at once always share one load"
            )
        );
        assert_eq!(hint("banana"), None);
    }
}
