//! Tags: one mechanism for every service. Follows the page "Tagging your AWS resources" for limits.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tierra_model::Shape;

/// Tags that one resource may carry.
pub const TAGS_PER_RESOURCE: usize = 50;
/// Characters of a key.
pub const KEY_LENGTH: usize = 128;
/// Characters of a value.
pub const VALUE_LENGTH: usize = 256;

/// A key and its value, in the shape that most services speak (`Key`, `Value`).
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Shape)]
pub struct Tag {
    /// Its key.
    pub key: String,
    /// Its value; EC2 lets it be absent, which means empty.
    pub value: Option<String>,
}

/// The tags of one resource.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Tags(pub BTreeMap<String, String>);

/// Why tags were refused; each service says it with its own code.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TagError {
    /// More than [`TAGS_PER_RESOURCE`].
    #[error("The maximum number of tags per resource is {TAGS_PER_RESOURCE}")]
    TooMany,
    /// `aws:` belongs to AWS.
    #[error("Tag keys starting with 'aws:' are reserved for internal use")]
    Reserved,
    /// Empty or longer than [`KEY_LENGTH`].
    #[error("Tag key exceeds the maximum length of {KEY_LENGTH} characters or is empty")]
    Key,
    /// Longer than [`VALUE_LENGTH`].
    #[error("Tag value exceeds the maximum length of {VALUE_LENGTH} characters")]
    Value,
    /// The same key twice in one call.
    #[error("Duplicate tag key '{0}' specified.")]
    Duplicate(String),
}

impl Tags {
    /// Tags as a caller gave them, checked.
    ///
    /// # Errors
    /// Where a key is reserved, empty, too long or given twice, a value is too long, or there are too many.
    pub fn parse(tags: &[Tag]) -> Result<Self, TagError> {
        let mut parsed = Self::default();
        for tag in tags {
            if parsed.0.contains_key(&tag.key) {
                return Err(TagError::Duplicate(tag.key.clone()));
            }
            parsed.put(tag)?;
        }
        Ok(parsed)
    }

    /// Adds or replaces one tag that a caller gave.
    ///
    /// # Errors
    /// As [`Tags::parse`].
    pub fn put(&mut self, tag: &Tag) -> Result<(), TagError> {
        let value = tag.value.clone().unwrap_or_default();
        if tag.key.is_empty() || tag.key.chars().count() > KEY_LENGTH {
            return Err(TagError::Key);
        }
        if tag.key.to_ascii_lowercase().starts_with("aws:") {
            return Err(TagError::Reserved);
        }
        if value.chars().count() > VALUE_LENGTH {
            return Err(TagError::Value);
        }
        if !self.0.contains_key(&tag.key) && self.user_tags() >= TAGS_PER_RESOURCE {
            return Err(TagError::TooMany);
        }
        self.0.insert(tag.key.clone(), value);
        Ok(())
    }

    /// Adds a tag of the cloud's own (`aws:cloudformation:stack-name`), which does not count and cannot be given by callers.
    pub fn put_reserved(&mut self, key: &str, value: &str) {
        self.0.insert(key.to_owned(), value.to_owned());
    }

    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(String::as_str)
    }

    /// Every tag in the order of keys, as answers carry them.
    pub fn list(&self) -> Vec<Tag> {
        self.0
            .iter()
            .map(|(key, value)| Tag {
                key: key.clone(),
                value: Some(value.clone()),
            })
            .collect()
    }

    fn user_tags(&self) -> usize {
        self.0.keys().filter(|key| !key.starts_with("aws:")).count()
    }
}
