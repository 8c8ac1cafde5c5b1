//! Long-lived access keys of users and of the root user.

use serde::{Deserialize, Serialize};
use tierra_core::{Place, Resource};
use tierra_model::Timestamp;

use crate::iam::seal::Sealed;

/// An access key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AccessKey {
    /// The account's global place.
    pub place: Place,
    /// `AKIA…`
    pub id: String,
    /// The user's name; `None` for the root user.
    pub user: Option<String>,
    /// The secret, 40 characters, sealed for [`AccessKey::id`].
    pub secret: Sealed,
    /// Whether it opens anything.
    pub active: bool,
    /// When it was made.
    pub created: Timestamp,
}

impl Resource for AccessKey {
    const KIND: &'static str = "iam/access-key";
    fn place(&self) -> &Place {
        &self.place
    }
    fn id(&self) -> String {
        self.id.clone()
    }
    fn indexes(&self) -> Vec<(&'static str, String)> {
        self.user.iter().map(|user| ("user", user.to_ascii_lowercase())).collect()
    }
}
