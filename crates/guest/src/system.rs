//! Name, resolver, host keys and files of the system.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::cloud_config::WriteFile;
use crate::commands::{run, say};

/// Kinds of host keys: both are made in milliseconds. An RSA key would cost a first boot up to a second.
const HOST_KEYS: [&str; 2] = ["ed25519", "ecdsa"];

/// The name of the machine. `full` may have a domain, which only the hosts file is told.
pub(crate) fn set_hostname(full: &str) -> io::Result<()> {
    let short = full.split('.').next().unwrap_or(full);
    rustix::system::sethostname(short.as_bytes())?;
    fs::write("/etc/hostname", format!("{short}\n"))?;
    let hosts = fs::read_to_string("/etc/hosts").unwrap_or_default();
    fs::write("/etc/hosts", hosts_with(&hosts, full, short))
}

fn hosts_with(hosts: &str, full: &str, short: &str) -> String {
    let names = if full == short {
        short.to_owned()
    } else {
        format!("{full} {short}")
    };
    let others = hosts
        .lines()
        .filter(|line| !line.starts_with("127.0.1.1"))
        .map(|line| format!("{line}\n"));
    others.chain([format!("127.0.1.1 {names}\n")]).collect()
}

/// Who answers for names. `full` gives the domain that short names are looked up in.
pub(crate) fn set_resolver(resolver: &str, full: &str) -> io::Result<()> {
    let search = full
        .split_once('.')
        .map(|(_, domain)| format!("search {domain}\n"))
        .unwrap_or_default();
    fs::write("/etc/resolv.conf", format!("nameserver {resolver}\n{search}"))
}

/// The time zone, by name.
pub(crate) fn set_timezone(name: &str) {
    let zone = Path::new("/usr/share/zoneinfo").join(name);
    if name.contains("..") || !zone.is_file() {
        return say(&format!("timezone {name}: not known here"));
    }
    let _ = fs::remove_file("/etc/localtime");
    let done = std::os::unix::fs::symlink(zone, "/etc/localtime").and_then(|()| fs::write("/etc/timezone", format!("{name}\n")));
    done.unwrap_or_else(|error| say(&format!("timezone: {error}")));
}

/// Whether passwords are asked for by sshd. Read before it starts.
pub(crate) fn set_password_login(allowed: bool) {
    let word = if allowed { "yes" } else { "no" };
    let done = fs::write(
        "/etc/ssh/sshd_config.d/10-cloud-init.conf",
        format!("PasswordAuthentication {word}\n"),
    );
    done.unwrap_or_else(|error| say(&format!("ssh_pwauth: {error}")));
}

/// Host keys that are being made.
pub(crate) struct HostKeys(Vec<Child>);

impl HostKeys {
    /// Begins to make those that are missing.
    pub fn begin() -> Self {
        let missing = HOST_KEYS.iter().filter(|kind| !Path::new(&key_path(kind)).exists());
        Self(missing.filter_map(|kind| generate(kind).ok()).collect())
    }

    /// Waits for them. `anew`: those that the disk brought are another instance's, and go.
    pub fn finish(mut self, anew: bool) {
        let wait = |children: &mut Vec<Child>| children.iter_mut().for_each(|child| drop(child.wait()));
        let made = self.0.len();
        wait(&mut self.0);
        if anew && made < HOST_KEYS.len() {
            forget_host_keys();
            self = Self::begin();
            wait(&mut self.0);
        }
        if made > 0 || anew {
            show_host_keys();
        }
    }
}

fn key_path(kind: &str) -> String {
    format!("/etc/ssh/ssh_host_{kind}_key")
}

fn generate(kind: &str) -> io::Result<Child> {
    let path = key_path(kind);
    Command::new("ssh-keygen")
        .args(["-q", "-t", kind, "-N", "", "-C", "", "-f", &path])
        .stdin(Stdio::null())
        .spawn()
}

fn forget_host_keys() {
    for entry in fs::read_dir("/etc/ssh").into_iter().flatten().filter_map(Result::ok) {
        if entry.file_name().to_string_lossy().starts_with("ssh_host_") {
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// The fingerprints on the console, between the lines that scripts look for.
fn show_host_keys() {
    println!("-----BEGIN SSH HOST KEY FINGERPRINTS-----");
    for kind in HOST_KEYS {
        let output = Command::new("ssh-keygen")
            .args(["-l", "-f", &format!("{}.pub", key_path(kind))])
            .output();
        print!(
            "{}",
            output
                .map(|output| String::from_utf8_lossy(&output.stdout).into_owned())
                .unwrap_or_default()
        );
    }
    println!("-----END SSH HOST KEY FINGERPRINTS-----");
}

/// Writes a file of a cloud-config.
pub(crate) fn write_file(file: &WriteFile) {
    if let Err(error) = try_write(file) {
        say(&format!("write_files {}: {error}", file.path));
    }
}

fn try_write(file: &WriteFile) -> io::Result<()> {
    let path = Path::new(&file.path);
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut open = OpenOptions::new()
        .create(true)
        .write(true)
        .append(file.append)
        .truncate(!file.append)
        .open(path)?;
    open.write_all(&file.content)?;
    if !file.append || file.mode.is_some() {
        fs::set_permissions(path, fs::Permissions::from_mode(file.mode.unwrap_or(0o644)))?;
    }
    if let Some(owner) = &file.owner {
        run(Command::new("chown").arg(owner).arg(path));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hosts_file_has_one_line_for_the_name() {
        let first = hosts_with("127.0.0.1 localhost\n", "ip-10-0-0-5.ec2.internal", "ip-10-0-0-5");
        assert_eq!(first, "127.0.0.1 localhost\n127.0.1.1 ip-10-0-0-5.ec2.internal ip-10-0-0-5\n");
        assert_eq!(hosts_with(&first, "web", "web"), "127.0.0.1 localhost\n127.0.1.1 web\n");
    }

    #[test]
    fn files_are_written_and_added_to() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a/b");
        let mut file = WriteFile {
            path: path.to_str().unwrap().into(),
            content: b"one\n".into(),
            mode: Some(0o600),
            ..Default::default()
        };
        try_write(&file).unwrap();
        file = WriteFile {
            content: b"two\n".into(),
            mode: None,
            append: true,
            ..file
        };
        try_write(&file).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "one\ntwo\n");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
}
