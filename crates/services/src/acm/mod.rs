//! Certificate Manager: certificates that callers bring, and those that the cloud's own authority issues.
//!
//! Map: `model.rs` the row · `x509.rs` what a certificate says · `ops/` the API · `issue.rs` the reconciler that has requested
//! certificates issued and renewed · `cfn.rs` `AWS::CertificateManager::Certificate`.
//!
//! What a caller requests is issued at once, whatever the validation method: inside the cloud its own authority is the one that is
//! trusted, and it asks no one who owns a name. Each domain is then shown as validated.
//!
//! **Invariant**: a private key lies sealed in its row; only [`material`] opens it.

mod cfn;
mod errors;
mod issue;
pub mod model;
mod ops;
#[cfg(test)]
mod tests;
mod x509;

use tierra_core::{AwsError, Registry, Tx};
use tokio::sync::watch;
use tokio::task::JoinSet;

pub use errors::AcmError;
pub use model::{Certificate, Material, material};

use crate::Rooms;

/// Declares Certificate Manager's operations and CloudFormation type.
pub fn register(registry: &mut Registry) {
    ops::register(registry);
    cfn::register(registry);
}

/// Starts what has certificates issued; it ends when `stop` says true.
pub fn reconcile(rooms: &Rooms, stop: &watch::Receiver<bool>, tasks: &mut JoinSet<()>) {
    issue::start(rooms, stop, tasks);
}

/// The certificate of this ARN, for a service that a caller gives it to.
///
/// # Errors
/// `ResourceNotFoundException` where there is none.
pub fn find(tx: &Tx, arn: &str) -> Result<Certificate, AwsError> {
    Ok(Certificate::of_arn(tx, arn)?)
}

/// Certificates as a balancer's node is told them, in this order; one that is gone or not issued yet is left out.
pub fn told(tx: &Tx, arns: &[String]) -> Vec<tierra_dataplane::balancer::config::Certificate> {
    let told = arns.iter().filter_map(|arn| {
        let certificate = Certificate::of_arn(tx, arn).ok()?;
        let (own, chain, key_pem) = material(tx, &certificate).ok()?;
        Some(tierra_dataplane::balancer::config::Certificate {
            arn: arn.clone(),
            chain_pem: format!("{}\n{chain}", own.trim_end()),
            key_pem,
            names: certificate.names().to_vec(),
        })
    });
    told.collect()
}
