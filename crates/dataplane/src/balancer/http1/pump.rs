//! A body's way from one wire to another.

use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite};

use super::body::{Decoder, LAST_CHUNK, Malformed, write_chunk};
use super::framing::Framing;
use super::wire::{Input, Output, Wire};

/// Which side ended it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Broken {
    /// Whoever sends the body.
    Sender,
    /// Whoever is to have it.
    Receiver,
    /// Whoever sends the body, by what it sends.
    Malformed,
}

impl From<Malformed> for Broken {
    fn from(_: Malformed) -> Self {
        Self::Malformed
    }
}

/// Carries one body. It may be asked to go on as often as one likes, also after the end.
#[derive(Debug)]
pub struct Pump {
    decoder: Decoder,
    chunked: bool,
    ended: bool,
    /// Bytes of the body that went.
    pub bytes: u64,
}

impl Pump {
    /// For a body that comes in the first framing, and goes on in the second.
    pub fn new(comes: Framing, goes: Framing) -> Self {
        let decoder = Decoder::new(comes);
        Self {
            ended: decoder.is_done(),
            decoder,
            chunked: goes == Framing::Chunked,
            bytes: 0,
        }
    }

    /// Whether all of it was read.
    pub fn is_read(&self) -> bool {
        self.ended
    }

    /// Moves what was read already.
    ///
    /// # Errors
    /// The framing is broken.
    pub fn take(&mut self, input: &mut Input, output: &mut Output) -> Result<(), Malformed> {
        if self.ended {
            return Ok(());
        }
        let (chunked, mut bytes) = (self.chunked, 0);
        let used = self.decoder.read(input.unread(), |data| {
            bytes += data.len() as u64;
            if chunked {
                write_chunk(data, &mut output.bytes);
            } else {
                output.bytes.extend_from_slice(data);
            }
        })?;
        input.used(used);
        self.bytes += bytes;
        self.end(output);
        Ok(())
    }

    fn end(&mut self, output: &mut Output) {
        if self.decoder.is_done() {
            self.ended = true;
            if self.chunked {
                output.bytes.extend_from_slice(LAST_CHUNK);
            }
        }
    }

    /// Carries what there is; ready when all is written.
    ///
    /// # Errors
    /// One side broke off.
    pub fn poll<A, B>(&mut self, cx: &mut Context<'_>, from: &mut Wire<A>, to: &mut Wire<B>) -> Poll<Result<(), Broken>>
    where
        A: AsyncRead + AsyncWrite + Unpin,
        B: AsyncRead + AsyncWrite + Unpin,
    {
        loop {
            ready!(to.poll_write(cx)).map_err(|_| Broken::Receiver)?;
            if self.ended {
                return Poll::Ready(Ok(()));
            }
            if from.input.unread().is_empty() && ready!(from.poll_fill(cx)).map_err(|_| Broken::Sender)? == 0 {
                self.decoder.close().map_err(|_| Broken::Sender)?;
                self.end(&mut to.output);
                continue;
            }
            self.take(&mut from.input, &mut to.output)?;
        }
    }
}
