//! The shapes that key pairs are spoken in.

use tierra_core::Tag;
use tierra_model::shape::Blob;
use tierra_model::{Shape, Timestamp};

use super::model::{KeyFormat, KeyPair, KeyType};
use crate::ec2::filter::{Filter, Filterable, one};
use crate::ec2::tag::TagSpecification;

#[derive(Debug, Default, Shape)]
pub struct CreateKeyPairInput {
    pub key_name: String,
    pub key_type: Option<KeyType>,
    pub key_format: Option<KeyFormat>,
    pub tag_specifications: Vec<TagSpecification>,
    pub dry_run: Option<bool>,
}

/// The one time that the private key is told.
#[derive(Debug, Default, Shape)]
pub struct CreateKeyPairOutput {
    pub key_pair_id: String,
    pub key_name: String,
    pub key_fingerprint: String,
    pub key_material: String,
    pub tags: Vec<Tag>,
}

#[derive(Debug, Default, Shape)]
pub struct ImportKeyPairInput {
    pub key_name: String,
    pub public_key_material: Blob,
    pub tag_specifications: Vec<TagSpecification>,
    pub dry_run: Option<bool>,
}

#[derive(Debug, Default, Shape)]
pub struct ImportKeyPairOutput {
    pub key_pair_id: String,
    pub key_name: String,
    pub key_fingerprint: String,
    pub tags: Vec<Tag>,
}

#[derive(Debug, Default, Shape)]
pub struct DescribeKeyPairsInput {
    pub key_names: Vec<String>,
    pub key_pair_ids: Vec<String>,
    pub include_public_key: Option<bool>,
    pub filters: Vec<Filter>,
    pub dry_run: Option<bool>,
}

#[derive(Debug, Default, Shape)]
pub struct DescribeKeyPairsOutput {
    pub key_pairs: Vec<KeyPairInfo>,
}

/// A key pair as it is described.
#[derive(Clone, Debug, Default, Shape)]
pub struct KeyPairInfo {
    pub key_pair_id: String,
    pub key_name: String,
    pub key_type: KeyType,
    pub key_fingerprint: String,
    pub public_key: Option<String>,
    pub create_time: Timestamp,
    pub tags: Vec<Tag>,
}

#[derive(Debug, Default, Shape)]
pub struct DeleteKeyPairInput {
    pub key_name: Option<String>,
    pub key_pair_id: Option<String>,
    pub dry_run: Option<bool>,
}

#[derive(Debug, Default, Shape)]
pub struct DeleteKeyPairOutput {
    pub r#return: bool,
    pub key_pair_id: Option<String>,
}

impl KeyPairInfo {
    /// What is shown of a key pair.
    pub fn of(key: KeyPair, tags: Vec<Tag>, with_public_key: bool) -> Self {
        Self {
            key_pair_id: key.id.to_string(),
            key_name: key.name,
            key_type: key.kind,
            key_fingerprint: key.fingerprint,
            public_key: with_public_key.then_some(key.public_key),
            create_time: key.created,
            tags,
        }
    }
}

impl Filterable for KeyPairInfo {
    const FILTERS: &'static [crate::ec2::filter::Field<Self>] = &[
        ("key-pair-id", |key| one(&key.key_pair_id)),
        ("key-name", |key| one(&key.key_name)),
        ("fingerprint", |key| one(&key.key_fingerprint)),
    ];
    fn tags(&self) -> &[Tag] {
        &self.tags
    }
}
