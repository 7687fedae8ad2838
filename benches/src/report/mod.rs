//! The figures as people read them: tables on the terminal, and a page with plots.

mod notes;
mod page;
mod plot;
mod table;

pub(crate) use page::write;
pub(crate) use table::table;
