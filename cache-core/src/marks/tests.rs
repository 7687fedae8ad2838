#[cfg(cache_loom)]
mod loom;
#[cfg(not(cache_loom))]
mod places;
