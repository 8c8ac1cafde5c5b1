//! The contract of disks kept as images. The `linux` half is part of the compute contract's one test: see there.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tierra_drivers::DriverError;
use tierra_drivers::compute::sim::{SimCapture, SimCompute, SimPlan};
use tierra_drivers::compute::{Capture, Compute, Phase, Power, SandboxId, Still};
use tierra_drivers::image::sim::SimImages;
use tierra_drivers::image::{Images, Import};

use super::compute::{Machine, console_has, ended, phase_of, script, spec};

/// What every twin keeps. `compute` can run the image `mini`.
pub(super) async fn a_disk_becomes_an_image(compute: &dyn Compute, capture: &dyn Capture, images: &dyn Images) {
    let id: SandboxId = "i-source".into();
    let missing = capture.capture(&id, "snap-0", Still::Frozen).await;
    assert!(matches!(missing, Err(DriverError::NotFound { .. })), "{missing:?}");
    compute.ensure(&id, &spec(Power::On, 1)).await.unwrap();
    let refused = capture.capture(&id, "../snap", Still::Frozen).await;
    assert!(matches!(refused, Err(DriverError::Refused { .. })), "{refused:?}");

    let frozen = capture.capture(&id, "snap-1", Still::Frozen).await.unwrap();
    assert_eq!(phase_of(compute, &id).await, Phase::Running);
    let stopped = capture.capture(&id, "snap-2", Still::Stopped).await.unwrap();
    assert_eq!(phase_of(compute, &id).await, Phase::Stopped);
    assert_eq!(
        capture.capture(&id, "snap-1", Still::Frozen).await.unwrap(),
        frozen,
        "once is enough"
    );
    let known = images.observe().await.unwrap();
    assert!(known.contains(&frozen) && known.contains(&stopped));
    assert_eq!(
        (frozen.layers.len(), frozen.layers[1..].to_vec()),
        (2, stopped.layers[1..].to_vec())
    );

    let mut child = spec(Power::On, 1);
    child.image = "snap-1".into();
    compute.ensure(&"i-child".to_owned(), &child).await.unwrap();
    assert_eq!(
        capture
            .capture(&"i-child".to_owned(), "snap-3", Still::Frozen)
            .await
            .unwrap()
            .layers
            .len(),
        3
    );
    for id in ["i-source", "i-child"] {
        compute.remove(&id.to_owned()).await.unwrap();
    }
    for image in ["snap-3", "snap-1", "snap-2"] {
        images.remove(image).await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn sim() {
    let compute = Arc::new(SimCompute::new(SimPlan {
        seed: 1,
        failures_per_mille: 0,
        delay: Duration::from_secs(3),
    }));
    let images = Arc::new(SimImages::default());
    images.import("mini", Path::new("any")).await.unwrap();
    let capture = SimCapture::new(compute.clone(), images.clone());
    a_disk_becomes_an_image(compute.as_ref(), &capture, images.as_ref()).await;
}

/// What only a real disk shows: what is in the image, to whom it belongs, what is not in it, and that it is freed.
pub(super) async fn an_images_disk(machine: &Machine) {
    let compute = machine.compute();
    let id = "i-source".to_owned();
    let text = "mkdir -p /etc/ssh /var/lib/cloud/instances/i-source; touch /etc/ssh/ssh_host_key; rm /etc/gone; \
        echo changed > /etc/kept; chmod 600 /etc/kept; echo written; trap 'exit 0' TERM; while :; do sleep 0.05; done";
    compute.ensure(&id, &script(text, Power::On, 1)).await.unwrap();
    console_has(&compute, &id, "written\n").await;
    compute.capture(&id, "snap-1", Still::Frozen).await.unwrap();
    compute.remove(&id).await.unwrap();

    let child = "i-child".to_owned();
    let text = "cat /etc/kept; ls -ln /etc/kept; ls /etc/ssh /var/lib/cloud /etc/gone; echo end";
    let mut spec = script(text, Power::On, 1);
    spec.image = "snap-1".into();
    compute.ensure(&child, &spec).await.unwrap();
    ended(&compute, &child).await;
    console_has(&compute, &child, "end\n").await;
    let said = compute_console(&compute, &child).await;
    assert!(said.starts_with("changed\n-rw------- 1 0 0 "), "{said}");
    assert!(!said.contains("ssh_host_key") && !said.contains("instances"), "{said}");
    assert!(said.contains("/etc/gone") && said.contains("No such file"), "{said}");

    let images = machine.images();
    assert!(
        matches!(images.remove("snap-1").await, Err(DriverError::Refused { .. })),
        "a disk lies on it"
    );
    compute.remove(&child).await.unwrap();
    images.remove("snap-1").await.unwrap();
    assert_eq!(images.observe().await.unwrap().len(), 1, "only the image that was imported is left");
    assert_eq!(machine.layers(), 1);
}

async fn compute_console(compute: &tierra_drivers::compute::linux::LinuxCompute, id: &SandboxId) -> String {
    use tierra_drivers::compute::Console;
    let bytes = compute.read(id, 0, 1 << 20).await.unwrap().1;
    String::from_utf8_lossy(&bytes).replace("\r\n", "\n")
}
