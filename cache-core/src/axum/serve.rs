//! A request through a page of axum.

use std::future::Future;
use std::marker::PhantomData;

use ::axum::body::Body;
use ::axum::response::{IntoResponse, Response};

use super::deferred::{Deferred, Door};
use super::outcome::Answer;
use super::sources::Sources;
use crate::http::engine::{Loaded, PageBody, Visit};
use crate::http::inputs::PageInput;
use crate::http::page::Page;
use crate::http::refusal::Bypass;
use crate::http::request::may_look_up;
use crate::key::Key;
use crate::site::Copy;

/// What a page looks up, once the arguments that decide it are extracted.
#[derive(Debug)]
pub struct Lookup {
    name: Option<Key>,
    personal: bool,
    wanted: bool,
}

impl Lookup {
    /// By the URL and the host.
    pub fn by_url() -> Self {
        Self {
            name: None,
            personal: false,
            wanted: true,
        }
    }

    /// By a key in the place of path and query.
    pub fn by_key(key: Key) -> Self {
        Self {
            name: Some(key),
            ..Self::by_url()
        }
    }

    /// Says whether what the key holds is for one visitor alone.
    #[must_use]
    pub fn personal(mut self, personal: bool) -> Self {
        self.personal |= personal;
        self
    }

    /// Uses the cache only if this holds.
    #[must_use]
    pub fn when(mut self, wanted: bool) -> Self {
        self.wanted &= wanted;
        self
    }
}

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
            Err(rejection) => return page.bypassed(rejection, Bypass::Rejected, true),
        },
    };
    let lookup = lookup(&early);
    let visit = visit(page, copy, door.sources(), &lookup);
    if let Ok(visit) = &visit
        && let Some(hit) = visit.hit()
    {
        return hit.map(Body::from);
    }
    // In a box, so that the future of a hit, which is moved a few times, does not carry the room for a miss.
    Box::pin(async move {
        let run = async |door: Box<dyn Door<E, L>>| match door.late().await {
            Ok(late) => load(early, late).await.loaded(),
            Err(rejection) => Loaded::rejected(rejection),
        };
        match visit {
            Ok(visit) if door.sources().rebuild(visit.key()) => {
                visit.miss(|| run(door)).await.map(into_body)
            }
            Ok(_) => page.bypassed(run(door).await.response, Bypass::Target, lookup.personal),
            Err(reason) => {
                door.sources().bypass();
                page.bypassed(run(door).await.response, reason, lookup.personal)
            }
        }
    })
    .await
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

fn into_body(body: PageBody<Body>) -> Body {
    match body {
        PageBody::Whole(bytes) => Body::from(bytes),
        PageBody::Through(body) => body,
        PageBody::Replayed(body) => Body::new(body),
    }
}

/// A type in a page's key, asked whether it says who the visitor is.
#[derive(Debug)]
pub struct Source<T>(PhantomData<fn() -> T>);

impl<T> Source<T> {
    /// The question about `T`.
    #[expect(
        clippy::new_without_default,
        reason = "one spelling is enough for generated code"
    )]
    pub fn new() -> Self {
        Self(PhantomData)
    }
}

impl<T: PageInput> Source<T> {
    /// What the URL and the host decide is anybody's.
    pub fn is_personal(&self) -> bool {
        false
    }
}

/// What nothing is known of may be a visitor.
pub trait SourcePersonal {
    /// Always.
    fn is_personal(&self) -> bool;
}

impl<T> SourcePersonal for Source<T> {
    fn is_personal(&self) -> bool {
        true
    }
}

/// Whether a type in a page's key may say who the visitor is.
#[doc(hidden)]
#[macro_export]
macro_rules! __axum_personal {
    ($type:ty) => {{
        #[allow(unused_imports)]
        use $crate::__private::axum::SourcePersonal as _;
        $crate::__private::axum::Source::<$type>::new().is_personal()
    }};
}
