//! What is to be written, in as few statements as may be.

use std::collections::HashMap;
use std::mem::{Discriminant, discriminant};

use super::driver::RowWrite;
use crate::store::{When, Written};

/// The most of a statement. What is longer than `BYTES` by itself has a statement of its own.
const ROWS: usize = 1 << 10;
const BYTES: usize = 1 << 19;

/// Rows by condition, no key twice in a group, and what is under the same key in the order in which it came.
#[derive(Default)]
pub(super) struct Groups {
    pub(super) rows: Vec<Vec<RowWrite>>,
    pub(super) places: Places,
}

struct OpenGroup {
    kind: Discriminant<When>,
    bytes: usize,
}

impl Groups {
    pub(super) fn new(rows: Vec<RowWrite>, largest: usize) -> Self {
        let mut groups = Self::default();
        let mut open: Vec<OpenGroup> = Vec::new();
        // The first group that may have this key.
        let mut next: HashMap<Vec<u8>, usize> = HashMap::new();
        for row in rows {
            if row.value.len() > largest {
                groups.places.0.push(None);
                continue;
            }
            let bytes = row.key.len() + row.value.len();
            let kind = discriminant(&row.when);
            let first = next.get(&row.key).copied().unwrap_or(0);
            let fits = |at: &usize| {
                let group = &open[*at];
                let short = group.bytes + bytes <= BYTES && groups.rows[*at].len() < ROWS;
                group.kind == kind && short
            };
            let at = (first..open.len()).find(fits).unwrap_or_else(|| {
                open.push(OpenGroup { kind, bytes: 0 });
                groups.rows.push(Vec::new());
                open.len() - 1
            });
            open[at].bytes += bytes;
            groups.places.0.push(Some((at, groups.rows[at].len())));
            next.insert(row.key.clone(), at + 1);
            groups.rows[at].push(row);
        }
        groups
    }
}

/// Of each put its group and its place there; `None` if it is too large.
#[derive(Default)]
pub(super) struct Places(Vec<Option<(usize, usize)>>);

impl Places {
    /// What became of each put, of what became of the rows of the first groups; `None` where that is not known.
    pub(super) fn told(&self, written: &[Vec<Written>]) -> Vec<Option<Written>> {
        let of = |place: &Option<(usize, usize)>| match place {
            Some((group, at)) => written.get(*group)?.get(*at).copied(),
            None => Some(Written::TooLarge),
        };
        self.0.iter().map(of).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Token;

    fn put(key: &[u8], value: &[u8], when: When) -> RowWrite {
        RowWrite {
            key: key.to_vec(),
            value: value.to_vec(),
            ttl: None,
            when,
        }
    }

    fn keys(groups: &Groups) -> Vec<Vec<&[u8]>> {
        let groups = groups.rows.iter();
        groups
            .map(|rows| rows.iter().map(|row| &*row.key).collect())
            .collect()
    }

    #[test]
    fn one_condition_is_one_statement() {
        let is = |byte| When::Is(Token([byte; 16]));
        let puts = vec![
            put(b"a", b"", When::Always),
            put(b"b", b"", When::Absent),
            put(b"c", b"", When::Always),
            put(b"d", b"", is(1)),
            put(b"e", b"", is(2)),
        ];
        let groups = Groups::new(puts, 10);
        assert_eq!(
            keys(&groups),
            [vec![&b"a"[..], b"c"], vec![b"b"], vec![b"d", b"e"]]
        );
    }

    #[test]
    fn what_is_under_one_key_keeps_its_order() {
        let puts = vec![
            put(b"a", b"1", When::Absent),
            put(b"a", b"2", When::Always),
            put(b"a", b"3", When::Absent),
            put(b"b", b"4", When::Absent),
        ];
        let groups = Groups::new(puts, 10);
        assert_eq!(
            keys(&groups),
            [vec![&b"a"[..], b"b"], vec![b"a"], vec![b"a"]]
        );
        let written = [
            vec![Written::Yes, Written::No],
            vec![Written::Yes],
            vec![Written::No],
        ];
        assert_eq!(
            groups.places.told(&written),
            [Written::Yes, Written::Yes, Written::No, Written::No].map(Some)
        );
        let first = &written[..1];
        let known = [Some(Written::Yes), None, None, Some(Written::No)];
        assert_eq!(groups.places.told(first), known);
    }

    #[test]
    fn what_is_too_large_is_not_written() {
        let puts = vec![
            put(b"a", b"four", When::Always),
            put(b"b", b"three", When::Always),
        ];
        let groups = Groups::new(puts, 4);
        assert_eq!(keys(&groups), [vec![&b"a"[..]]]);
        assert_eq!(
            groups.places.told(&[vec![Written::Yes]]),
            [Written::Yes, Written::TooLarge].map(Some)
        );
    }

    #[test]
    fn a_statement_stays_short() {
        let large = vec![0; BYTES - 1];
        let puts = vec![
            put(b"a", &large, When::Always),
            put(b"b", &large, When::Always),
        ];
        assert_eq!(keys(&Groups::new(puts, BYTES)).len(), 2);
    }
}
