//! EC2: each noun its own folder (`api` what is spoken, `model` what is kept, `ops` what is done, `errors`, `cfn`), and beside them
//! what all of them share: [`operation`] (how one is declared), [`filter`], [`listing`], [`attribute`], [`tag`].
//!
//! **Invariant**: a noun's rows are changed only by its own folder; `network` turns them into what the machine is told.

pub mod absent;
pub mod address;
pub mod attribute;
pub mod cfn;
pub mod cidr;
pub mod dhcp_options;
pub mod errors;
pub mod filter;
pub mod image;
pub mod instance;
pub mod instance_type;
pub mod internet_gateway;
pub mod key_pair;
pub mod launch_template;
pub mod listing;
pub mod metadata;
pub mod network;
pub mod network_acl;
pub mod network_interface;
pub mod operation;
pub mod route_table;
pub mod security_group;
pub mod snapshot;
pub mod spot_request;
pub mod subnet;
pub mod tag;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
pub mod volume;
pub mod vpc;
pub mod zone;

use tierra_core::Registry;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::Rooms;

/// Declares EC2's operations and CloudFormation types.
pub fn register(registry: &mut Registry) {
    absent::register(registry);
    image::register(registry);
    instance::register(registry);
    instance_type::register(registry);
    key_pair::register(registry);
    tag::register(registry);
    vpc::register(registry);
    route_table::register(registry);
    internet_gateway::register(registry);
    zone::register(registry);
    subnet::register(registry);
    register_types(registry);
    network_acl::register(registry);
    dhcp_options::register(registry);
    network_interface::register(registry);
    address::register(registry);
    security_group::register(registry);
    volume::register(registry);
    snapshot::register(registry);
    launch_template::register(registry);
    spot_request::register(registry);
}

/// Declares EC2's CloudFormation types.
fn register_types(registry: &mut Registry) {
    vpc::cfn::register(registry);
    subnet::cfn::register(registry);
    internet_gateway::cfn::register(registry);
    route_table::cfn::register(registry);
    address::cfn::register(registry);
    network_interface::cfn::register(registry);
    security_group::cfn::register(registry);
    instance::cfn::register(registry);
    key_pair::cfn::register(registry);
    launch_template::cfn::register(registry);
}

/// Declares the operations that reach beyond the store.
pub fn register_data(registry: &mut Registry, rooms: &Rooms) {
    instance::register_data(registry, rooms);
    key_pair::register_data(registry, rooms);
}

/// Starts EC2's reconcilers; they end when `stop` says true.
pub fn reconcile(rooms: &Rooms, stop: &watch::Receiver<bool>, tasks: &mut JoinSet<()>) {
    network::start(&rooms.store, &rooms.network, stop, tasks);
    instance::reconcile::start(rooms, stop, tasks);
    snapshot::reconcile::start(rooms, stop, tasks);
}
