//! A connection with its buffers.
//!
//! **Invariant**: buffers grow only while a head or a body needs it, and never beyond a bound; what is written is written whole
//! before more is read to be written.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Bytes that a buffer begins with: enough for nearly every head.
const FIRST: usize = 4 * 1024;
/// Bytes that a buffer has at the most: AWS allows a head of 80 K.
pub const MOST: usize = 96 * 1024;
/// Bytes that a buffer keeps while nothing is under way.
const KEPT: usize = 16 * 1024;

/// What was read and not used yet.
#[derive(Debug, Default)]
pub struct Input {
    bytes: Vec<u8>,
    from: usize,
    to: usize,
}

impl Input {
    /// The bytes.
    pub fn unread(&self) -> &[u8] {
        &self.bytes[self.from..self.to]
    }

    /// So many of them have been used.
    pub fn used(&mut self, count: usize) {
        self.from += count;
        if self.from == self.to {
            (self.from, self.to) = (0, 0);
        }
    }

    /// Whether more can be read without growing.
    pub fn has_room(&self) -> bool {
        self.to < self.bytes.len()
    }

    /// Gives back what a long head or body needed.
    pub fn rest(&mut self) {
        if self.bytes.len() > KEPT && self.from == self.to {
            *self = Self::default();
        }
    }

    fn make_room(&mut self) -> io::Result<()> {
        if self.has_room() {
            return Ok(());
        }
        if self.from > 0 {
            self.bytes.copy_within(self.from..self.to, 0);
            (self.from, self.to) = (0, self.to - self.from);
            return Ok(());
        }
        if self.bytes.len() >= MOST {
            return Err(io::ErrorKind::OutOfMemory.into());
        }
        self.bytes.resize((self.bytes.len() * 2).clamp(FIRST, MOST), 0);
        Ok(())
    }

    fn poll_fill(&mut self, cx: &mut Context<'_>, stream: &mut (impl AsyncRead + Unpin)) -> Poll<io::Result<usize>> {
        self.make_room()?;
        let mut room = ReadBuf::new(&mut self.bytes[self.to..]);
        ready!(Pin::new(stream).poll_read(cx, &mut room))?;
        let count = room.filled().len();
        self.to += count;
        Poll::Ready(Ok(count))
    }
}

/// What is to be written.
#[derive(Debug, Default)]
pub struct Output {
    /// All of it, in front what was written already.
    pub bytes: Vec<u8>,
    written: usize,
    unflushed: bool,
}

/// A connection.
#[derive(Debug)]
pub struct Wire<S> {
    /// The connection itself.
    pub stream: S,
    /// What came.
    pub input: Input,
    /// What goes.
    pub output: Output,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Wire<S> {
    /// A new connection.
    pub fn new(stream: S) -> Self {
        Self {
            stream,
            input: Input::default(),
            output: Output::default(),
        }
    }

    /// Reads more; 0 where the other side has closed.
    pub fn poll_fill(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        self.input.poll_fill(cx, &mut self.stream)
    }

    /// Writes all that is to be written.
    pub fn poll_write(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Output { bytes, written, unflushed } = &mut self.output;
        while *written < bytes.len() {
            match ready!(Pin::new(&mut self.stream).poll_write(cx, &bytes[*written..]))? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                count => *written += count,
            }
            *unflushed = true;
        }
        bytes.clear();
        *written = 0;
        if *unflushed {
            ready!(Pin::new(&mut self.stream).poll_flush(cx))?;
            *unflushed = false;
        }
        Poll::Ready(Ok(()))
    }

    /// Whether all that came was used, and all that goes has gone.
    pub fn is_settled(&self) -> bool {
        self.input.unread().is_empty() && self.output.bytes.is_empty()
    }

    /// Gives back what a long head or body needed.
    pub fn rest(&mut self) {
        self.input.rest();
        if self.output.bytes.capacity() > KEPT {
            self.output = Output::default();
        }
    }
}
