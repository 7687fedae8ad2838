//! An origin that answers as it was told to.

use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, Uri};
use tower::Service;

use cache_tests::Gate;

use super::bodies::{BodyFeeder, BodyFrame, OriginError, ScriptedBody};

/// An origin that answers as it was told to, and remembers what it was asked. Its clones are one origin.
#[derive(Clone)]
pub(crate) struct ScriptedOrigin(Arc<OriginState>);

type OriginScript = Box<dyn FnMut(&AskedRequest) -> OriginAnswer + Send>;

struct OriginState {
    answer: Mutex<OriginScript>,
    asked: Mutex<Vec<AskedRequest>>,
}

/// A request as it came to the origin.
#[derive(Clone, Debug)]
pub(crate) struct AskedRequest {
    pub(crate) method: Method,
    pub(crate) uri: Uri,
    pub(crate) headers: HeaderMap,
}

impl AskedRequest {
    /// A field, or nothing.
    pub(crate) fn field(&self, name: &str) -> &str {
        let value = self.headers.get(name);
        value.map_or("", |value| value.to_str().unwrap_or("?"))
    }
}

impl ScriptedOrigin {
    pub(crate) fn new(answer: impl FnMut(&AskedRequest) -> OriginAnswer + Send + 'static) -> Self {
        Self(Arc::new(OriginState {
            answer: Mutex::new(Box::new(answer)),
            asked: Mutex::default(),
        }))
    }

    pub(crate) fn asked(&self) -> Vec<AskedRequest> {
        self.0.asked.lock().unwrap().clone()
    }

    pub(crate) fn count(&self) -> usize {
        self.0.asked.lock().unwrap().len()
    }

    pub(crate) fn last(&self) -> AskedRequest {
        self.asked().pop().expect("it was asked")
    }
}

impl<B> Service<Request<B>> for ScriptedOrigin {
    type Response = Response<ScriptedBody>;
    type Error = OriginError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, OriginError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), OriginError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let (parts, _) = request.into_parts();
        let asked = AskedRequest {
            method: parts.method,
            uri: parts.uri,
            headers: parts.headers,
        };
        self.0.asked.lock().unwrap().push(asked.clone());
        let answer = (self.0.answer.lock().unwrap())(&asked);
        Box::pin(async move {
            if let Some(gate) = answer.gate {
                gate.pass().await;
            }
            assert!(!answer.panics, "the origin was told to panic");
            answer.response
        })
    }
}

/// What the origin answers.
pub(crate) struct OriginAnswer {
    response: Result<Response<ScriptedBody>, OriginError>,
    gate: Option<Arc<Gate>>,
    panics: bool,
}

/// A response with a body that is there.
pub(crate) fn page(body: impl Into<String>, fields: &[(&str, &str)]) -> OriginAnswer {
    let body = Bytes::from(body.into());
    let length = body.len() as u64;
    OriginAnswer::of(
        ScriptedBody {
            frames: [BodyFrame::Data(body)].into(),
            feed: None,
            says: Some(length),
            ends_once: false,
            has_ended: false,
        },
        fields,
    )
}

/// A response with a body of these frames, which does not say how long it is.
pub(crate) fn framed(
    frames: impl IntoIterator<Item = BodyFrame>,
    fields: &[(&str, &str)],
) -> OriginAnswer {
    let body = ScriptedBody {
        frames: frames.into_iter().collect(),
        feed: None,
        says: None,
        ends_once: false,
        has_ended: false,
    };
    OriginAnswer::of(body, fields)
}

/// A response with a body that is fed by hand.
pub(crate) fn fed(fields: &[(&str, &str)]) -> (OriginAnswer, BodyFeeder) {
    let (body, feeder) = ScriptedBody::fed();
    (OriginAnswer::of(body, fields), feeder)
}

/// No response.
pub(crate) fn failure() -> OriginAnswer {
    OriginAnswer {
        response: Err(OriginError),
        gate: None,
        panics: false,
    }
}

impl OriginAnswer {
    fn of(body: ScriptedBody, fields: &[(&str, &str)]) -> Self {
        let mut response = Response::new(body);
        for (name, value) in fields {
            let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
            let value = HeaderValue::from_bytes(value.as_bytes()).unwrap();
            response.headers_mut().append(name, value);
        }
        Self {
            response: Ok(response),
            gate: None,
            panics: false,
        }
    }

    pub(crate) fn status(mut self, status: u16) -> Self {
        if let Ok(response) = &mut self.response {
            *response.status_mut() = StatusCode::from_u16(status).unwrap();
        }
        self
    }

    /// Its body says that it is so long.
    pub(crate) fn says(mut self, length: u64) -> Self {
        if let Ok(response) = &mut self.response {
            response.body_mut().says = Some(length);
        }
        self
    }

    /// Its body panics if it is polled after its end.
    pub(crate) fn ends_once(mut self) -> Self {
        if let Ok(response) = &mut self.response {
            response.body_mut().ends_once = true;
        }
        self
    }

    /// It never comes.
    pub(crate) fn panics(mut self) -> Self {
        self.panics = true;
        self
    }

    /// It comes when the gate lets one more pass.
    pub(crate) fn behind(mut self, gate: &Arc<Gate>) -> Self {
        self.gate = Some(gate.clone());
        self
    }
}

impl OriginAnswer {
    /// It has these fields, and no others.
    pub(crate) fn set_headers(&mut self, headers: HeaderMap) {
        if let Ok(response) = &mut self.response {
            *response.headers_mut() = headers;
        }
    }
}
