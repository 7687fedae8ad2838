//! `hitbox` around an async function, over its store in memory, which is moka, with its defaults: it keeps values as JSON.

use std::sync::LazyLock;

use super::{CAPACITY, HOUR, work};
use ::hitbox::policy::PolicyConfig;
use hitbox_fn::Cache;
use hitbox_fn::prelude::*;
use hitbox_moka::MokaBackend;

static CACHE: LazyLock<Cache<MokaBackend>> = LazyLock::new(|| {
    Cache::builder()
        .backend(MokaBackend::builder().max_entries(CAPACITY as u64).build())
        .policy(PolicyConfig::builder().ttl(HOUR).build())
        .build()
});

#[cached]
async fn number(n: u64) -> u64 {
    work::number(n)
}

pub(super) async fn number_async(n: u64) -> u64 {
    number(n).cache(&*CACHE).await
}
