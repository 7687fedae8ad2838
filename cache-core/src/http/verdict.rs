//! What becomes of a handler's answer.

use std::time::Duration;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, Response, StatusCode, response};
use http_body::Body;

use super::answer::HandlerAnswer;
use super::answer::cacheable::longest_life;
use super::answer::downstream::DownstreamTerms;
use super::answer::per_request::PerRequest;
use super::answer::told::CacheControl;
use super::audience::Audience;
use super::body::AnswerBody;
use super::body::length::announced;
use super::body::reading::{BodyRead, BodyReading, Reader};
use super::refusal::Refusal;
use super::rules::PageRules;
use super::stored::StoredPage;
use crate::clock::{self, Moment};
use crate::context;
use crate::policy::{Keep, Staleness};

/// The longest body that is kept.
pub(crate) const BODY_LIMIT: u64 = 1 << 20;

/// What is decided of an answer.
pub(super) enum PageVerdict<B: Body> {
    Keep(StoredPage, Duration, Box<PerRequest>),
    /// It is kept when the rest of its body has come.
    Stream(Box<StreamingPage<B>>),
    Pass(Response<AnswerBody<B>>, Refusal),
}

/// An answer whose body is on its way.
pub(super) struct StreamingPage<B> {
    pub(super) head: PageHead,
    pub(super) per_request: PerRequest,
    pub(super) reading: BodyReading<B>,
}

/// An answer without its body, and on which terms it is kept.
pub(super) struct PageHead {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    /// When it came: its life begins then, however long its body takes.
    came: Moment,
    ttl: Duration,
    browser: Option<Duration>,
    told: CacheControl,
    audience: Audience,
}

/// How an answer is judged.
#[derive(Clone, Copy)]
pub(super) struct JudgeTerms<'a> {
    pub(super) audience: Audience,
    /// How long it is kept, where the page does not say.
    pub(super) ttl: Duration,
    pub(super) staleness: &'a Staleness,
    /// It is not kept, whatever it says.
    pub(super) is_alone: bool,
    /// Who reads its body.
    pub(super) reader: Reader,
}

impl PageRules {
    /// Decides what becomes of an answer, and reads its body if it may be kept. Runs as part of the answer's load.
    pub(super) async fn judge<B: Body<Data = Bytes> + Unpin>(
        &self,
        answer: HandlerAnswer<B>,
        terms: JudgeTerms<'_>,
    ) -> PageVerdict<B> {
        let told = answer.told;
        let announced = announced(answer.response.headers());
        let ttl = self.ttl(&answer, terms.ttl);
        let ttl = ttl.and_then(|ttl| match unreadable(&answer.response, announced) {
            Some(reason) => Err(reason),
            None if terms.is_alone => Err(Refusal::Alone),
            None => Ok(terms.staleness.jittered(ttl)),
        });
        let ttl = match ttl {
            Ok(ttl) => ttl,
            Err(reason) => {
                let response = answer.response.map(AnswerBody::Through);
                return pass(response, told, reason);
            }
        };
        let browser = answer.browser;
        let (mut parts, body) = answer.response.into_parts();
        let length = announced.or(body.size_hint().exact());
        let mut reading = BodyReading::new(body, length, BODY_LIMIT);
        let came = clock::now();
        let whole = match reading.begin(terms.reader).await {
            Some(BodyRead::Whole(body)) => Some(body),
            None => None,
            Some(read) => {
                let reason = reason_of(&read);
                let body = AnswerBody::Replayed(reading.into_replay(read));
                return pass(Response::from_parts(parts, body), told, reason);
            }
        };
        let per_request = PerRequest::take(&mut parts);
        let response::Parts {
            status, headers, ..
        } = parts;
        let head = PageHead {
            status,
            headers,
            came,
            ttl,
            browser,
            told,
            audience: terms.audience,
        };
        match whole {
            Some(body) => {
                let page = head.page(self, body);
                PageVerdict::Keep(page, head.left(), Box::new(per_request))
            }
            None => PageVerdict::Stream(Box::new(StreamingPage {
                head,
                per_request,
                reading,
            })),
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
}

impl PageHead {
    /// What is left of its life, which ages by whole seconds as it does for other caches.
    pub(super) fn left(&self) -> Duration {
        let age = clock::now().since(self.came).as_secs();
        self.ttl.saturating_sub(Duration::from_secs(age))
    }

    /// The page, with its body. Call it as part of the answer's load.
    pub(super) fn page(&self, rules: &PageRules, body: Bytes) -> StoredPage {
        StoredPage::new(self.status, self.headers.clone(), body, &self.terms(rules))
    }

    pub(super) fn terms<'r>(&self, rules: &'r PageRules) -> DownstreamTerms<'r> {
        DownstreamTerms {
            now: clock::wall(),
            ttl: self.left(),
            browser: self.browser,
            told: self.told,
            audience: self.audience,
            revalidate: rules.revalidates || context::depends(),
            varied: rules.varied(),
        }
    }
}

fn pass<B: Body>(
    mut response: Response<AnswerBody<B>>,
    told: CacheControl,
    reason: Refusal,
) -> PageVerdict<B> {
    told.restrict(response.headers_mut());
    PageVerdict::Pass(response, reason)
}

/// Why a body is not read at all. `announced` is the response's `Content-Length`.
fn unreadable<B: Body>(response: &Response<B>, announced: Option<u64>) -> Option<Refusal> {
    if has_no_end(response.headers()) {
        return Some(Refusal::BodyEndless);
    }
    let length = response.body().size_hint().exact()?;
    if length > BODY_LIMIT {
        return Some(Refusal::BodyTooLarge);
    }
    let is_other = announced.is_some_and(|announced| announced != length);
    is_other.then_some(Refusal::BodyBroken)
}

/// Whether a body goes on for as long as its client listens.
fn has_no_end(headers: &HeaderMap) -> bool {
    let kind = headers
        .get(CONTENT_TYPE)
        .map_or(&b""[..], |kind| kind.as_bytes());
    ["text/event-stream", "multipart/x-mixed-replace"]
        .iter()
        .any(|endless| {
            let start = kind.get(..endless.len());
            start.is_some_and(|start| start.eq_ignore_ascii_case(endless.as_bytes()))
        })
}

/// Why a body that was read is not kept.
pub(super) fn reason_of<B: Body>(read: &BodyRead<B>) -> Refusal {
    use Refusal::{BodyBroken, BodyTooLarge, BodyTooSlow};
    read.refused(BodyTooLarge, BodyTooSlow, BodyBroken)
}
