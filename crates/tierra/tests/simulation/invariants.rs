//! What must hold when it is quiet.

use std::collections::{BTreeMap, BTreeSet};

use tierra_core::operation::Runner;
use tierra_core::resource_type::Progress;
use tierra_core::{Call, Caller, Ids, Registry, Resource, Tx};
use tierra_drivers::compute::{Phase, SandboxState};
use tierra_drivers::network::Network as _;
use tierra_model::Catalogue;
use tierra_model::catalogue::{Kind, Protocol};
use tierra_services::acm::Certificate;
use tierra_services::balancer::ZoneNode;
use tierra_services::cloudformation::model::{Export, Stack, StackResource};
use tierra_services::ec2::instance::{Instance, InstanceState};
use tierra_services::ec2::network::{Network, vpc_spec};
use tierra_services::ec2::network_interface::NetworkInterface;
use tierra_services::node::{Node, Power};
use tierra_services::rds::model::{DbInstance, DbInstanceState, DbSnapshot};
use tierra_services::s3::model::object::Older;
use tierra_services::s3::model::{Bytes, Object, Part};

use crate::client::Client;
use crate::request::{Answer, Request};
use crate::world::World;

/// Everything.
pub async fn check(world: &World, clients: &[Client]) {
    let mut wrong = stacks(world);
    wrong.extend(sandboxes(world).await);
    wrong.extend(balancers(world));
    wrong.extend(databases(world).await);
    wrong.extend(networks(world).await);
    wrong.extend(certificates(world));
    wrong.extend(objects(world));
    wrong.extend(descriptions(world, &clients[0]).await);
    wrong.extend(acknowledged(clients).await);
    wrong.extend(world.has_panicked().then(|| "something panicked".to_owned()));
    assert!(wrong.is_empty(), "{}\n\nwrong:\n{}", world.tail(), wrong.join("\n"));
}

/// What must hold once everything was deleted.
pub fn nothing_is_left(world: &World) {
    let left = world.see(|tx| {
        let stacks = tx.all::<Stack>().into_iter().filter(|stack| stack.deleted.is_none());
        let mut left: Vec<String> = stacks.map(|stack| format!("{} {}", stack.status(), stack.id())).collect();
        left.extend(tx.all::<NetworkInterface>().iter().map(|interface| interface.id.to_string()));
        left.extend(tx.all::<Node>().iter().map(|node| node.id.to_string()));
        left.extend(tx.all::<DbInstance>().iter().map(|instance| instance.id.clone()));
        left.extend(tx.all::<Export>().iter().map(|export| format!("export {}", export.name)));
        left
    });
    assert!(left.is_empty(), "{}\n\nleft: {left:?}", world.tail());
}

/// As whom the checks look.
fn onlooker(world: &World, stack: &Stack) -> Call {
    Call {
        caller: Caller::Root {
            account: stack.place.account.clone(),
        },
        place: stack.place.clone(),
        now: world.now(),
        ids: Ids::seeded(0),
        request: String::new(),
        source_ip: None,
        api_version: None,
    }
}

/// Each stack is in a true end state, and its resources are what it says.
fn stacks(world: &World) -> Vec<String> {
    let registry = world.registry();
    world.see(|tx| {
        let stacks = tx.all::<Stack>();
        let rows = tx.all::<StackResource>();
        let owned: BTreeSet<&str> = rows
            .iter()
            .filter_map(|row| row.live.as_ref())
            .map(|live| live.physical_id.as_str())
            .collect();
        let check = |stack: &Stack| {
            let own: Vec<&StackResource> = rows.iter().filter(|row| row.stack == stack.id()).collect();
            let call = onlooker(world, stack);
            stack_is_true(tx, &registry, &call, stack, &own, &owned)
        };
        stacks.iter().flat_map(check).collect()
    })
}

fn stack_is_true(tx: &Tx, registry: &Registry, call: &Call, stack: &Stack, rows: &[&StackResource], owned: &BTreeSet<&str>) -> Vec<String> {
    let (id, status) = (stack.id(), stack.status());
    let mut wrong = Vec::new();
    if stack.is_busy() {
        wrong.push(format!("{id} is still {status}"));
    }
    if !status.ends_with("_COMPLETE") {
        return wrong;
    }
    let is_empty = matches!(status, "DELETE_COMPLETE" | "ROLLBACK_COMPLETE");
    let progress = |kind: &str, physical: &str| registry.types()[kind].progress(tx, call, physical);
    for row in rows {
        let name = format!("{id} ({status}) {} {}", row.logical_id, row.status());
        if row.is_busy() || !row.retired.is_empty() {
            wrong.push(format!("{name}: not at its end"));
        }
        match &row.live {
            Some(live) if is_empty => wrong.push(format!("{name}: {} is left", live.physical_id)),
            Some(live) if progress(&live.kind, &live.physical_id) != Progress::Ready => {
                wrong.push(format!("{name}: {:?}", progress(&live.kind, &live.physical_id)));
            }
            None if row.status() == "DELETE_COMPLETE" => {
                let last = row.last_physical_id.as_deref().filter(|last| !owned.contains(last));
                if let Some(last) = last.filter(|last| progress(&row.kind, last) != Progress::Gone) {
                    wrong.push(format!("{name}: {last} is {:?}", progress(&row.kind, last)));
                }
            }
            _ => {}
        }
    }
    let arn = stack.arn().to_string();
    if is_empty && tx.all::<Export>().iter().any(|export| export.stack == arn) {
        wrong.push(format!("{id} ({status}) still exports"));
    }
    wrong
}

/// Each instance and each node has the sandbox that it says, and there is no other.
async fn sandboxes(world: &World) -> Vec<String> {
    let mut sandboxes: BTreeMap<String, SandboxState> = world.machine.sandboxes().await.into_iter().collect();
    let mut wrong = instances(world, &mut sandboxes);
    for node in world.see(|tx| tx.all::<Node>()) {
        let sandbox = sandboxes.remove(node.id.as_str());
        let runs = sandbox.as_ref().is_some_and(|state| state.phase == Phase::Running);
        if runs != (node.spec.power == Power::On) || runs != node.runs() {
            wrong.push(format!("{} is {:?}, its sandbox {sandbox:?}", node.id, node.status));
        }
    }
    wrong.extend(sandboxes.keys().map(|id| format!("no row knows the sandbox {id}")));
    wrong
}

/// Each node of a balancer serves, and was told of each target of its balancer's groups that can serve; none is on its way out.
fn balancers(world: &World) -> Vec<String> {
    let targets = |id: &str| {
        let groups = world.machine.balancers.config(id).map(|config| config.groups).unwrap_or_default();
        let targets = groups
            .iter()
            .flat_map(|group| group.targets.iter().map(|target| (group.id.0.clone(), target.id.0.clone())));
        targets.collect::<BTreeSet<_>>()
    };
    let known = |node: &ZoneNode| {
        let groups = node.status.health.iter();
        let targets = groups.flat_map(|(group, targets)| targets.keys().map(|target| (group.clone(), target.clone())));
        targets.collect::<BTreeSet<_>>()
    };
    let nodes = world.see(|tx| tx.all::<ZoneNode>());
    let check = |node: ZoneNode| {
        let (told, known) = (targets(node.id.as_str()), known(&node));
        let is_true = node.status.serves && !node.leaving && told == known;
        (!is_true).then(|| format!("{} of {} was told {told:?}; {:?}", node.id, node.balancer, node.status))
    };
    nodes.into_iter().filter_map(check).collect()
}

fn instances(world: &World, sandboxes: &mut BTreeMap<String, SandboxState>) -> Vec<String> {
    let instances = world.see(|tx| tx.all::<Instance>());
    let mut wrong = Vec::new();
    for instance in instances {
        let sandbox = sandboxes.remove(instance.id.as_str());
        let boot = instance.spec.boot;
        let is_true = match (instance.state(), &sandbox) {
            (InstanceState::Running, Some(state)) => state.phase == Phase::Running && state.boot == boot,
            (InstanceState::Stopped, Some(state)) => state.phase != Phase::Running,
            (InstanceState::Stopped | InstanceState::Terminated, None) => true,
            _ => false,
        };
        if !is_true {
            wrong.push(format!(
                "{} is {:?}, its sandbox {sandbox:?}; {:?}",
                instance.id,
                instance.state(),
                instance.status
            ));
        }
    }
    wrong
}

/// Each database is where it should come to, and there is the data that rows name and no other.
async fn databases(world: &World) -> Vec<String> {
    let mut held = world.machine.data().await;
    let (instances, snapshots) = world.see(|tx| (tx.all::<DbInstance>(), tx.all::<DbSnapshot>()));
    let mut wrong = Vec::new();
    for instance in instances {
        let state = instance.state(false);
        // What was made twice was lost between.
        let has_data = held.remove(&instance.resource_id.to_ascii_lowercase()) == Some(1);
        if !has_data || !matches!(state, DbInstanceState::Available | DbInstanceState::Stopped) {
            wrong.push(format!(
                "{} is {state}, its data there: {has_data}; {:?}",
                instance.id, instance.status
            ));
        }
    }
    for snapshot in snapshots {
        if held.remove(&snapshot.data) != Some(1) || snapshot.state() != "available" {
            wrong.push(format!("the snapshot {} is {}", snapshot.id, snapshot.state()));
        }
    }
    wrong.extend(held.keys().map(|id| format!("no row knows the data {id}")));
    wrong
}

/// Each network is what its rows say, and there is no other.
async fn networks(world: &World) -> Vec<String> {
    let held = world.machine.network.observe().await.expect("no faults here");
    let held: BTreeSet<String> = held.into_iter().map(|(id, _)| id).collect();
    let mut wrong = Vec::new();
    let wanted = world.see(|tx| {
        let networks = tx.all::<Network>();
        let interfaces = tx.all::<NetworkInterface>();
        let loose = interfaces.iter().filter(|interface| !interface.status.in_force);
        wrong.extend(loose.map(|interface| format!("{} is not in force", interface.id)));
        let spec = |network: &Network| (network.id(), vpc_spec(tx, network.place(), &network.vpc));
        networks.iter().map(spec).collect::<BTreeMap<_, _>>()
    });
    for (id, spec) in &wanted {
        let has_interfaces = spec.as_ref().is_some_and(|spec| !spec.interfaces.is_empty());
        if has_interfaces && world.machine.network.spec(id) != *spec {
            wrong.push(format!("{id} is {:?}, not {spec:?}", world.machine.network.spec(id)));
        }
    }
    wrong.extend(
        held.difference(&wanted.into_keys().collect())
            .map(|id| format!("no row knows the network {id}")),
    );
    wrong
}

/// Everything that is described without naming anything is.
async fn descriptions(world: &World, client: &Client) -> Vec<String> {
    let registry = world.registry();
    let reads = registry
        .operations()
        .filter(|one| matches!(one.runner, Runner::Sync { writes: false, .. }));
    let mut wrong = Vec::new();
    for one in reads.filter(|one| asks_for_all(one.service, one.name)) {
        let answer = client.ask(&Request::of(one.service, one.name, &[])).await;
        // Some need one of several members, which the model cannot say.
        let needs_one = |answer: &Answer| {
            let says = |words| answer.body.contains(words);
            answer.status == 400 && (says("must specify") || says("MissingParameter"))
        };
        let is_true = answer.as_ref().is_some_and(|answer| answer.is_ok() || needs_one(answer));
        if !is_true {
            wrong.push(format!("{}:{} answers {answer:?}", one.service, one.name));
        }
    }
    wrong
}

/// Whether an operation describes all that there is where nothing is named.
fn asks_for_all(service: &str, name: &str) -> bool {
    let lists = name.starts_with("Describe") || name.starts_with("List");
    let service = Catalogue::builtin().service(service).expect("in the catalogue");
    let spoken = [Protocol::Query, Protocol::Ec2, Protocol::Json];
    if !lists || !spoken.iter().any(|protocol| service.metadata.speaks(*protocol)) {
        return false;
    }
    let input = service.operation(name).and_then(|operation| operation.input.as_ref());
    let shape = input.map(|input| &service.shape(input.shape).kind);
    !matches!(shape, Some(Kind::Structure(structure)) if structure.members.iter().any(|member| member.required))
}

/// What was acknowledged is there.
async fn acknowledged(clients: &[Client]) -> Vec<String> {
    let mut wrong = Vec::new();
    for client in clients {
        for promise in client.promises.values() {
            let answer = client.ask(&promise.ask).await;
            wrong.extend(promise.broken(answer.as_ref()));
        }
    }
    wrong
}

/// Each certificate that was asked for is there, or it is said why not.
fn certificates(world: &World) -> Vec<String> {
    let all = world.see(|tx| tx.all::<Certificate>());
    let waiting = all.iter().filter(|one| one.material.is_none() && one.failure.is_none());
    waiting.map(|one| format!("the certificate {} is not issued", one.id)).collect()
}

/// Each file of an object or a part that a row names is there, and there is no other.
fn objects(world: &World) -> Vec<String> {
    let mut held = world.files();
    let named = world.see(|tx| {
        let contents = tx
            .all::<Object>()
            .into_iter()
            .chain(tx.all::<Older>().into_iter().map(|older| older.0));
        let contents = contents.filter_map(|object| object.version.content).map(|content| content.bytes);
        let parts = tx.all::<Part>().into_iter().map(|part| part.bytes);
        let files = contents.chain(parts).filter_map(|bytes| match bytes {
            Bytes::Files(files) => Some(files),
            Bytes::Row(_) => None,
        });
        files.flatten().map(|(file, _)| file).collect::<BTreeSet<_>>()
    });
    let mut wrong: Vec<String> = named
        .iter()
        .filter(|file| !held.remove(*file))
        .map(|file| format!("the file {file} is lost"))
        .collect();
    wrong.extend(held.iter().map(|file| format!("no row knows the file {file}")));
    wrong
}
