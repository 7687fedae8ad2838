//! Arguments of other caching crates, and what to write here instead.

use self::absent::ABSENT;
use self::renamed::RENAMED;
use super::AttributeKind;
use super::table::kinds;

mod absent;
mod renamed;

/// The hint for an argument of another crate, if it is a known one.
pub(super) fn hint(kind: AttributeKind, word: &str) -> Option<String> {
    if let Some(ours) = renamed(kind, word) {
        let name = ours.split([' ', '(']).next().unwrap_or(ours);
        let takes = kinds(name);
        let way_out = match takes.first() {
            Some(home) if !takes.contains(&kind) => {
                format!(", an argument of {home} that {kind} does not take")
            }
            _ if name == ours => String::new(),
            _ => format!(": write `{ours}`"),
        };
        return Some(format!("`{word}` is `{name}` here{way_out}"));
    }
    let (_, hint) = ABSENT.iter().find(|(other, _)| *other == word)?;
    Some(format!("there is no `{word}` here: {hint}"))
}

fn renamed(kind: AttributeKind, word: &str) -> Option<&'static str> {
    let found = RENAMED.iter().find(|(others, _)| others.contains(&word));
    let ours = found.map(|(_, ours)| *ours)?;
    match (kind, ours) {
        // A page always has a capacity.
        (AttributeKind::CachePage, "capacity = unbounded") => Some("capacity = 100_000"),
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
    fn a_word_of_another_crate_leads_to_ours() {
        let hint = |word| hint(AttributeKind::Cached, word);
        assert_eq!(
            hint("size").as_deref(),
            Some("`size` is `capacity` here: write `capacity = 10_000`")
        );
        assert_eq!(
            hint("sync_writes").as_deref(),
            Some(
                "there is no `sync_writes` here: concurrent calls for one key always share one load"
            )
        );
        assert_eq!(hint("banana"), None);
    }

    #[test]
    fn a_word_for_an_argument_of_another_attribute_says_so() {
        for (kind, word, message) in [
            (
                AttributeKind::CachePage,
                "memory",
                "`memory` is `local` here, an argument of `#[cached]` that `#[cache_page]` does not take",
            ),
            (
                AttributeKind::Cached,
                "auth",
                "`auth` is `guard` here, an argument of `#[cache_page]` that `#[cached]` does not take",
            ),
            (
                AttributeKind::CachePut,
                "max_size",
                "`max_size` is `capacity` here, an argument of `#[cached]` that `#[cache_put]` does not take",
            ),
        ] {
            assert_eq!(hint(kind, word).as_deref(), Some(message));
        }
    }

    #[test]
    fn every_renamed_word_leads_to_an_argument() {
        for (words, ours) in RENAMED {
            let name = ours.split([' ', '(']).next().unwrap_or(ours);
            assert!(!kinds(name).is_empty(), "{words:?} lead to `{ours}`");
        }
    }
}
