//! Where artifacts lie: a bucket of the account, one key for each content.

use anyhow::Result;
use http::StatusCode;
use sha2::{Digest, Sha256};

use crate::cli::aws::Aws;

/// One object to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Artifact {
    /// Made from its content.
    pub key: String,
    /// Its content.
    pub bytes: Vec<u8>,
}

impl Artifact {
    /// An artifact under the name of its content.
    pub fn new(bytes: Vec<u8>, ending: &str) -> Self {
        let key = hex::encode(Sha256::digest(&bytes)) + ending;
        Self { key, bytes }
    }
}

/// The name of the account's bucket for artifacts.
pub fn name(aws: &Aws) -> String {
    format!("tierra-artifacts-{}-{}", aws.account(), aws.region())
}

/// Uploads what is not there yet, and makes the bucket where it is missing.
///
/// # Errors
/// Where S3 refuses.
pub async fn upload(aws: &Aws, bucket: &str, artifacts: &[Artifact]) -> Result<()> {
    if artifacts.is_empty() {
        return Ok(());
    }
    aws.put(&format!("/{bucket}"), configuration(aws.region()).into_bytes()).await?;
    for artifact in artifacts {
        let path = format!("/{bucket}/{}", artifact.key);
        if aws.head(&path).await? == StatusCode::NOT_FOUND {
            aws.put(&path, artifact.bytes.clone()).await?;
        }
    }
    Ok(())
}

/// `us-east-1` is where a bucket lies that does not say where.
fn configuration(region: &str) -> String {
    if region == "us-east-1" {
        return String::new();
    }
    format!("<CreateBucketConfiguration><LocationConstraint>{region}</LocationConstraint></CreateBucketConfiguration>")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_content_has_the_same_key() {
        let key = |text: &str| Artifact::new(text.into(), ".zip").key;
        assert_eq!(key("a"), key("a"));
        assert_ne!(key("a"), key("b"));
        assert!(key("a").ends_with("bb.zip"));
    }
}
