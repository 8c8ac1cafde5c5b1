//! The caller's identity, session tokens for users, the account of a key, and the decoding of denials.

use tierra_core::{Call, Caller, Tx};
use tierra_model::Shape;

use super::{Credentials, StsError, duration};
use crate::declare::{anything, operations};
use crate::iam::model::AccessKey;
use crate::iam::{authorize, bootstrap, session};

/// Seconds of a user's session where nothing is said.
const DEFAULT: i32 = 43_200;
/// Seconds of a user's session at most.
const LONGEST: i32 = 129_600;
/// Seconds of the root user's session at most.
const ROOT_LONGEST: i32 = 3600;

operations! { "sts", StsError;
    read GetCallerIdentity(()) -> CallerIdentity = |_, call, ()| Ok(caller_identity(call)), on anything;
    read GetSessionToken(GetSessionTokenInput) -> GetSessionTokenOutput = get_session_token, on anything;
    read GetAccessKeyInfo(GetAccessKeyInfoInput) -> GetAccessKeyInfoOutput = get_access_key_info, on anything;
    read DecodeAuthorizationMessage(EncodedInput) -> DecodedOutput = decode, on anything;
}

/// Who calls.
#[derive(Default, Shape)]
pub struct CallerIdentity {
    pub(super) user_id: String,
    account: String,
    pub(super) arn: String,
}

/// Input of [`GetSessionToken`].
#[derive(Default, Shape)]
pub struct GetSessionTokenInput {
    duration_seconds: Option<i32>,
}

/// A session of the caller itself.
#[derive(Default, Shape)]
pub struct GetSessionTokenOutput {
    credentials: Credentials,
}

/// Input of [`GetAccessKeyInfo`].
#[derive(Default, Shape)]
pub struct GetAccessKeyInfoInput {
    access_key_id: String,
}

/// Whose key it is.
#[derive(Default, Shape)]
pub struct GetAccessKeyInfoOutput {
    account: String,
}

/// A denial's encoded message.
#[derive(Default, Shape)]
pub struct EncodedInput {
    pub(super) encoded_message: String,
}

/// What it says, as JSON.
#[derive(Default, Shape)]
pub struct DecodedOutput {
    pub(super) decoded_message: String,
}

fn caller_identity(call: &Call) -> CallerIdentity {
    CallerIdentity {
        user_id: call.caller.user_id(),
        account: call.caller.account().0,
        arn: call.caller.arn().to_string(),
    }
}

fn get_session_token(tx: &mut Tx, call: &Call, input: GetSessionTokenInput) -> Result<GetSessionTokenOutput, StsError> {
    let longest = match call.caller {
        Caller::Root { .. } => ROOT_LONGEST,
        Caller::User { .. } => LONGEST,
        _ => return Err(StsError::SessionOfSession),
    };
    let seconds = duration(input.duration_seconds, DEFAULT.min(longest), longest)?;
    let session = session::issue(tx, call.caller.clone(), call.now, seconds, call.ids.hex(16));
    Ok(GetSessionTokenOutput {
        credentials: session.ok_or(StsError::NotStarted)?.into(),
    })
}

/// A session's key belongs to the cloud's one account; a long-lived one must be known.
fn get_access_key_info(tx: &mut Tx, call: &Call, input: GetAccessKeyInfoInput) -> Result<GetAccessKeyInfoOutput, StsError> {
    let account = bootstrap::cloud(tx).ok_or(StsError::NotStarted)?.account;
    let known = tx.find::<AccessKey>(&call.place.global(), &input.access_key_id).is_some();
    if !known && !input.access_key_id.starts_with("ASIA") {
        return Err(StsError::UnknownKey);
    }
    Ok(GetAccessKeyInfoOutput { account: account.0 })
}

fn decode(tx: &mut Tx, _: &Call, input: EncodedInput) -> Result<DecodedOutput, StsError> {
    let decoded_message = authorize::decode(tx, &input.encoded_message).ok_or(StsError::Message)?;
    Ok(DecodedOutput { decoded_message })
}
