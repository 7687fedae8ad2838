//! The completeness of a page's key, checked by type: one trait for each rule, one function to name it.
//!
//! `Arg` is an empty type named like the argument, so that the compiler's message can name it.

use crate::http::inputs::{AppInput, HeaderInput, PageInput, VariedInput};

/// An argument that the URL and the host decide.
#[diagnostic::on_unimplemented(
    message = "this page is cached, but its argument `{Arg}` (of type `{Self}`) is not in its key",
    label = "the answer may depend on it, so one visitor could be sent another's page",
    note = "put it in the key: `key = \"…{{{Arg}.field}}\"` (extracted on every request; the answer is `private`)",
    note = "or name what it reads: `#[vary_on(headers = [\"…\"], cookies = [\"…\"])]`",
    note = "or check it on every request without keying it: `guard({Arg})` (a login)",
    note = "or set it aside: `skip({Arg})`, if it does not change the answer; it does not run on hits, so never a login",
    note = "or, for a type of yours that only reads the URL and the host: `impl cache_core::PageInput for … {{}}`"
)]
pub trait KnownByUrl<Arg> {}

#[diagnostic::do_not_recommend]
impl<Arg, T: PageInput + ?Sized> KnownByUrl<Arg> for T {}

/// An argument that the URL, the host and what `#[vary_on]` names decide.
#[diagnostic::on_unimplemented(
    message = "this page is cached, but its argument `{Arg}` (of type `{Self}`) is neither in its key nor known to read only what `vary_on` names",
    label = "the answer may depend on it, so one visitor could be sent another's page",
    note = "put it in the key: `key = \"…{{{Arg}.field}}\"` (extracted on every request; the answer is `private`)",
    note = "or check it on every request without keying it: `guard({Arg})` (a login)",
    note = "or set it aside: `skip({Arg})`, if it does not change the answer; it does not run on hits, so never a login",
    note = "or, for a type of yours that reads only the URL and what `vary_on` names: `impl cache_core::VariedInput for … {{}}`"
)]
pub trait KnownByVary<Arg> {}

#[diagnostic::do_not_recommend]
impl<Arg, T: VariedInput + ?Sized> KnownByVary<Arg> for T {}

/// An argument that the application decides: all that counts under `key = "…"`.
#[diagnostic::on_unimplemented(
    message = "this page has a `key` that replaces path and query, but its argument `{Arg}` (of type `{Self}`) is not named in it",
    label = "the answer may depend on it, so one visitor could be sent another's page",
    note = "name it in the key: `{{{Arg}.field}}` (extracted on every request)",
    note = "or check it on every request without keying it: `guard({Arg})` (a login)",
    note = "or set it aside: `skip({Arg})`, if it does not change the answer; it does not run on hits, so never a login"
)]
pub trait KnownByApp<Arg> {}

#[diagnostic::do_not_recommend]
impl<Arg, T: AppInput + ?Sized> KnownByApp<Arg> for T {}

/// An argument that the application or the declared headers decide: what counts under `key = "…"` beside `#[vary_on]`.
#[diagnostic::on_unimplemented(
    message = "this page has a `key` that replaces path and query, but its argument `{Arg}` (of type `{Self}`) is not named in it",
    label = "the answer may depend on it, so one visitor could be sent another's page",
    note = "name it in the key: `{{{Arg}.field}}` (extracted on every request)",
    note = "or check it on every request without keying it: `guard({Arg})` (a login)",
    note = "or set it aside: `skip({Arg})`, if it does not change the answer; it does not run on hits, so never a login"
)]
pub trait KnownByHeaders<Arg> {}

#[diagnostic::do_not_recommend]
impl<Arg, T: HeaderInput + ?Sized> KnownByHeaders<Arg> for T {}

/// Compiles when the URL and the host decide `T`.
pub const fn by_url<Arg, T: KnownByUrl<Arg> + ?Sized>() {}

/// Compiles when the URL, the host and what `#[vary_on]` names decide `T`.
pub const fn by_vary<Arg, T: KnownByVary<Arg> + ?Sized>() {}

/// Compiles when the application decides `T`.
pub const fn by_app<Arg, T: KnownByApp<Arg> + ?Sized>() {}

/// Compiles when the application or the declared headers decide `T`.
pub const fn by_headers<Arg, T: KnownByHeaders<Arg> + ?Sized>() {}
