//! Frames on a Unix stream socket: a length, a count of file descriptors, then the bytes. Descriptors travel with the head
//! (SCM_RIGHTS), so that a reader has them before it has the body.

use std::collections::VecDeque;
use std::io::{self, IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage, SendFlags, recvmsg, sendmsg,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::io::Interest;
use tokio::net::UnixStream;

/// Bytes of one frame at the most: a VPC of some thousand interfaces and their rules.
const FRAME_LIMIT: usize = 32 << 20;
/// Length (4, big-endian) and count of descriptors (1).
const HEAD: usize = 5;
/// Descriptors that one read can bring.
const DESCRIPTORS: usize = 4;

fn too_large(length: usize) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("a frame of {length} bytes"))
}

/// Writes one frame, with a descriptor beside it where there is one.
pub(super) async fn write<T: Serialize>(stream: &UnixStream, message: &T, fd: Option<BorrowedFd<'_>>) -> io::Result<()> {
    let body = serde_json::to_vec(message)?;
    let length = u32::try_from(body.len())
        .ok()
        .filter(|_| body.len() <= FRAME_LIMIT)
        .ok_or_else(|| too_large(body.len()))?;
    let mut head = [0; HEAD];
    head[..4].copy_from_slice(&length.to_be_bytes());
    head[4] = u8::from(fd.is_some());
    // The head is smaller than any socket buffer, so it goes in one call and the descriptor with it.
    let sent = stream.async_io(Interest::WRITABLE, || send(stream.as_fd(), &head, fd)).await?;
    write_all(stream, &head[sent..]).await?;
    write_all(stream, &body).await
}

fn send(socket: BorrowedFd<'_>, bytes: &[u8], fd: Option<BorrowedFd<'_>>) -> io::Result<usize> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut ancillary = SendAncillaryBuffer::new(&mut space);
    let fds: Vec<BorrowedFd<'_>> = fd.into_iter().collect();
    if !fds.is_empty() {
        ancillary.push(SendAncillaryMessage::ScmRights(&fds));
    }
    Ok(sendmsg(socket, &[IoSlice::new(bytes)], &mut ancillary, SendFlags::NOSIGNAL)?)
}

async fn write_all(stream: &UnixStream, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        let sent = stream.async_io(Interest::WRITABLE, || send(stream.as_fd(), bytes, None)).await?;
        bytes = &bytes[sent..];
    }
    Ok(())
}

/// The reading side of a stream, with the descriptors that came and were not yet asked for.
pub(super) struct Reader<'a> {
    stream: &'a UnixStream,
    descriptors: VecDeque<OwnedFd>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(stream: &'a UnixStream) -> Self {
        Self {
            stream,
            descriptors: VecDeque::new(),
        }
    }

    /// The next frame; `None` where the other side has closed.
    pub(super) async fn next<T: DeserializeOwned>(&mut self) -> io::Result<Option<(T, Option<OwnedFd>)>> {
        let mut head = [0; HEAD];
        if !self.fill(&mut head).await? {
            return Ok(None);
        }
        let length = u32::from_be_bytes([head[0], head[1], head[2], head[3]]) as usize;
        if length > FRAME_LIMIT {
            return Err(too_large(length));
        }
        let mut body = vec![0; length];
        if !self.fill(&mut body).await? {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let fd = (head[4] > 0).then(|| self.descriptors.pop_front()).flatten();
        Ok(Some((serde_json::from_slice(&body)?, fd)))
    }

    /// Fills `bytes`; false where the stream ended before the first of them.
    async fn fill(&mut self, bytes: &mut [u8]) -> io::Result<bool> {
        let mut filled = 0;
        while filled < bytes.len() {
            let (read, fds) = self
                .stream
                .async_io(Interest::READABLE, || receive(self.stream.as_fd(), &mut bytes[filled..]))
                .await?;
            self.descriptors.extend(fds);
            match (read, filled) {
                (0, 0) => return Ok(false),
                (0, _) => return Err(io::ErrorKind::UnexpectedEof.into()),
                _ => filled += read,
            }
        }
        Ok(true)
    }
}

fn receive(socket: BorrowedFd<'_>, bytes: &mut [u8]) -> io::Result<(usize, Vec<OwnedFd>)> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(DESCRIPTORS))];
    let mut ancillary = RecvAncillaryBuffer::new(&mut space);
    let received = recvmsg(socket, &mut [IoSliceMut::new(bytes)], &mut ancillary, RecvFlags::CMSG_CLOEXEC)?;
    let rights = ancillary.drain().filter_map(|message| match message {
        RecvAncillaryMessage::ScmRights(fds) => Some(fds),
        _ => None,
    });
    Ok((received.bytes, rights.flatten().collect()))
}
