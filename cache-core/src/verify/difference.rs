//! Where two texts differ.

/// The longest part of a value that a report shows.
const SHOWN: usize = 120;

/// Two texts from a little before their first difference on.
pub(super) fn difference(one: &str, other: &str) -> (String, String) {
    let pairs = one.char_indices().zip(other.chars());
    let mut same = pairs.take_while(|((_, one), other)| one == other);
    let first = same.by_ref().last().map_or(0, |((at, _), _)| at);
    let begin = one[..first]
        .char_indices()
        .rev()
        .nth(SHOWN / 4)
        .map_or(0, |(at, _)| at);
    let clip = |text: &str| {
        let shown: String = text[begin..].chars().take(SHOWN).collect();
        let before = if begin > 0 { "…" } else { "" };
        let after = if text[begin..].chars().count() > SHOWN {
            "…"
        } else {
            ""
        };
        format!("`{before}{shown}{after}`")
    };
    (clip(one), clip(other))
}

/// Where two texts differ. It shows nothing of what they say.
pub(super) fn place(one: &str, other: &str) -> String {
    let pairs = one.chars().zip(other.chars());
    let same = pairs.take_while(|(one, other)| one == other).count();
    let (length, other) = (one.chars().count(), other.chars().count());
    format!("kept are {length} characters, the body returns {other}, and they differ after {same}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_begins_shortly_before_the_difference() {
        let (one, other) = difference("Post { id: 7 }", "Post { id: 8 }");
        assert_eq!(
            (one.as_str(), other.as_str()),
            ("`Post { id: 7 }`", "`Post { id: 8 }`")
        );
        let long = "ä".repeat(1_000);
        let (one, other) = difference(&format!("{long}1{long}"), &format!("{long}2{long}"));
        assert!(
            one.contains('1') && other.contains('2') && one.chars().count() < 130,
            "{one}"
        );
        assert_eq!(difference("", "a"), ("``".to_owned(), "`a`".to_owned()));
        assert_eq!(difference("aé", "aü").0, "`aé`");
    }

    #[test]
    fn a_place_says_nothing_of_the_texts() {
        let place = place("secret é one", "secret é 2");
        assert_eq!(
            place,
            "kept are 12 characters, the body returns 10, and they differ after 9"
        );
    }
}
