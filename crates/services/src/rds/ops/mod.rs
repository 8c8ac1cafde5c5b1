//! RDS's operations; a file a noun.

pub(crate) mod certificate;
pub(crate) mod engine;
pub(crate) mod event;
pub(crate) mod instance;
mod log;
pub(crate) mod parameter_group;
pub(crate) mod snapshot;
pub(crate) mod subnet_group;
pub(crate) mod tag;

use tierra_core::Registry;

use crate::Rooms;

/// Declares every operation.
pub(super) fn register(registry: &mut Registry) {
    certificate::register(registry);
    engine::register(registry);
    event::register(registry);
    instance::register(registry);
    parameter_group::register(registry);
    snapshot::register(registry);
    subnet_group::register(registry);
    tag::register(registry);
}

/// Declares what reaches beyond the store.
pub(super) fn register_data(registry: &mut Registry, rooms: &Rooms) {
    log::register_data(registry, rooms);
}
