//! A VPC as the store keeps it.

use ipnet::Ipv4Net;
use serde::{Deserialize, Serialize};
use tierra_core::{Place, Resource, id_type};
use tierra_model::text_enum;

use crate::ec2::dhcp_options::DhcpOptionsId;
use crate::ec2::network_acl::NetworkAclId;

id_type!(/// `vpc-0123…`
    VpcId, "vpc-");
id_type!(/// `vpc-cidr-assoc-0123…`
    VpcCidrAssociationId, "vpc-cidr-assoc-");

text_enum! {
    /// On what hardware instances run. Nothing here is shared with strangers, so it is told back and changes nothing.
    pub enum Tenancy {
        Default = "default",
        Dedicated = "dedicated",
        Host = "host",
    }
}

/// A virtual private cloud.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vpc {
    pub place: Place,
    pub id: VpcId,
    pub cidr: Ipv4Net,
    pub cidr_association: VpcCidrAssociationId,
    pub tenancy: Tenancy,
    pub is_default: bool,
    pub dns_support: bool,
    pub dns_hostnames: bool,
    pub dhcp_options: DhcpOptionsId,
    /// Its default network ACL, which lets everything through; there are no others.
    pub network_acl: NetworkAclId,
}

impl Resource for Vpc {
    const KIND: &'static str = "ec2/vpc";
    fn place(&self) -> &Place {
        &self.place
    }
    fn id(&self) -> String {
        self.id.to_string()
    }
    fn indexes(&self) -> Vec<(&'static str, String)> {
        let default = self.is_default.then(|| ("default", "true".to_owned()));
        default.into_iter().chain([("network-acl", self.network_acl.to_string())]).collect()
    }
}
