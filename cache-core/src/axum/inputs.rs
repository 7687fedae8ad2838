//! Which of axum's extractors are functions of what.

use ::axum::extract::{
    Form, MatchedPath, NestedPath, OriginalUri, Path, Query, RawPathParams, RawQuery, State,
};
use ::http::{HeaderMap, Method, Uri, Version};

use crate::http::inputs::sealed;
use crate::http::inputs::{AppInput, HeaderInput, PageInput, VariedInput};

impl<S> PageInput for State<S> {}
impl<S> sealed::App for State<S> {}
impl<S> AppInput for State<S> {}
impl<S> sealed::Header for State<S> {}
impl<S> HeaderInput for State<S> {}

impl<T> PageInput for Path<T> {}
impl PageInput for RawPathParams {}
impl<T> PageInput for Query<T> {}
impl PageInput for RawQuery {}
// A page that is kept is a GET, whose form is its query.
impl<T> PageInput for Form<T> {}
impl PageInput for Uri {}
impl PageInput for OriginalUri {}
impl PageInput for MatchedPath {}
impl PageInput for NestedPath {}
// The rebuilt request is always a GET of HTTP/1.1.
impl PageInput for Method {}
impl PageInput for Version {}

impl VariedInput for HeaderMap {}
impl sealed::Header for HeaderMap {}
impl HeaderInput for HeaderMap {}
