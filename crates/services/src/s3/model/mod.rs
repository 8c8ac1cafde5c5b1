//! S3's rows.

pub mod bucket;
pub mod checksum;
pub mod content;
pub mod description;
pub mod object;
pub mod upload;

pub use bucket::{Bucket, Versioning};
pub use content::{Bytes, Content, Garbage, Inline};
pub use object::{Object, Version};
pub use upload::{Part, Upload};

use tierra_core::{AccountId, Place, Region};

/// Between the parts of a row's id; no key holds it.
pub const SEPARATOR: char = '\u{1f}';

/// Where S3's rows are kept: the names of buckets are shared by every account and region.
pub fn partition() -> Place {
    Place {
        account: AccountId("aws".to_owned()),
        region: Region::global(),
    }
}
