//! The name of the table.

/// PostgreSQL cuts longer names in silence, and the index's name is the table's and a word.
const LONGEST: usize = 63 - INDEX.len();
const INDEX: &str = "_expires_at";

/// A name of a table that every database takes as it is, quoted.
#[derive(Clone, Debug)]
pub(super) struct Name(String);

impl Default for Name {
    fn default() -> Self {
        Self("cache_entries".to_owned())
    }
}

impl Name {
    /// `None` if a database would refuse it, or take it for another.
    pub(super) fn new(name: &str) -> Option<Self> {
        let fits = !name.is_empty() && name.len() <= LONGEST && !name.ends_with(' ');
        let plain = !name.chars().any(|c| c.is_control() || c > '\u{ffff}');
        // SQLite keeps these for itself.
        let free = !name.to_ascii_lowercase().starts_with("sqlite_");
        (fits && plain && free).then(|| Self(name.to_owned()))
    }

    /// The table, between quotes of this kind.
    pub(super) fn table(&self, quote: char) -> String {
        quoted(&self.0, quote)
    }

    /// Its index, between quotes of this kind.
    #[cfg(any(test, feature = "sqlite", feature = "postgres"))]
    pub(super) fn index(&self, quote: char) -> String {
        quoted(&format!("{}{INDEX}", self.0), quote)
    }
}

fn quoted(name: &str, quote: char) -> String {
    let doubled = name.replace(quote, &format!("{quote}{quote}"));
    format!("{quote}{doubled}{quote}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_leave_its_quotes() {
        let name = Name::new("a\" b` c'; drop").unwrap();
        assert_eq!(name.table('"'), "\"a\"\" b` c'; drop\"");
        assert_eq!(name.table('`'), "`a\" b`` c'; drop`");
        assert_eq!(name.index('"'), "\"a\"\" b` c'; drop_expires_at\"");
    }

    #[test]
    fn what_a_database_would_change_is_refused() {
        let long = "x".repeat(LONGEST + 1);
        for name in ["", "a\0b", "a\nb", "a ", "sqlite_a", "🦀", &long] {
            assert!(Name::new(name).is_none(), "{name:?}");
        }
        assert!(Name::new(&long[1..]).is_some());
    }
}
