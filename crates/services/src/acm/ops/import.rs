//! `ImportCertificate`.

use tierra_core::{Call, Tag, Tags, Tx};
use tierra_model::Shape;
use tierra_model::shape::Blob;

use super::on;
use crate::acm::errors::{AcmError, invalid};
use crate::acm::model::{self, Certificate, Material, Origin, seal};
use crate::acm::x509;
use crate::declare::operations;

operations! { "acm", AcmError;
    write ImportCertificate(ImportInput) -> ImportOutput = import, on |_, input, _| input.certificate_arn.as_deref().map(on).unwrap_or_default();
}

/// Input of [`ImportCertificate`].
#[derive(Default, Shape)]
pub struct ImportInput {
    pub(crate) certificate_arn: Option<String>,
    pub(crate) certificate: Blob,
    pub(crate) private_key: Blob,
    pub(crate) certificate_chain: Option<Blob>,
    pub(crate) tags: Vec<Tag>,
}

/// The certificate.
#[derive(Default, Shape)]
pub struct ImportOutput {
    pub(crate) certificate_arn: String,
}

fn import(tx: &mut Tx, call: &Call, input: ImportInput) -> Result<ImportOutput, AcmError> {
    let earlier = input
        .certificate_arn
        .as_deref()
        .map(|arn| Certificate::of_arn(tx, arn))
        .transpose()?;
    let mut certificate = match earlier {
        Some(earlier) => again(earlier, &input)?,
        None => Certificate {
            place: call.place.clone(),
            id: call.ids.uuid(),
            origin: Origin::Imported,
            created: call.now,
            material: None,
            failure: None,
            tags: Tags::parse(&input.tags)?,
        },
    };
    certificate.material = Some(material(tx, call, &certificate, &input)?);
    let certificate_arn = certificate.arn().to_string();
    tx.save(certificate);
    Ok(ImportOutput { certificate_arn })
}

fn again(earlier: Certificate, input: &ImportInput) -> Result<Certificate, AcmError> {
    if earlier.origin != Origin::Imported {
        return Err(invalid("You cannot re-import a certificate that was not imported."));
    }
    if !input.tags.is_empty() {
        return Err(invalid("Tagging is not permitted on re-import."));
    }
    Ok(earlier)
}

fn material(tx: &Tx, call: &Call, certificate: &Certificate, input: &ImportInput) -> Result<Material, AcmError> {
    let pem = text(&input.certificate, "certificate")?;
    let key = text(&input.private_key, "private key")?;
    let chain = input
        .certificate_chain
        .as_ref()
        .map(|chain| text(chain, "certificate chain"))
        .transpose()?;
    let facts = x509::read(&pem)?;
    if let Some(chain) = &chain {
        x509::check_chain(&facts, chain)?;
    }
    x509::check_key(&pem, &key)?;
    if facts.not_after <= call.now {
        return Err(invalid("The certificate is expired."));
    }
    Ok(Material {
        certificate: pem,
        chain,
        key: seal(tx, &model::arn(&certificate.place, &certificate.id), &key)?,
        facts,
        since: call.now,
    })
}

fn text(blob: &Blob, what: &str) -> Result<String, AcmError> {
    String::from_utf8(blob.0.clone()).map_err(|_| invalid(format!("Unable to parse {what}. Please ensure the {what} is in PEM format.")))
}
