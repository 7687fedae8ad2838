//! A cached function that has a handle: the function itself, and the items of the handle.

mod model;

mod calls;
mod handle;
mod verify;

mod outer;
mod set;

pub(super) use model::FUNCTIONS;

use crate::check::CachedFunction;
use model::FunctionModel;
use proc_macro2::TokenStream;

pub(super) fn expand(cached: &CachedFunction<'_>) -> TokenStream {
    let function = FunctionModel::new(cached);
    handle::items(&function).beside(
        &outer::outer(&function),
        &function.host,
        cached.place,
        &function.attributes,
    )
}
