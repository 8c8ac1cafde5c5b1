//! Metrics of databases. Follows the page "Amazon CloudWatch metrics for Amazon RDS".

use tierra_core::Tx;
use tierra_drivers::compute::usage::Used;

use super::{Between, Sample, Told};
use crate::cloudwatch::metric::{Metric, Unit};
use crate::cloudwatch::stats::Stats;
use crate::rds::{self, model::DbInstance};

const NAMESPACE: &str = "AWS/RDS";

/// What is told of a database by the second, as it was counted.
const RATES: [Told<Used>; 6] = [
    ("NetworkReceiveThroughput", Unit::BytesPerSecond, |used| used.network.received_bytes),
    ("NetworkTransmitThroughput", Unit::BytesPerSecond, |used| used.network.sent_bytes),
    ("ReadThroughput", Unit::BytesPerSecond, |used| used.disk.read_bytes),
    ("WriteThroughput", Unit::BytesPerSecond, |used| used.disk.written_bytes),
    ("ReadIOPS", Unit::CountPerSecond, |used| used.disk.reads),
    ("WriteIOPS", Unit::CountPerSecond, |used| used.disk.writes),
];

pub(super) fn samples(tx: &Tx, between: &Between) -> Vec<Sample> {
    tx.all::<DbInstance>()
        .iter()
        .flat_map(|database| of(tx, database, between))
        .collect()
}

fn of(tx: &Tx, database: &DbInstance, between: &Between) -> Vec<Sample> {
    let node = rds::node_of(tx, database);
    let found = node.and_then(|node| Some((node.spec.limits, between.used.get(node.id.as_str())?)));
    let Some((limits, used)) = found else {
        return Vec::new();
    };
    let sample = |name: &str, unit: Unit, value: f64| Sample {
        place: database.place.clone(),
        metric: Metric::new(NAMESPACE, name, &[("DBInstanceIdentifier", &database.id)]),
        unit,
        stats: Stats::of(value, 1.0),
    };
    let free = limits.memory_bytes.saturating_sub(used.memory_bytes);
    let mut samples = vec![
        sample("CPUUtilization", Unit::Percent, between.cpu_percent(used, limits.cpu_millis)),
        sample("FreeableMemory", Unit::Bytes, free as f64),
    ];
    samples.extend(
        RATES
            .iter()
            .map(|(name, unit, of)| sample(name, *unit, between.per_second(of(used)))),
    );
    samples
}
