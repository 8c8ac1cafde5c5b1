//! `GetRandomPassword`.

use tierra_core::{Call, Tx};
use tierra_model::Shape;

use crate::declare::{anything, operations};
use crate::secretsmanager::errors::SecretsError;
use crate::secretsmanager::password::Wish;

operations! { "secretsmanager", SecretsError;
    read GetRandomPassword(Wish) -> RandomPassword = draw, on anything;
}

/// A password that nobody has seen before.
#[derive(Default, Shape)]
pub struct RandomPassword {
    pub(crate) random_password: String,
}

fn draw(_: &mut Tx, call: &Call, wish: Wish) -> Result<RandomPassword, SecretsError> {
    let random_password = wish.draw(&call.ids)?;
    Ok(RandomPassword { random_password })
}
