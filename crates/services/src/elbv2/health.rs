//! AWS's words for how a target is. Follows "Target health status" and "Target health reason codes".

use tierra_core::Tx;
use tierra_dataplane::balancer::control::Health;
use tierra_model::Shape;

use super::model::{LoadBalancer, Target, TargetGroup, TargetType};
use crate::balancer::health;
use crate::balancer::target::Server;

/// How a target is, as it is spoken.
#[derive(Clone, Debug, Default, PartialEq, Eq, Shape)]
pub struct TargetHealth {
    pub state: String,
    pub reason: Option<String>,
    pub description: Option<String>,
}

impl TargetHealth {
    fn new(state: &str, reason: &str, description: &str) -> Self {
        Self {
            state: state.to_owned(),
            reason: Some(reason.to_owned()),
            description: Some(description.to_owned()),
        }
    }
}

impl From<Health> for TargetHealth {
    fn from(health: Health) -> Self {
        Self {
            state: health.state.word().to_owned(),
            reason: health.reason.map(|reason| reason.code().to_owned()),
            description: health.description,
        }
    }
}

/// How a target is.
pub fn of(tx: &Tx, group: &TargetGroup, target: &Target) -> TargetHealth {
    if target.leaving.is_some() {
        return TargetHealth::new(
            "draining",
            "Target.DeregistrationInProgress",
            "Target deregistration is in progress",
        );
    }
    let Some(load_balancer) = group.load_balancer(tx) else {
        return TargetHealth::new(
            "unused",
            "Target.NotInUse",
            "Target group is not configured to receive traffic from the load balancer",
        );
    };
    unused(tx, group, target, &load_balancer).unwrap_or_else(|| told(tx, group, target, &load_balancer))
}

/// What is said of a target that nobody registered.
pub fn not_registered() -> TargetHealth {
    TargetHealth::new("unused", "Target.NotRegistered", "Target is not registered to the target group")
}

/// Why a target gets no requests though its group does.
fn unused(tx: &Tx, group: &TargetGroup, target: &Target, load_balancer: &LoadBalancer) -> Option<TargetHealth> {
    if group.kind == TargetType::Instance {
        let server = Server::find(tx, &group.place, &target.id);
        if !server.as_ref().is_some_and(Server::runs) {
            let state = server.map_or_else(|| "terminated".to_owned(), |server| server.state.to_string());
            return Some(TargetHealth::new(
                "unused",
                "Target.InvalidState",
                &format!("Target is in the {state} state"),
            ));
        }
    }
    let nodes = load_balancer.balancer(tx).ok()?.standing(tx);
    let zone = target.zone.as_deref().filter(|zone| *zone != "all")?;
    let enabled = nodes.iter().any(|node| node.zone == zone);
    let text = "Target is in an Availability Zone that is not enabled for the load balancer";
    (!enabled).then(|| TargetHealth::new("unused", "Target.NotInUse", text))
}

fn told(tx: &Tx, group: &TargetGroup, target: &Target, load_balancer: &LoadBalancer) -> TargetHealth {
    let balancer = load_balancer.balancer(tx).ok();
    let health = balancer.and_then(|balancer| health::of(tx, &balancer, &group.arn, &target.name()));
    health.unwrap_or_else(health::registering).into()
}
