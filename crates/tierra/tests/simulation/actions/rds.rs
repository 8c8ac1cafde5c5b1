//! Databases, their groups and snapshots.

use tierra_core::Tx;
use tierra_services::rds::model::{DbInstance, DbParameterGroup, DbSnapshot};

use super::{Action, Table};
use crate::client::Client;
use crate::request::Request;

pub const TABLE: Table = Table {
    actions: &[
        Action::new(3, create),
        Action::new(2, |client| {
            let id = named(client, "db");
            let skip = client.dice.chance(70).to_string();
            let last = named(client, "snap");
            let mut parameters = vec![("DBInstanceIdentifier", id.as_str()), ("SkipFinalSnapshot", &skip)];
            parameters.extend((skip == "false").then_some(("FinalDBSnapshotIdentifier", last.as_str())));
            Some(of("DeleteDBInstance", &parameters))
        }),
        Action::new(2, |client| instance(client, "RebootDBInstance")),
        Action::new(1, |client| instance(client, "StopDBInstance")),
        Action::new(2, |client| instance(client, "StartDBInstance")),
        Action::new(3, modify),
        Action::new(2, |client| {
            let (id, snapshot) = (named(client, "db"), named(client, "snap"));
            let parameters = [("DBInstanceIdentifier", id.as_str()), ("DBSnapshotIdentifier", &snapshot)];
            let operation = *client.dice.pick(&["CreateDBSnapshot", "RestoreDBInstanceFromDBSnapshot"])?;
            Some(of(operation, &parameters))
        }),
        Action::new(1, |client| {
            let (from, to) = (named(client, "snap"), named(client, "snap"));
            let parameters = [("SourceDBSnapshotIdentifier", from.as_str()), ("TargetDBSnapshotIdentifier", &to)];
            Some(of("CopyDBSnapshot", &parameters))
        }),
        Action::new(1, |client| {
            Some(of("DeleteDBSnapshot", &[("DBSnapshotIdentifier", &named(client, "snap"))]))
        }),
        Action::new(1, |client| {
            let name = named(client, "group");
            let parameters = [
                ("DBParameterGroupName", name.as_str()),
                ("DBParameterGroupFamily", "mysql8.0"),
                ("Description", "d"),
            ];
            Some(of("CreateDBParameterGroup", &parameters))
        }),
        Action::new(2, parameter),
    ],
    farewell,
};

fn of(operation: &str, parameters: &[(&str, &str)]) -> Request {
    Request::of("rds", operation, parameters)
}

/// Few names, so that clients meet.
fn named(client: &Client, what: &str) -> String {
    format!("{what}-{}", client.dice.below(3))
}

fn create(client: &mut Client) -> Option<Request> {
    let (id, engine) = (named(client, "db"), *client.dice.pick(&["mysql", "postgres", "mariadb"])?);
    let parameters = [
        ("DBInstanceIdentifier", id.as_str()),
        ("DBInstanceClass", "db.t3.micro"),
        ("Engine", engine),
        ("AllocatedStorage", "20"),
        ("MasterUsername", "chief"),
        ("MasterUserPassword", "hunter2hunter2"),
    ];
    Some(of("CreateDBInstance", &parameters))
}

fn instance(client: &mut Client, operation: &str) -> Option<Request> {
    Some(of(operation, &[("DBInstanceIdentifier", &named(client, "db"))]))
}

fn modify(client: &mut Client) -> Option<Request> {
    let (id, group, new) = (named(client, "db"), named(client, "group"), named(client, "db"));
    let change = *client.dice.pick(&[
        ("DBInstanceClass", "db.t3.small"),
        ("DBInstanceClass", "db.t3.micro"),
        ("MasterUserPassword", "another-password"),
        ("PubliclyAccessible", "true"),
        ("PubliclyAccessible", "false"),
        ("DBPortNumber", "4406"),
        ("DBParameterGroupName", group.as_str()),
        ("NewDBInstanceIdentifier", new.as_str()),
    ])?;
    let at_once = client.dice.chance(80).to_string();
    Some(of(
        "ModifyDBInstance",
        &[("DBInstanceIdentifier", id.as_str()), ("ApplyImmediately", &at_once), change],
    ))
}

fn parameter(client: &mut Client) -> Option<Request> {
    let (name, value) = (named(client, "group"), (100 + client.dice.below(100)).to_string());
    let (parameter, method) = *client.dice.pick(&[
        ("max_connections", "immediate"),
        ("max_connections", "pending-reboot"),
        ("back_log", "pending-reboot"),
    ])?;
    let parameters = [
        ("DBParameterGroupName", name.as_str()),
        ("Parameters.Parameter.1.ParameterName", parameter),
        ("Parameters.Parameter.1.ParameterValue", &value),
        ("Parameters.Parameter.1.ApplyMethod", method),
    ];
    Some(of("ModifyDBParameterGroup", &parameters))
}

/// Groups go last, when nobody uses them.
fn farewell(tx: &Tx) -> Vec<Request> {
    let instances = tx.all::<DbInstance>().into_iter();
    let end = |one: DbInstance| {
        of(
            "DeleteDBInstance",
            &[("DBInstanceIdentifier", &one.id), ("SkipFinalSnapshot", "true")],
        )
    };
    let snapshots = tx.all::<DbSnapshot>().into_iter();
    let forget = |one: DbSnapshot| of("DeleteDBSnapshot", &[("DBSnapshotIdentifier", &one.id)]);
    let groups = tx.all::<DbParameterGroup>().into_iter();
    let drop = |one: DbParameterGroup| of("DeleteDBParameterGroup", &[("DBParameterGroupName", &one.name)]);
    instances.map(end).chain(snapshots.map(forget)).chain(groups.map(drop)).collect()
}
