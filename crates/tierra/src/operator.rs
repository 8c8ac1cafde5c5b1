//! The operator's key: every sandbox of a cloud lets its holder in as root, so that `tierra ssh` needs no key pair.
//!
//! **Invariant**: the private half stays in the data directory, readable by its owner only; a sandbox gets the public half, added to
//! what its root trusts already.

use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use ssh_key::private::Ed25519Keypair;
use ssh_key::{LineEnding, PrivateKey};
use tierra_core::Ids;
use tierra_drivers::DriverError;
use tierra_drivers::compute::{Compute, SandboxFile, SandboxId, SandboxSpec, SandboxState};

use crate::home::write_secret;

/// Where sshd looks for the keys of root.
const TRUSTED: &str = "/root/.ssh/authorized_keys";
const COMMENT: &str = "tierra-operator";

/// The public half of the key in `file`, as `authorized_keys` holds it; the key is made where there is none.
///
/// # Errors
/// Where the file cannot be read or written, or holds no key.
pub fn public_key(file: &Path, ids: &Ids) -> io::Result<String> {
    let key = match fs::read_to_string(file) {
        Ok(text) => PrivateKey::from_openssh(text).map_err(io::Error::other)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => make(file, ids)?,
        Err(error) => return Err(error),
    };
    key.public_key().to_openssh().map_err(io::Error::other)
}

fn make(file: &Path, ids: &Ids) -> io::Result<PrivateKey> {
    let pair = Ed25519Keypair::from_seed(&ids.bytes());
    let key = PrivateKey::new(pair.into(), COMMENT).map_err(io::Error::other)?;
    let text = key.to_openssh(LineEnding::LF).map_err(io::Error::other)?;
    write_secret(file, text.as_bytes())?;
    Ok(key)
}

/// Sandboxes that trust the operator.
pub struct Trusting {
    inner: Arc<dyn Compute>,
    trusted: SandboxFile,
}

impl Trusting {
    /// The sandboxes of `inner`, each of which trusts this public key.
    pub fn new(inner: Arc<dyn Compute>, public_key: &str) -> Self {
        Self {
            inner,
            trusted: SandboxFile {
                path: TRUSTED.to_owned(),
                mode: 0o600,
                content: format!("{public_key}\n").into_bytes(),
                append: true,
            },
        }
    }
}

#[async_trait]
impl Compute for Trusting {
    async fn observe(&self) -> Result<Vec<(SandboxId, SandboxState)>, DriverError> {
        self.inner.observe().await
    }

    async fn ensure(&self, id: &SandboxId, spec: &SandboxSpec) -> Result<SandboxState, DriverError> {
        let mut spec = spec.clone();
        spec.files.push(self.trusted.clone());
        self.inner.ensure(id, &spec).await
    }

    async fn remove(&self, id: &SandboxId) -> Result<(), DriverError> {
        self.inner.remove(id).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_is_made_once_and_its_file_is_private() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().expect("folder");
        let file = folder.path().join("operator-key");
        let made = public_key(&file, &Ids::seeded(7)).expect("made");
        assert!(made.starts_with("ssh-ed25519 ") && made.ends_with(COMMENT), "{made}");
        assert_eq!(made, public_key(&file, &Ids::seeded(8)).expect("read"));
        assert_eq!(fs::metadata(&file).expect("file").permissions().mode() & 0o777, 0o600);
    }
}
