//! A cached page: the handler, and the items of its handle.

mod model;

mod guards;
mod lists;
mod reads;

mod calls;
mod complete;

mod handle;
mod outer;

use crate::check::CachedPage;
use model::PageModel;
use proc_macro2::TokenStream;

/// The expansion of a page.
pub(crate) fn page(page: &CachedPage<'_>) -> TokenStream {
    let model = PageModel::new(page);
    handle::items(&model).beside(
        &outer::outer(&model),
        &model.host,
        page.place,
        &model.attributes,
    )
}
