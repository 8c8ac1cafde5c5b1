//! `RebootDBInstance`, `StopDBInstance`, `StartDBInstance`.

use tierra_core::{AwsError, Call, Tx};
use tierra_model::Shape;

use super::{InstanceOutput, find_in, unbuilt};
use crate::declare::operations;
use crate::rds::api::arns;
use crate::rds::model::{DbInstance, DbInstanceState, Power};
use crate::rds::ops::snapshot;

operations! { "rds", AwsError;
    write RebootDBInstance(RebootInput) -> InstanceOutput = reboot, on |_, input, call| arns(call, "db", &input.id);
    write StopDBInstance(StopInput) -> InstanceOutput = stop, on |_, input, call| arns(call, "db", &input.id);
    write StartDBInstance(StartInput) -> InstanceOutput = start, on |_, input, call| arns(call, "db", &input.id);
}

/// Input of [`RebootDBInstance`].
#[derive(Default, Shape)]
pub struct RebootInput {
    #[shape("DBInstanceIdentifier")]
    pub(crate) id: String,
    pub(crate) force_failover: Option<bool>,
}

/// Input of [`StopDBInstance`].
#[derive(Default, Shape)]
pub struct StopInput {
    #[shape("DBInstanceIdentifier")]
    pub(crate) id: String,
    /// A snapshot that is taken before.
    #[shape("DBSnapshotIdentifier")]
    pub(crate) snapshot: Option<String>,
}

/// Input of [`StartDBInstance`].
#[derive(Default, Shape)]
pub struct StartInput {
    #[shape("DBInstanceIdentifier")]
    pub(crate) id: String,
}

fn reboot(tx: &mut Tx, call: &Call, input: RebootInput) -> Result<InstanceOutput, AwsError> {
    unbuilt(&[(
        "A failover of an instance that has no other zone",
        input.force_failover == Some(true),
    )])?;
    let mut instance = find_in(tx, call, &input.id, &[DbInstanceState::Available])?;
    instance.spec.boot += 1;
    Ok(saved(tx, instance))
}

fn stop(tx: &mut Tx, call: &Call, input: StopInput) -> Result<InstanceOutput, AwsError> {
    let mut instance = find_in(tx, call, &input.id, &[DbInstanceState::Available])?;
    if let Some(name) = input.snapshot {
        snapshot::take(tx, call, &instance, &name, Vec::new())?;
    }
    instance.spec.power = Power::Off;
    Ok(saved(tx, instance))
}

fn start(tx: &mut Tx, call: &Call, input: StartInput) -> Result<InstanceOutput, AwsError> {
    let mut instance = find_in(tx, call, &input.id, &[DbInstanceState::Stopped])?;
    instance.spec.power = Power::On;
    instance.spec.boot += 1;
    Ok(saved(tx, instance))
}

fn saved(tx: &mut Tx, instance: DbInstance) -> InstanceOutput {
    tx.save(instance.clone());
    InstanceOutput::of(tx, &instance)
}
