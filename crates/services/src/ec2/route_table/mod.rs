//! Route tables, their associations and routes.

mod api;
pub mod cfn;
mod errors;
mod model;
mod ops;
mod routes;
mod show;
#[cfg(test)]
mod tests;

use tierra_core::Registry;

pub use api::{
    AssociateRouteTableInput, CreateRouteTableInput, DeleteRouteInput, DeleteRouteTableInput, DisassociateRouteTableInput, RouteInput,
};
pub use errors::RouteTableError;
pub use model::{Association, Route, RouteState, RouteTable, RouteTableAssociationId, RouteTableId, Target};
pub use ops::{AssociateRouteTable, CreateRouteTable, DeleteRouteTable, DisassociateRouteTable};
pub use routes::{CreateRoute, DeleteRoute, ReplaceRoute};

/// Declares the operations of tables and routes.
pub fn register(registry: &mut Registry) {
    ops::register(registry);
    routes::register(registry);
}

/// What the operations of this folder say.
#[cfg(test)]
pub fn spoken() -> Vec<(&'static str, tierra_model::Declared, tierra_model::Declared)> {
    ops::spoken().into_iter().chain(routes::spoken()).collect()
}
