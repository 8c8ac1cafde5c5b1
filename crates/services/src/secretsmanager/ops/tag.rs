//! `TagResource`, `UntagResource`.

use tierra_core::{Call, Tag, Tx};
use tierra_model::Shape;

use crate::declare::operations;
use crate::secretsmanager::errors::SecretsError;
use crate::secretsmanager::model::{Secret, arn};

operations! { "secretsmanager", SecretsError;
    write TagResource(TagResourceInput) -> () = tag, on |tx, input, call| arn(tx, call, &input.secret_id);
    write UntagResource(UntagResourceInput) -> () = untag, on |tx, input, call| arn(tx, call, &input.secret_id);
}

/// Input of [`TagResource`].
#[derive(Default, Shape)]
pub struct TagResourceInput {
    pub(crate) secret_id: String,
    pub(crate) tags: Vec<Tag>,
}

/// Input of [`UntagResource`].
#[derive(Default, Shape)]
pub struct UntagResourceInput {
    pub(crate) secret_id: String,
    pub(crate) tag_keys: Vec<String>,
}

fn tag(tx: &mut Tx, call: &Call, input: TagResourceInput) -> Result<(), SecretsError> {
    let mut secret = Secret::live(tx, &call.place, &input.secret_id)?;
    input.tags.iter().try_for_each(|tag| secret.tags.put(tag))?;
    tx.save(secret);
    Ok(())
}

fn untag(tx: &mut Tx, call: &Call, input: UntagResourceInput) -> Result<(), SecretsError> {
    let mut secret = Secret::live(tx, &call.place, &input.secret_id)?;
    secret.tags.0.retain(|key, _| !input.tag_keys.contains(key));
    tx.save(secret);
    Ok(())
}
