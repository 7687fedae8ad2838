//! Whether a guard ever refuses a request, asked by its type. An adapter adds what it knows of its framework's extractors.

use std::marker::PhantomData;

/// The question about the extractor `T`.
#[derive(Debug)]
pub struct GuardProbe<T>(PhantomData<fn() -> T>);

impl<T> GuardProbe<T> {
    /// The question about the type of this.
    pub const fn of(_: PhantomData<fn() -> T>) -> Self {
        Self(PhantomData)
    }
}

/// The extractor may answer in the handler's place.
#[derive(Debug)]
pub struct MayRefuse;

/// The extractor lets every request pass.
#[derive(Debug)]
pub struct AdmitsAll;

impl MayRefuse {
    /// One that refuses is enough.
    #[must_use]
    pub fn or<V>(self, _: V) -> Self {
        self
    }
}

impl AdmitsAll {
    /// The other one decides.
    pub fn or<V>(self, other: V) -> V {
        other
    }
}

impl<T> GuardProbe<Option<T>> {
    /// Without a `T` it is `None`.
    pub fn verdict(&self) -> AdmitsAll {
        AdmitsAll
    }
}

impl<T, E> GuardProbe<Result<T, E>> {
    /// Without a `T` it is an `Err` that the handler gets.
    pub fn verdict(&self) -> AdmitsAll {
        AdmitsAll
    }
}

/// Any other extractor.
pub trait GuardProbeFallible {
    /// It may refuse.
    fn verdict(&self) -> MayRefuse;
}

impl<T> GuardProbeFallible for GuardProbe<T> {
    fn verdict(&self) -> MayRefuse {
        MayRefuse
    }
}

/// A verdict about the guard `Arg` of type `T` with which a page can be cached.
#[diagnostic::on_unimplemented(
    message = "the guard `{Arg}` (of type `{T}`) never refuses a request",
    label = "it admits every visitor, also those without what it looks for",
    note = "take a type whose extractor rejects them, such as `T` in place of `Option<T>` or `Result<T, E>`",
    note = "or, if the answer depends on it, put it in the key in place of `guard`: `key = \"…{{{Arg}}}\"`"
)]
pub trait Guards<Arg, T> {}

impl<Arg, T> Guards<Arg, T> for MayRefuse {}

/// Compiles where the verdict about a guard is that it `MayRefuse`.
pub fn guards<Arg, T, V: Guards<Arg, T>>(_: PhantomData<fn() -> T>, _: V) {}

/// Whether there is a value of the rejection `R`. A type without values and without size takes no room in an
/// `Option`; one that has a size beside it is taken for one that can refuse.
pub(crate) const fn can_refuse<R>() -> bool {
    size_of::<Option<R>>() > 0
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use http::StatusCode;

    use super::*;

    #[test]
    fn a_rejection_without_values_never_rejects() {
        enum Never {}
        struct Unit;
        assert!(!can_refuse::<Infallible>());
        assert!(!can_refuse::<Never>());
        assert!(can_refuse::<Unit>());
        assert!(can_refuse::<()>());
        assert!(can_refuse::<StatusCode>());
        assert!(can_refuse::<Box<str>>());
        assert!(can_refuse::<http::Response<()>>());
    }
}
