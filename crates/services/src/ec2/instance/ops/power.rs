//! Start, stop, reboot, terminate: what an instance should be is written; the reconciler makes it so.

use tierra_core::{AwsError, Call, Tx};

use super::arns;
use crate::ec2::instance::InstanceError;
use crate::ec2::instance::api::{InstanceIdsInput, StartInstancesOutput, StateChange, StopInstancesOutput, TerminateInstancesOutput};
use crate::ec2::instance::model::{Instance, InstanceState, Power, Transition};
use crate::ec2::network_interface::{NetworkInterface, lend_public, release_public};
use crate::ec2::operation::operations;
use crate::ec2::spot_request;

operations! {
    /// Starts stopped instances.
    writes StartInstances(InstanceIdsInput) -> StartInstancesOutput = start, on arns, harmless ["AdditionalInfo"];
    /// Stops running instances. A stop is an orderly one, hard after a bound, whatever was asked.
    writes StopInstances(InstanceIdsInput) -> StopInstancesOutput = stop, on arns, harmless ["Force", "SkipOsShutdown"];
    /// Reboots running instances.
    writes RebootInstances(InstanceIdsInput) -> () = reboot, on arns;
    /// Ends instances for good.
    writes TerminateInstances(InstanceIdsInput) -> TerminateInstancesOutput = terminate, on arns, harmless ["Force", "SkipOsShutdown"];
}

/// Changes each of the named instances, or none.
fn change(
    tx: &mut Tx,
    call: &Call,
    input: &InstanceIdsInput,
    one: fn(&mut Tx, &Call, &mut Instance) -> Result<(), AwsError>,
) -> Result<Vec<StateChange>, AwsError> {
    let mut changes = Vec::new();
    for mut instance in Instance::find_all(tx, &call.place, &input.instance_ids)? {
        let previous = instance.state();
        one(tx, call, &mut instance)?;
        changes.push(StateChange::from(previous, &instance));
        tx.save(instance);
    }
    Ok(changes)
}

fn start(tx: &mut Tx, call: &Call, input: InstanceIdsInput) -> Result<StartInstancesOutput, AwsError> {
    Ok(StartInstancesOutput {
        starting_instances: change(tx, call, &input, start_one)?,
    })
}

fn start_one(tx: &mut Tx, call: &Call, instance: &mut Instance) -> Result<(), AwsError> {
    match instance.state() {
        InstanceState::Pending | InstanceState::Running => return Ok(()),
        InstanceState::Stopped => {}
        _ => {
            return Err(InstanceError::State {
                id: instance.id.to_string(),
                done: "started",
            }
            .into());
        }
    }
    instance.spec.power = Power::Running;
    instance.spec.boot += 1;
    instance.spec.launched = call.now;
    instance.spec.transition = None;
    if let Some(first) = first_interface(tx, instance).as_mut().filter(|_| instance.spec.public_address) {
        lend_public(tx, &call.ids, first)?;
    }
    Ok(())
}

fn stop(tx: &mut Tx, call: &Call, input: InstanceIdsInput) -> Result<StopInstancesOutput, AwsError> {
    Ok(StopInstancesOutput {
        stopping_instances: change(tx, call, &input, stop_one)?,
    })
}

fn stop_one(tx: &mut Tx, call: &Call, instance: &mut Instance) -> Result<(), AwsError> {
    match instance.state() {
        InstanceState::Stopping | InstanceState::Stopped => return Ok(()),
        InstanceState::Running => {}
        _ => {
            return Err(InstanceError::State {
                id: instance.id.to_string(),
                done: "stopped",
            }
            .into());
        }
    }
    spot_request::check_stop(instance)?;
    if instance.spec.disable_api_stop {
        return Err(InstanceError::StopProtected {
            id: instance.id.to_string(),
        }
        .into());
    }
    wish(instance, call, Power::Stopped);
    take_back_public(tx, instance);
    Ok(())
}

fn reboot(tx: &mut Tx, call: &Call, input: InstanceIdsInput) -> Result<(), AwsError> {
    change(tx, call, &input, reboot_one).map(drop)
}

fn reboot_one(_tx: &mut Tx, _call: &Call, instance: &mut Instance) -> Result<(), AwsError> {
    if instance.state() != InstanceState::Running {
        return Err(InstanceError::State {
            id: instance.id.to_string(),
            done: "rebooted",
        }
        .into());
    }
    instance.spec.boot += 1;
    Ok(())
}

/// Gives up the request behind a spot instance, which goes on.
pub fn cancel_spot_request(tx: &mut Tx, instance: &mut Instance) {
    if let Some(request) = &mut instance.spec.spot_request {
        request.cancelled = true;
    }
    tx.save(instance.clone());
}

/// Has a running instance start again, once nothing needs it stopped any more.
pub fn restart(tx: &mut Tx, instance: &mut Instance) {
    instance.spec.boot += 1;
    tx.save(instance.clone());
}

fn terminate(tx: &mut Tx, call: &Call, input: InstanceIdsInput) -> Result<TerminateInstancesOutput, AwsError> {
    Ok(TerminateInstancesOutput {
        terminating_instances: change(tx, call, &input, terminate_one)?,
    })
}

fn terminate_one(_tx: &mut Tx, call: &Call, instance: &mut Instance) -> Result<(), AwsError> {
    if matches!(instance.state(), InstanceState::ShuttingDown | InstanceState::Terminated) {
        // One that is ending by itself is from now on ended by its owner too.
        instance.spec.power = Power::Terminated;
        return Ok(());
    }
    if instance.spec.disable_api_termination {
        return Err(InstanceError::Protected {
            id: instance.id.to_string(),
        }
        .into());
    }
    wish(instance, call, Power::Terminated);
    Ok(())
}

fn wish(instance: &mut Instance, call: &Call, power: Power) {
    instance.spec.power = power;
    instance.spec.transition = Some(Transition {
        at: call.now,
        code: "Client.UserInitiatedShutdown".to_owned(),
        message: "User initiated shutdown".to_owned(),
    });
}

fn first_interface(tx: &Tx, instance: &Instance) -> Option<NetworkInterface> {
    NetworkInterface::of_instance(tx, &instance.place, instance.id.as_str())
        .into_iter()
        .next()
}

/// Takes back the public address that an instance was lent for as long as it runs.
pub(in crate::ec2::instance) fn take_back_public(tx: &mut Tx, instance: &Instance) {
    for mut interface in NetworkInterface::of_instance(tx, &instance.place, instance.id.as_str()) {
        release_public(tx, &mut interface);
    }
}
