//! Has requested certificates issued by the cloud's authority, and renewed before they end.
//!
//! **Invariant**: the key of a certificate is made here and never leaves the process but sealed.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use rsa::RsaPrivateKey;
use rsa::pkcs8::{EncodePrivateKey, LineEnding};
use tierra_core::reconcile::{Bounds, Next, Reconciler, Runtime};
use tierra_core::{Authority, AwsError, DriverError, Issued, Key, Tx};
use tierra_model::Timestamp;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::model::{Certificate, KeyAlgorithm, Material, Origin, Request, seal};
use super::x509;
use crate::Rooms;

/// How long what is issued is valid: 13 months, as AWS's are.
const VALID_DAYS: u32 = 395;
/// How long before its end a certificate is renewed ("Managed certificate renewal in AWS Certificate Manager").
const RENEWED_BEFORE: i64 = 60 * DAY;
const DAY: i64 = 24 * 60 * 60 * 1000;
const RSA_BITS: usize = 2048;

struct Issuer {
    rooms: Rooms,
}

/// The one thing to do.
#[derive(Debug)]
enum Step {
    /// Have it issued.
    Issue(Request),
    /// Look again when it is time to renew it.
    Wait(Duration),
}

/// Starts the reconciler; it ends when `stop` says true.
pub(super) fn start(rooms: &Rooms, stop: &watch::Receiver<bool>, tasks: &mut JoinSet<()>) {
    let issuer = Arc::new(Issuer { rooms: rooms.clone() });
    tasks.spawn(Runtime::new(issuer, rooms.store.clone(), Bounds::default()).run(stop.clone()));
}

#[async_trait]
impl Reconciler for Issuer {
    const NAME: &'static str = "acm/certificate";
    type Root = Certificate;
    type Actual = Timestamp;
    type Step = Step;

    /// There is nothing actual but the time.
    async fn observe(&self, _: &Key<Certificate>) -> Result<Timestamp, DriverError> {
        Ok(self.rooms.clock.now())
    }

    fn plan(&self, world: &Tx, key: &Key<Certificate>, now: &Timestamp) -> Vec<Step> {
        world
            .get(key)
            .and_then(|certificate| plan(&certificate, *now))
            .into_iter()
            .collect()
    }

    async fn apply(&self, key: &Key<Certificate>, step: Step) -> Result<Next, DriverError> {
        match step {
            Step::Issue(request) => self.issue(key, request).await?,
            Step::Wait(time) => return Ok(Next::After(time)),
        }
        Ok(Next::Settled)
    }
}

fn plan(certificate: &Certificate, now: Timestamp) -> Option<Step> {
    let Origin::Requested(request) = &certificate.origin else {
        return None;
    };
    if certificate.failure.is_some() {
        return None;
    }
    let Some(material) = &certificate.material else {
        return Some(Step::Issue(request.clone()));
    };
    let left = material.facts.not_after.0 - RENEWED_BEFORE - now.0;
    let left = u64::try_from(left).ok().filter(|left| *left > 0);
    Some(left.map_or_else(|| Step::Issue(request.clone()), |left| Step::Wait(Duration::from_millis(left))))
}

impl Issuer {
    async fn issue(&self, key: &Key<Certificate>, request: Request) -> Result<(), DriverError> {
        let (authority, seed) = (Arc::clone(&self.rooms.authority), self.rooms.ids.bytes());
        let issued = self
            .rooms
            .store
            .blocking()
            .run(move || issued(&*authority, &request, seed))
            .await
            .map_err(|panic| DriverError::failed("issuing a certificate", panic))?;
        let now = self.rooms.clock.now();
        let kept = self.rooms.store.write(|tx| match tx.get(key) {
            Some(certificate) => keep(tx, certificate.value, issued, now),
            None => Ok(()),
        });
        kept.map_err(|error: AwsError| DriverError::failed("keeping a certificate", error))
    }
}

/// Signs a new key for the names. Making an RSA key takes a while, so this is work for a thread of its own.
fn issued(authority: &dyn Authority, request: &Request, seed: [u8; 32]) -> Result<Issued, String> {
    let issued = match request.key_algorithm {
        KeyAlgorithm::Rsa2048 => authority.certify(&rsa_key(seed)?, &request.names, VALID_DAYS),
        _ => authority.issue(&request.names, VALID_DAYS),
    };
    issued.map_err(|error| error.to_string())
}

fn rsa_key(seed: [u8; 32]) -> Result<String, String> {
    let key = RsaPrivateKey::new(&mut ChaCha20Rng::from_seed(seed), RSA_BITS).map_err(|error| error.to_string())?;
    let pem = key.to_pkcs8_pem(LineEnding::LF).map_err(|error| error.to_string())?;
    Ok(pem.to_string())
}

pub(super) fn keep(tx: &mut Tx, mut certificate: Certificate, issued: Result<Issued, String>, now: Timestamp) -> Result<(), AwsError> {
    match issued {
        Err(reason) => certificate.failure = Some(reason),
        Ok(issued) => {
            certificate.material = Some(Material {
                facts: x509::read(&issued.certificate_pem)?,
                key: seal(tx, &certificate.arn(), &issued.key_pem)?,
                certificate: issued.certificate_pem,
                chain: Some(issued.chain_pem),
                since: now,
            });
        }
    }
    tx.save(certificate);
    Ok(())
}
