//! What can be asked of many instances.

use tierra_core::{AwsError, Call, Tx};

use crate::ec2::instance::api::{
    DescribeInstanceCreditSpecificationsOutput, DescribeInstanceStatusInput, DescribeInstanceStatusOutput, DescribeInstancesInput,
    DescribeInstancesOutput, InstanceCreditSpecification, InstanceStatusInfo, Reservation, StatusDetails, StatusSummary,
};
use crate::ec2::instance::filters::Reserved;
use crate::ec2::instance::model::{Instance, InstanceState};
use crate::ec2::instance::view;
use crate::ec2::listing::{page, query};
use crate::ec2::operation::operations;

operations! {
    /// Tells of instances, by reservation.
    reads DescribeInstances(DescribeInstancesInput) -> DescribeInstancesOutput = describe, harmless ["IncludeManagedResources"];
    /// Tells whether instances are well.
    reads DescribeInstanceStatus(DescribeInstanceStatusInput) -> DescribeInstanceStatusOutput
        = describe_status, harmless ["IncludeManagedResources"];
    /// Tells what burstable instances do when their credits are used up.
    reads DescribeInstanceCreditSpecifications(DescribeInstancesInput) -> DescribeInstanceCreditSpecificationsOutput = describe_credits;
}

fn asked(tx: &Tx, call: &Call, ids: &[String]) -> Result<Vec<Instance>, AwsError> {
    if ids.is_empty() {
        return Ok(tx.list(&call.place));
    }
    Ok(Instance::find_all(tx, &call.place, ids)?)
}

fn describe(tx: &mut Tx, call: &Call, input: DescribeInstancesInput) -> Result<DescribeInstancesOutput, AwsError> {
    let shown = asked(tx, call, &input.instance_ids)?.into_iter().map(|instance| Reserved {
        reservation: instance.spec.reservation.to_string(),
        owner: instance.place.account.to_string(),
        info: view::instance(tx, &instance),
    });
    let page = page(shown.collect(), !input.instance_ids.is_empty(), &query!(input))?;
    Ok(DescribeInstancesOutput {
        reservations: reservations(page.items),
        next_token: page.next,
    })
}

/// Instances, which come in the order of their reservations, gathered by them.
fn reservations(shown: Vec<Reserved>) -> Vec<Reservation> {
    let mut reservations: Vec<Reservation> = Vec::new();
    for one in shown {
        match reservations.last_mut().filter(|last| last.reservation_id == one.reservation) {
            Some(last) => last.instances.push(one.info),
            None => reservations.push(Reservation {
                reservation_id: one.reservation,
                owner_id: one.owner,
                groups: Vec::new(),
                instances: vec![one.info],
            }),
        }
    }
    reservations
}

fn describe_status(tx: &mut Tx, call: &Call, input: DescribeInstanceStatusInput) -> Result<DescribeInstanceStatusOutput, AwsError> {
    let all = input.include_all_instances == Some(true);
    let told = asked(tx, call, &input.instance_ids)?
        .into_iter()
        .filter(|instance| all || instance.state() == InstanceState::Running);
    let page = page(
        told.map(|instance| status(&instance)).collect(),
        !input.instance_ids.is_empty(),
        &query!(input),
    )?;
    Ok(DescribeInstanceStatusOutput {
        instance_statuses: page.items,
        next_token: page.next,
    })
}

fn status(instance: &Instance) -> InstanceStatusInfo {
    let (word, reachability) = match instance.state() {
        InstanceState::Running => ("ok", Some("passed")),
        InstanceState::Pending => ("initializing", Some("initializing")),
        _ => ("not-applicable", None),
    };
    let detail = reachability.map(|status| StatusDetails {
        name: "reachability".to_owned(),
        status: status.to_owned(),
    });
    let summary = StatusSummary {
        status: word.to_owned(),
        details: detail.into_iter().collect(),
    };
    InstanceStatusInfo {
        availability_zone: instance.spec.zone.clone(),
        instance_id: instance.id.to_string(),
        instance_state: instance.state().into(),
        instance_status: summary.clone(),
        system_status: summary,
    }
}

fn describe_credits(
    tx: &mut Tx,
    call: &Call,
    input: DescribeInstancesInput,
) -> Result<DescribeInstanceCreditSpecificationsOutput, AwsError> {
    let burstable = asked(tx, call, &input.instance_ids)?.into_iter().filter_map(|instance| {
        Some(InstanceCreditSpecification {
            instance_id: instance.id.to_string(),
            cpu_credits: instance.spec.cpu_credits?,
        })
    });
    let page = page(burstable.collect(), !input.instance_ids.is_empty(), &query!(input))?;
    Ok(DescribeInstanceCreditSpecificationsOutput {
        instance_credit_specifications: page.items,
        next_token: page.next,
    })
}
