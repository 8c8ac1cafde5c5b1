//! The address of a wait condition's handle, and what is sent there. Follows the user guide's "Create wait conditions in a
//! CloudFormation template" and "Wait condition signal JSON format".
//!
//! **Invariant**: whoever has the address may signal, for as long as it says, and do nothing else.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use subtle::ConstantTimeEq;
use tierra_core::{AccountId, Arn, Place, Region, Tx};
use tierra_model::Timestamp;

use super::model::{Signal, Stack, StackResource};
use crate::iam::bootstrap::cloud;

/// How long an address is good, in seconds.
const VALID: i64 = 24 * 3600;
/// Signals that one handle keeps.
const SIGNALS: usize = 1000;
/// Bytes of a signal.
const BYTES: usize = 8 << 10;
/// What the cloud's key is used for.
const PURPOSE: &str = "cloudformation/wait";
/// What the path of every such address begins with.
const PATH: &str = "/arn:aws:cloudformation:";

tierra_core::aws_errors! {
    /// What is wrong with a signal.
    pub enum WaitError {
        /// It is no address of this cloud.
        Signature => ("SignatureDoesNotMatch", 403, "The request signature we calculated does not match the signature you provided. Check your key and signing method."),
        /// Its time is over.
        Expired => ("AccessDenied", 403, "Request has expired"),
        /// The stack or the handle is gone.
        Gone => ("NoSuchKey", 404, "The specified key does not exist."),
        /// It is no signal.
        Malformed { reason: String } => ("MalformedSignal", 400, "The body is no signal of a wait condition: {reason}"),
        /// There are enough.
        Full => ("SlowDown", 503, "The handle has {SIGNALS} signals already."),
    }
}

/// What is sent.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Sent {
    status: String,
    #[serde(default)]
    unique_id: String,
    #[serde(default)]
    data: String,
    #[serde(default)]
    reason: String,
}

/// The address of a handle, as AWS writes it.
pub fn url(tx: &Tx, stack: &str, logical_id: &str, now: Timestamp) -> String {
    let region = stack.split(':').nth(3).unwrap_or_default();
    let path = format!("/{stack}/{logical_id}");
    let expires = now.secs() + VALID;
    let signature = signature(tx, &path, expires).unwrap_or_default();
    format!(
        "https://cloudformation-waitcondition-{region}.s3.amazonaws.com{}?Expires={expires}&Signature={signature}",
        path.replace(':', "%3A")
    )
}

/// Whether a path is one of a handle's address.
pub fn is_address(path: &str) -> bool {
    plain(path).starts_with(PATH)
}

/// Takes a signal that was sent to a handle's address.
///
/// # Errors
/// As S3 answers for a presigned address; where the body is no signal.
pub fn signal(tx: &mut Tx, path: &str, query: &str, body: &[u8], now: Timestamp) -> Result<(), WaitError> {
    let path = plain(path);
    check(tx, &path, query, now)?;
    let mut handle = handle(tx, &path).ok_or(WaitError::Gone)?;
    let sent = read(body)?;
    if handle.signals.len() >= SIGNALS {
        return Err(WaitError::Full);
    }
    if handle.signals.iter().all(|signal| signal.unique_id != sent.unique_id) {
        handle.signals.push(Signal {
            success: sent.status == "SUCCESS",
            unique_id: sent.unique_id,
            data: sent.data,
            reason: sent.reason,
        });
        let stack: Option<Stack> = tx.find(&handle.place, &handle.stack);
        tx.save(handle);
        // The stack's own row is what wakes the engine.
        stack.into_iter().for_each(|stack| tx.save(stack));
    }
    Ok(())
}

/// Every signal that a resource got: by name, and at the address of its handle.
pub fn heard(tx: &Tx, row: &StackResource) -> Vec<Signal> {
    let url = row.live.as_ref().and_then(|live| live.properties.get("Handle")?.as_str());
    let handle = url.and_then(|url| tx.by_index::<StackResource>(&row.place, "physical", url).into_iter().next());
    let at_handle = handle.into_iter().flat_map(|handle| handle.signals);
    row.signals.iter().cloned().chain(at_handle).collect()
}

/// Only colons are written as what they are not.
fn plain(path: &str) -> String {
    path.replace("%3A", ":").replace("%3a", ":")
}

fn signature(tx: &Tx, path: &str, expires: i64) -> Option<String> {
    let digest = cloud(tx)?.key.derive(PURPOSE, &format!("{expires}{path}"));
    Some(URL_SAFE_NO_PAD.encode(digest))
}

fn check(tx: &Tx, path: &str, query: &str, now: Timestamp) -> Result<(), WaitError> {
    let parameter = |name: &str| query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
    let expires: i64 = parameter("Expires")
        .and_then(|text| text.parse().ok())
        .ok_or(WaitError::Signature)?;
    let given = parameter("Signature").unwrap_or_default();
    let right = signature(tx, path, expires).ok_or(WaitError::Signature)?;
    if !bool::from(right.as_bytes().ct_eq(given.as_bytes())) {
        return Err(WaitError::Signature);
    }
    if now.secs() > expires { Err(WaitError::Expired) } else { Ok(()) }
}

/// The living handle that a path names: `/arn:aws:cloudformation:REGION:ACCOUNT:stack/NAME/ID/HANDLE`.
fn handle(tx: &Tx, path: &str) -> Option<StackResource> {
    let arn: Arn = path.strip_prefix('/')?.parse().ok()?;
    let place = Place {
        account: AccountId(arn.account.0.clone()),
        region: Region(arn.region.0.clone()),
    };
    let row: StackResource = tx.find(&place, arn.resource.strip_prefix("stack/")?)?;
    row.live.is_some().then_some(row)
}

fn read(body: &[u8]) -> Result<Sent, WaitError> {
    let malformed = |reason: String| WaitError::Malformed { reason };
    if body.len() > BYTES {
        return Err(malformed(format!("it is longer than {BYTES} bytes")));
    }
    let sent: Sent = serde_json::from_slice(body).map_err(|error| malformed(error.to_string()))?;
    if matches!(sent.status.as_str(), "SUCCESS" | "FAILURE") {
        Ok(sent)
    } else {
        Err(malformed("Status is neither SUCCESS nor FAILURE".to_owned()))
    }
}
