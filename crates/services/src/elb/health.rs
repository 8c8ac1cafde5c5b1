//! AWS's words for how an instance is. Follows "InstanceState" of the API reference.

use tierra_core::Tx;
use tierra_dataplane::balancer::control::{HealthState, Reason};
use tierra_model::Shape;

use super::config::group_ids;
use super::model::LoadBalancer;
use crate::balancer::health;
use crate::balancer::target::Server;
use crate::ec2::instance::InstanceState as Power;

/// How an instance is, as it is spoken.
#[derive(Clone, Debug, Default, PartialEq, Eq, Shape)]
pub struct InstanceState {
    pub instance_id: String,
    pub state: String,
    pub reason_code: String,
    pub description: String,
}

fn state(instance: &str, state: &str, code: &str, description: &str) -> InstanceState {
    InstanceState {
        instance_id: instance.to_owned(),
        state: state.to_owned(),
        reason_code: code.to_owned(),
        description: description.to_owned(),
    }
}

/// How an instance is.
pub fn of(tx: &Tx, load_balancer: &LoadBalancer, instance: &str) -> InstanceState {
    let out = |code: &str, description: &str| state(instance, "OutOfService", code, description);
    let registration = load_balancer.instances.iter().find(|one| one.instance == instance);
    let Some(registration) = registration else {
        return out("Instance", "Instance is not currently registered with the LoadBalancer.");
    };
    if registration.leaving.is_some() {
        return state(instance, "InService", "N/A", "Instance deregistration currently in progress.");
    }
    let Some(server) = Server::find(tx, &load_balancer.place, instance) else {
        return out("Instance", "Instance is in terminated state.");
    };
    match server.state {
        Power::Running | Power::Pending => {}
        Power::Stopped | Power::Stopping => return out("Instance", "Instance is in stopped state."),
        Power::Terminated | Power::ShuttingDown => return out("Instance", "Instance is in terminated state."),
    }
    let balancer = load_balancer.balancer(tx);
    let nodes = balancer.as_ref().map(|balancer| balancer.standing(tx)).unwrap_or_default();
    if !nodes.iter().any(|node| node.zone == server.zone) {
        return out(
            "ELB",
            "Instance is in the EC2 Availability Zone for which LoadBalancer is not configured to route traffic to.",
        );
    }
    let Ok(balancer) = balancer else {
        return out("ELB", "Instance registration is still in progress.");
    };
    let told = group_ids(load_balancer)
        .into_iter()
        .filter_map(|group| health::of(tx, &balancer, &group, instance));
    let told: Vec<_> = told.collect();
    match told.iter().find(|health| health.state != HealthState::Healthy) {
        None if told.is_empty() => out("ELB", "Instance registration is still in progress."),
        None => state(instance, "InService", "N/A", "N/A"),
        Some(worst) if matches!(worst.reason, Some(Reason::RegistrationInProgress)) => {
            out("ELB", "Instance registration is still in progress.")
        }
        Some(worst) if worst.state == HealthState::Initial => out(
            "Instance",
            "Instance has not passed the configured HealthyThreshold number of health checks consecutively.",
        ),
        Some(_) => out(
            "Instance",
            "Instance has failed at least the UnhealthyThreshold number of health checks consecutively.",
        ),
    }
}
