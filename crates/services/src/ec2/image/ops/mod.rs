//! What can be done with images, a file a family of operations.

mod attribute;
mod copy;
mod create;
mod deregister;
mod describe;

use tierra_core::{Arn, Call, Registry};
#[cfg(test)]
pub use {
    attribute::{ModifyImageAttribute, ResetImageAttribute},
    copy::CopyImage,
    create::{CreateImage, RegisterImage},
    deregister::DeregisterImage,
    describe::DescribeImages,
};

/// Declares this noun's operations.
pub fn register(registry: &mut Registry) {
    attribute::register(registry);
    copy::register(registry);
    create::register(registry);
    deregister::register(registry);
    describe::register(registry);
}

/// The ARN of an image: it names no account.
pub fn arn(call: &Call, id: &str) -> Arn {
    Arn {
        account: Default::default(),
        ..Arn::regional("ec2", &call.place, format!("image/{id}"))
    }
}

/// What the operations speak, for the test against AWS's model.
#[cfg(test)]
pub fn spoken() -> Vec<(&'static str, tierra_model::Declared, tierra_model::Declared)> {
    let all = [
        attribute::spoken(),
        copy::spoken(),
        create::spoken(),
        deregister::spoken(),
        describe::spoken(),
    ];
    all.into_iter().flatten().collect()
}
