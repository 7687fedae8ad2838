//! "Did you mean …?"

/// The known name that was most likely meant by a misspelt one.
pub(crate) fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let bound = (name.chars().count() / 3).max(1);
    known
        .into_iter()
        .map(|candidate| (distance(name, candidate), candidate))
        .filter(|(distance, _)| *distance <= bound)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// "did you mean `slug`?" and `rest`; without a suggestion, `rest` alone.
pub(crate) fn did_you_mean<'a>(
    name: &str,
    known: impl IntoIterator<Item = &'a str>,
    rest: &str,
) -> String {
    match (nearest(name, known), rest) {
        (Some(known), "") => format!("; did you mean `{known}`?"),
        (Some(known), rest) => format!("; did you mean `{known}`? {rest}"),
        (None, "") => String::new(),
        (None, rest) => format!("; {rest}"),
    }
}

/// The number of edits between two words: insertions, deletions, substitutions and swaps of neighbours.
fn distance(left: &str, right: &str) -> usize {
    let left: Vec<char> = left.chars().collect();
    let right: Vec<char> = right.chars().collect();
    let mut before_last = vec![0; right.len() + 1];
    let mut last: Vec<usize> = (0..=right.len()).collect();
    for (i, a) in left.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, b) in right.iter().enumerate() {
            let mut edits = (last[j] + usize::from(a != b))
                .min(last[j + 1] + 1)
                .min(row[j] + 1);
            if i > 0 && j > 0 && *a == right[j - 1] && left[i - 1] == *b {
                edits = edits.min(before_last[j - 1] + 1);
            }
            row.push(edits);
        }
        before_last = std::mem::replace(&mut last, row);
    }
    last[right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn swapped_letters_are_one_edit() {
        assert_eq!(distance("slgu", "slug"), 1);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("kitten", "sitting"), 3);
    }

    #[test]
    fn the_nearest_is_offered_and_a_stranger_is_not() {
        assert_eq!(nearest("tll", ["key", "ttl"]), Some("ttl"));
        assert_eq!(
            nearest("conditon", ["unless", "condition"]),
            Some("condition")
        );
        assert_eq!(nearest("banana", ["key", "ttl"]), None);
        assert_eq!(nearest("x", ["id", "page"]), None);
    }
}
