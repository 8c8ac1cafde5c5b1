//! `AWS::S3::Bucket` and `AWS::S3::BucketPolicy`, as operations. Follows the CloudFormation pages of those names.

use serde_json::{Map, Value, json};
use tierra_core::resource_type::{Attributes, Creation, Progress, ResourceType};
use tierra_core::{AwsError, Call, Tag, Tx};

use super::errors::S3Error;
use super::model::bucket::{AccessBlock, Bucket, In, Ownership, arn};
use super::model::{Versioning, partition};
use super::ops::bucket::{CreateBucket, CreateConfiguration, CreateInput, DeleteBucket, InInput};
use super::ops::policy::{DeleteBucketPolicy, PutBucketPolicy, PutInput as PutPolicyInput};
use super::ops::security::{
    DeletePublicAccessBlock, EncryptionConfiguration, EncryptionDefault, EncryptionRule, OwnershipControls, OwnershipRule, PutBlockInput,
    PutBucketEncryption, PutBucketOwnershipControls, PutEncryptionInput, PutOwnershipInput, PutPublicAccessBlock,
};
use super::ops::tagging::{DeleteBucketTagging, PutBucketTagging, PutInput as PutTagsInput, TagSet};
use super::ops::versioning::{Configuration, PutBucketVersioning, PutInput as PutVersioningInput};
use crate::invoke;

const NAME_LENGTH: usize = 63;
const FIRST_REGION: &str = "us-east-1";

/// What of a bucket's properties is honoured; any other is refused by its name.
const HONOURED: &[&str] = &[
    "BucketName",
    "Tags",
    "VersioningConfiguration",
    "PublicAccessBlockConfiguration",
    "OwnershipControls",
    "BucketEncryption",
    "AccessControl",
];

/// `AWS::S3::Bucket`
pub(super) struct BucketType;
/// `AWS::S3::BucketPolicy`
pub(super) struct BucketPolicyType;

fn text(properties: &Value, pointer: &str) -> Option<String> {
    properties.pointer(pointer)?.as_str().map(str::to_owned)
}

fn flag(properties: &Value, pointer: &str) -> Option<bool> {
    match properties.pointer(pointer)? {
        Value::Bool(flag) => Some(*flag),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}

fn word<T: std::str::FromStr<Err = String>>(properties: &Value, pointer: &str) -> Result<Option<T>, S3Error> {
    let parse = |text: String| text.parse().map_err(|reason: String| S3Error::Argument { reason });
    text(properties, pointer).map(parse).transpose()
}

/// The template's tags and the stack's, without the cloud's own.
fn tags(creation: &Creation<'_>) -> Vec<Tag> {
    let mut all = creation.tags.clone();
    for tag in creation.properties.get("Tags").and_then(Value::as_array).into_iter().flatten() {
        if let Some(key) = text(tag, "/Key") {
            all.0.insert(key, text(tag, "/Value").unwrap_or_default());
        }
    }
    all.0.retain(|key, _| !key.starts_with("aws:"));
    all.list()
}

fn refuse_unhonoured(properties: &Value) -> Result<(), S3Error> {
    let unknown = properties
        .as_object()
        .into_iter()
        .flat_map(Map::keys)
        .find(|name| !HONOURED.contains(&name.as_str()));
    match unknown {
        Some(name) => Err(S3Error::NotImplemented {
            what: format!("Tierra does not honour the property {name} of AWS::S3::Bucket yet."),
        }),
        None => Ok(()),
    }
}

/// Makes the bucket what its properties say; what they do not name becomes what a new bucket has.
fn configure(tx: &mut Tx, call: &Call, id: &str, wanted: &Creation<'_>) -> Result<(), AwsError> {
    let properties = wanted.properties;
    let tag_set = tags(wanted);
    let at = || In::named(id);
    if tag_set.is_empty() {
        invoke::<DeleteBucketTagging>(tx, call, InInput { at: at() })?;
    } else {
        let tagging = TagSet { tag_set };
        invoke::<PutBucketTagging>(tx, call, PutTagsInput { at: at(), tagging })?;
    }
    versioning(tx, call, id, properties)?;
    access_block(tx, call, id, properties)?;
    let object_ownership = word::<Ownership>(properties, "/OwnershipControls/Rules/0/ObjectOwnership")?.unwrap_or_default();
    let rules = vec![OwnershipRule { object_ownership }];
    let ownership_controls = OwnershipControls { rules };
    invoke::<PutBucketOwnershipControls>(
        tx,
        call,
        PutOwnershipInput {
            at: at(),
            ownership_controls,
        },
    )?;
    encryption(tx, call, id, properties)
}

fn versioning(tx: &mut Tx, call: &Call, id: &str, properties: &Value) -> Result<(), AwsError> {
    let asked = word::<Versioning>(properties, "/VersioningConfiguration/Status")?;
    // A bucket that ever kept versions can only suspend that.
    let ever = Bucket::find(tx, id)?.versioning.map(|_| Versioning::Suspended);
    let Some(status) = asked.or(ever) else { return Ok(()) };
    let versioning_configuration = Configuration {
        status: Some(status),
        mfa_delete: None,
    };
    let input = PutVersioningInput {
        at: In::named(id),
        versioning_configuration,
    };
    invoke::<PutBucketVersioning>(tx, call, input).map(drop)
}

fn access_block(tx: &mut Tx, call: &Call, id: &str, properties: &Value) -> Result<(), AwsError> {
    let given = properties.get("PublicAccessBlockConfiguration").is_some();
    let of = |name: &str| flag(properties, &format!("/PublicAccessBlockConfiguration/{name}")).unwrap_or_default();
    let block = AccessBlock {
        block_public_acls: of("BlockPublicAcls"),
        ignore_public_acls: of("IgnorePublicAcls"),
        block_public_policy: of("BlockPublicPolicy"),
        restrict_public_buckets: of("RestrictPublicBuckets"),
    };
    if given && block == AccessBlock::default() {
        return invoke::<DeletePublicAccessBlock>(tx, call, InInput { at: In::named(id) }).map(drop);
    }
    let input = PutBlockInput {
        at: In::named(id),
        public_access_block_configuration: if given { block } else { AccessBlock::ALL },
    };
    invoke::<PutPublicAccessBlock>(tx, call, input).map(drop)
}

fn encryption(tx: &mut Tx, call: &Call, id: &str, properties: &Value) -> Result<(), AwsError> {
    const RULE: &str = "/BucketEncryption/ServerSideEncryptionConfiguration/0";
    let algorithm = text(properties, &format!("{RULE}/ServerSideEncryptionByDefault/SSEAlgorithm"));
    let rule = EncryptionRule {
        apply_server_side_encryption_by_default: algorithm.map(|algorithm| EncryptionDefault { algorithm }),
        bucket_key_enabled: flag(properties, &format!("{RULE}/BucketKeyEnabled")),
    };
    let input = PutEncryptionInput {
        at: In::named(id),
        server_side_encryption_configuration: EncryptionConfiguration { rules: vec![rule] },
    };
    invoke::<PutBucketEncryption>(tx, call, input).map(drop)
}

impl ResourceType for BucketType {
    fn name(&self) -> &'static str {
        "AWS::S3::Bucket"
    }

    fn create(&self, tx: &mut Tx, call: &Call, creation: &Creation<'_>) -> Result<String, AwsError> {
        refuse_unhonoured(creation.properties)?;
        let generated = || creation.generated_name(call, NAME_LENGTH).to_ascii_lowercase();
        let name = text(creation.properties, "/BucketName").unwrap_or_else(generated);
        // To a template, a bucket that is there already is somebody else's.
        if tx.find::<Bucket>(&partition(), &name).is_some() {
            return Err(AwsError::new("BucketAlreadyExists", 409, format!("{name} already exists")));
        }
        let region = &call.place.region.0;
        let constraint = CreateConfiguration {
            location_constraint: (region != FIRST_REGION).then(|| region.clone()),
            tags: Vec::new(),
        };
        let input = CreateInput {
            bucket: name.clone(),
            acl: text(creation.properties, "/AccessControl")
                .filter(|acl| acl != "Private")
                .map(|acl| acl.to_ascii_lowercase()),
            create_bucket_configuration: Some(constraint),
            ..CreateInput::default()
        };
        invoke::<CreateBucket>(tx, call, input)?;
        configure(tx, call, &name, creation)?;
        let mut bucket = Bucket::find(tx, &name)?;
        for (key, value) in creation.tags.0.iter().filter(|(key, _)| key.starts_with("aws:")) {
            bucket.tags.put_reserved(key, value);
        }
        tx.save(bucket);
        Ok(name)
    }

    fn progress(&self, tx: &Tx, _: &Call, id: &str) -> Progress {
        Bucket::find(tx, id).map_or(Progress::Gone, |_| Progress::Ready)
    }

    fn attributes(&self, tx: &Tx, _: &Call, id: &str) -> Result<Attributes, AwsError> {
        let bucket = Bucket::find(tx, id)?;
        let region = &bucket.owner.region;
        let values = [
            ("Arn", arn(id).to_string()),
            ("DomainName", format!("{id}.s3.amazonaws.com")),
            ("RegionalDomainName", format!("{id}.s3.{region}.amazonaws.com")),
            ("DualStackDomainName", format!("{id}.s3.dualstack.{region}.amazonaws.com")),
            ("WebsiteURL", format!("http://{id}.s3-website-{region}.amazonaws.com")),
        ];
        Ok(Attributes {
            reference: id.to_owned(),
            values: values.into_iter().map(|(name, value)| (name.to_owned(), json!(value))).collect(),
        })
    }

    fn update(&self, tx: &mut Tx, call: &Call, id: &str, _: &Value, new: &Creation<'_>) -> Result<(), AwsError> {
        refuse_unhonoured(new.properties)?;
        configure(tx, call, id, new)
    }

    fn delete(&self, tx: &mut Tx, call: &Call, id: &str) -> Result<(), AwsError> {
        gone(invoke::<DeleteBucket>(tx, call, InInput { at: In::named(id) }).map(drop))
    }
}

/// Deleting what is gone has succeeded.
fn gone(answer: Result<(), AwsError>) -> Result<(), AwsError> {
    match answer {
        Err(error) if error.code != "NoSuchBucket" => Err(error),
        _ => Ok(()),
    }
}

fn put_policy(tx: &mut Tx, call: &Call, bucket: &str, properties: &Value) -> Result<(), AwsError> {
    let policy = match properties.get("PolicyDocument") {
        Some(Value::String(text)) => text.clone(),
        Some(document) => document.to_string(),
        None => String::new(),
    };
    let input = PutPolicyInput {
        at: In::named(bucket),
        policy,
        confirm_remove_self_bucket_access: None,
    };
    invoke::<PutBucketPolicy>(tx, call, input).map(drop)
}

impl ResourceType for BucketPolicyType {
    fn name(&self) -> &'static str {
        "AWS::S3::BucketPolicy"
    }

    fn create(&self, tx: &mut Tx, call: &Call, creation: &Creation<'_>) -> Result<String, AwsError> {
        let bucket = text(creation.properties, "/Bucket").unwrap_or_default();
        if Bucket::find(tx, &bucket)?.policy.is_some() {
            return Err(AwsError::new(
                "AlreadyExists",
                409,
                format!("The bucket policy already exists on bucket {bucket}."),
            ));
        }
        put_policy(tx, call, &bucket, creation.properties)?;
        Ok(bucket)
    }

    fn progress(&self, tx: &Tx, _: &Call, id: &str) -> Progress {
        let policy = Bucket::find(tx, id).ok().and_then(|bucket| bucket.policy);
        policy.map_or(Progress::Gone, |_| Progress::Ready)
    }

    fn attributes(&self, _: &Tx, _: &Call, id: &str) -> Result<Attributes, AwsError> {
        Ok(Attributes {
            reference: id.to_owned(),
            values: Map::new(),
        })
    }

    fn update(&self, tx: &mut Tx, call: &Call, id: &str, _: &Value, new: &Creation<'_>) -> Result<(), AwsError> {
        put_policy(tx, call, id, new.properties)
    }

    fn delete(&self, tx: &mut Tx, call: &Call, id: &str) -> Result<(), AwsError> {
        gone(invoke::<DeleteBucketPolicy>(tx, call, InInput { at: In::named(id) }).map(drop))
    }
}
