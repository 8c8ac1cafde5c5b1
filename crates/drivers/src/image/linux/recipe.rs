//! What a recipe says an image is made of.

use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::DriverError;
use crate::image::recipes::RECIPES;

/// Raised when the way from recipe to layer changes, so that old layers are not taken for new ones.
const METHOD: &str = "1";

/// What an image is made of.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Recipe {
    pub name: String,
    #[serde(flatten)]
    pub from: From,
    /// The user who logs in by key and may become root. It replaces that of the base.
    pub user: String,
    /// Debian packages, without what they recommend.
    #[serde(default)]
    pub packages: Vec<String>,
    /// Units that never start.
    #[serde(default)]
    pub mask: Vec<String>,
    /// Units that start at boot.
    #[serde(default)]
    pub enable: Vec<String>,
    /// Files, owned by root.
    #[serde(default)]
    pub files: Vec<RecipeFile>,
    /// Shell lines, run inside last.
    #[serde(default)]
    pub run: Vec<String>,
    /// Hash of this recipe and all below it.
    #[serde(skip)]
    pub hash: String,
}

/// What an image starts from.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum From {
    /// Nothing: a Debian suite is installed.
    Suite(String),
    /// Another recipe's image, as a lower layer.
    Base(String),
}

/// A file of a recipe; a line break at its start is not part of it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RecipeFile {
    pub path: String,
    #[serde(default = "plain_mode")]
    pub mode: u32,
    pub content: String,
}

fn plain_mode() -> u32 {
    0o644
}

impl Recipe {
    /// The recipe of this name.
    ///
    /// # Errors
    /// `NotFound` where there is none.
    pub fn find(name: &str) -> Result<Self, DriverError> {
        let text = RECIPES.iter().find(|recipe| recipe.0 == name).map(|recipe| recipe.1);
        Self::parse(text.ok_or_else(|| DriverError::NotFound {
            what: format!("image {name}"),
        })?)
    }

    fn parse(text: &str) -> Result<Self, DriverError> {
        let mut recipe: Self = toml::from_str(text).map_err(|e| DriverError::Refused { reason: e.to_string() })?;
        let below = match &recipe.from {
            From::Base(base) => Self::find(base)?.hash,
            From::Suite(_) => String::new(),
        };
        recipe.hash = hex::encode(Sha256::digest([METHOD, &below, text].join("\n")));
        Ok(recipe)
    }

    /// The names of all recipes.
    pub fn names() -> impl Iterator<Item = &'static str> {
        RECIPES.iter().map(|recipe| recipe.0)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn every_recipe_can_be_read_and_has_its_own_hash() {
        let mut hashes = std::collections::BTreeSet::new();
        for name in Recipe::names() {
            let recipe = Recipe::find(name).unwrap();
            assert_eq!(recipe.name, name);
            assert!(hashes.insert(recipe.hash));
            assert!(recipe.files.iter().all(|file| file.path.starts_with('/')));
        }
        assert!(matches!(Recipe::find("plan-9"), Err(DriverError::NotFound { .. })));
    }
}
