//! Rules for pages whose hits are verified: they are rendered again from their keys alone.

use super::key::CheckedKey;
use super::stale::of_the_client;
use crate::attr::{Arg, Arguments, Verify};
use crate::errors::Errors;
use crate::framework::WebFramework;

pub(super) fn check(
    arguments: &Arguments,
    framework: WebFramework,
    key: Option<&CheckedKey>,
    errors: &mut Errors,
) {
    let Some(Arg {
        name: verify,
        value,
    }) = &arguments.verify
    else {
        return;
    };
    if matches!(value, Verify::Never) {
        return;
    }
    if framework == WebFramework::Actix {
        errors.at(verify, "`verify` renders pages behind their answers, and a handler of actix-web stays on the thread of its worker; leave it out, and verify the functions that it calls");
    }
    for (name, role) in of_the_client(arguments, key) {
        errors.at(
            verify,
            format!("`verify` renders the page again from its key alone, and `{name}`, which {role}, is extracted from a client's own request; leave `verify` out, or verify a cached function that the handler calls"),
        );
    }
}
