//! A scripted origin, and a client in front of the layer above it.

use std::time::Duration;

use cache_core::CachePageLayer;
pub(crate) use cache_tests::{Gate, until, within};

pub(crate) use self::bodies::{BodyFrame, OriginError, ScriptedBody, data, unsized_body};
pub(crate) use self::front::{
    LayeredOrigin, front, is_reused, is_reused_after, numbered, over, request,
};
pub(crate) use self::origin::{
    AskedRequest, OriginAnswer, ScriptedOrigin, failure, fed, framed, page,
};
pub(crate) use self::reading::{ReadResponse, next, read};

mod bodies;
mod front;
mod origin;
mod reading;

/// A moment as a date of HTTP, so many seconds from now on: a cache gives a date to a response that has none.
pub(crate) async fn date_in(seconds: i64) -> String {
    let dated = numbered(&CachePageLayer::shared(), &[("cache-control", "max-age=1")]);
    let now = dated.get("/", &[]).await.field("date");
    let now = httpdate::parse_http_date(&now).expect("a date");
    let by = Duration::from_secs(seconds.unsigned_abs());
    httpdate::fmt_http_date(if seconds < 0 { now - by } else { now + by })
}

/// Lets what runs beside the test, and behind clients, go as far as it comes.
pub(crate) async fn settle() {
    for _ in 0..50 {
        tokio::task::yield_now().await;
    }
}
