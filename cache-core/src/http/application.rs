//! A cache in front of a whole application: a page that is every page of it. The application sees of a request only what the key holds.

use std::time::Duration;

use http::Request;
use http::header::{CACHE_CONTROL, UPGRADE};

use super::answer::HandlerAnswer;
use super::audience::{keep_from_others, make_private};
use super::body::AnswerBody;
use super::cache_status::CacheStatus;
use super::exchange::origin::{Answered, OriginService};
use super::key::parameters::Parameters;
use super::key::{KeyTarget, Rebuilt};
use super::lookup::PageLookup;
use super::page::{Page, invalidate_path};
use super::refusal::Bypass;
use super::request::RequestView;
use super::rules::PageOptions;
use super::to_the_end::ToTheEnd;
#[cfg(feature = "actix")]
use super::vary::Varied;
use super::visit::Visit;
use crate::error::Invalidated;
use crate::policy::Keep;
use crate::site::{Instance, Site};
use crate::stats::Stats;
use crate::why::CallSite;

/// A cache in front of a whole application.
#[derive(Debug)]
pub(crate) struct ApplicationCache {
    page: &'static Page,
    instance: Instance,
    ttl: Duration,
}

impl ApplicationCache {
    pub(crate) fn new(site: &'static Site, options: PageOptions, ttl: Duration) -> Self {
        Self {
            page: Box::leak(Box::new(Page::new(site, options))),
            instance: Instance::of_layer(site),
            ttl,
        }
    }

    /// What it has done so far.
    pub(crate) fn stats(&self) -> Stats {
        self.page.site().stats()
    }

    /// Forgets all that is kept, in the store too.
    pub(crate) async fn clear(&self) -> Invalidated {
        self.page.site().clear(CallSite::default()).await
    }

    /// Forgets what is kept here, without a word to any store.
    pub(crate) fn forget_here(&self) {
        self.page.site().forget_here();
    }

    /// What tells answers to one target apart.
    #[cfg(feature = "actix")]
    pub(crate) fn varied(&self) -> &Varied {
        self.page.rules().varied()
    }

    /// The way of a request with these parameters of its path through the cache.
    ///
    /// # Errors
    ///
    /// The reason why it is not looked up.
    pub(crate) fn visit(
        &self,
        request: &RequestView<'_>,
        parameters: Parameters,
    ) -> Result<Visit<'static>, Bypass> {
        let headers = &request.headers;
        if headers.has_connection_fields && headers.all.contains_key(UPGRADE) {
            return Err(Bypass::Upgrade);
        }
        let target = Ok(KeyTarget::Url(parameters));
        let lookup = PageLookup::by_url();
        self.page
            .visit(self.instance, request, target, false, &lookup)
    }

    /// Has the application answer a request for which nothing was found, or waits for another that it answers.
    pub(crate) async fn load<B: Default, O: OriginService<B>>(
        &'static self,
        request: Request<B>,
        visit: Visit<'static>,
        mut origin: O,
    ) -> Answered<B, O> {
        let Some(keyed) = self.page.rules().keying.rebuild(visit.key()) else {
            return self.pass(request, Bypass::Target, origin).await;
        };
        let request = rebuilt(request, keyed);
        let (load, ttl) = (self.page.load(self.instance, &visit), self.ttl);
        let run = || async {
            let response = origin.send(request).await?;
            Ok(HandlerAnswer::of_value(response, Keep::For(ttl)))
        };
        visit.miss(load, ttl, run).await
    }

    /// Has the application answer a request that is not looked up, for this reason.
    pub(crate) async fn pass<B, O: OriginService<B>>(
        &'static self,
        request: Request<B>,
        reason: Bypass,
        mut origin: O,
    ) -> Answered<B, O> {
        let mut response = origin.send(request).await?;
        let headers = response.headers_mut();
        // The application saw the client's own request, of which no cache tells all apart.
        match reason {
            Bypass::Method => {}
            _ if headers.contains_key(CACHE_CONTROL) => make_private(headers),
            _ => keep_from_others(headers),
        }
        self.page.rules().varied().merge(headers);
        CacheStatus::Bypassed(reason).tell(headers);
        Ok(response.map(AnswerBody::Through))
    }

    /// Has the application answer a request that may change what `path` shows, and forgets that. It is carried to its end when its client
    /// goes away, for it may have changed something by then.
    pub(crate) async fn change<B, O>(
        &'static self,
        request: Request<B>,
        path: String,
        origin: O,
    ) -> Answered<B, O>
    where
        B: Send + 'static,
        O: OriginService<B>,
    {
        ToTheEnd::of(async move {
            let answer = self.pass(request, Bypass::Method, origin).await?;
            let status = answer.status();
            // An error has changed nothing.
            if status.is_success() || status.is_redirection() {
                // Trouble with the store is counted there, and a store that was not reached is told later.
                let _ = invalidate_path(self.page, &path).await;
            }
            Ok(answer)
        })
        .await
    }
}

/// The request that the key of another one stands for.
fn rebuilt<B: Default>(request: Request<B>, keyed: Rebuilt) -> Request<B> {
    let (real, _) = request.into_parts();
    let mut rebuilt = Request::new(B::default());
    *rebuilt.version_mut() = real.version;
    *rebuilt.extensions_mut() = real.extensions;
    // What the client wrote is not all in the key: the order of its parameters, for one.
    #[cfg(feature = "axum")]
    rebuilt
        .extensions_mut()
        .insert(axum::extract::OriginalUri(keyed.original));
    *rebuilt.uri_mut() = keyed.uri;
    *rebuilt.headers_mut() = keyed.headers;
    rebuilt
}
