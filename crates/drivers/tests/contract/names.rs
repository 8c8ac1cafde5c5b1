//! The contract of the host's names, and what only a file shows.

use std::fs;
use std::net::Ipv4Addr;
use std::os::unix::fs::PermissionsExt;

use tierra_drivers::DriverError;
use tierra_drivers::names::linux::LinuxHostNames;
use tierra_drivers::names::sim::SimHostNames;
use tierra_drivers::names::{HostNames, Names};

fn names(entries: &[(&str, u8)]) -> Names {
    let name = |host: &str| format!("{host}.us-east-1.rds.amazonaws.com");
    let address = |last: u8| [Ipv4Addr::new(127, 100, 0, last)].into();
    entries.iter().map(|(host, last)| (name(host), address(*last))).collect()
}

async fn what_is_ensured_stands(host: &impl HostNames) {
    assert_eq!(host.observe().await.unwrap(), Names::new());
    for wanted in [names(&[("db.a", 1), ("db.b", 2)]), names(&[("db.b", 3)])] {
        host.ensure(&wanted).await.unwrap();
        host.ensure(&wanted).await.unwrap();
        assert_eq!(host.observe().await.unwrap(), wanted);
    }
    let endpoint: Names = [("ec2.us-east-1.amazonaws.com".into(), [Ipv4Addr::new(127, 100, 0, 1)].into())].into();
    assert!(matches!(host.ensure(&endpoint).await, Err(DriverError::Refused { .. })));
    assert_eq!(host.observe().await.unwrap(), names(&[("db.b", 3)]), "a refusal changes nothing");
    host.remove().await.unwrap();
    host.remove().await.unwrap();
    assert_eq!(host.observe().await.unwrap(), Names::new());
}

#[tokio::test]
async fn sim() {
    what_is_ensured_stands(&SimHostNames::default()).await;
}

#[tokio::test]
async fn linux() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("hosts");
    what_is_ensured_stands(&LinuxHostNames::new(&file, "ta")).await;
    let mine = "127.0.0.1 localhost\n";
    fs::write(&file, mine).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o664)).unwrap();
    // What a writer that was killed left.
    fs::write(folder.path().join("hosts.tierra-new"), "half").unwrap();
    what_is_ensured_stands(&LinuxHostNames::new(&file, "ta")).await;
    assert_eq!(fs::read_to_string(&file).unwrap(), mine);
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o664);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing lies beside it");
}

#[tokio::test]
async fn clouds_that_write_at_once_lose_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("hosts");
    let clouds: Vec<_> = (1..9).map(|n| (LinuxHostNames::new(&file, &format!("t{n}")), n)).collect();
    let writes = clouds
        .iter()
        .map(|(cloud, n)| async move { cloud.ensure(&names(&[("db.a", *n)])).await });
    for written in futures_util::future::join_all(writes).await {
        written.unwrap();
    }
    for (cloud, n) in &clouds {
        assert_eq!(cloud.observe().await.unwrap(), names(&[("db.a", *n)]));
    }
}
