//! Disks kept and freed on simulated machines, from an instance to the last one that lies on its image.

use std::time::Duration;

use tierra_drivers::compute::Power;
use tierra_drivers::compute::sim::SimPlan;
use tierra_drivers::image::sim::SimImages;

use super::api::{DeleteSnapshotInput, DescribeSnapshotsInput};
use super::model::{Snapshot, SnapshotState, kept_on_machine};
use super::ops::{DeleteSnapshot, DescribeSnapshots};
use crate::ec2::image::testing::{CreateImage, CreateImageInput, DeregisterImage, DeregisterImageInput};
use crate::ec2::instance::reconcile::tests::Cloud;
use crate::ec2::instance::testing::{InstanceIdsInput, RunInstances, RunInstancesInput, ShutdownBehavior, TerminateInstances};
use crate::ec2::instance::{Instance, InstanceState};

/// Longer than anything takes here.
const LONG: u64 = 120;

fn image_of(cloud: &Cloud, instance: &str, name: &str, no_reboot: bool) -> String {
    let input = CreateImageInput {
        instance_id: instance.to_owned(),
        name: name.to_owned(),
        no_reboot: Some(no_reboot),
        ..Default::default()
    };
    cloud.run::<CreateImage>(input).expect("imaged").image_id
}

fn launch_of(cloud: &Cloud, image: &str) -> Result<String, tierra_core::AwsError> {
    let input = RunInstancesInput {
        image_id: Some(image.to_owned()),
        min_count: 1,
        max_count: 1,
        ..Default::default()
    };
    Ok(cloud.run::<RunInstances>(input)?.instances.remove(0).instance_id)
}

fn terminate(cloud: &Cloud, instance: &str) {
    let input = InstanceIdsInput {
        instance_ids: vec![instance.to_owned()],
        dry_run: None,
    };
    cloud.run::<TerminateInstances>(input).expect("terminated");
}

fn deregister(cloud: &Cloud, image: &str) {
    let input = DeregisterImageInput {
        image_id: image.to_owned(),
        delete_associated_snapshots: Some(true),
        dry_run: None,
    };
    let answer = cloud.run::<DeregisterImage>(input).expect("deregistered");
    assert_eq!(answer.delete_snapshot_results[0].return_code, "success");
}

async fn on_machine(cloud: &Cloud) -> Vec<String> {
    let all = cloud.rooms.images.observe().await.expect("images");
    all.into_iter()
        .map(|image| image.name)
        .filter(|name| name.starts_with("snap-"))
        .collect()
}

fn snapshots(cloud: &Cloud) -> Vec<Snapshot> {
    cloud.see(|tx| tx.all::<Snapshot>())
}

#[tokio::test(start_paused = true)]
async fn a_disk_is_kept_until_nothing_lies_on_it() {
    for seed in 0..3 {
        let plan = SimPlan {
            seed,
            failures_per_mille: 100,
            delay: Duration::from_millis(300),
        };
        let cloud = Cloud::start(plan, SimImages::warm());
        let first = cloud.launch(1, ShutdownBehavior::Stop).instance_ids.remove(0);
        cloud.until(InstanceState::Running).await;
        let image = image_of(&cloud, &first, "first", false);
        assert_eq!(
            launch_of(&cloud, &image).expect_err("pending").code,
            "InvalidAMIID.Unavailable",
            "seed {seed}"
        );
        cloud.pass(LONG).await;
        assert_eq!(snapshots(&cloud)[0].state(), SnapshotState::Completed, "seed {seed}");
        let spec = cloud.compute.spec(&first).map(|spec| (spec.boot, spec.power));
        assert_eq!(spec, Some((2, Power::On)), "seed {seed}: it was rebooted");

        let child = launch_of(&cloud, &image).expect("launched");
        cloud.until(InstanceState::Running).await;
        let second = image_of(&cloud, &child, "second", true);
        cloud.pass(LONG).await;
        assert_eq!(
            cloud.compute.spec(&child).map(|spec| spec.boot),
            Some(1),
            "seed {seed}: it was only frozen"
        );
        let grandchild = launch_of(&cloud, &second).expect("launched");
        cloud.until(InstanceState::Running).await;
        assert_eq!(on_machine(&cloud).await.len(), 2);

        deregister(&cloud, &image);
        deregister(&cloud, &second);
        terminate(&cloud, &first);
        terminate(&cloud, &child);
        cloud.pass(LONG).await;
        assert_eq!(
            (on_machine(&cloud).await.len(), snapshots(&cloud).len()),
            (2, 2),
            "seed {seed}: the last instance lies on both"
        );
        let shown = cloud
            .run::<DescribeSnapshots>(DescribeSnapshotsInput::default())
            .expect("described");
        assert_eq!(shown.snapshots.len(), 0, "seed {seed}");
        terminate(&cloud, &grandchild);
        cloud.pass(LONG).await;
        assert_eq!((on_machine(&cloud).await.len(), snapshots(&cloud).len()), (0, 0), "seed {seed}");
        cloud.end().await;
    }
}

#[tokio::test(start_paused = true)]
async fn an_image_of_what_is_gone_fails_and_its_snapshot_is_its_own() {
    let cloud = Cloud::start(SimPlan::default(), SimImages::warm());
    let instance = cloud.launch(1, ShutdownBehavior::Stop).instance_ids.remove(0);
    cloud.until(InstanceState::Running).await;
    cloud.rooms.compute.remove(&instance).await.expect("pulled away");
    let image = image_of(&cloud, &instance, "image", true);
    cloud.pass(LONG).await;
    let kept = snapshots(&cloud).remove(0);
    assert_eq!(kept.state(), SnapshotState::Error, "{:?}", kept.status);
    let input = || DeleteSnapshotInput {
        snapshot_id: kept.id.to_string(),
        dry_run: None,
    };
    let used = cloud.run::<DeleteSnapshot>(input()).expect_err("used");
    assert_eq!(used.message, format!("The snapshot {} is currently in use by {image}", kept.id));
    let keep = DeregisterImageInput {
        image_id: image,
        ..Default::default()
    };
    cloud.run::<DeregisterImage>(keep).expect("deregistered");
    cloud.pass(LONG).await;
    assert_eq!(snapshots(&cloud).len(), 1, "a snapshot outlives its image");
    assert_eq!(cloud.see(kept_on_machine), [kept.id.to_string()]);
    cloud.run::<DeleteSnapshot>(input()).expect("deleted");
    cloud.pass(LONG).await;
    assert_eq!(snapshots(&cloud).len(), 0);
    let gone = cloud.run::<DeleteSnapshot>(input()).expect_err("gone");
    assert_eq!(gone.code, "InvalidSnapshot.NotFound");
    assert!(cloud.see(|tx| Instance::find(tx, &cloud.call.place, &instance).is_ok()));
    cloud.end().await;
}
