//! How an instance may ask for its metadata. Follows the page "Configure the Instance Metadata Service options".

use serde::{Deserialize, Serialize};
use tierra_model::{Shape, text_enum};

use crate::ec2::errors::Ec2Error;

/// Hops that an answer with a token may take at most.
const HOPS: std::ops::RangeInclusive<i32> = 1..=64;

text_enum! {
    /// Whether a token is needed.
    pub enum HttpTokens {
        Optional = "optional",
        Required = "required",
    }
}

text_enum! {
    /// Off or on.
    pub enum Switch {
        Disabled = "disabled",
        Enabled = "enabled",
    }
}

/// The options of one instance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MetadataOptions {
    pub tokens: HttpTokens,
    pub hop_limit: i32,
    pub endpoint: Switch,
    /// Whether its tags are told inside.
    pub tags: Switch,
}

impl Default for MetadataOptions {
    fn default() -> Self {
        Self {
            tokens: HttpTokens::Optional,
            hop_limit: 1,
            endpoint: Switch::Enabled,
            tags: Switch::Disabled,
        }
    }
}

/// What a caller wants of them; what is absent stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Shape)]
pub struct MetadataOptionsRequest {
    pub http_tokens: Option<HttpTokens>,
    pub http_put_response_hop_limit: Option<i32>,
    pub http_endpoint: Option<Switch>,
    pub instance_metadata_tags: Option<Switch>,
}

/// The options as they are told.
#[derive(Clone, Debug, Default, Shape)]
pub struct MetadataOptionsResponse {
    pub state: String,
    pub http_tokens: HttpTokens,
    pub http_put_response_hop_limit: i32,
    pub http_endpoint: Switch,
    pub http_protocol_ipv6: Switch,
    pub instance_metadata_tags: Switch,
}

impl MetadataOptions {
    /// These options with what a caller wants.
    ///
    /// # Errors
    /// Where the hop limit cannot be.
    pub fn with(&self, wanted: &MetadataOptionsRequest) -> Result<Self, Ec2Error> {
        let hop_limit = wanted.http_put_response_hop_limit.unwrap_or(self.hop_limit);
        if !HOPS.contains(&hop_limit) {
            let reason = format!("Expecting a value between {} and {}.", HOPS.start(), HOPS.end());
            return Err(Ec2Error::Value {
                value: hop_limit.to_string(),
                name: "HttpPutResponseHopLimit",
                reason,
            });
        }
        Ok(Self {
            tokens: wanted.http_tokens.unwrap_or(self.tokens),
            hop_limit,
            endpoint: wanted.http_endpoint.unwrap_or(self.endpoint),
            tags: wanted.instance_metadata_tags.unwrap_or(self.tags),
        })
    }

    /// As they are told.
    pub fn told(&self) -> MetadataOptionsResponse {
        MetadataOptionsResponse {
            state: "applied".to_owned(),
            http_tokens: self.tokens,
            http_put_response_hop_limit: self.hop_limit,
            http_endpoint: self.endpoint,
            http_protocol_ipv6: Switch::Disabled,
            instance_metadata_tags: self.tags,
        }
    }
}
