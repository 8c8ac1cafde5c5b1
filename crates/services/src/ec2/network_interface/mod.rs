//! Elastic network interfaces: what has an address in a subnet, and security groups.
//!
//! For services that have interfaces of their own (instances, balancers, database nodes), within one transaction:
//!
//! - [`default_subnet`] finds the subnet of a zone where none is named; `Subnet` rows are found by id otherwise.
//! - [`create`] makes an interface ([`NewInterface`]: address given or chosen, groups or the default group).
//! - [`attach`] and [`detach`] say what uses it; [`NetworkInterface::of_instance`] finds an instance's, in device order.
//! - [`lend_public`] gives it a public address for as long as it runs (a launch where `subnet.map_public_ip_on_launch`, or where the
//!   caller asks), [`release_public`] takes it back (a stop). Elastic addresses are left alone by both.
//! - [`add_addresses`] gives it further addresses.
//! - [`delete`] ends it.
//! - `interface.status.in_force` says whether the machine's network knows it. Wait for that before a sandbox is plugged in: a
//!   reconciler is woken by the interface's row when it changes.
//! - [`show`], [`group_identifiers`] and [`NetworkInterface::private_dns_name`] show it.

mod api;
mod assign;
mod attach;
pub mod cfn;
mod errors;
mod lifecycle;
mod model;
mod ops;
mod show;
#[cfg(test)]
mod tests;

pub use api::{
    CreateNetworkInterfaceInput, DeleteNetworkInterfaceInput, GroupIdentifier, ModifyNetworkInterfaceAttributeInput,
    NetworkInterfaceDescription,
};
pub use errors::NetworkInterfaceError;
pub use lifecycle::{
    GROUPS_PER_INTERFACE, NewInterface, add_addresses, attach, check_groups, create, default_subnet, delete, detach, free_addresses,
    lead_elastic, lend_public, release_public,
};
pub use model::{
    Attachment, AttachmentId, Elastic, InterfaceState, InterfaceStatus, NetworkInterface, NetworkInterfaceId, PublicAddress,
    public_dns_name,
};
pub use ops::{CreateNetworkInterface, DeleteNetworkInterface, ModifyNetworkInterfaceAttribute};
pub use show::{group_identifiers, show};
use tierra_core::Registry;

/// Declares this noun's operations.
pub fn register(registry: &mut Registry) {
    ops::register(registry);
    attach::register(registry);
    assign::register(registry);
}

/// What the operations speak, for the test against AWS's model.
#[cfg(test)]
pub fn spoken() -> Vec<(&'static str, tierra_model::Declared, tierra_model::Declared)> {
    [ops::spoken(), attach::spoken(), assign::spoken()].into_iter().flatten().collect()
}

/// What other nouns' tests call.
#[cfg(test)]
pub mod testing {
    pub use super::CreateNetworkInterface;
    pub use super::api::{AttachNetworkInterfaceInput, CreateNetworkInterfaceInput, DetachNetworkInterfaceInput};
    pub use super::attach::{AttachNetworkInterface, DetachNetworkInterface};
}
