//! The servers of the other tests. A test that needs a server is in a module with the server's name, by which it is left out where
//! the server is not installed.

use std::path::Path;

use cache_tests::servers::Server;

/// The process of a server and its data end with the test.
#[track_caller]
fn ends_with_its_owner(server: Server) {
    let id = server.process_id().unwrap();
    let folder = server.folder().to_owned();
    assert!(is_running(id) && folder.exists());
    drop(server);
    assert!(!is_running(id), "an orphan: {id}");
    assert!(!folder.exists(), "litter: {}", folder.display());
}

fn is_running(id: u32) -> bool {
    Path::new(&format!("/proc/{id}")).exists()
}

/// A killed server starts again on its port, as another process.
#[track_caller]
fn starts_again(server: &Server) {
    let (url, id) = (server.url(), server.process_id());
    server.kill();
    assert_eq!(server.process_id(), None);
    assert!(std::net::TcpStream::connect(("127.0.0.1", server.port())).is_err());
    server.start_again();
    assert_eq!(server.url(), url);
    assert_ne!(server.process_id(), id);
}

mod redis {
    use std::time::{Duration, Instant};

    use super::{ends_with_its_owner, starts_again};
    use cache_tests::servers::{self, redis::ask};

    #[test]
    fn it_runs_while_it_is_held() {
        let server = servers::redis();
        assert_eq!(ask(server.port(), &["SET", "a", "1"]).unwrap(), "OK");
        starts_again(&server);
        assert_eq!(ask(server.port(), &["GET", "a"]).unwrap(), "");
        ends_with_its_owner(server);
    }

    #[test]
    fn it_finds_its_dump_again() {
        let server = servers::redis();
        ask(server.port(), &["SET", "a", "1"]).unwrap();
        ask(server.port(), &["SAVE"]).unwrap();
        ask(server.port(), &["SET", "a", "2"]).unwrap();
        starts_again(&server);
        assert_eq!(ask(server.port(), &["GET", "a"]).unwrap(), "1");
    }

    #[test]
    fn it_takes_further_arguments() {
        let server = servers::redis_with(&["--maxmemory", "2mb"]);
        let answer = ask(server.port(), &["CONFIG", "GET", "maxmemory"]).unwrap();
        assert_eq!(answer, "maxmemory\n2097152");
    }

    #[test]
    fn while_paused_it_takes_connections_and_does_not_answer() {
        let server = servers::redis();
        server.pause();
        let start = Instant::now();
        std::thread::scope(|scope| {
            let asked = scope.spawn(|| ask(server.port(), &["PING"]));
            while start.elapsed() < Duration::from_millis(200) {
                assert!(!asked.is_finished(), "a paused server answered");
                std::thread::yield_now();
            }
            server.go_on();
            assert_eq!(asked.join().unwrap().unwrap(), "PONG");
        });
    }
}

mod cluster {
    use cache_tests::servers::{self, redis::ask};

    #[test]
    fn it_survives_the_crash_of_a_node() {
        let cluster = servers::redis_cluster();
        let [first, .., last] = cluster.nodes() else {
            panic!("a cluster has nodes");
        };
        let moved = ask(first.port(), &["SET", "foo", "1"]).unwrap_err();
        let there = format!("MOVED 12182 127.0.0.1:{}", last.port());
        assert_eq!(moved.to_string(), there);
        last.kill();
        last.start_again();
        cluster.settle();
        assert_eq!(ask(last.port(), &["SET", "foo", "1"]).unwrap(), "OK");
    }
}

mod memcached {
    use super::{ends_with_its_owner, starts_again};
    use cache_tests::servers::{self, memcached::stats};

    #[test]
    fn it_runs_while_it_is_held() {
        let server = servers::memcached_with(&["-m", "2"]);
        starts_again(&server);
        let stats = stats(server.port()).unwrap();
        assert!(stats.contains("STAT limit_maxbytes 2097152\n"), "{stats}");
        ends_with_its_owner(server);
    }
}

mod postgres {
    use super::{ends_with_its_owner, starts_again};
    use cache_tests::servers;

    #[test]
    fn it_runs_while_it_is_held() {
        let server = servers::postgres();
        starts_again(&server);
        ends_with_its_owner(server);
    }

    #[test]
    fn paused_it_ends_with_its_owner_too() {
        let server = servers::postgres();
        server.pause();
        ends_with_its_owner(server);
    }
}

mod mariadb {
    use super::{ends_with_its_owner, starts_again};
    use cache_tests::servers;

    #[test]
    fn it_runs_while_it_is_held() {
        let server = servers::mariadb();
        starts_again(&server);
        ends_with_its_owner(server);
    }
}
