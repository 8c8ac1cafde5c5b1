//! Metrics of instances. Follows the page "CloudWatch metrics that are available for your instances". They are measured every
//! minute, whichever monitoring an instance has.

use tierra_core::Tx;
use tierra_drivers::compute::usage::Used;

use super::{Between, Sample, Told};
use crate::cloudwatch::metric::{Metric, Unit};
use crate::cloudwatch::stats::Stats;
use crate::ec2::instance::{Instance, InstanceState};

const NAMESPACE: &str = "AWS/EC2";

/// What is told of an instance as it was counted.
const COUNTED: [Told<Used>; 8] = [
    ("NetworkIn", Unit::Bytes, |used| used.network.received_bytes),
    ("NetworkOut", Unit::Bytes, |used| used.network.sent_bytes),
    ("NetworkPacketsIn", Unit::Count, |used| used.network.received_packets),
    ("NetworkPacketsOut", Unit::Count, |used| used.network.sent_packets),
    ("DiskReadBytes", Unit::Bytes, |used| used.disk.read_bytes),
    ("DiskWriteBytes", Unit::Bytes, |used| used.disk.written_bytes),
    ("DiskReadOps", Unit::Count, |used| used.disk.reads),
    ("DiskWriteOps", Unit::Count, |used| used.disk.writes),
];

pub(super) fn samples(tx: &Tx, between: &Between) -> Vec<Sample> {
    tx.all::<Instance>().iter().flat_map(|instance| of(instance, between)).collect()
}

fn of(instance: &Instance, between: &Between) -> Vec<Sample> {
    let id = instance.id.to_string();
    let sample = |name: &str, unit: Unit, value: f64| Sample {
        place: instance.place.clone(),
        metric: Metric::new(NAMESPACE, name, &[("InstanceId", &id)]),
        unit,
        stats: Stats::of(value, 1.0),
    };
    let used = between.used.get(&id);
    let mut samples = Vec::new();
    if let Some(used) = used {
        let limits = instance.spec.kind.limits();
        samples.push(sample(
            "CPUUtilization",
            Unit::Percent,
            between.cpu_percent(used, limits.cpu_millis),
        ));
        samples.extend(COUNTED.iter().map(|(name, unit, of)| sample(name, *unit, of(used) as f64)));
    }
    if instance.state() == InstanceState::Running {
        // The machine below is this one: where it does not run, nothing is sampled.
        let failed = if used.is_some() { 0.0 } else { 1.0 };
        samples.push(sample("StatusCheckFailed_System", Unit::Count, 0.0));
        samples.push(sample("StatusCheckFailed_Instance", Unit::Count, failed));
        samples.push(sample("StatusCheckFailed", Unit::Count, failed));
    }
    samples
}
