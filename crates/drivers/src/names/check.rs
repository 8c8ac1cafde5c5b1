//! Which names may stand on the host, and where they may lead.

use super::Names;
use crate::DriverError;
use crate::network::names::PUBLIC;

/// Lines of one cloud's block: the resolver reads the whole file for each look-up.
const LINES: usize = 10_000;
/// Characters of a name (RFC 1035).
const NAME_LENGTH: usize = 253;
/// Characters between two dots.
const LABEL_LENGTH: usize = 63;

/// Under what AWS names tenants' things, as labels; `*` is a region or its short form. AWS's own endpoints (`ec2.REGION.amazonaws.com`,
/// `BUCKET.s3.amazonaws.com`) end with none of them.
const DOMAINS: &[&str] = &[
    "compute-1.amazonaws.com",
    "*.compute.amazonaws.com",
    "*.elb.amazonaws.com",
    "elb.*.amazonaws.com",
    "*.rds.amazonaws.com",
    "*.cache.amazonaws.com",
    "efs.*.amazonaws.com",
    "execute-api.*.amazonaws.com",
    "lambda-url.*.on.aws",
    "cloudfront.net",
];

/// Whether these names may stand on the host.
///
/// # Errors
/// `Refused`, with the name that may not.
pub fn check(names: &Names) -> Result<(), DriverError> {
    let refused = |reason: String| Err(DriverError::Refused { reason });
    if names.values().map(|addresses| addresses.len()).sum::<usize>() > LINES {
        return refused(format!("more than {LINES} names on the host"));
    }
    for (name, addresses) in names {
        if !is_host_name(name) || !DOMAINS.iter().any(|domain| is_under(name, domain)) {
            return refused(format!("{name:?} is no name that stands on the host"));
        }
        if let Some(address) = addresses.iter().find(|address| !PUBLIC.contains(*address)) {
            return refused(format!("{name} leads to {address}, which is not public"));
        }
    }
    Ok(())
}

fn is_host_name(name: &str) -> bool {
    let plain = |label: &str| {
        let inner = label.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        inner && (1..=LABEL_LENGTH).contains(&label.len()) && !label.starts_with('-')
    };
    name.len() <= NAME_LENGTH && name.split('.').all(plain)
}

/// Whether `name` has at least one label before `domain`.
fn is_under(name: &str, domain: &str) -> bool {
    let (mut name, mut domain) = (name.rsplit('.'), domain.rsplit('.'));
    domain.all(|wanted| name.next().is_some_and(|label| wanted == "*" || wanted == label)) && name.next().is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passes(name: &str, address: [u8; 4]) -> bool {
        check(&[(name.to_owned(), [address.into()].into())].into()).is_ok()
    }

    #[test]
    fn only_tenants_names_stand_on_the_host() {
        let good = [
            "ec2-127-100-0-1.compute-1.amazonaws.com",
            "ec2-127-100-0-1.eu-west-1.compute.amazonaws.com",
            "web-123.us-east-1.elb.amazonaws.com",
            "web-123.elb.us-east-1.amazonaws.com",
            "db.c0ffee.us-east-1.rds.amazonaws.com",
            "d111111abcdef8.cloudfront.net",
        ];
        let bad = [
            "",
            "localhost",
            "example.com",
            "amazonaws.com",
            "ec2.us-east-1.amazonaws.com",
            "sts.amazonaws.com",
            "rds.us-east-1.amazonaws.com",
            "us-east-1.rds.amazonaws.com",
            "elb.us-east-1.amazonaws.com",
            "bucket.s3.us-east-1.amazonaws.com",
            "cloudfront.net",
            "DB.c0ffee.us-east-1.rds.amazonaws.com",
            "a b.us-east-1.rds.amazonaws.com",
            "a\nb.us-east-1.rds.amazonaws.com",
            "x..us-east-1.rds.amazonaws.com",
        ];
        for name in good {
            assert!(passes(name, [127, 100, 0, 1]), "{name}");
            assert!(!passes(name, [127, 0, 0, 1]), "{name} at localhost");
            assert!(!passes(name, [10, 0, 0, 5]), "{name} inside");
        }
        for name in bad {
            assert!(!passes(name, [127, 100, 0, 1]), "{name}");
        }
    }
}
