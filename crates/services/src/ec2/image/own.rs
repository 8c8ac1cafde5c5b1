//! Images that accounts made: of an instance, of a snapshot, of another image.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use tierra_core::{Place, Resource, Tx};
use tierra_model::Timestamp;

use super::errors::ImageError;
use super::model::{Image, ImageId, ImageState, RootVolume};
use crate::ec2::snapshot::{Snapshot, SnapshotId, SnapshotState};

/// An image that somebody made. What is on its disk is its snapshot's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnImage {
    pub place: Place,
    pub id: ImageId,
    pub name: String,
    pub description: String,
    pub root_device: String,
    pub root: RootVolume,
    pub snapshot: SnapshotId,
    pub created: Timestamp,
    /// Whether every account may launch it.
    pub public: bool,
    /// The accounts that may, beside its owner.
    pub users: BTreeSet<String>,
    pub source_instance: Option<String>,
    pub source_image: Option<SourceImage>,
    /// What its caller said, so that a copy that is tried again makes no second one.
    pub client_token: Option<String>,
}

/// What a copy was made of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceImage {
    pub id: String,
    pub region: String,
}

impl OwnImage {
    /// The image of this id, which must be the account's own.
    ///
    /// # Errors
    /// Where there is none, no image can have the id, or it is another's.
    pub fn find(tx: &Tx, place: &Place, id: &str) -> Result<Self, ImageError> {
        Image::find(tx, place, id)?;
        tx.find(place, id).ok_or_else(|| ImageError::NotOwner { id: id.to_owned() })
    }

    /// The images that are made of a snapshot.
    pub fn of_snapshot(tx: &Tx, place: &Place, snapshot: &SnapshotId) -> Vec<Self> {
        tx.by_index(place, "snapshot", snapshot.as_str())
    }

    /// Those that can be seen in a place: its own, and what others let it launch.
    pub(super) fn visible(tx: &Tx, place: &Place) -> Vec<Image> {
        let all = tx.all::<Self>().into_iter();
        let here = all.filter(|image| image.place.region == place.region);
        let seen = here.filter(|image| image.place.account == place.account || image.public || image.users.contains(&place.account.0));
        seen.map(|image| image.image(tx)).collect()
    }

    fn image(self, tx: &Tx) -> Image {
        let snapshot: Option<Snapshot> = tx.find(&self.place, &self.snapshot);
        let state = match snapshot.as_ref().map(Snapshot::state) {
            Some(SnapshotState::Completed) => ImageState::Available,
            Some(SnapshotState::Pending) => ImageState::Pending,
            Some(SnapshotState::Error) | None => ImageState::Failed,
        };
        Image {
            id: self.id,
            name: self.name,
            description: self.description,
            failure: snapshot.as_ref().and_then(|snapshot| snapshot.status.failure.clone()),
            machine_image: snapshot.map(|snapshot| snapshot.spec.content).unwrap_or_default(),
            owner: self.place.account,
            owner_alias: None,
            public: self.public,
            users: self.users,
            state,
            root_device: self.root_device,
            root: self.root,
            snapshot: Some(self.snapshot),
            created: self.created,
            source_instance: self.source_instance,
            source_image: self.source_image,
        }
    }
}

impl Resource for OwnImage {
    const KIND: &'static str = "ec2/image";
    fn place(&self) -> &Place {
        &self.place
    }
    fn id(&self) -> String {
        self.id.to_string()
    }
    fn indexes(&self) -> Vec<(&'static str, String)> {
        let mut indexes = vec![("name", self.name.clone()), ("snapshot", self.snapshot.to_string())];
        indexes.extend(self.client_token.iter().map(|token| ("token", token.clone())));
        indexes
    }
}
