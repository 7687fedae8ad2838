//! `Cache` over a table of `MariaDB`.

use cache_core::{Cache, SqlStore};
use cache_tests::proxy::Proxy;
use cache_tests::servers::mariadb;

use super::over;

async fn at(url: &str) -> Cache {
    over(SqlStore::connect(url).await.unwrap())
}

#[tokio::test]
async fn a_hung_server_is_an_error_then_left_alone_then_used_again() {
    let server = mariadb();
    let cache = at(&server.url()).await;
    super::a_hung_server_is_an_error_then_left_alone_then_used_again(&server, &cache).await;
}

#[tokio::test]
async fn a_delete_that_did_not_arrive_is_owed() {
    let server = mariadb();
    let proxy = Proxy::to(server.port());
    let (cut_off, other) = (
        at(&server.url_through(&proxy)).await,
        at(&server.url()).await,
    );
    super::a_delete_that_did_not_arrive_is_owed(&proxy, &cut_off, &other).await;
}
