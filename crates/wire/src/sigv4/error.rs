//! Why a signature was refused, and how each family of services says so.

use tierra_model::Timestamp;

/// How a service words its errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// EC2.
    Ec2,
    /// S3.
    S3,
    /// The query protocol: IAM, STS, CloudFormation, RDS, …
    Query,
    /// The JSON, REST and CBOR protocols.
    Json,
}

/// Why a request's signature does not stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SigError {
    /// Not signed at all.
    Missing,
    /// A part of the claim is missing or malformed.
    Incomplete(String),
    /// No such access key, or one that is not active, or a token that does not belong to it.
    UnknownKey,
    /// The signature is another one.
    Mismatch,
    /// The payload is not the one that was signed.
    PayloadMismatch,
    /// The scope's date, region or service is not the request's.
    Scope(String),
    /// Signed too long ago.
    Expired {
        /// When it was signed.
        signed: Timestamp,
        /// Now.
        now: Timestamp,
    },
    /// Signed in the future.
    NotYetCurrent {
        /// When it was signed.
        signed: Timestamp,
        /// Now.
        now: Timestamp,
    },
    /// A presigned request whose time is over.
    PresignedExpired,
    /// The session has ended.
    ExpiredToken,
    /// A header that must be signed is not.
    Unsigned(String),
}

/// A refusal in AWS's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// AWS's code.
    pub code: &'static str,
    /// The HTTP status.
    pub status: u16,
    /// AWS's wording.
    pub message: String,
}

const MISMATCH: &str = "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and \
signing method. Consult the service documentation for details.";
const S3_MISMATCH: &str =
    "The request signature we calculated does not match the signature you provided. Check your key and signing method.";
const NOT_VALIDATED: &str = "AWS was not able to validate the provided access credentials";

impl SigError {
    pub(super) fn incomplete(reason: &str) -> Self {
        Self::Incomplete(reason.to_owned())
    }

    /// This error as a service of `family` says it.
    pub fn refusal(&self, family: Family) -> Refusal {
        let (code, status, message) = match family {
            Family::Ec2 => self.ec2(),
            Family::S3 => self.s3(),
            Family::Query => self.query(),
            Family::Json => self.json(),
        };
        Refusal { code, status, message }
    }

    fn ec2(&self) -> (&'static str, u16, String) {
        match self {
            Self::Missing => (
                "MissingParameter",
                400,
                "The request must contain the parameter AWSAccessKeyId".to_owned(),
            ),
            Self::UnknownKey | Self::Mismatch | Self::PayloadMismatch => ("AuthFailure", 401, NOT_VALIDATED.to_owned()),
            Self::Expired { .. } | Self::NotYetCurrent { .. } | Self::PresignedExpired | Self::ExpiredToken => {
                ("RequestExpired", 400, "Request has expired.".to_owned())
            }
            Self::Incomplete(_) | Self::Scope(_) | Self::Unsigned(_) => self.query(),
        }
    }

    fn s3(&self) -> (&'static str, u16, String) {
        match self {
            Self::Missing => ("AccessDenied", 403, "Access Denied".to_owned()),
            Self::UnknownKey => (
                "InvalidAccessKeyId",
                403,
                "The AWS Access Key Id you provided does not exist in our records.".to_owned(),
            ),
            Self::Mismatch => ("SignatureDoesNotMatch", 403, S3_MISMATCH.to_owned()),
            Self::PayloadMismatch => (
                "XAmzContentSHA256Mismatch",
                400,
                "The provided 'x-amz-content-sha256' header does not match what was computed.".to_owned(),
            ),
            Self::Expired { .. } | Self::NotYetCurrent { .. } => (
                "RequestTimeTooSkewed",
                403,
                "The difference between the request time and the current time is too large.".to_owned(),
            ),
            Self::PresignedExpired => ("AccessDenied", 403, "Request has expired".to_owned()),
            Self::ExpiredToken => ("ExpiredToken", 400, "The provided token has expired.".to_owned()),
            Self::Incomplete(reason) => ("AuthorizationQueryParametersError", 400, reason.clone()),
            Self::Scope(reason) => ("AuthorizationHeaderMalformed", 400, reason.clone()),
            Self::Unsigned(_) => (
                "AccessDenied",
                403,
                "There were headers present in the request which were not signed".to_owned(),
            ),
        }
    }

    fn query(&self) -> (&'static str, u16, String) {
        match self {
            Self::Missing => (
                "MissingAuthenticationToken",
                403,
                "Request is missing Authentication Token".to_owned(),
            ),
            Self::Incomplete(reason) => ("IncompleteSignature", 400, reason.clone()),
            Self::UnknownKey => (
                "InvalidClientTokenId",
                403,
                "The security token included in the request is invalid.".to_owned(),
            ),
            Self::ExpiredToken => (
                "ExpiredToken",
                403,
                "The security token included in the request is expired".to_owned(),
            ),
            other => ("SignatureDoesNotMatch", 403, other.mismatch()),
        }
    }

    fn json(&self) -> (&'static str, u16, String) {
        match self {
            Self::Missing => (
                "MissingAuthenticationTokenException",
                403,
                "Missing Authentication Token".to_owned(),
            ),
            Self::Incomplete(reason) => ("IncompleteSignatureException", 400, reason.clone()),
            Self::UnknownKey => (
                "UnrecognizedClientException",
                400,
                "The security token included in the request is invalid.".to_owned(),
            ),
            Self::ExpiredToken => (
                "ExpiredTokenException",
                400,
                "The security token included in the request is expired".to_owned(),
            ),
            other => ("InvalidSignatureException", 400, other.mismatch()),
        }
    }

    /// The words of those that query and JSON services call a signature that does not match.
    fn mismatch(&self) -> String {
        match self {
            Self::Expired { signed, now } => {
                let earliest = now.plus_millis(-super::verify::SKEW_MILLIS);
                format!(
                    "Signature expired: {} is now earlier than {} ({} - 5 min.)",
                    basic(*signed),
                    basic(earliest),
                    basic(*now)
                )
            }
            Self::NotYetCurrent { signed, now } => {
                let latest = now.plus_millis(super::verify::SKEW_MILLIS);
                format!(
                    "Signature not yet current: {} is still later than {} ({} + 5 min.)",
                    basic(*signed),
                    basic(latest),
                    basic(*now)
                )
            }
            Self::PresignedExpired => "Signature expired".to_owned(),
            Self::Scope(reason) => reason.clone(),
            Self::Unsigned(name) => format!("'{name}' must be a 'SignedHeader' in the AWS Authorization."),
            _ => MISMATCH.to_owned(),
        }
    }
}

/// A moment as signatures write it: `20150830T123600Z`.
pub(super) fn basic(moment: Timestamp) -> String {
    let iso = moment.to_string();
    iso.split('.').next().unwrap_or(&iso).replace(['-', ':'], "") + "Z"
}
