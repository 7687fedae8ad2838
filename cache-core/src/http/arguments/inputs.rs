//! What a page may depend on, said by type.
//!
//! A page runs on a request rebuilt from its key. An argument of a handler is safe when it reads nothing that the key does
//! not hold. `Option<T>` and `Result<T, E>` are what `T` is.

/// A type that is a function of a page's URL and host (or of the application alone), such as `Path`, `Query` or `State`.
///
/// Implement it for an extractor of yours that reads nothing else of the request: neither headers other than `Host`, nor
/// cookies, nor extensions that a middleware fills. Under an explicit `key = "…"` it does not count, because such a key
/// replaces path and query.
///
/// # Examples
///
/// ```
/// struct TenantFromHost(String);
/// impl cache_core::PageInput for TenantFromHost {}
/// ```
pub trait PageInput {}

/// A type that reads only headers and cookies that `#[vary_on]` names, and the host.
///
/// The handler sees no other header and no other cookie: an extractor that reads one finds it absent. What it must not read
/// is an extension that a middleware fills from the request. A type that is a [`PageInput`] needs no `VariedInput`.
///
/// # Examples
///
/// ```
/// struct Preferences { dark: bool }
///
/// impl cache_core::VariedInput for Preferences {
///     const READS: &'static [&'static str] = &["cookie", "sec-ch-prefers-color-scheme"];
/// }
/// ```
pub trait VariedInput {
    /// The headers that the type reads by name, in lower case; `cookie` for cookies. A page that does not vary on all of them
    /// does not compile, because the missing header would always be absent. Empty by default: nothing is checked.
    const READS: &'static [&'static str] = &[];
}

/// The name of a typed header, for `axum_extra::TypedHeader` as an argument of a page. The request headers of the crate `headers`
/// implement it.
///
/// # Examples
///
/// ```
/// struct Tenant(String); // with an `impl headers::Header`
///
/// impl cache_core::NamedHeader for Tenant {
///     const NAME: &'static str = "x-tenant";
/// }
/// ```
pub trait NamedHeader {
    /// What `Header::name` returns, in lower case.
    const NAME: &'static str;
}

/// A type that belongs to the application and reads nothing of the request.
pub trait AppInput: sealed::Sealed {}

pub(crate) mod sealed {
    pub trait Sealed {}
}

/// The value of a guard's name in the body of a page. A guard decides who gets the page, not what is on it: the cached answer
/// goes to every visitor that the guard admits.
#[allow(missing_debug_implementations, reason = "nothing can be read from it")]
pub struct GuardIsNotAnInput;
