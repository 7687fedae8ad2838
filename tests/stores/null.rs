//! The null store: its calls succeed, and nothing is ever found.

use std::time::Duration;

use cache_core::store::{Put, Token, When, Written};
use cache_core::{NullStore, Store};

#[tokio::test]
async fn nothing_is_ever_found() {
    let put = |when| Put {
        key: b"key",
        value: &[1; 20],
        ttl: Some(Duration::from_secs(60)),
        when,
    };
    let is = When::Is(Token([1; Token::LENGTH]));
    let written = NullStore
        .put(&[
            put(When::Always),
            put(When::Absent),
            put(When::Absent),
            put(is),
        ])
        .await;
    let expected = [Written::Yes, Written::Yes, Written::Yes, Written::No];
    assert_eq!(written.unwrap(), expected);
    let answer = NullStore.get(&[b"key", b"key", b"other"]).await.unwrap();
    assert_eq!(answer.found, [None, None, None]);
    assert_eq!(answer.incarnation, 0);
    NullStore.delete(&[b"key"]).await.unwrap();
    NullStore.sweep().await.unwrap();
    assert!(NullStore.put(&[]).await.unwrap().is_empty());
    assert!(NullStore.get(&[]).await.unwrap().found.is_empty());
}
