//! `DeleteDBInstance`.

use tierra_core::{AwsError, Call, Tx};
use tierra_model::Shape;

use super::{InstanceOutput, find, master};
use crate::declare::operations;
use crate::rds::api::arns;
use crate::rds::errors::RdsError;
use crate::rds::model::{DbInstance, Deletion};
use crate::rds::ops::snapshot;

operations! { "rds", AwsError;
    write DeleteDBInstance(DeleteInput) -> InstanceOutput = delete, on |_, input, call| arns(call, "db", &input.id);
}

/// Input of [`DeleteDBInstance`].
#[derive(Default, Shape)]
pub struct DeleteInput {
    #[shape("DBInstanceIdentifier")]
    pub(crate) id: String,
    pub(crate) skip_final_snapshot: Option<bool>,
    #[shape("FinalDBSnapshotIdentifier")]
    pub(crate) final_snapshot: Option<String>,
    /// Automated backups end with their instance.
    pub(crate) delete_automated_backups: Option<bool>,
}

fn check(instance: &DbInstance, input: &DeleteInput) -> Result<(), RdsError> {
    if instance.spec.deletion.is_some() {
        return Err(RdsError::Deleting { id: instance.id.clone() });
    }
    if instance.spec.deletion_protection {
        return Err(RdsError::combination(
            "Cannot delete protected DB Instance, please disable deletion protection and try again.",
        ));
    }
    match (input.skip_final_snapshot == Some(true), &input.final_snapshot) {
        (false, None) => Err(RdsError::combination(
            "FinalDBSnapshotIdentifier is required unless SkipFinalSnapshot is specified.",
        )),
        (true, Some(_)) => Err(RdsError::combination(
            "FinalDBSnapshotIdentifier cannot be specified when SkipFinalSnapshot is specified.",
        )),
        (false, Some(_)) if instance.status.first_up.is_none() => Err(RdsError::InstanceState {
            id: instance.id.clone(),
            wanted: "available",
        }),
        _ => Ok(()),
    }
}

fn delete(tx: &mut Tx, call: &Call, input: DeleteInput) -> Result<InstanceOutput, AwsError> {
    let mut instance = find(tx, call, &input.id)?;
    check(&instance, &input)?;
    let final_snapshot = match &input.final_snapshot {
        Some(name) => Some(snapshot::take(tx, call, &instance, name, Vec::new())?.id),
        None => None,
    };
    instance.spec.deletion = Some(Deletion { final_snapshot });
    master::release(tx, call, &mut instance.spec.master);
    tx.save(instance.clone());
    Ok(InstanceOutput::of(tx, &instance))
}
