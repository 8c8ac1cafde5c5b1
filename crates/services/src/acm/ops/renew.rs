//! `RenewCertificate` and `ExportCertificate`: both are for certificates of a private authority or such as were requested for export,
//! and there are none here, so both answer what AWS answers for all others.

use tierra_core::{Call, Tx};
use tierra_model::Shape;
use tierra_model::shape::Blob;

use super::describe::{CertificateInput, GetOutput};
use super::on;
use crate::acm::errors::{AcmError, invalid};
use crate::acm::model::Certificate;
use crate::declare::operations;

operations! { "acm", AcmError;
    write RenewCertificate(CertificateInput) -> () = renew, on |_, input, _| on(&input.certificate_arn);
    read ExportCertificate(ExportInput) -> GetOutput = export, on |_, input, _| on(&input.certificate_arn);
}

/// Input of [`ExportCertificate`].
#[derive(Default, Shape)]
pub struct ExportInput {
    pub(crate) certificate_arn: String,
    passphrase: Blob,
}

fn renew(tx: &mut Tx, _: &Call, input: CertificateInput) -> Result<(), AcmError> {
    Certificate::of_arn(tx, &input.certificate_arn)?;
    Err(invalid(format!(
        "Certificate {} is not eligible for renewal by request: it is not an exported private certificate.",
        input.certificate_arn
    )))
}

fn export(tx: &mut Tx, _: &Call, input: ExportInput) -> Result<GetOutput, AcmError> {
    Certificate::of_arn(tx, &input.certificate_arn)?;
    Err(invalid(format!(
        "Certificate ARN: {} is not a private certificate",
        input.certificate_arn
    )))
}
