//! Images that the operator imported into this machine: rows, so that they can be seen without asking the machine.

use serde::{Deserialize, Serialize};
use tierra_core::ids::AwsId;
use tierra_core::{AccountId, Key, Place, Region, Resource, Tx};
use tierra_drivers::image;
use tierra_model::Timestamp;

use super::model::{Image, ImageId};
use crate::ec2::snapshot::SnapshotId;

/// An image that the machine holds and no recipe makes. It is every account's own, in every region: the machine has one operator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ImportedImage {
    cloud: Place,
    name: String,
    seen: Timestamp,
}

impl Resource for ImportedImage {
    const KIND: &'static str = "ec2/imported-image";
    fn place(&self) -> &Place {
        &self.cloud
    }
    fn id(&self) -> String {
        self.name.clone()
    }
}

impl ImportedImage {
    pub(super) fn all(tx: &Tx) -> Vec<Self> {
        tx.list(&cloud())
    }

    pub(super) fn image(self, place: &Place) -> Image {
        Image {
            id: ImageId::of_name(&self.name, &place.region),
            description: format!("Imported: {}", self.name),
            machine_image: self.name.clone(),
            name: self.name,
            owner: place.account.clone(),
            root_device: "/dev/xvda".to_owned(),
            created: self.seen,
            ..Image::default()
        }
    }
}

fn cloud() -> Place {
    Place {
        account: AccountId::default(),
        region: Region::global(),
    }
}

/// Makes the rows follow what the machine holds: what is neither a recipe's nor a snapshot's, of this cloud or of another on the machine. Writes only news; `true` where there was any.
pub fn adopt(tx: &mut Tx, now: Timestamp, machine: &[image::ImageState]) -> bool {
    let known = ImportedImage::all(tx);
    let held: Vec<&str> = machine
        .iter()
        .map(|image| image.name.as_str())
        .filter(|name| !image::is_recipe(name) && !name.starts_with(SnapshotId::PREFIX))
        .collect();
    let gone: Vec<&ImportedImage> = known.iter().filter(|row| !held.contains(&row.name.as_str())).collect();
    let new: Vec<&&str> = held.iter().filter(|name| !known.iter().any(|row| row.name == **name)).collect();
    for row in &gone {
        tx.delete(&Key::<ImportedImage>::new(&row.cloud, &row.name));
    }
    for name in &new {
        tx.save(ImportedImage {
            cloud: cloud(),
            name: (**name).to_string(),
            seen: now,
        });
    }
    !gone.is_empty() || !new.is_empty()
}
