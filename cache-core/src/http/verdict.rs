//! What becomes of a handler's answer.

use std::time::Duration;

use bytes::Bytes;
use http::Response;
use http_body::Body;

use super::answer::HandlerAnswer;
use super::answer::body::{PageBody, announced, read, unreadable};
use super::answer::cacheable::longest_life;
use super::answer::downstream::DownstreamTerms;
use super::answer::per_request::PerRequest;
use super::answer::told::CacheControl;
use super::audience::Audience;
use super::refusal::Refusal;
use super::rules::PageRules;
use super::stored::StoredPage;
use crate::clock;
use crate::context;
use crate::policy::{Keep, Staleness};

/// What is decided of an answer.
pub(super) enum PageVerdict<B: Body> {
    Keep(StoredPage, Duration, Box<PerRequest>),
    Pass(Response<PageBody<B>>, Refusal),
}

impl PageRules {
    /// Decides what becomes of an answer, and reads its body if it may be kept. Runs as part of the answer's load. `alone` says that it
    /// is not kept, whatever it says.
    pub(super) async fn judge<B: Body<Data = Bytes> + Unpin>(
        &self,
        answer: HandlerAnswer<B>,
        audience: Audience,
        default_ttl: Duration,
        alone: bool,
        staleness: &Staleness,
    ) -> PageVerdict<B> {
        let HandlerAnswer {
            response,
            browser,
            told,
            ..
        } = &answer;
        let (browser, told, announced) = (*browser, *told, announced(response.headers()));
        let ttl = match self.ttl(&answer, default_ttl) {
            Ok(_) if alone => Err(unreadable(response.body(), announced).unwrap_or(Refusal::Alone)),
            ttl => ttl,
        };
        let ttl = match ttl {
            Ok(ttl) => staleness.jittered(ttl),
            Err(reason) => {
                let mut response = answer.response.map(PageBody::Through);
                told.restrict(response.headers_mut());
                return PageVerdict::Pass(response, reason);
            }
        };
        let (mut parts, body) = answer.response.into_parts();
        match read(body, announced).await {
            Ok(body) => {
                let terms = self.terms(ttl, (browser, told), audience);
                let per_request = Box::new(PerRequest::take(&mut parts));
                let page = StoredPage::new(parts.status, parts.headers, &body, &terms);
                PageVerdict::Keep(page, ttl, per_request)
            }
            Err((body, reason)) => {
                told.restrict(&mut parts.headers);
                PageVerdict::Pass(Response::from_parts(parts, body), reason)
            }
        }
    }

    /// How long an answer may be kept, its body aside.
    fn ttl<B>(
        &self,
        answer: &HandlerAnswer<B>,
        default_ttl: Duration,
    ) -> Result<Duration, Refusal> {
        let ttl = match answer.keep? {
            Keep::Pass => return Err(Refusal::Unless),
            Keep::For(ttl) => ttl,
            Keep::Default => default_ttl,
        };
        let (status, headers) = (answer.response.status(), answer.response.headers());
        let longest = longest_life(status, headers, self.varied(), clock::wall())?;
        let ttl = longest.map_or(ttl, |longest| ttl.min(longest));
        if ttl.is_zero() {
            Err(Refusal::Stale)
        } else {
            Ok(ttl)
        }
    }

    fn terms(
        &self,
        ttl: Duration,
        (browser, told): (Option<Duration>, CacheControl),
        audience: Audience,
    ) -> DownstreamTerms<'_> {
        DownstreamTerms {
            now: clock::wall(),
            ttl,
            browser,
            told,
            audience,
            revalidate: self.revalidates || context::depends(),
            varied: self.varied(),
        }
    }
}
