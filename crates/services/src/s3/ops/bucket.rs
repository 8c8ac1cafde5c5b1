//! `CreateBucket`, `HeadBucket`, `ListBuckets`, `GetBucketLocation`, `DeleteBucket`.

use tierra_core::{Call, Tag, Tags, Tx};
use tierra_model::{Shape, Timestamp};

use super::Empty;
use crate::declare::{anything, operations};
use crate::s3::errors::S3Error;
use crate::s3::limits;
use crate::s3::model::bucket::{Bucket, In, Ownership, arn, canonical};
use crate::s3::model::{Object, Upload, partition};

operations! { "s3", S3Error;
    write CreateBucket(CreateInput) -> CreateOutput = create, on |_, input, _| vec![arn(&input.bucket)];
    read HeadBucket(InInput) -> HeadOutput = head, on |_, input, _| input.at.arns();
    read ListBuckets(ListInput) -> ListOutput = list, on anything;
    read GetBucketLocation(InInput) -> LocationOutput = location, on |_, input, _| input.at.arns();
    write DeleteBucket(InInput) -> Empty = delete, on |_, input, _| input.at.arns();
}

/// The region whose name S3 leaves out.
const FIRST_REGION: &str = "us-east-1";

/// Input of [`CreateBucket`].
#[derive(Default, Shape)]
pub struct CreateInput {
    pub(crate) bucket: String,
    #[shape("ACL")]
    pub(crate) acl: Option<String>,
    pub(crate) create_bucket_configuration: Option<CreateConfiguration>,
    pub(crate) object_ownership: Option<Ownership>,
    pub(crate) object_lock_enabled_for_bucket: Option<bool>,
}

/// Where the bucket is to be, and its tags.
#[derive(Default, Shape)]
pub struct CreateConfiguration {
    pub(crate) location_constraint: Option<String>,
    pub(crate) tags: Vec<Tag>,
}

/// Output of [`CreateBucket`].
#[derive(Default, Shape)]
pub struct CreateOutput {
    location: String,
    bucket_arn: String,
}

/// Input of those that name a bucket and nothing else.
#[derive(Default, Shape)]
pub struct InInput {
    #[shape(flatten)]
    pub(crate) at: In,
}

/// Output of [`HeadBucket`].
#[derive(Default, Shape)]
pub struct HeadOutput {
    bucket_region: String,
    bucket_arn: String,
}

/// Input of [`ListBuckets`].
#[derive(Default, Shape)]
pub struct ListInput {
    max_buckets: Option<i64>,
    continuation_token: Option<String>,
    prefix: Option<String>,
    bucket_region: Option<String>,
}

/// Output of [`ListBuckets`].
#[derive(Default, Shape)]
pub struct ListOutput {
    buckets: Vec<BucketShape>,
    owner: OwnerShape,
    continuation_token: Option<String>,
    prefix: Option<String>,
}

/// A bucket of a listing.
#[derive(Default, Shape)]
pub struct BucketShape {
    name: String,
    creation_date: Timestamp,
    bucket_region: String,
    bucket_arn: String,
}

/// An account, as S3 names it.
#[derive(Clone, Debug, Default, Shape)]
pub struct OwnerShape {
    #[shape("ID")]
    pub(super) id: String,
}

/// Output of [`GetBucketLocation`].
#[derive(Default, Shape)]
pub struct LocationOutput {
    location_constraint: Option<String>,
}

fn create(tx: &mut Tx, call: &Call, input: CreateInput) -> Result<CreateOutput, S3Error> {
    limits::bucket_name(&input.bucket)?;
    super::acl::refuse_grants(input.acl.as_deref())?;
    if input.object_lock_enabled_for_bucket == Some(true) {
        return Err(S3Error::NotImplemented {
            what: "Tierra has not built Object Lock yet.".to_owned(),
        });
    }
    let configuration = input.create_bucket_configuration.unwrap_or_default();
    let region = &call.place.region.0;
    let wanted = configuration.location_constraint.as_deref().filter(|wanted| !wanted.is_empty());
    match wanted {
        Some("EU") if region == "eu-west-1" => {}
        Some(wanted) if wanted != region => return Err(S3Error::LocationConstraint { region: wanted.to_owned() }),
        None if region != FIRST_REGION => {
            return Err(S3Error::LocationConstraint {
                region: "unspecified".to_owned(),
            });
        }
        _ => {}
    }
    if let Some(taken) = tx.find::<Bucket>(&partition(), &input.bucket) {
        return again(&taken, call);
    }
    if owned(tx, call).len() >= limits::BUCKETS {
        return Err(S3Error::TooManyBuckets);
    }
    let mut bucket = Bucket::new(input.bucket, call.place.clone(), call.now);
    bucket.tags = Tags::parse(&configuration.tags)?;
    bucket.ownership = input.object_ownership.or(bucket.ownership);
    let output = created(&bucket);
    tx.save(bucket);
    Ok(output)
}

/// A name that is taken. In the first region, whoever has it may ask for it again.
fn again(taken: &Bucket, call: &Call) -> Result<CreateOutput, S3Error> {
    match taken.owner.account == call.place.account {
        true if call.place.region.0 == FIRST_REGION && taken.owner == call.place => Ok(created(taken)),
        true => Err(S3Error::BucketAlreadyOwnedByYou),
        false => Err(S3Error::BucketAlreadyExists),
    }
}

fn created(bucket: &Bucket) -> CreateOutput {
    CreateOutput {
        location: format!("/{}", bucket.name),
        bucket_arn: arn(&bucket.name).to_string(),
    }
}

fn head(tx: &mut Tx, _: &Call, input: InInput) -> Result<HeadOutput, S3Error> {
    let bucket = input.at.find(tx)?;
    Ok(HeadOutput {
        bucket_region: bucket.owner.region.0,
        bucket_arn: arn(&bucket.name).to_string(),
    })
}

fn owned(tx: &Tx, call: &Call) -> Vec<Bucket> {
    let mut all = tx.list::<Bucket>(&partition());
    all.retain(|bucket| bucket.owner.account == call.place.account);
    all
}

fn list(tx: &mut Tx, call: &Call, input: ListInput) -> Result<ListOutput, S3Error> {
    let prefix = input.prefix.as_deref().unwrap_or_default();
    let wanted = |bucket: &Bucket| {
        let here = input.bucket_region.as_ref().is_none_or(|region| *region == bucket.owner.region.0);
        here && bucket.name.starts_with(prefix)
    };
    let buckets: Vec<_> = owned(tx, call).into_iter().filter(wanted).collect();
    let limit = usize::try_from(input.max_buckets.unwrap_or(i64::MAX))
        .unwrap_or(usize::MAX)
        .min(limits::BUCKETS);
    let page = tierra_core::page::paginate(buckets, |bucket| bucket.name.clone(), input.continuation_token.as_deref(), limit)
        .map_err(|_| S3Error::argument("The continuation token provided is incorrect"))?;
    let shape = |bucket: Bucket| BucketShape {
        bucket_arn: arn(&bucket.name).to_string(),
        name: bucket.name,
        creation_date: bucket.created,
        bucket_region: bucket.owner.region.0,
    };
    Ok(ListOutput {
        buckets: page.items.into_iter().map(shape).collect(),
        owner: OwnerShape {
            id: canonical(&call.place.account.0),
        },
        continuation_token: page.next,
        prefix: input.prefix,
    })
}

fn location(tx: &mut Tx, _: &Call, input: InInput) -> Result<LocationOutput, S3Error> {
    let region = input.at.find(tx)?.owner.region.0;
    Ok(LocationOutput {
        location_constraint: (region != FIRST_REGION).then_some(region),
    })
}

fn delete(tx: &mut Tx, _: &Call, input: InInput) -> Result<Empty, S3Error> {
    let bucket = input.at.find(tx)?;
    let within = super::list::within(&bucket.name, "");
    if !tx.range::<Object>(&partition(), &within, None, 1).is_empty() {
        let versions = bucket.versioning.is_some();
        return Err(if versions {
            S3Error::BucketHasVersions
        } else {
            S3Error::BucketNotEmpty
        });
    }
    // Uploads that were never completed do not keep a bucket.
    for upload in tx.range::<Upload>(&partition(), &within, None, usize::MAX) {
        super::upload::drop_upload(tx, &upload, &[]);
    }
    tx.delete(&bucket.key());
    Ok(Empty {})
}
