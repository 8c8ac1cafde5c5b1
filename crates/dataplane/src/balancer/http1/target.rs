//! A connection to a target, driven by the task of the client that uses it.

use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::bell::Bell;
use super::wire::Wire;
use crate::balancer::counters::{BalancerSums, Sums};
use crate::balancer::http::Stream;
use crate::balancer::worker::Worker;

/// A connection to a target, counted for as long as it is open.
#[derive(Debug)]
pub struct Connection {
    /// The connection itself.
    pub wire: Wire<Belled>,
    sums: Arc<Sums<BalancerSums>>,
    thread: usize,
}

/// A stream that ends when its bell rings.
#[derive(Debug)]
pub struct Belled {
    stream: Stream,
    bell: Rc<Bell>,
}

impl Connection {
    /// A new connection.
    pub fn new(stream: Stream, bell: Rc<Bell>, worker: &Worker) -> Self {
        worker.counts().new_connections.one();
        worker.counts().active_connections.one();
        Self {
            wire: Wire::new(Belled { stream, bell }),
            sums: Arc::clone(&worker.sums),
            thread: worker.thread,
        }
    }

    /// What ends it.
    pub fn bell(&self) -> &Rc<Bell> {
        &self.wire.stream.bell
    }

    /// Whether it ended without a word, and not because its target has left.
    pub fn ended_unheard(&self) -> bool {
        self.wire.input.unread().is_empty() && !self.bell().is_rung()
    }

    /// Whether nothing came that nobody asked for, and it was not closed. It costs no call of the system where nothing did.
    pub fn is_quiet(&mut self, cx: &mut Context<'_>) -> bool {
        self.wire.input.unread().is_empty() && self.wire.poll_fill(cx).is_pending()
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.sums.of(self.thread).active_connections.less();
    }
}

impl AsyncRead for Belled {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if self.bell.has_rung(cx) {
            return Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()));
        }
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Belled {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }
    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
