//! From a recipe to a layer: mmdebstrap for a base, an overlay and chroot for what lies on one. Both end in the same
//! script. The commands run in mount and pid namespaces of their own and die with whoever started them, so that a build
//! that is killed leaves a folder and nothing else.

use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::recipe::{From, Recipe};
use super::sources;
use crate::DriverError;
use crate::image::Progress;

/// Lines of a failed command that are shown.
const TAIL: usize = 12;
/// What is left out of packages: the bulk of them is text that nobody reads on a server.
const EXCLUDED: [&str; 5] = [
    "path-exclude=/usr/share/doc/*",
    "path-include=/usr/share/doc/*/copyright",
    "path-exclude=/usr/share/man/*",
    "path-exclude=/usr/share/locale/*",
    "path-exclude=/usr/lib/python3/dist-packages/awscli/examples/*",
];

/// Builds the layer of `recipe` into `work`, which is empty; the layer is its folder `root`. `lower`: the layers below,
/// uppermost first.
pub(super) fn build(recipe: &Recipe, lower: &[PathBuf], work: &Path, progress: &dyn Progress) -> Result<(), DriverError> {
    let failed = |error: std::io::Error| DriverError::failed("preparing an image build", error);
    for folder in ["root", "overlay-work", "merged", "files"] {
        fs::create_dir(work.join(folder)).map_err(failed)?;
    }
    for (index, file) in recipe.files.iter().enumerate() {
        let content = file.content.strip_prefix('\n').unwrap_or(&file.content);
        fs::write(work.join("files").join(index.to_string()), content).map_err(failed)?;
    }
    if let From::Suite(suite) = &recipe.from {
        progress.step("Installing Debian packages");
        run(bootstrap(recipe, suite, &work.join("root")), progress)?;
    }
    progress.step("Setting the system up");
    let script = script(recipe, lower)?;
    let mut shell = contained("sh");
    shell.args(["-euc", &script]).current_dir(work);
    run(shell, progress)
}

/// A command in namespaces of its own, killed when the calling thread or the command's keeper dies.
fn contained(program: &str) -> Command {
    let mut command = Command::new("setpriv");
    command.args([
        "--pdeathsig",
        "KILL",
        "unshare",
        "--mount",
        "--pid",
        "--fork",
        "--kill-child",
        "--",
        program,
    ]);
    command.env("LC_ALL", "C.UTF-8").env("DEBIAN_FRONTEND", "noninteractive");
    command
}

fn bootstrap(recipe: &Recipe, suite: &str, root: &Path) -> Command {
    let mut command = contained("mmdebstrap");
    command
        .args(["--variant=minbase", "--format=directory"])
        .arg(format!("--include={}", recipe.packages.join(",")));
    command.arg("--aptopt=APT::Install-Recommends \"false\"");
    command.args(sources::apt_options().iter().map(|option| format!("--aptopt={option}")));
    command.arg("--dpkgopt=force-unsafe-io");
    command.args(EXCLUDED.iter().map(|option| format!("--dpkgopt={option}")));
    command.arg(suite).arg(root);
    // Without sources of its own on this machine, the mirror that mmdebstrap itself knows.
    command.args(sources::files_with(suite));
    command
}

/// What is done in the new root, as a shell script.
fn script(recipe: &Recipe, lower: &[PathBuf]) -> Result<String, DriverError> {
    let mut script = String::new();
    if matches!(recipe.from, From::Base(_)) {
        let lower: Vec<_> = lower.iter().map(|layer| layer.to_string_lossy()).collect();
        let _ = writeln!(
            script,
            "mount -t overlay overlay -o lowerdir={},upperdir=root,workdir=overlay-work merged\nr=merged",
            lower.join(":")
        );
        if !recipe.packages.is_empty() {
            let _ = writeln!(
                script,
                "mount -t proc proc $r/proc; cp /etc/resolv.conf $r/etc/\nprintf '#!/bin/sh\\nexit 101\\n' > $r/usr/sbin/policy-rc.d; chmod 755 $r/usr/sbin/policy-rc.d\n\
                 chroot $r apt-get -q update; chroot $r apt-get -qy --no-install-recommends install {}\n\
                 chroot $r apt-get clean; rm -rf $r/var/lib/apt/lists/* $r/usr/sbin/policy-rc.d; umount $r/proc",
                recipe.packages.join(" ")
            );
        }
        let base = Recipe::find(base_of(recipe))?;
        let _ = writeln!(
            script,
            "chroot $r userdel -r {} 2>/dev/null || true; rm -f $r/etc/sudoers.d/90-cloud-init-users",
            base.user
        );
    } else {
        script.push_str("r=root\n");
    }
    let user = &recipe.user;
    let _ = writeln!(
        script,
        "chroot $r useradd -m -s /bin/bash {user}; chroot $r usermod -p '*' {user}\n\
         mkdir -p $r/usr/lib/tierra; echo {user} > $r/usr/lib/tierra/default-user; : > $r/usr/lib/tierra/tierra; chmod 755 $r/usr/lib/tierra/tierra\n\
         echo '{user} ALL=(ALL) NOPASSWD:ALL' > $r/etc/sudoers.d/90-cloud-init-users; chmod 440 $r/etc/sudoers.d/90-cloud-init-users"
    );
    for (index, file) in recipe.files.iter().enumerate() {
        let _ = writeln!(script, "install -D -m {:o} files/{index} $r{}", file.mode, file.path);
    }
    for (verb, units) in [("mask", &recipe.mask), ("enable", &recipe.enable)] {
        if !units.is_empty() {
            let _ = writeln!(script, "systemctl --quiet --root=$PWD/$r {verb} {} 2>/dev/null", units.join(" "));
        }
    }
    for line in &recipe.run {
        let _ = writeln!(script, "chroot $r sh -euc {}", quoted(line));
    }
    script.push_str(CLEAN);
    Ok(script)
}

/// What must differ between instances is not in an image; nor is what names the machine that built it.
const CLEAN: &str = "rm -f $r/etc/ssh/ssh_host_* $r/var/lib/dbus/machine-id $r/etc/resolv.conf $r/etc/hostname
: > $r/etc/machine-id
printf '127.0.0.1 localhost\\n::1 localhost ip6-localhost ip6-loopback\\n' > $r/etc/hosts
rm -rf $r/tmp/* $r/var/log/*.log $r/var/log/apt $r/var/cache/apt/*.bin $r/var/cache/ldconfig
";

fn base_of(recipe: &Recipe) -> &str {
    match &recipe.from {
        From::Base(base) | From::Suite(base) => base,
    }
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// Runs a command; its lines are the progress, the last ones the error.
fn run(mut command: Command, progress: &dyn Progress) -> Result<(), DriverError> {
    let name = command.get_args().nth(8).unwrap_or_default().to_string_lossy().into_owned();
    let failed = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::NotFound => missing("setpriv and unshare", "util-linux"),
        _ => DriverError::failed(&name, error),
    };
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(failed)?;
    let mut tail = std::collections::VecDeque::new();
    for line in child
        .stderr
        .take()
        .into_iter()
        .flat_map(|stderr| BufReader::new(stderr).lines().map_while(Result::ok))
    {
        if let Some(step) = line.strip_prefix("I: ") {
            progress.detail(step);
        }
        if tail.len() == TAIL {
            tail.pop_front();
        }
        tail.push_back(line);
    }
    let status = child.wait().map_err(failed)?;
    match status.code() {
        Some(0) => Ok(()),
        Some(127) => Err(missing(&name, &name)),
        _ => Err(DriverError::failed(format!("{name} ({status})"), Vec::from(tail).join("\n"))),
    }
}

fn missing(what: &str, package: &str) -> DriverError {
    DriverError::Missing {
        what: what.to_owned(),
        hint: format!("install it: apt-get install {package}"),
    }
}
