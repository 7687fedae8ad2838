//! All `#[vary_on]` of a page, joined.

use crate::attr::vary_on::Cookies;
use crate::attr::{Arg, VaryOn};
use crate::errors::Errors;
use syn::{Ident, LitStr};

/// Headers with the credentials of one visitor.
pub(super) const CREDENTIALS: [&str; 3] = ["authorization", "proxy-authorization", "cookie"];

/// The headers and cookies that a page varies on.
#[derive(Default)]
pub(crate) struct Vary {
    /// In lower case; those by which something is chosen are among them.
    pub(crate) headers: Vec<LitStr>,
    /// The languages of the site.
    pub(crate) languages: Vec<LitStr>,
    /// The content codings of the site.
    pub(crate) encodings: Vec<LitStr>,
    /// Whether pages differ by the kind of device.
    pub(crate) device: bool,
    pub(crate) cookies: Option<Cookies>,
}

impl Vary {
    /// Joins them, and refuses what is named twice.
    pub(crate) fn of<'v>(
        attributes: impl IntoIterator<Item = &'v VaryOn>,
        errors: &mut Errors,
    ) -> Self {
        let mut all = Self::default();
        for vary in attributes {
            for header in vary.headers.iter().flat_map(|headers| &headers.value) {
                add(&mut all.headers, header, "header", errors);
            }
            if let Some(Arg { name, value }) = &vary.cookies {
                all.add_cookies(name, value, errors);
            }
            all.add_choices(vary, errors);
        }
        all
    }

    fn add_choices(&mut self, vary: &VaryOn, errors: &mut Errors) {
        let VaryOn {
            languages,
            encodings,
            device,
            ..
        } = vary;
        let mut by_header = |header: &str, name: &Ident| {
            let header = LitStr::new(header, name.span());
            add(&mut self.headers, &header, "header", errors);
        };
        if let Some(Arg { name, value }) = languages {
            by_header("accept-language", name);
            self.languages.clone_from(value);
        }
        if let Some(Arg { name, value }) = encodings {
            by_header("accept-encoding", name);
            self.encodings.clone_from(value);
        }
        if let Some(Arg { name, .. }) = device {
            by_header("user-agent", name);
            self.device = true;
        }
    }

    fn add_cookies(&mut self, name: &Ident, more: &Cookies, errors: &mut Errors) {
        match (&mut self.cookies, more) {
            (None, more) => self.cookies = Some(more.clone()),
            (Some(Cookies::Named(names)), Cookies::Named(more)) => {
                for cookie in more {
                    add(names, cookie, "cookie", errors);
                }
            }
            (Some(_), _) => errors.at(name, "`cookies` without a list is the whole `Cookie` header, and with one a part of it; it is one or the other"),
        }
    }

    /// The lists of which a header chooses one, by their names; those that are given.
    pub(crate) fn choices(&self) -> impl Iterator<Item = (&'static str, &[LitStr])> {
        let all = [
            ("languages", &*self.languages),
            ("encodings", &*self.encodings),
        ];
        all.into_iter().filter(|(_, choices)| !choices.is_empty())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.headers.is_empty() && self.cookies.is_none()
    }

    /// What tells visitors apart for certain: cookies, or credentials. Of other headers the run time knows more.
    pub(crate) fn names_a_visitor(&self) -> Option<&'static str> {
        let mut credentials = CREDENTIALS.into_iter();
        let names = |name: &&str| self.headers.iter().any(|header| header.value() == *name);
        let cookies = self.cookies.as_ref().map(|_| "cookies");
        cookies.or_else(|| credentials.find(names))
    }

    /// The value of the `Vary` header.
    pub(crate) fn header_value(&self) -> String {
        let cookie = self.cookies.iter().map(|_| "cookie".to_owned());
        self.headers
            .iter()
            .map(LitStr::value)
            .chain(cookie)
            .collect::<Vec<_>>()
            .join(", ")
    }
}

fn add(names: &mut Vec<LitStr>, name: &LitStr, what: &str, errors: &mut Errors) {
    if names.iter().any(|earlier| earlier.value() == name.value()) {
        errors.at(
            name,
            format!("the {what} `{}` is named twice", name.value()),
        );
    }
    names.push(name.clone());
}
