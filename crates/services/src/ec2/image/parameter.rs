//! The public parameters by which templates find images: `/aws/service/ami-amazon-linux-latest/…` and its like.
//! Follows the pages "Calling AMI public parameters in Parameter Store" of Systems Manager, and those of Debian and Ubuntu.

use tierra_core::Region;

use super::model::ImageId;
use super::public::{AL2, AL2023, DEBIAN_12, FOCAL, JAMMY, NOBLE, Public};

/// Below `/aws/service/ami-amazon-linux-latest/`, without the architecture. The images here are of one architecture, so that
/// `arm64` leads to what runs too.
const AMAZON: &[(&str, &str, &Public)] = &[
    ("al2023-ami-kernel-default-", "", &AL2023),
    ("al2023-ami-kernel-6.1-", "", &AL2023),
    ("al2023-ami-kernel-6.12-", "", &AL2023),
    ("al2023-ami-minimal-kernel-default-", "", &AL2023),
    ("al2023-ami-minimal-kernel-6.1-", "", &AL2023),
    ("al2023-ami-minimal-kernel-6.12-", "", &AL2023),
    ("amzn2-ami-hvm-", "-gp2", &AL2),
    ("amzn2-ami-hvm-", "-ebs", &AL2),
    ("amzn2-ami-kernel-5.10-hvm-", "-gp2", &AL2),
    ("amzn2-ami-kernel-5.10-hvm-", "-ebs", &AL2),
    ("amzn2-ami-minimal-hvm-", "-ebs", &AL2),
    ("amzn-ami-hvm-", "-gp2", &AL2),
    ("amzn-ami-hvm-", "-ebs", &AL2),
];
/// Below `/aws/service/canonical/ubuntu/server/`: names of a release, its volume type, the image.
const CANONICAL: &[([&str; 2], &str, &Public)] = &[
    (["24.04", "noble"], "ebs-gp3", &NOBLE),
    (["22.04", "jammy"], "ebs-gp2", &JAMMY),
    (["20.04", "focal"], "ebs-gp2", &FOCAL),
];
/// Below `/aws/service/debian/`.
const DEBIAN: &[&str] = &[
    "release/12/latest",
    "release/bookworm/latest",
    "daily/12/latest",
    "daily/bookworm/latest",
];

/// The image that a public parameter names in a region.
pub fn public_parameter(region: &Region, name: &str) -> Option<ImageId> {
    parameters().find(|(known, _)| known == name).map(|(_, image)| image.id(region))
}

/// Every public parameter that names an image, with the image.
pub fn public_parameters(region: &Region) -> Vec<(String, ImageId)> {
    parameters().map(|(name, image)| (name, image.id(region))).collect()
}

fn parameters() -> impl Iterator<Item = (String, &'static Public)> {
    let amazon = AMAZON.iter().flat_map(|(before, after, image)| {
        ["x86_64", "arm64"].map(|word| (format!("/aws/service/ami-amazon-linux-latest/{before}{word}{after}"), *image))
    });
    let debian = DEBIAN
        .iter()
        .flat_map(|path| ["amd64", "arm64"].map(|word| (format!("/aws/service/debian/{path}/{word}"), &DEBIAN_12)));
    amazon.chain(debian).chain(canonical())
}

fn canonical() -> impl Iterator<Item = (String, &'static Public)> {
    CANONICAL.iter().flat_map(|(releases, volume, image)| {
        releases.iter().flat_map(move |release| {
            ["amd64", "arm64"].map(|word| {
                let path = format!("/aws/service/canonical/ubuntu/server/{release}/stable/current/{word}/hvm/{volume}/ami-id");
                (path, *image)
            })
        })
    })
}
