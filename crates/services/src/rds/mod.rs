//! RDS: databases as nodes with an interface in a subnet group, under their security groups, behind a name that stays.
//!
//! Map: `model/` the rows.
//!
//! **Invariant**: a master password is in no row as text; [`model::DbInstance::password`] opens it for the engine alone.

pub mod model;
