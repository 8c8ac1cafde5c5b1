//! Secrets: each client has its own, so that what was acknowledged must be there.

use serde_json::{Value, json};
use tierra_core::Tx;

use super::{Action, Table};
use crate::client::Client;
use crate::promise::Promise;
use crate::request::{Answer, Request};

pub const TABLE: Table = Table {
    actions: &[
        Action::new(4, |client| Some(write(client, "CreateSecret", "Name").with_token())).noted(note),
        Action::new(4, |client| Some(write(client, "PutSecretValue", "SecretId").with_token())).noted(note),
        Action::new(1, |client| Some(write(client, "UpdateSecret", "SecretId").with_token())).noted(note),
        Action::new(2, |client| {
            let at_once = client.dice.chance(50);
            let mut input = json!({"SecretId": name(client), "ForceDeleteWithoutRecovery": at_once});
            if !at_once {
                input["RecoveryWindowInDays"] = json!(7);
            }
            Some(of("DeleteSecret", &input))
        })
        .noted(note),
        Action::new(1, |client| Some(of("RestoreSecret", &json!({"SecretId": name(client)})))),
        Action::new(1, |client| Some(of("GetSecretValue", &json!({"SecretId": name(client)})))),
    ],
    farewell: |_: &Tx| Vec::new(),
};

fn of(operation: &str, input: &Value) -> Request {
    Request::json("secretsmanager", operation, input)
}

fn name(client: &Client) -> String {
    format!("{}/secret-{}", client.name(), client.dice.below(3))
}

fn write(client: &Client, operation: &str, named: &str) -> Request {
    let token = client.dice.hex(32);
    of(
        operation,
        &json!({named: name(client), "SecretString": client.dice.hex(6), "ClientRequestToken": token}),
    )
}

fn note(client: &mut Client, request: &Request, answer: Option<&Answer>) {
    let input: Value = serde_json::from_str(&request.body).expect("it was made of JSON");
    let name = input["Name"].as_str().or(input["SecretId"].as_str()).unwrap_or_default().to_owned();
    let promise = input["SecretString"].as_str().map(|value| Promise {
        ask: of("GetSecretValue", &json!({"SecretId": name})),
        value: value.to_owned(),
        shown: |answer| answer.values("SecretString"),
    });
    client.was_told(name, answer, promise);
}
