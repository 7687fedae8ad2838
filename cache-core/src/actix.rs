//! actix-web: [`#[cache_page]`](macro@cache_page) on handlers, and [`CachePage`], a cache of HTTP in front of an app.
//!
//! ```
//! use actix_web::{App, web};
//! use cache_core::actix::cache_page;
//!
//! #[cache_page(ttl = "15m")]
//! async fn post(slug: web::Path<String>) -> String {
//!     format!("the text of {slug}")
//! }
//!
//! let app = App::new().route("/posts/{slug}", web::get().to(post));
//! ```
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
pub use self::page::keyed::{FromKeyed, KeyedRequest};
/// [`CachePageLayer`](crate::CachePageLayer) as a middleware of actix-web, for `App::wrap`: a cache in front of a whole app by
/// [`CachePage::new`](crate::CachePageLayer::new), or one as RFC 9111 has it by [`CachePage::shared`](crate::CachePageLayer::shared).
///
/// What is said of the layer is true here. Besides:
///
/// - Make it before `HttpServer::new`, and clone it into the closure: all clones share what is stored. If the closure makes it, each
///   worker has one of its own, what is invalidated in one worker stays in the others, and the server panics when it starts.
/// - Wrap middleware that refuses visitors, compresses or adds fields around it, that is after it: `.wrap(pages).wrap(login)`. Wrap what
///   sets cookies before it, so that responses with cookies are not stored.
/// - Middleware around it finds the client's head in the request of each response. On a miss that request is a copy, with the extensions
///   but without the app's data and resources: `match_pattern` is `None`. Beside a stale response the copy has no extensions either,
///   because the app will be asked with them.
/// - A request by HTTP/2 that does not announce a body has none for the app, if its method is `GET` or `HEAD`.
/// - It works on after its responses on the worker's runtime, which must have one thread, as those of `HttpServer` do. Before you stop a
///   server, wait for that with [`drain`](crate::drain).
///
/// # Warning
///
/// What the key does not hold must not change a response: the certificate or the address of the client, the socket that a request came by
/// (wrap redirects to https around it), and what middleware around it has put into the request. Where such middleware has parsed the
/// cookies, the app finds them, also those that [`ignore_cookies`](crate::CachePageLayer::ignore_cookies) names.
pub use crate::tower::CachePageLayer as CachePage;
#[doc(inline)]
#[doc = include_str!("docs/actix/cache_control.md")]
pub use cache_macros::actix_cache_control as cache_control;
#[doc(inline)]
#[doc = include_str!("docs/actix/cache_page.md")]
pub use cache_macros::actix_cache_page as cache_page;
#[doc(inline)]
#[doc = include_str!("docs/actix/conditional.md")]
pub use cache_macros::actix_conditional as conditional;
#[doc(inline)]
#[doc = include_str!("docs/actix/never_cache.md")]
pub use cache_macros::actix_never_cache as never_cache;
#[doc(inline)]
#[doc = include_str!("docs/actix/vary_on.md")]
pub use cache_macros::actix_vary_on as vary_on;

mod body;
mod fields;

mod convert;

mod asked;
mod request;

mod workers;

mod app;
mod caches;

pub(crate) mod page;
