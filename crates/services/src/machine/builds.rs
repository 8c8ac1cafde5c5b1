//! Images being built: one build a name, whoever waits for it, so that the sandboxes that wait hold up no others.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use tierra_core::DriverError;
use tierra_drivers::image::Images;
use tokio::task::JoinHandle;

/// The builds under way, by image.
#[derive(Default)]
pub(crate) struct Builds(Mutex<BTreeMap<String, JoinHandle<Result<(), DriverError>>>>);

impl Builds {
    /// Begins the build where none is under way. `true` when it is done.
    ///
    /// # Errors
    /// As the build ended; the next call begins another.
    pub(crate) async fn advance(&self, images: &Arc<dyn Images>, name: &str) -> Result<bool, DriverError> {
        match self.finished(images, name) {
            None => Ok(false),
            Some(build) => build
                .await
                .map_err(|panic| DriverError::failed("building an image", panic))?
                .map(|()| true),
        }
    }

    /// The build of this name, taken out where it has ended.
    fn finished(&self, images: &Arc<dyn Images>, name: &str) -> Option<JoinHandle<Result<(), DriverError>>> {
        // Nothing in here panics half-way.
        let mut builds = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if builds.get(name).is_some_and(JoinHandle::is_finished) {
            return builds.remove(name);
        }
        builds.entry(name.to_owned()).or_insert_with(|| {
            let (images, name) = (Arc::clone(images), name.to_owned());
            tokio::spawn(async move { images.ensure(&name).await.map(drop) })
        });
        None
    }
}
