//! A request through a page of axum.

use std::future::Future;

use ::axum::response::Response;

use super::deferred::{Deferred, ErasedExtractors};
use super::lookup::PageLookup;
use super::outcome::HandlerAnswer;
use super::response;
use super::sources::Sources;
use crate::http::answer::Loaded;
use crate::http::changed::may_change;
use crate::http::page::Page;
use crate::http::refusal::Bypass;
use crate::http::visit::Visit;
use crate::key::Key;
use crate::site::Instance;

/// Answers a request from the cache, or runs the handler through `load`. `personal` says that the key holds what is for one visitor.
pub async fn serve<E, L, T, F>(
    page: &'static Page,
    instance: Instance,
    personal: bool,
    request: Deferred<E, L>,
    lookup: impl FnOnce(&E) -> PageLookup,
    load: impl FnOnce(E, L) -> F,
) -> Response
where
    F: Future<Output = HandlerAnswer<T>>,
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
    let visit = visit(page, instance, personal, extractors.sources(), &lookup);
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
            Ok(on_miss) => load(before, on_miss).await.loaded(),
            Err(rejection) => Loaded::rejected(rejection),
        };
        let reason = match visit {
            Ok(visit) if extractors.sources().rebuild(visit.key()) => {
                let home = page.home(instance, visit.key());
                return response::answer(visit.miss(home, || run(before, extractors)).await);
            }
            Ok(_) => Bypass::Target,
            Err(reason) => reason,
        };
        let changes = changes(extractors.sources());
        let before = if extractors.sources().bypass() {
            extractors.before_lookup_again(before).await
        } else {
            Ok(before)
        };
        let loaded = match before {
            Ok(before) => run(before, extractors).await,
            Err(rejection) => Loaded::rejected(rejection),
        };
        if let Some(path) = changes.filter(|_| loaded.is_done()) {
            page.changed(&path, lookup.name.as_ref().map(Key::as_bytes))
                .await;
        }
        page.rules().bypassed(loaded.response, reason)
    })
    .await
}

/// The path that a request may change.
fn changes(sources: &Sources) -> Option<String> {
    may_change(sources.method()).then(|| sources.original().path().to_owned())
}

fn visit(
    page: &'static Page,
    instance: Instance,
    personal: bool,
    sources: &mut Sources,
    lookup: &PageLookup,
) -> Result<Visit, Bypass> {
    let key = sources.key(page, lookup.name.as_ref().map(Key::as_bytes))?;
    if !lookup.wanted {
        return Err(Bypass::Condition);
    }
    let request = (sources.headers(), sources.is_head());
    let counters = &instance.site().counters;
    Ok(Visit::new(
        page.rules(),
        instance.near(),
        counters,
        key,
        request,
        personal,
    ))
}
