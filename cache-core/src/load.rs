//! Loads: whose turn it is, who waits, and what becomes of the value.
//!
//! [`LoadRequest::open`] is the way to a load, for functions, pages and loads by hand; pages that nobody asks for use
//! [`LoadRequest::open_unasked`]. Both return what is there, or a [`Leader`], under which the caller runs its body, and which ends
//! the load.

pub(crate) use self::apart::{ApartCaller, Waited};
pub(crate) use self::backing::Backing;
pub(crate) use self::leader::Leader;
pub(crate) use self::opened::{How, Opened};
pub(crate) use self::peek::peek_many;
#[cfg(feature = "tokio")]
pub(crate) use self::reply::Caught;
pub(crate) use self::reply::Reply;
pub(crate) use self::request::LoadRequest;
pub use self::revalidate::Replaced;

mod apart;
mod backing;
mod cause;
mod end;
mod flight;
mod intent;
mod leader;
mod lock;
#[cfg(all(test, cache_loom))]
mod loom;
mod open;
mod opened;
mod patience;
mod peek;
mod permit;
mod replaced;
mod reply;
mod request;
mod revalidate;
mod set;
mod stale;
mod store;
mod wait;
