//! GetConsoleOutput: the one operation on instances that reaches beyond the store.

use std::sync::Arc;

use async_trait::async_trait;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use tierra_core::operation::DataOperation;
use tierra_core::{Arn, AwsError, Call, DriverError, Store, Tx};
use tierra_drivers::compute::Console;

use super::arn;
use crate::Rooms;
use crate::ec2::errors::Ec2Error;
use crate::ec2::instance::api::{GetConsoleOutputInput, GetConsoleOutputOutput};
use crate::ec2::instance::model::Instance;

/// Bytes of console output that are told: the last of them.
const OUTPUT: usize = 64 * 1024;

/// Tells what an instance wrote to its console.
pub(super) struct GetConsoleOutput {
    store: Store,
    console: Arc<dyn Console>,
}

impl GetConsoleOutput {
    pub(super) fn new(rooms: &Rooms) -> Self {
        Self {
            store: rooms.store.clone(),
            console: Arc::clone(&rooms.console),
        }
    }
}

#[async_trait]
impl DataOperation for GetConsoleOutput {
    const SERVICE: &'static str = "ec2";
    const NAME: &'static str = "GetConsoleOutput";
    // What is told is always the latest.
    const HARMLESS: &'static [&'static str] = &["Latest"];
    type Input = GetConsoleOutputInput;
    type Output = GetConsoleOutputOutput;

    fn resources(&self, _tx: &Tx, input: &GetConsoleOutputInput, call: &Call) -> Vec<Arn> {
        vec![arn(call, &input.instance_id)]
    }

    async fn run(&self, call: &Call, input: GetConsoleOutputInput) -> Result<GetConsoleOutputOutput, AwsError> {
        let find = |tx: &mut Tx| Instance::find(tx, &call.place, &input.instance_id).map_err(AwsError::from);
        let instance = self.store.read(find)?;
        if input.dry_run == Some(true) {
            return Err(Ec2Error::DryRun.into());
        }
        let from = -i64::try_from(OUTPUT).unwrap_or(i64::MAX);
        let output = match self.console.read(&instance.id.to_string(), from, OUTPUT).await {
            Ok((_, bytes)) => Some(STANDARD.encode(bytes)),
            Err(DriverError::NotFound { .. }) => None,
            Err(error) => return Err(AwsError::internal(error)),
        };
        Ok(GetConsoleOutputOutput {
            instance_id: input.instance_id,
            timestamp: call.now,
            output,
        })
    }
}

/// What the operation speaks, for the test against AWS's model.
#[cfg(test)]
pub fn spoken() -> Vec<(&'static str, tierra_model::Declared, tierra_model::Declared)> {
    use tierra_model::Shape;
    vec![(
        GetConsoleOutput::NAME,
        GetConsoleOutputInput::declared(),
        GetConsoleOutputOutput::declared(),
    )]
}
