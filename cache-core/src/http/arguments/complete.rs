//! The completeness of a page's key, checked by type: one trait for each rule, one function to name it.
//!
//! `Arg` is an empty type named like the argument, so that the compiler's message can name it. `Why` tells the
//! implementations apart and is inferred; it is what lets `Option` and `Result` be seen through.

use std::marker::PhantomData;

use super::inputs::{AppInput, PageInput, VariedInput};

/// Known because it is a [`PageInput`].
#[derive(Debug)]
pub struct ByPage;

/// Known because it is a [`VariedInput`].
#[derive(Debug)]
pub struct ByVary;

/// Known because it is an `AppInput`.
#[derive(Debug)]
pub struct ByApp;

/// Known because what it wraps is.
#[derive(Debug)]
pub struct KnownInside<Why>(Why);

/// One trait of completeness: its message, and the traits of types that satisfy it.
macro_rules! rule {
    ($(#[$message:meta])* $rule:ident: $($why:ident => $input:ident),+) => {
        $(#[$message])*
        pub trait $rule<Arg, Why> {}

        $(
            #[diagnostic::do_not_recommend]
            impl<Arg, T: $input> $rule<Arg, $why> for T {}
        )+

        #[diagnostic::do_not_recommend]
        impl<Arg, Why, T: $rule<Arg, Why>> $rule<Arg, KnownInside<Why>> for Option<T> {}

        #[diagnostic::do_not_recommend]
        impl<Arg, Why, T: $rule<Arg, Why>, E> $rule<Arg, KnownInside<Why>> for Result<T, E> {}
    };
}

rule! {
    /// An argument that the URL and the host decide.
    #[diagnostic::on_unimplemented(
        message = "this page is cached, but its argument `{Arg}` (of type `{Self}`) is not in its key",
        label = "the answer may depend on it, so one visitor could be sent another's page",
        note = "put it in the key: `key = \"…{{{Arg}.field}}\"` (extracted on every request; the answer is `private`)",
        note = "or name what it reads: `#[vary_on(headers = [\"…\"], cookies = [\"…\"])]`",
        note = "or check it on every request without keying it: `guard({Arg})` (a login; the body cannot read it then)",
        note = "or set it aside: `skip({Arg})`, if it does not change the answer; it does not run on hits, so never a login",
        note = "or, for a type of yours that only reads the URL and the host: `impl cache_core::PageInput for … {{}}`"
    )]
    KnownByUrl: ByPage => PageInput
}

rule! {
    /// An argument that the URL, the host and what `#[vary_on]` names decide.
    #[diagnostic::on_unimplemented(
        message = "this page is cached, but its argument `{Arg}` (of type `{Self}`) is neither in its key nor known to read only what `vary_on` names",
        label = "the answer may depend on it, so one visitor could be sent another's page",
        note = "put it in the key: `key = \"…{{{Arg}.field}}\"` (extracted on every request; the answer is `private`)",
        note = "or check it on every request without keying it: `guard({Arg})` (a login; the body cannot read it then)",
        note = "or set it aside: `skip({Arg})`, if it does not change the answer; it does not run on hits, so never a login",
        note = "or, for a type of yours that reads only what `vary_on` names: `impl cache_core::VariedInput for … {{}}`",
        note = "or, for a typed header of yours: `impl cache_core::NamedHeader for … {{ const NAME: &'static str = \"x-…\"; }}`"
    )]
    KnownByVary: ByPage => PageInput, ByVary => VariedInput
}

rule! {
    /// An argument that the application decides: all that counts under `key = "…"`.
    #[diagnostic::on_unimplemented(
        message = "this page has a `key` that replaces path and query, but its argument `{Arg}` (of type `{Self}`) is not named in it",
        label = "the answer may depend on it, so one visitor could be sent another's page",
        note = "name it in the key: `{{{Arg}.field}}` (extracted on every request)",
        note = "or check it on every request without keying it: `guard({Arg})` (a login; the body cannot read it then)",
        note = "or set it aside: `skip({Arg})`, if it does not change the answer; it does not run on hits, so never a login"
    )]
    KnownByApp: ByApp => AppInput
}

rule! {
    /// An argument that the application or what `#[vary_on]` names decide: what counts under `key = "…"` beside it.
    #[diagnostic::on_unimplemented(
        message = "this page has a `key` that replaces path and query, but its argument `{Arg}` (of type `{Self}`) is neither named in it nor known to read only what `vary_on` names",
        label = "the answer may depend on it, so one visitor could be sent another's page",
        note = "name it in the key: `{{{Arg}.field}}` (extracted on every request)",
        note = "or check it on every request without keying it: `guard({Arg})` (a login; the body cannot read it then)",
        note = "or set it aside: `skip({Arg})`, if it does not change the answer; it does not run on hits, so never a login",
        note = "or, for a type of yours that reads only what `vary_on` names: `impl cache_core::VariedInput for … {{}}`",
        note = "or, for a typed header of yours: `impl cache_core::NamedHeader for … {{ const NAME: &'static str = \"x-…\"; }}`"
    )]
    KnownByHeaders: ByApp => AppInput, ByVary => VariedInput
}

/// Compiles where [`KnownByUrl`] holds.
pub const fn by_url<Arg, T: KnownByUrl<Arg, Why>, Why>(_: PhantomData<fn() -> T>) {}

/// Compiles where [`KnownByVary`] holds.
pub const fn by_vary<Arg, T: KnownByVary<Arg, Why>, Why>(_: PhantomData<fn() -> T>) {}

/// Compiles where [`KnownByApp`] holds.
pub const fn by_app<Arg, T: KnownByApp<Arg, Why>, Why>(_: PhantomData<fn() -> T>) {}

/// Compiles where [`KnownByHeaders`] holds.
pub const fn by_headers<Arg, T: KnownByHeaders<Arg, Why>, Why>(_: PhantomData<fn() -> T>) {}
