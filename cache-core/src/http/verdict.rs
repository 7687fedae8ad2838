//! What becomes of a handler's answer.

use std::time::Duration;

use bytes::Bytes;
use http::Response;
use http_body::Body;

use super::answer::body::{Read, announced, read};
use super::answer::cacheable::longest_life;
use super::answer::downstream::DownstreamTerms;
use super::answer::per_request::PerRequest;
use super::answer::{Loaded, PageBody};
use super::audience::Audience;
use super::refusal::Refusal;
use super::rules::PageRules;
use super::stored::StoredPage;
use crate::clock;
use crate::context;
use crate::policy::Keep;

/// What is decided of an answer.
pub(super) enum PageVerdict<B: Body> {
    Keep(StoredPage, Duration, Box<PerRequest>),
    Pass(Response<PageBody<B>>, Refusal),
}

impl PageRules {
    /// Decides what becomes of an answer, and reads its body if it may be kept. Runs as part of the answer's load.
    pub(super) async fn judge<B: Body<Data = Bytes> + Unpin>(
        &self,
        loaded: Loaded<B>,
        audience: Audience,
        default_ttl: Duration,
    ) -> PageVerdict<B> {
        let ttl = self.ttl(&loaded, default_ttl);
        let (mut parts, body) = loaded.response.into_parts();
        let ttl = match ttl {
            Ok(ttl) => ttl,
            Err(reason) => {
                return PageVerdict::Pass(
                    Response::from_parts(parts, PageBody::Through(body)),
                    reason,
                );
            }
        };
        match read(body, announced(&parts.headers)).await {
            Read::Whole(body) => {
                let terms = self.terms(ttl, loaded.browser, audience);
                let per_request = Box::new(PerRequest::take(&mut parts));
                let page = StoredPage::new(parts.status, parts.headers, &body, &terms);
                PageVerdict::Keep(page, ttl, per_request)
            }
            Read::Untouched(body, reason) => {
                PageVerdict::Pass(Response::from_parts(parts, PageBody::Through(body)), reason)
            }
            Read::Broken(body) => PageVerdict::Pass(
                Response::from_parts(parts, PageBody::Replayed(body)),
                Refusal::BodyBroken,
            ),
        }
    }

    /// How long an answer may be kept, its body aside.
    pub(super) fn ttl<B>(
        &self,
        loaded: &Loaded<B>,
        default_ttl: Duration,
    ) -> Result<Duration, Refusal> {
        let ttl = match loaded.keep? {
            Keep::Pass => return Err(Refusal::Unless),
            Keep::For(ttl) => ttl,
            Keep::Default => default_ttl,
        };
        let (status, headers) = (loaded.response.status(), loaded.response.headers());
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
        browser: Option<Duration>,
        audience: Audience,
    ) -> DownstreamTerms<'_> {
        DownstreamTerms {
            now: clock::wall(),
            ttl,
            browser,
            audience,
            revalidate: self.revalidates || context::depends(),
            varied: self.varied(),
        }
    }
}
