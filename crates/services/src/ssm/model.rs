//! Parameters and their versions.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tierra_core::{Arn, Place, Resource, Tags, Tx};
use tierra_model::{Timestamp, text_enum};

use super::errors::SsmError;
use crate::iam::bootstrap;
use crate::iam::seal::Sealed;

text_enum! {
    /// What a value is.
    pub enum ParameterType { String = "String", StringList = "StringList", SecureString = "SecureString" }
}

text_enum! {
    /// How much a parameter may hold.
    pub enum Tier { Standard = "Standard", Advanced = "Advanced", Intelligent = "Intelligent-Tiering" }
}

/// A parameter.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Parameter {
    /// Account and region.
    pub place: Place,
    /// Its name or path.
    pub name: String,
    /// Its type, for good.
    pub kind: ParameterType,
    /// The newest version.
    pub current: Version,
    /// The number of the oldest version that is kept.
    pub oldest: u64,
    /// Labels and the versions that have them.
    pub labels: BTreeMap<String, u64>,
    /// Its tags.
    pub tags: Tags,
}

/// One version of a parameter.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Version {
    /// From 1 on.
    pub number: u64,
    /// The value.
    pub value: Value,
    /// What it is for.
    pub description: Option<String>,
    /// What values must look like.
    pub allowed_pattern: Option<String>,
    /// How much it may hold.
    pub tier: Tier,
    /// `text` or `aws:ec2:image`.
    pub data_type: String,
    /// The key of a SecureString.
    pub key_id: Option<String>,
    /// When it was put.
    pub modified: Timestamp,
    /// The ARN of who put it.
    pub modified_by: String,
}

/// A version that is kept beside the newest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Kept {
    /// Account and region.
    pub place: Place,
    /// The parameter's name.
    pub name: String,
    /// The version.
    pub version: Version,
}

/// A value as it lies in its row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Value {
    /// As it is.
    Plain(String),
    /// Sealed for [`owner`].
    Sealed(Sealed),
}

impl Value {
    /// A value to be stored; a SecureString's is sealed.
    pub(super) fn new(tx: &Tx, kind: ParameterType, owner: &str, text: String) -> Result<Self, SsmError> {
        if kind != ParameterType::SecureString {
            return Ok(Self::Plain(text));
        }
        let cloud = bootstrap::cloud(tx).ok_or(SsmError::Internal)?;
        Ok(Self::Sealed(cloud.key.seal(owner, &text)))
    }

    /// The text, or what lies in the row where a sealed value is not to be opened.
    pub(super) fn text(&self, tx: &Tx, owner: &str, open: bool) -> Result<String, SsmError> {
        match self {
            Self::Plain(text) => Ok(text.clone()),
            Self::Sealed(sealed) if !open => Ok(sealed.0.clone()),
            Self::Sealed(sealed) => bootstrap::cloud(tx)
                .and_then(|cloud| cloud.key.open(owner, &sealed.0))
                .ok_or(SsmError::Internal),
        }
    }
}

/// The ARN of a parameter.
pub fn arn(place: &Place, name: &str) -> Arn {
    Arn::regional("ssm", place, format!("parameter/{}", name.trim_start_matches('/')))
}

/// Whom a version's value is sealed for.
pub(super) fn owner(place: &Place, name: &str, version: u64) -> String {
    format!("{}:{version}", arn(place, name))
}

impl Parameter {
    /// The version of this number, where it is still kept.
    pub fn version(&self, tx: &Tx, number: u64) -> Option<Version> {
        if number == self.current.number {
            return Some(self.current.clone());
        }
        tx.find::<Kept>(&self.place, kept_id(&self.name, number)).map(|kept| kept.version)
    }

    /// The labels of a version.
    pub fn labels_of(&self, number: u64) -> Vec<String> {
        let labels = self.labels.iter().filter(|(_, version)| **version == number);
        labels.map(|(label, _)| label.clone()).collect()
    }
}

/// The id under which an old version is kept.
pub(super) fn kept_id(name: &str, number: u64) -> String {
    format!("{name}:{number}")
}

impl Resource for Parameter {
    const KIND: &'static str = "ssm/parameter";
    fn place(&self) -> &Place {
        &self.place
    }
    fn id(&self) -> String {
        self.name.clone()
    }
}

impl Resource for Kept {
    const KIND: &'static str = "ssm/parameter-version";
    fn place(&self) -> &Place {
        &self.place
    }
    fn id(&self) -> String {
        kept_id(&self.name, self.version.number)
    }
}
