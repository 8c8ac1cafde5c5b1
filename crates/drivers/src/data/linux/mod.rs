//! Data folders on Linux: `STATE/data/ID`. A copy is by reflink where the file system can, so that it takes no room and next to
//! no time; else its bytes are copied ([`pool`] sees to it that it can).
//!
//! **Invariant**: a folder that has its name is complete. What is half-made lies in `STATE/data/.work`, and is cleared away by
//! the next work of its name or the next start.

mod pool;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;

use self::pool::Pool;
pub use self::pool::shares_blocks;
use super::{Data, DataId, Origin};
use crate::DriverError;
use crate::compute::check_id;
use crate::compute::linux::{LinuxCompute, data_folder, names_in};
use crate::image::linux::{LinuxImages, copy};

/// Where folders are made.
const WORK: &str = ".work";
/// The mode of a new folder: what is in it concerns its owner alone.
const MODE: u32 = 0o700;

/// The `linux` twin of [`Data`].
#[derive(Clone)]
pub struct LinuxData {
    folder: PathBuf,
    /// Whether it is known what lies below the folders.
    settled: Arc<Mutex<bool>>,
    images: Arc<LinuxImages>,
    compute: Arc<LinuxCompute>,
}

impl LinuxData {
    /// The data folders that sandboxes of `compute` can have.
    ///
    /// # Errors
    /// `Failed` where their folder cannot be made, or the pool that it has cannot be mounted.
    pub fn new(compute: Arc<LinuxCompute>, images: Arc<LinuxImages>) -> Result<Self, DriverError> {
        let folder = compute.data_folder();
        fs::create_dir_all(&folder).map_err(failed("making the data folder"))?;
        Pool::below(&folder).open()?;
        forget(&folder.join(WORK)).map_err(failed("clearing half-made data"))?;
        fs::create_dir_all(folder.join(WORK)).map_err(failed("making the data folder"))?;
        Ok(Self {
            folder,
            settled: Arc::default(),
            images,
            compute,
        })
    }

    /// Before the first data folder comes, what lies below it is settled.
    fn settle(&self) -> Result<(), DriverError> {
        let mut settled = self.settled.lock().unwrap_or_else(PoisonError::into_inner);
        if !*settled && self.list()?.is_empty() {
            Pool::below(&self.folder).make();
            fs::create_dir_all(self.folder.join(WORK)).map_err(failed("making the data folder"))?;
        }
        *settled = true;
        Ok(())
    }

    async fn work<T: Send + 'static>(&self, work: impl FnOnce(&Self) -> Result<T, DriverError> + Send + 'static) -> Result<T, DriverError> {
        let own = self.clone();
        let done = tokio::task::spawn_blocking(move || work(&own)).await;
        done.unwrap_or_else(|panic| Err(DriverError::failed("data driver", panic)))
    }

    fn make(&self, id: &str, origin: &Origin) -> Result<(), DriverError> {
        let place = self.folder.join(id);
        if !place.exists() {
            self.settle()?;
            let half = self.folder.join(WORK).join(id);
            forget(&half).map_err(failed("clearing half-made data"))?;
            self.fill(&half, origin)?;
            fs::rename(&half, &place).map_err(failed("naming a data folder"))?;
            sync(&self.folder).map_err(failed("writing a data folder"))?;
        }
        Ok(())
    }

    fn fill(&self, half: &Path, origin: &Origin) -> Result<(), DriverError> {
        let from = match origin {
            Origin::Empty => return empty(half).map_err(failed("making a data folder")),
            Origin::Image { image, path } => self.in_image(image, path)?,
            Origin::Data { id, .. } => self.folder.join(id),
        };
        if !from.is_dir() {
            return Err(DriverError::NotFound {
                what: format!("{origin:?}"),
            });
        }
        let mut copy = || copy::tree(&from, half, &|_| false).map_err(failed("copying data"));
        match origin {
            Origin::Data { writer: Some(writer), .. } => self.compute.while_frozen(writer, &mut copy),
            _ => copy(),
        }
    }

    /// The folder on disk that is at this path of an image.
    fn in_image(&self, image: &str, path: &str) -> Result<PathBuf, DriverError> {
        let below = path.trim_start_matches('/');
        let layers = self.images.layers(image)?;
        let found = layers.iter().map(|layer| layer.join(below)).find(|folder| folder.is_dir());
        found.ok_or_else(|| DriverError::NotFound {
            what: format!("{path} of image {image}"),
        })
    }

    fn list(&self) -> Result<Vec<DataId>, DriverError> {
        names_in(&self.folder).map_err(failed("listing data folders"))
    }

    /// The name goes first, in one step: what is cut short afterwards is half-made.
    fn delete(&self, id: &str) -> Result<(), DriverError> {
        let half = self.folder.join(WORK).join(id);
        forget(&half).map_err(failed("clearing half-made data"))?;
        match fs::rename(self.folder.join(id), &half) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            other => other.and_then(|()| forget(&half)).map_err(failed("deleting data")),
        }
    }
}

#[async_trait]
impl Data for LinuxData {
    async fn observe(&self) -> Result<Vec<DataId>, DriverError> {
        self.work(Self::list).await
    }

    async fn ensure(&self, id: &DataId, origin: &Origin) -> Result<(), DriverError> {
        check_id(id)?;
        if let Origin::Data { id, .. } = origin {
            check_id(id)?;
        }
        let (id, origin) = (id.clone(), origin.clone());
        self.work(move |own| own.make(&id, &origin)).await
    }

    async fn remove(&self, id: &DataId) -> Result<(), DriverError> {
        check_id(id)?;
        let id = id.clone();
        self.work(move |own| own.delete(&id)).await
    }
}

/// Puts away what lies below the data folders of the compute driver in `state_dir`, when nothing runs any more.
///
/// # Errors
/// Where it is still in use.
pub fn put_away(state_dir: &Path) -> io::Result<()> {
    Pool::below(&data_folder(state_dir)).close()
}

fn empty(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new().mode(MODE).create(folder)
}

fn forget(folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn sync(folder: &Path) -> io::Result<()> {
    fs::File::open(folder)?.sync_all()
}

fn failed(context: &'static str) -> impl Fn(io::Error) -> DriverError {
    move |error| DriverError::failed(context, error)
}
