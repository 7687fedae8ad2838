//! Which of axum's extractors are functions of what.

use ::axum::extract::{
    Form, MatchedPath, NestedPath, OriginalUri, Path, Query, RawForm, RawPathParams, RawQuery,
    State,
};
use ::http::{HeaderMap, Method, Uri, Version};

use crate::http::arguments::inputs::{AppInput, PageInput, VariedInput, sealed::Sealed};

impl<S> PageInput for State<S> {}
impl<S> Sealed for State<S> {}
impl<S> AppInput for State<S> {}

impl<T> PageInput for Path<T> {}
impl PageInput for RawPathParams {}
impl<T> PageInput for Query<T> {}
impl PageInput for RawQuery {}
// What is kept answers a GET, whose form is its query.
impl<T> PageInput for Form<T> {}
impl PageInput for RawForm {}
impl PageInput for Uri {}
impl PageInput for OriginalUri {}
impl PageInput for MatchedPath {}
impl PageInput for NestedPath {}
// The rebuilt request is always a GET of HTTP/1.1.
impl PageInput for Method {}
impl PageInput for Version {}

impl VariedInput for HeaderMap {}

#[cfg(feature = "axum-extra")]
mod extra {
    use ::axum_extra::TypedHeader;
    use ::axum_extra::extract::{CookieJar, OptionalQuery, Query};
    use ::axum_extra::headers::{self, authorization::Credentials};

    use super::{PageInput, VariedInput};
    use crate::http::arguments::inputs::NamedHeader;

    impl<T> PageInput for Query<T> {}
    impl<T> PageInput for OptionalQuery<T> {}

    impl<H: NamedHeader> VariedInput for TypedHeader<H> {
        const READS: &'static [&'static str] = &[H::NAME];
    }

    impl VariedInput for CookieJar {
        const READS: &'static [&'static str] = &["cookie"];
    }

    impl<C: Credentials> NamedHeader for headers::Authorization<C> {
        const NAME: &'static str = "authorization";
    }

    macro_rules! named {
        ($($header:ident: $name:literal,)*) => {
            $(
                impl NamedHeader for headers::$header {
                    const NAME: &'static str = $name;
                }
            )*

            #[test]
            fn names_are_those_of_the_headers() {
                type Bearer = headers::Authorization<headers::authorization::Bearer>;
                $(assert_eq!(<headers::$header as headers::Header>::name(), headers::$header::NAME);)*
                assert_eq!(<Bearer as headers::Header>::name(), Bearer::NAME);
            }
        };
    }

    named! {
        AccessControlRequestHeaders: "access-control-request-headers",
        AccessControlRequestMethod: "access-control-request-method",
        CacheControl: "cache-control",
        ContentType: "content-type",
        Cookie: "cookie",
        Date: "date",
        Expect: "expect",
        Host: "host",
        IfMatch: "if-match",
        IfModifiedSince: "if-modified-since",
        IfNoneMatch: "if-none-match",
        IfRange: "if-range",
        IfUnmodifiedSince: "if-unmodified-since",
        Origin: "origin",
        Pragma: "pragma",
        Range: "range",
        Referer: "referer",
        UserAgent: "user-agent",
    }

    #[test]
    fn what_is_read_by_name_is_known_by_type() {
        use crate::http::arguments::reads::{Reads, ReadsNothing as _};

        type Agent = TypedHeader<headers::UserAgent>;
        assert_eq!(Reads::<Agent>::HEADERS, ["user-agent"]);
        assert_eq!(Reads::<Option<Agent>>::HEADERS, ["user-agent"]);
        assert_eq!(Reads::<Result<Agent, u8>>::HEADERS, ["user-agent"]);
        assert_eq!(Reads::<CookieJar>::HEADERS, ["cookie"]);
        assert!(Reads::<super::HeaderMap>::HEADERS.is_empty());
        assert!(Reads::<super::Uri>::HEADERS.is_empty());
    }
}
