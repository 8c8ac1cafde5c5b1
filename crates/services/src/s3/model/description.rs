//! What a caller says of an object, and gets back with it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tierra_model::Shape;

/// Headers that belong to the object, as they were put.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Shape)]
pub struct Description {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache_control: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_disposition: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_encoding: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_language: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<tierra_model::Timestamp>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub metadata: BTreeMap<String, String>,
}

/// What S3 says of an object that was put without a type.
pub const UNTYPED: &str = "binary/octet-stream";

impl Description {
    /// As it is kept: `aws-chunked` says how the request was sent, and does not belong to the object.
    #[must_use]
    pub fn kept(mut self) -> Self {
        let plain = |encoding: String| {
            let parts: Vec<&str> = encoding
                .split(',')
                .map(str::trim)
                .filter(|part| *part != "aws-chunked" && !part.is_empty())
                .collect();
            Some(parts.join(",")).filter(|text| !text.is_empty())
        };
        self.content_encoding = self.content_encoding.and_then(plain);
        self.content_type.get_or_insert_with(|| UNTYPED.to_owned());
        self
    }
}
