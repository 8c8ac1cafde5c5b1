//! `DescribeDBInstances`, `DescribePendingMaintenanceActions`.

use tierra_core::{Call, Tx};
use tierra_model::Shape;

use super::find;
use crate::declare::operations;
use crate::rds::api::arns;
use crate::rds::api::instance::DbInstanceShape;
use crate::rds::errors::RdsError;
use crate::rds::listing::{self, Field, Filter, query};
use crate::rds::model::DbInstance;

operations! { "rds", RdsError;
    read DescribeDBInstances(DescribeInput) -> DescribeOutput = describe,
        on |_, input, call| arns(call, "db", input.id.as_deref().unwrap_or("*"));
    read DescribePendingMaintenanceActions(PendingActionsInput) -> PendingActionsOutput = actions, on crate::declare::anything;
}

/// Input of [`DescribeDBInstances`].
#[derive(Default, Shape)]
pub struct DescribeInput {
    #[shape("DBInstanceIdentifier")]
    pub(crate) id: Option<String>,
    pub(crate) filters: Vec<Filter>,
    pub(crate) max_records: Option<i32>,
    pub(crate) marker: Option<String>,
}

/// A page of instances.
#[derive(Default, Shape)]
pub struct DescribeOutput {
    #[shape("DBInstances")]
    pub(crate) instances: Vec<DbInstanceShape>,
    pub(crate) marker: Option<String>,
}

/// Input of [`DescribePendingMaintenanceActions`].
#[derive(Default, Shape)]
pub struct PendingActionsInput {
    pub(crate) resource_identifier: Option<String>,
    pub(crate) marker: Option<String>,
    pub(crate) max_records: Option<i32>,
}

/// None: the machine's engines are maintained with Tierra.
#[derive(Default, Shape)]
pub struct PendingActionsOutput {
    pub(crate) pending_maintenance_actions: Vec<ResourceActions>,
}

/// What waits for one instance.
#[derive(Default, Shape)]
pub struct ResourceActions {
    resource_identifier: String,
}

/// Identifiers may be given as ARNs.
fn identifiers(instance: &DbInstance) -> Vec<String> {
    vec![instance.id.clone(), instance.arn().to_string()]
}

const FILTERS: &[Field<DbInstance>] = &[
    ("db-instance-id", identifiers),
    ("dbi-resource-id", |instance| vec![instance.resource_id.clone()]),
    ("engine", |instance| vec![instance.spec.engine.to_string()]),
    ("db-cluster-id", |_| Vec::new()),
    ("domain", |_| Vec::new()),
];

fn describe(tx: &mut Tx, call: &Call, input: DescribeInput) -> Result<DescribeOutput, RdsError> {
    let found = match &input.id {
        Some(id) => vec![find(tx, call, id)?],
        None => tx.list(&call.place),
    };
    let page = listing::page(found, FILTERS, |instance| instance.id.clone(), &query!(input))?;
    Ok(DescribeOutput {
        instances: page.items.iter().map(|instance| DbInstanceShape::of(tx, instance)).collect(),
        marker: page.next,
    })
}

fn actions(tx: &mut Tx, call: &Call, input: PendingActionsInput) -> Result<PendingActionsOutput, RdsError> {
    if let Some(id) = &input.resource_identifier {
        find(tx, call, id)?;
    }
    Ok(PendingActionsOutput::default())
}
