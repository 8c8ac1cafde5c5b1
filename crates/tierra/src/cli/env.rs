//! `tierra env`: what the AWS tools need to speak to this cloud.

use anyhow::Context as _;
use clap::Args;
use serde_json::{Map, Value};

use super::{Context, code, say};
use crate::root_key::RootKey;

/// Print the settings that make AWS's tools speak to this cloud: eval "$(tierra env)"
#[derive(Debug, Args)]
pub struct Env {}

impl Env {
    /// Prints them.
    pub fn run(self, context: &Context) -> anyhow::Result<u8> {
        let running = context.running()?;
        let home = context.home();
        let key = RootKey::read(&home.root_key()).context("the root user's key cannot be read")?;
        let settings = [
            ("AWS_ENDPOINT_URL", format!("http://127.0.0.1:{}", running.port)),
            ("AWS_ACCESS_KEY_ID", key.access_key_id),
            ("AWS_SECRET_ACCESS_KEY", key.secret_access_key),
            ("AWS_DEFAULT_REGION", context.region.clone()),
            ("AWS_REGION", context.region.clone()),
        ];
        if context.json {
            let object: Map<String, Value> = settings.into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect();
            say::json(&object)?;
        } else {
            // A session's token of another account would be sent along.
            say::line("unset AWS_SESSION_TOKEN AWS_PROFILE");
            settings
                .iter()
                .for_each(|(name, value)| say::line(format!("export {name}={}", quoted(value))));
            say::line(AWS_FUNCTION);
        }
        Ok(code::OK)
    }
}

/// The AWS CLI 1 speaks to AWS itself for RDS, Neptune, DocumentDB and Health, whatever AWS_ENDPOINT_URL says, unless its command line
/// names the endpoint (its customization `overridesslcommonname`).
const AWS_FUNCTION: &str = r#"aws() { command aws ${AWS_ENDPOINT_URL:+"--endpoint-url=$AWS_ENDPOINT_URL"} "$@"; }"#;

/// A value as a shell takes it.
pub(super) fn quoted(value: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:+=@".contains(c);
    if value.chars().all(plain) {
        value.to_owned()
    } else {
        format!("'{}'", value.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_reads_back_what_was_meant() {
        assert_eq!(quoted("http://127.0.0.1:4566"), "http://127.0.0.1:4566");
        assert_eq!(quoted("it's $HOME"), r"'it'\''s $HOME'");
    }
}
