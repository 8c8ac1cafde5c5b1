//! Frames: a length of four bytes, big-endian, then JSON.

use std::io;

use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// Bytes of one frame at the most: some hundred groups of a thousand targets.
const FRAME_LIMIT: usize = 32 << 20;

fn too_large(length: usize) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("a frame of {length} bytes"))
}

/// Writes one frame.
///
/// # Errors
/// The stream's own; a message beyond the bound.
pub async fn write<T: Serialize>(stream: &mut (impl AsyncWrite + Unpin), message: &T) -> io::Result<()> {
    let mut frame = vec![0; 4];
    serde_json::to_writer(&mut frame, message)?;
    let length = frame.len() - 4;
    let head = u32::try_from(length)
        .ok()
        .filter(|_| length <= FRAME_LIMIT)
        .ok_or_else(|| too_large(length))?;
    frame[..4].copy_from_slice(&head.to_be_bytes());
    stream.write_all(&frame).await
}

/// Reads the next frame; `None` where the other side closed.
///
/// # Errors
/// The stream's own; a frame that is cut, beyond the bound or no message.
pub async fn read<T: DeserializeOwned>(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<Option<T>> {
    let mut head = [0; 4];
    if stream.read(&mut head[..1]).await? == 0 {
        return Ok(None);
    }
    stream.read_exact(&mut head[1..]).await?;
    let length = u32::from_be_bytes(head) as usize;
    if length > FRAME_LIMIT {
        return Err(too_large(length));
    }
    let mut body = Vec::new();
    // Grows with what comes, so that a wrong length costs nothing.
    let read = stream.take(length as u64).read_to_end(&mut body).await?;
    if read < length {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(Some(serde_json::from_slice(&body)?))
}
