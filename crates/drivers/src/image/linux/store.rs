//! Where layers lie:
//!
//! ```text
//! DIR/layers/HASH/   root/  image.json      complete from the moment that it has this name
//! DIR/names/NAME     the hash that the name means now
//! DIR/holds/SANDBOX  the hash under that sandbox's disk
//! DIR/work/          what is being made; whoever holds DIR/work.lock owns it
//! ```

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};
use serde::{Deserialize, Serialize};

use crate::DriverError;
use crate::image::ImageState;

/// What is written down of a layer.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Stored {
    pub name: String,
    pub hash: String,
    /// The layer below.
    pub base: Option<String>,
    pub bytes: u64,
}

/// The folder of layers.
#[derive(Debug)]
pub(super) struct Store {
    dir: PathBuf,
}

/// The right to make a layer, one at a time on this machine.
pub(super) struct Workshop<'a> {
    store: &'a Store,
    pub folder: PathBuf,
    _lock: File,
}

impl Store {
    /// Opens it, and clears away what a killed build left.
    pub fn open(dir: &Path) -> io::Result<Self> {
        for folder in ["layers", "names", "holds", "work"] {
            fs::create_dir_all(dir.join(folder))?;
        }
        let store = Self { dir: dir.to_owned() };
        if flock(store.lock_file()?, FlockOperation::NonBlockingLockExclusive).is_ok() {
            store.clear_work()?;
        }
        Ok(store)
    }

    fn lock_file(&self) -> io::Result<File> {
        File::create(self.dir.join("work.lock"))
    }

    fn clear_work(&self) -> io::Result<()> {
        fs::read_dir(self.dir.join("work"))?.try_for_each(|entry| fs::remove_dir_all(entry?.path()))
    }

    /// Waits for its turn, then gives an empty folder to work in.
    pub fn workshop(&self) -> io::Result<Workshop<'_>> {
        let lock = self.lock_file()?;
        flock(&lock, FlockOperation::LockExclusive)?;
        self.clear_work()?;
        let folder = self.dir.join("work/layer");
        fs::create_dir(&folder)?;
        Ok(Workshop {
            store: self,
            folder,
            _lock: lock,
        })
    }

    fn layer(&self, hash: &str) -> PathBuf {
        self.dir.join("layers").join(hash)
    }

    /// What is known of a layer, if it is complete.
    pub fn stored(&self, hash: &str) -> Option<Stored> {
        serde_json::from_slice(&fs::read(self.layer(hash).join("image.json")).ok()?).ok()
    }

    /// The hash that a name means.
    pub fn named(&self, name: &str) -> Option<String> {
        fs::read_to_string(self.dir.join("names").join(name)).ok()
    }

    /// Gives a name to a layer, or gives it another one.
    pub fn name(&self, name: &str, hash: &str) -> io::Result<()> {
        self.write("names", name, hash)
    }

    /// Notes that a sandbox's disk lies on a layer.
    pub fn hold(&self, sandbox: &str, hash: &str) -> io::Result<()> {
        self.write("holds", sandbox, hash)
    }

    /// Forgets it.
    pub fn release(&self, sandbox: &str) -> io::Result<()> {
        absent_is_fine(fs::remove_file(self.dir.join("holds").join(sandbox)))
    }

    fn write(&self, folder: &str, name: &str, hash: &str) -> io::Result<()> {
        let temporary = self.dir.join(format!("{folder}.{name}.new"));
        fs::write(&temporary, hash)?;
        fs::rename(temporary, self.dir.join(folder).join(name))
    }

    /// All names.
    pub fn names(&self) -> io::Result<Vec<String>> {
        let mut names: Vec<_> = fs::read_dir(self.dir.join("names"))?
            .filter_map(|e| e.ok()?.file_name().into_string().ok())
            .collect();
        names.sort();
        Ok(names)
    }

    /// The image of a layer: itself and all below it. Nothing where one is missing.
    pub fn image(&self, name: &str, hash: &str) -> Option<ImageState> {
        let top = self.stored(hash)?;
        let mut layers = vec![self.layer_path(hash)];
        let mut below = top.base.clone();
        while let Some(hash) = below {
            layers.push(self.layer_path(&hash));
            below = self.stored(&hash)?.base;
        }
        Some(ImageState {
            name: name.to_owned(),
            hash: hash.to_owned(),
            layers,
            bytes: top.bytes,
        })
    }

    fn layer_path(&self, hash: &str) -> String {
        self.layer(hash).join("root").to_string_lossy().into_owned()
    }

    /// Who uses a layer: a sandbox or a layer on it.
    pub fn user_of(&self, hash: &str) -> io::Result<Option<String>> {
        for entry in fs::read_dir(self.dir.join("holds"))? {
            let entry = entry?;
            if fs::read_to_string(entry.path()).is_ok_and(|held| held == hash) {
                return Ok(Some(entry.file_name().to_string_lossy().into_owned()));
            }
        }
        let layers = fs::read_dir(self.dir.join("layers"))?;
        let mut stored = layers.filter_map(|entry| self.stored(entry.ok()?.file_name().to_str()?));
        Ok(stored
            .find(|layer| layer.base.as_deref() == Some(hash))
            .map(|layer| format!("image {}", layer.name)))
    }

    /// Takes a name away, and its layer where no other name means it.
    pub fn remove(&self, name: &str, hash: &str) -> io::Result<()> {
        absent_is_fine(fs::remove_file(self.dir.join("names").join(name)))?;
        if self.names()?.iter().any(|other| self.named(other).as_deref() == Some(hash)) {
            return Ok(());
        }
        let workshop = self.workshop()?;
        // Out of sight in one step, then deleted at leisure.
        absent_is_fine(fs::rename(self.layer(hash), workshop.folder.join("removed")))?;
        self.clear_work()
    }
}

impl Workshop<'_> {
    /// Makes what was built, the folder `root` in the workshop, a layer of the store.
    pub fn finish(self, mut stored: Stored) -> Result<Stored, DriverError> {
        let failed = |error: io::Error| DriverError::failed("storing an image", error);
        stored.bytes = size_of_tree(&self.folder.join("root")).map_err(failed)?;
        let done = self.folder.with_file_name("done");
        fs::create_dir(&done).map_err(failed)?;
        fs::rename(self.folder.join("root"), done.join("root")).map_err(failed)?;
        fs::write(
            done.join("image.json"),
            serde_json::to_vec(&stored).map_err(io::Error::from).map_err(failed)?,
        )
        .map_err(failed)?;
        // dpkg was told not to wait for the disk; the layer's name may not be there before its content.
        rustix::fs::syncfs(File::open(&done).map_err(failed)?).map_err(|e| failed(e.into()))?;
        match fs::rename(&done, self.store.layer(&stored.hash)) {
            Err(error) if self.store.stored(&stored.hash).is_none() => return Err(failed(error)),
            _ => {}
        }
        self.store.clear_work().map_err(failed)?;
        Ok(stored)
    }
}

fn absent_is_fine(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Bytes of the blocks that a tree takes.
fn size_of_tree(path: &Path) -> io::Result<u64> {
    use std::os::unix::fs::MetadataExt;
    let metadata = fs::symlink_metadata(path)?;
    let own = metadata.blocks() * 512;
    if !metadata.is_dir() {
        return Ok(own);
    }
    fs::read_dir(path)?.try_fold(own, |sum, entry| Ok(sum + size_of_tree(&entry?.path())?))
}
