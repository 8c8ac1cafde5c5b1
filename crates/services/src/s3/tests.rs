//! S3 through its operations, as far as they are sums; the bytes are shown by the tests with real clients.

use tierra_core::{Caller, Operation, Tag};

use super::model::bucket::{In, object_arn};
use super::model::checksum::Checksum;
use super::model::content::{Bytes, Content, Garbage, Inline};
use super::model::description::Description;
use super::model::{Bucket, Object, Versioning, object, partition};
use super::ops::bucket::{CreateBucket, CreateInput, DeleteBucket, InInput};
use super::ops::policy::{PutBucketPolicy, PutInput as PutPolicyInput};
use super::ops::security::{DeletePublicAccessBlock, GetPublicAccessBlock};
use super::ops::tagging::{GetBucketTagging, PutBucketTagging, PutInput as PutTagsInput, TagSet};
use super::ops::unset::{GetBucketCors, GetBucketLifecycleConfiguration, GetBucketReplication, GetBucketWebsite};
use super::ops::versioning::{Configuration, PutBucketVersioning, PutInput as PutVersioningInput};
use crate::iam::tests::House;

fn at() -> InInput {
    InInput { at: In::named("bucket") }
}

fn house() -> House {
    let house = House::new();
    house.ok::<CreateBucket>(CreateInput {
        bucket: "bucket".into(),
        ..CreateInput::default()
    });
    house
}

fn versioning(house: &House, status: Versioning) {
    house.ok::<PutBucketVersioning>(PutVersioningInput {
        at: In::named("bucket"),
        versioning_configuration: Configuration {
            status: Some(status),
            mfa_delete: None,
        },
    });
}

fn content(file: &str) -> Content {
    Content {
        size: 1,
        etag: file.into(),
        bytes: Bytes::Files(vec![(file.into(), 1)]),
        checksum: Some(Checksum::default()),
        description: Description::default(),
        tags: tierra_core::Tags::default(),
        storage_class: "STANDARD".into(),
        parts: Vec::new(),
    }
}

/// Puts an object whose only file is `file`, or a delete marker.
fn put(house: &House, key: &str, file: Option<&str>) -> String {
    let call = house.as_root();
    let put = house.store.write(|tx| {
        let bucket = Bucket::find(tx, "bucket")?;
        Ok::<_, tierra_core::AwsError>(object::put(tx, &call, &bucket, key, file.map(content)))
    });
    put.expect("put").name().to_owned()
}

fn remove(house: &House, key: &str, id: &str) {
    let removed = house
        .store
        .write(|tx| object::remove(tx, "bucket", key, id).map_err(tierra_core::AwsError::from));
    removed.expect("removed");
}

/// The versions of a key, newest first, by their files; `-` for a delete marker.
fn versions(house: &House, key: &str) -> Vec<String> {
    house.read(|tx| {
        let newest = Object::newest(tx, "bucket", key).map(|object| object.version);
        let all = newest.into_iter().chain(object::older(tx, "bucket", key));
        all.map(|version| version.content.map_or("-".into(), |content| content.etag))
            .collect()
    })
}

fn garbage(house: &House) -> Vec<String> {
    house.read(|tx| tx.all::<Garbage>().into_iter().map(|garbage| garbage.file).collect())
}

#[test]
fn an_unversioned_bucket_keeps_one_and_gives_up_the_other() {
    let house = house();
    put(&house, "k", Some("f1"));
    assert_eq!(put(&house, "k", Some("f2")), "null");
    assert_eq!((versions(&house, "k"), garbage(&house)), (vec!["f2".into()], vec!["f1".into()]));
    assert_eq!(
        house.err::<DeleteBucket>(at()),
        "BucketNotEmpty: The bucket you tried to delete is not empty"
    );
    remove(&house, "k", "null");
    assert_eq!((versions(&house, "k").len(), garbage(&house).len()), (0, 2));
    house.ok::<DeleteBucket>(at());
    assert_eq!(house.err::<DeleteBucket>(at()), "NoSuchBucket: The specified bucket does not exist");
}

#[test]
fn versions_are_kept_while_that_is_asked_and_null_is_one() {
    let house = house();
    put(&house, "k", Some("f0"));
    versioning(&house, Versioning::Enabled);
    let one = put(&house, "k", Some("f1"));
    put(&house, "k", None);
    // A key that begins like another has versions of its own.
    put(&house, "k2", Some("other"));
    assert_eq!(versions(&house, "k"), ["-", "f1", "f0"]);
    versioning(&house, Versioning::Suspended);
    assert_eq!(put(&house, "k", Some("f2")), "null");
    assert_eq!(
        (versions(&house, "k"), garbage(&house)),
        (vec!["f2".into(), "-".into(), "f1".into()], vec!["f0".into()])
    );
    put(&house, "k", Some("f3"));
    assert_eq!(versions(&house, "k"), ["f3", "-", "f1"]);
    remove(&house, "k", "null");
    assert_eq!(versions(&house, "k"), ["-", "f1"]);
    remove(&house, "k", &one);
    assert_eq!(versions(&house, "k"), ["-"]);
    assert_eq!(garbage(&house), ["f0", "f1", "f2", "f3"]);
}

#[test]
fn small_bodies_go_with_their_rows() {
    let house = house();
    let call = house.as_root();
    for body in [b"one", b"two"] {
        let put = house.store.write(|tx| {
            let id = call.ids.hex(32);
            tx.save(Inline {
                place: partition(),
                id: id.clone(),
                bytes: body.to_vec(),
            });
            let bucket = Bucket::find(tx, "bucket")?;
            let small = Content {
                bytes: Bytes::Row(id),
                ..content("x")
            };
            object::put(tx, &call, &bucket, "k", Some(small));
            Ok::<_, tierra_core::AwsError>(())
        });
        put.expect("put");
    }
    let rows = house.read(|tx| tx.all::<Inline>());
    assert_eq!(rows.iter().map(|row| row.bytes.as_slice()).collect::<Vec<_>>(), [b"two"]);
    assert!(garbage(&house).is_empty());
}

#[test]
fn what_was_never_set_is_told_as_aws_does() {
    let house = house();
    let told = [
        house.err::<GetBucketCors>(at()),
        house.err::<GetBucketWebsite>(at()),
        house.err::<GetBucketReplication>(at()),
        house.err::<GetBucketLifecycleConfiguration>(at()),
        house.err::<GetBucketTagging>(at()),
    ];
    let codes: Vec<&str> = told.iter().filter_map(|text| text.split(':').next()).collect();
    assert_eq!(
        codes,
        [
            "NoSuchCORSConfiguration",
            "NoSuchWebsiteConfiguration",
            "ReplicationConfigurationNotFoundError",
            "NoSuchLifecycleConfiguration",
            "NoSuchTagSet"
        ]
    );
    house.ok::<GetPublicAccessBlock>(at());
    house.ok::<DeletePublicAccessBlock>(at());
    assert!(
        house
            .err::<GetPublicAccessBlock>(at())
            .starts_with("NoSuchPublicAccessBlockConfiguration")
    );
    house.ok::<PutBucketTagging>(PutTagsInput {
        at: In::named("bucket"),
        tagging: TagSet {
            tag_set: vec![Tag {
                key: "a".into(),
                value: Some("b".into()),
            }],
        },
    });
    assert_eq!(house.ok::<GetBucketTagging>(at()).tag_set.len(), 1);
}

fn allow(house: &House, effect: &str, principal: &str) {
    let policy = serde_json::json!({"Version": "2012-10-17", "Statement": {
        "Effect": effect, "Principal": if principal == "*" { "*".into() } else { serde_json::json!({"AWS": principal}) },
        "Action": "s3:GetObject", "Resource": "arn:aws:s3:::bucket/*"}});
    house.ok::<PutBucketPolicy>(PutPolicyInput {
        at: In::named("bucket"),
        policy: policy.to_string(),
        confirm_remove_self_bucket_access: None,
    });
}

fn may(house: &House, caller: Caller) -> String {
    let call = house.call(caller);
    let asked = house.store.read(|tx| {
        crate::iam::authorize(
            tx,
            &call,
            "s3:GetObject",
            &[object_arn("bucket", "k")],
            &tierra_core::iam::Context::default(),
        )
    });
    asked.map_or_else(|error| error.message, |()| "yes".into())
}

#[test]
fn a_buckets_policy_has_its_say() {
    let house = house();
    house.user("ann");
    let (ann, root) = (house.as_user("ann").caller, house.as_root().caller);
    assert_eq!(may(&house, Caller::Anonymous), "Access Denied");
    assert!(may(&house, ann.clone()).ends_with("because no identity-based policy allows the s3:GetObject action"));
    allow(&house, "Allow", &ann.arn().to_string());
    assert_eq!(
        (may(&house, ann.clone()), may(&house, Caller::Anonymous)),
        ("yes".into(), "Access Denied".into())
    );
    allow(&house, "Deny", "*");
    assert!(may(&house, root.clone()).ends_with("with an explicit deny in a resource-based policy"));
    let public = house.err::<PutBucketPolicy>(PutPolicyInput {
        at: In::named("bucket"),
        policy: r#"{"Statement":{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::bucket/*"}}"#.into(),
        confirm_remove_self_bucket_access: None,
    });
    assert!(public.contains("BlockPublicPolicy"), "{public}");
    house.ok::<DeletePublicAccessBlock>(at());
    allow(&house, "Allow", "*");
    assert_eq!(
        [may(&house, Caller::Anonymous), may(&house, ann), may(&house, root)],
        ["yes", "yes", "yes"]
    );
}

#[test]
fn names_belong_to_whoever_has_them() {
    let house = house();
    let again = CreateInput {
        bucket: "bucket".into(),
        ..CreateInput::default()
    };
    // In us-east-1, asking again for one's own succeeds.
    house.ok::<CreateBucket>(again);
    assert_eq!(CreateBucket::NAME, "CreateBucket");
    assert_eq!(
        house.err::<CreateBucket>(CreateInput {
            bucket: "No".into(),
            ..CreateInput::default()
        }),
        "InvalidBucketName: The specified bucket is not valid."
    );
}
