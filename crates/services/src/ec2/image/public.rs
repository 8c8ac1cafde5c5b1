//! The public images: names and owners that templates look for, and the recipe behind each.

use tierra_core::{AccountId, Region};
use tierra_model::Timestamp;

use super::model::{Image, ImageId};

/// A recipe of this machine.
pub(super) const AMAZON_LINUX: &str = "amazon-linux-2023";
/// A recipe of this machine.
pub(super) const DEBIAN: &str = "debian-12";
/// A recipe of this machine.
pub(super) const UBUNTU: &str = "ubuntu";

/// One public image.
pub(super) struct Public {
    pub name: &'static str,
    /// The recipe that it is made from.
    pub recipe: &'static str,
    description: &'static str,
    owner: &'static str,
    alias: Option<&'static str>,
    root_device: &'static str,
    /// Seconds since the epoch.
    created: i64,
}

const fn amazon(name: &'static str, description: &'static str) -> Public {
    Public {
        name,
        recipe: AMAZON_LINUX,
        description,
        owner: "137112412989",
        alias: Some("amazon"),
        root_device: "/dev/xvda",
        created: 1_763_424_000,
    }
}

const fn ubuntu(name: &'static str, description: &'static str) -> Public {
    Public {
        name,
        recipe: UBUNTU,
        description,
        owner: "099720109477",
        alias: None,
        root_device: "/dev/sda1",
        created: 1_761_091_200,
    }
}

/// Amazon Linux 2023.
pub(super) const AL2023: Public = amazon(
    "al2023-ami-2023.9.20251117.1-kernel-6.1-x86_64",
    "Amazon Linux 2023 stands here for Debian 12 with its users and folders",
);
/// Amazon Linux 2.
pub(super) const AL2: Public = amazon(
    "amzn2-ami-hvm-2.0.20251110.1-x86_64-gp2",
    "Amazon Linux 2 stands here for Debian 12 with its users and folders",
);
/// Debian 12.
pub(super) const DEBIAN_12: Public = Public {
    name: "debian-12-amd64-20251112-2294",
    recipe: DEBIAN,
    description: "Debian 12 (20251112-2294)",
    owner: "136693071363",
    alias: None,
    root_device: "/dev/xvda",
    created: 1_762_905_600,
};
/// Ubuntu 24.04.
pub(super) const NOBLE: Public = ubuntu(
    "ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-amd64-server-20251022",
    "Ubuntu 24.04 stands here for Debian 12 with its user",
);
/// Ubuntu 22.04.
pub(super) const JAMMY: Public = ubuntu(
    "ubuntu/images/hvm-ssd/ubuntu-jammy-22.04-amd64-server-20251022",
    "Ubuntu 22.04 stands here for Debian 12 with its user",
);
/// Ubuntu 20.04.
pub(super) const FOCAL: Public = ubuntu(
    "ubuntu/images/hvm-ssd/ubuntu-focal-20.04-amd64-server-20250610",
    "Ubuntu 20.04 stands here for Debian 12 with its user",
);

const ALL: [Public; 6] = [AL2023, AL2, DEBIAN_12, NOBLE, JAMMY, FOCAL];

/// The public images of a region.
pub(super) fn images(region: &Region) -> impl Iterator<Item = Image> {
    ALL.iter().map(|public| public.image(region))
}

impl Public {
    pub(super) fn id(&self, region: &Region) -> ImageId {
        ImageId::of_name(self.name, region)
    }

    fn image(&self, region: &Region) -> Image {
        Image {
            id: self.id(region),
            name: self.name.to_owned(),
            description: self.description.to_owned(),
            machine_image: self.recipe.to_owned(),
            owner: AccountId(self.owner.to_owned()),
            owner_alias: self.alias,
            public: true,
            root_device: self.root_device.to_owned(),
            created: Timestamp::from_secs(self.created),
            ..Image::default()
        }
    }
}
