//! Stacks: made, changed, signalled, rolled back, deleted; by all clients under the same few names.

use serde_json::json;
use tierra_core::Tx;
use tierra_services::cloudformation::model::Stack;

use super::{Action, Table};
use crate::client::Client;
use crate::request::Request;
use crate::templates;

/// How many names there are for stacks.
const NAMES: u64 = 5;

pub const TABLE: Table = Table {
    actions: &[
        Action::new(12, create),
        Action::new(10, update),
        Action::new(5, delete),
        Action::new(3, signal),
        Action::new(4, |client| {
            on_stack(client, "DescribeStackResource", &[("LogicalResourceId", "Handle")])
        })
        .learns(&[("PhysicalResourceId", "handle")]),
        Action::new(4, signal_by_address),
        Action::new(2, |client| on_stack(client, "CancelUpdateStack", &[])),
        Action::new(2, |client| on_stack(client, "ContinueUpdateRollback", &[])),
        Action::new(2, |client| on_stack(client, "RollbackStack", &[])),
        Action::new(2, |client| on_stack(client, "DescribeStackEvents", &[])),
        Action::new(2, |client| on_stack(client, "GetTemplateSummary", &[])),
        Action::new(1, |client| {
            on_stack(client, "UpdateTerminationProtection", &[("EnableTerminationProtection", "true")])
        }),
        Action::new(2, |client| {
            on_stack(client, "UpdateTerminationProtection", &[("EnableTerminationProtection", "false")])
        }),
        Action::new(4, create_change_set).learns(&[("Id", "change-set")]),
        Action::new(4, |client| on_change_set(client, "ExecuteChangeSet")),
        Action::new(2, |client| on_change_set(client, "DescribeChangeSet")),
        Action::new(1, |client| on_change_set(client, "DeleteChangeSet")),
    ],
    farewell,
};

fn name(client: &Client) -> String {
    format!("stack-{}", client.dice.below(NAMES))
}

fn of(operation: &str, parameters: &[(&str, &str)]) -> Request {
    Request::of("cloudformation", operation, parameters)
}

/// What create, update and change sets have in common.
fn wish(client: &Client, operation: &str, extra: &[(&str, &str)]) -> Request {
    let template = client.dice.pick(templates::ALL).expect("there are templates");
    let (name, value) = (name(client), format!("value-{}", client.dice.below(3)));
    let mut parameters = vec![
        ("StackName", name.as_str()),
        ("TemplateBody", template.text),
        ("Capabilities.member.1", "CAPABILITY_IAM"),
        ("Parameters.member.1.ParameterKey", "Value"),
        ("Parameters.member.1.ParameterValue", &value),
    ];
    parameters.extend_from_slice(extra);
    of(operation, &parameters)
}

fn create(client: &mut Client) -> Option<Request> {
    let token = client.dice.hex(12);
    let on_failure = *client.dice.pick(&["ROLLBACK", "ROLLBACK", "DELETE", "DO_NOTHING"])?;
    Some(wish(client, "CreateStack", &[("ClientRequestToken", &token), ("OnFailure", on_failure)]).with_token())
}

fn update(client: &mut Client) -> Option<Request> {
    let disabled = if client.dice.chance(20) { "true" } else { "false" };
    Some(wish(client, "UpdateStack", &[("DisableRollback", disabled)]))
}

fn delete(client: &mut Client) -> Option<Request> {
    on_stack(client, "DeleteStack", &[])
}

fn on_stack(client: &mut Client, operation: &str, extra: &[(&str, &str)]) -> Option<Request> {
    let name = name(client);
    let mut parameters = vec![("StackName", name.as_str())];
    parameters.extend_from_slice(extra);
    Some(of(operation, &parameters))
}

fn signal(client: &mut Client) -> Option<Request> {
    let id = client.dice.hex(8);
    let status = if client.dice.chance(70) { "SUCCESS" } else { "FAILURE" };
    let parameters = [("LogicalResourceId", "Gate"), ("UniqueId", id.as_str()), ("Status", status)];
    on_stack(client, "SignalResource", &parameters)
}

fn signal_by_address(client: &mut Client) -> Option<Request> {
    let address = client.any("handle")?.replace("&amp;", "&");
    let status = if client.dice.chance(70) { "SUCCESS" } else { "FAILURE" };
    let body = json!({"Status": status, "UniqueId": client.dice.hex(4), "Data": "d", "Reason": "r"});
    Some(Request::put("s3", &address, &body))
}

fn create_change_set(client: &mut Client) -> Option<Request> {
    let kind = *client.dice.pick(&["CREATE", "UPDATE"])?;
    let name = format!("set-{}", client.dice.below(3));
    Some(wish(
        client,
        "CreateChangeSet",
        &[("ChangeSetName", &name), ("ChangeSetType", kind)],
    ))
}

fn on_change_set(client: &mut Client, operation: &str) -> Option<Request> {
    let id = client.any("change-set")?;
    Some(of(operation, &[("ChangeSetName", &id)]))
}

fn farewell(tx: &Tx) -> Vec<Request> {
    let stacks = tx.all::<Stack>().into_iter().filter(|stack| stack.deleted.is_none());
    let requests = stacks.flat_map(|stack| {
        let unprotect = [("StackName", stack.name.as_str()), ("EnableTerminationProtection", "false")];
        [
            of("UpdateTerminationProtection", &unprotect),
            of("DeleteStack", &[("StackName", &stack.name)]),
        ]
    });
    requests.collect()
}
