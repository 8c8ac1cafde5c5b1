//! `DBSubnetGroup` as it is shown.

use tierra_core::Tx;
use tierra_model::Shape;

use crate::ec2::subnet::Subnet;
use crate::rds::model::DbSubnetGroup;

/// A subnet group.
#[derive(Clone, Debug, Default, Shape)]
pub struct DbSubnetGroupShape {
    #[shape("DBSubnetGroupName")]
    pub(crate) name: String,
    #[shape("DBSubnetGroupDescription")]
    pub(crate) description: String,
    pub(crate) vpc_id: String,
    pub(crate) subnet_group_status: String,
    pub(crate) subnets: Vec<SubnetShape>,
    #[shape("DBSubnetGroupArn")]
    pub(crate) arn: String,
    pub(crate) supported_network_types: Vec<String>,
}

/// One of its subnets.
#[derive(Clone, Debug, Default, Shape)]
pub struct SubnetShape {
    pub(crate) subnet_identifier: String,
    pub(crate) subnet_availability_zone: ZoneShape,
    pub(crate) subnet_status: String,
}

/// A zone.
#[derive(Clone, Debug, Default, Shape)]
pub struct ZoneShape {
    pub(crate) name: String,
}

impl DbSubnetGroupShape {
    /// A group as it is shown.
    pub(crate) fn of(tx: &Tx, group: &DbSubnetGroup) -> Self {
        let subnets = group.subnets.iter().filter_map(|id| tx.find::<Subnet>(&group.place, id));
        let shown = subnets.map(|subnet| SubnetShape {
            subnet_identifier: subnet.id.to_string(),
            subnet_availability_zone: ZoneShape { name: subnet.zone },
            subnet_status: "Active".to_owned(),
        });
        Self {
            name: group.name.clone(),
            description: group.description.clone(),
            vpc_id: group.vpc.to_string(),
            subnet_group_status: "Complete".to_owned(),
            subnets: shown.collect(),
            arn: group.arn().to_string(),
            supported_network_types: vec!["IPV4".to_owned()],
        }
    }
}
