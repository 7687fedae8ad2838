//! Servers that do not speak the protocol: each call is an error, and the next one works as usual.

use std::time::{Duration, Instant};

use cache_core::MemcachedStore;
use cache_core::store::Store;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;

use super::{always, values};

/// A correct answer to the first request of a connection.
const MISS: &str = "EN O1\r\n";

/// A server that answers the first line of each connection with the next of these texts, and then closes it.
async fn answering(texts: Vec<String>) -> MemcachedStore {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        for text in texts {
            let (stream, _) = listener.accept().await.unwrap();
            let mut stream = BufReader::new(stream);
            let mut line = String::new();
            stream.read_line(&mut line).await.unwrap();
            // The store may have closed the connection meanwhile.
            let _ = stream.write_all(text.as_bytes()).await;
        }
    });
    super::store(&format!("memcached://127.0.0.1:{port}")).await
}

#[tokio::test]
async fn what_is_no_answer_is_an_error_and_the_next_call_works() {
    let long_line = "x".repeat(1 << 20);
    for garbage in [
        "",
        "\r\n",
        "\0\0\0\0\0\0\0\0",
        "HTTP/1.1 400 Bad Request\r\n\r\n",
        "-ERR unknown command 'mg'\r\n",
        "ERROR\r\n",
        "ERROR Too many open connections\r\n",
        "CLIENT_ERROR bad command line format\r\n",
        "SERVER_ERROR backend failure\r\n",
        "EN O2\r\n",
        "EN O1",
        "HD O1\r\n",
        "VA O1\r\n",
        "VA 3 t-1 c1\r\nabc\r\n",
        "VA 3 t-1 c1 O2\r\nabc\r\n",
        "VA 2 t-1 c1 O1\r\nabc\r\n",
        "VA 4 t-1 c1 O1\r\nabc\r\n",
        "VA 3 t-1 c1 O1\r\na",
        "VA -3 t-1 c1 O1\r\nabc\r\n",
        "VA 1152921504606846976 t-1 c1 O1\r\nabc\r\n",
        "VA 134217728 t-1 c1 O1\r\nabc\r\n",
        "VA 340282366920938463463374607431768211456 t-1 c1 O1\r\nabc\r\n",
        &long_line,
    ] {
        let store = answering(vec![garbage.to_owned(), MISS.to_owned()]).await;
        let shown = &garbage[..garbage.len().min(60)];
        let error = store.get(&[b"a"]).await.expect_err(shown);
        assert!(error.is_store(), "{shown}: {error}");
        assert_eq!(values(&store, &[b"a"]).await, [None], "{shown}");
    }
}

/// A call with half an answer is an error; so are the calls of others on the connection.
#[tokio::test]
async fn a_connection_that_ends_in_the_middle_fails_all_that_is_under_way() {
    let store = answering(vec![MISS.to_owned(), MISS.to_owned()]).await;
    assert!(store.get(&[b"a", b"b"]).await.is_err());
    assert_eq!(values(&store, &[b"a"]).await, [None]);
}

#[tokio::test]
async fn a_put_is_answered_with_what_belongs_to_a_put() {
    for garbage in [
        "EN O1\r\n",
        "HD\r\n",
        "VA 3 t-1 c1 O1\r\nabc\r\n",
        "SERVER_ERROR no\r\n",
    ] {
        let store = answering(vec![garbage.to_owned(), MISS.to_owned()]).await;
        let error = store.put(&[always(b"a", b"b")]).await;
        assert!(error.is_err(), "{garbage}");
        assert_eq!(values(&store, &[b"a"]).await, [None], "{garbage}");
    }
}

/// Bytes without a request are not taken for the next answer.
#[tokio::test]
async fn an_answer_that_nobody_asked_for_closes_the_connection() {
    let twice = format!("{MISS}VA 3 t-1 c1 O2\r\nabc\r\n");
    let store = answering(vec![twice, MISS.to_owned()]).await;
    assert_eq!(values(&store, &[b"a"]).await, [None]);
    let start = Instant::now();
    // A call that is sent before the store has read the rest is an error.
    loop {
        match store.get(&[b"b"]).await {
            Ok(answer) => break assert_eq!(answer.found, [None]),
            Err(_) => assert!(start.elapsed() < Duration::from_secs(10)),
        }
    }
}

/// A silent server is waited for once, not once for each call.
#[tokio::test]
async fn a_server_that_says_nothing_fails_all_calls_together() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let store = super::store(&format!("memcached://127.0.0.1:{port}")).await;
    let start = Instant::now();
    let keys: [&[u8]; 1] = [b"a"];
    let (one, two, three) = tokio::join!(store.get(&keys), store.get(&keys), store.delete(&keys));
    assert!(one.is_err() && two.is_err() && three.is_err());
    assert!(
        start.elapsed() < Duration::from_secs(9),
        "{:?}",
        start.elapsed()
    );
}
