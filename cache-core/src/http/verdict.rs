//! What becomes of a handler's answer.

use std::time::Duration;

use bytes::Bytes;
use http::header::CONTENT_LENGTH;
use http::{HeaderMap, Response};
use http_body::Body;

use super::audience::Audience;
use super::body::{Read, Replay, read};
use super::cacheable::longest_life;
use super::downstream::DownstreamTerms;
use super::message::OfTheRun;
use super::refusal::Refusal;
use super::rules::PageRules;
use super::stored::StoredPage;
use crate::clock;
use crate::context;
use crate::policy::Keep;

/// A handler's answer, and what its page says of keeping it.
pub(crate) struct Loaded<B> {
    pub(crate) response: Response<B>,
    pub(crate) keep: Result<Keep, Refusal>,
    pub(crate) browser: Option<Duration>,
}

impl<B> Loaded<B> {
    /// The answer of an extractor in place of the handler's.
    pub(crate) fn rejected(response: Response<B>) -> Self {
        Self {
            response,
            keep: Err(Refusal::Rejected),
            browser: None,
        }
    }
}

/// The body of an answer.
pub(crate) enum PageBody<B: Body> {
    /// From the cache, or on its way there.
    Whole(Bytes),
    /// The handler's own, untouched.
    Through(B),
    /// The handler's own, of which something was read.
    Replayed(Replay<B>),
}

/// What is decided of an answer.
pub(super) enum PageVerdict<B: Body> {
    Keep(StoredPage, Duration, Box<OfTheRun>),
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
                let of_the_run = Box::new(OfTheRun::take(&mut parts));
                let page = StoredPage::new(parts.status, parts.headers, &body, &terms);
                PageVerdict::Keep(page, ttl, of_the_run)
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

/// The length that a response says of itself; one that cannot be read agrees with no body.
pub(super) fn announced(headers: &HeaderMap) -> Option<u64> {
    let length = headers.get(CONTENT_LENGTH)?;
    Some(
        length
            .to_str()
            .ok()
            .and_then(|length| length.parse().ok())
            .unwrap_or(u64::MAX),
    )
}
