//! What protects a bucket: the public access block, ownership of its objects, encryption at rest.

use tierra_core::{Call, Tx};
use tierra_model::Shape;

use super::bucket::InInput;
use super::{Empty, HARMLESS};
use crate::declare::operations;
use crate::s3::errors::S3Error;
use crate::s3::model::Bucket;
use crate::s3::model::bucket::{AccessBlock, In, Ownership};

operations! { "s3", S3Error;
    write PutPublicAccessBlock(PutBlockInput) -> Empty = put_block, on |_, input, _| input.at.arns(), harmless HARMLESS;
    read GetPublicAccessBlock(InInput) -> BlockOutput = get_block, on |_, input, _| input.at.arns();
    write DeletePublicAccessBlock(InInput) -> Empty = delete_block, on |_, input, _| input.at.arns();
    write PutBucketOwnershipControls(PutOwnershipInput) -> Empty = put_ownership, on |_, input, _| input.at.arns(), harmless HARMLESS;
    read GetBucketOwnershipControls(InInput) -> OwnershipOutput = get_ownership, on |_, input, _| input.at.arns();
    write DeleteBucketOwnershipControls(InInput) -> Empty = delete_ownership, on |_, input, _| input.at.arns();
    write PutBucketEncryption(PutEncryptionInput) -> Empty = put_encryption, on |_, input, _| input.at.arns(), harmless HARMLESS;
    read GetBucketEncryption(InInput) -> EncryptionOutput = get_encryption, on |_, input, _| input.at.arns();
    write DeleteBucketEncryption(InInput) -> Empty = delete_encryption, on |_, input, _| input.at.arns();
}

/// The one kind of encryption that there is.
pub(crate) const AES256: &str = "AES256";

/// Input of [`PutPublicAccessBlock`].
#[derive(Default, Shape)]
pub struct PutBlockInput {
    #[shape(flatten)]
    pub(crate) at: In,
    pub(crate) public_access_block_configuration: AccessBlock,
}

/// Output of [`GetPublicAccessBlock`].
#[derive(Default, Shape)]
pub struct BlockOutput {
    public_access_block_configuration: AccessBlock,
}

/// Input of [`PutBucketOwnershipControls`].
#[derive(Default, Shape)]
pub struct PutOwnershipInput {
    #[shape(flatten)]
    pub(crate) at: In,
    pub(crate) ownership_controls: OwnershipControls,
}

/// Output of [`GetBucketOwnershipControls`].
#[derive(Default, Shape)]
pub struct OwnershipOutput {
    ownership_controls: OwnershipControls,
}

/// A list of one rule.
#[derive(Default, Shape)]
pub struct OwnershipControls {
    pub(crate) rules: Vec<OwnershipRule>,
}

/// The rule.
#[derive(Default, Shape)]
pub struct OwnershipRule {
    pub(crate) object_ownership: Ownership,
}

/// Input of [`PutBucketEncryption`].
#[derive(Default, Shape)]
pub struct PutEncryptionInput {
    #[shape(flatten)]
    pub(crate) at: In,
    pub(crate) server_side_encryption_configuration: EncryptionConfiguration,
}

/// Output of [`GetBucketEncryption`].
#[derive(Default, Shape)]
pub struct EncryptionOutput {
    server_side_encryption_configuration: EncryptionConfiguration,
}

/// A list of one rule.
#[derive(Default, Shape)]
pub struct EncryptionConfiguration {
    pub(crate) rules: Vec<EncryptionRule>,
}

/// The rule.
#[derive(Default, Shape)]
pub struct EncryptionRule {
    pub(crate) apply_server_side_encryption_by_default: Option<EncryptionDefault>,
    pub(crate) bucket_key_enabled: Option<bool>,
}

/// How objects are encrypted that do not say.
#[derive(Default, Shape)]
pub struct EncryptionDefault {
    #[shape("SSEAlgorithm")]
    pub(crate) algorithm: String,
}

/// Refuses every encryption but S3's own, which all objects have.
///
/// # Errors
/// [`S3Error::NotImplemented`].
pub(super) fn refuse_keys(algorithm: Option<&str>) -> Result<(), S3Error> {
    match algorithm {
        None | Some(AES256) => Ok(()),
        Some(other) => Err(S3Error::NotImplemented {
            what: format!("Tierra has not built server-side encryption with {other} yet."),
        }),
    }
}

/// Changes a bucket.
fn change(tx: &mut Tx, at: &In, change: impl FnOnce(&mut Bucket)) -> Result<Empty, S3Error> {
    let mut bucket = at.find(tx)?;
    change(&mut bucket);
    tx.save(bucket);
    Ok(Empty {})
}

fn put_block(tx: &mut Tx, _: &Call, input: PutBlockInput) -> Result<Empty, S3Error> {
    change(tx, &input.at, |bucket| {
        bucket.access = Some(input.public_access_block_configuration)
    })
}

fn get_block(tx: &mut Tx, _: &Call, input: InInput) -> Result<BlockOutput, S3Error> {
    Ok(BlockOutput {
        public_access_block_configuration: input.at.find(tx)?.access.ok_or(S3Error::NoSuchAccessBlock)?,
    })
}

fn delete_block(tx: &mut Tx, _: &Call, input: InInput) -> Result<Empty, S3Error> {
    change(tx, &input.at, |bucket| bucket.access = None)
}

fn put_ownership(tx: &mut Tx, _: &Call, input: PutOwnershipInput) -> Result<Empty, S3Error> {
    let [rule] = input.ownership_controls.rules.as_slice() else {
        return Err(S3Error::MalformedXml);
    };
    change(tx, &input.at, |bucket| bucket.ownership = Some(rule.object_ownership))
}

fn get_ownership(tx: &mut Tx, _: &Call, input: InInput) -> Result<OwnershipOutput, S3Error> {
    let object_ownership = input.at.find(tx)?.ownership.ok_or(S3Error::NoSuchOwnership)?;
    let rules = vec![OwnershipRule { object_ownership }];
    Ok(OwnershipOutput {
        ownership_controls: OwnershipControls { rules },
    })
}

fn delete_ownership(tx: &mut Tx, _: &Call, input: InInput) -> Result<Empty, S3Error> {
    change(tx, &input.at, |bucket| bucket.ownership = None)
}

fn put_encryption(tx: &mut Tx, _: &Call, input: PutEncryptionInput) -> Result<Empty, S3Error> {
    let [rule] = input.server_side_encryption_configuration.rules.as_slice() else {
        return Err(S3Error::MalformedXml);
    };
    refuse_keys(
        rule.apply_server_side_encryption_by_default
            .as_ref()
            .map(|default| default.algorithm.as_str()),
    )?;
    change(tx, &input.at, |bucket| {
        bucket.bucket_key = rule.bucket_key_enabled.unwrap_or_default()
    })
}

fn get_encryption(tx: &mut Tx, _: &Call, input: InInput) -> Result<EncryptionOutput, S3Error> {
    let rule = EncryptionRule {
        apply_server_side_encryption_by_default: Some(EncryptionDefault {
            algorithm: AES256.to_owned(),
        }),
        bucket_key_enabled: Some(input.at.find(tx)?.bucket_key),
    };
    Ok(EncryptionOutput {
        server_side_encryption_configuration: EncryptionConfiguration { rules: vec![rule] },
    })
}

fn delete_encryption(tx: &mut Tx, _: &Call, input: InInput) -> Result<Empty, S3Error> {
    change(tx, &input.at, |bucket| bucket.bucket_key = false)
}
