//! The types of CloudFormation itself. A wait condition is made at once; it is the engine that waits for its signals.

use serde_json::{Map, Value};
use tierra_core::resource_type::{Attributes, Creation, Progress, ResourceType};
use tierra_core::{AwsError, Call, Tx};

use super::model::StackResource;
use super::wait;

/// The type whose resources wait for signals.
pub const WAIT_CONDITION: &str = "AWS::CloudFormation::WaitCondition";
/// The tag that says which stack a resource is of.
const STACK_TAG: &str = "aws:cloudformation:stack-id";
/// Characters of a generated name.
const NAME_LENGTH: usize = 128;

/// `AWS::CloudFormation::WaitConditionHandle`
pub struct WaitConditionHandle;

/// `AWS::CloudFormation::WaitCondition`
pub struct WaitCondition;

/// Both live in their stack's row and nowhere else.
macro_rules! bookkeeping {
    ($type:ty, $name:expr, $make:expr, $values:expr) => {
        impl ResourceType for $type {
            fn name(&self) -> &'static str {
                $name
            }
            fn create(&self, tx: &mut Tx, call: &Call, creation: &Creation<'_>) -> Result<String, AwsError> {
                let make: fn(&Tx, &Call, &Creation<'_>) -> String = $make;
                Ok(make(tx, call, creation))
            }
            fn progress(&self, tx: &Tx, call: &Call, id: &str) -> Progress {
                match row(tx, call, id) {
                    Some(row) if row.live.as_ref().is_some_and(|live| live.deleting || live.physical_id != id) => Progress::Gone,
                    Some(_) => Progress::Ready,
                    None => Progress::Gone,
                }
            }
            fn attributes(&self, tx: &Tx, call: &Call, id: &str) -> Result<Attributes, AwsError> {
                let values: fn(&Tx, &Call, &str) -> Map<String, Value> = $values;
                Ok(Attributes {
                    reference: id.to_owned(),
                    values: values(tx, call, id),
                })
            }
            fn update(&self, _: &mut Tx, _: &Call, _: &str, _: &Value, _: &Creation<'_>) -> Result<(), AwsError> {
                Err(AwsError::new(
                    "ValidationError",
                    400,
                    format!("Update to resource type {} is not supported.", $name),
                ))
            }
            fn delete(&self, _: &mut Tx, _: &Call, _: &str) -> Result<(), AwsError> {
                Ok(())
            }
        }
    };
}

bookkeeping!(WaitConditionHandle, "AWS::CloudFormation::WaitConditionHandle", url, |_, _, _| {
    Map::new()
});
bookkeeping!(
    WaitCondition,
    WAIT_CONDITION,
    |_, call, creation| creation.generated_name(call, NAME_LENGTH),
    data
);

fn row(tx: &Tx, call: &Call, id: &str) -> Option<StackResource> {
    tx.by_index::<StackResource>(&call.place, "physical", id).into_iter().next()
}

/// The address of a new handle.
fn url(tx: &Tx, call: &Call, creation: &Creation<'_>) -> String {
    let stack = creation.tags.get(STACK_TAG).unwrap_or_default();
    wait::url(tx, stack, creation.logical_id, call.now)
}

/// What came with the signals, by unique id, as the text of a JSON object.
fn data(tx: &Tx, call: &Call, id: &str) -> Map<String, Value> {
    let signals = row(tx, call, id).map(|row| wait::heard(tx, &row)).unwrap_or_default();
    let data: Map<String, Value> = signals
        .into_iter()
        .map(|signal| (signal.unique_id, Value::from(signal.data)))
        .collect();
    Map::from_iter([("Data".to_owned(), Value::from(Value::Object(data).to_string()))])
}
