//! The texts of refusals, by number, so that what is remembered of a key is small.

use crate::sync::Mutex;

/// There are some forty in the whole crate.
const MOST: usize = 255;

#[cfg(not(cache_loom))]
static KNOWN: Mutex<Vec<&'static str>> = Mutex::new(Vec::new());

/// The number of a text, from one on; zero if there are too many.
#[cfg(not(cache_loom))]
pub(super) fn number_of(text: &'static str) -> u32 {
    let mut known = KNOWN.lock();
    let at = known.iter().position(|other| *other == text);
    let at = at.unwrap_or_else(|| {
        if known.len() < MOST {
            known.push(text);
            known.len() - 1
        } else {
            MOST
        }
    });
    let number = u32::try_from(at + 1).unwrap_or(0);
    if at < MOST { number } else { 0 }
}

/// The text with this number.
#[cfg(not(cache_loom))]
pub(super) fn text_of(number: u32) -> Option<&'static str> {
    let at = (number as usize).checked_sub(1)?;
    KNOWN.lock().get(at).copied()
}

#[cfg(cache_loom)]
pub(super) fn number_of(_: &'static str) -> u32 {
    0
}

#[cfg(cache_loom)]
pub(super) fn text_of(_: u32) -> Option<&'static str> {
    None
}

#[cfg(all(test, not(cache_loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_text_keeps_its_number() {
        let numbers = ["one", "other", "one"].map(number_of);
        assert_eq!(numbers[0], numbers[2]);
        assert_eq!(
            numbers.map(text_of),
            [Some("one"), Some("other"), Some("one")]
        );
        assert_eq!(text_of(0), None);
    }
}
