//! How the lists of a handler's arguments are extracted.

use std::future::Future;

use actix_web::{Error, FromRequest};

use super::keyed::FromKeyed;
use super::sources::TwoRequests;
use crate::http::arguments::guards::can_refuse;
use crate::http::arguments::lists::{GuardArgument, Keyed, KeyedLast, Nil, Real, RealLast};

/// Arguments that are extracted before the look-up.
pub trait FirstArguments: Sized {
    /// The list, when it asks for nothing.
    fn none() -> Option<Self> {
        None
    }

    /// Extracts the arguments in order.
    fn extract(sources: &mut TwoRequests) -> impl Future<Output = Result<Self, Error>>;

    /// Extracts those again that have seen a rebuilt request, from the client's, because nothing is looked up.
    fn extract_again(self, sources: &mut TwoRequests) -> impl Future<Output = Result<Self, Error>>;
}

/// Arguments that are extracted on a miss.
pub trait LastArguments: Sized {
    /// Extracts the arguments in order.
    fn extract(sources: &mut TwoRequests) -> impl Future<Output = Result<Self, Error>>;
}

/// An argument that sees the request rebuilt from the key.
fn keyed<H: FromKeyed>(sources: &mut TwoRequests) -> Result<H, Error> {
    let request = sources.keyed();
    let argument = H::from_keyed(&request);
    argument.map_err(|error| H::rejection(request.real(), error))
}

/// An argument that sees the client's own request.
async fn real<H: FromRequest>(sources: &mut TwoRequests) -> Result<H, Error> {
    let (request, payload) = sources.real();
    let extraction = H::from_request(request, payload);
    extraction.await.map_err(Into::into)
}

impl FirstArguments for Nil {
    fn none() -> Option<Self> {
        Some(Self)
    }

    async fn extract(_: &mut TwoRequests) -> Result<Self, Error> {
        Ok(Self)
    }

    async fn extract_again(self, _: &mut TwoRequests) -> Result<Self, Error> {
        Ok(self)
    }
}

impl<H: FromKeyed, T: FirstArguments> FirstArguments for Keyed<H, T> {
    async fn extract(sources: &mut TwoRequests) -> Result<Self, Error> {
        Ok(Self(keyed(sources)?, T::extract(sources).await?))
    }

    async fn extract_again(self, sources: &mut TwoRequests) -> Result<Self, Error> {
        Ok(Self(keyed(sources)?, self.1.extract_again(sources).await?))
    }
}

impl<H: FromRequest, T: FirstArguments> FirstArguments for Real<H, T> {
    async fn extract(sources: &mut TwoRequests) -> Result<Self, Error> {
        Ok(Self(real(sources).await?, T::extract(sources).await?))
    }

    async fn extract_again(self, sources: &mut TwoRequests) -> Result<Self, Error> {
        Ok(Self(self.0, self.1.extract_again(sources).await?))
    }
}

impl<H: FromRequest, T: FirstArguments> FirstArguments for GuardArgument<H, T> {
    async fn extract(sources: &mut TwoRequests) -> Result<Self, Error> {
        const {
            assert!(
                can_refuse::<H::Error>(),
                "a guard of this page never refuses a request: its `Error` has no value"
            );
        }
        Ok(Self(real(sources).await?, T::extract(sources).await?))
    }

    async fn extract_again(self, sources: &mut TwoRequests) -> Result<Self, Error> {
        Ok(Self(self.0, self.1.extract_again(sources).await?))
    }
}

impl LastArguments for Nil {
    async fn extract(_: &mut TwoRequests) -> Result<Self, Error> {
        Ok(Self)
    }
}

impl<H: FromKeyed, T: LastArguments> LastArguments for Keyed<H, T> {
    async fn extract(sources: &mut TwoRequests) -> Result<Self, Error> {
        Ok(Self(keyed(sources)?, T::extract(sources).await?))
    }
}

impl<H: FromRequest, T: LastArguments> LastArguments for Real<H, T> {
    async fn extract(sources: &mut TwoRequests) -> Result<Self, Error> {
        Ok(Self(real(sources).await?, T::extract(sources).await?))
    }
}

impl<H: FromKeyed> LastArguments for KeyedLast<H> {
    async fn extract(sources: &mut TwoRequests) -> Result<Self, Error> {
        keyed(sources).map(Self)
    }
}

impl<H: FromRequest> LastArguments for RealLast<H> {
    async fn extract(sources: &mut TwoRequests) -> Result<Self, Error> {
        real(sources).await.map(Self)
    }
}
