//! Signature version 4, as a verifier: header and presigned query, session tokens, clock skew, unsigned and chunked payloads.
//! Follows the IAM page "AWS Signature Version 4 for API requests".
//!
//! **Invariant**: pure. The time and the secrets come in; nothing is compared with an early exit.

mod canonical;
mod chunked;
mod claim;
mod error;
mod key;
mod verify;

#[cfg(test)]
mod tests;

pub(crate) use canonical::decode as percent_decoded;
pub use chunked::ChunkDecoder;
pub use claim::{Claim, Scope};
pub use error::{Family, Refusal, SigError};
pub use key::{SigningKey, sign};
pub use verify::{Secret, Verified, verify};

/// The head of a request, as it came: nothing decoded, header names in lower case.
#[derive(Clone, Copy, Debug)]
pub struct SignedRequest<'a> {
    /// `GET`
    pub method: &'a str,
    /// The path, still encoded.
    pub path: &'a str,
    /// The query, still encoded, without `?`.
    pub query: &'a str,
    /// Every header in the order in which it came.
    pub headers: &'a [(String, String)],
}

impl SignedRequest<'_> {
    /// The first header of this (lower-case) name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// A parameter of the query, decoded.
    pub fn parameter(&self, name: &str) -> Option<String> {
        self.parameters().into_iter().find(|(key, _)| key == name).map(|(_, value)| value)
    }

    /// Every parameter of the query, decoded, in the order in which they came.
    pub fn parameters(&self) -> Vec<(String, String)> {
        canonical::pairs(self.query)
    }
}
