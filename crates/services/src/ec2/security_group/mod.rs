//! Security groups and their rules.

mod errors;
mod model;

use tierra_core::{Key, Tx};

pub use errors::SecurityGroupError;
pub use model::{
    DEFAULT_NAME, Direction, Peer, Permission, Protocol, SecurityGroup, SecurityGroupId, SecurityGroupRule, SecurityGroupRuleId,
};

use super::tag;

/// Deletes a group and the tags of it and its rules.
pub fn forget(tx: &mut Tx, group: &SecurityGroup) {
    group.rules.iter().for_each(|rule| tag::forget(tx, &group.place, &rule.id));
    tag::forget(tx, &group.place, &group.id);
    tx.delete(&Key::<SecurityGroup>::new(&group.place, &group.id));
}
