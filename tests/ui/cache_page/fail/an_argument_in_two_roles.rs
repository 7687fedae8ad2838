//! `key`, `guard` and `skip` exclude each other.

use cache_core::cache_page;

#[cache_page(guard(user), skip(user))]
async fn guarded(user: String) -> String {
    user
}

#[cache_page(key = "{user}", guard(user))]
async fn keyed(user: String) -> String {
    user
}

#[cache_page(skip(user), condition = user.is_empty())]
async fn asked(user: String) -> String {
    user
}

#[cache_page(guard(admin))]
async fn unknown(user: String) -> String {
    user
}

fn main() {}
