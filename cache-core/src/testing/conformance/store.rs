//! What [`Store`](crate::store::Store) promises.

use super::Check;

mod conditions;
mod keys;
mod lives;
mod races;
mod values;

/// Every promise, from the simple to the subtle.
pub(super) const CHECKS: &[Check] = &[
    ("what was put is found, and gone once deleted", |room| {
        Box::pin(values::found_until_deleted(room))
    }),
    ("answers stand in the order of the keys", |room| {
        Box::pin(values::in_order(room))
    }),
    ("keys are read while others are written", |room| {
        Box::pin(values::read_while_written(room))
    }),
    ("to ask for nothing is no error", |room| {
        Box::pin(values::of_nothing(room))
    }),
    ("values of any length come back whole", |room| {
        Box::pin(values::of_any_length(room))
    }),
    ("large values are kept whole or refused", |room| {
        Box::pin(values::large(room))
    }),
    ("values are any bytes", |room| {
        Box::pin(values::any_bytes(room))
    }),
    ("keys are any bytes", |room| Box::pin(keys::any_bytes(room))),
    ("keys are told apart however long", |room| {
        Box::pin(keys::long(room))
    }),
    ("keys are told apart by case, accents and spaces", |room| {
        Box::pin(keys::collated(room))
    }),
    ("keys that look alike once escaped are told apart", |room| {
        Box::pin(keys::escaped(room))
    }),
    ("Absent writes where nothing is, and only there", |room| {
        Box::pin(conditions::absent(room))
    }),
    ("Is writes over its token, and over no other", |room| {
        Box::pin(conditions::is(room))
    }),
    ("tokens are compared byte by byte", |room| {
        Box::pin(conditions::tokens(room))
    }),
    ("a put that is refused changes nothing", |room| {
        Box::pin(conditions::refused(room))
    }),
    ("each put of a call is judged by itself", |room| {
        Box::pin(conditions::together(room))
    }),
    ("without a ttl a value does not expire", |room| {
        Box::pin(lives::without_end(room))
    }),
    ("what is left of a life is told", |room| {
        Box::pin(lives::left(room))
    }),
    ("a ttl beyond 30 days counts from now", |room| {
        Box::pin(lives::beyond_a_month(room))
    }),
    ("the longest ttl that can be said is no error", |room| {
        Box::pin(lives::longest(room))
    }),
    ("a ttl may be of fractions of a second", |room| {
        Box::pin(lives::fractions(room))
    }),
    ("what has expired is absent", |room| {
        Box::pin(lives::expired(room))
    }),
    ("a put replaces the ttl", |room| {
        Box::pin(lives::replaced(room))
    }),
    ("to sweep takes only what has expired", |room| {
        Box::pin(lives::sweep(room))
    }),
    ("of many that put Absent at once, one is told Yes", |room| {
        Box::pin(races::absent(room))
    }),
    (
        "no step is lost where each puts over the token that it read",
        |room| Box::pin(races::counter(room)),
    ),
    ("what one thread was told, another sees", |room| {
        Box::pin(races::acknowledged(room))
    }),
    ("answers belong to their questions", |room| {
        Box::pin(races::own_answers(room))
    }),
    ("a dropped call leaves nothing to the next", |room| {
        Box::pin(races::dropped(room))
    }),
];
