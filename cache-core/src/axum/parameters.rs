//! The parameters of a path, as axum matched them.

use ::axum::Router;
use ::axum::body::Body;
use ::axum::extract::Request;
use ::axum::response::Response;
use ::axum::routing::get;
use ::http::{Extensions, Uri};
use tower_service::Service;

/// Extensions with these parameters, as a router puts them there: axum has no other way to make them. `None` where no path has such
/// parameters.
pub(super) async fn matched(parameters: &[(&str, &str)]) -> Option<Extensions> {
    let (mut route, mut path) = (String::new(), String::new());
    for (name, value) in parameters {
        if name.is_empty() || value.is_empty() || name.contains(['/', '{', '}', '*', ':']) {
            return None;
        }
        route.extend(["/{", name, "}"]);
        path.push('/');
        for byte in value.bytes() {
            path.push('%');
            path.extend([byte >> 4, byte & 15].map(|half| char::from(DIGITS[usize::from(half)])));
        }
    }
    if parameters.is_empty() {
        (route, path) = ("/".to_owned(), "/".to_owned());
    }
    let shown = async |request: Request| {
        let mut answer = Response::new(Body::empty());
        *answer.extensions_mut() = request.into_parts().0.extensions;
        answer
    };
    let mut router: Router = Router::new().route(&route, get(shown));
    let mut request = Request::new(Body::empty());
    *request.uri_mut() = Uri::try_from(path).ok()?;
    let Ok(answer) = router.call(request).await;
    answer
        .status()
        .is_success()
        .then(|| answer.into_parts().0.extensions)
}

/// The digits of a byte in a path.
const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
