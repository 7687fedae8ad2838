//! A request whose arguments are extracted when they are needed.

use std::future::Future;
use std::pin::Pin;

use http::Response;

use super::body::SourceBody;
use super::key::{KeyTarget, RequestKey};
use super::page::Page;
use super::refusal::Bypass;
use super::request::RequestView;

/// An extraction. Its error is the answer of an extractor that rejects the request.
pub(crate) type Extraction<'a, T, B> =
    Pin<Box<dyn Future<Output = Result<T, Response<B>>> + Send + 'a>>;

/// A request with the means to extract `E` before the look-up and `L` on a miss.
pub(crate) trait DeferredRequest<E, L>: Sized {
    /// The body of an answer.
    type Body: SourceBody;

    /// Lets arguments see the request as `page` keys it.
    fn keyed_by(&mut self, page: &'static Page, personal: bool);

    /// The arguments of the look-up, if there are none to extract.
    fn none(&self) -> Option<E>;

    fn before_lookup(&mut self) -> Extraction<'_, E, Self::Body>;

    /// The arguments of the look-up, none of which has seen a rebuilt request.
    fn before_lookup_again(&mut self, arguments: E) -> Extraction<'_, E, Self::Body>;

    fn on_miss(self) -> Extraction<'static, L, Self::Body>;

    /// What a key may hold of the client's request.
    fn view(&mut self) -> RequestView<'_>;

    /// What stands for the request's target in its key: `name`, or path and query with the parameters of the path.
    ///
    /// # Errors
    ///
    /// The reason why the target cannot be keyed.
    fn target<'n>(&mut self, name: Option<&'n [u8]>) -> Result<KeyTarget<'n>, Bypass>;

    /// Rebuilds the request that a key of the page stands for; tells whether there is one.
    fn rebuild(&mut self, key: &RequestKey) -> bool;

    /// Gives the rebuilt request up: all arguments see the client's. Tells whether one was there, which some may have seen.
    fn bypass(&mut self) -> bool;
}
