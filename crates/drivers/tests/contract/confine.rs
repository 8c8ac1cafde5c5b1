//! What a confined process cannot do, told by one.

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::process::Command;

use tierra_drivers::confine::has_landlock;

const USER: u32 = 60_999;

#[test]
fn a_confined_process_has_its_folder_and_nothing_else() {
    if !rustix::process::geteuid().is_root() {
        eprintln!("SKIPPED: root cannot be given up by who is not root");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    fs::create_dir(folder.path().join("own")).unwrap();
    chown(folder.path().join("own"), Some(USER), Some(USER)).unwrap();
    fs::write(folder.path().join("others"), "for everybody to read").unwrap();
    let confined = Command::new(env!("CARGO_BIN_EXE_tierra-confined"))
        .arg(USER.to_string())
        .arg(folder.path())
        .output()
        .unwrap();
    let said = String::from_utf8(confined.stdout).unwrap();
    assert!(confined.status.success(), "{said}{}", String::from_utf8_lossy(&confined.stderr));
    let said: Vec<&str> = said.lines().collect();
    let others = if has_landlock() {
        "read others: permission denied"
    } else {
        "read others: done"
    };
    let ids = format!("\t{USER}").repeat(4);
    let met = [
        "write own: done",
        "read /etc/passwd: done",
        others,
        "read /etc/shadow: permission denied",
        "write /etc: permission denied",
        "mount: permission denied",
        "enter a namespace: permission denied",
        "run a program: permission denied",
        &format!("Uid:{ids}"),
        &format!("Gid:{ids}"),
        "CapInh:\t0000000000000000",
        "CapPrm:\t0000000000000000",
        "CapEff:\t0000000000000000",
        "CapBnd:\t0000000000000000",
        "CapAmb:\t0000000000000000",
        "NoNewPrivs:\t1",
        "Seccomp:\t2",
    ];
    assert_eq!(said[1..], met, "{}", said[0]);
    assert_eq!(fs::read_to_string(folder.path().join("own/mine")).unwrap(), "mine");
}
