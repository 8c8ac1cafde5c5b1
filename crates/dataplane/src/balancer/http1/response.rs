//! A response's head.

use std::mem::MaybeUninit;

use httparse::{ParserConfig, Status};

use super::fields::{Lines, Span};
use super::request::{FIELDS, may_end};
use super::wire::Input;

/// Bytes of a response's head: AWS allows 32 K.
const HEAD: usize = 32 * 1024;

/// What came is no response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoResponse;

/// A response's head, in memory that is used again for the next.
#[derive(Debug, Default)]
pub struct Response {
    /// The header.
    pub lines: Lines,
    /// The version: 1 in HTTP/1.1.
    pub minor: u8,
    /// The status.
    pub status: u16,
    reason: Span,
    seen: usize,
}

impl Response {
    /// Reads the head of a final response, or of one that changes the protocol, where all of it is there. What a target says
    /// meanwhile (100, 103) is for this hop.
    ///
    /// # Errors
    /// It is none, or too long.
    pub fn read(&mut self, input: &mut Input) -> Result<bool, NoResponse> {
        loop {
            let bytes = input.unread();
            let seen = std::mem::replace(&mut self.seen, bytes.len());
            if bytes.is_empty() || (seen > 0 && !may_end(bytes, seen)) {
                break;
            }
            let Some(length) = self.parse(bytes)? else { break };
            self.seen = 0;
            input.used(length);
            if self.status == 101 || self.status >= 200 {
                return Ok(true);
            }
        }
        if input.unread().len() > HEAD { Err(NoResponse) } else { Ok(false) }
    }

    /// Forgets what was seen of a response that never came whole.
    pub fn begin(&mut self) {
        self.seen = 0;
    }

    fn parse(&mut self, bytes: &[u8]) -> Result<Option<usize>, NoResponse> {
        let mut headers = [const { MaybeUninit::uninit() }; FIELDS];
        let mut parsed = httparse::Response::new(&mut []);
        let status = ParserConfig::default().parse_response_with_uninit_headers(&mut parsed, bytes, &mut headers);
        let Status::Complete(length) = status.map_err(|_| NoResponse)? else {
            return Ok(None);
        };
        self.status = parsed.code.filter(|code| *code >= 100).ok_or(NoResponse)?;
        self.minor = parsed.version.unwrap_or_default();
        let head = &bytes[..length];
        self.reason = Span::of(parsed.reason.unwrap_or_default().as_bytes(), head);
        self.lines.load(head, parsed.headers);
        Ok((length <= HEAD).then_some(length).ok_or(NoResponse)?.into())
    }

    /// Writes the head as it goes to the client; answers its length.
    pub fn write(&self, out: &mut Vec<u8>) -> u64 {
        let before = out.len();
        write_status(self.status, self.lines.part(self.reason), out);
        self.lines.write(out);
        (out.len() - before) as u64
    }
}

/// Writes a status line.
pub fn write_status(status: u16, reason: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(b"HTTP/1.1 ");
    out.extend([status / 100, status / 10 % 10, status % 10].map(|digit| b'0' + digit as u8));
    out.push(b' ');
    out.extend_from_slice(reason);
    out.extend_from_slice(b"\r\n");
}
