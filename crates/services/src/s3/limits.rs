//! Every rule and quota. Follows the S3 pages "General purpose bucket naming rules" and "Amazon S3 multipart upload limits".

use super::errors::S3Error;
use super::model::description::Description;

/// Buckets of an account.
pub const BUCKETS: usize = 10_000;
/// Bytes of a key.
pub const KEY_BYTES: usize = 1024;
/// Bytes of the names and values of an object's own metadata.
pub const METADATA_BYTES: usize = 2048;
/// Bytes of one upload.
pub const UPLOAD_BYTES: u64 = 5 << 30;
/// Bytes of every part but the last.
pub const PART_BYTES: u64 = 5 << 20;
/// The number of the last part.
pub const PARTS: i64 = 10_000;
/// Items of one page of a listing.
pub const PAGE: i64 = 1000;
/// Keys of one DeleteObjects.
pub const DELETIONS: usize = 1000;
/// Bytes of a bucket's policy.
pub const POLICY_BYTES: usize = 20 << 10;
/// Tags of one object.
pub const OBJECT_TAGS: usize = 10;
/// The largest body that lies in its row: a body of a few kilobytes is one commit then, and no file.
pub const INLINE_BYTES: usize = 16 << 10;

/// Whether this can be a bucket's name.
///
/// # Errors
/// [`S3Error::InvalidBucketName`].
pub fn bucket_name(name: &str) -> Result<(), S3Error> {
    let end = |c: Option<char>| c.is_some_and(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '.';
    let reserved = ["xn--", "sthree-", "amzn-s3-demo-"].iter().any(|prefix| name.starts_with(prefix))
        || ["-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"]
            .iter()
            .any(|suffix| name.ends_with(suffix));
    let well = (3..=63).contains(&name.len())
        && name.chars().all(inner)
        && end(name.chars().next())
        && end(name.chars().last())
        && !name.contains("..")
        && !reserved
        && name.parse::<std::net::Ipv4Addr>().is_err();
    if well { Ok(()) } else { Err(S3Error::InvalidBucketName) }
}

/// Whether this can be a key. What XML cannot carry could be listed by nobody.
///
/// # Errors
/// As AWS documents PutObject.
pub fn key(key: &str) -> Result<(), S3Error> {
    if key.len() > KEY_BYTES {
        return Err(S3Error::KeyTooLong);
    }
    if key.contains(['\0', '\u{1f}']) {
        return Err(S3Error::argument("The object key contains a character that is not supported"));
    }
    Ok(())
}

/// Whether an object's own metadata is small enough.
///
/// # Errors
/// [`S3Error::MetadataTooLarge`].
pub fn metadata(description: &Description) -> Result<(), S3Error> {
    let bytes: usize = description.metadata.iter().map(|(name, value)| name.len() + value.len()).sum();
    if bytes > METADATA_BYTES {
        Err(S3Error::MetadataTooLarge)
    } else {
        Ok(())
    }
}

/// The number of a part.
///
/// # Errors
/// As AWS documents UploadPart.
pub fn part_number(number: i64) -> Result<u32, S3Error> {
    let found = u32::try_from(number)
        .ok()
        .filter(|number| (1..=PARTS).contains(&i64::from(*number)));
    found.ok_or_else(|| S3Error::argument(format!("Part number must be an integer between 1 and {PARTS}, inclusive")))
}

/// How many items a page may have.
pub fn page(asked: Option<i64>) -> Result<usize, S3Error> {
    match asked.unwrap_or(PAGE) {
        asked @ 0.. => Ok(usize::try_from(asked.min(PAGE)).unwrap_or_default()),
        _ => Err(S3Error::argument("Argument maxKeys must be an integer between 0 and 2147483647")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_checked() {
        for name in ["abc", "my.bucket-1", "0-a"] {
            assert_eq!(bucket_name(name), Ok(()), "{name}");
        }
        for name in ["ab", "Abc", "-abc", "abc-", "a..b", "a_b", "192.168.0.1", "xn--a", "a-s3alias"] {
            assert!(bucket_name(name).is_err(), "{name}");
        }
        assert!(key(&"k".repeat(1025)).is_err() && key("a\0b").is_err() && key("ä/ö ").is_ok());
    }
}
