//! Templates of nested stacks: what an address of S3 names, read within the engine's transaction as whoever it acts for.

use tierra_core::{Call, Tx};

use super::errors::CloudFormationError;
use crate::s3;

/// The text at an address.
///
/// # Errors
/// Where it is no address of S3, or the caller may not read what is there.
pub fn read(tx: &Tx, call: &Call, url: &str) -> Result<String, CloudFormationError> {
    let (bucket, key) = s3::address(url).ok_or_else(|| CloudFormationError::validation("TemplateURL must be a supported URL."))?;
    object(tx, call, &bucket, &key)
}

#[cfg(not(test))]
fn object(tx: &Tx, call: &Call, bucket: &str, key: &str) -> Result<String, CloudFormationError> {
    use tierra_core::Key;
    use tierra_core::iam::Context;

    use crate::s3::model::{Bytes, Inline, Object, partition};

    let failed = |said: &str| CloudFormationError::validation(format!("S3 error: {said}"));
    let arn = s3::model::bucket::object_arn(bucket, key);
    crate::iam::authorize(tx, call, "s3:GetObject", &[arn], &Context::default()).map_err(|_| failed("Access Denied"))?;
    let object = Object::newest(tx, bucket, key).and_then(|object| object.version.content);
    let content = object.ok_or_else(|| failed("The specified key does not exist."))?;
    let Bytes::Row(id) = &content.bytes else {
        return Err(CloudFormationError::NotBuilt {
            what: "A nested stack's template of more than 16 KiB".to_owned(),
        });
    };
    let row = tx
        .get(&Key::<Inline>::new(&partition(), id))
        .ok_or_else(|| failed("The specified key does not exist."))?;
    String::from_utf8(row.value.bytes).map_err(|_| failed("The template is not text"))
}

#[cfg(test)]
use super::engine::tests::object;
