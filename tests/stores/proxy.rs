//! The proxy that the tests of failures use.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use cache_tests::proxy::Proxy;

/// Both ends of a connection through a proxy.
fn through(proxy: &Proxy, server: &TcpListener) -> (TcpStream, TcpStream) {
    let client = TcpStream::connect(("127.0.0.1", proxy.port())).unwrap();
    (client, server.accept().unwrap().0)
}

fn proxy() -> (Proxy, TcpListener) {
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    (Proxy::to(server.local_addr().unwrap().port()), server)
}

fn read<const LENGTH: usize>(mut from: &TcpStream) -> [u8; LENGTH] {
    let mut bytes = [0; LENGTH];
    from.read_exact(&mut bytes).unwrap();
    bytes
}

#[test]
fn it_passes_bytes_on_and_counts_them() {
    let (proxy, server) = proxy();
    let (mut client, mut peer) = through(&proxy, &server);
    client.write_all(b"question").unwrap();
    assert_eq!(&read(&peer), b"question");
    peer.write_all(b"no").unwrap();
    assert_eq!(&read(&client), b"no");
    client.shutdown(std::net::Shutdown::Write).unwrap();
    assert_eq!(peer.read(&mut [0]).unwrap(), 0);
    assert_eq!((proxy.to_server(), proxy.to_client()), (8, 2));
}

#[test]
fn what_is_held_arrives_after_the_release() {
    let (proxy, server) = proxy();
    let (mut client, peer) = through(&proxy, &server);
    proxy.hold();
    client.write_all(b"held").unwrap();
    peer.set_read_timeout(Some(Duration::from_millis(100)))
        .unwrap();
    assert!((&peer).read(&mut [0]).is_err());
    peer.set_read_timeout(None).unwrap();
    proxy.release();
    assert_eq!(&read(&peer), b"held");
}

#[test]
fn a_cut_ends_what_is_open_and_nothing_else() {
    let (proxy, server) = proxy();
    let (mut client, mut peer) = through(&proxy, &server);
    proxy.cut();
    assert_eq!(client.read(&mut [0]).unwrap_or(0), 0);
    assert_eq!(peer.read(&mut [0]).unwrap_or(0), 0);
    let (mut client, peer) = through(&proxy, &server);
    client.write_all(b"anew").unwrap();
    assert_eq!(&read(&peer), b"anew");
}

#[test]
fn without_a_server_it_hangs_up() {
    let (proxy, server) = proxy();
    drop(server);
    let mut client = TcpStream::connect(("127.0.0.1", proxy.port())).unwrap();
    assert_eq!(client.read(&mut [0]).unwrap_or(0), 0);
}

#[test]
fn its_end_ends_its_connections() {
    let (proxy, server) = proxy();
    let (mut client, _peer) = through(&proxy, &server);
    let port = proxy.port();
    proxy.hold();
    drop(proxy);
    assert_eq!(client.read(&mut [0]).unwrap_or(0), 0);
    assert!(TcpStream::connect(("127.0.0.1", port)).is_err());
}
