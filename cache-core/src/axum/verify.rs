//! Hits of pages that are verified: see [`crate::http::check`].

use std::future::Future;

use ::axum::body::Body;

use super::warm::HandlerAgain;
use crate::http::answer::HandlerAnswer;
use crate::http::check::PageCheck;
use crate::http::deferred::DeferredRequest;
use crate::http::lookup::PageLookup;
use crate::http::serve::{Calls, Handler};
use crate::http::visit::Visit;
use crate::scope::{self, InScope};
use crate::spawn;
use crate::verify::VerifyMode;

/// A hit that is verified, with the means to render its page.
pub(super) struct VerifiedPage<E, L, K, T, C> {
    pub(super) check: PageCheck,
    /// Whether the key holds what is for one visitor.
    personal: bool,
    again: HandlerAgain<E, L, K, T, C>,
}

impl<E, L, K, T, C> VerifiedPage<E, L, K, T, C> {
    /// The hit of a visit, if it is verified. In a box, so that the futures of other hits do not carry the room for it.
    pub(super) fn of(
        visit: &Visit<'static>,
        personal: bool,
        again: impl FnOnce() -> HandlerAgain<E, L, K, T, C>,
    ) -> Option<Box<Self>> {
        let check = visit.check()?;
        Some(Box::new(Self {
            check,
            personal,
            again: again(),
        }))
    }

    /// Renders the page and compares.
    pub(super) async fn run<F>(self)
    where
        F: Future<Output = HandlerAnswer<Body>>,
        K: Fn(&E) -> PageLookup,
        C: Fn(E, L) -> F + Copy,
    {
        let Self {
            check,
            personal,
            again,
        } = self;
        let (page, again) = (again.page, &again);
        check
            .run(|key| async move {
                let mut request = (again.requests)(again.request(&key).await?);
                request.keyed_by(page, personal);
                let before = match request.none() {
                    Some(before) => before,
                    None => request.before_lookup().await.ok()?,
                };
                let Calls { lookup, load, .. } = &again.calls;
                let is_same = {
                    let lookup = lookup(&before);
                    let target = request.target(lookup.name());
                    let (instance, view) = (again.instance.with_types::<(E, L)>(), request.view());
                    let visit = page.visit(instance, &view, target, personal, &lookup);
                    visit.is_ok_and(|visit| *visit.key() == key)
                };
                // Something may be in the key that is not in a request which is made of it, such as a user by a cookie: then it is
                // somebody else's page.
                if !is_same || !request.rebuild(&key) {
                    return None;
                }
                Some(Handler::new(before, request, *load).run().await)
            })
            .await;
    }
}

/// Verifies a hit: in tests before its answer is given, in production behind it.
pub(super) async fn run_or_spawn<E, L, F, K, T, C>(verified: Box<VerifiedPage<E, L, K, T, C>>)
where
    E: Send + 'static,
    L: Send + 'static,
    F: Future<Output = HandlerAnswer<Body>> + Send + 'static,
    K: Fn(&E) -> PageLookup + Send + Sync + 'static,
    T: Send + Sync + 'static,
    C: Fn(E, L) -> F + Copy + Send + Sync + 'static,
{
    match verified.check.mode() {
        VerifyMode::Test => Box::pin(verified.run()).await,
        VerifyMode::Production => {
            // Without a runtime there is nobody to verify it.
            let _ = spawn::spawn(InScope::new(scope::here(), verified.run()));
        }
    }
}
