//! Which of an object's bytes are asked for. Follows RFC 9110, as far as S3 does: one range; what is no range is passed over.

use tierra_dataplane::object::Piece;

use super::errors::S3Error;
use super::model::Content;

/// A `Range` header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Range {
    /// From a byte to another, or to the end.
    From(u64, Option<u64>),
    /// The last so many.
    Last(u64),
}

/// A part of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Selected {
    /// Where it begins.
    pub offset: u64,
    /// How long it is.
    pub length: u64,
    /// Whether a part was asked for.
    pub partial: bool,
}

impl Range {
    /// Reads `bytes=0-499`; `None` where it is no single range of bytes.
    pub fn parse(text: &str) -> Option<Self> {
        let (first, last) = text.trim().strip_prefix("bytes=")?.split_once('-')?;
        match (first.trim(), last.trim()) {
            ("", last) => last.parse().ok().map(Self::Last),
            (first, "") => first.parse().ok().map(|first| Self::From(first, None)),
            (first, last) => {
                let (first, last) = (first.parse().ok()?, last.parse().ok()?);
                (first <= last).then_some(Self::From(first, Some(last)))
            }
        }
    }

    /// What it selects of so many bytes.
    ///
    /// # Errors
    /// [`S3Error::InvalidRange`].
    pub fn select(self, size: u64) -> Result<Selected, S3Error> {
        let (offset, end) = match self {
            Self::From(first, last) => (first, last.map_or(size, |last| last.saturating_add(1).min(size))),
            Self::Last(count) => (size.saturating_sub(count), size),
        };
        if offset >= end {
            return Err(S3Error::InvalidRange);
        }
        Ok(Selected {
            offset,
            length: end - offset,
            partial: true,
        })
    }
}

impl Selected {
    /// Everything.
    pub fn all(size: u64) -> Self {
        Self {
            offset: 0,
            length: size,
            partial: false,
        }
    }

    /// One of the parts that an object was uploaded in.
    ///
    /// # Errors
    /// [`S3Error::InvalidRange`], where it has none of this number.
    pub fn part(content: &Content, number: u32) -> Result<Self, S3Error> {
        if content.parts.is_empty() && number == 1 {
            return Ok(Self {
                partial: content.size > 0,
                ..Self::all(content.size)
            });
        }
        let mut offset = 0;
        for part in &content.parts {
            if part.number == number {
                return Ok(Self {
                    offset,
                    length: part.size,
                    partial: true,
                });
            }
            offset += part.size;
        }
        Err(S3Error::InvalidRange)
    }

    /// `bytes 0-499/1234`
    pub fn header(&self, size: u64) -> String {
        format!("bytes {}-{}/{size}", self.offset, (self.offset + self.length).saturating_sub(1))
    }

    /// Its part of some files.
    pub fn pieces(&self, content: &Content) -> Vec<Piece> {
        Piece::range(content.pieces(), self.offset, self.length)
    }

    /// Its part of some bytes.
    pub fn of(&self, bytes: &[u8]) -> Vec<u8> {
        let at = |place: u64| usize::try_from(place).unwrap_or(usize::MAX).min(bytes.len());
        bytes[at(self.offset)..at(self.offset + self.length)].to_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_select() {
        for (text, want) in [
            ("bytes=0-3", Some(Ok((0, 4)))),
            ("bytes=4-", Some(Ok((4, 6)))),
            ("bytes=-3", Some(Ok((7, 3)))),
            ("bytes=-30", Some(Ok((0, 10)))),
            ("bytes=5-100", Some(Ok((5, 5)))),
            ("bytes=10-", Some(Err(S3Error::InvalidRange))),
            ("bytes=-0", Some(Err(S3Error::InvalidRange))),
            ("bytes=3-2", None),
            ("bytes=0-1,3-4", None),
            ("lines=0-1", None),
        ] {
            let told = Range::parse(text).map(|range| range.select(10).map(|part| (part.offset, part.length)));
            assert_eq!(told, want, "{text}");
        }
    }
}
