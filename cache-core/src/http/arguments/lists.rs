//! A handler's arguments as lists, so that one implementation serves any number of them.

/// The end of a list.
#[derive(Debug)]
pub struct Nil;

/// An argument that sees the request rebuilt from the page's key.
#[derive(Debug)]
pub struct Keyed<H, T>(pub H, pub T);

/// An argument that sees the client's own request: one in the key, or one set aside by `skip`.
#[derive(Debug)]
pub struct Real<H, T>(pub H, pub T);

/// A guard, which sees the client's own request and may refuse it.
#[derive(Debug)]
pub struct GuardArgument<H, T>(pub H, pub T);

/// The last argument, which may take the body; it sees the rebuilt request.
#[derive(Debug)]
pub struct KeyedLast<H>(pub H);

/// The last argument, which may take the body; it sees the client's own request.
#[derive(Debug)]
pub struct RealLast<H>(pub H);
