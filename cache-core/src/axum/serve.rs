//! A request through a page of axum.

use std::future::Future;

use ::axum::response::{IntoResponse, Response};

use super::deferred::{Deferred, Door};
use super::lookup::Lookup;
use super::outcome::Answer;
use super::response;
use super::sources::Sources;
use crate::http::changed::may_change;
use crate::http::engine::Visit;
use crate::http::page::Page;
use crate::http::refusal::Bypass;
use crate::http::request::may_look_up;
use crate::http::verdict::Loaded;
use crate::key::Key;
use crate::site::Copy;

/// Answers a request from the cache, or runs the handler through `load`.
pub async fn serve<E, L, T, F>(
    page: &'static Page,
    copy: Copy,
    request: Deferred<E, L>,
    lookup: impl FnOnce(&E) -> Lookup,
    load: impl FnOnce(E, L) -> F,
) -> Response
where
    T: IntoResponse,
    F: Future<Output = Answer<T>>,
{
    let Deferred(mut door) = request;
    door.sources().keyed_by(page);
    let early = match door.none() {
        Some(early) => early,
        None => match door.early().await {
            Ok(early) => early,
            Err(rejection) => return page.bypassed(rejection, Bypass::Rejected),
        },
    };
    let lookup = lookup(&early);
    let visit = visit(page, copy, door.sources(), &lookup);
    if let Ok(visit) = &visit
        && let Some(hit) = visit.hit()
    {
        return response::from_cache(hit);
    }
    // In a box, so that the future of a hit, which is moved a few times, does not carry the room for a miss.
    Box::pin(async move {
        let run = async |door: Box<dyn Door<E, L>>| match door.late().await {
            Ok(late) => load(early, late).await.loaded(),
            Err(rejection) => Loaded::rejected(rejection),
        };
        match visit {
            Ok(visit) if door.sources().rebuild(visit.key()) => {
                response::answer(visit.miss(|| run(door)).await)
            }
            Ok(_) => page.bypassed(run(door).await.response, Bypass::Target),
            Err(reason) => {
                let changes = changes(door.sources());
                door.sources().bypass();
                let loaded = run(door).await;
                if let Some(path) = changes.filter(|_| loaded.is_done()) {
                    page.changed(&path, lookup.name.as_ref().map(Key::as_bytes))
                        .await;
                }
                page.bypassed(loaded.response, reason)
            }
        }
    })
    .await
}

/// The path that a request may change.
fn changes(sources: &Sources) -> Option<String> {
    let request = sources.view();
    may_change(request.method).then(|| request.original.path().to_owned())
}

fn visit(
    page: &'static Page,
    copy: Copy,
    sources: &Sources,
    lookup: &Lookup,
) -> Result<Visit, Bypass> {
    let request = sources.view();
    if !lookup.wanted {
        return Err(Bypass::Condition);
    }
    may_look_up(&request, page.reads_credentials(lookup.personal))?;
    let key = page.key(&request, lookup.name.as_ref().map(Key::as_bytes))?;
    Ok(Visit::new(
        page,
        copy,
        key,
        request.headers,
        sources.is_head(),
        lookup.personal,
    ))
}
