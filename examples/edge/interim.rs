//! Interim responses (RFC 9110, section 15.2), such as `103 Early Hints`: a proxy forwards them, and hyper's server has no way to send
//! them.
//!
//! They are written between what hyper writes: a server of HTTP/1.1 has nothing to write while it waits for a response, and says by a
//! flush that it has written all that it had.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use http::{HeaderMap, StatusCode};
use hyper::rt::{Read, ReadBufCursor, Write};
use tokio::sync::mpsc::UnboundedSender;

/// Where the origin leaves the interim responses to a request.
#[derive(Clone)]
pub struct Interim(pub UnboundedSender<Vec<u8>>);

impl Interim {
    /// Passes one on. A client that is gone misses nothing.
    pub fn send(&self, status: StatusCode, headers: &HeaderMap) {
        let _ = self.0.send(head(status, headers));
    }
}

/// An interim response as HTTP/1.1 writes it.
fn head(status: StatusCode, headers: &HeaderMap) -> Vec<u8> {
    let reason = status.canonical_reason().unwrap_or_default();
    let mut out = format!("HTTP/1.1 {} {reason}\r\n", status.as_u16()).into_bytes();
    for (name, value) in headers {
        out.extend_from_slice(name.as_str().as_bytes());
        out.extend_from_slice(b": ");
        out.extend_from_slice(value.as_bytes());
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(b"\r\n");
    out
}

/// What is to be written between what hyper writes.
#[derive(Clone, Default)]
pub struct Outbox(Arc<Mutex<Vec<u8>>>);

impl Outbox {
    pub fn put(&self, bytes: &[u8]) {
        self.waiting(|waiting| waiting.extend_from_slice(bytes));
    }

    fn waiting<R>(&self, with: impl FnOnce(&mut Vec<u8>) -> R) -> R {
        with(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// A connection on which interim responses are written, too.
pub struct WithInterim<S> {
    stream: S,
    outbox: Outbox,
    /// Whether all that hyper had to write is written.
    is_between: bool,
}

impl<S: Write + Unpin> WithInterim<S> {
    pub fn new(stream: S, outbox: Outbox) -> Self {
        Self {
            stream,
            outbox,
            is_between: true,
        }
    }

    /// Writes what waits, if this is the moment for it.
    fn write_waiting(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        while self.is_between {
            let mut waiting = self.outbox.waiting(std::mem::take);
            if waiting.is_empty() {
                break;
            }
            let written = Pin::new(&mut self.stream).poll_write(context, &waiting);
            if let Poll::Ready(Ok(count)) = written {
                waiting.drain(..count);
            }
            // What was put there meanwhile comes after it.
            self.outbox.waiting(|later| {
                waiting.append(later);
                *later = waiting;
            });
            if ready!(written)? == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: Read + Unpin> Read for WithInterim<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl<S: Write + Unpin> Write for WithInterim<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        ready!(self.write_waiting(context))?;
        self.is_between = false;
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        ready!(self.write_waiting(context))?;
        self.is_between = false;
        Pin::new(&mut self.stream).poll_write_vectored(context, parts)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(Pin::new(&mut self.stream).poll_flush(context))?;
        self.is_between = true;
        ready!(self.write_waiting(context))?;
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    /// A stream that takes three bytes at a time.
    #[derive(Default)]
    struct Slow(Vec<u8>);

    impl Write for Slow {
        fn poll_write(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
            bytes: &[u8],
        ) -> Poll<io::Result<usize>> {
            let count = bytes.len().min(3);
            self.0.extend_from_slice(&bytes[..count]);
            Poll::Ready(Ok(count))
        }

        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }

        fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }
    }

    fn write(stream: &mut WithInterim<Slow>, bytes: &[u8]) -> usize {
        let mut context = Context::from_waker(std::task::Waker::noop());
        match Pin::new(stream).poll_write(&mut context, bytes) {
            Poll::Ready(Ok(count)) => count,
            other => panic!("{other:?}"),
        }
    }

    fn flush(stream: &mut WithInterim<Slow>) {
        let mut context = Context::from_waker(std::task::Waker::noop());
        assert!(Pin::new(stream).poll_flush(&mut context).is_ready());
    }

    #[test]
    fn an_interim_response_never_stands_within_another_one() {
        let outbox = Outbox::default();
        let mut stream = WithInterim::new(Slow::default(), outbox.clone());
        assert_eq!(write(&mut stream, b"final"), 3);
        outbox.put(b"interim ");
        assert_eq!(write(&mut stream, b"al"), 2);
        flush(&mut stream);
        assert_eq!(stream.stream.0, b"finalinterim ");
        outbox.put(b"more ");
        write(&mut stream, b"end");
        assert_eq!(stream.stream.0, b"finalinterim more end");
    }

    #[test]
    fn a_head() {
        let link = HeaderValue::from_static("</a.css>; rel=preload");
        let headers = [(http::header::LINK, link)].into_iter().collect();
        let text = head(StatusCode::from_u16(103).unwrap(), &headers);
        let (status, rest) = text.split_at(13);
        assert_eq!(status, b"HTTP/1.1 103 ");
        assert!(rest.ends_with(b"\r\nlink: </a.css>; rel=preload\r\n\r\n"));
    }
}
