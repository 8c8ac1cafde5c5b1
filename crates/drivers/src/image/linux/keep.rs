//! A sandbox's disk kept as an image: its upper layer, less what makes it that one machine, over the layers that it lay on.

use std::path::Path;

use super::store::Stored;
use super::{LinuxImages, copy, failed};
use crate::DriverError;
use crate::image::ImageState;

use sha2::{Digest, Sha256};

/// How many layers an image may have: an image of an instance of an image of an instance … The kernel's overlay ends at
/// 500, and each layer costs a look at every file that is in none.
const DEPTH: usize = 64;

/// What belongs to one machine and never to an image: who it is to systemd and to ssh, what it was told as that instance,
/// and its store of chance. The next start makes them anew.
const NOT_INHERITED: [&str; 7] = [
    "etc/machine-id",
    "var/lib/dbus/machine-id",
    "var/lib/cloud/instance",
    "var/lib/cloud/instances",
    "var/lib/cloud/data",
    "var/lib/systemd/random-seed",
    "var/lib/systemd/credential.secret",
];
/// How the names of ssh's host keys begin.
const HOST_KEYS: &str = "etc/ssh/ssh_host_";

impl LinuxImages {
    /// Keeps a disk as the image `name`: its layer `upper` over the layers of the hash `base`. `still` is given the work, and
    /// does it while nobody writes to the disk. An image that has the name already is the answer.
    ///
    /// # Errors
    /// `Refused` where the layers are too many; `NotFound` where `base` is not there; what `still` says.
    pub fn keep(
        &self,
        name: &str,
        base: &str,
        upper: &Path,
        still: impl FnOnce(&mut dyn FnMut() -> Result<(), DriverError>) -> Result<(), DriverError>,
    ) -> Result<ImageState, DriverError> {
        if let Some(kept) = self.find(name) {
            return Ok(kept);
        }
        self.check_depth(base)?;
        let workshop = self.store.workshop().map_err(failed("waiting for the image workshop"))?;
        let root = workshop.folder.join("root");
        still(&mut || copy::tree(upper, &root, &belongs_to_one_machine).map_err(failed("copying the disk")))?;
        let hash = hex::encode(Sha256::digest(name));
        workshop.finish(Stored {
            name: name.to_owned(),
            hash: hash.clone(),
            base: Some(base.to_owned()),
            bytes: 0,
        })?;
        self.store.name(name, &hash).map_err(failed("naming an image"))?;
        self.existing(name)
    }

    fn check_depth(&self, base: &str) -> Result<(), DriverError> {
        let below = self.store.image("", base).ok_or_else(|| DriverError::NotFound {
            what: format!("image {base}"),
        })?;
        if below.layers.len() < DEPTH {
            return Ok(());
        }
        Err(DriverError::Refused {
            reason: format!("an image has at most {DEPTH} layers"),
        })
    }
}

fn belongs_to_one_machine(path: &Path) -> bool {
    NOT_INHERITED.iter().any(|own| path == Path::new(own)) || path.to_string_lossy().starts_with(HOST_KEYS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_makes_a_machine_itself_is_told_from_the_rest() {
        for (path, expected) in [
            ("etc/machine-id", true),
            ("etc/ssh/ssh_host_ed25519_key.pub", true),
            ("etc/ssh/sshd_config", false),
            ("var/lib/cloud/instances", true),
            ("var/lib/cloud/scripts", false),
            ("home/admin/etc/machine-id", false),
        ] {
            assert_eq!(belongs_to_one_machine(Path::new(path)), expected, "{path}");
        }
    }
}
