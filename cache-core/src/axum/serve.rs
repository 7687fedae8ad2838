//! A request through a page of axum.

use std::future::Future;

use ::axum::body::Body;
use ::axum::response::Response;

use super::deferred::{Deferred, ErasedExtractors};
use super::response;
use crate::http::answer::HandlerAnswer;
use crate::http::lookup::PageLookup;
use crate::http::page::Page;
use crate::http::refusal::Bypass;
use crate::key::Tag;
use crate::site::Instance;

/// Answers a request from the cache, or runs the handler through `load`. `personal` says that the key holds what is for one visitor;
/// `tags` are those that follow from the arguments of the look-up.
pub async fn serve<E, L, F, const TAGS: usize>(
    page: &'static Page,
    instance: Instance,
    personal: bool,
    request: Deferred<E, L>,
    lookup: impl FnOnce(&E) -> PageLookup,
    tags: impl FnOnce(&E) -> [Tag; TAGS],
    load: impl FnOnce(E, L) -> F,
) -> Response
where
    F: Future<Output = HandlerAnswer<Body>>,
{
    let (instance, Deferred(mut extractors)) = (instance.with_types::<(E, L)>(), request);
    extractors.sources().keyed_by(page, personal);
    let before = match extractors.none() {
        Some(before) => before,
        None => match extractors.before_lookup().await {
            Ok(before) => before,
            Err(rejection) => return page.rules().bypassed(rejection, Bypass::Rejected),
        },
    };
    let lookup = lookup(&before);
    let sources = extractors.sources();
    let target = sources.target(lookup.name());
    let visit = page.visit(instance, &sources.view(), target, personal, lookup.wanted);
    if let Ok(visit) = &visit
        && let Some(hit) = visit.hit()
    {
        return response::from_cache(hit);
    }
    // In a box, so that the future of a hit, which is moved a few times, does not carry the room for a miss.
    Box::pin(async move {
        let run = async |before: E, extractors: Box<dyn ErasedExtractors<E, L>>| match extractors
            .on_miss()
            .await
        {
            Ok(on_miss) => load(before, on_miss).await,
            Err(rejection) => HandlerAnswer::rejected(rejection),
        };
        let reason = match visit {
            Ok(visit) if extractors.sources().rebuild(visit.key()) => {
                let (mut request, ttl) = (page.load(instance, &visit), page.default_ttl());
                request.also(tags(&before).iter().map(Tag::name));
                let answer = visit.miss(request, ttl, || run(before, extractors));
                return response::answer(answer.await);
            }
            Ok(_) => Bypass::Target,
            Err(reason) => reason,
        };
        let changes = extractors.sources().view().changes();
        let before = if extractors.sources().bypass() {
            extractors.before_lookup_again(before).await
        } else {
            Ok(before)
        };
        let answer = match before {
            Ok(before) => run(before, extractors).await,
            Err(rejection) => HandlerAnswer::rejected(rejection),
        };
        page.bypassed(answer, reason, changes, lookup.name()).await
    })
    .await
}
