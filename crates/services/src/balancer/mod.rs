//! Load balancers, as far as Application and Classic ones are the same: where they stand, under which name, with which interfaces,
//! and how their nodes follow the rows.
//!
//! Map: `model.rs` the rows · `lifecycle.rs` what a service calls in its operations · `placement.rs` subnets and groups, checked ·
//! `target.rs` where an instance is and whether it can serve · `health.rs` what the nodes told · `page.rs` pages of listings ·
//! `counters.rs` what is counted, for CloudWatch · `access_log.rs` the objects that logs become · `reconcile/` nodes, their configuration, their access logs.
//!
//! A balancer has **one node in each zone**, as AWS has: a zone that fails takes its node along and no other; adding a zone restarts
//! nothing; and each node has one interface, so an answer leaves by the address that was asked.
//!
//! **Invariant**: what a balancer serves (listeners, groups, targets) is its service's; this folder asks for it as one
//! [`tierra_dataplane::balancer::config::Config`], made purely from rows.

mod access_log;
mod counters;
pub mod health;
mod lifecycle;
mod model;
mod page;
mod placement;
mod reconcile;
pub mod target;

pub use access_log::{AccessLog, check_bucket};
pub use counters::{Counters, NodeCounts};
pub use lifecycle::{NewBalancer, create, delete, dns_name, progress, set_groups, set_subnets, using_certificate};
pub use model::{Balancer, Drain, NodeStatus, Scheme, ZoneNode, hosted_zone};
pub use page::page;
pub use placement::{PlacementError, subnets};
pub use reconcile::start;
