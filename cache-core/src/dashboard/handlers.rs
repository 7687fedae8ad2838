//! The handlers.

use std::collections::HashMap;
use std::sync::Arc;

use ::axum::body::{Body, Bytes};
use ::axum::extract::{self, FromRequestParts, OriginalUri, Path, Query};
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, Uri};
use serde_json::{Value, json};

use super::guard::{Intruder, may_purge, may_read};
use super::{
    DashboardState, entry as one_entry, names as all_names, overview, purge as purged, sites,
};
use crate::caches;
use crate::key::Key;

type SharedState = extract::State<Arc<DashboardState>>;

/// A request that may read, with the path that it was sent to. A handler that takes it answers no other.
pub(super) struct MayRead(Uri);

impl FromRequestParts<Arc<DashboardState>> for MayRead {
    type Rejection = Response<Body>;

    async fn from_request_parts(
        parts: &mut Parts,
        state: &Arc<DashboardState>,
    ) -> Result<Self, Self::Rejection> {
        let Ok(OriginalUri(uri)) = OriginalUri::from_request_parts(parts, state).await;
        match may_read(&state.hosts, &uri, &parts.headers) {
            Ok(()) => Ok(Self(uri)),
            Err(intruder) => Err(refused(intruder)),
        }
    }
}

/// The longest request for a purge.
const LONGEST: usize = 64 << 10;

pub(super) async fn page(state: SharedState, MayRead(uri): MayRead) -> Response<Body> {
    let base = uri.path().trim_end_matches('/');
    let page = state.page.under(base);
    let mut answer = answer(StatusCode::OK, "text/html; charset=utf-8", page.into());
    let policy = state.page.policy.clone();
    answer.headers_mut().insert(CONTENT_SECURITY_POLICY, policy);
    answer
}

pub(super) async fn overview(state: SharedState, _: MayRead) -> Response<Body> {
    let made = || Bytes::from(Value::Object(overview::overview(&state)).to_string());
    let overview = state.overview.get(made);
    answer(StatusCode::OK, JSON, overview.into())
}

pub(super) async fn site(
    _: MayRead,
    id: Result<Path<usize>, extract::rejection::PathRejection>,
) -> Response<Body> {
    match id.ok().and_then(|Path(id)| sites::find(id)) {
        Some(site) => json_of(StatusCode::OK, &sites::detail(site)),
        None => wrong(StatusCode::NOT_FOUND, "there is no such site"),
    }
}

pub(super) async fn names(state: SharedState, _: MayRead) -> Response<Body> {
    let made = || Bytes::from(all_names::names().to_string());
    let names = state.names.get_or_init(made).clone();
    answer(StatusCode::OK, JSON, names.into())
}

pub(super) async fn entry(
    state: SharedState,
    _: MayRead,
    query: Result<Query<HashMap<String, String>>, extract::rejection::QueryRejection>,
) -> Response<Body> {
    let Ok(Query(query)) = query else {
        return wrong(StatusCode::BAD_REQUEST, "the query cannot be read");
    };
    let name = query.get("cache").map_or("default", String::as_str);
    let cache = match caches::in_use().map(|caches| caches.get(name)) {
        Some(Ok(cache)) => cache,
        Some(Err(error)) => return wrong(StatusCode::NOT_FOUND, &error.to_string()),
        None => return wrong(StatusCode::NOT_FOUND, "no cache was used yet"),
    };
    let Some(key) = query.get("key") else {
        return wrong(StatusCode::BAD_REQUEST, "an entry needs a `key`");
    };
    let entry = one_entry::entry(cache, &Key::from(key.as_str()), state.values);
    json_of(StatusCode::OK, &entry)
}

pub(super) async fn purge(
    state: SharedState,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
    body: Body,
) -> Response<Body> {
    let Some(token) = &state.token else {
        return wrong(StatusCode::FORBIDDEN, "this dashboard changes nothing");
    };
    if let Err(intruder) = may_purge(&state.hosts, token, &uri, &headers) {
        return refused(intruder);
    }
    let Ok(body) = ::axum::body::to_bytes(body, LONGEST).await else {
        return wrong(StatusCode::PAYLOAD_TOO_LARGE, "the request is too long");
    };
    let Ok(request) = serde_json::from_slice::<Value>(&body) else {
        return wrong(StatusCode::BAD_REQUEST, "the request is no JSON");
    };
    let purged = purged::purge(&request).await;
    state.overview.forget();
    match purged {
        Ok(()) => json_of(StatusCode::OK, &json!({"done": true})),
        Err(text) => wrong(StatusCode::UNPROCESSABLE_ENTITY, &text),
    }
}

const JSON: &str = "application/json";

fn refused(intruder: Intruder) -> Response<Body> {
    wrong(StatusCode::FORBIDDEN, intruder.text())
}

fn wrong(status: StatusCode, text: &str) -> Response<Body> {
    json_of(status, &json!({"error": text}))
}

fn json_of(status: StatusCode, value: &Value) -> Response<Body> {
    answer(status, JSON, value.to_string().into())
}

fn answer(status: StatusCode, kind: &'static str, body: Body) -> Response<Body> {
    let mut answer = Response::new(body);
    *answer.status_mut() = status;
    let fields: [(HeaderName, &'static str); 6] = [
        (CONTENT_TYPE, kind),
        (CACHE_CONTROL, "no-store"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "no-referrer"),
        (
            CONTENT_SECURITY_POLICY,
            "default-src 'none'; frame-ancestors 'none'",
        ),
        (
            HeaderName::from_static("cross-origin-resource-policy"),
            "same-origin",
        ),
    ];
    for (name, value) in fields {
        answer
            .headers_mut()
            .insert(name, HeaderValue::from_static(value));
    }
    answer
}
