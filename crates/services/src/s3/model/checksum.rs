//! Checksums, as requests carry them and rows keep them.

use serde::{Deserialize, Serialize};
use tierra_model::{Shape, text_enum};

text_enum! {
    /// How a checksum is made.
    pub enum Algorithm {
        Crc64Nvme = "CRC64NVME",
        Crc32 = "CRC32",
        Crc32C = "CRC32C",
        Sha1 = "SHA1",
        Sha256 = "SHA256",
    }
}

text_enum! {
    /// Of what a checksum is.
    pub enum ChecksumType { FullObject = "FULL_OBJECT", Composite = "COMPOSITE" }
}

impl Algorithm {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Crc64Nvme, Self::Crc32, Self::Crc32C, Self::Sha1, Self::Sha256];

    /// The header that carries it.
    pub fn header(self) -> String {
        format!("x-amz-checksum-{}", self.word().to_ascii_lowercase())
    }

    /// Of what the checksum of a multipart object is, where nobody says.
    pub fn default_type(self) -> ChecksumType {
        match self {
            Self::Crc64Nvme => ChecksumType::FullObject,
            _ => ChecksumType::Composite,
        }
    }
}

/// A checksum.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checksum {
    /// How it was made.
    pub algorithm: Algorithm,
    /// In base64; a composite one ends with the number of parts.
    pub value: String,
    /// Of what it is.
    pub of: ChecksumType,
}

/// The members that carry a checksum, of which at most one is there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Shape)]
pub struct Sums {
    #[shape("ChecksumCRC32")]
    crc32: Option<String>,
    #[shape("ChecksumCRC32C")]
    crc32c: Option<String>,
    #[shape("ChecksumCRC64NVME")]
    crc64nvme: Option<String>,
    #[shape("ChecksumSHA1")]
    sha1: Option<String>,
    #[shape("ChecksumSHA256")]
    sha256: Option<String>,
}

/// The same, and of what it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Shape)]
pub struct TypedSums {
    #[shape(flatten)]
    pub sums: Sums,
    pub checksum_type: Option<ChecksumType>,
}

impl Sums {
    fn place(&mut self, algorithm: Algorithm) -> &mut Option<String> {
        match algorithm {
            Algorithm::Crc64Nvme => &mut self.crc64nvme,
            Algorithm::Crc32 => &mut self.crc32,
            Algorithm::Crc32C => &mut self.crc32c,
            Algorithm::Sha1 => &mut self.sha1,
            Algorithm::Sha256 => &mut self.sha256,
        }
    }

    /// The members of this checksum.
    pub fn of(checksum: Option<&Checksum>) -> Self {
        let mut sums = Self::default();
        if let Some(checksum) = checksum {
            *sums.place(checksum.algorithm) = Some(checksum.value.clone());
        }
        sums
    }

    /// The checksum that is there.
    pub fn one(&self) -> Option<(Algorithm, String)> {
        let mut sums = self.clone();
        Algorithm::ALL
            .into_iter()
            .find_map(|algorithm| sums.place(algorithm).take().map(|value| (algorithm, value)))
    }
}

impl TypedSums {
    /// The members of this checksum.
    pub fn of(checksum: Option<&Checksum>) -> Self {
        Self {
            sums: Sums::of(checksum),
            checksum_type: checksum.map(|checksum| checksum.of),
        }
    }
}
