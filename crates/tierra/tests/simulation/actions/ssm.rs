//! Parameters: each client has its own, so that what was acknowledged must be there.

use serde_json::{Value, json};
use tierra_core::Tx;

use super::{Action, Table};
use crate::client::Client;
use crate::request::{Answer, Request};

pub const TABLE: Table = Table {
    actions: &[
        Action {
            note,
            ..Action::new(8, put)
        },
        Action {
            note,
            ..Action::new(2, delete)
        },
        Action::new(2, |client| {
            Some(Request::json(
                "ssm",
                "GetParametersByPath",
                &json!({"Path": format!("/{}", client.name())}),
            ))
        }),
    ],
    farewell: |_: &Tx| Vec::new(),
};

fn name(client: &Client) -> String {
    format!("/{}/{}", client.name(), client.dice.below(4))
}

fn put(client: &mut Client) -> Option<Request> {
    let kind = *client.dice.pick(&["String", "String", "SecureString"])?;
    let input = json!({"Name": name(client), "Value": client.dice.hex(6), "Type": kind, "Overwrite": true});
    Some(Request::json("ssm", "PutParameter", &input))
}

fn delete(client: &mut Client) -> Option<Request> {
    Some(Request::json("ssm", "DeleteParameter", &json!({"Name": name(client)})))
}

/// Remembers what was acknowledged; what nobody can say is not counted on.
fn note(client: &mut Client, request: &Request, answer: Option<&Answer>) {
    let input: Value = serde_json::from_str(&request.body).expect("it was made of JSON");
    let name = input["Name"].as_str().unwrap_or_default().to_owned();
    match (answer.filter(|answer| !answer.is_unsure()), input["Value"].as_str()) {
        (Some(answer), Some(value)) if answer.is_ok() => drop(client.acknowledged.insert(name, value.to_owned())),
        (Some(answer), Some(_)) if !answer.is_ok() => {}
        _ => drop(client.acknowledged.remove(&name)),
    }
}
