//! A key pair as the store keeps it: its public half.

use serde::{Deserialize, Serialize};
use tierra_core::{Place, Resource, Tx, id_type};
use tierra_model::{Timestamp, text_enum};

use super::errors::KeyPairError;

id_type!(/// `key-0123…`
    KeyPairId, "key-");

text_enum! {
    /// The kinds of keys that EC2 knows.
    pub enum KeyType {
        Rsa = "rsa",
        Ed25519 = "ed25519",
    }
}

text_enum! {
    /// How the private key is told.
    pub enum KeyFormat {
        Pem = "pem",
    }
}

/// A public key with a name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyPair {
    pub place: Place,
    pub id: KeyPairId,
    pub name: String,
    pub kind: KeyType,
    /// One line, as `authorized_keys` takes it, the key's name as its comment.
    pub public_key: String,
    pub fingerprint: String,
    pub created: Timestamp,
}

impl KeyPair {
    /// The key pair of this name.
    ///
    /// # Errors
    /// Where there is none.
    pub fn named(tx: &Tx, place: &Place, name: &str) -> Result<Self, KeyPairError> {
        tx.find(place, name).ok_or_else(|| KeyPairError::NotFound { key: name.to_owned() })
    }

    /// The key pair of this id.
    ///
    /// # Errors
    /// Where there is none.
    pub fn by_id(tx: &Tx, place: &Place, id: &str) -> Result<Self, KeyPairError> {
        let found = tx.by_index(place, "id", id).pop();
        found.ok_or_else(|| KeyPairError::NotFound { key: id.to_owned() })
    }
}

impl Resource for KeyPair {
    const KIND: &'static str = "ec2/key-pair";
    fn place(&self) -> &Place {
        &self.place
    }
    fn id(&self) -> String {
        self.name.clone()
    }
    fn indexes(&self) -> Vec<(&'static str, String)> {
        vec![("id", self.id.to_string())]
    }
}
