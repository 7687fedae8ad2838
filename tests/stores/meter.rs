//! Counts the round trips to a server.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use cache_tests::servers;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// A proxy that counts how often the store speaks after the server has.
pub(crate) struct Meter {
    port: u16,
    trips: Arc<AtomicUsize>,
}

impl Meter {
    pub(crate) async fn to(server: &servers::Server) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let trips = Arc::new(AtomicUsize::new(0));
        let (to, counted) = (server.port(), trips.clone());
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                let far = TcpStream::connect(("127.0.0.1", to)).await.unwrap();
                tokio::spawn(carry(near, far, counted.clone()));
            }
        });
        Self { port, trips }
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// The count since the last call of this.
    pub(crate) fn trips(&self) -> usize {
        self.trips.swap(0, Ordering::SeqCst)
    }
}

async fn carry(near: TcpStream, far: TcpStream, trips: Arc<AtomicUsize>) {
    let ((mut near_read, mut near_write), (mut far_read, mut far_write)) =
        (near.into_split(), far.into_split());
    let (mut request, mut reply) = ([0; 8192], [0; 8192]);
    let mut server_spoke_last = true;
    loop {
        tokio::select! {
            biased;
            Ok(length @ 1..) = far_read.read(&mut reply) => {
                server_spoke_last = true;
                near_write.write_all(&reply[..length]).await.unwrap();
            }
            Ok(length @ 1..) = near_read.read(&mut request) => {
                trips.fetch_add(usize::from(server_spoke_last), Ordering::SeqCst);
                server_spoke_last = false;
                far_write.write_all(&request[..length]).await.unwrap();
            }
            else => return,
        }
    }
}
