//! Where AWS's service differs from AWS's model: `models/errata.toml`, applied when the models are made.

use std::cell::Cell;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use serde_json::Value;

/// One correction.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Erratum {
    service: String,
    /// A JSON pointer to what is corrected; its parent must be there.
    at: String,
    /// The new value; absent to remove what is there.
    value: Option<Value>,
    /// Why, for the reader.
    #[serde(rename = "why")]
    _why: String,
    #[serde(skip)]
    used: Cell<bool>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Errata {
    #[serde(default)]
    erratum: Vec<Erratum>,
}

/// Reads the file.
///
/// # Errors
/// Where it is absent or not as described.
pub fn read(path: &Path) -> Result<Vec<Erratum>> {
    let text = fs::read_to_string(path).with_context(|| path.display().to_string())?;
    Ok(toml::from_str::<Errata>(&text)?.erratum)
}

/// Corrects one service's model.
///
/// # Errors
/// Where a place does not exist.
pub fn apply(errata: &[Erratum], service: &str, model: &mut Value) -> Result<()> {
    for erratum in errata.iter().filter(|erratum| erratum.service == service) {
        erratum.used.set(true);
        let (parent, key) = erratum.at.rsplit_once('/').context("`at` is no JSON pointer")?;
        let place = model.pointer_mut(parent).with_context(|| format!("no {parent}"))?;
        let Value::Object(place) = place else {
            bail!("{parent} is no object")
        };
        match &erratum.value {
            Some(value) => place.insert(key.to_owned(), value.clone()),
            None => place.shift_remove(key),
        };
    }
    Ok(())
}

/// # Errors
/// Where an erratum names a service that is not in the catalogue.
pub fn all_used(errata: &[Erratum]) -> Result<()> {
    match errata.iter().find(|erratum| !erratum.used.get()) {
        Some(erratum) => bail!("an erratum of {}, which is not in the catalogue", erratum.service),
        None => Ok(()),
    }
}
