//! Operations on instances: `create` and `restore` make them, `modify` changes what is wanted, `power` starts and stops, `delete` ends.

pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod describe;
pub(crate) mod make;
pub(crate) mod master;
pub(crate) mod modify;
pub(crate) mod place;
pub(crate) mod power;
pub(crate) mod restore;

use tierra_core::{Arn, Call, Registry, Tx};
use tierra_model::Shape;

use crate::rds::api::instance::{self, DbInstanceShape};
use crate::rds::errors::RdsError;
use crate::rds::model::{DbInstance, DbInstanceState};

/// Declares every operation.
pub(super) fn register(registry: &mut Registry) {
    create::register(registry);
    delete::register(registry);
    describe::register(registry);
    modify::register(registry);
    power::register(registry);
    restore::register(registry);
}

/// An instance.
#[derive(Default, Shape)]
pub struct InstanceOutput {
    #[shape("DBInstance")]
    pub(crate) instance: DbInstanceShape,
}

impl InstanceOutput {
    fn of(tx: &Tx, instance: &DbInstance) -> Self {
        Self {
            instance: DbInstanceShape::of(tx, instance),
        }
    }
}

/// The instance of this identifier or ARN.
///
/// # Errors
/// `DBInstanceNotFound`.
pub(crate) fn find(tx: &Tx, call: &Call, id: &str) -> Result<DbInstance, RdsError> {
    let name = id
        .parse::<Arn>()
        .ok()
        .and_then(|arn| arn.resource.strip_prefix("db:").map(str::to_owned));
    let name = name.unwrap_or_else(|| id.to_ascii_lowercase());
    tx.find(&call.place, &name).ok_or(RdsError::InstanceNotFound { id: name })
}

/// As [`find`], where it is in one of these states.
fn find_in(tx: &Tx, call: &Call, id: &str, states: &[DbInstanceState]) -> Result<DbInstance, RdsError> {
    let found = find(tx, call, id)?;
    if states.contains(&instance::state(tx, &found)) {
        return Ok(found);
    }
    let wanted = states.first().map_or("available", |state| state.word());
    Err(RdsError::InstanceState { id: found.id, wanted })
}

/// Parts of RDS that are refused where a caller asks for them, and accepted where they say that they do not want them.
fn unbuilt(asked: &[(&'static str, bool)]) -> Result<(), RdsError> {
    match asked.iter().find(|(_, wanted)| *wanted) {
        Some((what, _)) => Err(RdsError::Unbuilt { what }),
        None => Ok(()),
    }
}
