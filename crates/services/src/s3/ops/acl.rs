//! ACLs, as far as buckets have them whose owner owns everything: they can be read, and grant the owner full control.

use tierra_core::{Call, Tx};
use tierra_model::Shape;

use super::Empty;
use super::bucket::{InInput, OwnerShape};
use crate::declare::operations;
use crate::s3::errors::S3Error;
use crate::s3::model::bucket::{At, Bucket, In};
use crate::s3::model::object;

operations! { "s3", S3Error;
    read GetBucketAcl(InInput) -> AclOutput = of_bucket, on |_, input, _| input.at.arns();
    read GetObjectAcl(ObjectInput) -> AclOutput = of_object, on |_, input, _| input.at.arns();
    write PutBucketAcl(PutInput) -> Empty = put, on |_, input, _| input.at.arns();
}

/// Input of [`GetObjectAcl`].
#[derive(Default, Shape)]
pub struct ObjectInput {
    #[shape(flatten)]
    at: At,
    version_id: Option<String>,
}

/// Input of [`PutBucketAcl`].
#[derive(Default, Shape)]
pub struct PutInput {
    #[shape(flatten)]
    at: In,
    #[shape("ACL")]
    acl: Option<String>,
}

/// An ACL.
#[derive(Default, Shape)]
pub struct AclOutput {
    owner: OwnerShape,
    grants: Vec<GrantShape>,
}

/// One grant.
#[derive(Default, Shape)]
pub struct GrantShape {
    grantee: GranteeShape,
    permission: String,
}

/// Whom it is for.
#[derive(Default, Shape)]
pub struct GranteeShape {
    #[shape("ID")]
    id: String,
    #[shape("Type")]
    kind: String,
}

/// The ACL of whatever a bucket's owner owns.
fn full_control(bucket: &Bucket) -> AclOutput {
    let id = bucket.canonical_owner();
    AclOutput {
        owner: OwnerShape { id: id.clone() },
        grants: vec![GrantShape {
            grantee: GranteeShape {
                id,
                kind: "CanonicalUser".to_owned(),
            },
            permission: "FULL_CONTROL".to_owned(),
        }],
    }
}

/// Refuses a canned ACL that gives anybody but the owner anything.
///
/// # Errors
/// [`S3Error::AclNotSupported`].
pub(super) fn refuse_grants(acl: Option<&str>) -> Result<(), S3Error> {
    match acl {
        None | Some("private" | "bucket-owner-full-control") => Ok(()),
        Some(_) => Err(S3Error::AclNotSupported),
    }
}

fn of_bucket(tx: &mut Tx, _: &Call, input: InInput) -> Result<AclOutput, S3Error> {
    Ok(full_control(&input.at.find(tx)?))
}

fn of_object(tx: &mut Tx, _: &Call, input: ObjectInput) -> Result<AclOutput, S3Error> {
    let bucket = input.at.find(tx)?;
    object::find(tx, &bucket.name, &input.at.key, input.version_id.as_deref())?;
    Ok(full_control(&bucket))
}

fn put(tx: &mut Tx, _: &Call, input: PutInput) -> Result<Empty, S3Error> {
    input.at.find(tx)?;
    refuse_grants(Some(input.acl.as_deref().unwrap_or_default()))?;
    Ok(Empty {})
}
