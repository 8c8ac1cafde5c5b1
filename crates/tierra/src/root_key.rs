//! The root user's access key as the tool finds it: a file that only the owner of the data directory can read. The store holds the
//! key itself; while a cloud runs, only that cloud can open the store.

use std::fs;
use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};
use tierra_services::iam::RootKeys;

use crate::home::write_secret;

/// The root user's access key, and whose it is.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RootKey {
    /// The 12-digit account.
    pub account: String,
    /// `AKIA…`
    pub access_key_id: String,
    /// Its secret.
    pub secret_access_key: String,
}

impl RootKey {
    /// Reads the key.
    ///
    /// # Errors
    /// Where there is none, or the file is no key.
    pub fn read(file: &Path) -> io::Result<Self> {
        Ok(serde_json::from_slice(&fs::read(file)?)?)
    }

    /// Writes the key down where the file does not say the same already.
    ///
    /// # Errors
    /// Where the file cannot be written.
    pub fn keep(&self, file: &Path) -> io::Result<()> {
        if Self::read(file).is_ok_and(|kept| kept == *self) {
            return Ok(());
        }
        match fs::remove_file(file) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        write_secret(file, &serde_json::to_vec_pretty(self)?)
    }
}

impl From<RootKeys> for RootKey {
    fn from(keys: RootKeys) -> Self {
        Self {
            account: keys.account.0,
            access_key_id: keys.access_key_id,
            secret_access_key: keys.secret_access_key,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_read_and_a_new_key_replaces_it() {
        let folder = tempfile::tempdir().expect("folder");
        let file = folder.path().join("root-key.json");
        let key = |id: &str| RootKey {
            account: "123456789012".to_owned(),
            access_key_id: id.to_owned(),
            secret_access_key: "secret".to_owned(),
        };
        for id in ["AKIA1", "AKIA1", "AKIA2"] {
            key(id).keep(&file).expect("kept");
            assert!(RootKey::read(&file).expect("read") == key(id));
        }
    }
}
