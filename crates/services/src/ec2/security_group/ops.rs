//! What callers do with security groups.

use ipnet::Ipv4Net;
use tierra_core::{AwsError, Call, Place, Tx};

use super::api::{
    CreateSecurityGroupInput, CreateSecurityGroupOutput, DeleteSecurityGroupInput, DeleteSecurityGroupOutput, DescribeSecurityGroupsInput,
    DescribeSecurityGroupsOutput,
};
use super::errors::SecurityGroupError;
use super::forget;
use super::model::{DEFAULT_NAME, Direction, Peer, Permission, Protocol, SecurityGroup, SecurityGroupId, SecurityGroupRule};
use super::show::{arn_of, show};
use crate::ec2::errors::Ec2Error;
use crate::ec2::listing::{self, query};
use crate::ec2::network_interface::NetworkInterface;
use crate::ec2::operation::{arn, operations};
use crate::ec2::tag;
use crate::ec2::vpc::{Vpc, VpcError};

/// Security groups that a VPC may have.
const GROUPS_PER_VPC: usize = 500;
/// Characters of a name, and of a description.
pub const TEXT: usize = 255;

operations! {
    /// Makes a group that lets everything out and nothing in. "CreateSecurityGroup"
    writes CreateSecurityGroup(CreateSecurityGroupInput) -> CreateSecurityGroupOutput = create,
        on |_, _, call| arn(call, "security-group", "*");
    /// Deletes a group that nothing names. "DeleteSecurityGroup"
    writes DeleteSecurityGroup(DeleteSecurityGroupInput) -> DeleteSecurityGroupOutput = delete,
        on |tx, input, call| group_arn(tx, call, input.group_id.as_ref(), input.group_name.as_deref());
    /// Tells of groups. "DescribeSecurityGroups"
    reads DescribeSecurityGroups(DescribeSecurityGroupsInput) -> DescribeSecurityGroupsOutput = describe;
}

impl SecurityGroup {
    /// The group of this id.
    ///
    /// # Errors
    /// Where there is none.
    pub fn require(tx: &Tx, place: &Place, id: &SecurityGroupId) -> Result<Self, SecurityGroupError> {
        tx.find(place, id)
            .ok_or_else(|| SecurityGroupError::NotFound { id: id.to_string() })
    }

    /// The group of this id, or of this name in the default VPC.
    ///
    /// # Errors
    /// Where there is none, or neither is given.
    pub fn require_either(tx: &Tx, place: &Place, id: Option<&SecurityGroupId>, name: Option<&str>) -> Result<Self, AwsError> {
        match (id, name) {
            (Some(id), _) => Ok(Self::require(tx, place, id)?),
            (None, Some(name)) => Ok(Self::require_named(tx, place, name)?),
            (None, None) => Err(Ec2Error::Missing {
                name: "groupName or groupId",
            }
            .into()),
        }
    }

    /// The group of this name in the default VPC.
    ///
    /// # Errors
    /// Where there is none.
    pub fn require_named(tx: &Tx, place: &Place, name: &str) -> Result<Self, SecurityGroupError> {
        let vpc = Vpc::default_of(tx, place);
        let found = vpc.and_then(|vpc| Self::named(tx, place, &vpc.id, name));
        found.ok_or_else(|| SecurityGroupError::NotFound { id: name.to_owned() })
    }
}

/// What IAM decides on where a group is named by id or by name.
pub fn group_arn(tx: &Tx, call: &Call, id: Option<&SecurityGroupId>, name: Option<&str>) -> Vec<tierra_core::Arn> {
    SecurityGroup::require_either(tx, &call.place, id, name).map_or_else(|_| Vec::new(), |group| vec![arn_of(&group)])
}

fn create(tx: &mut Tx, call: &Call, input: CreateSecurityGroupInput) -> Result<CreateSecurityGroupOutput, AwsError> {
    let tags = tag::specified(&input.tag_specifications, "security-group")?;
    check_text(&input.group_name, "GroupName")?;
    check_text(&input.description, "GroupDescription")?;
    let vpc = match &input.vpc_id {
        Some(id) => Vpc::require(tx, &call.place, id)?,
        None => Vpc::default_of(tx, &call.place).ok_or(VpcError::NoDefault)?,
    };
    check_name(tx, &vpc, &input.group_name)?;
    let group = SecurityGroup {
        place: call.place.clone(),
        id: call.ids.next(),
        name: input.group_name,
        description: input.description,
        vpc: vpc.id,
        rules: vec![everything_out(call)],
    };
    tag::set(tx, &call.place, &group.id, tags.clone());
    tx.save(group.clone());
    Ok(CreateSecurityGroupOutput {
        security_group_arn: arn_of(&group),
        group_id: group.id,
        tags: tags.list(),
    })
}

fn check_text(text: &str, name: &'static str) -> Result<(), AwsError> {
    if text.is_empty() {
        return Err(Ec2Error::Missing { name }.into());
    }
    let allowed = |c: char| c.is_ascii_alphanumeric() || " ._-:/()#,@[]+=&;{}!$*".contains(c);
    if text.len() <= TEXT && text.chars().all(allowed) {
        return Ok(());
    }
    let reason = "Character sets beyond ASCII are not supported.".to_owned();
    Err(SecurityGroupError::InvalidText {
        value: text.to_owned(),
        name,
        reason,
    }
    .into())
}

fn check_name(tx: &Tx, vpc: &Vpc, name: &str) -> Result<(), SecurityGroupError> {
    if name == DEFAULT_NAME {
        return Err(SecurityGroupError::ReservedName { name: name.to_owned() });
    }
    if name.starts_with("sg-") {
        return Err(SecurityGroupError::InvalidText {
            value: name.to_owned(),
            name: "groupName",
            reason: "Group names may not be in the format sg-*".to_owned(),
        });
    }
    let others = tx.by_index::<SecurityGroup>(&vpc.place, "vpc", vpc.id.as_str());
    if others.iter().any(|other| other.name == name) {
        let (name, vpc) = (name.to_owned(), vpc.id.clone());
        return Err(SecurityGroupError::Duplicate { name, vpc });
    }
    if others.len() >= GROUPS_PER_VPC {
        Err(SecurityGroupError::LimitExceeded)
    } else {
        Ok(())
    }
}

fn everything_out(call: &Call) -> SecurityGroupRule {
    SecurityGroupRule {
        id: call.ids.next(),
        permission: Permission {
            direction: Direction::Egress,
            protocol: Protocol::All,
            ports: None,
            peer: Peer::Cidr(Ipv4Net::default()),
        },
        description: None,
    }
}

fn delete(tx: &mut Tx, call: &Call, input: DeleteSecurityGroupInput) -> Result<DeleteSecurityGroupOutput, AwsError> {
    let group = SecurityGroup::require_either(tx, &call.place, input.group_id.as_ref(), input.group_name.as_deref())?;
    if group.name == DEFAULT_NAME {
        let (id, name) = (group.id, group.name);
        return Err(SecurityGroupError::CannotDelete { id, name }.into());
    }
    let members = tx.by_index::<NetworkInterface>(&call.place, "group", group.id.as_str());
    let naming = tx.by_index::<SecurityGroup>(&call.place, "names", group.id.as_str());
    if !members.is_empty() || naming.iter().any(|other| other.id != group.id) {
        return Err(SecurityGroupError::HasDependencies { id: group.id }.into());
    }
    forget(tx, &group);
    Ok(DeleteSecurityGroupOutput {
        r#return: true,
        group_id: group.id,
    })
}

fn describe(tx: &mut Tx, call: &Call, input: DescribeSecurityGroupsInput) -> Result<DescribeSecurityGroupsOutput, AwsError> {
    let mut ids = input.group_ids.clone();
    for name in &input.group_names {
        ids.push(SecurityGroup::require_named(tx, &call.place, name)?.id);
    }
    let missing = |id: &SecurityGroupId| SecurityGroupError::NotFound { id: id.to_string() };
    let page = listing::describe(tx, &call.place, &ids, missing, show, &query!(input))?;
    Ok(DescribeSecurityGroupsOutput {
        security_groups: page.items,
        next_token: page.next,
    })
}
