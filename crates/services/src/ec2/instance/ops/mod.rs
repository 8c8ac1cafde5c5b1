//! What can be done with instances, a file a family of operations.

pub mod attribute;
mod console;
pub mod describe;
pub mod launch;
mod network;
mod options;
pub mod power;
pub mod run;
pub mod template;

use tierra_core::{Arn, Call, Registry, Tx};

use crate::Rooms;
use crate::ec2::instance::api::InstanceIdsInput;

/// Declares this noun's operations.
pub fn register(registry: &mut Registry) {
    attribute::register(registry);
    describe::register(registry);
    options::register(registry);
    power::register(registry);
    run::register(registry);
}

/// Declares what reaches beyond the store.
pub fn register_data(registry: &mut Registry, rooms: &Rooms) {
    registry.data_operation(console::GetConsoleOutput::new(rooms));
}

/// The ARN of an instance that may or may not be there.
fn arn(call: &Call, id: &str) -> Arn {
    Arn::regional("ec2", &call.place, format!("instance/{id}"))
}

/// What IAM decides on where several instances are named.
fn arns(_tx: &Tx, input: &InstanceIdsInput, call: &Call) -> Vec<Arn> {
    input.instance_ids.iter().map(|id| arn(call, id)).collect()
}

/// What the operations speak, for the test against AWS's model.
#[cfg(test)]
pub fn spoken() -> Vec<(&'static str, tierra_model::Declared, tierra_model::Declared)> {
    let all = [
        attribute::spoken(),
        describe::spoken(),
        options::spoken(),
        power::spoken(),
        run::spoken(),
        console::spoken(),
    ];
    all.into_iter().flatten().collect()
}
