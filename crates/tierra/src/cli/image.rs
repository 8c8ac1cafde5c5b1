//! `tierra image`: the base images that instances boot. They belong to the machine, not to one cloud.

use std::path::PathBuf;
use std::sync::Arc;

use clap::{Args, Subcommand};
use tierra_drivers::image::linux::LinuxImages;
use tierra_drivers::image::{ImageState, Images, Import, Progress};

use super::ps::table;
use super::{Context, block_on, code, say};
use crate::home::image_folder;

/// List, build, import or remove base images
#[derive(Debug, Args)]
pub struct Image {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// List the images that are there
    Ls,
    /// Build an image from its recipe, unless it is there
    Build {
        /// The recipe: debian-12, …
        name: String,
    },
    /// Make an image of a root filesystem (tar, plain or compressed) or of an OCI layout
    Import {
        /// What it is to be called
        name: String,
        /// The archive or folder
        source: PathBuf,
    },
    /// Remove an image that no instance uses, and list the others
    Rm {
        /// The image
        name: String,
    },
}

/// Says each step of a long work.
struct Spoken;

impl Progress for Spoken {
    fn step(&self, step: &str) {
        say::note(step);
    }
}

impl Image {
    /// Does it.
    pub fn run(self, context: &Context) -> anyhow::Result<u8> {
        let images = LinuxImages::new(&image_folder(), Arc::new(Spoken))?;
        let shown = block_on(async {
            Ok(match &self.verb {
                Verb::Ls => images.observe().await?,
                Verb::Build { name } => vec![images.ensure(name).await?],
                Verb::Import { name, source } => vec![images.import(name, source).await?],
                Verb::Rm { name } => {
                    images.remove(name).await?;
                    images.observe().await?
                }
            })
        })?;
        show(context, &shown)
    }
}

fn show(context: &Context, images: &[ImageState]) -> anyhow::Result<u8> {
    if context.json {
        say::json(&images)?;
    } else if images.is_empty() {
        say::note("There is no image; an instance's first start builds what it needs.");
    } else {
        let size = |bytes: u64| format!("{} MiB", bytes >> 20);
        let rows = images
            .iter()
            .map(|image| vec![image.name.clone(), image.hash.chars().take(12).collect(), size(image.bytes)]);
        say::line(table(&["IMAGE", "HASH", "SIZE"], rows));
    }
    Ok(code::OK)
}
