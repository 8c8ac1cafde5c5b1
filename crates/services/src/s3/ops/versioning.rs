//! `PutBucketVersioning`, `GetBucketVersioning`.

use tierra_core::{Call, Tx};
use tierra_model::Shape;

use super::bucket::InInput;
use super::{Empty, HARMLESS};
use crate::declare::operations;
use crate::s3::errors::S3Error;
use crate::s3::model::Versioning;
use crate::s3::model::bucket::In;

operations! { "s3", S3Error;
    write PutBucketVersioning(PutInput) -> Empty = put, on |_, input, _| input.at.arns(), harmless HARMLESS;
    read GetBucketVersioning(InInput) -> GetOutput = get, on |_, input, _| input.at.arns();
}

/// Input of [`PutBucketVersioning`].
#[derive(Default, Shape)]
pub struct PutInput {
    #[shape(flatten)]
    pub(crate) at: In,
    pub(crate) versioning_configuration: Configuration,
}

/// Whether versions are to be kept.
#[derive(Default, Shape)]
pub struct Configuration {
    pub(crate) status: Option<Versioning>,
    #[shape("MFADelete")]
    pub(crate) mfa_delete: Option<String>,
}

/// Output of [`GetBucketVersioning`].
#[derive(Default, Shape)]
pub struct GetOutput {
    status: Option<Versioning>,
}

fn put(tx: &mut Tx, _: &Call, input: PutInput) -> Result<Empty, S3Error> {
    let mut bucket = input.at.find(tx)?;
    if input.versioning_configuration.mfa_delete.as_deref() == Some("Enabled") {
        return Err(S3Error::NotImplemented {
            what: "Tierra has not built MFA Delete.".to_owned(),
        });
    }
    let wanted = input.versioning_configuration.status;
    bucket.versioning = Some(wanted.ok_or(S3Error::MalformedXml)?);
    tx.save(bucket);
    Ok(Empty {})
}

fn get(tx: &mut Tx, _: &Call, input: InInput) -> Result<GetOutput, S3Error> {
    Ok(GetOutput {
        status: input.at.find(tx)?.versioning,
    })
}
