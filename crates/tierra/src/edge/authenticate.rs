//! Who calls: the signature is verified with the secret that IAM holds for its key.
//!
//! **Invariant**: nobody is believed before the signature stands, save where `--auth off` says that everybody is the root user.

use tierra_core::{AwsError, Caller, Region};
use tierra_model::catalogue::Protocol;
use tierra_services::iam;
use tierra_wire::sigv4::{self, Claim, Family, Scope, Secret, SigError};
use tierra_wire::{Request, Routed, WireError};

use super::pipeline::{Refusal, Visit, wire};
use super::{Auth, Edge};

/// The region of requests that name none.
const DEFAULT_REGION: &str = "us-east-1";

/// Who signed a request, and for which region.
pub struct Signer {
    /// Who.
    pub caller: Caller,
    /// The region of the credential's scope.
    pub region: Region,
}

/// Who signed `request`.
pub fn signer(edge: &Edge, request: &Request<'_>, routed: &Routed<'_>, visit: &Visit) -> Result<Signer, Refusal> {
    let claim = Claim::of(&request.head);
    let region = Region(
        claim
            .as_ref()
            .map_or(DEFAULT_REGION, |claim| claim.scope.region.as_str())
            .to_owned(),
    );
    if edge.auth == Auth::Off {
        let caller = Caller::Root {
            account: edge.account.clone(),
        };
        return Ok(Signer { caller, region });
    }
    let family = family(routed);
    let refuse = |error: &SigError| {
        let refusal = error.refusal(family);
        Refusal::new(WireError::new(refusal.code, refusal.status, refusal.message))
    };
    match claim {
        Ok(claim) => {
            let caller = proved(edge, request, routed, &claim, visit)?.map_err(|error| refuse(&error))?;
            Ok(Signer { caller, region })
        }
        Err(SigError::Missing) if routed.operation.unsigned => Ok(Signer {
            caller: Caller::Anonymous,
            region,
        }),
        Err(error) => Err(refuse(&error)),
    }
}

/// Whom a claim's signature proves; the outer error is the store's.
fn proved(
    edge: &Edge,
    request: &Request<'_>,
    routed: &Routed<'_>,
    claim: &Claim,
    visit: &Visit,
) -> Result<Result<Caller, SigError>, Refusal> {
    if let Err(error) = scoped(&claim.scope, &routed.service.metadata.signing_name) {
        return Ok(Err(error));
    }
    let token = claim.session_token.as_deref();
    let found = edge
        .rooms
        .store
        .read(|tx| Ok::<_, AwsError>(iam::credentials(tx, &claim.access_key_id, token, visit.now)))
        .map_err(wire)?;
    Ok(match found {
        Err(iam::Refusal::InvalidClientTokenId) => Err(SigError::UnknownKey),
        Err(iam::Refusal::ExpiredToken) => Err(SigError::ExpiredToken),
        Ok(credential) => {
            let secret = Secret {
                secret: credential.secret,
                session_token: claim.session_token.clone(),
            };
            sigv4::verify(&request.head, claim, &secret, Some(request.body), visit.now, family(routed)).map(|_| credential.caller)
        }
    })
}

/// A signature for one service opens no other.
fn scoped(scope: &Scope, service: &str) -> Result<(), SigError> {
    if scope.service == service {
        return Ok(());
    }
    Err(SigError::Scope(format!(
        "Credential should be scoped to correct service: '{service}'."
    )))
}

/// How the service words what is wrong with a signature.
fn family(routed: &Routed<'_>) -> Family {
    match (&*routed.service.metadata.name, routed.protocol) {
        ("ec2", _) => Family::Ec2,
        ("s3", _) => Family::S3,
        (_, Protocol::Query | Protocol::Ec2 | Protocol::RestXml) => Family::Query,
        _ => Family::Json,
    }
}
