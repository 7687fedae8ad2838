//! What a [`Cache`](crate::Cache) promises over any store that keeps its contract.

use std::fmt::Debug;

use super::Check;
use super::room::{OrFault, Verdict, ensure};
use crate::cache::Cache;
use crate::value::SharedValue;

mod bulk;
mod keys;
mod lives;
mod loads;
mod near;
mod neighbours;
mod numbers;
mod presence;
mod races;
mod values;

/// Every promise, from the simple to the subtle.
pub(super) const CHECKS: &[Check] = &[
    ("what was set is found, in place of what was", |room| {
        Box::pin(values::set(room))
    }),
    ("values of many types come back as they were", |room| {
        Box::pin(values::of_many_types(room))
    }),
    ("`None` is a value", |room| Box::pin(values::none(room))),
    ("a value of another type is a miss", |room| {
        Box::pin(values::of_another_type(room))
    }),
    ("a value of any length is kept whole or refused", |room| {
        Box::pin(values::of_any_length(room))
    }),
    ("a value that no codec can write is an error", |room| {
        Box::pin(values::unwritable(room))
    }),
    ("any text is a key", |room| Box::pin(keys::any_text(room))),
    ("long keys are told apart", |room| {
        Box::pin(keys::long(room))
    }),
    ("`add` stores where nothing is, and only there", |room| {
        Box::pin(presence::add(room))
    }),
    ("`delete` tells whether there was a value", |room| {
        Box::pin(presence::delete(room))
    }),
    ("a lease is nothing", |room| Box::pin(presence::lease(room))),
    ("bytes that are no entry are nothing", |room| {
        Box::pin(presence::rubbish(room))
    }),
    ("many keys are taken in one call", |room| {
        Box::pin(bulk::many(room))
    }),
    ("no keys are no error", |room| Box::pin(bulk::none(room))),
    ("`incr` and `decr` count", |room| {
        Box::pin(numbers::count(room))
    }),
    ("what is no number is not counted", |room| {
        Box::pin(numbers::no_number(room))
    }),
    ("numbers of any type are counted within it", |room| {
        Box::pin(numbers::of_any_type(room))
    }),
    ("to count leaves the ttl alone", |room| {
        Box::pin(numbers::ttl(room))
    }),
    ("`get_or_set` loads where nothing is", |room| {
        Box::pin(loads::where_nothing_is(room))
    }),
    ("a load that was overtaken is not kept", |room| {
        Box::pin(loads::overtaken(room))
    }),
    ("an entry in hand stores unless it was overtaken", |room| {
        Box::pin(loads::in_hand(room))
    }),
    ("what has no life is not there", |room| {
        Box::pin(lives::zero(room))
    }),
    ("what has expired is absent to every call", |room| {
        Box::pin(lives::expired(room))
    }),
    ("`touch` gives another life", |room| {
        Box::pin(lives::touch(room))
    }),
    ("lives of any length are taken", |room| {
        Box::pin(lives::any_length(room))
    }),
    ("other prefixes and versions are other caches", |room| {
        Box::pin(neighbours::apart(room))
    }),
    ("`clear` takes its own and nothing else", |room| {
        Box::pin(neighbours::clear(room))
    }),
    ("processes see each other's writes at once", |room| {
        Box::pin(neighbours::processes(room))
    }),
    ("near is bounded by its ttl and by the store's", |room| {
        Box::pin(near::bounded(room))
    }),
    ("near shows its own process's writes at once", |room| {
        Box::pin(near::own_writes(room))
    }),
    ("of all who count at once nobody is lost", |room| {
        Box::pin(races::incr(room))
    }),
    ("of all who add at once one is told true", |room| {
        Box::pin(races::add(room))
    }),
    ("of all who ask at once one loads", |room| {
        Box::pin(races::load(room))
    }),
];

/// Insists that every way to ask finds this value.
async fn holds<T: SharedValue + PartialEq + Debug>(cache: &Cache, key: &str, value: T) -> Verdict {
    let found = cache.get::<T>(key).await.or_fault()?;
    ensure!(
        found.as_ref() == Some(&value),
        "under `{key}` there is {found:?} instead of {value:?}"
    );
    let found = cache.get_many::<T>([key]).await.or_fault()?;
    ensure!(
        found == [Some(value)],
        "`get_many` finds {found:?} under `{key}`, and not what `get` finds"
    );
    let there = cache.contains(key).await.or_fault()?;
    ensure!(there, "`contains` denies what `get` finds under `{key}`");
    Ok(())
}

/// Insists that no way to ask finds a value.
async fn lacks<T: SharedValue + Debug>(cache: &Cache, key: &str) -> Verdict {
    let found = cache.get::<T>(key).await.or_fault()?;
    ensure!(
        found.is_none(),
        "under `{key}` there is {found:?}, and should be nothing"
    );
    let found = cache.get_many::<T>([key]).await.or_fault()?;
    ensure!(
        matches!(*found, [None]),
        "`get_many` finds {found:?} under `{key}`, where `get` finds nothing"
    );
    let there = cache.contains(key).await.or_fault()?;
    ensure!(
        !there,
        "`contains` claims that there is something under `{key}`"
    );
    Ok(())
}

/// Insists on what a call said.
#[expect(
    clippy::needless_pass_by_value,
    reason = "calls give values, and what is expected is written beside them"
)]
fn said<T: PartialEq + Debug>(call: &str, said: T, expected: T) -> Verdict {
    ensure!(
        said == expected,
        "{call} said {said:?} instead of {expected:?}"
    );
    Ok(())
}
