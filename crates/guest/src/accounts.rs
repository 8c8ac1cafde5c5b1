//! Users and their keys.

use std::fs;
use std::io;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::cloud_config::User;
use crate::commands::{run, say};

/// What root's key may do where root's login is disabled: say who may.
const REFUSAL: &str = "no-port-forwarding,no-agent-forwarding,no-X11-forwarding";

/// An account of the system.
#[derive(Debug, PartialEq, Eq)]
struct Account {
    uid: u32,
    gid: u32,
    home: PathBuf,
}

/// The user of the image who logs in by key.
pub(crate) fn default_user() -> String {
    let user = fs::read_to_string("/usr/lib/tierra/default-user").unwrap_or_default();
    if user.trim().is_empty() {
        "root".to_owned()
    } else {
        user.trim().to_owned()
    }
}

/// Lets a user log in with these keys. What was there stays.
pub(crate) fn authorize(user: &str, keys: &[String]) {
    let passwd = fs::read_to_string("/etc/passwd").unwrap_or_default();
    let done = match find_account(&passwd, user) {
        _ if keys.is_empty() => Ok(()),
        Some(account) => write_keys(&account, keys),
        None => Err(io::Error::new(io::ErrorKind::NotFound, "no such user")),
    };
    if let Err(error) = done {
        say(&format!("keys of {user}: {error}"));
    }
}

/// The keys, each refusing to do anything but to name who may log in.
pub(crate) fn refusing(keys: &[String], user: &str) -> Vec<String> {
    let command = format!("echo 'Please login as the user \\\"{user}\\\" rather than the user \\\"root\\\".';echo;sleep 10;exit 142");
    keys.iter().map(|key| format!("{REFUSAL},command=\"{command}\" {key}")).collect()
}

fn find_account(passwd: &str, user: &str) -> Option<Account> {
    let fields: Vec<_> = passwd
        .lines()
        .map(|line| line.split(':').collect::<Vec<_>>())
        .find(|fields| fields[0] == user)?;
    Some(Account {
        uid: fields.get(2)?.parse().ok()?,
        gid: fields.get(3)?.parse().ok()?,
        home: fields.get(5)?.into(),
    })
}

fn write_keys(account: &Account, keys: &[String]) -> io::Result<()> {
    let folder = account.home.join(".ssh");
    fs::create_dir_all(&folder)?;
    let path = folder.join("authorized_keys");
    let before = fs::read_to_string(&path).unwrap_or_default();
    fs::write(&path, merged(&before, keys))?;
    own(&folder, account, 0o700)?;
    own(&path, account, 0o600)
}

fn own(path: &Path, account: &Account, mode: u32) -> io::Result<()> {
    fs::set_permissions(path, fs::Permissions::from_mode(mode))?;
    chown(path, Some(account.uid), Some(account.gid))
}

/// The lines of before, and the new keys that are not among them. A key that was refused and is not any more changes place.
fn merged(before: &str, keys: &[String]) -> String {
    let same = |line: &str, key: &String| key.ends_with(line) || line.ends_with(key.as_str());
    let kept = before
        .lines()
        .filter(|line| !line.is_empty() && !keys.iter().any(|key| same(line, key)));
    kept.chain(keys.iter().map(|key| key.trim()))
        .fold(String::new(), |text, line| text + line + "\n")
}

/// Makes a user of a cloud-config.
pub(crate) fn create(user: &User) {
    let passwd = fs::read_to_string("/etc/passwd").unwrap_or_default();
    if find_account(&passwd, &user.name).is_none() {
        run(Command::new("useradd").args(useradd(user)));
    } else if !user.groups.is_empty() {
        run(Command::new("usermod").args(["-aG", &user.groups.join(","), &user.name]));
    }
    if !user.sudo.is_empty() {
        let lines: String = user.sudo.iter().map(|rule| format!("{} {rule}\n", user.name)).collect();
        let path = Path::new("/etc/sudoers.d").join(format!("90-cloud-init-{}", user.name));
        let written = fs::write(&path, lines).and_then(|()| fs::set_permissions(path, fs::Permissions::from_mode(0o440)));
        written.unwrap_or_else(|error| say(&format!("sudo rules of {}: {error}", user.name)));
    }
    authorize(&user.name, &user.authorized_keys);
}

fn useradd(user: &User) -> Vec<String> {
    let mut arguments = vec![if user.system { "--system" } else { "--create-home" }.to_owned()];
    let groups = Some(user.groups.join(",")).filter(|groups| !groups.is_empty());
    let shell = user.shell.clone().or_else(|| (!user.system).then(|| "/bin/bash".to_owned()));
    let options = [
        ("--comment", &user.gecos),
        ("--home-dir", &user.home),
        ("--shell", &shell),
        ("--uid", &user.uid),
        ("--gid", &user.primary_group),
        ("--groups", &groups),
    ];
    for (option, value) in options {
        arguments.extend(value.iter().flat_map(|value| [option.to_owned(), value.clone()]));
    }
    arguments.push(user.name.clone());
    arguments
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_are_found_by_their_whole_name() {
        let passwd = "root:x:0:0:root:/root:/bin/bash\nec2-user:x:1000:1001::/home/ec2-user:/bin/bash\n";
        assert_eq!(
            find_account(passwd, "ec2-user"),
            Some(Account {
                uid: 1000,
                gid: 1001,
                home: "/home/ec2-user".into()
            })
        );
        assert_eq!(find_account(passwd, "ec2"), None);
    }

    #[test]
    fn keys_are_kept_once_and_refusals_give_way() {
        let key = "ssh-ed25519 AAAA me".to_owned();
        let refused = refusing(std::slice::from_ref(&key), "admin");
        assert!(
            refused[0].contains("login as the user \\\"admin\\\" rather than the user \\\"root\\\""),
            "{refused:?}"
        );
        for (before, keys, after) in [
            (String::new(), vec![key.clone()], format!("{key}\n")),
            (format!("{key}\n"), vec![key.clone()], format!("{key}\n")),
            ("ssh-rsa B you\n".into(), vec![key.clone()], format!("ssh-rsa B you\n{key}\n")),
            (format!("{}\n", refused[0]), vec![key.clone()], format!("{key}\n")),
        ] {
            assert_eq!(merged(&before, &keys), after);
        }
    }

    #[test]
    fn users_become_arguments() {
        let user = User {
            name: "deploy".into(),
            groups: vec!["sudo".into(), "adm".into()],
            uid: Some("2000".into()),
            ..User::default()
        };
        let expected = [
            "--create-home",
            "--shell",
            "/bin/bash",
            "--uid",
            "2000",
            "--groups",
            "sudo,adm",
            "deploy",
        ];
        assert_eq!(useradd(&user), expected);
    }
}
