//! Amazon Resource Names. Follows the IAM page "Identify AWS resources with Amazon Resource Names (ARNs)".

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::place::{AccountId, Place, Region};

/// `arn:aws:SERVICE:REGION:ACCOUNT:RESOURCE`. Region and account may be empty; the resource may hold colons and slashes.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Arn {
    /// `ec2`, `iam`, …
    pub service: String,
    /// Empty for global services.
    pub region: Region,
    /// Empty for S3 buckets, `aws` for AWS's own policies.
    pub account: AccountId,
    /// `instance/i-0123…`, `role/path/name`, …
    pub resource: String,
}

/// Why a text is no ARN.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} is not a valid ARN")]
pub struct InvalidArn(String);

impl Arn {
    /// A resource of a regional service.
    pub fn regional(service: &str, place: &Place, resource: impl Into<String>) -> Self {
        Self {
            service: service.to_owned(),
            region: place.region.clone(),
            account: place.account.clone(),
            resource: resource.into(),
        }
    }

    /// A resource of a global service (no region in its ARN).
    pub fn global(service: &str, account: &AccountId, resource: impl Into<String>) -> Self {
        Self {
            service: service.to_owned(),
            region: Region::default(),
            account: account.clone(),
            resource: resource.into(),
        }
    }
}

impl fmt::Display for Arn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "arn:aws:{}:{}:{}:{}", self.service, self.region, self.account, self.resource)
    }
}

impl FromStr for Arn {
    type Err = InvalidArn;

    fn from_str(text: &str) -> Result<Self, InvalidArn> {
        let parts: Vec<&str> = text.splitn(6, ':').collect();
        match parts.as_slice() {
            ["arn", partition, service, region, account, resource]
                if partition.starts_with("aws") && !service.is_empty() && !resource.is_empty() =>
            {
                Ok(Self {
                    service: (*service).to_owned(),
                    region: Region((*region).to_owned()),
                    account: AccountId((*account).to_owned()),
                    resource: (*resource).to_owned(),
                })
            }
            _ => Err(InvalidArn(text.to_owned())),
        }
    }
}

impl Serialize for Arn {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Arn {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

tierra_model::text_shape!(Arn);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arns_are_read_and_written() {
        for text in [
            "arn:aws:iam::123456789012:role/a/b",
            "arn:aws:ec2:us-east-1:1:instance/i-1",
            "arn:aws:s3:::b/k:x",
            "arn:aws:iam::aws:policy/P",
        ] {
            assert_eq!(text.parse::<Arn>().map(|arn| arn.to_string()), Ok(text.to_owned()));
        }
        for text in ["", "arn:aws:iam", "urn:aws:iam::1:x", "arn:aws:::1:x", "arn:aws:iam::1:"] {
            assert!(text.parse::<Arn>().is_err(), "{text}");
        }
    }
}
