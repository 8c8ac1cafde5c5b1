//! Nodes from making to end on simulated machines, under tokio's paused clock and with drivers that fail.

use std::time::Duration;

use tierra_core::{AwsError, Place};
use tierra_drivers::compute::sim::SimPlan;
use tierra_drivers::compute::{Compute, Limits, Phase, SandboxMount, SandboxState};
use tierra_drivers::image::sim::SimImages;

use super::*;
use crate::ec2::instance::reconcile::tests::Cloud;
use crate::ec2::network_interface::{self, InterfaceStatus, NetworkInterface, NewInterface};

const OWNER: &str = "arn:aws:rds:us-east-1:123456789012:db:mine";

fn spec() -> NodeSpec {
    NodeSpec {
        owner: OWNER.into(),
        image: "debian-12".into(),
        hostname: "mine".into(),
        init: vec!["/bin/engine".into()],
        env: Default::default(),
        files: Vec::new(),
        interfaces: vec!["eni-1".parse().expect("id")],
        limits: Limits {
            cpu_millis: 1000,
            memory_bytes: 256 << 20,
            pids: 100,
        },
        power: Power::On,
        boot: 1,
    }
}

fn data() -> SandboxMount {
    SandboxMount {
        data: "db-1".into(),
        path: "/rdsdbdata".into(),
    }
}

fn place() -> Place {
    crate::ec2::testing::World::new().place().clone()
}

/// A node that should run, of which nothing was found yet.
pub(super) fn node() -> Node {
    Node {
        place: place(),
        id: "node-1".parse().expect("id"),
        spec: spec(),
        mounts: Vec::new(),
        status: NodeStatus::default(),
    }
}

/// Its interface.
pub(super) fn interface(in_force: bool) -> NetworkInterface {
    NetworkInterface {
        place: place(),
        id: "eni-1".parse().expect("id"),
        vpc: "vpc-1".parse().expect("id"),
        subnet: "subnet-1".parse().expect("id"),
        zone: "us-east-1a".into(),
        address: [10, 0, 0, 5].into(),
        secondary: Vec::new(),
        mac: [2, 0, 0, 0, 0, 1],
        groups: Vec::new(),
        description: String::new(),
        source_dest_check: true,
        requester: None,
        client_token: None,
        attachment: None,
        public: None,
        status: InterfaceStatus { in_force },
    }
}

/// Makes a node with an interface of its own in a default subnet.
fn make(cloud: &Cloud) -> NodeId {
    let made = cloud.rooms.store.write(|tx| {
        let (ids, place) = (&cloud.rooms.ids, &cloud.call.place);
        crate::ec2::vpc::default::lay_out_once(tx, place);
        let subnet = network_interface::default_subnet(tx, place, None).expect("a default subnet");
        let interface = network_interface::create(tx, ids, &subnet, NewInterface::default())?;
        let interfaces = vec![interface.id];
        Ok::<_, AwsError>(create_with(tx, ids, place, NodeSpec { interfaces, ..spec() }, vec![data()]).id)
    });
    made.expect("made")
}

fn alter(cloud: &Cloud, id: &NodeId, what: impl FnOnce(&mut NodeSpec)) {
    let altered = cloud.rooms.store.write(|tx| {
        change(tx, &cloud.call.place, id, what);
        Ok::<_, AwsError>(())
    });
    altered.expect("altered");
}

fn find(cloud: &Cloud, id: &NodeId) -> Option<Node> {
    cloud.see(|tx| tx.find(&cloud.call.place, id))
}

/// Waits for this of a node, for an hour at the most.
async fn until(cloud: &Cloud, id: &NodeId, what: &str, holds: impl Fn(Option<&Node>) -> bool) {
    for _ in 0..36_000 {
        if holds(find(cloud, id).as_ref()) {
            return;
        }
        cloud.tick(Duration::from_millis(100)).await;
    }
    panic!("not {what}: {:?}", find(cloud, id));
}

async fn until_runs(cloud: &Cloud, id: &NodeId) {
    until(cloud, id, "running", |node| node.is_some_and(Node::runs)).await;
}

fn start_cloud(plan: SimPlan, images: SimImages) -> Cloud {
    let mut cloud = Cloud::start(plan, images);
    cloud.also(start);
    cloud
}

#[tokio::test(start_paused = true)]
async fn nodes_live_and_end_on_a_machine_that_fails() {
    for seed in 0..3 {
        let plan = SimPlan {
            seed,
            failures_per_mille: 200,
            delay: Duration::from_millis(300),
        };
        let cloud = start_cloud(plan, SimImages::default());
        let id = make(&cloud);
        until_runs(&cloud, &id).await;
        let sandbox = cloud.compute.spec(id.as_str()).expect("a sandbox");
        assert_eq!((sandbox.interfaces.len(), sandbox.mounts), (1, vec![data()]));
        alter(&cloud, &id, |spec| spec.boot += 1);
        until_runs(&cloud, &id).await;
        alter(&cloud, &id, |spec| spec.power = Power::Off);
        until(&cloud, &id, "stopped", |node| {
            node.is_some_and(|node| node.status.found == Found::Stopped)
        })
        .await;
        alter(&cloud, &id, |spec| {
            spec.power = Power::On;
            spec.boot += 1;
        });
        until_runs(&cloud, &id).await;
        alter(&cloud, &id, |spec| spec.power = Power::Gone);
        until(&cloud, &id, "gone", |node| node.is_none()).await;
        assert!(cloud.compute.spec(id.as_str()).is_none(), "seed {seed}: no sandbox is left");
        cloud.end().await;
    }
}

#[tokio::test(start_paused = true)]
async fn the_dead_come_back_by_themselves() {
    let cloud = start_cloud(SimPlan::default(), SimImages::warm());
    let id = make(&cloud);
    until_runs(&cloud, &id).await;
    for death in 1..=3 {
        assert!(cloud.compute.exit(id.as_str(), "killed by signal 9"));
        until(&cloud, &id, "noticed", |node| {
            node.is_some_and(|node| node.status.restarts == death)
        })
        .await;
        until_runs(&cloud, &id).await;
    }
    let end = find(&cloud, &id).and_then(|node| node.status.end).expect("an end");
    assert_eq!((end.boot, end.reason.as_str()), (3, "killed by signal 9"));
    cloud.compute.power_cut();
    cloud.tick(Duration::from_secs(2)).await;
    until_runs(&cloud, &id).await;
    let all = cloud.compute.observe().await.expect("observed");
    let state = all.into_iter().find(|one| one.0 == id.as_str()).map(|one| one.1);
    let phase = Phase::Running;
    assert_eq!(
        state,
        Some(SandboxState { phase, boot: 4 }),
        "a restart of the machine is no restart of the node"
    );
    let spec = cloud.compute.spec(id.as_str()).expect("a sandbox");
    let stranger = "node-00000000000000000".to_owned();
    cloud.compute.ensure(&stranger, &spec).await.expect("a sandbox that no row knows");
    cloud.pass(2).await;
    assert!(cloud.compute.spec(&stranger).is_none());
    cloud.end().await;
}
