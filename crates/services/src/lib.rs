//! The services: one folder each. A folder registers its operations, its CloudFormation types and its reconcilers here,
//! and nothing else in the house knows its name.
//!
//! **Invariant**: no service sees HTTP, XML, JSON on the wire or the machine. Service *a* reads *b*'s model and changes *b* only
//! through *b*'s operations ([`invoke`]) in the same transaction.

// Rows and shapes carry AWS's own names, which AWS's pages explain better than a second sentence here would.
#![allow(missing_docs)]

pub mod acm;
pub mod balancer;
pub mod cloudformation;
pub mod cloudwatch;
mod declare;
pub mod ec2;
pub mod elb;
pub mod elbv2;
pub mod iam;
mod invoke;
mod machine;
pub mod names;
pub mod node;
pub mod rds;
pub mod s3;
pub mod secretsmanager;
pub mod ssm;
pub mod sts;

use std::sync::Arc;

use tierra_core::{Authority, Clock, Ids, Registry, Store};
use tierra_dataplane::object::Objects;
use tierra_drivers::compute::inside::{Control, Exec};
use tierra_drivers::compute::usage::Usage;
use tierra_drivers::compute::{Capture, Compute, Console};
use tierra_drivers::data::Data;
use tierra_drivers::image::Images;
use tierra_drivers::names::HostNames;
use tierra_drivers::network::Network;
use tokio::sync::watch;
use tokio::task::JoinSet;

pub use invoke::invoke;

/// What the house gives its services.
#[derive(Clone)]
pub struct Rooms {
    /// What is true.
    pub store: Store,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// New ids.
    pub ids: Ids,
    /// Sandboxes.
    pub compute: Arc<dyn Compute>,
    /// Their consoles.
    pub console: Arc<dyn Console>,
    /// Their disks kept as images.
    pub capture: Arc<dyn Capture>,
    /// Commands in sandboxes.
    pub exec: Arc<dyn Exec>,
    /// What sandboxes have used.
    pub usage: Arc<dyn Usage>,
    /// Connections into sandboxes.
    pub control: Arc<dyn Control>,
    /// Data folders.
    pub data: Arc<dyn Data>,
    /// VPC networks.
    pub network: Arc<dyn Network>,
    /// Names on the host.
    pub names: Arc<dyn HostNames>,
    /// Root filesystems.
    pub images: Arc<dyn Images>,
    /// The bytes of S3's objects.
    pub objects: Objects,
    /// The certificate of the cloud's own authority, as PEM: instances trust it.
    pub ca_pem: String,
    /// Issues server certificates.
    pub authority: Arc<dyn Authority>,
    /// What balancers counted.
    pub balancers: balancer::Counters,
}

/// Every operation and resource type of every service.
pub fn registry(rooms: &Rooms) -> Registry {
    let mut registry = Registry::default();
    declare_all(&mut registry);
    cloudformation::register_data(&mut registry, rooms);
    ec2::register_data(&mut registry, rooms);
    rds::register_data(&mut registry, rooms);
    s3::register_data(&mut registry, rooms);
    registry
}

/// What the services declare without help from the machine.
fn declare_all(registry: &mut Registry) {
    acm::register(registry);
    cloudformation::register(registry);
    cloudwatch::register(registry);
    ec2::register(registry);
    elb::register(registry);
    elbv2::register(registry);
    iam::register(registry);
    rds::register(registry);
    secretsmanager::register(registry);
    s3::register(registry);
    ssm::register(registry);
    sts::register(registry);
}

/// Starts every service's reconcilers; they end when `stop` says true.
pub fn reconcile(rooms: &Rooms, registry: &Arc<Registry>, stop: &watch::Receiver<bool>) -> JoinSet<()> {
    let _ = registry;
    let mut tasks = JoinSet::new();
    let templates = Arc::new(cloudformation::InS3::new(rooms));
    let engine = cloudformation::Engine::new(rooms.store.clone(), Arc::clone(&rooms.clock), rooms.ids.clone(), templates);
    tasks.spawn(engine.run(stop.clone()));
    acm::reconcile(rooms, stop, &mut tasks);
    balancer::start(rooms, stop, &mut tasks);
    cloudwatch::reconcile(rooms, stop, &mut tasks);
    ec2::reconcile(rooms, stop, &mut tasks);
    names::start(rooms, stop, &mut tasks);
    node::start(rooms, stop, &mut tasks);
    rds::reconcile(rooms, stop, &mut tasks);
    s3::reconcile(rooms, stop, &mut tasks);
    secretsmanager::reconcile(rooms, stop, &mut tasks);
    tasks
}
