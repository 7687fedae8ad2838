//! Lists of parameters, for the databases that know no arrays.

/// The most keys in a statement: half of what `SQLite` takes as parameters.
pub(super) const KEYS: usize = 1 << 14;

/// `?, ?, …`
fn marks(count: usize) -> String {
    vec!["?"; count].join(", ")
}

/// The keys of a statement and the marks for them. There are as many as the next power of two, the last key again and again:
/// each number of marks is a text of its own, which the database reads and keeps once.
pub(super) fn keys(keys: &[Vec<u8>]) -> (String, impl Iterator<Item = &[u8]>) {
    let count = keys.len().next_power_of_two();
    let more = keys.iter().rev().take(1).cycle();
    (
        marks(count),
        keys.iter().chain(more).take(count).map(Vec::as_slice),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_texts_do_for_any_number_of_keys() {
        let three = [b"a".to_vec(), b"b".to_vec(), b"c".to_vec()];
        let (marks, bound) = keys(&three);
        assert_eq!(marks, "?, ?, ?, ?");
        assert_eq!(bound.collect::<Vec<_>>(), [b"a", b"b", b"c", b"c"]);
    }
}
