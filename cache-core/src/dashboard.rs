//! A page that shows what the caches of the program do: which functions and pages hit, which miss and why, and what that saves.
//!
//! Mount it where only those come who may see it: it shows keys, tags and addresses of stores. Unless [`Dashboard::with_purge`] is
//! called it changes nothing.
//!
//! ```
//! use axum::Router;
//!
//! let app: Router = Router::new().nest("/_cache", cache_core::dashboard::router());
//! # let _ = app;
//! ```

use std::sync::Arc;
use std::time::Duration;

use ::axum::Router;
use ::axum::routing::{get, post};

use bytes::Bytes;
use once_cell::sync::OnceCell;

use self::guard::PurgeToken;
use self::page::PageText;
use self::polled::Polled;
use crate::audit::Finding;
use crate::watch;

mod counts;
mod json;

mod curve;
mod names;
mod page;

mod guard;
mod polled;

mod sites;

mod entry;
mod overview;
mod purge;

mod handlers;

/// A dashboard that shows and changes nothing: `Dashboard::new().router()`.
pub fn router<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Dashboard::new().router()
}

/// What a dashboard may do, and who may ask for it.
#[derive(Clone, Debug, Default)]
#[must_use = "a dashboard does nothing until `router`"]
pub struct Dashboard {
    purge: bool,
    values: bool,
    hosts: Vec<String>,
}

/// What the handlers of one dashboard share.
struct DashboardState {
    values: bool,
    hosts: Vec<String>,
    /// Of those who may purge; none in a dashboard that changes nothing.
    token: Option<PurgeToken>,
    page: PageText,
    /// The overview, which all who look at it within a second share.
    overview: Polled,
    /// The findings about names, which compare all with all, and stay as they are while the program runs.
    of_names: OnceCell<Vec<Finding>>,
    /// The names, which stay as they are too.
    names: OnceCell<Bytes>,
}

/// How long an overview is shared.
const SHARED_FOR: Duration = Duration::from_secs(1);

impl Dashboard {
    /// A dashboard that changes nothing and shows no values.
    pub fn new() -> Self {
        Self::default()
    }

    /// Lets those who see the dashboard purge by site, tag, key, namespace and cache. Requests from other sites are refused.
    ///
    /// Under `localhost` and addresses such as `127.0.0.1:3000` this works at once; where the dashboard has a name, say it to
    /// [`hosts`](Self::hosts). Other names are refused, because anybody can let a name of theirs lead to your machine.
    pub fn with_purge(mut self) -> Self {
        self.purge = true;
        self
    }

    /// Shows the values of entries that are text, numbers or bytes, whoever they belong to.
    pub fn with_values(mut self) -> Self {
        self.values = true;
        self
    }

    /// Refuses requests for other hosts than these, such as `localhost:3000` or `example.org`, with the port where it is not that of the
    /// scheme. Without a login in front, this keeps pages of other sites from reading a dashboard on your machine under a name of theirs.
    ///
    /// Unless this is called, a dashboard is shown under any name, and purges under `localhost` and addresses alone.
    pub fn hosts(mut self, hosts: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.hosts = hosts.into_iter().map(Into::into).collect();
        self
    }

    /// The dashboard, to be nested where it is to be found. From now on the program is [watched](crate::watch).
    pub fn router<S: Clone + Send + Sync + 'static>(self) -> Router<S> {
        watch::watch();
        let state = Arc::new(DashboardState {
            values: self.values,
            hosts: self.hosts,
            token: self.purge.then(PurgeToken::fresh),
            page: PageText::new(),
            overview: Polled::new(SHARED_FOR),
            of_names: OnceCell::new(),
            names: OnceCell::new(),
        });
        Router::new()
            .route("/", get(handlers::page))
            .route("/api/overview", get(handlers::overview))
            .route("/api/site/{id}", get(handlers::site))
            .route("/api/names", get(handlers::names))
            .route("/api/entry", get(handlers::entry))
            .route("/api/purge", post(handlers::purge))
            .with_state(state)
    }
}
