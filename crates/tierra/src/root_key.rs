//! The account and its root user's access key: made at the first start, kept in a file that only the owner can read.

use std::fs;
use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};
use tierra_core::Ids;

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
    /// Reads the key, made where there is none.
    ///
    /// # Errors
    /// Where the file cannot be read or written, or is no key.
    pub fn open(file: &Path, ids: &Ids) -> io::Result<Self> {
        match Self::read(file) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let new = Self::new(ids);
                write_secret(file, &serde_json::to_vec_pretty(&new)?)?;
                Ok(new)
            }
            read => read,
        }
    }

    /// Reads the key.
    ///
    /// # Errors
    /// Where there is none, or the file is no key.
    pub fn read(file: &Path) -> io::Result<Self> {
        Ok(serde_json::from_slice(&fs::read(file)?)?)
    }

    fn new(ids: &Ids) -> Self {
        // AWS's account ids have twelve digits; a leading zero is lost by tools that take them for numbers.
        const FIRST: u64 = 100_000_000_000;
        Self {
            account: (FIRST + ids.below(9 * FIRST)).to_string(),
            access_key_id: format!("AKIA{}", ids.upper(16)),
            secret_access_key: ids.alnum(40),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_is_made_once() {
        let folder = tempfile::tempdir().expect("folder");
        let file = folder.path().join("root-key.json");
        let ids = Ids::seeded(1);
        let made = RootKey::open(&file, &ids).expect("made");
        assert!(made == RootKey::open(&file, &ids).expect("read"));
        assert_eq!(
            (made.account.len(), made.access_key_id.len(), made.secret_access_key.len()),
            (12, 20, 40)
        );
    }
}
