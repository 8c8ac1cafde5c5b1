//! What the nodes of a balancer told of a target, as one word.

use tierra_core::Tx;
use tierra_dataplane::balancer::control::{Health, HealthState, Reason};

use super::model::{Balancer, ZoneNode};

/// The health of a target over all nodes that serve: where they do not agree, the worst. `None` where no node told anything yet.
pub fn of(tx: &Tx, balancer: &Balancer, group: &str, target: &str) -> Option<Health> {
    let nodes = balancer.standing(tx);
    let told = nodes
        .iter()
        .filter(|node| node.status.serves)
        .filter_map(|node| of_node(node, group, target));
    told.max_by_key(|health| badness(health.state))
}

fn of_node(node: &ZoneNode, group: &str, target: &str) -> Option<Health> {
    node.status.health.get(group)?.get(target).cloned()
}

fn badness(state: HealthState) -> u8 {
    match state {
        HealthState::Unavailable => 0,
        HealthState::Healthy => 1,
        HealthState::Draining => 2,
        HealthState::Initial => 3,
        HealthState::Unhealthy => 4,
    }
}

/// What is said of a target of which no node told anything yet.
pub fn registering() -> Health {
    Health {
        state: HealthState::Initial,
        reason: Some(Reason::RegistrationInProgress),
        description: Some("Target registration is in progress".to_owned()),
    }
}
