//! Instances from launch to end on simulated machines, under tokio's paused clock and with drivers that fail.

use std::sync::Arc;
use std::time::Duration;

use tierra_core::clock::{Clock, SimClock};
use tierra_core::{AwsError, Call, Ids, Operation, Store, Tx};
use tierra_drivers::compute::sim::{SimCapture, SimCompute, SimPlan};
use tierra_drivers::compute::{Compute, Power, SandboxSpec};
use tierra_drivers::data::sim::SimData;
use tierra_drivers::image::sim::SimImages;
use tierra_drivers::network::sim::SimNetwork;
use tierra_model::Timestamp;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::Rooms;
use crate::ec2::image::public_parameter;
use crate::ec2::instance::api::{InstanceIdsInput, RunInstancesInput};
use crate::ec2::instance::model::{Instance, InstanceState, ShutdownBehavior};
use crate::ec2::instance::ops::power::{RebootInstances, StartInstances, StopInstances, TerminateInstances};
use crate::ec2::instance::ops::run::RunInstances;
use crate::ec2::network_interface::NetworkInterface;
use crate::ec2::testing::World;
use crate::ec2::volume::Volume;

/// A cloud at work.
pub(crate) struct Cloud {
    pub(crate) rooms: Rooms,
    clock: SimClock,
    pub(crate) compute: Arc<SimCompute>,
    pub(crate) call: Call,
    stop: watch::Sender<bool>,
    tasks: JoinSet<()>,
}

impl Cloud {
    pub(crate) fn start(plan: SimPlan, images: SimImages) -> Self {
        let (compute, network) = (Arc::new(SimCompute::new(plan)), Arc::new(SimNetwork::new()));
        let clock = SimClock::new(Timestamp::from_secs(1_800_000_000));
        let images = Arc::new(images);
        let rooms = Rooms {
            store: Store::in_memory().expect("store"),
            clock: Arc::new(clock.clone()),
            ids: Ids::seeded(plan.seed),
            compute: compute.clone(),
            console: compute.clone(),
            capture: Arc::new(SimCapture::new(compute.clone(), images.clone())),
            exec: compute.clone(),
            usage: compute.clone(),
            control: compute.clone(),
            data: Arc::new(SimData::default()),
            network,
            images,
            names: Arc::new(tierra_drivers::names::sim::SimHostNames::default()),
            objects: tierra_dataplane::object::Objects::new("never-used".into(), ""),
            ca_pem: "CA\n".into(),
            authority: Arc::new(tierra_core::authority::SimAuthority),
            balancers: Default::default(),
        };
        let call = Call {
            ids: rooms.ids.clone(),
            ..World::new().call
        };
        let (stop, stopped) = watch::channel(false);
        let mut tasks = JoinSet::new();
        crate::ec2::reconcile(&rooms, &stopped, &mut tasks);
        Self {
            rooms,
            clock,
            compute,
            call,
            stop,
            tasks,
        }
    }

    /// Has another service's reconcilers work in it too.
    pub(crate) fn also(&mut self, start: fn(&Rooms, &watch::Receiver<bool>, &mut JoinSet<()>)) {
        start(&self.rooms, &self.stop.subscribe(), &mut self.tasks);
    }

    pub(crate) fn run<O: Operation>(&self, input: O::Input) -> Result<O::Output, AwsError> {
        let call = Call {
            now: self.clock.now(),
            ..self.call.clone()
        };
        self.rooms.store.write(|tx| O::run(tx, &call, input).map_err(Into::into))
    }

    pub(crate) fn launch(&self, count: i32, behavior: ShutdownBehavior) -> InstanceIdsInput {
        let input = RunInstancesInput {
            image_id: public_parameter(&self.call.place.region, "/aws/service/debian/release/12/latest/amd64").map(|id| id.to_string()),
            min_count: count,
            max_count: count,
            instance_initiated_shutdown_behavior: Some(behavior),
            ..Default::default()
        };
        let made = self.run::<RunInstances>(input).expect("launched").instances;
        InstanceIdsInput {
            instance_ids: made.into_iter().map(|one| one.instance_id).collect(),
            dry_run: None,
        }
    }

    pub(crate) fn see<T>(&self, look: impl FnOnce(&Tx) -> T) -> T {
        self.rooms.store.read(|tx| Ok::<_, AwsError>(look(tx))).expect("read")
    }

    fn states(&self) -> Vec<InstanceState> {
        self.see(|tx| tx.all::<Instance>().iter().map(Instance::state).collect())
    }

    pub(crate) async fn pass(&self, seconds: u64) {
        tokio::time::sleep(Duration::from_secs(seconds)).await;
    }

    /// Lets time pass for the cloud's own clock too.
    pub(crate) async fn tick(&self, time: Duration) {
        self.clock.advance(time);
        tokio::time::sleep(time).await;
    }

    /// Waits until every instance is in this state, for an hour at the most.
    pub(crate) async fn until(&self, state: InstanceState) {
        for _ in 0..3600 {
            if self.states().iter().all(|one| *one == state) {
                return;
            }
            self.pass(1).await;
        }
        panic!("not {state}: {:?}", self.states());
    }

    pub(crate) async fn end(mut self) {
        self.stop.send(true).expect("someone listens");
        while self.tasks.join_next().await.is_some() {}
    }
}

fn again(ids: &InstanceIdsInput) -> InstanceIdsInput {
    InstanceIdsInput {
        instance_ids: ids.instance_ids.clone(),
        dry_run: None,
    }
}

#[tokio::test(start_paused = true)]
async fn instances_live_and_end_on_a_machine_that_fails() {
    for seed in 0..2 {
        let cloud = Cloud::start(
            SimPlan {
                seed,
                failures_per_mille: 200,
                delay: Duration::from_millis(300),
            },
            SimImages::default(),
        );
        let ids = cloud.launch(5, ShutdownBehavior::Stop);
        cloud.pass(5).await;
        assert!(
            cloud.states().iter().all(|state| *state == InstanceState::Pending),
            "seed {seed}: the image is being built"
        );
        cloud.until(InstanceState::Running).await;
        let spec = cloud.compute.spec(&ids.instance_ids[0]).expect("a sandbox");
        assert!(spec.hostname.starts_with("ip-172-31-") && spec.interfaces.len() == 1, "{spec:?}");
        cloud.run::<RebootInstances>(again(&ids)).expect("reboot");
        cloud.pass(60).await;
        cloud.run::<StopInstances>(again(&ids)).expect("stop");
        cloud.until(InstanceState::Stopped).await;
        cloud.run::<StartInstances>(again(&ids)).expect("start");
        cloud.until(InstanceState::Running).await;
        assert_eq!(
            cloud.compute.spec(&ids.instance_ids[0]).map(|spec| (spec.boot, spec.power)),
            Some((3, Power::On))
        );
        cloud.run::<TerminateInstances>(again(&ids)).expect("terminate");
        cloud.until(InstanceState::Terminated).await;
        assert!(
            ids.instance_ids.iter().all(|id| cloud.compute.spec(id).is_none()),
            "seed {seed}: no sandbox is left"
        );
        assert_eq!(
            cloud.see(|tx| (tx.all::<NetworkInterface>().len(), tx.all::<Volume>().len())),
            (0, 0)
        );
        cloud.clock.advance(Duration::from_secs(3601));
        cloud.pass(3700).await;
        assert_eq!(cloud.states(), [], "seed {seed}: an hour later they are forgotten");
        cloud.end().await;
    }
}

#[tokio::test(start_paused = true)]
async fn what_the_machine_does_by_itself_is_seen() {
    let cloud = Cloud::start(SimPlan::default(), SimImages::warm());
    let stops = cloud.launch(1, ShutdownBehavior::Stop).instance_ids.remove(0);
    cloud.until(InstanceState::Running).await;
    assert!(cloud.compute.exit(&stops, "poweroff"));
    cloud.until(InstanceState::Stopped).await;
    let reason = cloud.see(|tx| Instance::find(tx, &cloud.call.place, &stops).expect("there").state_reason());
    assert_eq!(reason.map(|(code, _)| code).as_deref(), Some("Client.InstanceInitiatedShutdown"));
    cloud
        .run::<StartInstances>(InstanceIdsInput {
            instance_ids: vec![stops.clone()],
            dry_run: None,
        })
        .expect("start");
    cloud.until(InstanceState::Running).await;
    cloud.compute.power_cut();
    cloud.pass(5).await;
    assert_eq!(cloud.states(), [InstanceState::Running], "it came back with the machine");
    let ends = cloud.launch(1, ShutdownBehavior::Terminate).instance_ids.remove(0);
    cloud.until(InstanceState::Running).await;
    assert!(cloud.compute.exit(&ends, "poweroff"));
    cloud.pass(5).await;
    let state = cloud.see(|tx| Instance::find(tx, &cloud.call.place, &ends).expect("there").state());
    assert_eq!(state, InstanceState::Terminated);
    let stranger = SandboxSpec {
        boot: 1,
        ..cloud.compute.spec(&stops).expect("a sandbox")
    };
    cloud
        .compute
        .ensure(&"i-00000000000000000".to_owned(), &stranger)
        .await
        .expect("a sandbox that no row knows");
    cloud
        .compute
        .ensure(&"db-1".to_owned(), &stranger)
        .await
        .expect("another service's");
    cloud.pass(3).await;
    assert!(cloud.compute.spec("i-00000000000000000").is_none() && cloud.compute.spec("db-1").is_some());
    cloud.end().await;
}
