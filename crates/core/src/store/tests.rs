//! The store's promises, against a store in memory and one on disk.

use serde::{Deserialize, Serialize};

use super::*;
use crate::place::{AccountId, Place, Region};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Thing {
    place: Place,
    name: String,
    color: String,
}

impl Resource for Thing {
    const KIND: &'static str = "test/thing";
    fn place(&self) -> &Place {
        &self.place
    }
    fn id(&self) -> String {
        self.name.clone()
    }
    fn indexes(&self) -> Vec<(&'static str, String)> {
        vec![("color", self.color.clone())]
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct NewThing {
    place: Place,
    name: String,
    colors: Vec<String>,
}

impl Resource for NewThing {
    const KIND: &'static str = Thing::KIND;
    const ROW_VERSION: u16 = 2;
    fn place(&self) -> &Place {
        &self.place
    }
    fn id(&self) -> String {
        self.name.clone()
    }
    fn migrate(_: u16, mut row: serde_json::Value) -> Result<serde_json::Value, String> {
        row["colors"] = serde_json::json!([row["color"]]);
        Ok(row)
    }
}

fn place(region: &str) -> Place {
    Place {
        account: AccountId("1".into()),
        region: Region(region.into()),
    }
}

fn thing(name: &str, color: &str) -> Thing {
    Thing {
        place: place("a"),
        name: name.into(),
        color: color.into(),
    }
}

fn store_with(things: &[Thing]) -> Store {
    let store = Store::in_memory().expect("store");
    put(&store, things);
    store
}

fn put(store: &Store, things: &[Thing]) {
    let things = things.to_vec();
    store
        .write(|tx| {
            things.into_iter().for_each(|t| tx.save(t));
            Ok::<_, StoreError>(())
        })
        .expect("put");
}

fn names(store: &Store, color: &str) -> Vec<String> {
    store
        .read(|tx| Ok::<_, StoreError>(tx.by_index::<Thing>(&place("a"), "color", color)))
        .expect("read")
        .into_iter()
        .map(|t| t.name)
        .collect()
}

#[test]
fn indexes_follow_changes_and_deletions() {
    let store = store_with(&[thing("x", "red"), thing("y", "red"), thing("z", "reddish")]);
    assert_eq!(names(&store, "red"), ["x", "y"]);
    put(&store, &[thing("x", "blue")]);
    assert_eq!(
        (names(&store, "red"), names(&store, "blue")),
        (vec!["y".to_owned()], vec!["x".to_owned()])
    );
    store
        .write(|tx| {
            tx.delete(&Key::<Thing>::new(&place("a"), "y"));
            Ok::<_, StoreError>(())
        })
        .expect("delete");
    assert!(names(&store, "red").is_empty());
}

#[test]
fn a_transaction_sees_its_own_writes_and_a_failed_one_leaves_nothing() {
    let store = store_with(&[thing("x", "red")]);
    let failed: Result<(), AwsError> = store.write(|tx| {
        tx.save(thing("y", "red"));
        tx.delete(&Key::<Thing>::new(&place("a"), "x"));
        assert_eq!(tx.list::<Thing>(&place("a")), [thing("y", "red")]);
        assert_eq!(tx.by_index::<Thing>(&place("a"), "color", "red"), [thing("y", "red")]);
        let savepoint = tx.savepoint();
        tx.save(thing("w", "red"));
        tx.restore(savepoint);
        assert!(tx.find::<Thing>(&place("a"), "w").is_none());
        Err(AwsError::new("No", 400, "no"))
    });
    assert_eq!(failed.map_err(|e| e.code.into_owned()), Err("No".to_owned()));
    assert_eq!(names(&store, "red"), ["x"]);
}

#[test]
fn places_are_apart() {
    let store = store_with(&[thing("x", "red")]);
    let other: Vec<Thing> = store.read(|tx| Ok::<_, StoreError>(tx.list(&place("ab")))).expect("read");
    assert!(other.is_empty());
}

#[test]
fn a_writer_that_read_an_older_row_is_told() {
    let store = store_with(&[thing("x", "red")]);
    let key = Key::<Thing>::new(&place("a"), "x");
    let read = store.read(|tx| Ok::<_, StoreError>(tx.get(&key))).expect("read").expect("there");
    put(&store, &[thing("x", "blue")]);
    let put = |expect| {
        store
            .write(|tx| tx.put(thing("x", "green"), expect).map_err(AwsError::from))
            .map_err(|e| e.status)
    };
    assert_eq!(put(Expect::Version(read.version)), Err(409));
    assert_eq!(put(Expect::New), Err(409));
    assert_eq!(put(Expect::Version(read.version + 1)), Ok(()));
}

#[test]
fn the_feed_tells_what_changed_and_says_when_it_no_longer_knows() {
    let store = store_with(&[thing("x", "red")]);
    let before = store.revisions().newest();
    put(&store, &[thing("y", "red"), thing("z", "red")]);
    let changed: Vec<_> = store
        .changes(before)
        .expect("feed")
        .expect("reaches back")
        .iter()
        .filter_map(Change::key::<Thing>)
        .map(|k| k.id)
        .collect();
    assert_eq!(changed, ["y", "z"]);
    for _ in 0..=feed::FEED_LENGTH {
        put(&store, &[thing("x", "red")]);
    }
    assert_eq!(store.changes(before).expect("feed"), None);
    assert_eq!(
        store.changes(before + 2).expect("feed").map(|changes| changes.len() as u64),
        Some(feed::FEED_LENGTH)
    );
}

#[test]
fn rows_survive_reopening_and_migrate() {
    let dir = tempfile::tempdir().expect("dir");
    let file = dir.path().join("store");
    put(&Store::open(&file).expect("open"), &[thing("x", "red")]);
    let store = Store::open(&file).expect("reopen");
    let new: Vec<NewThing> = store.read(|tx| Ok::<_, StoreError>(tx.list(&place("a")))).expect("read");
    assert_eq!(
        new,
        [NewThing {
            place: place("a"),
            name: "x".into(),
            colors: vec!["red".into()]
        }]
    );
}

#[test]
fn a_power_cut_leaves_what_was_committed_whatever_of_the_rest_reached_the_disk() {
    for (writes, keep_every) in (0..40).flat_map(|writes| [1, 2, 3, usize::MAX].map(|every| (writes, every))) {
        let disk = SimDisk::new();
        let store = Store::on_disk(&disk).expect("open");
        put(&store, &[thing("kept", "red")]);
        disk.fail_after(writes);
        let second = store.write(|tx| {
            tx.save(thing("unsure", "red"));
            Ok::<_, StoreError>(())
        });
        let mut nth = 0;
        disk.cut_power(|| {
            nth += 1;
            nth % keep_every == 0
        });
        let late = |tx: &mut Tx| {
            tx.save(thing("late", "red"));
            Ok::<_, StoreError>(())
        };
        assert!(store.write(late).is_err());
        drop(store);
        let found = names(&Store::on_disk(&disk).expect("repaired"), "red");
        let may_be: &[&[&str]] = if second.is_ok() {
            &[&["kept", "unsure"]]
        } else {
            &[&["kept"], &["kept", "unsure"]]
        };
        assert!(
            may_be.contains(&found.iter().map(String::as_str).collect::<Vec<_>>().as_slice()),
            "{writes} {keep_every}: {found:?}"
        );
    }
}

#[test]
fn a_disk_that_was_full_and_is_so_no_longer_costs_nothing_but_what_was_refused() {
    let save = |store: &Store, name: &str| {
        store.write(|tx| {
            tx.save(thing(name, "red"));
            Ok::<_, StoreError>(())
        })
    };
    for writes in 0..40 {
        let disk = SimDisk::new();
        let store = Store::on_disk(&disk).expect("open");
        put(&store, &[thing("kept", "red")]);
        disk.fail_after(writes);
        if save(&store, "refused").is_ok() {
            continue;
        }
        assert_eq!(names(&store, "red"), ["kept"], "{writes}: what is remembered can be read");
        assert!(save(&store, "too early").is_err());
        disk.recover();
        put(&store, &[thing("more", "red")]);
        let found = names(&store, "red");
        let without: Vec<&str> = found.iter().map(String::as_str).filter(|name| *name != "refused").collect();
        assert_eq!(without, ["kept", "more"], "{writes}");
        let told = store.revisions().newest();
        put(&store, &[thing("most", "red")]);
        assert_eq!(store.revisions().newest(), told + 1, "{writes}");
    }
}

/// Threads that each save things one after the other, until one is refused; what was acknowledged, and what was not.
fn write_at_once(store: &Store) -> (Vec<String>, Vec<String>) {
    let outcomes = std::thread::scope(|scope| {
        let writer = |thread: usize| {
            let save = move |nth: usize| {
                let name = format!("{thread}-{nth}");
                let saved = store.write(|tx| {
                    let before = tx.find::<Thing>(&place("a"), "count").map_or(0, |count| count.color.len());
                    tx.save(thing("count", &"+".repeat(before + 1)));
                    tx.save(thing(&name, "red"));
                    Ok::<_, StoreError>(())
                });
                (name, saved.is_ok())
            };
            scope.spawn(move || (0..20).map(save).collect::<Vec<_>>())
        };
        let writers: Vec<_> = (0..8).map(writer).collect();
        writers
            .into_iter()
            .flat_map(|writer| writer.join().expect("writer"))
            .collect::<Vec<_>>()
    });
    let (acknowledged, refused): (Vec<_>, Vec<_>) = outcomes.into_iter().partition(|(_, ok)| *ok);
    let names = |outcomes: Vec<(String, bool)>| outcomes.into_iter().map(|(name, _)| name).collect();
    (names(acknowledged), names(refused))
}

#[test]
fn writers_at_once_see_each_other_and_each_is_a_revision() {
    let dir = tempfile::tempdir().expect("dir");
    let store = Store::open(&dir.path().join("store")).expect("open");
    put(&store, &[thing("count", "")]);
    let (before, mut told) = (store.revisions().newest(), store.revisions());
    let (acknowledged, refused) = write_at_once(&store);
    assert_eq!((acknowledged.len(), refused.len()), (160, 0));
    let count: Thing = store
        .read(|tx| Ok::<_, StoreError>(tx.find(&place("a"), "count")))
        .expect("read")
        .expect("count");
    assert_eq!(count.color.len(), 160);
    assert_eq!(told.see(), before + 160);
    let changes = store.changes(before).expect("feed").expect("reaches back");
    let mut changed: Vec<_> = changes.iter().filter_map(Change::key::<Thing>).map(|key| key.id).collect();
    changed.retain(|id| id != "count");
    assert_eq!(changed.len(), 160);
    assert_eq!(names(&store, "red").len(), 160);
}

#[test]
fn nothing_is_acknowledged_to_writers_at_once_that_a_power_cut_takes() {
    for writes in (0..400).step_by(7) {
        let disk = SimDisk::new();
        let store = Store::on_disk(&disk).expect("open");
        disk.fail_after(writes);
        let (acknowledged, _) = write_at_once(&store);
        disk.cut_power(|| false);
        drop(store);
        let found = names(&Store::on_disk(&disk).expect("repaired"), "red");
        let lost: Vec<_> = acknowledged.iter().filter(|name| !found.contains(name)).collect();
        assert!(lost.is_empty(), "{writes}: {lost:?}");
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Strange {
    place: Place,
    weight: u64,
}

impl Resource for Strange {
    const KIND: &'static str = Thing::KIND;
    fn place(&self) -> &Place {
        &self.place
    }
    fn id(&self) -> String {
        self.weight.to_string()
    }
}

#[test]
fn a_row_that_cannot_be_read_is_not_taken_for_a_failure_of_the_disk() {
    let store = store_with(&[thing("x", "red")]);
    let read = store.read(|tx| Ok::<_, StoreError>(tx.all::<Strange>()));
    assert!(matches!(read, Err(StoreError::Row(_))), "{read:?}");
    assert!(!store.0.shared.database.has_failed());
}
