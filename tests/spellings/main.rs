//! Spellings of URLs, apart from the other tests of pages: they mark thousands of names, and a mark may reach a name of another test that
//! shares its place.

#[path = "../http/support.rs"]
#[allow(
    dead_code,
    unused_imports,
    reason = "that of pages, of which these tests use a part"
)]
mod support;

mod spellings;
