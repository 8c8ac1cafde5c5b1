//! RDS through its operations; what the machine does is written into status by hand.

use tierra_core::{AwsError, Key};

use super::api::parameter_group::ParameterShape;
use super::model::{Applied, DbInstance, DbSnapshot, DbSubnetGroup};
use super::ops::engine::{DescribeDBEngineVersions, DescribeOrderableDBInstanceOptions, OptionsInput, VersionsInput};
use super::ops::event::{DescribeEvents, EventsInput};
use super::ops::instance::create::{CreateDBInstance, CreateInput};
use super::ops::instance::delete::{DeleteDBInstance, DeleteInput};
use super::ops::instance::describe::{DescribeDBInstances, DescribeInput};
use super::ops::instance::modify::{ModifyDBInstance, ModifyInput};
use super::ops::instance::place::forget;
use super::ops::instance::power::{RebootDBInstance, RebootInput, StartDBInstance, StartInput, StopDBInstance, StopInput};
use super::ops::instance::restore::{RestoreDBInstanceFromDBSnapshot, RestoreInput};
use super::ops::parameter_group::{
    CreateDBParameterGroup, CreateInput as CreateGroupInput, DeleteDBParameterGroup, DeleteInput as DeleteGroupInput,
    ModifyDBParameterGroup, ModifyInput as ModifyGroupInput,
};
use super::ops::snapshot::{CopyDBSnapshot, CopyInput, CreateDBSnapshot, CreateInput as CreateSnapshotInput};
use super::ops::subnet_group::{DeleteDBSubnetGroup, DeleteInput as DeleteSubnetGroupInput};
use super::ops::tag::{AddInput, AddTagsToResource, ListInput, ListTagsForResource};
use crate::ec2::network_interface::NetworkInterface;
use crate::iam::tests::House;
use crate::names::Name;
use crate::secretsmanager::model::Secret;

fn mydb() -> CreateInput {
    CreateInput {
        id: "MyDB".into(),
        allocated_storage: Some(20),
        class: "db.t3.micro".into(),
        engine: "mysql".into(),
        engine_version: Some("8.0".into()),
        db_name: Some("app".into()),
        master_username: Some("admin".into()),
        master_user_password: Some("hunter2hunter2".into()),
        ..CreateInput::default()
    }
}

fn instance(house: &House, id: &str) -> DbInstance {
    house.read(|tx| tx.find(&house.as_root().place, id)).expect("instance")
}

/// What the machine would write once everything is in force.
fn settle(house: &House, id: &str) {
    let mut row = instance(house, id);
    row.status.first_up.get_or_insert(house.now);
    row.status.running = row.spec.power == super::model::Power::On;
    row.status.applied = Some(Applied {
        revision: row.spec.revision,
        boot: row.spec.boot,
        password: row.spec.master.revision,
        parameter_group: row.spec.parameter_group.clone(),
        parameters: 0,
        parameters_at_boot: 0,
    });
    let saved: Result<(), AwsError> = house.store.write(|tx| {
        tx.save(row);
        Ok(())
    });
    saved.expect("saved");
}

fn state(house: &House, id: &str) -> String {
    let input = DescribeInput {
        id: Some(id.into()),
        ..Default::default()
    };
    house.ok::<DescribeDBInstances>(input).instances[0].status.to_string()
}

fn change(id: &str) -> ModifyInput {
    ModifyInput {
        id: id.into(),
        ..ModifyInput::default()
    }
}

fn taken(house: &House, id: &str) {
    let written: Result<(), AwsError> = house.store.write(|tx| {
        let mut row: DbSnapshot = tx.find(&house.as_root().place, id).expect("snapshot");
        row.status.taken = Some(house.now);
        tx.save(row);
        Ok(())
    });
    written.expect("taken");
}

#[test]
fn an_instance_goes_through_its_states() {
    let house = House::new();
    let made = house.ok::<CreateDBInstance>(mydb()).instance;
    assert_eq!((made.id.as_str(), made.engine_version.as_str()), ("mydb", "8.0.42"));
    assert!(made.endpoint.is_none());
    assert_eq!(state(&house, "mydb"), "creating");
    assert_eq!(
        house.err::<CreateDBInstance>(mydb()),
        "DBInstanceAlreadyExists: DB instance already exists"
    );
    settle(&house, "mydb");
    assert_eq!(state(&house, "mydb"), "available");
    house.ok::<RebootDBInstance>(RebootInput {
        id: "mydb".into(),
        force_failover: None,
    });
    assert_eq!(state(&house, "mydb"), "rebooting");
    settle(&house, "mydb");
    house.ok::<StopDBInstance>(StopInput {
        id: "mydb".into(),
        snapshot: None,
    });
    assert_eq!(state(&house, "mydb"), "stopping");
    settle(&house, "mydb");
    assert_eq!(state(&house, "mydb"), "stopped");
    house.ok::<StartDBInstance>(StartInput { id: "mydb".into() });
    assert_eq!(state(&house, "mydb"), "starting");
    settle(&house, "mydb");
    house.ok::<ModifyDBInstance>(ModifyInput {
        master_user_password: Some("otherother".into()),
        ..change("mydb")
    });
    assert_eq!(state(&house, "mydb"), "resetting-master-credentials");
    let row = instance(&house, "mydb");
    assert_eq!(house.read(|tx| row.password(tx)).as_deref(), Some("otherother"));
    assert!(!serde_json::to_string(&row).expect("row").contains("otherother"));
}

#[test]
fn changes_wait_for_the_window_unless_they_are_wanted_at_once() {
    let house = House::new();
    house.ok::<CreateDBInstance>(mydb());
    settle(&house, "mydb");
    let bigger = |now| ModifyInput {
        class: Some("db.t3.small".into()),
        apply_immediately: now,
        ..change("mydb")
    };
    let told = house.ok::<ModifyDBInstance>(bigger(None)).instance;
    assert_eq!(
        (told.class.as_str(), told.pending_modified_values.class.as_deref()),
        ("db.t3.micro", Some("db.t3.small"))
    );
    assert_eq!(state(&house, "mydb"), "available");
    let told = house.ok::<ModifyDBInstance>(bigger(Some(true))).instance;
    assert_eq!((told.class.as_str(), told.pending_modified_values.class), ("db.t3.small", None));
    assert_eq!(state(&house, "mydb"), "modifying");
    settle(&house, "mydb");
    house.ok::<ModifyDBInstance>(ModifyInput {
        new_id: Some("renamed".into()),
        apply_immediately: Some(true),
        ..change("mydb")
    });
    let names: Vec<String> = house.read(|tx| tx.all::<Name>()).into_iter().map(|name| name.fqdn).collect();
    assert!(names.len() == 1 && names[0].starts_with("renamed."), "{names:?}");
    let smaller = ModifyInput {
        allocated_storage: Some(10),
        ..change("renamed")
    };
    assert!(house.err::<ModifyDBInstance>(smaller).contains("Storage cannot be reduced."));
}

#[test]
fn a_database_is_public_by_name_and_address_where_it_is_wanted() {
    let house = House::new();
    house.ok::<CreateDBInstance>(CreateInput {
        publicly_accessible: Some(false),
        ..mydb()
    });
    settle(&house, "mydb");
    let public = || house.read(|tx| tx.all::<Name>())[0].public.len();
    assert_eq!(public(), 0);
    house.ok::<ModifyDBInstance>(ModifyInput {
        publicly_accessible: Some(true),
        ..change("mydb")
    });
    assert_eq!(public(), 1);
    let row = instance(&house, "mydb");
    let gone: Result<(), AwsError> = house.store.write(|tx| {
        forget(tx, &house.ids, house.now, &row);
        Ok(())
    });
    gone.expect("gone");
    assert!(house.read(|tx| tx.all::<Name>().is_empty() && tx.all::<NetworkInterface>().is_empty()));
    let events = house.ok::<DescribeEvents>(EventsInput::default()).events;
    assert_eq!(events.last().map(|event| event.message.as_str()), Some("DB instance deleted"));
}

#[test]
fn what_ends_an_instance_follows_the_rules_of_final_snapshots() {
    let house = House::new();
    house.ok::<CreateDBInstance>(CreateInput {
        deletion_protection: Some(true),
        ..mydb()
    });
    settle(&house, "mydb");
    let end = |skip, name: Option<&str>| DeleteInput {
        id: "mydb".into(),
        skip_final_snapshot: Some(skip),
        final_snapshot: name.map(str::to_owned),
        delete_automated_backups: None,
    };
    assert!(
        house
            .err::<DeleteDBInstance>(end(true, None))
            .contains("Cannot delete protected DB Instance")
    );
    house.ok::<ModifyDBInstance>(ModifyInput {
        deletion_protection: Some(false),
        ..change("mydb")
    });
    assert!(
        house
            .err::<DeleteDBInstance>(end(false, None))
            .contains("FinalDBSnapshotIdentifier is required")
    );
    assert!(
        house
            .err::<DeleteDBInstance>(end(true, Some("last")))
            .contains("cannot be specified")
    );
    house.ok::<DeleteDBInstance>(end(false, Some("last")));
    assert_eq!(state(&house, "mydb"), "deleting");
    assert!(house.err::<DeleteDBInstance>(end(true, None)).contains("already being deleted"));
    assert_eq!(house.read(|tx| tx.all::<DbSnapshot>())[0].state(), "creating");
}

#[test]
fn snapshots_are_copied_and_restored_with_the_password() {
    let house = House::new();
    house.ok::<CreateDBInstance>(mydb());
    settle(&house, "mydb");
    house.ok::<CreateDBSnapshot>(CreateSnapshotInput {
        id: "one".into(),
        instance: "mydb".into(),
        tags: Vec::new(),
    });
    assert_eq!(state(&house, "mydb"), "backing-up");
    let restore = |from: &str| RestoreInput {
        id: "again".into(),
        snapshot: Some(from.into()),
        ..Default::default()
    };
    assert!(
        house
            .err::<RestoreDBInstanceFromDBSnapshot>(restore("one"))
            .starts_with("InvalidDBSnapshotState")
    );
    taken(&house, "one");
    house.ok::<CopyDBSnapshot>(CopyInput {
        source: "one".into(),
        target: "two".into(),
        ..Default::default()
    });
    taken(&house, "two");
    house.ok::<RestoreDBInstanceFromDBSnapshot>(restore("two"));
    let row = instance(&house, "again");
    assert_eq!(house.read(|tx| row.password(tx)).as_deref(), Some("hunter2hunter2"));
    assert_eq!(row.spec.db_name.as_deref(), Some("app"));
}

#[test]
fn parameter_groups_say_when_they_come_into_force() {
    let house = House::new();
    house.ok::<CreateDBParameterGroup>(CreateGroupInput {
        name: "Mine".into(),
        family: "mysql8.0".into(),
        description: "d".into(),
        tags: Vec::new(),
    });
    house.ok::<CreateDBInstance>(CreateInput {
        parameter_group: Some("mine".into()),
        ..mydb()
    });
    settle(&house, "mydb");
    let set = |name: &str, value: &str, method| ModifyGroupInput {
        name: "mine".into(),
        parameters: vec![ParameterShape {
            parameter_name: Some(name.into()),
            parameter_value: Some(value.into()),
            apply_method: Some(method),
            ..Default::default()
        }],
    };
    use super::model::ApplyMethod::{Immediate, PendingReboot};
    let status = || {
        let shown = house.ok::<DescribeDBInstances>(DescribeInput::default()).instances;
        shown[0].parameter_groups[0].parameter_apply_status.clone()
    };
    assert_eq!(status(), "in-sync");
    house.ok::<ModifyDBParameterGroup>(set("max_connections", "50", Immediate));
    assert_eq!(status(), "applying");
    house.ok::<ModifyDBParameterGroup>(set("performance_schema", "1", PendingReboot));
    assert_eq!(status(), "pending-reboot");
    for (input, expected) in [
        (set("nope", "1", Immediate), "Could not find parameter with name: nope"),
        (
            set("max_connections", "x", Immediate),
            "Invalid parameter value: x for: max_connections",
        ),
        (
            set("performance_schema", "1", Immediate),
            "cannot use immediate apply method for static parameter",
        ),
        (set("port", "1", Immediate), "cannot be modified"),
    ] {
        let told = house.err::<ModifyDBParameterGroup>(input);
        assert!(told.contains(expected), "{told}");
    }
    let gone = DeleteGroupInput { name: "mine".into() };
    assert!(
        house
            .err::<DeleteDBParameterGroup>(gone)
            .starts_with("InvalidDBParameterGroupState")
    );
}

#[test]
fn a_managed_password_lies_in_a_secret() {
    let house = House::new();
    house.ok::<CreateDBInstance>(CreateInput {
        master_user_password: None,
        manage_master_user_password: Some(true),
        ..mydb()
    });
    let call = house.as_root();
    let secret: Secret = house.read(|tx| tx.all::<Secret>()).remove(0);
    assert!(secret.name.starts_with("rds!db-") && secret.owner.as_deref() == Some("rds"));
    let text = house
        .read(|tx| crate::secretsmanager::value(tx, &call, &secret.arn().to_string()))
        .expect("value");
    let password = house.read(|tx| instance(&house, "mydb").password(tx)).expect("password");
    assert_eq!(text, format!(r#"{{"username":"admin","password":"{password}"}}"#));
    assert!(!password.contains([':', '"', ',', '/', '@']) && password.len() >= 20);
    settle(&house, "mydb");
    house.ok::<DeleteDBInstance>(DeleteInput {
        id: "mydb".into(),
        skip_final_snapshot: Some(true),
        ..Default::default()
    });
    assert!(house.read(|tx| tx.all::<Secret>()).is_empty());
}

#[test]
fn groups_tags_versions_and_refusals() {
    let house = House::new();
    let arn = house.ok::<CreateDBInstance>(mydb()).instance.arn;
    house.ok::<AddTagsToResource>(AddInput {
        resource_name: arn.clone(),
        tags: vec![tierra_core::Tag {
            key: "k".into(),
            value: Some("v".into()),
        }],
    });
    assert_eq!(house.ok::<ListTagsForResource>(ListInput { resource_name: arn }).tag_list.len(), 1);
    let place = house.as_root().place;
    assert!(house.read(|tx| tx.get(&Key::<DbSubnetGroup>::new(&place, "default")).is_some()));
    let used = DeleteSubnetGroupInput { name: "default".into() };
    assert!(house.err::<DeleteDBSubnetGroup>(used).starts_with("InvalidDBSubnetGroupStateFault"));
    for (input, expected) in [
        (
            CreateInput {
                engine: "oracle-ee".into(),
                ..mydb()
            },
            "InvalidParameterValue: Invalid DB engine: oracle-ee",
        ),
        (
            CreateInput {
                engine_version: Some("9".into()),
                ..mydb()
            },
            "InvalidParameterCombination: Cannot find version 9 for mysql",
        ),
        (
            CreateInput {
                multi_az: Some(true),
                ..mydb()
            },
            "InvalidParameterCombination: A Multi-AZ deployment is not supported by this cloud.",
        ),
        (
            CreateInput {
                master_user_password: None,
                ..mydb()
            },
            "MissingParameter: The request must contain the parameter MasterUserPassword.",
        ),
        (
            CreateInput {
                class: "db.x".into(),
                ..mydb()
            },
            "InvalidParameterValue: Invalid DB Instance class: db.x",
        ),
    ] {
        let input = CreateInput {
            id: "other".into(),
            ..input
        };
        assert_eq!(house.err::<CreateDBInstance>(input), expected);
    }
    let newest = house.ok::<DescribeDBEngineVersions>(VersionsInput {
        engine: Some("postgres".into()),
        default_only: Some(true),
        ..Default::default()
    });
    assert_eq!(newest.versions.len(), 1);
    let offers = house.ok::<DescribeOrderableDBInstanceOptions>(OptionsInput {
        engine: "mysql".into(),
        class: Some("db.t3.micro".into()),
        engine_version: Some("8.0.42".into()),
        ..Default::default()
    });
    assert_eq!(offers.options.len(), 3);
}
