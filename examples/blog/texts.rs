//! The words of the interface, and how dates are written, in each language.

use serde::Serialize;
use time::Date;

use crate::negotiate::Language;

/// The words of the interface in one language.
#[derive(Serialize)]
pub struct Texts {
    pub code: &'static str,
    home: &'static str,
    archive: &'static str,
    about: &'static str,
    dashboard: &'static str,
    stats: &'static str,
    by: &'static str,
    minutes: &'static str,
    contents: &'static str,
    related: &'static str,
    #[serde(skip)]
    months: [&'static str; 12],
    #[serde(skip)]
    day_suffix: &'static str,
}

static ENGLISH: Texts = Texts {
    code: "en",
    home: "Posts",
    archive: "Archive",
    about: "About",
    dashboard: "Dashboard",
    stats: "Stats",
    by: "by",
    minutes: "min read",
    contents: "Contents",
    related: "Read next",
    months: [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
    day_suffix: "",
};

static GERMAN: Texts = Texts {
    code: "de",
    home: "Beiträge",
    archive: "Archiv",
    about: "Über uns",
    dashboard: "Dashboard",
    stats: "Statistik",
    by: "von",
    minutes: "Min. Lesezeit",
    contents: "Inhalt",
    related: "Weiterlesen",
    months: [
        "Januar",
        "Februar",
        "März",
        "April",
        "Mai",
        "Juni",
        "Juli",
        "August",
        "September",
        "Oktober",
        "November",
        "Dezember",
    ],
    day_suffix: ".",
};

static FRENCH: Texts = Texts {
    code: "fr",
    home: "Articles",
    archive: "Archives",
    about: "À propos",
    dashboard: "Tableau de bord",
    stats: "Statistiques",
    by: "par",
    minutes: "min de lecture",
    contents: "Sommaire",
    related: "À lire ensuite",
    months: [
        "janvier",
        "février",
        "mars",
        "avril",
        "mai",
        "juin",
        "juillet",
        "août",
        "septembre",
        "octobre",
        "novembre",
        "décembre",
    ],
    day_suffix: "",
};

impl Language {
    /// A date as one writes it: 3 March 2026.
    pub fn date(self, date: Date) -> String {
        let Texts {
            months, day_suffix, ..
        } = self.texts();
        format!(
            "{}{day_suffix} {} {}",
            date.day(),
            months[usize::from(u8::from(date.month())) - 1],
            date.year()
        )
    }

    /// The words of the interface.
    pub fn texts(self) -> &'static Texts {
        match self {
            Self::English => &ENGLISH,
            Self::German => &GERMAN,
            Self::French => &FRENCH,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_read_as_their_language_writes_them() {
        let date = time::macros::date!(2026 - 03 - 01);
        assert_eq!(Language::English.date(date), "1 March 2026");
        assert_eq!(Language::German.date(date), "1. März 2026");
    }
}
