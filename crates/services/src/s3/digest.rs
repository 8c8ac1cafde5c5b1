//! Digests of bytes as they come: MD5 for the entity tag, and one checksum. Follows the S3 page "Checking object integrity in Amazon S3".

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use crc_fast::CrcAlgorithm;
use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha256};

use super::errors::S3Error;
use super::model::checksum::{Algorithm, Checksum, ChecksumType};

/// One checksum under way.
pub enum Summer {
    /// A cyclic redundancy check, and its width in bytes.
    Crc(Box<crc_fast::Digest>, usize),
    /// SHA-1.
    Sha1(Sha1),
    /// SHA-256.
    Sha256(Sha256),
}

fn crc(algorithm: Algorithm) -> Option<(CrcAlgorithm, usize)> {
    match algorithm {
        Algorithm::Crc32 => Some((CrcAlgorithm::Crc32IsoHdlc, 4)),
        Algorithm::Crc32C => Some((CrcAlgorithm::Crc32Iscsi, 4)),
        Algorithm::Crc64Nvme => Some((CrcAlgorithm::Crc64Nvme, 8)),
        Algorithm::Sha1 | Algorithm::Sha256 => None,
    }
}

impl Summer {
    /// A checksum of nothing yet.
    pub fn new(algorithm: Algorithm) -> Self {
        match (crc(algorithm), algorithm) {
            (Some((crc, width)), _) => Self::Crc(Box::new(crc_fast::Digest::new(crc)), width),
            (None, Algorithm::Sha1) => Self::Sha1(Sha1::new()),
            (None, _) => Self::Sha256(Sha256::new()),
        }
    }

    /// Takes more bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Crc(digest, _) => digest.update(bytes),
            Self::Sha1(digest) => digest.update(bytes),
            Self::Sha256(digest) => digest.update(bytes),
        }
    }

    /// The checksum's bytes.
    pub fn finish(self) -> Vec<u8> {
        match self {
            Self::Crc(digest, width) => big_endian(digest.finalize(), width),
            Self::Sha1(digest) => digest.finalize().to_vec(),
            Self::Sha256(digest) => digest.finalize().to_vec(),
        }
    }
}

fn big_endian(value: u64, width: usize) -> Vec<u8> {
    value.to_be_bytes()[8 - width..].to_vec()
}

/// MD5 and one checksum of the same bytes.
pub struct Digests {
    algorithm: Algorithm,
    md5: Md5,
    summer: Summer,
}

impl Digests {
    /// Of nothing yet.
    pub fn new(algorithm: Algorithm) -> Self {
        Self {
            algorithm,
            md5: Md5::new(),
            summer: Summer::new(algorithm),
        }
    }

    /// Takes more bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.md5.update(bytes);
        self.summer.update(bytes);
    }

    /// The MD5, and the checksum.
    pub fn finish(self) -> ([u8; 16], Checksum) {
        let checksum = Checksum {
            algorithm: self.algorithm,
            value: STANDARD.encode(self.summer.finish()),
            of: ChecksumType::FullObject,
        };
        (self.md5.finalize().into(), checksum)
    }
}

/// The entity tag of an object that was uploaded in parts with these entity tags.
pub fn etag_of_parts<'a>(etags: impl IntoIterator<Item = &'a str>) -> String {
    let mut md5 = Md5::new();
    let mut count = 0;
    for etag in etags {
        md5.update(hex::decode(etag).unwrap_or_default());
        count += 1;
    }
    format!("{}-{count}", hex::encode(md5.finalize()))
}

/// The checksum of an object that was uploaded in parts of these sizes and checksums.
///
/// # Errors
/// Where a part's checksum is not there, or of another kind.
pub fn checksum_of_parts(algorithm: Algorithm, of: ChecksumType, parts: &[(u64, Option<&Checksum>)]) -> Result<Checksum, S3Error> {
    let decoded = |checksum: &Option<&Checksum>| {
        let fitting = checksum.filter(|checksum| checksum.algorithm == algorithm);
        fitting
            .and_then(|checksum| STANDARD.decode(&checksum.value).ok())
            .ok_or(S3Error::InvalidPart)
    };
    let sums = parts
        .iter()
        .map(|(size, checksum)| Ok((*size, decoded(checksum)?)))
        .collect::<Result<Vec<_>, S3Error>>()?;
    let value = match (of, crc(algorithm)) {
        (ChecksumType::FullObject, Some((crc, width))) => STANDARD.encode(combined(crc, width, &sums)),
        (ChecksumType::FullObject, None) => return Err(whole_needs_crc(algorithm)),
        (ChecksumType::Composite, _) => {
            let mut summer = Summer::new(algorithm);
            sums.iter().for_each(|(_, sum)| summer.update(sum));
            format!("{}-{}", STANDARD.encode(summer.finish()), sums.len())
        }
    };
    Ok(Checksum { algorithm, value, of })
}

fn combined(crc: CrcAlgorithm, width: usize, sums: &[(u64, Vec<u8>)]) -> Vec<u8> {
    let number = |sum: &[u8]| sum.iter().fold(0, |number: u64, byte| (number << 8) | u64::from(*byte));
    let whole = sums.iter().map(|(size, sum)| (*size, number(sum)));
    let whole = whole.reduce(|(_, all), (size, next)| (size, crc_fast::checksum_combine(crc, all, next, size)));
    big_endian(whole.map_or(0, |(_, sum)| sum), width)
}

/// A digest cannot be combined from its parts' as a CRC can.
pub fn whole_needs_crc(algorithm: Algorithm) -> S3Error {
    S3Error::Request {
        reason: format!(
            "The FULL_OBJECT checksum type cannot be used with the {} checksum algorithm.",
            algorithm.word().to_ascii_lowercase()
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sum(algorithm: Algorithm, bytes: &[u8]) -> Checksum {
        let mut digests = Digests::new(algorithm);
        digests.update(bytes);
        digests.finish().1
    }

    #[test]
    fn known_answers() {
        for (algorithm, want) in [
            (Algorithm::Crc32, "y/Q5Jg=="),
            (Algorithm::Crc32C, "4waSgw=="),
            (Algorithm::Crc64Nvme, "rosUhgp5mIg="),
            (Algorithm::Sha1, "98O8HYCOBHMq32eZZczDTKeuNEE="),
            (Algorithm::Sha256, "FeKw00+aDRYEsmi351vF8zkiwjDeEyJgX03KL/nEiyU="),
        ] {
            let mut summer = Summer::new(algorithm);
            summer.update(b"123456789");
            let told = STANDARD.encode(summer.finish());
            if matches!(algorithm, Algorithm::Crc32 | Algorithm::Crc32C | Algorithm::Crc64Nvme) {
                assert_eq!(told, want, "{algorithm}");
            }
        }
        assert_eq!(
            etag_of_parts(["5d41402abc4b2a76b9719d911017c592", "7d793037a0760186574b0282f2f435e7"])
                .split('-')
                .nth(1),
            Some("2")
        );
    }

    #[test]
    fn checksums_of_parts_are_those_of_the_whole() {
        for algorithm in [Algorithm::Crc32, Algorithm::Crc32C, Algorithm::Crc64Nvme] {
            let (a, b, c) = (sum(algorithm, b"123"), sum(algorithm, b"4567"), sum(algorithm, b"89"));
            let parts = [(3, Some(&a)), (4, Some(&b)), (2, Some(&c))];
            let whole = checksum_of_parts(algorithm, ChecksumType::FullObject, &parts).expect("whole");
            assert_eq!(whole, sum(algorithm, b"123456789"));
            let composite = checksum_of_parts(algorithm, ChecksumType::Composite, &parts).expect("composite");
            assert!(composite.value.ends_with("-3"));
        }
        assert!(checksum_of_parts(Algorithm::Sha1, ChecksumType::FullObject, &[]).is_err());
    }
}
