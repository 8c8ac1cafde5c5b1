//! Buckets, with everything that is configured of them.

use serde::{Deserialize, Serialize};
use tierra_core::{Arn, Call, Key, Place, Resource, Tags, Tx};
use tierra_model::{Shape, Timestamp, text_enum};

use super::partition;
use crate::s3::errors::S3Error;

text_enum! {
    /// Whether versions are kept, once that was ever asked.
    pub enum Versioning { Enabled = "Enabled", Suspended = "Suspended" }
}

text_enum! {
    /// Whose an object is, and whether ACLs count.
    pub enum Ownership {
        Enforced = "BucketOwnerEnforced",
        Preferred = "BucketOwnerPreferred",
        Writer = "ObjectWriter",
    }
}

/// What of the public's access is blocked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Shape)]
pub struct AccessBlock {
    pub block_public_acls: bool,
    pub ignore_public_acls: bool,
    pub block_public_policy: bool,
    pub restrict_public_buckets: bool,
}

impl AccessBlock {
    /// Everything, as every new bucket has it.
    pub const ALL: Self = Self {
        block_public_acls: true,
        ignore_public_acls: true,
        block_public_policy: true,
        restrict_public_buckets: true,
    };
}

/// A bucket.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bucket {
    /// [`partition`], since names are shared.
    pub place: Place,
    /// Its name.
    pub name: String,
    /// The account and region that it belongs to.
    pub owner: Place,
    /// When it was made.
    pub created: Timestamp,
    /// Its tags.
    pub tags: Tags,
    /// Whether versions are kept; `None` until it is asked.
    pub versioning: Option<Versioning>,
    /// Its policy's text.
    pub policy: Option<String>,
    /// What of the public's access is blocked; `None` once that was deleted.
    pub access: Option<AccessBlock>,
    /// Whose its objects are; `None` once that was deleted.
    pub ownership: Option<Ownership>,
    /// Whether a bucket key is asked for. It has no effect without KMS, and is told as it was put.
    #[serde(default)]
    pub bucket_key: bool,
}

impl Bucket {
    /// A new bucket, as S3 makes them since April 2023.
    pub fn new(name: String, owner: Place, created: Timestamp) -> Self {
        Self {
            place: partition(),
            name,
            owner,
            created,
            tags: Tags::default(),
            versioning: None,
            policy: None,
            access: Some(AccessBlock::ALL),
            ownership: Some(Ownership::Enforced),
            bucket_key: false,
        }
    }

    /// The bucket of this name.
    ///
    /// # Errors
    /// [`S3Error::NoSuchBucket`].
    pub fn find(tx: &Tx, name: &str) -> Result<Self, S3Error> {
        tx.find(&partition(), name).ok_or(S3Error::NoSuchBucket)
    }

    /// Its key in the store.
    pub fn key(&self) -> Key<Self> {
        Key::new(&self.place, &self.name)
    }

    /// Its canonical user: S3's own name of an account.
    pub fn canonical_owner(&self) -> String {
        canonical(&self.owner.account.0)
    }
}

/// S3's own name of an account, 64 hexadecimal digits.
pub fn canonical(account: &str) -> String {
    use sha2::{Digest, Sha256};
    hex::encode(Sha256::digest(account.as_bytes()))
}

/// The ARN of a bucket.
pub fn arn(bucket: &str) -> Arn {
    Arn {
        service: "s3".to_owned(),
        resource: bucket.to_owned(),
        ..Arn::default()
    }
}

/// The ARN of an object.
pub fn object_arn(bucket: &str, key: &str) -> Arn {
    arn(&format!("{bucket}/{key}"))
}

impl Resource for Bucket {
    const KIND: &'static str = "s3/bucket";
    fn place(&self) -> &Place {
        &self.place
    }
    fn id(&self) -> String {
        self.name.clone()
    }
}

/// The bucket that an input names.
#[derive(Clone, Debug, Default, Shape)]
pub struct In {
    pub bucket: String,
    pub expected_bucket_owner: Option<String>,
}

impl In {
    /// This bucket, as nobody's in particular.
    pub fn named(bucket: &str) -> Self {
        Self {
            bucket: bucket.to_owned(),
            expected_bucket_owner: None,
        }
    }

    /// The bucket, where it is the owner's that the caller expects.
    ///
    /// # Errors
    /// Where it is not there, or another's.
    pub fn find(&self, tx: &Tx) -> Result<Bucket, S3Error> {
        let bucket = Bucket::find(tx, &self.bucket)?;
        match &self.expected_bucket_owner {
            Some(owner) if *owner != bucket.owner.account.0 => Err(S3Error::ExpectedOwner),
            _ => Ok(bucket),
        }
    }

    /// What IAM decides on: the bucket.
    pub fn arns(&self) -> Vec<Arn> {
        vec![arn(&self.bucket)]
    }
}

/// The object that an input names.
#[derive(Clone, Debug, Default, Shape)]
pub struct At {
    pub bucket: String,
    pub key: String,
    pub expected_bucket_owner: Option<String>,
}

impl At {
    /// The bucket.
    ///
    /// # Errors
    /// As [`In::find`].
    pub fn find(&self, tx: &Tx) -> Result<Bucket, S3Error> {
        self.bucket().find(tx)
    }

    fn bucket(&self) -> In {
        In {
            bucket: self.bucket.clone(),
            expected_bucket_owner: self.expected_bucket_owner.clone(),
        }
    }

    /// What IAM decides on: the object.
    pub fn arns(&self) -> Vec<Arn> {
        vec![object_arn(&self.bucket, &self.key)]
    }

    /// Asks for one more permission on the object.
    ///
    /// # Errors
    /// The denial.
    pub fn may(&self, tx: &Tx, call: &Call, action: &str) -> Result<(), tierra_core::AwsError> {
        crate::iam::authorize(tx, call, action, &self.arns(), &tierra_core::iam::Context::default())
    }
}
