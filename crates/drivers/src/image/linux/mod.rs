//! Images on Linux: layers in a folder, built from recipes by mmdebstrap or imported from archives.
//!
//! **Invariant**: a layer that has a name is complete and never changes. What is half-made has no name, and is cleared
//! away by the next build or start.

mod build;
pub(crate) mod copy;
mod import;
mod keep;
mod recipe;
mod sources;
mod store;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;

use self::recipe::{From, Recipe};
use self::store::{Store, Stored};
use super::{ImageState, Images, Import, Progress, check_name};
use crate::DriverError;

/// The `linux` twin of [`Images`] and [`Import`].
#[derive(Clone)]
pub struct LinuxImages {
    store: Arc<Store>,
    progress: Arc<dyn Progress>,
}

impl LinuxImages {
    /// The images kept in `dir`. `progress` is told what a build does.
    ///
    /// # Errors
    /// `Failed` where the folder cannot be made.
    pub fn new(dir: &Path, progress: Arc<dyn Progress>) -> Result<Self, DriverError> {
        // The layers' paths are told to processes that live elsewhere.
        let dir = std::path::absolute(dir).map_err(failed("finding the images"))?;
        let store = Arc::new(Store::open(&dir).map_err(failed("opening the images"))?);
        Ok(Self { store, progress })
    }

    /// The same images, with somebody else told of the progress.
    pub fn with_progress(&self, progress: Arc<dyn Progress>) -> Self {
        Self {
            store: Arc::clone(&self.store),
            progress,
        }
    }

    /// The names that [`Images::ensure`] can build.
    pub fn recipes() -> impl Iterator<Item = &'static str> {
        Recipe::names()
    }

    /// The image of this name, if it is there; it stays until [`LinuxImages::release`], whatever its name comes to mean.
    ///
    /// # Errors
    /// `NotFound` where it is not.
    pub fn hold(&self, name: &str, sandbox: &str) -> Result<ImageState, DriverError> {
        let image = self.find(name).ok_or_else(|| DriverError::NotFound {
            what: format!("image {name}"),
        })?;
        self.store.hold(sandbox, &image.hash).map_err(failed("holding an image"))?;
        Ok(image)
    }

    /// Ends what [`LinuxImages::hold`] began.
    ///
    /// # Errors
    /// `Failed` where the note cannot be deleted.
    pub fn release(&self, sandbox: &str) -> Result<(), DriverError> {
        self.store.release(sandbox).map_err(failed("releasing an image"))
    }

    /// The layers of the image of this name, uppermost first.
    pub(crate) fn layers(&self, name: &str) -> Result<Vec<PathBuf>, DriverError> {
        let image = self.find(name).ok_or_else(|| DriverError::NotFound {
            what: format!("image {name}"),
        })?;
        Ok(image.layers.into_iter().map(PathBuf::from).collect())
    }

    fn find(&self, name: &str) -> Option<ImageState> {
        self.store.image(name, &self.store.named(name)?)
    }

    fn ensure_blocking(&self, name: &str) -> Result<ImageState, DriverError> {
        match Recipe::find(name) {
            Ok(recipe) => {
                self.ensure_layer(&recipe)?;
                self.store.name(name, &recipe.hash).map_err(failed("naming an image"))?;
                self.existing(name)
            }
            Err(unknown) => self.find(name).ok_or(unknown),
        }
    }

    fn existing(&self, name: &str) -> Result<ImageState, DriverError> {
        self.find(name).ok_or_else(|| DriverError::NotFound {
            what: format!("image {name}"),
        })
    }

    fn ensure_layer(&self, recipe: &Recipe) -> Result<(), DriverError> {
        let base = match &recipe.from {
            From::Base(base) => Some(self.ensure_blocking(base)?),
            From::Suite(_) => None,
        };
        if self.store.stored(&recipe.hash).is_some() {
            return Ok(());
        }
        let workshop = self.store.workshop().map_err(failed("waiting for the image workshop"))?;
        if self.store.stored(&recipe.hash).is_some() {
            return Ok(());
        }
        let lower: Vec<PathBuf> = base.iter().flat_map(|base| base.layers.iter().map(PathBuf::from)).collect();
        self.progress.step(&format!("Building the image {}", recipe.name));
        build::build(recipe, &lower, &workshop.folder, self.progress.as_ref())?;
        let stored = Stored {
            name: recipe.name.clone(),
            hash: recipe.hash.clone(),
            base: base.map(|base| base.hash),
            bytes: 0,
        };
        workshop.finish(stored).map(drop)
    }

    fn import_blocking(&self, name: &str, source: &Path) -> Result<ImageState, DriverError> {
        self.progress.step(&format!("Importing {}", source.display()));
        let workshop = self.store.workshop().map_err(failed("waiting for the image workshop"))?;
        let root = workshop.folder.join("root");
        std::fs::create_dir(&root).map_err(failed("importing"))?;
        let hash = import::import(source, &root, self.progress.as_ref())?;
        workshop.finish(Stored {
            name: name.to_owned(),
            hash: hash.clone(),
            base: None,
            bytes: 0,
        })?;
        self.store.name(name, &hash).map_err(failed("naming an image"))?;
        self.existing(name)
    }

    fn remove_blocking(&self, name: &str) -> Result<(), DriverError> {
        let Some(hash) = self.store.named(name) else { return Ok(()) };
        if let Some(user) = self.store.user_of(&hash).map_err(failed("looking for users"))? {
            return Err(DriverError::Refused {
                reason: format!("image {name} is in use by {user}"),
            });
        }
        self.store.remove(name, &hash).map_err(failed("removing an image"))
    }

    async fn work<T: Send + 'static>(&self, work: impl FnOnce(&Self) -> Result<T, DriverError> + Send + 'static) -> Result<T, DriverError> {
        let this = self.clone();
        let done = tokio::task::spawn_blocking(move || work(&this)).await;
        done.unwrap_or_else(|panic| Err(DriverError::failed("image driver", panic)))
    }
}

#[async_trait]
impl Images for LinuxImages {
    async fn observe(&self) -> Result<Vec<ImageState>, DriverError> {
        let names = |this: &Self| this.store.names().map_err(failed("listing images"));
        self.work(move |this| Ok(names(this)?.iter().filter_map(|name| this.find(name)).collect()))
            .await
    }

    async fn ensure(&self, name: &str) -> Result<ImageState, DriverError> {
        check_name(name)?;
        let name = name.to_owned();
        self.work(move |this| this.ensure_blocking(&name)).await
    }

    async fn remove(&self, name: &str) -> Result<(), DriverError> {
        check_name(name)?;
        let name = name.to_owned();
        self.work(move |this| this.remove_blocking(&name)).await
    }
}

#[async_trait]
impl Import for LinuxImages {
    async fn import(&self, name: &str, source: &Path) -> Result<ImageState, DriverError> {
        check_name(name)?;
        let (name, source) = (name.to_owned(), source.to_owned());
        self.work(move |this| this.import_blocking(&name, &source)).await
    }
}

fn failed(context: &'static str) -> impl Fn(io::Error) -> DriverError {
    move |error| DriverError::failed(context, error)
}
