//! The contract of counters.

use std::time::Duration;

use tierra_drivers::compute::linux::LinuxCompute;
use tierra_drivers::compute::usage::{Usage, Used};
use tierra_drivers::compute::{Compute, Power, SandboxId};

use super::compute::{script, spec};

/// Looks at the counters until they show what is waited for.
const LOOKS: usize = 500;

pub(super) async fn what_runs_is_counted(compute: &dyn Compute, usage: &dyn Usage) {
    let id: SandboxId = "i-counted".into();
    compute.ensure(&id, &spec(Power::On, 1)).await.unwrap();
    assert!(usage.used().await.unwrap().contains_key(&id));
    compute.ensure(&id, &spec(Power::Off, 1)).await.unwrap();
    assert!(!usage.used().await.unwrap().contains_key(&id), "what does not run uses nothing");
    compute.remove(&id).await.unwrap();
}

pub(super) async fn linux(compute: &LinuxCompute) {
    what_runs_is_counted(compute, compute).await;
    let id: SandboxId = "i-busy".into();
    compute.ensure(&id, &script("while :; do :; done", Power::On, 1)).await.unwrap();
    let first = used(compute, &id).await;
    for _ in 0..LOOKS {
        let now = used(compute, &id).await;
        if now.cpu_micros > first.cpu_micros && now.memory_bytes > 0 {
            return compute.remove(&id).await.unwrap();
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("a busy sandbox used nothing beyond {first:?}");
}

async fn used(compute: &LinuxCompute, id: &SandboxId) -> Used {
    compute.used().await.unwrap()[id]
}
