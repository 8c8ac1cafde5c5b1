//! The typed input, and the ledger: what was sent and is not honoured is refused by name, unless its operation calls it harmless.

use tierra_core::operation::{AnyInput, Registered};
use tierra_model::catalogue::Protocol;
use tierra_wire::{Decoded, Request, Routed, WireError};

use super::pipeline::{Refusal, not_built};

/// The operation's input, filled from the request.
pub fn input(request: &Request<'_>, routed: &Routed<'_>, built: &Registered) -> Result<Box<dyn AnyInput>, Refusal> {
    let mut input = (built.input)();
    let decoded = tierra_wire::decode(routed, request, input.shape())
        .map_err(|error| Refusal::new(error.to_wire(routed.protocol, &routed.service.metadata)))?;
    ledger(routed.protocol, built, &decoded)?;
    Ok(input)
}

/// Whether everything that was sent has an effect, or is known to need none.
fn ledger(protocol: Protocol, built: &Registered, decoded: &Decoded) -> Result<(), Refusal> {
    // Only EC2 minds parameters that no model knows; all other services pass over them.
    if let Some(unknown) = decoded.unknown.first().filter(|_| protocol == Protocol::Ec2) {
        return Err(WireError::sender("UnknownParameter", format!("The parameter {unknown} is not recognized")).into());
    }
    let (harmless, refused): (Vec<_>, Vec<_>) = decoded.unhonoured.iter().partition(|path| is_harmless(built.harmless, path));
    for path in harmless {
        tracing::info!(service = built.service, operation = built.name, path, "accepted without effect");
    }
    refused.first().map_or(Ok(()), |path| Err(not_honoured(built, path)))
}

/// Whether a path, or one that it lies under, is listed.
fn is_harmless(listed: &[&str], path: &str) -> bool {
    listed
        .iter()
        .any(|one| path.strip_prefix(one).is_some_and(|rest| rest.is_empty() || rest.starts_with('.')))
}

fn not_honoured(built: &Registered, path: &str) -> Refusal {
    not_built(format!(
        "Tierra does not honour the parameter {path} of {}:{} yet.",
        built.service, built.name
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_under_a_harmless_member_is_harmless() {
        let cases = [
            ("Monitoring", true),
            ("Monitoring.Enabled", true),
            ("MonitoringX", false),
            ("Other", false),
        ];
        for (path, want) in cases {
            assert_eq!(is_harmless(&["Monitoring", "Tags.Key"], path), want, "{path}");
        }
    }
}
