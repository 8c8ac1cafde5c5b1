//! `aws-chunked` bodies: chunks that each carry a signature over the one before, and trailers after the last. Follows the S3 page
//! "Signature calculations for the authorization header: transferring payload in multiple chunks".

use subtle::ConstantTimeEq;

use super::claim::{Claim, Scope};
use super::error::SigError;
use super::key::{SigningKey, digest};

/// Bytes of a chunk's head line at the most.
const HEAD_LIMIT: usize = 1024;
/// Bytes of one chunk at the most.
const CHUNK_LIMIT: usize = 64 << 20;
/// Bytes of all trailers at the most.
const TRAILER_LIMIT: usize = 16 << 10;

/// Takes the bytes of a chunked body as they come and gives the payload, each chunk after its signature was checked.
pub struct ChunkDecoder {
    buffer: Vec<u8>,
    // `None` for STREAMING-UNSIGNED-PAYLOAD-TRAILER: the chunks carry no signatures.
    signer: Option<Signer>,
    at: Stage,
    trailers: Vec<(String, String)>,
}

struct Signer {
    key: SigningKey,
    date: String,
    scope: Scope,
    previous: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Chunks,
    Trailers,
}

impl ChunkDecoder {
    /// A decoder whose first chunk follows the seed signature of the request's head.
    pub fn signed(key: SigningKey, claim: &Claim) -> Self {
        let signer = Signer {
            key,
            date: claim.date.clone(),
            scope: claim.scope.clone(),
            previous: claim.signature.clone(),
        };
        Self {
            buffer: Vec::new(),
            signer: Some(signer),
            at: Stage::Chunks,
            trailers: Vec::new(),
        }
    }

    /// A decoder for chunks without signatures.
    pub fn unsigned() -> Self {
        Self {
            buffer: Vec::new(),
            signer: None,
            at: Stage::Chunks,
            trailers: Vec::new(),
        }
    }

    /// Takes more of the body and gives the payload of the chunks that are complete.
    ///
    /// # Errors
    /// Where a chunk's signature does not match, or the framing is broken or too large.
    pub fn push(&mut self, bytes: &[u8]) -> Result<Vec<u8>, SigError> {
        self.buffer.extend_from_slice(bytes);
        let mut payload = Vec::new();
        while self.at == Stage::Chunks {
            let Some((consumed, chunk)) = self.chunk()? else { break };
            payload.extend_from_slice(&chunk);
            self.buffer.drain(..consumed);
            if chunk.is_empty() {
                self.at = Stage::Trailers;
            }
        }
        Ok(payload)
    }

    /// Ends the body and gives its trailers.
    ///
    /// # Errors
    /// Where the last chunk has not come, or the trailers' signature does not match.
    pub fn finish(mut self) -> Result<Vec<(String, String)>, SigError> {
        if self.at == Stage::Chunks || self.buffer.len() > TRAILER_LIMIT {
            return Err(SigError::incomplete("The chunked payload is not complete."));
        }
        let text = String::from_utf8(std::mem::take(&mut self.buffer)).map_err(|_| SigError::incomplete("A trailer is not text."))?;
        for line in text.split("\r\n").flat_map(|line| line.split('\n')).filter(|line| !line.is_empty()) {
            let (name, value) = line
                .split_once(':')
                .ok_or_else(|| SigError::incomplete("A trailer has no value."))?;
            self.trailers.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
        }
        let signature = self
            .trailers
            .iter()
            .position(|(name, _)| name == "x-amz-trailer-signature")
            .map(|at| self.trailers.remove(at).1);
        match (&mut self.signer, signature) {
            (Some(signer), Some(signature)) => signer.check_trailers(&self.trailers, &signature)?,
            (Some(_), None) if !self.trailers.is_empty() => return Err(SigError::Mismatch),
            _ => {}
        }
        Ok(self.trailers)
    }

    /// The first chunk of the buffer, where it is complete: how many bytes it takes, and its payload.
    fn chunk(&mut self) -> Result<Option<(usize, Vec<u8>)>, SigError> {
        let Some(end) = self.buffer.windows(2).position(|pair| pair == b"\r\n") else {
            return if self.buffer.len() > HEAD_LIMIT {
                Err(SigError::incomplete("A chunk's head is too long."))
            } else {
                Ok(None)
            };
        };
        let head = std::str::from_utf8(&self.buffer[..end]).map_err(|_| SigError::incomplete("A chunk's head is not text."))?;
        let (size, extension) = head.split_once(';').unwrap_or((head, ""));
        let size = usize::from_str_radix(size.trim(), 16).ok().filter(|size| *size <= CHUNK_LIMIT);
        let size = size.ok_or_else(|| SigError::incomplete("A chunk's size is no size."))?;
        let (from, to) = (end + 2, end + 2 + size);
        // The last chunk of a body with trailers is followed by them at once, every other by an empty line.
        let consumed = if size == 0 { from } else { to + 2 };
        if self.buffer.len() < consumed {
            return Ok(None);
        }
        let payload = self.buffer[from..to].to_vec();
        if size > 0 && &self.buffer[to..consumed] != b"\r\n" {
            return Err(SigError::incomplete("A chunk does not end where it says."));
        }
        if let Some(signer) = &mut self.signer {
            signer.check(&payload, extension.trim().strip_prefix("chunk-signature=").unwrap_or_default())?;
        }
        Ok(Some((consumed, payload)))
    }
}

impl Signer {
    fn check(&mut self, payload: &[u8], signature: &str) -> Result<(), SigError> {
        let string = format!(
            "AWS4-HMAC-SHA256-PAYLOAD\n{}\n{}\n{}\n{}\n{}",
            self.date,
            self.scope,
            self.previous,
            digest(b""),
            digest(payload)
        );
        self.accept(&string, signature)
    }

    fn check_trailers(&mut self, trailers: &[(String, String)], signature: &str) -> Result<(), SigError> {
        let text: String = trailers.iter().map(|(name, value)| format!("{name}:{value}\n")).collect();
        let string = format!(
            "AWS4-HMAC-SHA256-TRAILER\n{}\n{}\n{}\n{}",
            self.date,
            self.scope,
            self.previous,
            digest(text.as_bytes())
        );
        self.accept(&string, signature)
    }

    fn accept(&mut self, string: &str, signature: &str) -> Result<(), SigError> {
        let expected = self.key.sign(string);
        if !bool::from(expected.as_bytes().ct_eq(signature.as_bytes())) {
            return Err(SigError::Mismatch);
        }
        self.previous = expected;
        Ok(())
    }
}
