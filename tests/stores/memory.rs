//! The store in memory keeps the contract.

use cache_core::MemoryStore;
use cache_core::testing::conformance;

#[tokio::test]
async fn it_keeps_the_contract() {
    conformance(MemoryStore::bounded(10_000, 64 << 20)).await;
}
