//! What a bucket can have and none has here: reading it is answered as AWS answers for a bucket on which it was never set, taking it
//! away succeeds as it does there, and setting it is not built.

use tierra_core::{Call, Tx};
use tierra_model::Shape;

use super::Empty;
use super::bucket::InInput;
use crate::declare::operations;
use crate::s3::errors::S3Error;

operations! { "s3", S3Error;
    read GetBucketCors(InInput) -> Empty = |tx, _, input| never(tx, &input, S3Error::NoSuchCors), on |_, input, _| input.at.arns();
    read GetBucketWebsite(InInput) -> Empty = |tx, _, input| never(tx, &input, S3Error::NoSuchWebsite), on |_, input, _| input.at.arns();
    read GetBucketReplication(InInput) -> Empty = |tx, _, input| never(tx, &input, S3Error::NoSuchReplication), on |_, input, _| input.at.arns();
    read GetObjectLockConfiguration(InInput) -> Empty = |tx, _, input| never(tx, &input, S3Error::NoSuchObjectLock), on |_, input, _| input.at.arns();
    read GetBucketLifecycleConfiguration(InInput) -> Empty = |tx, _, input| never(tx, &input, S3Error::NoSuchLifecycle), on |_, input, _| input.at.arns();
    read GetBucketLogging(InInput) -> Empty = nothing, on |_, input, _| input.at.arns();
    read GetBucketAccelerateConfiguration(InInput) -> Empty = nothing, on |_, input, _| input.at.arns();
    read GetBucketNotificationConfiguration(InInput) -> Empty = nothing, on |_, input, _| input.at.arns();
    read GetBucketRequestPayment(InInput) -> PaymentOutput = payment, on |_, input, _| input.at.arns();
    read DeleteBucketCors(InInput) -> Empty = nothing, on |_, input, _| input.at.arns();
    read DeleteBucketWebsite(InInput) -> Empty = nothing, on |_, input, _| input.at.arns();
    read DeleteBucketReplication(InInput) -> Empty = nothing, on |_, input, _| input.at.arns();
    read DeleteBucketLifecycle(InInput) -> Empty = nothing, on |_, input, _| input.at.arns();
}

/// Output of [`GetBucketRequestPayment`].
#[derive(Default, Shape)]
pub struct PaymentOutput {
    payer: String,
}

fn never(tx: &mut Tx, input: &InInput, error: S3Error) -> Result<Empty, S3Error> {
    input.at.find(tx)?;
    Err(error)
}

fn nothing(tx: &mut Tx, _: &Call, input: InInput) -> Result<Empty, S3Error> {
    input.at.find(tx)?;
    Ok(Empty {})
}

fn payment(tx: &mut Tx, _: &Call, input: InInput) -> Result<PaymentOutput, S3Error> {
    input.at.find(tx)?;
    Ok(PaymentOutput {
        payer: "BucketOwner".to_owned(),
    })
}
