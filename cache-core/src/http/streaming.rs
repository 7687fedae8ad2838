//! Pages whose bodies come by and by: each part goes to the first client when it comes, and the whole is kept.

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, ETAG, LAST_MODIFIED};
use http::{HeaderValue, Response, StatusCode};

use super::answer::downstream::end_life;
use super::audience::keep_from_all;
use super::behind::behind;
use super::body::reading::BodyRead;
use super::body::stream::{SHARED_FOR, streamed};
use super::body::{AnswerBody, SourceBody};
use super::cache_status::CacheStatus;
use super::render::PageLeader;
use super::room::set;
use super::shown::of_a_304;
use super::validators::date;
use super::verdict::{StreamingPage, reason_of};
use super::visit::Visit;

impl Visit<'static> {
    /// Answers with a body that is on its way, and keeps the page when it has come.
    ///
    /// What it depends on is known at its end: until then nobody downstream may keep it, and no CDN could purge it.
    pub(super) async fn stream<B: SourceBody>(
        &self,
        mut leader: PageLeader,
        page: StreamingPage<B>,
    ) -> Response<AnswerBody<B>> {
        let StreamingPage {
            head,
            per_request,
            mut reading,
        } = page;
        let (writer, body) = streamed(&reading);
        let (page, rules, key_length) = (self.page, self.rules, self.key.as_bytes().len());
        let mut answer = Response::new(AnswerBody::Streamed(body));
        *answer.status_mut() = head.status;
        let headers = answer.headers_mut();
        *headers = head.terms(rules).sent(head.headers.clone());
        end_life(headers);
        if leader.is_tainted() {
            keep_from_all(headers);
        }
        if let Some(length) = reading.length() {
            set(headers, CONTENT_LENGTH, HeaderValue::from(length));
        }
        CacheStatus::Stored(rules.miss(), leader.missed_for()).tell(headers);
        behind(async move {
            let load = async {
                match writer.read(&mut reading).await {
                    BodyRead::Whole(body) => Ok(head.page(rules, body)),
                    read => Err(read),
                }
            };
            match leader.load_shared_for(SHARED_FOR, load).await {
                Ok(stored) => {
                    writer.end();
                    // Nobody is told any more whether it is good.
                    page.keep(leader, stored, head.left(), key_length).await;
                }
                Err(read) => {
                    let reason = reason_of(&read);
                    writer.hand_over(read, reading);
                    page.end_without(leader, head.status, reason).await;
                }
            }
        })
        .await;
        per_request.give(self.without_body(answer))
    }

    /// The same without its body, for a request that asks for the head alone, or whose client has the page already.
    fn without_body<B: SourceBody>(
        &self,
        mut answer: Response<AnswerBody<B>>,
    ) -> Response<AnswerBody<B>> {
        let headers = answer.headers();
        let modified = headers.get(LAST_MODIFIED).and_then(date);
        let is_known =
            answer.status() == StatusCode::OK && self.conditions.know(headers.get(ETAG), modified);
        if is_known {
            *answer.status_mut() = StatusCode::NOT_MODIFIED;
            *answer.headers_mut() = of_a_304(answer.headers());
        }
        if is_known || self.is_head {
            return answer.map(|_| AnswerBody::Whole(Bytes::new()));
        }
        answer
    }
}
