//! Where an object is, as addresses on the web say it: by path or by host name. Follows the S3 page "Methods for accessing a general
//! purpose bucket".

/// The bucket and key of `https://BUCKET.s3.REGION.amazonaws.com/KEY`, `https://s3.REGION.amazonaws.com/BUCKET/KEY`, the same on this
/// machine's own endpoint, and `s3://BUCKET/KEY`; `None` where an address is none of these.
pub fn parse(address: &str) -> Option<(String, String)> {
    let (scheme, rest) = address.split_once("://")?;
    let (host, path) = rest.split_once('/')?;
    let path = percent_decoded(path.split(['?', '#']).next().unwrap_or_default());
    let bucket = match scheme {
        "s3" => Some(host),
        "http" | "https" => bucket(host.split(':').next().unwrap_or_default())?,
        _ => return None,
    };
    let (bucket, key) = match bucket {
        Some(bucket) => (bucket.to_owned(), path),
        None => path.split_once('/').map(|(bucket, key)| (bucket.to_owned(), key.to_owned()))?,
    };
    (!bucket.is_empty() && !key.is_empty()).then_some((bucket, key))
}

/// The bucket that a host names; the outer `None` where the host is not S3's.
fn bucket(host: &str) -> Option<Option<&str>> {
    if let Some(name) = host.strip_suffix(".amazonaws.com") {
        return match name.rfind(".s3") {
            Some(at) => Some(Some(&name[..at])),
            None => name.starts_with("s3").then_some(None),
        };
    }
    let local = host == "127.0.0.1" || host == "localhost" || host == "s3.localhost";
    match host.strip_suffix(".localhost").filter(|_| !local) {
        Some(name) => Some(Some(name.strip_suffix(".s3").unwrap_or(name))),
        None => local.then_some(None),
    }
}

/// A path as it was before it was encoded; a plus is a plus.
pub fn percent_decoded(text: &str) -> String {
    let plain = text.replace('+', "%2B").replace('&', "%26").replace('=', "%3D");
    form_urlencoded::parse(plain.as_bytes())
        .next()
        .map_or_else(String::new, |(path, _)| path.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read() {
        for (address, want) in [
            ("https://b.s3.eu-west-1.amazonaws.com/a/k%20x.yaml", Some(("b", "a/k x.yaml"))),
            ("https://b.s3.amazonaws.com/k?versionId=1", Some(("b", "k"))),
            ("https://s3.amazonaws.com/b/k+1", Some(("b", "k+1"))),
            ("https://s3-eu-west-1.amazonaws.com/b/k=1&2", Some(("b", "k=1&2"))),
            ("http://127.0.0.1:4566/b/k", Some(("b", "k"))),
            ("http://b.localhost:4566/k", Some(("b", "k"))),
            ("s3://b/k/l", Some(("b", "k/l"))),
            ("https://example.com/b/k", None),
            ("https://s3.amazonaws.com/b", None),
            ("k.yaml", None),
        ] {
            let want = want.map(|(bucket, key)| (bucket.to_owned(), key.to_owned()));
            assert_eq!(parse(address), want, "{address}");
        }
    }
}
