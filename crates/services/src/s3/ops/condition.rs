//! Conditional requests. Follows the S3 page "Conditional requests" and RFC 9110.

use tierra_core::Tx;
use tierra_model::{Shape, Timestamp};

use crate::s3::errors::S3Error;
use crate::s3::model::{Content, Object, Version};

/// The conditions of a read.
#[derive(Clone, Debug, Default, Shape)]
pub struct IfRead {
    if_match: Option<String>,
    if_none_match: Option<String>,
    if_modified_since: Option<Timestamp>,
    if_unmodified_since: Option<Timestamp>,
}

/// The conditions of a write.
#[derive(Clone, Debug, Default, Shape)]
pub struct IfWrite {
    pub(super) if_match: Option<String>,
    pub(super) if_none_match: Option<String>,
}

/// The conditions under which a copy is made of its source.
#[derive(Clone, Debug, Default, Shape)]
pub struct IfSource {
    copy_source_if_match: Option<String>,
    copy_source_if_none_match: Option<String>,
    copy_source_if_modified_since: Option<Timestamp>,
    copy_source_if_unmodified_since: Option<Timestamp>,
}

/// Whether a list of entity tags, or `*`, holds this one.
fn holds(list: &str, etag: &str) -> bool {
    list.split(',').any(|one| {
        let one = one.trim();
        let one = one.strip_prefix("W/").unwrap_or(one);
        one == "*" || one.trim_matches('"') == etag
    })
}

impl IfRead {
    /// Whether the read goes on. A condition on the entity tag outweighs the one on the time.
    ///
    /// # Errors
    /// [`S3Error::PreconditionFailed`], [`S3Error::NotModified`].
    pub fn check(&self, version: &Version, content: &Content) -> Result<(), S3Error> {
        // Headers carry whole seconds.
        let modified = version.modified.secs();
        let wanted = match (&self.if_match, self.if_unmodified_since) {
            (Some(list), _) => holds(list, &content.etag),
            (None, Some(since)) => modified <= since.secs(),
            (None, None) => true,
        };
        let new = match (&self.if_none_match, self.if_modified_since) {
            (Some(list), _) => !holds(list, &content.etag),
            (None, Some(since)) => modified > since.secs(),
            (None, None) => true,
        };
        match (wanted, new) {
            (false, _) => Err(S3Error::PreconditionFailed),
            (true, false) => Err(S3Error::NotModified),
            (true, true) => Ok(()),
        }
    }
}

impl IfSource {
    /// Whether the copy is made.
    ///
    /// # Errors
    /// [`S3Error::PreconditionFailed`].
    pub fn check(&self, version: &Version, content: &Content) -> Result<(), S3Error> {
        let read = IfRead {
            if_match: self.copy_source_if_match.clone(),
            if_none_match: self.copy_source_if_none_match.clone(),
            if_modified_since: self.copy_source_if_modified_since,
            if_unmodified_since: self.copy_source_if_unmodified_since,
        };
        read.check(version, content).map_err(|_| S3Error::PreconditionFailed)
    }
}

impl IfWrite {
    /// Whether the write is done. To be asked in the transaction that writes.
    ///
    /// # Errors
    /// [`S3Error::PreconditionFailed`]; [`S3Error::NoSuchKey`] where something is to be replaced that is not there.
    pub fn check(&self, tx: &Tx, bucket: &str, key: &str) -> Result<(), S3Error> {
        if self.if_match.is_none() && self.if_none_match.is_none() {
            return Ok(());
        }
        if self.if_none_match.as_deref().is_some_and(|list| list.trim() != "*") {
            return Err(S3Error::NotImplemented {
                what: "A header you provided implies functionality that is not implemented".to_owned(),
            });
        }
        let there = Object::newest(tx, bucket, key).and_then(|object| object.version.content);
        match (&self.if_match, there) {
            (Some(_), None) => Err(S3Error::NoSuchKey),
            (Some(list), Some(content)) if !holds(list, &content.etag) => Err(S3Error::PreconditionFailed),
            (None, Some(_)) => Err(S3Error::PreconditionFailed),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entity_tags_are_compared_without_their_dress() {
        for (list, want) in [
            ("\"abc\"", true),
            ("abc", true),
            ("W/\"abc\"", true),
            ("\"x\", \"abc\"", true),
            ("*", true),
            ("\"ab\"", false),
        ] {
            assert_eq!(holds(list, "abc"), want, "{list}");
        }
    }
}
