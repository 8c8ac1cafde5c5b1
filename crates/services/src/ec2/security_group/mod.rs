//! Security groups and their rules.

mod api;
pub mod cfn;
mod errors;
mod model;
mod ops;
mod permission;
mod rules;
mod show;
#[cfg(test)]
mod tests;

use tierra_core::{Key, Registry, Tx};

pub use api::{
    AuthorizeEgressInput, AuthorizeIngressInput, CreateSecurityGroupInput, DeleteSecurityGroupInput, IpPermission, IpRange, Ipv6Range,
    RevokeEgressInput, RevokeIngressInput, UserIdGroupPair,
};
pub use errors::SecurityGroupError;
pub use model::{
    DEFAULT_NAME, Direction, Peer, Permission, Protocol, SecurityGroup, SecurityGroupId, SecurityGroupRule, SecurityGroupRuleId,
};
pub use ops::{CreateSecurityGroup, DeleteSecurityGroup};
pub use rules::{AuthorizeSecurityGroupEgress, AuthorizeSecurityGroupIngress, RevokeSecurityGroupEgress, RevokeSecurityGroupIngress};

use super::tag;

/// Declares the operations of groups and rules.
pub fn register(registry: &mut Registry) {
    ops::register(registry);
    rules::register(registry);
}

/// Deletes a group and the tags of it and its rules.
pub fn forget(tx: &mut Tx, group: &SecurityGroup) {
    group.rules.iter().for_each(|rule| tag::forget(tx, &group.place, &rule.id));
    tag::forget(tx, &group.place, &group.id);
    tx.delete(&Key::<SecurityGroup>::new(&group.place, &group.id));
}

/// What the operations of this folder say.
#[cfg(test)]
pub fn spoken() -> Vec<(&'static str, tierra_model::Declared, tierra_model::Declared)> {
    ops::spoken().into_iter().chain(rules::spoken()).collect()
}
