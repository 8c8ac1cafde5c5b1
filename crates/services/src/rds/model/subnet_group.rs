//! A subnet group: where instances may stand.

use serde::{Deserialize, Serialize};
use tierra_core::{Arn, Place, Resource, Tags};

use super::arn;
use crate::ec2::subnet::SubnetId;
use crate::ec2::vpc::VpcId;

/// A subnet group.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DbSubnetGroup {
    pub place: Place,
    /// In lower case.
    pub name: String,
    pub description: String,
    pub vpc: VpcId,
    pub subnets: Vec<SubnetId>,
    pub tags: Tags,
}

impl DbSubnetGroup {
    /// Its ARN.
    pub fn arn(&self) -> Arn {
        arn(&self.place, "subgrp", &self.name)
    }
}

impl Resource for DbSubnetGroup {
    const KIND: &'static str = "rds/db-subnet-group";
    fn place(&self) -> &Place {
        &self.place
    }
    fn id(&self) -> String {
        self.name.clone()
    }
}
