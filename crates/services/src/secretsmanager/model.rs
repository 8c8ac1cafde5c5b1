//! Secrets and their versions.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use tierra_core::{Arn, Call, Key, Place, Resource, Tags, Tx};
use tierra_model::Timestamp;
use tierra_model::shape::Blob;

use super::errors::SecretsError;
use crate::iam::bootstrap;
use crate::iam::seal::Sealed;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// Characters that follow a secret's name in its ARN, so that a secret that was made anew is another one.
pub(super) const SUFFIX: usize = 6;

/// A secret.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Secret {
    /// Account and region.
    pub place: Place,
    /// Its name.
    pub name: String,
    /// The end of its ARN.
    pub suffix: String,
    /// What it is for.
    pub description: Option<String>,
    /// The key that its creator named.
    pub kms_key: Option<String>,
    /// The service that keeps it for itself: `rds`.
    pub owner: Option<String>,
    /// The database that a template has attached it to.
    #[serde(default)]
    pub attached: Option<String>,
    /// Its tags.
    pub tags: Tags,
    /// Its own policy.
    pub policy: Option<String>,
    /// When it was made.
    pub created: Timestamp,
    /// When it was changed.
    pub changed: Timestamp,
    /// Where it is to be deleted.
    pub deletion: Option<Deletion>,
}

/// A secret's end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deletion {
    /// When it was asked for.
    pub asked: Timestamp,
    /// When it happens.
    pub due: Timestamp,
}

/// One version of a secret.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SecretVersion {
    /// Account and region.
    pub place: Place,
    /// The secret's name.
    pub secret: String,
    /// Its id: the token with which it was put.
    pub id: String,
    /// The value.
    pub material: Material,
    /// What names it: `AWSCURRENT`, …
    pub stages: BTreeSet<String>,
    /// When it was put.
    pub created: Timestamp,
}

/// A value as it lies in its row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Material {
    /// A `SecretString`.
    Text(Sealed),
    /// A `SecretBinary`, in base64.
    Bytes(Sealed),
}

/// A value as a caller gives and gets it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Plain {
    /// A `SecretString`.
    Text(String),
    /// A `SecretBinary`.
    Bytes(Blob),
}

impl Material {
    /// Seals a value for `owner`.
    pub(super) fn seal(tx: &Tx, owner: &str, plain: &Plain) -> Result<Self, SecretsError> {
        let key = bootstrap::cloud(tx).ok_or(SecretsError::Decryption)?.key;
        Ok(match plain {
            Plain::Text(text) => Self::Text(key.seal(owner, text)),
            Plain::Bytes(bytes) => Self::Bytes(key.seal(owner, &STANDARD.encode(&bytes.0))),
        })
    }

    /// Opens it.
    pub(super) fn open(&self, tx: &Tx, owner: &str) -> Result<Plain, SecretsError> {
        let key = bootstrap::cloud(tx).ok_or(SecretsError::Decryption)?.key;
        let (Self::Text(sealed) | Self::Bytes(sealed)) = self;
        let text = key.open(owner, &sealed.0).ok_or(SecretsError::Decryption)?;
        if matches!(self, Self::Text(_)) {
            return Ok(Plain::Text(text));
        }
        let bytes = STANDARD.decode(text).map_err(|_| SecretsError::Decryption)?;
        Ok(Plain::Bytes(Blob(bytes)))
    }
}

impl Secret {
    /// Its ARN.
    pub fn arn(&self) -> Arn {
        Arn::regional("secretsmanager", &self.place, format!("secret:{}-{}", self.name, self.suffix))
    }

    /// The secret that a caller names: by name, ARN, or an ARN without its last characters.
    ///
    /// # Errors
    /// `ResourceNotFoundException`.
    pub fn find(tx: &Tx, place: &Place, id: &str) -> Result<Self, SecretsError> {
        named(tx, place, id).ok_or(SecretsError::NotFound)
    }

    /// As [`Secret::find`], where it is not about to be deleted.
    ///
    /// # Errors
    /// As there, or that it was marked for deletion.
    pub fn live(tx: &Tx, place: &Place, id: &str) -> Result<Self, SecretsError> {
        let secret = Self::find(tx, place, id)?;
        if secret.deletion.is_some() {
            return Err(SecretsError::Leaving);
        }
        Ok(secret)
    }

    /// Its versions, the oldest first.
    pub fn versions(&self, tx: &Tx) -> Vec<SecretVersion> {
        let mut versions: Vec<SecretVersion> = tx.by_index(&self.place, "secret", &self.name);
        versions.sort_by(|a, b| (a.created, &a.id).cmp(&(b.created, &b.id)));
        versions
    }

    /// Whom a version's value is sealed for.
    pub(super) fn seal_owner(&self, version: &str) -> String {
        format!("{} {version}", self.arn())
    }

    /// Deletes it with everything that it holds.
    pub(super) fn purge(&self, tx: &mut Tx) {
        for version in self.versions(tx) {
            tx.delete(&Key::<SecretVersion>::new(&self.place, version.id()));
        }
        tx.delete(&Key::<Self>::new(&self.place, &self.name));
    }
}

fn named(tx: &Tx, place: &Place, id: &str) -> Option<Secret> {
    let Ok(arn) = id.parse::<Arn>() else {
        return tx.find(place, id);
    };
    let of = Place {
        account: arn.account.clone(),
        region: arn.region.clone(),
    };
    let rest = arn.resource.strip_prefix("secret:")?;
    let whole = rest.rsplit_once('-').filter(|(_, suffix)| suffix.len() == SUFFIX);
    let exact = whole.and_then(|(name, suffix)| tx.find::<Secret>(&of, name).filter(|secret| secret.suffix == suffix));
    exact.or_else(|| tx.find(&of, rest))
}

/// The ARN that IAM decides on for a secret as callers name it, whether it is there or not.
pub(super) fn arn(tx: &Tx, call: &Call, id: &str) -> Vec<Arn> {
    let missing = || {
        id.parse()
            .unwrap_or_else(|_| Arn::regional("secretsmanager", &call.place, format!("secret:{id}")))
    };
    vec![named(tx, &call.place, id).map_or_else(missing, |secret| secret.arn())]
}

impl Resource for Secret {
    const KIND: &'static str = "secretsmanager/secret";
    fn place(&self) -> &Place {
        &self.place
    }
    fn id(&self) -> String {
        self.name.clone()
    }
}

impl Resource for SecretVersion {
    const KIND: &'static str = "secretsmanager/version";
    fn place(&self) -> &Place {
        &self.place
    }
    /// No name holds a space.
    fn id(&self) -> String {
        format!("{} {}", self.secret, self.id)
    }
    fn indexes(&self) -> Vec<(&'static str, String)> {
        vec![("secret", self.secret.clone())]
    }
}
