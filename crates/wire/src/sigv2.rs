//! Signature version 2 of S3, in a query: what botocore still makes when it presigns for `us-east-1` and is told no other version.
//! Follows the S3 page "Signing and authenticating REST requests (AWS signature version 2)". Headers signed so are not taken: no
//! client of today sends them.
//!
//! **Invariant**: pure. The time and the secret come in; nothing is compared with an early exit.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use hmac::{Hmac, Mac};
use sha1::Sha1;
use subtle::ConstantTimeEq;
use tierra_model::Timestamp;

use crate::sigv4::{SigError, SignedRequest};

/// The parameters of a query that name a part of a resource, or change how it is answered: these are signed, others are not.
const SUBRESOURCES: [&str; 40] = [
    "accelerate",
    "acl",
    "analytics",
    "cors",
    "defaultObjectAcl",
    "delete",
    "encryption",
    "intelligent-tiering",
    "inventory",
    "legal-hold",
    "lifecycle",
    "location",
    "logging",
    "metrics",
    "notification",
    "object-lock",
    "ownershipControls",
    "partNumber",
    "policy",
    "policyStatus",
    "publicAccessBlock",
    "replication",
    "requestPayment",
    "response-cache-control",
    "response-content-disposition",
    "response-content-encoding",
    "response-content-language",
    "response-content-type",
    "response-expires",
    "restore",
    "retention",
    "select",
    "select-type",
    "storageClass",
    "tagging",
    "torrent",
    "uploadId",
    "uploads",
    "versionId",
    "versions",
];
/// Signed too, of buckets.
const OF_BUCKETS: [&str; 2] = ["versioning", "website"];

/// What a presigned request claims. Nothing of it is proved yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// `AKIA…` or `ASIA…`
    pub access_key_id: String,
    /// The session's token, where there is one.
    pub session_token: Option<String>,
    signature: String,
    expires: String,
}

impl Claim {
    /// The claim of a request's query; `None` where it makes none.
    pub fn of(request: &SignedRequest<'_>) -> Option<Self> {
        Some(Self {
            access_key_id: request.parameter("AWSAccessKeyId")?,
            signature: request.parameter("Signature")?,
            expires: request.parameter("Expires")?,
            session_token: request.parameter("x-amz-security-token"),
        })
    }

    /// Whether `request`, whose path with its bucket in front is `resource`, was signed by who holds `secret` and is still valid.
    ///
    /// # Errors
    /// Why it does not stand.
    pub fn verify(&self, request: &SignedRequest<'_>, resource: &str, secret: &str, now: Timestamp) -> Result<(), SigError> {
        let expires: i64 = self.expires.parse().map_err(|_| SigError::Mismatch)?;
        if expires.saturating_mul(1000) < now.0 {
            return Err(SigError::PresignedExpired);
        }
        let expected = signature(secret, &self.string_to_sign(request, resource));
        if bool::from(expected.as_bytes().ct_eq(self.signature.as_bytes())) {
            return Ok(());
        }
        Err(SigError::Mismatch)
    }

    fn string_to_sign(&self, request: &SignedRequest<'_>, resource: &str) -> String {
        // What a client signs as a header may come in the query.
        let said = |name: &str| {
            request
                .header(name)
                .map(str::to_owned)
                .or_else(|| request.parameter(name))
                .unwrap_or_default()
        };
        format!(
            "{}\n{}\n{}\n{}\n{}{resource}{}",
            request.method,
            said("content-md5"),
            said("content-type"),
            self.expires,
            amz_headers(request),
            subresources(request)
        )
    }
}

/// Every `x-amz-` header, in order, a line each.
fn amz_headers(request: &SignedRequest<'_>) -> String {
    let headers = request.headers.iter().map(|(name, value)| (name.clone(), value.trim().to_owned()));
    let parameters = request
        .parameters()
        .into_iter()
        .map(|(name, value)| (name.to_ascii_lowercase(), value));
    let mut all: Vec<(String, String)> = headers.chain(parameters).filter(|(name, _)| name.starts_with("x-amz-")).collect();
    all.sort_by(|one, other| one.0.cmp(&other.0));
    all.iter().map(|(name, value)| format!("{name}:{value}\n")).collect()
}

fn subresources(request: &SignedRequest<'_>) -> String {
    let is_signed = |name: &str| SUBRESOURCES.contains(&name) || OF_BUCKETS.contains(&name);
    let mut pieces: Vec<(&str, String)> = request
        .query
        .split('&')
        .map(|piece| piece.split_once('=').map_or((piece, None), |(name, value)| (name, Some(value))))
        .filter(|(name, _)| is_signed(name))
        .map(|(name, value)| match value {
            None => (name, name.to_owned()),
            Some(_) => (name, format!("{name}={}", request.parameter(name).unwrap_or_default())),
        })
        .collect();
    pieces.sort_by_key(|(name, _)| *name);
    let joined = pieces.into_iter().map(|(_, piece)| piece).collect::<Vec<_>>().join("&");
    if joined.is_empty() { joined } else { format!("?{joined}") }
}

fn signature(secret: &str, string_to_sign: &str) -> String {
    let Ok(mut mac) = Hmac::<Sha1>::new_from_slice(secret.as_bytes()) else {
        unreachable!("HMAC takes keys of every length")
    };
    mac.update(string_to_sign.as_bytes());
    BASE64_STANDARD.encode(mac.finalize().into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

    fn request<'a>(method: &'a str, query: &'a str, headers: &'a [(String, String)]) -> SignedRequest<'a> {
        SignedRequest {
            method,
            path: "/photos/puppy.jpg",
            query,
            headers,
        }
    }

    /// The signatures were made with botocore's `HmacV1QueryAuth`.
    #[test]
    fn what_botocore_presigned_stands_until_its_time_is_over() {
        let cases = [
            (
                "GET",
                "AWSAccessKeyId=AKIAIOSFODNN7EXAMPLE&Signature=1No4mq5ETf02z8aet9voy6gui6E%3D&Expires=1175139620",
                "plain",
            ),
            (
                "GET",
                "response-content-type=text%2Fplain&versionId=v%201&other=1&AWSAccessKeyId=AKIAIOSFODNN7EXAMPLE&Signature=rzATLKl7s2xkS%2Fho8u2DdHDXIwE%3D&Expires=1175139620",
                "parts",
            ),
            (
                "PUT",
                "AWSAccessKeyId=AKIAIOSFODNN7EXAMPLE&Signature=1sbqTGraZp6whzOQue%2FngF59p8Q%3D&content-type=text%2Fplain&x-amz-acl=private&x-amz-security-token=tok%2Ben&Expires=1175139620",
                "headers",
            ),
        ];
        for (method, query, signature) in cases {
            let request = request(method, query, &[]);
            let claim = Claim::of(&request).expect("a claim");
            let at = |seconds: i64| claim.verify(&request, "/awsexamplebucket1/photos/puppy.jpg", SECRET, Timestamp(seconds * 1000));
            assert_eq!(at(1_175_139_620), Ok(()), "{signature}");
            assert_eq!(at(1_175_139_621), Err(SigError::PresignedExpired));
            assert_eq!(claim.verify(&request, "/other", SECRET, Timestamp(0)), Err(SigError::Mismatch));
            assert_eq!(
                claim.verify(&request, "/awsexamplebucket1/photos/puppy.jpg", "no", Timestamp(0)),
                Err(SigError::Mismatch)
            );
        }
    }

    #[test]
    fn a_query_without_all_three_claims_nothing() {
        for query in [
            "",
            "Signature=a&Expires=1",
            "AWSAccessKeyId=a&Expires=1",
            "AWSAccessKeyId=a&Signature=1",
        ] {
            assert_eq!(Claim::of(&request("GET", query, &[])), None);
        }
    }
}
