//! actix-web: [`CachePage`], a cache of HTTP in front of an app.
//!
//! ```
//! use actix_web::{App, HttpServer, web};
//! use cache_core::actix::CachePage;
//!
//! # fn serve() -> std::io::Result<()> {
//! let pages = CachePage::new("10m"); // before the closure, which runs once for each worker
//! let server = HttpServer::new(move || {
//!     App::new()
//!         .route("/", web::get().to(async || "home"))
//!         .wrap(pages.clone())
//! });
//! # Ok(())
//! # }
//! ```

pub use self::app::{CachedApp, CachedAppFuture};
pub use self::body::CachedAppBody;
/// [`CachePageLayer`](crate::CachePageLayer) as a middleware of actix-web, for `App::wrap`: a cache in front of a whole app by
/// [`CachePage::new`](crate::CachePageLayer::new), or one as RFC 9111 has it by [`CachePage::shared`](crate::CachePageLayer::shared).
///
/// What is said of the layer is true here. Besides:
///
/// - Make it before `HttpServer::new`, and clone it into the closure: all clones share what is stored. A closure that makes one makes one
///   for each worker, and what is invalidated in one of them would stay in the others: it panics at the start of the server.
/// - Middleware that admits or refuses visitors, or that compresses or adds fields, is wrapped around it, that is after it:
///   `.wrap(pages).wrap(login)`. What sets cookies is wrapped by it, before it: then its responses are not stored.
/// - The request that an answer gives to middleware around it has the client's head. Where the app was asked it is another one than the
///   app's: it has the extensions, and neither the app's data nor its resources (`match_pattern` is `None`). Beside a stale response it
///   has no extensions, for the app is yet to be asked with them.
/// - A request by HTTP/2 that does not announce a body has none for the app, if its method is `GET` or `HEAD`.
/// - Its work behind responses is for runtimes of one thread, as the workers of a server have. Before a server is stopped,
///   [`drain`](crate::drain) waits for it.
///
/// # Warning
///
/// What the key does not hold must not change a response: the certificate or the address of the client, the socket that it came by
/// (redirects to https are wrapped around), and what middleware around it has put into the request. The app finds the cookies that such
/// middleware has parsed, also those that [`ignore_cookies`](crate::CachePageLayer::ignore_cookies) names.
pub use crate::tower::CachePageLayer as CachePage;

mod body;
mod convert;

mod request;

mod workers;

mod app;
mod caches;
