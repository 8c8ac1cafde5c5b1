//! An Application Load Balancer as the store keeps it.

use serde::{Deserialize, Serialize};
use tierra_core::{Key, Place, Resource, Tags, Tx};

use super::{Listener, Rule, full_name};
use crate::balancer::Balancer;
use crate::elbv2::attribute::Attributes;
use crate::elbv2::errors::Elbv2Error;

/// An Application Load Balancer. Where it stands is its [`Balancer`]'s.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoadBalancer {
    pub place: Place,
    pub arn: String,
    pub name: String,
    pub attributes: Attributes,
    pub tags: Tags,
}

impl LoadBalancer {
    /// `app/NAME/ID`
    pub fn full_name(&self) -> &str {
        full_name(&self.arn, "loadbalancer")
    }

    /// The load balancer of this ARN.
    ///
    /// # Errors
    /// Where there is none.
    pub fn require(tx: &Tx, place: &Place, arn: &str) -> Result<Self, Elbv2Error> {
        tx.find(place, arn)
            .ok_or_else(|| Elbv2Error::LoadBalancerNotFound { what: arn.to_owned() })
    }

    /// The load balancer of this name.
    pub fn named(tx: &Tx, place: &Place, name: &str) -> Option<Self> {
        tx.by_index(place, "name", name).pop()
    }

    /// Where it stands.
    ///
    /// # Errors
    /// Never in practice: both rows are made and deleted together.
    pub fn balancer(&self, tx: &Tx) -> Result<Balancer, Elbv2Error> {
        Balancer::named(tx, &self.place, self.full_name()).ok_or_else(|| Elbv2Error::LoadBalancerNotFound { what: self.arn.clone() })
    }

    /// Its listeners, by port.
    pub fn listeners(&self, tx: &Tx) -> Vec<Listener> {
        let mut listeners: Vec<Listener> = tx.by_index(&self.place, "load-balancer", &self.arn);
        listeners.sort_by_key(|listener| listener.port);
        listeners
    }

    /// The ARNs of the target groups that its listeners and rules name, each once.
    pub fn target_groups(&self, tx: &Tx) -> Vec<String> {
        let mut arns: Vec<String> = Vec::new();
        for listener in self.listeners(tx) {
            arns.extend(listener.actions.iter().flat_map(|action| action.target_groups()));
            let rules: Vec<Rule> = listener.rules(tx);
            arns.extend(
                rules
                    .iter()
                    .flat_map(|rule| &rule.actions)
                    .flat_map(|action| action.target_groups()),
            );
        }
        arns.sort();
        arns.dedup();
        arns
    }

    /// Writes which certificates its listeners name, so that nobody deletes one that is in use.
    pub fn note_certificates(&self, tx: &mut Tx) {
        let certificates = self.listeners(tx).into_iter().flat_map(|listener| listener.certificates).collect();
        if let Some(mut balancer) = Balancer::named(tx, &self.place, self.full_name()) {
            balancer.certificates = certificates;
            tx.save(balancer);
        }
    }

    /// Its key.
    pub fn key(&self) -> Key<Self> {
        Key::new(&self.place, &self.arn)
    }
}

impl Resource for LoadBalancer {
    const KIND: &'static str = "elbv2/load-balancer";
    fn place(&self) -> &Place {
        &self.place
    }
    fn id(&self) -> String {
        self.arn.clone()
    }
    fn indexes(&self) -> Vec<(&'static str, String)> {
        vec![("name", self.name.clone())]
    }
}
