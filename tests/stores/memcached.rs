//! The store in Memcached: the contract, and the limits of the server.

use std::time::Duration;

use cache_core::MemcachedStore;
use cache_core::store::{Found, Put, Store, When, Written};
use cache_core::testing::conformance;
use cache_tests::servers;

mod hostile;
mod outages;
mod tls;
mod trips;

async fn store(url: &str) -> MemcachedStore {
    MemcachedStore::connect(url).await.unwrap()
}

fn always<'a>(key: &'a [u8], value: &'a [u8]) -> Put<'a> {
    Put {
        key,
        value,
        ttl: None,
        when: When::Always,
    }
}

async fn values(store: &MemcachedStore, keys: &[&[u8]]) -> Vec<Option<Vec<u8>>> {
    let answer = store.get(keys).await.unwrap();
    assert_eq!(answer.incarnation, 0);
    let found = answer.found.into_iter();
    found
        .map(|found| found.map(|found| found.value.to_vec()))
        .collect()
}

#[tokio::test]
async fn it_does_what_every_store_must() {
    let server = servers::memcached();
    conformance(store(&server.url()).await).await;
}

#[tokio::test]
async fn three_servers_do_what_every_store_must() {
    let servers = [(); 3].map(|()| servers::memcached());
    conformance(store(&url_of(&servers)).await).await;
    for server in &servers {
        let stats = servers::memcached::stats(server.port()).unwrap();
        assert!(!stats.contains("STAT cmd_set 0\n"), "one had nothing to do");
    }
}

fn url_of(servers: &[servers::Server]) -> String {
    let hosts = servers
        .iter()
        .map(|one| format!("127.0.0.1:{}", one.port()));
    format!("memcached://{}", hosts.collect::<Vec<_>>().join(","))
}

#[tokio::test]
async fn a_socket_of_the_file_system_will_do() {
    // A server on a socket has no port, by which the tests would know that it has started.
    let server = servers::memcached();
    let path = server.folder().join("socket");
    let listener = tokio::net::UnixListener::bind(&path).unwrap();
    let port = server.port();
    tokio::spawn(async move {
        let (mut near, _) = listener.accept().await.unwrap();
        let mut far = tokio::net::TcpStream::connect(("127.0.0.1", port)).await;
        let far = far.as_mut().unwrap();
        tokio::io::copy_bidirectional(&mut near, far).await
    });
    let store = store(&format!("memcached+unix://{}", path.display())).await;
    store.put(&[always(b"a", b"b")]).await.unwrap();
    assert_eq!(values(&store, &[b"a"]).await, [Some(b"b".to_vec())]);
}

/// Keys that Memcached does not take as they are, and the keys that they could be mistaken for.
#[tokio::test]
async fn any_bytes_are_a_key_of_their_own() {
    let server = servers::memcached();
    let store = store(&server.url()).await;
    let long = vec![b'x'; 10 * 1024];
    let other_long = [&long[..], b"y"].concat();
    let keys: [&[u8]; 16] = [
        b"",
        b"%",
        b"a b",
        b"a%20b",
        b"a\tb",
        b"a\r\nmd plain\r\n",
        b"a\0b",
        b"a",
        b"plain",
        "\u{fc}".as_bytes(),
        b"\xff",
        &long,
        &other_long,
        &long[..250],
        &long[..249],
        &[b' '; 250],
    ];
    let puts: Vec<_> = keys.iter().map(|key| always(key, key)).collect();
    assert_eq!(store.put(&puts).await.unwrap(), [Written::Yes; 16]);
    let own = |keys: &[&[u8]]| {
        keys.iter()
            .map(|key| Some(key.to_vec()))
            .collect::<Vec<_>>()
    };
    assert_eq!(values(&store, &keys).await, own(&keys));
    store.delete(&keys[..8]).await.unwrap();
    assert_eq!(values(&store, &keys[..8]).await, [const { None }; 8]);
    assert_eq!(values(&store, &keys[8..]).await, own(&keys[8..]));
}

#[tokio::test]
async fn a_life_of_more_than_a_month_is_no_date_in_the_past() {
    let server = servers::memcached();
    let store = store(&server.url()).await;
    for days in [29, 30, 31, 365] {
        let life = Duration::from_secs(days * 24 * 60 * 60);
        let put = Put {
            ttl: Some(life),
            ..always(b"a", b"b")
        };
        store.put(&[put]).await.unwrap();
        let found = store.get(&[b"a"]).await.unwrap().found.remove(0);
        let Found { left, .. } = found.expect("it was born expired");
        let off = left.unwrap().abs_diff(life);
        assert!(off < Duration::from_secs(10), "{days} days: {left:?}");
    }
}

#[tokio::test]
async fn a_value_that_has_no_room_is_said_to_be_so_and_the_others_are_written() {
    let server = servers::memcached();
    let store = store(&server.url()).await;
    let large = vec![7; 1024 * 1024 + 1];
    store.put(&[always(b"large", b"old")]).await.unwrap();
    let puts = [
        always(b"one", b"1"),
        always(b"large", &large),
        always(b"two", b"2"),
    ];
    let written = store.put(&puts).await.unwrap();
    assert_eq!(written, [Written::Yes, Written::TooLarge, Written::Yes]);
    let found = values(&store, &[b"one", b"large", b"two"]).await;
    assert_eq!(found, [Some(b"1".to_vec()), None, Some(b"2".to_vec())]);
}

/// A value that the store would not read back is not written, even if the server takes it.
#[tokio::test]
async fn a_value_of_more_than_128_mib_is_not_sent() {
    let server = servers::memcached_with(&["-I", "512m", "-m", "1024"]);
    let store = store(&server.url()).await;
    let huge = vec![0; 128 * 1024 * 1024 + 1];
    let puts = [always(b"huge", &huge), always(b"one", b"1")];
    let written = store.put(&puts).await.unwrap();
    assert_eq!(written, [Written::TooLarge, Written::Yes]);
    let large = &huge[..32 * 1024 * 1024];
    let written = store.put(&[always(b"large", large)]).await.unwrap();
    assert_eq!(written, [Written::Yes]);
    let found = values(&store, &[b"huge", b"large", b"one"]).await;
    assert!(found == [None, Some(large.to_vec()), Some(b"1".to_vec())]);
}

#[tokio::test]
async fn its_debug_form_names_the_servers() {
    let store = store("memcached://one:1,Two").await;
    assert_eq!(
        format!("{store:?}"),
        r#"MemcachedStore ["one:1", "two:11211"]"#
    );
}

#[tokio::test]
async fn a_full_server_that_evicts_nothing_can_still_be_deleted_from() {
    let server = servers::memcached_with(&["-M", "-m", "2"]);
    let store = store(&server.url()).await;
    let value = vec![7; 500_000];
    let mut full = 0;
    for number in 0..50_u8 {
        let written = store.put(&[always(&[b'a', number], &value)]).await.unwrap();
        full += usize::from(written == [Written::TooLarge]);
    }
    assert!(full > 0);
    store.delete(&[b"a\0"]).await.unwrap();
    assert_eq!(values(&store, &[b"a\0"]).await, [None]);
}

#[tokio::test]
async fn a_wrong_address_is_an_error_that_names_it() {
    for (url, fault) in [
        ("memcached://", "a host is missing"),
        ("memcached://one:port", "the port"),
        ("memcached://user:secret@one", "no users"),
        ("memcached://one?tls=yes", "unknown option `tls`"),
    ] {
        let error = MemcachedStore::connect(url).await.unwrap_err();
        let text = error.to_string();
        assert!(error.is_invalid_url() && text.contains(fault), "{text}");
        assert!(!text.contains("secret"), "{text}");
    }
}
