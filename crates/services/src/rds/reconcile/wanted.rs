//! What a node is told of an instance. Pure.

use std::collections::BTreeMap;

use tierra_core::{Place, Tx};
use tierra_drivers::compute::{Limits, SandboxFile, SandboxMount};
use tierra_drivers::data::Origin as DataOrigin;

use crate::node::{Node, NodeSpec, Power};
use crate::rds::engine::{self, EngineSpec, Kind, formula};
use crate::rds::model::{Class, DbInstance, DbInstanceSpec, DbParameterGroup, DbSnapshot, Engine, Origin, Told, arn};
use crate::rds::parameters;

/// Processes and threads of an engine: connections have one each.
const PIDS: u32 = 8192;

/// The data folder of an instance.
pub(super) fn data(resource_id: &str) -> String {
    resource_id.to_ascii_lowercase()
}

/// As whose an instance's node is known: by what never changes.
fn owner(place: &Place, resource_id: &str) -> String {
    arn(place, "db", resource_id).to_string()
}

/// The resource id of a node's instance.
pub(super) fn resource_of(node: &Node) -> &str {
    node.spec.owner.rsplit(':').next().unwrap_or_default()
}

/// An instance's node.
pub(crate) fn node_of(tx: &Tx, instance: &DbInstance) -> Option<Node> {
    node_by(tx, &instance.place, &instance.resource_id)
}

/// The node of the instance that has this resource id.
pub(super) fn node_by(tx: &Tx, place: &Place, resource_id: &str) -> Option<Node> {
    Node::of_owner(tx, place, &owner(place, resource_id)).into_iter().next()
}

/// Whether a snapshot of it is being taken: it stays as it is meanwhile.
pub(super) fn is_being_kept(tx: &Tx, instance: &DbInstance) -> bool {
    let snapshots: Vec<DbSnapshot> = tx.by_index(&instance.place, "resource-id", &instance.resource_id);
    snapshots.iter().any(|one| one.copy_of.is_none() && one.state() == "creating")
}

/// What its data begins with.
pub(super) fn origin(instance: &DbInstance) -> DataOrigin {
    match &instance.spec.origin {
        Origin::New => DataOrigin::Image {
            image: engine(instance, BTreeMap::new()).image().to_owned(),
            path: engine::TEMPLATE.to_owned(),
        },
        Origin::Snapshot(data) => DataOrigin::Data {
            id: data.clone(),
            writer: None,
        },
    }
}

/// What its engine is told, with these parameters. A database is made in a new one only: who drops it later does not get it back.
pub(super) fn engine(instance: &DbInstance, parameters: BTreeMap<String, String>) -> EngineSpec {
    let spec = &instance.spec;
    let is_new = instance.status.applied.is_none() && spec.origin == Origin::New;
    EngineSpec {
        kind: match spec.engine {
            Engine::Mysql | Engine::Mariadb => Kind::Mariadb,
            Engine::Postgres => Kind::Postgres,
        },
        port: spec.port,
        database: spec.db_name.clone().filter(|_| is_new),
        master: spec.master.username.clone(),
        parameters,
    }
}

/// What it is to be told now, from its group as it is.
pub(super) fn told(tx: &Tx, instance: &DbInstance, from_stop: bool) -> Told {
    let spec = &instance.spec;
    let group = DbParameterGroup::named(tx, &instance.place, &spec.parameter_group);
    Told {
        revision: spec.revision,
        boot: spec.boot,
        parameter_group: spec.parameter_group.clone(),
        parameters: group.as_ref().map_or(0, |group| group.revision),
        values: group.map(|group| values(spec, &group)).unwrap_or_default(),
        from_stop,
    }
}

/// The values of a group, formulas computed; one that cannot be is the engine's own business.
fn values(spec: &DbInstanceSpec, group: &DbParameterGroup) -> BTreeMap<String, String> {
    let own = group.values.iter().map(|(name, setting)| (name.as_str(), setting.value.as_str()));
    let defaults = parameters::defaults(group.family).map(|(name, value): (&str, &str)| (name, value));
    let computed = defaults
        .chain(own)
        .filter_map(|(name, value)| Some((name.to_owned(), compute(spec, value)?)));
    computed.collect()
}

/// A value, its formula computed for the instance's class.
fn compute(spec: &DbInstanceSpec, value: &str) -> Option<String> {
    let class = Class::named(&spec.class);
    let variable = |name: &str| match name {
        "DBInstanceClassMemory" => class.map(|class| f64::from(class.memory_mib) * f64::from(1 << 20)),
        "DBInstanceVCPU" => class.map(|class| f64::from(class.vcpus)),
        "AllocatedStorage" => Some(f64::from(spec.storage) * f64::from(1 << 30)),
        "EndPointPort" => Some(f64::from(spec.port)),
        "TrueIfReplica" => Some(0.0),
        _ => None,
    };
    formula::compute(value, &variable)
}

/// A new instance's node.
pub(super) fn node(instance: &DbInstance, told: &Told, tls: [SandboxFile; 2]) -> NodeSpec {
    let engine = engine(instance, told.values.clone());
    NodeSpec {
        owner: owner(&instance.place, &instance.resource_id),
        image: engine.image().to_owned(),
        hostname: instance.id.clone(),
        init: engine.init(),
        env: BTreeMap::new(),
        files: engine.files().into_iter().chain(tls).collect(),
        interfaces: vec![instance.spec.interface.clone()],
        limits: limits(&instance.spec),
        power: Power::On,
        boot: boot(told),
    }
}

/// The data folder's place in its node.
pub(super) fn mount(instance: &DbInstance) -> SandboxMount {
    SandboxMount {
        data: data(&instance.resource_id),
        path: engine::VOLUME_PATH.to_owned(),
    }
}

/// The node's boot: each restart of the instance and each change that needs one raises it.
fn boot(told: &Told) -> u64 {
    told.boot + told.revision
}

fn limits(spec: &DbInstanceSpec) -> Limits {
    let (vcpus, memory_mib) = Class::named(&spec.class).map_or((1, 1024), |class| (class.vcpus, class.memory_mib));
    Limits {
        cpu_millis: vcpus * 1000,
        memory_bytes: u64::from(memory_mib) << 20,
        pids: PIDS,
    }
}
