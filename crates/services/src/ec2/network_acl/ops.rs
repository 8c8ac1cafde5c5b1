//! What callers ask of network ACLs.

use tierra_core::{AwsError, Call, Tag, Tx};

use super::api::{DescribeNetworkAclsInput, DescribeNetworkAclsOutput, NetworkAclAssociation, NetworkAclDescription, NetworkAclEntry};
use super::{NetworkAclError, NetworkAclId};
use crate::ec2::filter::{Field, Filterable, each, one};
use crate::ec2::listing::{self, Described, query};
use crate::ec2::operation::operations;
use crate::ec2::subnet::Subnet;
use crate::ec2::tag;
use crate::ec2::vpc::Vpc;

/// The number of the rule that ends every ACL.
const LAST_RULE: i32 = 32767;

operations! {
    /// Tells of ACLs. "DescribeNetworkAcls"
    reads DescribeNetworkAcls(DescribeNetworkAclsInput) -> DescribeNetworkAclsOutput = describe;
}

impl Filterable for NetworkAclDescription {
    const FILTERS: &'static [Field<Self>] = &[
        ("association.association-id", |acl| {
            each(&acl.associations, |association| one(&association.network_acl_association_id))
        }),
        ("association.network-acl-id", |acl| {
            each(&acl.associations, |association| one(&association.network_acl_id))
        }),
        ("association.subnet-id", |acl| {
            each(&acl.associations, |association| one(&association.subnet_id))
        }),
        ("default", |acl| one(&acl.is_default)),
        ("network-acl-id", |acl| one(&acl.network_acl_id)),
        ("owner-id", |acl| one(&acl.owner_id)),
        ("vpc-id", |acl| one(&acl.vpc_id)),
    ];
    fn tags(&self) -> &[Tag] {
        &self.tags
    }
}

impl Described for NetworkAclDescription {
    const IDS: &'static str = "networkAclIds";
    fn id(&self) -> String {
        self.network_acl_id.to_string()
    }
}

fn show(tx: &Tx, vpc: &Vpc) -> NetworkAclDescription {
    let subnets: Vec<Subnet> = tx.by_index(&vpc.place, "vpc", vpc.id.as_str());
    let association = |subnet: Subnet| NetworkAclAssociation {
        network_acl_association_id: subnet.network_acl_association,
        network_acl_id: vpc.network_acl.clone(),
        subnet_id: subnet.id,
    };
    NetworkAclDescription {
        network_acl_id: vpc.network_acl.clone(),
        vpc_id: vpc.id.clone(),
        owner_id: vpc.place.account.to_string(),
        is_default: true,
        associations: subnets.into_iter().map(association).collect(),
        entries: [true, false].into_iter().flat_map(entries).collect(),
        tags: tag::list(tx, &vpc.place, &vpc.network_acl),
    }
}

/// Everything passes; the rule that stops what no other names comes last.
fn entries(egress: bool) -> [NetworkAclEntry; 2] {
    [("allow", 100), ("deny", LAST_RULE)].map(|(action, number)| NetworkAclEntry {
        cidr_block: "0.0.0.0/0".to_owned(),
        egress,
        protocol: "-1".to_owned(),
        rule_action: action.to_owned(),
        rule_number: number,
    })
}

fn describe(tx: &mut Tx, call: &Call, input: DescribeNetworkAclsInput) -> Result<DescribeNetworkAclsOutput, AwsError> {
    let all: Vec<Vpc> = tx.list(&call.place);
    let missing = |id: &&NetworkAclId| all.iter().all(|vpc| vpc.network_acl != **id);
    if let Some(id) = input.network_acl_ids.iter().find(missing) {
        return Err(NetworkAclError::NotFound { id: id.to_string() }.into());
    }
    let asked = |vpc: &&Vpc| input.network_acl_ids.is_empty() || input.network_acl_ids.contains(&vpc.network_acl);
    let shown = all.iter().filter(asked).map(|vpc| show(tx, vpc)).collect();
    let page = listing::page(shown, !input.network_acl_ids.is_empty(), &query!(input))?;
    Ok(DescribeNetworkAclsOutput {
        network_acls: page.items,
        next_token: page.next,
    })
}
