//! `cargo xtask coverage`: the ledger of what is built, held against what AWS models.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use tierra_core::authority::SimAuthority;
use tierra_core::operation::Registered;
use tierra_core::{Ids, Registry, Store, SystemClock};
use tierra_dataplane::object::Objects;
use tierra_drivers::compute::sim::{SimCapture, SimCompute, SimPlan};
use tierra_drivers::data::sim::SimData;
use tierra_drivers::image::sim::SimImages;
use tierra_drivers::names::sim::SimHostNames;
use tierra_drivers::network::sim::SimNetwork;
use tierra_model::catalogue::{Kind, Reference, Service};
use tierra_model::{Catalogue, Declared};
use tierra_services::Rooms;

/// How deep members are counted: some shapes hold themselves.
const DEPTH: usize = 8;

/// Members of an input.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Members {
    modelled: usize,
    honoured: usize,
    harmless: usize,
}

impl Members {
    fn add(&mut self, other: Self) {
        self.modelled += other.modelled;
        self.honoured += other.honoured;
        self.harmless += other.harmless;
    }
}

/// Prints it.
pub fn print() -> Result<()> {
    let registry = registry()?;
    let mut services: BTreeMap<&str, Vec<(&str, Members)>> = BTreeMap::new();
    for built in registry.operations() {
        let service = Catalogue::builtin().service(built.service).context(built.service)?;
        services
            .entry(built.service)
            .or_default()
            .push((built.name, members(service, built)));
    }
    println!("{:<44} {:>8} {:>9} {:>9}", "", "modelled", "honoured", "harmless");
    for (name, operations) in &services {
        let modelled = Catalogue::builtin().service(name).map_or(0, |service| service.operations.len());
        let mut sum = Members::default();
        operations.iter().for_each(|(_, members)| sum.add(*members));
        line(&format!("{name}: {} of {modelled} operations", operations.len()), sum);
        operations
            .iter()
            .for_each(|(operation, members)| line(&format!("  {operation}"), *members));
    }
    println!(
        "\nCloudFormation types: {}",
        registry.types().keys().copied().collect::<Vec<_>>().join(" ")
    );
    Ok(())
}

fn line(name: &str, members: Members) {
    println!("{name:<44} {:>8} {:>9} {:>9}", members.modelled, members.honoured, members.harmless);
}

fn members(service: &Service, built: &Registered) -> Members {
    let input = service.operation(built.name).and_then(|operation| operation.input.as_ref());
    let mut members = input.map_or_else(Members::default, |input| count(service, input, &(built.input)().honoured(), 0));
    members.harmless = built.harmless.len();
    members
}

/// The members of a shape, and those of them that a type declares, all the way down.
fn count(service: &Service, reference: &Reference, declared: &Declared, depth: usize) -> Members {
    let mut members = Members::default();
    match (&service.shape(reference.shape).kind, declared) {
        _ if depth > DEPTH => {}
        (Kind::List(item), Declared::List(inner)) => members = count(service, item, &inner(), depth + 1),
        (Kind::Map(pair), Declared::Map(inner)) => members = count(service, &pair.1, &inner(), depth + 1),
        (Kind::Structure(structure), Declared::Struct(fields)) => {
            for member in &structure.members {
                members.modelled += 1;
                if let Some((_, inner)) = fields.iter().find(|(name, _)| *name == &*member.name) {
                    members.honoured += 1;
                    members.add(count(service, &member.reference, &inner(), depth + 1));
                }
            }
        }
        _ => {}
    }
    members
}

/// What the services declare; nothing of it is run.
fn registry() -> Result<Registry> {
    let compute = Arc::new(SimCompute::new(SimPlan::default()));
    let (images, authority) = (Arc::new(SimImages::default()), Arc::new(SimAuthority));
    Ok(tierra_services::registry(&Rooms {
        store: Store::in_memory()?,
        clock: Arc::new(SystemClock),
        ids: Ids::seeded(0),
        compute: compute.clone(),
        console: compute.clone(),
        capture: Arc::new(SimCapture::new(compute.clone(), images.clone())),
        exec: compute.clone(),
        usage: compute.clone(),
        control: compute,
        data: Arc::new(SimData::default()),
        network: Arc::new(SimNetwork::new()),
        names: Arc::new(SimHostNames::default()),
        images,
        objects: Objects::new("never-used".into(), ""),
        ca_pem: String::new(),
        authority,
        balancers: Default::default(),
    }))
}
