//! A rule of a listener as the store keeps it.

use serde::{Deserialize, Serialize};
use tierra_core::{Place, Resource, Tags};

use crate::elbv2::action::Action;
use crate::elbv2::condition::Condition;

/// What is done with requests that meet conditions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    pub place: Place,
    pub arn: String,
    pub listener: String,
    pub load_balancer: String,
    /// From 1; the smaller acts first.
    pub priority: u32,
    pub conditions: Vec<Condition>,
    pub actions: Vec<Action>,
    pub tags: Tags,
}

impl Resource for Rule {
    const KIND: &'static str = "elbv2/rule";
    fn place(&self) -> &Place {
        &self.place
    }
    fn id(&self) -> String {
        self.arn.clone()
    }
    fn indexes(&self) -> Vec<(&'static str, String)> {
        let groups = self.actions.iter().flat_map(Action::target_groups);
        let mut indexes: Vec<_> = groups.map(|group| ("target-group", group)).collect();
        indexes.push(("listener", self.listener.clone()));
        indexes.push(("load-balancer", self.load_balancer.clone()));
        indexes
    }
}
