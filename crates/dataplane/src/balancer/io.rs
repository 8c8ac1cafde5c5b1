//! Streams that know when they were last used and count what went through.

use std::cell::Cell;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::sleep;

use super::counters::{BalancerSums, Sums};

/// Looks at a connection for each span that it may be idle: that long it may be idle beyond.
const LOOKS: u32 = 8;

/// What is known of a connection's use.
#[derive(Debug)]
pub struct Meter {
    /// Whether a byte went through since somebody looked. No time is kept: every byte would have to ask for it.
    used: AtomicBool,
    sums: Arc<Sums<BalancerSums>>,
    thread: usize,
}

impl Meter {
    /// The meter of a connection that begins now.
    pub fn new(sums: &Arc<Sums<BalancerSums>>, thread: usize) -> Arc<Self> {
        Arc::new(Self {
            used: AtomicBool::new(false),
            sums: Arc::clone(sums),
            thread,
        })
    }

    fn moved(&self, bytes: usize) {
        if bytes > 0 {
            self.used.store(true, Ordering::Relaxed);
            self.sums.of(self.thread).processed_bytes.add(bytes as u64);
        }
    }

    /// Waits until it has been quiet for `limit`.
    pub async fn quiet_for(&self, limit: Duration) {
        let mut quiet = 0;
        while quiet < LOOKS {
            sleep(limit / LOOKS).await;
            quiet = if self.used.swap(false, Ordering::Relaxed) { 0 } else { quiet + 1 };
        }
    }

    /// Waits until it has been quiet for `limit` while nobody was waiting for a target: they have a limit of their own, and then
    /// something to say to the client.
    pub async fn idle(&self, limit: Duration, waiting: &Cell<u32>) {
        loop {
            self.quiet_for(limit).await;
            if waiting.get() == 0 {
                return;
            }
        }
    }
}

/// A stream with a meter.
#[derive(Debug)]
pub struct Metered<S> {
    stream: S,
    meter: Arc<Meter>,
}

impl<S> Metered<S> {
    /// Meters a stream.
    pub fn new(stream: S, meter: Arc<Meter>) -> Self {
        Self { stream, meter }
    }

    fn count(&self, done: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        if let Poll::Ready(Ok(bytes)) = done {
            self.meter.moved(bytes);
        }
        done
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Metered<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let done = Pin::new(&mut self.stream).poll_read(cx, buf);
        self.meter.moved(buf.filled().len() - before);
        done
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Metered<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let done = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.count(done)
    }
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }
    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
    fn poll_write_vectored(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[io::IoSlice<'_>]) -> Poll<io::Result<usize>> {
        let done = Pin::new(&mut self.stream).poll_write_vectored(cx, bytes);
        self.count(done)
    }
    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}
