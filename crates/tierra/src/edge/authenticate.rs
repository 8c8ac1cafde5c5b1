//! Who calls: the signature is verified with the secret that IAM holds for its key.
//!
//! **Invariant**: nobody is believed before the signature stands, save where `--auth off` says that everybody is the root user.

use tierra_core::{AwsError, Caller, Region};
use tierra_model::catalogue::Protocol;
use tierra_services::iam;
use tierra_wire::sigv4::{self, ChunkDecoder, Claim, Family, Scope, Secret, SigError};
use tierra_wire::{Request, Routed, WireError, s3_path, sigv2};

use super::body::Signing;
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

/// Who signed `request`, and how its body is checked where it streams.
pub fn signer(
    edge: &Edge,
    request: &Request<'_>,
    routed: &Routed<'_>,
    visit: &Visit,
    streaming: bool,
) -> Result<(Signer, Signing), Refusal> {
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
        return Ok((Signer { caller, region }, unchecked(request)));
    }
    let family = family(routed);
    let refuse = |error: &SigError| {
        let refusal = error.refusal(family);
        Refusal::new(WireError::new(refusal.code, refusal.status, refusal.message))
    };
    match claim {
        Ok(claim) => {
            let body = (!streaming).then_some(request.body);
            let (caller, signing) = proved(edge, request, routed, &claim, visit, body)?.map_err(|error| refuse(&error))?;
            Ok((Signer { caller, region }, signing))
        }
        Err(SigError::Missing) if family == Family::S3 && sigv2::Claim::of(&request.head).is_some() => {
            let caller = presigned(edge, request, visit)?.map_err(|error| refuse(&error))?;
            Ok((Signer { caller, region }, unchecked(request)))
        }
        // What S3 gives to everybody, a bucket's policy says.
        Err(SigError::Missing) if routed.operation.unsigned || family == Family::S3 => {
            let caller = Caller::Anonymous;
            Ok((Signer { caller, region }, unchecked(request)))
        }
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
    body: Option<&[u8]>,
) -> Result<Result<(Caller, Signing), SigError>, Refusal> {
    if let Err(error) = scoped(&claim.scope, &routed.service.metadata.signing_name) {
        return Ok(Err(error));
    }
    let token = claim.session_token.as_deref();
    Ok(held(edge, &claim.access_key_id, token, visit)?.and_then(|credential| {
        let secret = Secret {
            secret: credential.secret,
            session_token: claim.session_token.clone(),
        };
        sigv4::verify(&request.head, claim, &secret, body, visit.now, family(routed)).map(|verified| {
            let signed = verified.streaming && !is_unsigned(request);
            let chunks = || Signing::Chunked(ChunkDecoder::signed(verified.key, claim));
            (credential.caller, if signed { chunks() } else { unchecked(request) })
        })
    }))
}

/// Whom a presigned request of the older signature proves; the outer error is the store's.
fn presigned(edge: &Edge, request: &Request<'_>, visit: &Visit) -> Result<Result<Caller, SigError>, Refusal> {
    let (Some(claim), Some(resource)) = (sigv2::Claim::of(&request.head), s3_path(request)) else {
        return Ok(Err(SigError::Missing));
    };
    let token = claim.session_token.as_deref();
    Ok(held(edge, &claim.access_key_id, token, visit)?.and_then(|credential| {
        let stands = claim.verify(&request.head, &resource, &credential.secret, visit.now);
        stands.map(|()| credential.caller)
    }))
}

/// The credential that IAM holds for a key; the outer error is the store's.
fn held(edge: &Edge, key: &str, token: Option<&str>, visit: &Visit) -> Result<Result<iam::Credential, SigError>, Refusal> {
    let look = edge
        .rooms
        .store
        .read(|tx| Ok::<_, AwsError>(iam::credentials(tx, key, token, visit.now)));
    Ok(look.map_err(wire)?.map_err(|refusal| match refusal {
        iam::Refusal::InvalidClientTokenId => SigError::UnknownKey,
        iam::Refusal::ExpiredToken => SigError::ExpiredToken,
    }))
}

/// How a body is read whose chunks carry no signatures that anybody checks.
fn unchecked(request: &Request<'_>) -> Signing {
    let said = request.header("x-amz-content-sha256").unwrap_or_default();
    if said.starts_with("STREAMING-") {
        return Signing::Chunked(ChunkDecoder::unsigned());
    }
    Signing::of(request)
}

/// Whether a body comes in chunks without signatures.
fn is_unsigned(request: &Request<'_>) -> bool {
    request
        .header("x-amz-content-sha256")
        .is_some_and(|said| said.starts_with("STREAMING-UNSIGNED"))
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
