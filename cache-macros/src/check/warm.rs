//! Rules for pages that are rendered though nobody asks for them: the key must be all that they need, and hold nobody's own.

use super::key::CheckedKey;
use super::stale::of_the_client;
use super::vary::{CREDENTIALS, Vary};
use crate::attr::vary_on::Cookies;
use crate::attr::{Arg, Arguments};
use crate::errors::Errors;
use crate::framework::WebFramework;

/// The most pages of one handler.
const MOST: u32 = 10_000;

pub(super) fn check(
    arguments: &Arguments,
    framework: WebFramework,
    vary: &Vary,
    key: Option<&CheckedKey>,
    errors: &mut Errors,
) {
    let Some(Arg { name: warm, value }) = &arguments.warm else {
        return;
    };
    if framework == WebFramework::Actix {
        errors.at(warm, "`warm` renders pages on any thread, and a handler of actix-web stays on that of its worker; leave it out: `refresh_ahead` and `stale_while_revalidate` spare visitors the wait too");
    }
    if *value == 0 {
        errors.at(warm, "`warm` is how many pages are rendered again after an invalidation, and none are by default; leave it out");
    }
    if *value > MOST {
        errors.at(warm, format!("`warm` is a number of pages up to {MOST}; the others are rendered when somebody asks for them"));
    }
    for (name, role) in of_the_client(arguments, key) {
        errors.at(
            warm,
            format!("`warm` renders pages that no client has asked for, and `{name}`, which {role}, is extracted from a client's own request; leave `warm` out, or cache a function that the handler calls"),
        );
    }
    let credentials = vary.headers.iter().map(syn::LitStr::value);
    let credentials = credentials.filter(|header| CREDENTIALS.contains(&header.as_str()));
    let cookies = matches!(vary.cookies, Some(Cookies::All)).then(|| "cookie".to_owned());
    if let Some(header) = credentials.chain(cookies).next() {
        errors.at(
            warm,
            format!("`warm` renders pages that no client has asked for, and one that varies on `{header}` is for one visitor; leave `warm` out"),
        );
    }
}
