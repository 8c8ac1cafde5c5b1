//! A listener as the store keeps it.

use serde::{Deserialize, Serialize};
use tierra_core::{Place, Resource, Tags, Tx};
use tierra_model::text_enum;

use super::{Rule, arn, full_name};
use crate::elbv2::action::Action;
use crate::elbv2::attribute::Attributes;
use crate::elbv2::errors::Elbv2Error;

text_enum! {
    /// What an Application Load Balancer speaks with clients.
    pub enum ListenerProtocol { Http = "HTTP", Https = "HTTPS" }
}

/// A port that clients connect to, and what is done where no rule matches.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listener {
    pub place: Place,
    pub arn: String,
    pub load_balancer: String,
    pub port: u16,
    pub protocol: ListenerProtocol,
    /// HTTPS only.
    pub ssl_policy: Option<String>,
    /// ARNs; the first is the default.
    pub certificates: Vec<String>,
    pub actions: Vec<Action>,
    /// The id that ends the ARN of its default rule.
    pub default_rule: String,
    pub attributes: Attributes,
    pub tags: Tags,
}

impl Listener {
    /// The listener of this ARN.
    ///
    /// # Errors
    /// Where there is none.
    pub fn require(tx: &Tx, place: &Place, arn: &str) -> Result<Self, Elbv2Error> {
        tx.find(place, arn).ok_or(Elbv2Error::ListenerNotFound)
    }

    /// Its rules, by priority, without the default.
    pub fn rules(&self, tx: &Tx) -> Vec<Rule> {
        let mut rules: Vec<Rule> = tx.by_index(&self.place, "listener", &self.arn);
        rules.sort_by_key(|rule| rule.priority);
        rules
    }

    /// The ARN of one of its rules.
    pub fn rule_arn(&self, id: &str) -> String {
        arn(&self.place, format!("listener-rule/{}/{id}", full_name(&self.arn, "listener")))
    }
}

impl Resource for Listener {
    const KIND: &'static str = "elbv2/listener";
    fn place(&self) -> &Place {
        &self.place
    }
    fn id(&self) -> String {
        self.arn.clone()
    }
    fn indexes(&self) -> Vec<(&'static str, String)> {
        let groups = self.actions.iter().flat_map(Action::target_groups);
        let mut indexes: Vec<_> = groups.map(|group| ("target-group", group)).collect();
        indexes.push(("load-balancer", self.load_balancer.clone()));
        indexes
    }
}
