//! The names that a type reads, in the order in which it reads them.

/// Who has names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NamesOwner {
    /// The fields of a struct.
    Struct(&'static str),
    /// The variants of an enum.
    Enum(&'static str),
    /// The fields of a variant, by enum and variant.
    Variant(&'static str, &'static str),
}

/// Lists of names, by owner.
#[derive(Debug, Default)]
pub(crate) struct FieldNames(Vec<NamesRow>);

#[derive(Debug)]
struct NamesRow {
    owner: NamesOwner,
    list: Option<&'static [&'static str]>,
}

impl FieldNames {
    /// Notes that `owner` reads these names. Two owners of one name with different lists cannot be told apart by who
    /// sees the name alone: then there is no list.
    pub(crate) fn learn(&mut self, owner: NamesOwner, list: &'static [&'static str]) {
        match self.0.iter_mut().find(|row| row.owner == owner) {
            None => self.0.push(NamesRow {
                owner,
                list: Some(list),
            }),
            Some(row) if row.list != Some(list) => row.list = None,
            Some(_) => {}
        }
    }

    /// Notes that the places in the list of `owner` are not those that it reads by.
    pub(crate) fn forget(&mut self, owner: NamesOwner) {
        match self.0.iter_mut().find(|row| row.owner == owner) {
            None => self.0.push(NamesRow { owner, list: None }),
            Some(row) => row.list = None,
        }
    }

    /// What `owner` reads, if that is known for certain.
    pub(crate) fn list(&self, owner: NamesOwner) -> Option<&'static [&'static str]> {
        self.0.iter().find(|row| row.owner == owner)?.list
    }
}
