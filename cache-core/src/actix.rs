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
/// It holds what the documentation of the layer says. Besides:
///
/// - It caches an app, and so do all clones of it together. Make it before `HttpServer::new`, and clone it into the closure: a closure that
///   makes one makes one for each worker, and what is invalidated in one of them would stay in the others. It panics there.
/// - Middleware that admits or refuses visitors is wrapped around it, that is after it: `.wrap(pages).wrap(login)`. What such middleware
///   reads of a request stays with the request: the app finds the cookies that it has parsed, and those that
///   [`ignore_cookies`](crate::CachePageLayer::ignore_cookies) names are among them.
/// - A request by HTTP/2 that does not announce a body has none for the app, if its method is `GET` or `HEAD`.
/// - On a `Scope` it sees the paths of the app, as everywhere.
pub use crate::tower::CachePageLayer as CachePage;

mod body;
mod convert;

mod request;

mod app;
mod caches;
mod workers;
