//! Route tables, their associations and routes.

mod errors;
mod model;

pub use errors::RouteTableError;
pub use model::{Association, Route, RouteState, RouteTable, RouteTableAssociationId, RouteTableId, Target};
