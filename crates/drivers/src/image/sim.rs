//! Images that are only names: the `sim` twin.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;

use super::recipes::RECIPES;
use super::{ImageState, Images, Import, check_name, is_recipe};
use crate::DriverError;

/// How long a build takes on the simulated clock.
const BUILD: Duration = Duration::from_secs(60);

/// The `sim` twin of [`Images`] and [`Import`].
#[derive(Default)]
pub struct SimImages {
    images: Mutex<BTreeMap<String, ImageState>>,
}

impl SimImages {
    /// A machine that has built all its recipes.
    pub fn warm() -> Self {
        let sim = Self::default();
        RECIPES.iter().for_each(|(name, _)| drop(sim.put(name)));
        sim
    }

    /// Whether an image of this name is there.
    pub fn has(&self, name: &str) -> bool {
        self.images().contains_key(name)
    }

    /// Adds an image over another, where there is none of this name yet.
    pub(crate) fn keep(&self, name: &str, base: &str) -> ImageState {
        let kept = self.images().get(name).cloned();
        kept.unwrap_or_else(|| {
            let below = self.images().get(base).map(|base| base.layers.clone()).unwrap_or_default();
            let mut image = self.put(name);
            image.layers.extend(below);
            self.images().insert(name.to_owned(), image.clone());
            image
        })
    }

    fn images(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, ImageState>> {
        self.images.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn put(&self, name: &str) -> ImageState {
        let image = ImageState {
            name: name.to_owned(),
            hash: format!("sim-{name}"),
            layers: vec![format!("/sim/{name}")],
            bytes: 1 << 20,
        };
        self.images().insert(name.to_owned(), image.clone());
        image
    }
}

#[async_trait]
impl Images for SimImages {
    async fn observe(&self) -> Result<Vec<ImageState>, DriverError> {
        Ok(self.images().values().cloned().collect())
    }

    async fn ensure(&self, name: &str) -> Result<ImageState, DriverError> {
        check_name(name)?;
        if let Some(image) = self.images().get(name) {
            return Ok(image.clone());
        }
        if !is_recipe(name) {
            return Err(DriverError::NotFound {
                what: format!("image {name}"),
            });
        }
        tokio::time::sleep(BUILD).await;
        Ok(self.put(name))
    }

    async fn remove(&self, name: &str) -> Result<(), DriverError> {
        check_name(name)?;
        self.images().remove(name);
        Ok(())
    }
}

#[async_trait]
impl Import for SimImages {
    async fn import(&self, name: &str, _source: &Path) -> Result<ImageState, DriverError> {
        check_name(name)?;
        Ok(self.put(name))
    }
}
