//! A launch template and its versions as the store keeps them.

use std::str::FromStr;

use serde::{Deserialize, Serialize};
use tierra_core::{Place, Resource, Tx, id_type};
use tierra_model::Timestamp;

use super::data::LaunchTemplateData;
use super::errors::LaunchTemplateError;

id_type!(/// `lt-0123…`
    LaunchTemplateId, "lt-");

/// A template: a name for numbered versions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LaunchTemplate {
    pub place: Place,
    pub id: LaunchTemplateId,
    pub name: String,
    pub created: Timestamp,
    /// The ARN of who made it.
    pub created_by: String,
    /// The version that is meant where none is named.
    pub default: i64,
    /// The highest number that was given.
    pub latest: i64,
    /// What its caller said, so that a creation that is tried again makes no second one.
    pub client_token: Option<String>,
}

/// One version. It never changes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LaunchTemplateVersion {
    pub place: Place,
    pub template: LaunchTemplateId,
    pub number: i64,
    pub description: Option<String>,
    pub created: Timestamp,
    pub created_by: String,
    pub data: LaunchTemplateData,
}

/// How a version is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VersionName {
    Number(i64),
    Latest,
    Default,
}

impl FromStr for VersionName {
    type Err = LaunchTemplateError;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "$Latest" => Ok(Self::Latest),
            "$Default" => Ok(Self::Default),
            number => number
                .parse()
                .map(Self::Number)
                .map_err(|_| LaunchTemplateError::Version { text: text.to_owned() }),
        }
    }
}

impl LaunchTemplate {
    /// The template that just one of id and name names.
    ///
    /// # Errors
    /// Where there is none, or not just one is given.
    pub fn find(tx: &Tx, place: &Place, id: Option<&str>, name: Option<&str>) -> Result<Self, LaunchTemplateError> {
        match (id, name) {
            (Some(id), None) => Self::by_id(tx, place, id),
            (None, Some(name)) => Self::by_name(tx, place, name),
            _ => Err(LaunchTemplateError::OneOf),
        }
    }

    /// The template of this id.
    ///
    /// # Errors
    /// Where there is none.
    pub fn by_id(tx: &Tx, place: &Place, id: &str) -> Result<Self, LaunchTemplateError> {
        tx.find(place, id)
            .ok_or_else(|| LaunchTemplateError::NotFound { id: id.to_owned() })
    }

    /// The template of this name.
    ///
    /// # Errors
    /// Where there is none.
    pub fn by_name(tx: &Tx, place: &Place, name: &str) -> Result<Self, LaunchTemplateError> {
        let found = tx.by_index(place, "name", name).pop();
        found.ok_or_else(|| LaunchTemplateError::NameNotFound { name: name.to_owned() })
    }

    /// The number that a name means.
    pub fn number(&self, name: VersionName) -> i64 {
        match name {
            VersionName::Number(number) => number,
            VersionName::Latest => self.latest,
            VersionName::Default => self.default,
        }
    }

    /// Its version of this name.
    ///
    /// # Errors
    /// Where it has none.
    pub fn version(&self, tx: &Tx, name: VersionName) -> Result<LaunchTemplateVersion, LaunchTemplateError> {
        let number = self.number(name);
        tx.find(&self.place, version_id(&self.id, number))
            .ok_or_else(|| LaunchTemplateError::NoVersion {
                id: self.id.to_string(),
                version: number.to_string(),
            })
    }

    /// All its versions, the newest first.
    pub fn versions(&self, tx: &Tx) -> Vec<LaunchTemplateVersion> {
        let mut versions: Vec<LaunchTemplateVersion> = tx.by_index(&self.place, "template", self.id.as_str());
        versions.sort_by_key(|version| std::cmp::Reverse(version.number));
        versions
    }
}

/// Under which a version is kept.
pub(super) fn version_id(template: &LaunchTemplateId, number: i64) -> String {
    format!("{template}:{number}")
}

impl Resource for LaunchTemplate {
    const KIND: &'static str = "ec2/launch-template";
    fn place(&self) -> &Place {
        &self.place
    }
    fn id(&self) -> String {
        self.id.to_string()
    }
    fn indexes(&self) -> Vec<(&'static str, String)> {
        let token = self.client_token.iter().map(|token| ("token", token.clone()));
        [("name", self.name.clone())].into_iter().chain(token).collect()
    }
}

impl Resource for LaunchTemplateVersion {
    const KIND: &'static str = "ec2/launch-template-version";
    fn place(&self) -> &Place {
        &self.place
    }
    fn id(&self) -> String {
        version_id(&self.template, self.number)
    }
    fn indexes(&self) -> Vec<(&'static str, String)> {
        vec![("template", self.template.to_string())]
    }
}
