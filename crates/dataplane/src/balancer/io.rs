//! Streams that know when they were last used and count what went through.

use std::cell::Cell;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::sleep;

use super::counters::{BalancerSums, Sums};

/// What is known of a connection's use.
#[derive(Debug)]
pub struct Meter {
    began: Instant,
    /// Milliseconds from `began` to the last byte.
    last: AtomicU64,
    sums: Arc<Sums<BalancerSums>>,
    thread: usize,
}

impl Meter {
    /// The meter of a connection that begins now.
    pub fn new(sums: &Arc<Sums<BalancerSums>>, thread: usize) -> Arc<Self> {
        Arc::new(Self {
            began: Instant::now(),
            last: AtomicU64::new(0),
            sums: Arc::clone(sums),
            thread,
        })
    }

    fn moved(&self, bytes: usize) {
        if bytes > 0 {
            self.touch();
            self.sums.of(self.thread).processed_bytes.add(bytes as u64);
        }
    }

    /// How long it has been quiet.
    fn quiet(&self) -> Duration {
        self.began
            .elapsed()
            .saturating_sub(Duration::from_millis(self.last.load(Ordering::Relaxed)))
    }

    /// Waits until it has been quiet for `limit`.
    pub async fn quiet_for(&self, limit: Duration) {
        loop {
            match limit.saturating_sub(self.quiet()) {
                Duration::ZERO => return,
                left => sleep(left).await,
            }
        }
    }

    /// It is used now, if only by patience.
    pub fn touch(&self) {
        self.last.store(self.began.elapsed().as_millis() as u64, Ordering::Relaxed);
    }

    /// Waits until it has been quiet for `limit` while nobody was waiting for a target.
    pub async fn idle(&self, limit: Duration, waiting: &Cell<u32>) {
        loop {
            let left = limit.saturating_sub(self.quiet());
            match (left.is_zero(), waiting.get()) {
                (true, 0) => return,
                // Whoever waits for a target has a limit of its own, and then something to say to the client.
                (true, _) => sleep(limit).await,
                (false, _) => sleep(left).await,
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
