//! The name of the table.

/// PostgreSQL cuts longer names in silence, and the index's name is the table's and a word.
const LONGEST: usize = 63 - INDEX.len();
const INDEX: &str = "_expires_at";

/// A name of a table that every database takes as it is, quoted.
#[derive(Clone, Debug)]
pub(super) struct TableName {
    schema: Option<String>,
    table: String,
}

impl Default for TableName {
    fn default() -> Self {
        Self {
            schema: None,
            table: "cache_entries".to_owned(),
        }
    }
}

impl TableName {
    /// `None` if a database would refuse it, or take it for another.
    pub(super) fn new(name: &str) -> Option<Self> {
        let fits = !name.is_empty() && name.len() <= LONGEST && !name.ends_with(' ');
        let plain = !name.chars().any(|c| c.is_control() || c > '\u{ffff}');
        // SQLite keeps these for itself.
        let free = !name.to_ascii_lowercase().starts_with("sqlite_");
        (fits && plain && free).then(|| Self {
            schema: None,
            table: name.to_owned(),
        })
    }

    /// The same table of another schema.
    #[cfg(any(test, feature = "postgres"))]
    pub(super) fn in_schema(self, schema: Option<String>) -> Self {
        Self { schema, ..self }
    }

    /// A name of a schema; `None` if a database would refuse it, cut it, or take it for another.
    #[cfg(any(test, feature = "postgres"))]
    pub(super) fn schema(name: &str) -> Option<String> {
        let fits = !name.is_empty() && name.len() <= 63;
        // PostgreSQL keeps these for itself.
        let free = !name.starts_with("pg_") && name != "information_schema";
        (fits && free && !name.chars().any(char::is_control)).then(|| name.to_owned())
    }

    /// The table, between quotes of this kind.
    pub(super) fn table(&self, quote: char) -> String {
        let table = quoted(&self.table, quote);
        match &self.schema {
            Some(schema) => format!("{}.{table}", quoted(schema, quote)),
            None => table,
        }
    }

    /// Its index, between quotes of this kind; it is in the schema of the table by itself.
    #[cfg(any(test, feature = "sqlite", feature = "postgres"))]
    pub(super) fn index(&self, quote: char) -> String {
        quoted(&format!("{}{INDEX}", self.table), quote)
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
        let name = TableName::new("a\" b` c'; drop").unwrap();
        assert_eq!(name.table('"'), "\"a\"\" b` c'; drop\"");
        assert_eq!(name.table('`'), "`a\" b`` c'; drop`");
        assert_eq!(name.index('"'), "\"a\"\" b` c'; drop_expires_at\"");
    }

    #[test]
    fn a_schema_is_quoted_by_itself() {
        let schema = TableName::schema("a\".b");
        let name = TableName::new("t").unwrap().in_schema(schema);
        assert_eq!(name.table('"'), "\"a\"\".b\".\"t\"");
        assert_eq!(name.index('"'), "\"t_expires_at\"");
        let long = "x".repeat(64);
        for name in ["", "pg_temp", "information_schema", "a\0", &long] {
            assert!(TableName::schema(name).is_none(), "{name:?}");
        }
    }

    #[test]
    fn what_a_database_would_change_is_refused() {
        let long = "x".repeat(LONGEST + 1);
        for name in ["", "a\0b", "a\nb", "a ", "sqlite_a", "🦀", &long] {
            assert!(TableName::new(name).is_none(), "{name:?}");
        }
        assert!(TableName::new(&long[1..]).is_some());
    }
}
