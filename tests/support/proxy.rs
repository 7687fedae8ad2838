//! A proxy that tests can interrupt.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

/// Forwards connections to a port of `127.0.0.1`, and counts their bytes.
#[derive(Debug)]
pub struct Proxy {
    port: u16,
    shared: Arc<Shared>,
    listener: Option<JoinHandle<()>>,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    released: Condvar,
    to_server: AtomicU64,
    to_client: AtomicU64,
}

#[derive(Debug, Default)]
struct State {
    held: bool,
    ended: bool,
    open: Vec<TcpStream>,
}

impl Proxy {
    /// Returns a proxy to this port, on which a server need not always run.
    ///
    /// # Panics
    /// If the system has no free port.
    pub fn to(server: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("there is a free port");
        let port = listener.local_addr().expect("it is bound").port();
        let shared = Arc::new(Shared::default());
        let listener = std::thread::spawn({
            let shared = shared.clone();
            move || {
                for client in listener.incoming().map_while(Result::ok) {
                    // If nothing listens, the client's connection is closed.
                    let _ = shared.pass_on(client, server);
                    if shared.state().ended {
                        break;
                    }
                }
            }
        });
        Self {
            port,
            shared,
            listener: Some(listener),
        }
    }

    /// Returns its port on `127.0.0.1`.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Closes all connections. New ones are accepted.
    pub fn cut(&self) {
        self.shared.cut();
    }

    /// Delivers nothing from now on, in either direction, but accepts connections.
    pub fn hold(&self) {
        self.shared.state().held = true;
    }

    /// Delivers what was held back, in order, and then everything.
    pub fn release(&self) {
        self.shared.state().held = false;
        self.shared.released.notify_all();
    }

    /// Returns the number of bytes from clients to the server.
    pub fn to_server(&self) -> u64 {
        self.shared.to_server.load(Ordering::SeqCst)
    }

    /// Returns the number of bytes from the server to clients.
    pub fn to_client(&self) -> u64 {
        self.shared.to_client.load(Ordering::SeqCst)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.shared.state().ended = true;
        self.cut();
        self.release();
        // Wakes the listener, which then ends.
        let _ = TcpStream::connect(("127.0.0.1", self.port));
        if let Some(listener) = self.listener.take() {
            let _ = listener.join();
        }
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn cut(&self) {
        for stream in self.state().open.drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }

    /// Accepts a connection; two threads forward it, one for each direction.
    fn pass_on(self: &Arc<Self>, client: TcpStream, server: u16) -> std::io::Result<()> {
        // The connection can be cut as soon as the server sees it.
        let mut state = self.state();
        if state.ended {
            return Ok(());
        }
        let server = TcpStream::connect(("127.0.0.1", server))?;
        client.set_nodelay(true)?;
        server.set_nodelay(true)?;
        let (to_client, to_server) = (client.try_clone()?, server.try_clone()?);
        state
            .open
            .extend([client.try_clone()?, server.try_clone()?]);
        drop(state);
        let shared = self.clone();
        std::thread::spawn(move || shared.carry(client, to_server, &shared.to_server));
        let shared = self.clone();
        std::thread::spawn(move || shared.carry(server, to_client, &shared.to_client));
        Ok(())
    }

    fn carry(&self, mut from: TcpStream, mut to: TcpStream, count: &AtomicU64) {
        let mut buffer = [0; 16 * 1024];
        while let Ok(length @ 1..) = from.read(&mut buffer) {
            let state = self.state();
            let wait = self.released.wait_while(state, |state| state.held);
            drop(wait.unwrap_or_else(PoisonError::into_inner));
            // Counts first, so that all delivered bytes are counted.
            count.fetch_add(length as u64, Ordering::SeqCst);
            if to.write_all(&buffer[..length]).is_err() {
                break;
            }
        }
        // If one side closes the connection, both do.
        let _ = (to.shutdown(Shutdown::Both), from.shutdown(Shutdown::Both));
    }
}
