//! `DeleteCertificate`.

use tierra_core::{Call, Key, Tx};

use super::describe::CertificateInput;
use super::on;
use crate::acm::errors::AcmError;
use crate::acm::model::{self, Certificate};
use crate::declare::operations;

operations! { "acm", AcmError;
    write DeleteCertificate(CertificateInput) -> () = delete, on |_, input, _| on(&input.certificate_arn);
}

fn delete(tx: &mut Tx, _: &Call, input: CertificateInput) -> Result<(), AcmError> {
    let certificate = Certificate::of_arn(tx, &input.certificate_arn)?;
    let users = model::users(tx, &certificate);
    if !users.is_empty() {
        return Err(AcmError::InUse {
            arn: input.certificate_arn,
            users: users.join(", "),
        });
    }
    tx.delete(&Key::<Certificate>::new(&certificate.place, &certificate.id));
    Ok(())
}
