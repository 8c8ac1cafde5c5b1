//! The network interfaces of a sandbox: plugged in before its first process, and changed while it runs.
//!
//! **Invariant**: `plugged.json` names every interface that is plugged in, so that what is to go is found, whoever plugged it.

use std::collections::BTreeMap;
use std::fs::File;
use std::os::fd::AsFd;
use std::path::Path;

use super::files::{read_json, write_json};
use super::launch::{Places, Running};
use super::{Inner, failed};
use crate::DriverError;
use crate::network::InterfaceId;

/// The device that each interface is inside.
type Plugged = BTreeMap<InterfaceId, String>;

/// One thing to do.
#[derive(Debug, PartialEq, Eq)]
enum Change {
    Unplug(InterfaceId),
    Plug(InterfaceId, String),
}

impl Inner {
    /// Plugs the interfaces of a sandbox that is about to start into its new namespace, in device order.
    pub(super) fn plug_all(&self, places: &Places, netns: &Path, interfaces: &[InterfaceId]) -> Result<(), DriverError> {
        self.change(places, netns, Plugged::new(), interfaces)
    }

    /// Brings the interfaces of a running sandbox to these.
    pub(super) fn replug(&self, places: &Places, interfaces: &[InterfaceId]) -> Result<(), DriverError> {
        // What an older agent started has no record: then nothing is known to be wrong.
        let Some(plugged) = read_json::<Plugged>(&places.plugged()) else {
            return Ok(());
        };
        if plugged.len() == interfaces.len() && interfaces.iter().all(|id| plugged.contains_key(id)) {
            return Ok(());
        }
        let running: Option<Running> = read_json(&places.running());
        let Some(running) = running.filter(|running| running.init.open().is_some()) else {
            return Ok(());
        };
        let netns = format!("/proc/{}/ns/net", running.init.pid);
        self.change(places, Path::new(&netns), plugged, interfaces)
    }

    fn change(&self, places: &Places, netns: &Path, mut plugged: Plugged, wanted: &[InterfaceId]) -> Result<(), DriverError> {
        let netns = File::open(netns).map_err(failed("opening the network namespace"))?;
        let keep = |plugged: &Plugged| write_json(&places.plugged(), plugged).map_err(failed("writing interfaces down"));
        for change in changes(&plugged, wanted) {
            match change {
                Change::Unplug(id) => {
                    if let Some(device) = plugged.get(&id) {
                        self.config.plug.unplug(&id, netns.as_fd(), device)?;
                    }
                    plugged.remove(&id);
                }
                Change::Plug(id, device) => {
                    plugged.insert(id.clone(), device.clone());
                    // Before it is there: one that is written down and missing is unplugged in vain, one that is not never is.
                    keep(&plugged)?;
                    self.config.plug.plug(&id, netns.as_fd(), &device)?;
                }
            }
        }
        keep(&plugged)
    }
}

/// What goes, and then what comes, as the first device that is free.
fn changes(plugged: &Plugged, wanted: &[InterfaceId]) -> Vec<Change> {
    let (stays, goes): (Vec<_>, Vec<_>) = plugged.iter().partition(|(id, _)| wanted.contains(id));
    let mut taken: Vec<String> = stays.into_iter().map(|(_, device)| device.clone()).collect();
    let mut changes: Vec<Change> = goes.into_iter().map(|(id, _)| Change::Unplug(id.clone())).collect();
    for id in wanted.iter().filter(|id| !plugged.contains_key(*id)) {
        // There are finitely many taken, so one is free.
        if let Some(device) = (0..=taken.len())
            .map(|index| format!("eth{index}"))
            .find(|device| !taken.contains(device))
        {
            taken.push(device.clone());
            changes.push(Change::Plug(id.clone(), device));
        }
    }
    changes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_free_device_is_taken() {
        let plugged = |pairs: &[(&str, &str)]| {
            pairs
                .iter()
                .map(|(id, device)| (id.to_string(), device.to_string()))
                .collect::<Plugged>()
        };
        let wanted = |ids: &[&str]| ids.iter().map(ToString::to_string).collect::<Vec<_>>();
        let plug = |id: &str, device: &str| Change::Plug(id.into(), device.into());
        let cases = [
            (plugged(&[]), wanted(&["b", "a"]), vec![plug("b", "eth0"), plug("a", "eth1")]),
            (plugged(&[("a", "eth0")]), wanted(&["a"]), vec![]),
            (
                plugged(&[("a", "eth0"), ("b", "eth1")]),
                wanted(&["a", "c"]),
                vec![Change::Unplug("b".into()), plug("c", "eth1")],
            ),
            (
                plugged(&[("a", "eth0"), ("c", "eth2")]),
                wanted(&["a", "c", "d"]),
                vec![plug("d", "eth1")],
            ),
        ];
        for (before, wanted, expected) in cases {
            assert_eq!(changes(&before, &wanted), expected, "{before:?} to {wanted:?}");
        }
    }
}
