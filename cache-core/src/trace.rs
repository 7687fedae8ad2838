//! Spans and events of `tracing`, and measurements of `metrics`, where the features of these names are on; else nothing.

use std::time::Duration;

/// A span, entered while a load or a call of a store runs.
#[derive(Clone, Debug)]
pub(crate) struct Span(#[cfg(feature = "tracing")] tracing::Span);

/// The guard of an entered span.
#[must_use = "the span is left when this is dropped"]
pub(crate) struct SpanGuard<'s> {
    #[cfg(feature = "tracing")]
    _entered: tracing::span::Entered<'s>,
    #[cfg(not(feature = "tracing"))]
    _span: std::marker::PhantomData<&'s Span>,
}

impl Span {
    /// That of a load of this function or page.
    #[cfg_attr(not(feature = "tracing"), expect(unused_variables, reason = "no span"))]
    pub(crate) fn of_load(site: &'static str, reason: &'static str) -> Self {
        Self(
            #[cfg(feature = "tracing")]
            tracing::debug_span!(
                "cache.load",
                otel.kind = "internal",
                cache.site = site,
                cache.reason = reason
            ),
        )
    }

    /// That of a call of a store, by the names that OpenTelemetry gives to calls of databases.
    #[cfg_attr(not(feature = "tracing"), expect(unused_variables, reason = "no span"))]
    pub(crate) fn of_store(operation: &'static str, address: &str) -> Self {
        Self(
            #[cfg(feature = "tracing")]
            tracing::debug_span!(
                "cache.store",
                otel.kind = "client",
                db.operation.name = operation,
                db.system.name = system(address),
                server.address = address,
                error.type = tracing::field::Empty
            ),
        )
    }

    /// Notes that the call has failed.
    #[cfg_attr(
        not(feature = "tracing"),
        expect(clippy::unused_self, reason = "no span")
    )]
    pub(crate) fn failed(&self) {
        #[cfg(feature = "tracing")]
        self.0.record("error.type", "store");
    }

    /// A future, every poll of which enters the span.
    #[cfg(feature = "tracing")]
    pub(crate) fn around<F: Future>(&self, call: F) -> impl Future<Output = F::Output> + use<F> {
        tracing::Instrument::instrument(call, self.0.clone())
    }

    /// The future itself.
    #[cfg(not(feature = "tracing"))]
    #[expect(clippy::unused_self, reason = "no span")]
    pub(crate) fn around<F: Future>(&self, call: F) -> F {
        call
    }

    #[cfg_attr(
        not(feature = "tracing"),
        expect(clippy::unused_self, reason = "no span")
    )]
    pub(crate) fn enter(&self) -> SpanGuard<'_> {
        SpanGuard {
            #[cfg(feature = "tracing")]
            _entered: self.0.enter(),
            #[cfg(not(feature = "tracing"))]
            _span: std::marker::PhantomData,
        }
    }
}

/// The system behind an address, such as `redis`.
#[cfg(feature = "tracing")]
fn system(address: &str) -> &str {
    let scheme = address.split(':').next().unwrap_or_default();
    scheme.split('+').next().unwrap_or_default()
}

/// Measures a load that has ended.
#[cfg_attr(
    not(feature = "metrics"),
    expect(unused_variables, reason = "no histogram")
)]
pub(crate) fn loaded(site: &'static str, took: Duration) {
    #[cfg(feature = "metrics")]
    metrics::histogram!("cache.load.duration", "cache.site" => site).record(took.as_secs_f64());
}

/// Says in debug builds that a body ran twice in one request for the same arguments.
pub(crate) fn ran_again(site: &'static str) {
    const FINDING: &str = "ran again in this request with the same arguments";
    #[cfg(feature = "tracing")]
    tracing::warn!(cache.site = site, "{FINDING}");
    #[cfg(not(feature = "tracing"))]
    eprintln!("{site} {FINDING}");
}

/// Says in debug builds that a function evicts what it is asked for again.
pub(crate) fn evicts_too_early(site: &'static str, reloads: u64) {
    const ADVICE: &str = "evicts values that are asked for again: give it a larger `capacity`";
    #[cfg(feature = "tracing")]
    tracing::warn!(cache.site = site, reloads, "{ADVICE}");
    #[cfg(not(feature = "tracing"))]
    eprintln!("{site} {ADVICE} ({reloads} of its misses)");
}

/// Says that a hit was verified and found wrong.
pub(crate) fn wrong_hit(site: &'static str, report: &str) {
    #[cfg(feature = "tracing")]
    tracing::error!(cache.site = site, "{report}");
    #[cfg(not(feature = "tracing"))]
    eprintln!("{site}: {report}");
}
