//! Confines itself and prints what it then meets, a line a thing: for the test of `confine`, which needs a process of one thread.
//! Arguments: the user to be, and a folder with `own/` and the file `others` in it.

use std::fs;
use std::path::Path;
use std::process::Command;

use rustix::mount::{MountFlags, mount};
use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};
use tierra_drivers::confine::{InForce, Needs, confine};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(user), Some(folder)) = (arguments.next(), arguments.next()) else {
        return Err("tierra-confined USER FOLDER".into());
    };
    let own_network = fs::File::open("/proc/self/ns/net")?;
    let own = Path::new(&folder).join("own");
    let in_force = confine(&Needs::control_plane(user.parse()?, &own))?;
    // What holds one thread has to hold those that it starts.
    let meets = move || meet(Path::new(&folder), in_force, &own_network);
    std::thread::spawn(meets).join().map_err(|_| "a panic")?;
    Ok(())
}

fn meet(folder: &Path, in_force: InForce, own_network: &fs::File) {
    println!("{in_force:?}");
    tell("write own", fs::write(folder.join("own/mine"), "mine"));
    tell("read /etc/passwd", fs::read("/etc/passwd").map(drop));
    tell("read others", fs::read(folder.join("others")).map(drop));
    tell("read /etc/shadow", fs::read("/etc/shadow").map(drop));
    tell("write /etc", fs::write("/etc/tierra-was-here", ""));
    let mounted = mount("none", folder.join("own"), "tmpfs", MountFlags::empty(), None);
    tell("mount", mounted.map_err(Into::into));
    let entered = move_into_link_name_space(std::os::fd::AsFd::as_fd(own_network), Some(LinkNameSpaceType::Network));
    tell("enter a namespace", entered.map_err(Into::into));
    tell("run a program", Command::new("/bin/true").status().map(drop));
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let kept = ["Uid:", "Gid:", "Cap", "NoNewPrivs:", "Seccomp:"];
    status
        .lines()
        .filter(|line| kept.iter().any(|name| line.starts_with(name)))
        .for_each(|line| println!("{line}"));
}

fn tell(what: &str, done: std::io::Result<()>) {
    println!(
        "{what}: {}",
        done.map_or_else(|error| error.kind().to_string(), |()| "done".to_owned())
    );
}
