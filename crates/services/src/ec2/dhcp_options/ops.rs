//! What callers ask of DHCP options.

use tierra_core::{AwsError, Call, Tag, Tx};

use super::api::{DescribeDhcpOptionsInput, DescribeDhcpOptionsOutput, DhcpConfiguration, DhcpOptionsDescription};
use super::require;
use crate::ec2::filter::{Field, Filterable, each, maybe, one};
use crate::ec2::listing::{self, Described, query};
use crate::ec2::operation::operations;
use crate::ec2::tag;
use crate::ec2::vpc::default::Home;

operations! {
    /// Tells of the region's options. "DescribeDhcpOptions"
    reads DescribeDhcpOptions(DescribeDhcpOptionsInput) -> DescribeDhcpOptionsOutput = describe;
}

impl Filterable for DhcpOptionsDescription {
    const FILTERS: &'static [Field<Self>] = &[
        ("dhcp-options-id", |options| one(&options.dhcp_options_id)),
        ("key", |options| {
            each(&options.dhcp_configurations, |configuration| one(&configuration.key))
        }),
        ("owner-id", |options| one(&options.owner_id)),
        ("value", |options| {
            each(&options.dhcp_configurations, |configuration| {
                each(&configuration.values, |value| maybe(&value.value))
            })
        }),
    ];
    fn tags(&self) -> &[Tag] {
        &self.tags
    }
}

impl Described for DhcpOptionsDescription {
    const IDS: &'static str = "dhcpOptionsIds";
    fn id(&self) -> String {
        self.dhcp_options_id.to_string()
    }
}

fn show(tx: &Tx, call: &Call, home: Home) -> DhcpOptionsDescription {
    let domain = match call.place.region.0.as_str() {
        "us-east-1" => "ec2.internal".to_owned(),
        region => format!("{region}.compute.internal"),
    };
    let configuration = |key: &str, value: String| DhcpConfiguration {
        key: key.to_owned(),
        values: vec![value.into()],
    };
    DhcpOptionsDescription {
        tags: tag::list(tx, &call.place, &home.dhcp_options),
        dhcp_options_id: home.dhcp_options,
        owner_id: call.place.account.to_string(),
        dhcp_configurations: vec![
            configuration("domain-name", domain),
            configuration("domain-name-servers", "AmazonProvidedDNS".to_owned()),
        ],
    }
}

fn describe(tx: &mut Tx, call: &Call, input: DescribeDhcpOptionsInput) -> Result<DescribeDhcpOptionsOutput, AwsError> {
    input
        .dhcp_options_ids
        .iter()
        .try_for_each(|id| require(tx, &call.place, id.as_str()))?;
    let shown = Home::of(tx, &call.place).into_iter().map(|home| show(tx, call, home)).collect();
    let page = listing::page(shown, !input.dhcp_options_ids.is_empty(), &query!(input))?;
    Ok(DescribeDhcpOptionsOutput {
        dhcp_options: page.items,
        next_token: page.next,
    })
}
