//! The one address of the fleet: each connection goes to the next copy, or to the one after it if that is away.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};

/// Opens the door before these copies, and gives its address.
pub async fn open(copies: Vec<String>) -> io::Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?.to_string();
    let (copies, next) = (Arc::new(copies), Arc::new(AtomicUsize::new(0)));
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let (copies, first) = (copies.clone(), next.fetch_add(1, Relaxed));
            tokio::spawn(pass_on(client, copies, first));
        }
    });
    Ok(address)
}

async fn pass_on(mut client: TcpStream, copies: Arc<Vec<String>>, first: usize) {
    for turn in 0..copies.len() {
        let copy = &copies[(first + turn) % copies.len()];
        if let Ok(mut copy) = TcpStream::connect(copy).await {
            // Whoever hangs up ends it.
            let _ = copy_bidirectional(&mut client, &mut copy).await;
            return;
        }
    }
}
