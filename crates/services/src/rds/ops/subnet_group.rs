//! `CreateDBSubnetGroup`, `DescribeDBSubnetGroups`, `ModifyDBSubnetGroup`, `DeleteDBSubnetGroup`.

use std::collections::BTreeSet;

use tierra_core::{AwsError, Call, Key, Tag, Tags, Tx};
use tierra_model::Shape;

use crate::declare::{anything, operations};
use crate::ec2::network_interface::NetworkInterface;
use crate::ec2::subnet::{Subnet, SubnetId};
use crate::ec2::vpc::{self, Vpc, VpcId};
use crate::rds::api::arns;
use crate::rds::api::subnet_group::DbSubnetGroupShape;
use crate::rds::errors::RdsError;
use crate::rds::limits;
use crate::rds::listing::{self, Filter, query};
use crate::rds::model::{DbInstance, DbSubnetGroup};

/// The group of the default VPC, made when it is first asked for.
const DEFAULT: &str = "default";

operations! { "rds", RdsError;
    write CreateDBSubnetGroup(CreateInput) -> GroupOutput = create, on |_, input, call| arns(call, "subgrp", &input.name);
    read DescribeDBSubnetGroups(DescribeInput) -> DescribeOutput = describe, on anything;
    write ModifyDBSubnetGroup(ModifyInput) -> GroupOutput = modify, on |_, input, call| arns(call, "subgrp", &input.name);
    write DeleteDBSubnetGroup(DeleteInput) -> () = delete, on |_, input, call| arns(call, "subgrp", &input.name);
}

/// Input of [`CreateDBSubnetGroup`].
#[derive(Default, Shape)]
pub struct CreateInput {
    #[shape("DBSubnetGroupName")]
    pub(crate) name: String,
    #[shape("DBSubnetGroupDescription")]
    pub(crate) description: String,
    pub(crate) subnet_ids: Vec<SubnetId>,
    pub(crate) tags: Vec<Tag>,
}

/// Input of [`ModifyDBSubnetGroup`].
#[derive(Default, Shape)]
pub struct ModifyInput {
    #[shape("DBSubnetGroupName")]
    pub(crate) name: String,
    #[shape("DBSubnetGroupDescription")]
    pub(crate) description: Option<String>,
    pub(crate) subnet_ids: Vec<SubnetId>,
}

/// Input of [`DeleteDBSubnetGroup`].
#[derive(Default, Shape)]
pub struct DeleteInput {
    #[shape("DBSubnetGroupName")]
    pub(crate) name: String,
}

/// Input of [`DescribeDBSubnetGroups`].
#[derive(Default, Shape)]
pub struct DescribeInput {
    #[shape("DBSubnetGroupName")]
    pub(crate) name: Option<String>,
    pub(crate) filters: Vec<Filter>,
    pub(crate) max_records: Option<i32>,
    pub(crate) marker: Option<String>,
}

/// A group.
#[derive(Default, Shape)]
pub struct GroupOutput {
    #[shape("DBSubnetGroup")]
    pub(crate) group: DbSubnetGroupShape,
}

/// A page of groups.
#[derive(Default, Shape)]
pub struct DescribeOutput {
    #[shape("DBSubnetGroups")]
    pub(crate) groups: Vec<DbSubnetGroupShape>,
    pub(crate) marker: Option<String>,
}

/// The group of this name.
pub(super) fn find(tx: &Tx, call: &Call, name: &str) -> Result<DbSubnetGroup, RdsError> {
    let missing = || RdsError::SubnetGroupNotFound { name: name.to_owned() };
    tx.find(&call.place, name.to_ascii_lowercase()).ok_or_else(missing)
}

/// The group that an instance gets where its caller names none: the default VPC's.
pub(super) fn named_or_default(tx: &mut Tx, call: &Call, name: Option<&str>) -> Result<DbSubnetGroup, RdsError> {
    if let Some(name) = name.filter(|name| *name != DEFAULT) {
        return find(tx, call, name);
    }
    if let Ok(group) = find(tx, call, DEFAULT) {
        return Ok(group);
    }
    vpc::default::lay_out_once(tx, &call.place);
    let default: Option<Vpc> = tx.by_index(&call.place, "default", "true").pop();
    let missing = || RdsError::Subnet {
        reason: "No default subnet detected in VPC. Please contact AWS Support to recreate the default Subnets.".to_owned(),
    };
    let vpc = default.ok_or_else(missing)?;
    let mut subnets: Vec<Subnet> = tx.by_index(&call.place, "vpc", vpc.id.as_str());
    subnets.retain(|subnet| subnet.default_for_az);
    let group = DbSubnetGroup {
        place: call.place.clone(),
        name: DEFAULT.to_owned(),
        description: "default".to_owned(),
        vpc: vpc.id,
        subnets: subnets.into_iter().map(|subnet| subnet.id).collect(),
        tags: Tags::default(),
    };
    tx.save(group.clone());
    Ok(group)
}

/// The VPC of a group's subnets, which all are of one VPC and of two zones at least.
fn check(tx: &Tx, call: &Call, ids: &[SubnetId]) -> Result<VpcId, RdsError> {
    let refused = |reason: String| RdsError::Subnet { reason };
    if ids.len() > limits::SUBNETS {
        return Err(RdsError::Quota {
            code_of: "subnets in a DB subnet group",
        });
    }
    let mut subnets = Vec::new();
    for id in ids {
        let missing = || {
            refused(format!(
                "The requested subnet {id} is invalid, or multiple subnets were requested that are not all in a common VPC."
            ))
        };
        subnets.push(tx.find::<Subnet>(&call.place, id).ok_or_else(missing)?);
    }
    let zones: BTreeSet<&str> = subnets.iter().map(|subnet| subnet.zone.as_str()).collect();
    if zones.len() < limits::ZONES {
        let zones = zones.into_iter().collect::<Vec<_>>().join(", ");
        return Err(RdsError::Zones { zones });
    }
    let vpc = subnets[0].vpc.clone();
    if subnets.iter().any(|subnet| subnet.vpc != vpc) {
        return Err(refused("The specified subnets must all belong to the same VPC.".to_owned()));
    }
    Ok(vpc)
}

fn create(tx: &mut Tx, call: &Call, input: CreateInput) -> Result<GroupOutput, RdsError> {
    let name = limits::group("DBSubnetGroupName", &input.name)?;
    if find(tx, call, &name).is_ok() {
        return Err(RdsError::SubnetGroupExists { name });
    }
    // Nobody may have changed anything in EC2 yet: its default subnets are only told of until then.
    vpc::default::lay_out_once(tx, &call.place);
    let group = DbSubnetGroup {
        place: call.place.clone(),
        name,
        description: input.description,
        vpc: check(tx, call, &input.subnet_ids)?,
        subnets: input.subnet_ids,
        tags: Tags::parse(&input.tags)?,
    };
    tx.save(group.clone());
    Ok(GroupOutput {
        group: DbSubnetGroupShape::of(tx, &group),
    })
}

fn describe(tx: &mut Tx, call: &Call, input: DescribeInput) -> Result<DescribeOutput, RdsError> {
    let found = match &input.name {
        Some(name) => vec![find(tx, call, name)?],
        None => tx.list(&call.place),
    };
    let page = listing::page(found, &[], |group: &DbSubnetGroup| group.name.clone(), &query!(input))?;
    Ok(DescribeOutput {
        groups: page.items.iter().map(|group| DbSubnetGroupShape::of(tx, group)).collect(),
        marker: page.next,
    })
}

fn members(tx: &Tx, group: &DbSubnetGroup) -> Vec<DbInstance> {
    tx.by_index(&group.place, "subnet-group", &group.name)
}

fn modify(tx: &mut Tx, call: &Call, input: ModifyInput) -> Result<GroupOutput, RdsError> {
    let mut group = find(tx, call, &input.name)?;
    let vpc = check(tx, call, &input.subnet_ids)?;
    if vpc != group.vpc {
        let reason = "The new Subnets are not in the same Vpc as the existing subnet group".to_owned();
        return Err(RdsError::Subnet { reason });
    }
    for member in members(tx, &group) {
        let interface: Option<NetworkInterface> = tx.find(&call.place, &member.spec.interface);
        if let Some(left) = interface.filter(|interface| !input.subnet_ids.contains(&interface.subnet)) {
            let subnet = left.subnet.to_string();
            return Err(RdsError::SubnetInUse { subnet });
        }
    }
    group.subnets = input.subnet_ids;
    if let Some(description) = input.description {
        group.description = description;
    }
    tx.save(group.clone());
    Ok(GroupOutput {
        group: DbSubnetGroupShape::of(tx, &group),
    })
}

fn delete(tx: &mut Tx, call: &Call, input: DeleteInput) -> Result<(), RdsError> {
    let group = find(tx, call, &input.name)?;
    if let Some(by) = members(tx, &group).pop() {
        return Err(RdsError::SubnetGroupInUse {
            name: group.name,
            by: by.id,
        });
    }
    tx.delete(&Key::<DbSubnetGroup>::new(&call.place, &group.name));
    Ok(())
}

/// The subnet that an instance stands in: of the zone that is asked for, or any of the group's.
pub(super) fn choose(tx: &Tx, call: &Call, group: &DbSubnetGroup, zone: Option<&str>) -> Result<Subnet, AwsError> {
    let all = group.subnets.iter().filter_map(|id| tx.find::<Subnet>(&call.place, id));
    let mut fits: Vec<Subnet> = all.filter(|subnet| zone.is_none_or(|zone| subnet.zone == zone)).collect();
    if fits.is_empty() {
        let reason = format!(
            "Cannot create the database instance in the Availability Zone {}: the DB subnet group {} has no subnet there.",
            zone.unwrap_or_default(),
            group.name
        );
        return Err(RdsError::combination(reason).into());
    }
    let at = usize::try_from(call.ids.below(fits.len() as u64)).unwrap_or(0);
    Ok(fits.swap_remove(at))
}
