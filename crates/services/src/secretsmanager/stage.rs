//! Which version a stage names, and how stages move. Follows the user guide's page "What's in a Secrets Manager secret?".
//!
//! **Invariant**: a stage names at most one version of a secret.

use std::collections::BTreeSet;

use tierra_core::{Call, Key, Tx};

use super::errors::SecretsError;
use super::limits;
use super::model::{Material, Plain, Secret, SecretVersion};
use tierra_core::Resource;

/// The version that is given where a caller names none.
pub(super) const CURRENT: &str = "AWSCURRENT";
/// The one before it.
pub(super) const PREVIOUS: &str = "AWSPREVIOUS";

/// The version that a caller means.
///
/// # Errors
/// Where there is none, or stage and id do not belong together.
pub(super) fn version(tx: &Tx, secret: &Secret, id: Option<&str>, stage: Option<&str>) -> Result<SecretVersion, SecretsError> {
    let versions = secret.versions(tx);
    if let Some(id) = id {
        let found = versions.into_iter().find(|version| version.id == id);
        let found = found.ok_or_else(|| SecretsError::NoValue {
            what: "VersionId",
            name: id.to_owned(),
        })?;
        let fits = stage.is_none_or(|stage| found.stages.contains(stage));
        return if fits { Ok(found) } else { Err(SecretsError::StageMismatch) };
    }
    let stage = stage.unwrap_or(CURRENT);
    let named = versions.into_iter().find(|version| version.stages.contains(stage));
    named.ok_or_else(|| SecretsError::NoValue {
        what: "staging label",
        name: stage.to_owned(),
    })
}

/// Puts a value as a version of its own and moves the stages to it. The same token and value again change nothing.
///
/// # Errors
/// Where the token belongs to another value.
pub(super) fn put(
    tx: &mut Tx,
    call: &Call,
    secret: &mut Secret,
    token: Option<String>,
    plain: &Plain,
    stages: &[String],
) -> Result<SecretVersion, SecretsError> {
    let id = token.unwrap_or_else(|| call.ids.uuid());
    limits::token(&id)?;
    let owner = secret.seal_owner(&id);
    if let Some(known) = secret.versions(tx).into_iter().find(|version| version.id == id) {
        if known.material.open(tx, &owner)? == *plain {
            return Ok(known);
        }
        let arn = secret.arn().to_string();
        return Err(SecretsError::TokenInUse { token: id, arn });
    }
    tx.save(SecretVersion {
        place: secret.place.clone(),
        secret: secret.name.clone(),
        material: Material::seal(tx, &owner, plain)?,
        id: id.clone(),
        stages: BTreeSet::new(),
        created: call.now,
    });
    for stage in stages {
        shift(tx, secret, stage, Some(&id))?;
    }
    make_room(tx, secret);
    secret.changed = call.now;
    tx.save(secret.clone());
    version(tx, secret, Some(&id), None)
}

/// Moves a stage to a version, or to none. What was current becomes the previous one.
///
/// # Errors
/// Where a version would have too many stages.
pub(super) fn shift(tx: &mut Tx, secret: &Secret, stage: &str, to: Option<&str>) -> Result<(), SecretsError> {
    let mut before = None;
    for mut version in secret.versions(tx) {
        let (has, wants) = (version.stages.contains(stage), to == Some(version.id.as_str()));
        if has && !wants {
            version.stages.remove(stage);
            before = Some(version.id.clone());
        } else if wants && !has {
            version.stages.insert(stage.to_owned());
        } else {
            continue;
        }
        few(&version)?;
        tx.save(version);
    }
    match before {
        Some(before) if stage == CURRENT => shift(tx, secret, PREVIOUS, Some(&before)),
        _ => Ok(()),
    }
}

fn few(version: &SecretVersion) -> Result<(), SecretsError> {
    if version.stages.len() <= limits::STAGES {
        return Ok(());
    }
    let reason = format!("You can have a maximum of {} staging labels attached to a version.", limits::STAGES);
    Err(SecretsError::Limit { reason })
}

/// Lets the oldest versions go that nothing names, where there would be too many.
fn make_room(tx: &mut Tx, secret: &Secret) {
    let versions = secret.versions(tx);
    let surplus = versions.len().saturating_sub(limits::VERSIONS);
    for version in versions.into_iter().filter(|version| version.stages.is_empty()).take(surplus) {
        tx.delete(&Key::<SecretVersion>::new(&secret.place, version.id()));
    }
}
