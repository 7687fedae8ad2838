//! That a page varies on the headers which its arguments read by name: otherwise the handler would always find them absent.

use std::marker::PhantomData;

use super::inputs::VariedInput;

/// The headers that an argument of type `T` reads by name.
#[derive(Debug)]
pub struct Reads<T>(PhantomData<fn() -> T>);

impl<T: VariedInput> Reads<T> {
    /// What the type says.
    pub const HEADERS: &'static [&'static str] = T::READS;
}

impl<T: VariedInput> Reads<Option<T>> {
    /// The same as without the `Option`.
    pub const HEADERS: &'static [&'static str] = T::READS;
}

impl<T: VariedInput, E> Reads<Result<T, E>> {
    /// The same as without the `Result`.
    pub const HEADERS: &'static [&'static str] = T::READS;
}

/// Any other type: it reads none, or another rule refuses it.
pub trait ReadsNothing {
    /// None.
    const HEADERS: &'static [&'static str] = &[];
}

impl<T> ReadsNothing for Reads<T> {}

/// Fails the build where an argument reads a header that the page does not vary on: the handler would always find it absent.
///
/// # Panics
///
/// When the compiler evaluates it, where `declared` lacks one of `reads`.
#[track_caller]
pub const fn varies_on(reads: &[&str], declared: &[&str]) {
    let mut at = 0;
    while at < reads.len() {
        if !contains(declared, reads[at]) {
            let text = BuildMessage::EMPTY
                .then("this argument reads the header `")
                .then(reads[at])
                .then("`, which no `#[vary_on]` of the page names, so that the handler never sees it; ");
            let text = if equal(reads[at], "cookie") {
                text.then("write `cookies = [\"…\"]` there")
            } else {
                text.then("write `headers = [\"")
                    .then(reads[at])
                    .then("\"]` there")
            };
            text.panic();
        }
        at += 1;
    }
}

const fn contains(names: &[&str], name: &str) -> bool {
    let mut at = 0;
    while at < names.len() {
        if equal(names[at], name) {
            return true;
        }
        at += 1;
    }
    false
}

const fn equal(one: &str, other: &str) -> bool {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    let mut at = 0;
    while at < one.len() && at < other.len() && one[at] == other[at] {
        at += 1;
    }
    at == one.len() && at == other.len()
}

/// A message, put together while the compiler runs.
struct BuildMessage {
    bytes: [u8; 512],
    length: usize,
}

impl BuildMessage {
    const EMPTY: Self = Self {
        bytes: [0; 512],
        length: 0,
    };

    const fn then(mut self, more: &str) -> Self {
        let (more, mut at) = (more.as_bytes(), 0);
        while at < more.len() && self.length < self.bytes.len() {
            self.bytes[self.length] = more[at];
            self.length += 1;
            at += 1;
        }
        self
    }

    #[track_caller]
    const fn panic(&self) {
        match std::str::from_utf8(self.bytes.split_at(self.length).0) {
            Ok(text) => panic!("{}", text),
            Err(_) => panic!("this argument reads a header that no `#[vary_on]` of the page names"),
        }
    }
}
