//! Which extractors of actix-web are functions of what.

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use actix_web::error::ErrorInternalServerError;
use actix_web::http::{Method, Uri, header};
use actix_web::web::{Data, Header, Path, Query, ThinData};
use actix_web::{Error, FromRequest, HttpRequest};

use super::keyed::{FromKeyed, KeyedRequest};
use crate::http::arguments::inputs::{
    AppInput, NamedHeader, PageInput, VariedInput, sealed::Sealed,
};

impl<T: ?Sized> PageInput for Data<T> {}
impl<T: ?Sized> Sealed for Data<T> {}
impl<T: ?Sized> AppInput for Data<T> {}
impl<T> PageInput for ThinData<T> {}
impl<T> Sealed for ThinData<T> {}
impl<T> AppInput for ThinData<T> {}

impl<T> PageInput for Path<T> {}
impl<T> PageInput for Query<T> {}
impl PageInput for Uri {}
// The rebuilt request is always a GET.
impl PageInput for Method {}

impl<H: NamedHeader> VariedInput for Header<H> {
    const READS: &'static [&'static str] = &[H::NAME];
}

/// Extracts what waits for nothing.
fn extracted<T: FromRequest>(request: &HttpRequest) -> Result<T, Error> {
    let extraction = pin!(T::extract(request));
    match extraction.poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(extracted) => extracted.map_err(Into::into),
        Poll::Pending => Err(ErrorInternalServerError("the extractor waits")),
    }
}

/// Types that are read from the rebuilt request. Of its errors the app knows nothing: the one that a client gets is made of its own.
macro_rules! from_the_key {
    ($([$($parameter:ident)?] $type:ty,)*) => {
        $(
            impl$(<$parameter>)? FromKeyed for $type
            where
                Self: FromRequest,
            {
                fn from_keyed(request: &KeyedRequest<'_>) -> Result<Self, Error> {
                    extracted(request.http())
                }

                fn rejection(real: &HttpRequest, error: Error) -> Error {
                    extracted::<Self>(real).err().unwrap_or(error)
                }
            }
        )*
    };
}

from_the_key! {
    [T] Path<T>,
    [T] Query<T>,
    [H] Header<H>,
    [] Uri,
    [] Method,
}

impl<T: ?Sized + 'static> FromKeyed for Data<T> {
    fn from_keyed(request: &KeyedRequest<'_>) -> Result<Self, Error> {
        extracted(request.real())
    }
}

impl<T: Clone + 'static> FromKeyed for ThinData<T> {
    fn from_keyed(request: &KeyedRequest<'_>) -> Result<Self, Error> {
        extracted(request.real())
    }
}

impl<T: FromKeyed> FromKeyed for Option<T> {
    fn from_keyed(request: &KeyedRequest<'_>) -> Result<Self, Error> {
        Ok(T::from_keyed(request).ok())
    }
}

impl<T: FromKeyed> FromKeyed for Result<T, Error> {
    fn from_keyed(request: &KeyedRequest<'_>) -> Result<Self, Error> {
        Ok(T::from_keyed(request))
    }
}

macro_rules! named {
    ($($header:ident: $name:literal,)*) => {
        $(
            impl NamedHeader for header::$header {
                const NAME: &'static str = $name;
            }
        )*

        #[test]
        fn names_are_those_of_the_headers() {
            $(assert_eq!(<header::$header as header::Header>::name(), header::$header::NAME);)*
        }
    };
}

named! {
    Accept: "accept",
    AcceptCharset: "accept-charset",
    AcceptEncoding: "accept-encoding",
    AcceptLanguage: "accept-language",
    CacheControl: "cache-control",
    ContentLength: "content-length",
    ContentType: "content-type",
    Date: "date",
    IfMatch: "if-match",
    IfModifiedSince: "if-modified-since",
    IfNoneMatch: "if-none-match",
    IfRange: "if-range",
    IfUnmodifiedSince: "if-unmodified-since",
    Range: "range",
}
