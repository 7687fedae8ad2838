//! Clients without a network.

use std::sync::atomic::{AtomicU64, Ordering};

use actix_web::body::{MessageBody, to_bytes};
use actix_web::dev::{Service, ServiceResponse};
use actix_web::test::TestRequest;
use actix_web::{Error, HttpRequest};
use http::{HeaderMap, HeaderName, HeaderValue};

pub(crate) use self::reading::ReadResponse as Answer;

#[path = "../layer/support/reading.rs"]
#[allow(
    dead_code,
    reason = "that of the layer, of which these tests use a part"
)]
mod reading;

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

impl Answer {
    pub(crate) async fn of(response: ServiceResponse<impl MessageBody>) -> Self {
        let (_, response) = response.into_parts();
        let status = response.status().as_u16();
        let mut headers = HeaderMap::new();
        for (name, value) in response.headers() {
            let name = HeaderName::from_bytes(name.as_str().as_bytes()).expect("a name");
            let value = HeaderValue::from_bytes(value.as_bytes()).expect("a value");
            headers.append(name, value);
        }
        let body = to_bytes(response.into_body()).await;
        let body = body.map_err(Into::into).expect("a body");
        Self {
            status,
            headers,
            body: String::from_utf8_lossy(&body).into_owned(),
            is_whole: true,
        }
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

pub(crate) async fn get_with<S, B>(app: &S, path: &str, fields: &[(&str, &str)]) -> Answer
where
    S: Service<actix_http::Request, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody,
{
    let request = TestRequest::get().uri(path);
    let fields = fields.iter().copied();
    ask(app, fields.fold(request, TestRequest::append_header)).await
}

/// An app with one page, under this path or under all.
macro_rules! site {
    ($path:literal, $page:expr) => {
        init_service(App::new().service(web::resource($path).to($page))).await
    };
    ($page:expr) => {
        init_service(App::new().default_service(web::to($page))).await
    };
}

pub(crate) use site;
