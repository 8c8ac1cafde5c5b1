//! `PutBucketPolicy`, `GetBucketPolicy`, `GetBucketPolicyStatus`, `DeleteBucketPolicy`.

use tierra_core::{Call, Tx};
use tierra_model::Shape;

use super::bucket::InInput;
use super::{Empty, HARMLESS};
use crate::declare::operations;
use crate::s3::errors::S3Error;
use crate::s3::model::bucket::In;
use crate::s3::policy::{check, is_public};

operations! { "s3", S3Error;
    write PutBucketPolicy(PutInput) -> Empty = put, on |_, input, _| input.at.arns(), harmless HARMLESS;
    read GetBucketPolicy(InInput) -> PolicyOutput = get, on |_, input, _| input.at.arns();
    read GetBucketPolicyStatus(InInput) -> StatusOutput = status, on |_, input, _| input.at.arns();
    write DeleteBucketPolicy(InInput) -> Empty = delete, on |_, input, _| input.at.arns();
}

/// Input of [`PutBucketPolicy`].
#[derive(Default, Shape)]
pub struct PutInput {
    #[shape(flatten)]
    pub(crate) at: In,
    pub(crate) policy: String,
    pub(crate) confirm_remove_self_bucket_access: Option<bool>,
}

/// Output of [`GetBucketPolicy`].
#[derive(Default, Shape)]
pub struct PolicyOutput {
    policy: String,
}

/// Output of [`GetBucketPolicyStatus`].
#[derive(Default, Shape)]
pub struct StatusOutput {
    policy_status: PolicyStatus,
}

/// Whether the policy is public.
#[derive(Default, Shape)]
pub struct PolicyStatus {
    is_public: bool,
}

fn put(tx: &mut Tx, call: &Call, input: PutInput) -> Result<Empty, S3Error> {
    let mut bucket = input.at.find(tx)?;
    check(&bucket.name, &input.policy)?;
    if bucket.access.is_some_and(|block| block.block_public_policy) && is_public(&input.policy) {
        return Err(S3Error::PublicPolicy {
            who: call.caller.arn().to_string(),
            bucket: bucket.name,
        });
    }
    bucket.policy = Some(input.policy);
    tx.save(bucket);
    Ok(Empty {})
}

fn get(tx: &mut Tx, _: &Call, input: InInput) -> Result<PolicyOutput, S3Error> {
    Ok(PolicyOutput {
        policy: input.at.find(tx)?.policy.ok_or(S3Error::NoSuchPolicy)?,
    })
}

fn status(tx: &mut Tx, _: &Call, input: InInput) -> Result<StatusOutput, S3Error> {
    let policy = input.at.find(tx)?.policy.ok_or(S3Error::NoSuchPolicy)?;
    Ok(StatusOutput {
        policy_status: PolicyStatus {
            is_public: is_public(&policy),
        },
    })
}

fn delete(tx: &mut Tx, _: &Call, input: InInput) -> Result<Empty, S3Error> {
    let mut bucket = input.at.find(tx)?;
    bucket.policy = None;
    tx.save(bucket);
    Ok(Empty {})
}
