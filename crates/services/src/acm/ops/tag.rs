//! `AddTagsToCertificate`, `RemoveTagsFromCertificate`, `ListTagsForCertificate`.

use tierra_core::{Call, Tag, Tx};
use tierra_model::Shape;

use super::describe::CertificateInput;
use super::on;
use crate::acm::errors::AcmError;
use crate::acm::model::Certificate;
use crate::declare::operations;

operations! { "acm", AcmError;
    write AddTagsToCertificate(TagsInput) -> () = add, on |_, input, _| on(&input.certificate_arn);
    write RemoveTagsFromCertificate(TagsInput) -> () = remove, on |_, input, _| on(&input.certificate_arn);
    read ListTagsForCertificate(CertificateInput) -> TagsOutput = list, on |_, input, _| on(&input.certificate_arn);
}

/// A certificate and tags.
#[derive(Default, Shape)]
pub struct TagsInput {
    pub(crate) certificate_arn: String,
    pub(crate) tags: Vec<Tag>,
}

/// The tags.
#[derive(Default, Shape)]
pub struct TagsOutput {
    pub(crate) tags: Vec<Tag>,
}

fn add(tx: &mut Tx, _: &Call, input: TagsInput) -> Result<(), AcmError> {
    let mut certificate = Certificate::of_arn(tx, &input.certificate_arn)?;
    input.tags.iter().try_for_each(|tag| certificate.tags.put(tag))?;
    tx.save(certificate);
    Ok(())
}

/// A tag with a value goes only where it has that value.
fn remove(tx: &mut Tx, _: &Call, input: TagsInput) -> Result<(), AcmError> {
    let mut certificate = Certificate::of_arn(tx, &input.certificate_arn)?;
    let meant = |key: &str, value: &str| {
        let named = |tag: &Tag| tag.key == key && tag.value.as_deref().is_none_or(|wanted| wanted == value);
        input.tags.iter().any(named)
    };
    certificate.tags.0.retain(|key, value| !meant(key, value));
    tx.save(certificate);
    Ok(())
}

fn list(tx: &mut Tx, _: &Call, input: CertificateInput) -> Result<TagsOutput, AcmError> {
    let certificate = Certificate::of_arn(tx, &input.certificate_arn)?;
    Ok(TagsOutput {
        tags: certificate.tags.list(),
    })
}
