//! A body's bytes out of their framing, and into another.

use super::framing::Framing;

/// Hexadecimal digits of a chunk's length.
const DIGITS: u32 = 15;
/// Bytes of all extensions and trailers of one body: nobody needs them, and they do not go on.
const EXTRA: u32 = 16 * 1024;

/// The framing was broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed;

/// Reads a body.
#[derive(Debug)]
pub struct Decoder {
    state: State,
    extra: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Done,
    Bytes(u64),
    UntilClose,
    Size { size: u64, digits: u32 },
    Extension(u64),
    SizeEnd(u64),
    Chunk(u64),
    ChunkEnd,
    ChunkEnded,
    TrailerBegin,
    Trailer,
    TrailerEnd,
    LastEnd,
}

const SIZE: State = State::Size { size: 0, digits: 0 };

impl Decoder {
    /// For a body that is framed like this.
    pub fn new(framing: Framing) -> Self {
        let state = match framing {
            Framing::Nothing | Framing::Length(0) => State::Done,
            Framing::Length(length) => State::Bytes(length),
            Framing::Chunked => SIZE,
            Framing::UntilClose => State::UntilClose,
        };
        Self { state, extra: 0 }
    }

    /// Whether the body has ended.
    pub fn is_done(&self) -> bool {
        self.state == State::Done
    }

    /// Takes the end of the connection in.
    ///
    /// # Errors
    /// It came before the body's.
    pub fn close(&mut self) -> Result<(), Malformed> {
        match self.state {
            State::UntilClose | State::Done => self.state = State::Done,
            _ => return Err(Malformed),
        }
        Ok(())
    }

    /// Reads as far as the body goes, and hands its bytes on; answers how many bytes of the input it was.
    ///
    /// # Errors
    /// Chunks that are not as RFC 9112, 7.1, has them.
    pub fn read(&mut self, input: &[u8], mut data: impl FnMut(&[u8])) -> Result<usize, Malformed> {
        let mut at = 0;
        while at < input.len() && !self.is_done() {
            let rest = &input[at..];
            let (used, left) = match self.state {
                State::UntilClose => (rest.len(), 0),
                State::Bytes(left) | State::Chunk(left) => {
                    let used = left.min(rest.len() as u64);
                    (used as usize, left - used)
                }
                _ => {
                    self.state = self.step(rest[0])?;
                    at += 1;
                    continue;
                }
            };
            data(&rest[..used]);
            at += used;
            self.state = match self.state {
                State::Bytes(_) if left == 0 => State::Done,
                State::Bytes(_) => State::Bytes(left),
                State::Chunk(_) if left == 0 => State::ChunkEnd,
                State::Chunk(_) => State::Chunk(left),
                other => other,
            };
        }
        Ok(at)
    }

    /// One byte of what is between the data.
    fn step(&mut self, byte: u8) -> Result<State, Malformed> {
        match (self.state, byte) {
            (State::Size { digits: 1.., size }, b'\r') => Ok(State::SizeEnd(size)),
            (State::Size { digits: 1.., size }, b';' | b' ' | b'\t') => Ok(State::Extension(size)),
            (State::Size { size, digits }, _) => {
                let digit = char::from(byte).to_digit(16).filter(|_| digits < DIGITS).ok_or(Malformed)?;
                Ok(State::Size {
                    size: size << 4 | u64::from(digit),
                    digits: digits + 1,
                })
            }
            (State::Extension(size), b'\r') => Ok(State::SizeEnd(size)),
            (State::Extension(_) | State::Trailer, 0 | b'\n') => Err(Malformed),
            (State::SizeEnd(0), b'\n') => Ok(State::TrailerBegin),
            (State::SizeEnd(size), b'\n') => Ok(State::Chunk(size)),
            (State::ChunkEnd, b'\r') => Ok(State::ChunkEnded),
            (State::ChunkEnded, b'\n') => Ok(SIZE),
            (State::TrailerBegin, b'\r') => Ok(State::LastEnd),
            (State::Trailer, b'\r') => Ok(State::TrailerEnd),
            (State::TrailerEnd, b'\n') => Ok(State::TrailerBegin),
            (State::LastEnd, b'\n') => Ok(State::Done),
            (State::TrailerBegin, b'\n') => Err(Malformed),
            (State::TrailerBegin, _) => self.pass(State::Trailer),
            (state @ (State::Extension(_) | State::Trailer), _) => self.pass(state),
            _ => Err(Malformed),
        }
    }

    fn pass(&mut self, state: State) -> Result<State, Malformed> {
        self.extra += 1;
        if self.extra > EXTRA { Err(Malformed) } else { Ok(state) }
    }
}

/// Writes a chunk.
pub fn write_chunk(data: &[u8], out: &mut Vec<u8>) {
    let digits = (u64::BITS - (data.len() as u64).leading_zeros()).div_ceil(4).max(1);
    for digit in (0..digits).rev() {
        out.push(b"0123456789abcdef"[data.len() >> (4 * digit) & 0xf]);
    }
    out.extend_from_slice(b"\r\n");
    out.extend_from_slice(data);
    out.extend_from_slice(b"\r\n");
}

/// What ends a body of chunks.
pub const LAST_CHUNK: &[u8] = b"0\r\n\r\n";

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The body and how much of the input it was, read in pieces of `step`; `None` where it is malformed.
    fn read(framing: Framing, input: &[u8], step: usize) -> Option<(Vec<u8>, usize, bool)> {
        let (mut decoder, mut body, mut used) = (Decoder::new(framing), Vec::new(), 0);
        for piece in input.chunks(step) {
            used += decoder.read(piece, |data| body.extend_from_slice(data)).ok()?;
        }
        Some((body, used, decoder.is_done()))
    }

    #[test]
    fn chunks() {
        let whole: &[(&str, &str, usize)] = &[
            ("0\r\n\r\n", "", 0),
            ("3\r\nabc\r\n0\r\n\r\n", "abc", 0),
            ("3\r\nabc\r\n0\r\n\r\nGET /", "abc", 5),
            ("003;x=\"y\"\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\n", "abc0123456789", 0),
            ("1 \r\na\r\n0\r\nTrailer: 1\r\nOther: 2\r\n\r\n", "a", 0),
        ];
        for (input, body, left) in whole {
            for step in [1, 2, 3, 100] {
                let read = read(Framing::Chunked, input.as_bytes(), step);
                assert_eq!(
                    read,
                    Some((body.as_bytes().to_vec(), input.len() - left, true)),
                    "{input:?} by {step}"
                );
            }
        }
        let broken = [
            "\r\n",
            ";\r\n",
            "x\r\n",
            "-1\r\n",
            "+1\r\n",
            "0x1\r\n",
            "1\n",
            "1;a\nb\r\n",
            "1\rX",
            "1\r\nabc",
            "1\r\na\nx",
            "1\r\na\r0",
            "0\r\n\n",
            "0\r\na\nb\r\n",
            "1000000000000000\r\n",
            "ffffffffffffffff\r\n",
            " 1\r\n",
        ];
        for input in broken {
            assert_eq!(read(Framing::Chunked, input.as_bytes(), 100), None, "{input:?}");
        }
        let long = format!("1;{}\r\n", "x".repeat(EXTRA as usize + 1));
        assert_eq!(read(Framing::Chunked, long.as_bytes(), 100), None);
    }

    #[test]
    fn lengths() {
        assert_eq!(read(Framing::Nothing, b"next", 9), Some((Vec::new(), 0, true)));
        assert_eq!(read(Framing::Length(3), b"abcnext", 9), Some((b"abc".to_vec(), 3, true)));
        assert_eq!(read(Framing::Length(9), b"abc", 2), Some((b"abc".to_vec(), 3, false)));
        let mut open = Decoder::new(Framing::UntilClose);
        assert_eq!(
            (open.read(b"abc", |_| {}), open.is_done(), open.close(), open.is_done()),
            (Ok(3), false, Ok(()), true)
        );
        assert_eq!(Decoder::new(Framing::Length(1)).close(), Err(Malformed));
        assert_eq!(Decoder::new(Framing::Chunked).close(), Err(Malformed));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(pieces in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..40), 0..8), step in 1usize..50) {
            let mut text = Vec::new();
            pieces.iter().for_each(|piece| write_chunk(piece, &mut text));
            text.extend_from_slice(LAST_CHUNK);
            prop_assert_eq!(read(Framing::Chunked, &text, step), Some((pieces.concat(), text.len(), true)));
        }
    }
}
