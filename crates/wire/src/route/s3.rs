//! Which requests are S3's, and which bucket their host names. Follows the S3 page "Virtual hosting of general purpose buckets".

use std::borrow::Cow;

use crate::message::Request;

/// What S3's own host names end with.
const DOMAIN: &str = ".amazonaws.com";
/// This machine's own domain: every name below it is this machine.
const LOCAL: &str = "localhost";

/// The path of an S3 request with its bucket in front, whichever way it is addressed; `None` where the request is not S3's.
/// The signature stands over the path as it came.
pub fn s3_path<'a>(request: &Request<'a>) -> Option<Cow<'a, str>> {
    let host = request.header("host").unwrap_or_default();
    let host = host.rsplit_once(':').map_or(host, |(name, _)| name);
    let bucket = bucket(host);
    let asked = match super::scope_service(request) {
        Some(service) => service == "s3",
        None => bucket.is_some() || is_own(host) || is_anonymous(request, host),
    };
    asked.then(|| match bucket {
        Some(bucket) => Cow::Owned(format!("/{bucket}{}", request.head.path)),
        None => Cow::Borrowed(request.head.path),
    })
}

/// The bucket that a host names: `BUCKET.s3.REGION.amazonaws.com`, `BUCKET.s3.localhost`, `BUCKET.localhost`.
fn bucket(host: &str) -> Option<&str> {
    if let Some(name) = host.strip_suffix(DOMAIN) {
        let at = name.rfind(".s3").filter(|at| is_endpoint(&name[at + 1..]))?;
        return Some(&name[..at]);
    }
    let name = host.strip_suffix(LOCAL)?.strip_suffix('.')?;
    Some(name.strip_suffix(".s3").unwrap_or(name)).filter(|name| *name != "s3")
}

/// Whether a host is S3's without a bucket.
fn is_own(host: &str) -> bool {
    host == "s3.localhost" || host.strip_suffix(DOMAIN).is_some_and(is_endpoint)
}

/// `s3`, `s3.eu-west-1`, `s3-eu-west-1`, `s3.dualstack.eu-west-1`
fn is_endpoint(name: &str) -> bool {
    let Some(rest) = name.strip_prefix("s3") else { return false };
    let rest = rest.strip_prefix(".dualstack").unwrap_or(rest);
    let region = rest.strip_prefix(['.', '-']).unwrap_or(rest);
    rest.is_empty() || (region.len() < rest.len() && !region.is_empty() && !region.contains('.'))
}

/// An unsigned request to an address that is no service's: only S3 answers those, with what a bucket's policy opens to everybody.
fn is_anonymous(request: &Request<'_>, host: &str) -> bool {
    let methods = ["GET", "HEAD", "PUT", "DELETE"].contains(&request.head.method);
    let form = request.head.query.contains("Action=") || request.header("x-amz-target").is_some();
    methods && !form && request.head.path.len() > 1 && !host.ends_with(DOMAIN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_name_buckets() {
        let cases = [
            ("s3.amazonaws.com", None, true),
            ("s3.eu-west-1.amazonaws.com", None, true),
            ("s3-eu-west-1.amazonaws.com", None, true),
            ("s3.dualstack.eu-west-1.amazonaws.com", None, true),
            ("s3-outposts.x.amazonaws.com", None, false),
            ("b.s3.amazonaws.com", Some("b"), false),
            ("b.c.s3.eu-west-1.amazonaws.com", Some("b.c"), false),
            ("a.s3.b.s3.eu-west-1.amazonaws.com", Some("a.s3.b"), false),
            ("b.s3.dualstack.eu-west-1.amazonaws.com", Some("b"), false),
            ("b.localhost", Some("b"), false),
            ("b.s3.localhost", Some("b"), false),
            ("s3.localhost", None, true),
            ("localhost", None, false),
            ("127.0.0.1", None, false),
            ("ec2.us-east-1.amazonaws.com", None, false),
        ];
        for (host, want, own) in cases {
            assert_eq!((bucket(host), is_own(host)), (want, own), "{host}");
        }
    }
}
