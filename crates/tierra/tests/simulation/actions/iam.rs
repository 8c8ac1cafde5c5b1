//! Users, their keys, groups, roles and policies, under names that all clients share.

use tierra_core::Tx;

use super::{Action, Table};
use crate::client::Client;
use crate::request::Request;

const POLICY: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"ec2:Describe*","Resource":"*"}]}"#;
const TRUST: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;

pub const TABLE: Table = Table {
    actions: &[
        Action::new(3, |client| on(client, "CreateUser", "UserName", "user", &[])),
        Action::new(2, |client| on(client, "DeleteUser", "UserName", "user", &[])),
        Action::new(2, |client| on(client, "CreateAccessKey", "UserName", "user", &[])).learns(&[("AccessKeyId", "access-key")]),
        Action::new(2, delete_access_key),
        Action::new(2, |client| on(client, "CreateGroup", "GroupName", "group", &[])),
        Action::new(1, |client| on(client, "DeleteGroup", "GroupName", "group", &[])),
        Action::new(2, |client| membership(client, "AddUserToGroup")),
        Action::new(1, |client| membership(client, "RemoveUserFromGroup")),
        Action::new(3, |client| {
            on(client, "CreateRole", "RoleName", "role", &[("AssumeRolePolicyDocument", TRUST)])
        }),
        Action::new(2, |client| on(client, "DeleteRole", "RoleName", "role", &[])),
        Action::new(2, |client| {
            on(
                client,
                "PutRolePolicy",
                "RoleName",
                "role",
                &[("PolicyName", "p"), ("PolicyDocument", POLICY)],
            )
        }),
        Action::new(1, |client| {
            on(client, "DeleteRolePolicy", "RoleName", "role", &[("PolicyName", "p")])
        }),
        Action::new(2, |client| on(client, "ListRolePolicies", "RoleName", "role", &[])),
        Action::new(2, |client| on(client, "GetUser", "UserName", "user", &[])),
    ],
    farewell: |_: &Tx| Vec::new(),
};

fn name(client: &Client, kind: &str) -> String {
    format!("{kind}-{}", client.dice.below(4))
}

fn on(client: &mut Client, operation: &str, parameter: &str, kind: &str, extra: &[(&str, &str)]) -> Option<Request> {
    let name = name(client, kind);
    let mut parameters = vec![(parameter, name.as_str())];
    parameters.extend_from_slice(extra);
    Some(Request::of("iam", operation, &parameters))
}

fn delete_access_key(client: &mut Client) -> Option<Request> {
    let id = client.take("access-key")?;
    on(client, "DeleteAccessKey", "UserName", "user", &[("AccessKeyId", &id)])
}

fn membership(client: &mut Client, operation: &str) -> Option<Request> {
    let group = name(client, "group");
    on(client, operation, "UserName", "user", &[("GroupName", &group)])
}
