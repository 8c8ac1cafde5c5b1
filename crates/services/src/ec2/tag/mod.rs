//! Tags of EC2's resources: one row of tags a resource, whatever it is, so that no noun handles its own.
//!
//! **Invariant**: a row exists only for a resource that exists; a noun that deletes a resource calls [`forget`].

mod api;
mod kinds;
mod ops;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};
use tierra_core::tags::TagError;
use tierra_core::{Arn, AwsError, Key, Place, Resource, Tag, Tags, Tx};

pub use api::TagSpecification;
pub use ops::register;

use super::errors::Ec2Error;

/// The tags of one resource.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TagSet {
    place: Place,
    resource: String,
    tags: Tags,
}

impl Resource for TagSet {
    const KIND: &'static str = "ec2/tags";
    fn place(&self) -> &Place {
        &self.place
    }
    fn id(&self) -> String {
        self.resource.clone()
    }
}

impl From<TagError> for Ec2Error {
    fn from(error: TagError) -> Self {
        match error {
            TagError::TooMany => Self::TagLimit,
            _ => Self::Tag { reason: error.to_string() },
        }
    }
}

/// The tags of a resource.
pub fn of(tx: &Tx, place: &Place, resource: impl std::fmt::Display) -> Tags {
    tx.find::<TagSet>(place, resource).map(|set| set.tags).unwrap_or_default()
}

/// The tags of the resource of an ARN. Images have no account in theirs: the tags are the caller's own.
pub fn of_arn(tx: &Tx, place: &Place, arn: &Arn) -> Tags {
    let id = arn.resource.split_once('/').map_or("", |(_, id)| id);
    of(tx, place, id)
}

/// The tags of a resource, as answers carry them.
pub fn list(tx: &Tx, place: &Place, resource: impl std::fmt::Display) -> Vec<Tag> {
    of(tx, place, resource).list()
}

/// Gives a resource these tags and no others.
pub fn set(tx: &mut Tx, place: &Place, resource: impl std::fmt::Display, tags: Tags) {
    if tags.0.is_empty() {
        return forget(tx, place, resource);
    }
    tx.save(TagSet {
        place: place.clone(),
        resource: resource.to_string(),
        tags,
    });
}

/// Forgets the tags of a resource that is gone.
pub fn forget(tx: &mut Tx, place: &Place, resource: impl std::fmt::Display) {
    tx.delete(&Key::<TagSet>::new(place, resource));
}

/// The tags that a Create operation was given for resources of kind `word` (`subnet`).
///
/// # Errors
/// Where a specification is for a kind that is not in `allowed`, or a tag is invalid.
pub fn specified_of(specifications: &[TagSpecification], word: &str, allowed: &[&str]) -> Result<Tags, AwsError> {
    let mut tags = Vec::new();
    for specification in specifications {
        let kind = specification.resource_type.as_deref().unwrap_or_default();
        if !allowed.contains(&kind) {
            return Err(Ec2Error::TagKind { word: kind.to_owned() }.into());
        }
        if kind == word {
            tags.extend(specification.tags.iter().cloned());
        }
    }
    Tags::parse(&tags).map_err(|error| Ec2Error::from(error).into())
}

/// Adds the tags of `more` whose kind and key `specifications` do not name.
pub fn add_unless_said(specifications: &mut Vec<TagSpecification>, more: Vec<TagSpecification>) {
    let said: std::collections::BTreeSet<_> = specifications
        .iter()
        .flat_map(|one| one.tags.iter().map(|tag| (one.resource_type.clone(), tag.key.clone())))
        .collect();
    for mut one in more {
        let kind = one.resource_type.clone();
        one.tags.retain(|tag| !said.contains(&(kind.clone(), tag.key.clone())));
        specifications.push(one);
    }
}

/// [`specified_of`] for an operation that creates resources of one kind.
///
/// # Errors
/// As [`specified_of`].
pub fn specified(specifications: &[TagSpecification], word: &str) -> Result<Tags, AwsError> {
    specified_of(specifications, word, &[word])
}
#[cfg(test)]
pub use ops::spoken;
