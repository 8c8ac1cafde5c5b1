//! Databases from making to end on simulated machines, under tokio's paused clock and with drivers that fail; the plan as tables.

use std::time::Duration;

use tierra_core::{AwsError, Key};
use tierra_drivers::compute::sim::SimPlan;
use tierra_drivers::image::sim::SimImages;

use super::plan::{Actual, Step, steps};
use crate::ec2::instance::reconcile::tests::Cloud;
use crate::ec2::network_interface::NetworkInterface;
use crate::names::Name;
use crate::node::{self, Node};
use crate::rds::model::{ApplyMethod, DbInstance, DbParameterGroup, DbSnapshot, Family, Setting};
use crate::rds::ops::instance::create::{CreateDBInstance, CreateInput};
use crate::rds::ops::instance::delete::{DeleteDBInstance, DeleteInput};
use crate::rds::ops::instance::modify::{ModifyDBInstance, ModifyInput};
use crate::rds::ops::instance::power::{RebootDBInstance, RebootInput, StartDBInstance, StartInput, StopDBInstance, StopInput};
use crate::rds::ops::instance::restore::{RestoreDBInstanceFromDBSnapshot, RestoreInput};
use crate::rds::ops::snapshot::{CreateDBSnapshot, CreateInput as CreateSnapshotInput};

fn mydb() -> CreateInput {
    CreateInput {
        id: "mydb".into(),
        allocated_storage: Some(20),
        class: "db.t3.micro".into(),
        engine: "mysql".into(),
        db_name: Some("app".into()),
        master_username: Some("admin".into()),
        master_user_password: Some("hunter2hunter2".into()),
        ..CreateInput::default()
    }
}

fn start(plan: SimPlan, images: SimImages) -> Cloud {
    let mut cloud = Cloud::start(plan, images);
    let laid = cloud.rooms.store.write(|tx| {
        crate::iam::bootstrap::ensure_root(tx, &cloud.rooms.ids, cloud.call.now, None);
        Ok::<_, AwsError>(())
    });
    laid.expect("laid");
    cloud.also(node::start);
    cloud.also(super::start);
    cloud
}

fn find(cloud: &Cloud, id: &str) -> Option<DbInstance> {
    cloud.see(|tx| tx.find(&cloud.call.place, id))
}

fn state(cloud: &Cloud, id: &str) -> String {
    let state = |tx: &tierra_core::Tx| {
        let instance: Option<DbInstance> = tx.find(&cloud.call.place, id);
        instance.map_or("gone".to_owned(), |one| crate::rds::api::instance::state(tx, &one).to_string())
    };
    cloud.see(state)
}

/// Waits for a state, for an hour at the most; gives those on the way.
async fn until(cloud: &Cloud, id: &str, wanted: &str) -> Vec<String> {
    let mut seen: Vec<String> = Vec::new();
    for _ in 0..36_000 {
        let now = state(cloud, id);
        if now == wanted {
            return seen;
        }
        if seen.last() != Some(&now) {
            seen.push(now);
        }
        cloud.tick(Duration::from_millis(100)).await;
    }
    panic!("{id} is not {wanted} but {seen:?}: {:?}", find(cloud, id));
}

fn change(id: &str) -> ModifyInput {
    ModifyInput {
        id: id.into(),
        apply_immediately: Some(true),
        ..ModifyInput::default()
    }
}

fn delete(last: Option<&str>) -> DeleteInput {
    DeleteInput {
        id: "mydb".into(),
        skip_final_snapshot: Some(last.is_none()),
        final_snapshot: last.map(str::to_owned),
        delete_automated_backups: None,
    }
}

async fn data(cloud: &Cloud) -> Vec<String> {
    cloud.rooms.data.observe().await.expect("no faults in data")
}

fn node_of(cloud: &Cloud) -> Node {
    cloud.see(|tx| tx.all::<Node>()).remove(0)
}

/// Everything that an owner does to one database.
async fn live(cloud: &Cloud) {
    cloud.run::<CreateDBInstance>(mydb()).expect("created");
    assert_eq!(until(cloud, "mydb", "available").await, ["creating"]);
    let endpoint = find(cloud, "mydb").expect("there").endpoint();
    cloud
        .run::<RebootDBInstance>(RebootInput {
            id: "mydb".into(),
            force_failover: None,
        })
        .expect("reboot");
    assert_eq!(until(cloud, "mydb", "available").await, ["rebooting"]);
    cloud
        .run::<ModifyDBInstance>(ModifyInput {
            class: Some("db.t3.small".into()),
            ..change("mydb")
        })
        .expect("modify");
    assert_eq!(until(cloud, "mydb", "available").await, ["modifying"]);
    assert_eq!(node_of(cloud).spec.limits.memory_bytes, 2 << 30);
    let other = Some("another-password".to_owned());
    cloud
        .run::<ModifyDBInstance>(ModifyInput {
            master_user_password: other,
            ..change("mydb")
        })
        .expect("modify");
    assert_eq!(until(cloud, "mydb", "available").await, ["resetting-master-credentials"]);
    let one = CreateSnapshotInput {
        id: "one".into(),
        instance: "mydb".into(),
        tags: Vec::new(),
    };
    cloud.run::<CreateDBSnapshot>(one).expect("snapshot");
    until(cloud, "mydb", "available").await;
    cloud
        .run::<StopDBInstance>(StopInput {
            id: "mydb".into(),
            snapshot: None,
        })
        .expect("stop");
    assert_eq!(until(cloud, "mydb", "stopped").await, ["stopping"]);
    cloud.run::<StartDBInstance>(StartInput { id: "mydb".into() }).expect("start");
    assert_eq!(until(cloud, "mydb", "available").await, ["starting"]);
    assert_eq!(find(cloud, "mydb").expect("there").endpoint(), endpoint);
    cloud.run::<DeleteDBInstance>(delete(Some("last"))).expect("delete");
    until(cloud, "mydb", "gone").await;
    assert!(cloud.see(|tx| tx.all::<Node>().is_empty() && tx.all::<NetworkInterface>().is_empty() && tx.all::<Name>().is_empty()));
    assert_eq!(
        cloud
            .see(|tx| tx.all::<DbSnapshot>())
            .iter()
            .filter(|one| one.state() == "available")
            .count(),
        2
    );
    assert_eq!(data(cloud).await.len(), 2, "the snapshots' data");
    let restored = RestoreInput {
        id: "again".into(),
        snapshot: Some("last".into()),
        ..Default::default()
    };
    cloud.run::<RestoreDBInstanceFromDBSnapshot>(restored).expect("restore");
    assert_eq!(until(cloud, "again", "available").await, ["creating"]);
}

#[tokio::test(start_paused = true)]
async fn databases_live_and_end_on_a_machine_that_fails() {
    for seed in 0..3 {
        let plan = SimPlan {
            seed,
            failures_per_mille: 200,
            delay: Duration::from_millis(300),
        };
        let cloud = start(plan, SimImages::default());
        live(&cloud).await;
        cloud.end().await;
    }
}

#[tokio::test(start_paused = true)]
async fn an_engine_that_dies_comes_back() {
    let cloud = start(SimPlan::default(), SimImages::warm());
    cloud.run::<CreateDBInstance>(mydb()).expect("created");
    until(&cloud, "mydb", "available").await;
    for deaths in 1..=2 {
        assert!(cloud.compute.exit(node_of(&cloud).id.as_str(), "killed by signal 9"));
        while find(&cloud, "mydb").expect("there").status.deaths != deaths {
            cloud.tick(Duration::from_millis(100)).await;
        }
        assert_eq!(state(&cloud, "mydb"), "available");
    }
    cloud.end().await;
}

#[tokio::test(start_paused = true)]
async fn data_that_no_row_names_goes() {
    let cloud = start(SimPlan::default(), SimImages::warm());
    let origin = tierra_drivers::data::Origin::Empty;
    for id in ["db-stray", "dbsnap-stray", "another-room"] {
        cloud.rooms.data.ensure(&id.to_owned(), &origin).await.expect("made");
    }
    cloud.run::<CreateDBInstance>(mydb()).expect("created");
    until(&cloud, "mydb", "available").await;
    cloud.pass(6).await;
    let own = find(&cloud, "mydb").expect("there").resource_id.to_ascii_lowercase();
    assert_eq!(data(&cloud).await, ["another-room".to_owned(), own]);
    cloud.end().await;
}

/// Writes the instance's group, as ModifyDBParameterGroup would.
fn set_group(cloud: &Cloud, revision: u64, static_revision: u64, values: &[(&str, &str, ApplyMethod)]) {
    let values = values.iter().map(|(name, value, method)| {
        let setting = Setting {
            value: (*value).to_owned(),
            method: *method,
        };
        ((*name).to_owned(), setting)
    });
    let group = DbParameterGroup {
        name: "mine".into(),
        revision,
        static_revision,
        values: values.collect(),
        ..DbParameterGroup::of_family(&cloud.call.place, Family::Mysql80)
    };
    let saved = cloud.rooms.store.write(|tx| {
        tx.save(group);
        Ok::<_, AwsError>(())
    });
    saved.expect("saved");
}

#[tokio::test(start_paused = true)]
async fn parameters_come_into_force_at_once_or_with_a_reboot() {
    use ApplyMethod::{Immediate, PendingReboot};
    let cloud = start(SimPlan::default(), SimImages::warm());
    set_group(&cloud, 1, 0, &[]);
    cloud
        .run::<CreateDBInstance>(CreateInput {
            parameter_group: Some("mine".into()),
            ..mydb()
        })
        .expect("created");
    until(&cloud, "mydb", "available").await;
    let standing = || {
        cloud.see(|tx| {
            let group = DbParameterGroup::named(tx, &cloud.call.place, "mine").expect("group");
            find(&cloud, "mydb").expect("there").parameter_status(&group)
        })
    };
    let configured = |line: &str| {
        let files = node_of(&cloud).spec.files;
        files
            .iter()
            .any(|file| String::from_utf8_lossy(&file.content).lines().any(|one| one == line))
    };
    set_group(&cloud, 2, 0, &[("max_connections", "50", Immediate)]);
    assert_eq!(standing(), "applying");
    cloud.pass(1).await;
    assert!(
        standing() == "in-sync" && configured("loose_max_connections = 50"),
        "a death does not undo it"
    );
    set_group(
        &cloud,
        3,
        3,
        &[("max_connections", "60", Immediate), ("back_log", "70", PendingReboot)],
    );
    cloud.pass(1).await;
    assert!(standing() == "pending-reboot" && configured("loose_max_connections = 60") && !configured("loose_back_log = 70"));
    cloud
        .run::<RebootDBInstance>(RebootInput {
            id: "mydb".into(),
            force_failover: None,
        })
        .expect("reboot");
    until(&cloud, "mydb", "available").await;
    assert!(standing() == "in-sync" && configured("loose_back_log = 70"));
    let before = node_of(&cloud).spec.boot;
    set_group(&cloud, 4, 3, &[]);
    cloud.pass(1).await;
    assert!(standing() == "in-sync" && !configured("loose_max_connections = 60") && node_of(&cloud).spec.boot == before);
    cloud.end().await;
}

#[tokio::test(start_paused = true)]
async fn what_a_snapshot_is_taken_of_stays_as_it_is() {
    let cloud = start(SimPlan::default(), SimImages::warm());
    cloud.run::<CreateDBInstance>(mydb()).expect("created");
    until(&cloud, "mydb", "available").await;
    let key: Key<DbInstance> = super::key(&find(&cloud, "mydb").expect("there"));
    let plan = |change: &dyn Fn(&mut DbInstance)| {
        cloud
            .rooms
            .store
            .write(|tx| {
                let mut instance = tx.get(&key).expect("there").value;
                change(&mut instance);
                let planned = steps(tx, &instance, &Actual::default());
                Ok::<_, AwsError>(planned)
            })
            .expect("planned")
    };
    let off = |instance: &mut DbInstance| instance.spec.power = crate::rds::model::Power::Off;
    let end = |instance: &mut DbInstance| instance.spec.deletion = Some(crate::rds::model::Deletion { final_snapshot: None });
    assert_eq!((plan(&|_| {}), plan(&off), plan(&end)), (vec![], vec![Step::Stop], vec![Step::End]));
    let taking = cloud.rooms.store.write(|tx| {
        let instance = tx.get(&key).expect("there").value;
        let one = CreateSnapshotInput {
            id: "one".into(),
            instance: "mydb".into(),
            tags: Vec::new(),
        };
        crate::invoke::<CreateDBSnapshot>(tx, &cloud.call, one)?;
        let mut planned = Vec::new();
        for change in [&off as &dyn Fn(&mut DbInstance), &end] {
            let mut changed = instance.clone();
            change(&mut changed);
            planned.extend(steps(tx, &changed, &Actual::default()));
        }
        Ok::<_, AwsError>(planned)
    });
    assert_eq!(taking.expect("planned"), []);
    cloud.end().await;
}
