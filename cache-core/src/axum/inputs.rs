//! Which of axum's extractors are functions of what.

use ::axum::extract::{
    Form, MatchedPath, NestedPath, OriginalUri, Path, Query, RawForm, RawPathParams, RawQuery,
    State,
};
use ::http::{HeaderMap, Method, Uri, Version};

use crate::http::inputs::{AppInput, PageInput, VariedInput, sealed::Sealed};

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

    use super::{PageInput, VariedInput};

    impl<T> PageInput for Query<T> {}
    impl<T> PageInput for OptionalQuery<T> {}

    impl<H> VariedInput for TypedHeader<H> {}
    impl VariedInput for CookieJar {}
}
