//! Names and quotas. Follows the user guide's page "AWS Secrets Manager quotas".

use super::errors::SecretsError;

/// Versions of one secret; the oldest that no stage names gives way.
pub(super) const VERSIONS: usize = 100;
/// Stages of one version.
pub(super) const STAGES: usize = 20;
/// Entries of a page, where the caller does not say.
const PAGE: i32 = 100;
/// Days in which a secret can be restored: the least, the most, and what is usual.
const WINDOW: std::ops::RangeInclusive<i64> = 7..=30;
const USUAL_WINDOW: i64 = 30;
const NAME_LENGTH: usize = 512;
const TOKEN_LENGTH: std::ops::RangeInclusive<usize> = 32..=64;
/// The key of secrets: Secrets Manager's own.
pub(super) const DEFAULT_KEY: &str = "alias/aws/secretsmanager";

/// Checks a new secret's name.
pub(super) fn name(name: &str) -> Result<(), SecretsError> {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-/_+=.@!".contains(&byte);
    let formed = (1..=NAME_LENGTH).contains(&name.len()) && name.bytes().all(fits);
    if formed { Ok(()) } else { Err(SecretsError::Name) }
}

/// Checks what is to become a version's id.
pub(super) fn token(token: &str) -> Result<(), SecretsError> {
    if TOKEN_LENGTH.contains(&token.len()) {
        return Ok(());
    }
    Err(SecretsError::parameter("ClientRequestToken must be 32-64 characters long."))
}

/// The days of a recovery window.
pub(super) fn window(days: Option<i64>) -> Result<i64, SecretsError> {
    let days = days.unwrap_or(USUAL_WINDOW);
    if WINDOW.contains(&days) {
        return Ok(days);
    }
    Err(SecretsError::parameter(
        "The RecoveryWindowInDays value must be between 7 and 30 days (inclusive).",
    ))
}

/// Checks which key is asked for; `None` is the default one.
pub(super) fn key(id: Option<String>) -> Result<Option<String>, SecretsError> {
    match id.filter(|id| !id.is_empty()) {
        Some(id) if id != DEFAULT_KEY && id != "aws/secretsmanager" => Err(SecretsError::Key { id }),
        other => Ok(other),
    }
}

/// The size of a page.
pub(super) fn page(asked: Option<i32>) -> usize {
    usize::try_from(asked.unwrap_or(PAGE).clamp(1, PAGE)).unwrap_or(1)
}
