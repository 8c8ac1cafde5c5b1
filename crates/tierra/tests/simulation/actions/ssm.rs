//! Parameters: each client has its own, so that what was acknowledged must be there.

use serde_json::{Value, json};
use tierra_core::Tx;

use super::{Action, Table};
use crate::client::Client;
use crate::promise::Promise;
use crate::request::{Answer, Request};

pub const TABLE: Table = Table {
    actions: &[
        Action::new(8, put).noted(note),
        Action::new(2, delete).noted(note),
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

fn note(client: &mut Client, request: &Request, answer: Option<&Answer>) {
    let input: Value = serde_json::from_str(&request.body).expect("it was made of JSON");
    let name = input["Name"].as_str().unwrap_or_default().to_owned();
    let promise = input["Value"].as_str().map(|value| Promise {
        ask: Request::json("ssm", "GetParameter", &json!({"Name": name, "WithDecryption": true})),
        value: value.to_owned(),
        shown: |answer| answer.values("Value"),
    });
    client.was_told(name, answer, promise);
}
