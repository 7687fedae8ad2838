//! Clients without a network.

use std::sync::atomic::{AtomicU64, Ordering};

use actix_web::body::{MessageBody, to_bytes};
use actix_web::dev::{Service, ServiceResponse};
use actix_web::test::TestRequest;
use actix_web::{Error, HttpRequest};

/// A number that no other run of any handler has.
pub(crate) fn run() -> u64 {
    static RUNS: AtomicU64 = AtomicU64::new(1);
    RUNS.fetch_add(1, Ordering::Relaxed)
}

/// What a handler saw of a request, and its run.
pub(crate) async fn seen(request: HttpRequest, body: String) -> String {
    let mut fields: Vec<_> = request
        .headers()
        .iter()
        .map(|(name, value)| format!("{name}={}", value.to_str().unwrap_or("?")))
        .collect();
    fields.sort();
    format!(
        "run {} {} {} [{}] {:?} {body}",
        run(),
        request.method(),
        request.uri(),
        fields.join(", "),
        request.match_info().get("name"),
    )
}

/// A response, read to its end.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) fields: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) async fn of(response: ServiceResponse<impl MessageBody>) -> Self {
        let (_, response) = response.into_parts();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let (status, fields) = (response.status().as_u16(), response.headers().iter());
        let fields = fields.map(|(name, value)| (name.to_string(), text(value.as_bytes())));
        let (fields, body) = (fields.collect(), response.into_body());
        let body = to_bytes(body).await.map_err(Into::into).expect("a body");
        Self {
            status,
            fields,
            body: text(&body),
        }
    }

    /// All lines of a field, joined; empty where there is none.
    pub(crate) fn field(&self, name: &str) -> String {
        let lines = self.fields.iter().filter(|(other, _)| other == name);
        let lines: Vec<_> = lines.map(|(_, value)| value.as_str()).collect();
        lines.join(", ")
    }

    /// What the cache says that it did.
    pub(crate) fn cache(&self) -> String {
        self.field("cache-status").replace("cache-core; ", "")
    }

    #[track_caller]
    pub(crate) fn assert_hit(&self) -> &Self {
        assert!(self.cache().starts_with("hit"), "no hit: {self:?}");
        self
    }

    #[track_caller]
    pub(crate) fn assert_says(&self, what: &str) -> &Self {
        assert!(self.cache().contains(what), "not {what}: {self:?}");
        self
    }
}

pub(crate) async fn try_ask<S, B>(app: &S, request: TestRequest) -> Result<Answer, Error>
where
    S: Service<actix_http::Request, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody,
{
    let response = app.call(request.to_request()).await?;
    Ok(Answer::of(response).await)
}

pub(crate) async fn ask<S, B>(app: &S, request: TestRequest) -> Answer
where
    S: Service<actix_http::Request, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody,
{
    try_ask(app, request).await.expect("a response")
}

pub(crate) async fn get<S, B>(app: &S, path: &str) -> Answer
where
    S: Service<actix_http::Request, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody,
{
    ask(app, TestRequest::get().uri(path)).await
}
