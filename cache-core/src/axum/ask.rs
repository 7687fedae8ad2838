//! Requests that the program itself sends to a router.

use ::axum::extract::Request;
use tower_service::Service;

/// Sends a request to a service as soon as it is ready; returns the future of the answer.
///
/// # Errors
///
/// If the service will not be ready any more.
pub(super) async fn ask<S: Service<Request>>(
    router: &mut S,
    request: Request,
) -> Result<S::Future, S::Error> {
    std::future::poll_fn(|context| router.poll_ready(context)).await?;
    Ok(router.call(request))
}
