//! Names, paths, documents and quotas. Follows the IAM page "IAM and AWS STS quotas".

use tierra_core::iam::{Grammar, Policy};

use super::errors::IamError;
use super::model::{Held, Holder};

/// Keys of one user.
pub const KEYS_PER_USER: usize = 2;
/// Managed policies at one user, group or role.
pub const ATTACHED_PER_IDENTITY: usize = 10;
/// Versions of one managed policy.
pub const VERSIONS_PER_POLICY: usize = 5;
/// Groups of one user.
pub const GROUPS_PER_USER: usize = 10;
/// Characters of a managed policy, white space not counted.
pub const MANAGED_SIZE: usize = 6144;
/// Characters of a trust policy.
pub const TRUST_SIZE: usize = 2048;
/// The session durations that a role may allow, in seconds.
pub const SESSION_SECONDS: std::ops::RangeInclusive<i32> = 3600..=43_200;
/// The length of names: users, groups, policies, profiles.
pub const NAME_LENGTH: usize = 128;
/// The length of names: roles and users.
pub const SHORT_NAME_LENGTH: usize = 64;
const PATH_LENGTH: usize = 512;

/// Checks a name: letters, digits and `+=,.@_-`.
pub(super) fn name(member: &str, text: &str, limit: usize) -> Result<(), IamError> {
    let fits = !text.is_empty() && text.len() <= limit;
    if !fits || !text.bytes().all(|b| b.is_ascii_alphanumeric() || b"+=,.@_-".contains(&b)) {
        return Err(IamError::Invalid {
            reason: if fits {
                format!(
                    "The specified value for {member} is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-"
                )
            } else {
                format!(
                    "1 validation error detected: Value at '{member}' failed to satisfy constraint: Member must have length less than or equal to {limit}"
                )
            },
        });
    }
    Ok(())
}

/// A path: `/`, or begins and ends with it.
pub(super) fn path(text: Option<String>) -> Result<String, IamError> {
    let path = text.unwrap_or_else(|| "/".to_owned());
    let printable = path.bytes().all(|b| (0x21..=0x7e).contains(&b));
    if path.starts_with('/') && path.ends_with('/') && path.len() <= PATH_LENGTH && printable {
        return Ok(path);
    }
    Err(IamError::Invalid {
        reason: "The specified value for path is invalid. It must begin and end with / and contain only alphanumeric characters and/or / characters."
            .to_owned(),
    })
}

/// Checks a managed policy's document.
pub(super) fn managed(document: &str) -> Result<(), IamError> {
    within("PolicySize", size(document), MANAGED_SIZE)?;
    Policy::parse(document, Grammar::Identity)?;
    Ok(())
}

/// Checks a trust policy.
pub(super) fn trust(document: &str) -> Result<(), IamError> {
    within("ACLSizePerRole", size(document), TRUST_SIZE)?;
    Policy::parse(document, Grammar::Trust)?;
    Ok(())
}

/// Checks an inline policy that is about to join the others of `holder`.
pub(super) fn inline<H: Holder>(holder: &H, policy: &str, document: &str) -> Result<(), IamError> {
    Policy::parse(document, Grammar::Identity)?;
    let others = holder.held().inline.iter().filter(|(name, _)| *name != policy);
    let total: usize = others.map(|(_, other)| size(other)).sum::<usize>() + size(document);
    if total > H::INLINE_SIZE {
        return Err(IamError::InlineSize {
            limit: H::INLINE_SIZE,
            noun: H::NOUN,
            name: holder.entity().name.clone(),
        });
    }
    Ok(())
}

/// Checks that one more managed policy fits.
pub(super) fn attached(held: &Held, quota: &'static str) -> Result<(), IamError> {
    within(quota, held.attached.len() + 1, ATTACHED_PER_IDENTITY)
}

pub(super) fn within(quota: &'static str, count: usize, limit: usize) -> Result<(), IamError> {
    if count > limit {
        Err(IamError::Quota { quota, limit })
    } else {
        Ok(())
    }
}

fn size(document: &str) -> usize {
    document.chars().filter(|c| !c.is_whitespace()).count()
}
