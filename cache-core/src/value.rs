//! The bounds on kept values.

use serde::Serialize;
use serde::de::DeserializeOwned;

/// A value that a function can keep for itself, in this process.
#[diagnostic::on_unimplemented(
    message = "a cached function cannot keep a `{Self}`",
    label = "a kept value must be `Clone + Send + Sync + 'static`",
    note = "return an `Arc<…>` of it, or derive `Clone`; what borrows from the arguments cannot be kept"
)]
pub trait LocalValue: Clone + Send + Sync + 'static {}

#[diagnostic::do_not_recommend]
impl<T: Clone + Send + Sync + 'static> LocalValue for T {}

/// A value that can go to a shared cache, which may have a store of bytes.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot go to a shared cache",
    label = "with `key`, `cache` or `shared`, a kept value must also be `serde::Serialize + serde::Deserialize`",
    note = "derive `Serialize` and `Deserialize` for it, or write `local` to keep it in this process alone"
)]
pub trait SharedValue: LocalValue + Serialize + DeserializeOwned {}

#[diagnostic::do_not_recommend]
impl<T: LocalValue + Serialize + DeserializeOwned> SharedValue for T {}
