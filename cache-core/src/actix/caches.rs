//! Caches of an app's own.

use std::future::{Ready, ready};
use std::task::{Context, Poll};

use actix_web::dev::{Service, ServiceRequest, Transform};

use super::workers;
use crate::scope::{self, InScope};
use crate::tower::{ServiceWithCaches, WithCaches};

impl<S: Service<ServiceRequest>> Transform<S, ServiceRequest> for WithCaches {
    type Response = S::Response;
    type Error = S::Error;
    type Transform = ServiceWithCaches<S>;
    type InitError = ();
    type Future = Ready<Result<ServiceWithCaches<S>, ()>>;

    /// # Panics
    ///
    /// If it was made in the closure of `HttpServer::new`.
    fn new_transform(&self, app: S) -> Self::Future {
        workers::assert_shared(self.made_on(), "WithCaches::new(…)");
        ready(Ok(self.around(app)))
    }
}

impl<S: Service<ServiceRequest>> Service<ServiceRequest> for ServiceWithCaches<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = InScope<S::Future>;

    fn poll_ready(&self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        let (app, scope) = self.parts();
        scope::run(Some(scope), || app.poll_ready(context))
    }

    fn call(&self, request: ServiceRequest) -> Self::Future {
        let (app, scope) = self.parts();
        InScope::new(Some(scope), scope::run(Some(scope), || app.call(request)))
    }
}
