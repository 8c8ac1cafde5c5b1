//! AWS's own cases, aws-sigv4 as an oracle, and every part of a request changed in turn.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    PercentEncodingMode, SignableBody, SignableRequest, SignatureLocation, SigningSettings, UriPathNormalizationMode,
};
use aws_sigv4::sign::v4;
use tierra_model::Timestamp;

use super::*;

const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const NOW: i64 = 1_440_938_160; // 2015-08-30T12:36:00Z

/// A request that can be changed.
#[derive(Clone, Debug)]
struct Owned {
    method: String,
    path: String,
    query: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Owned {
    fn head(&self) -> SignedRequest<'_> {
        SignedRequest {
            method: &self.method,
            path: &self.path,
            query: &self.query,
            headers: &self.headers,
        }
    }

    fn verified(&self, now: i64, family: Family) -> Result<(), SigError> {
        self.verified_with(
            &Secret {
                secret: SECRET.into(),
                session_token: None,
            },
            now,
            family,
        )
    }

    fn verified_with(&self, secret: &Secret, now: i64, family: Family) -> Result<(), SigError> {
        let claim = Claim::of(&self.head())?;
        verify(&self.head(), &claim, secret, Some(&self.body), Timestamp::from_secs(now), family).map(drop)
    }

    fn set(&mut self, name: &str, value: &str) {
        self.headers.retain(|(key, _)| key != name);
        self.headers.push((name.to_owned(), value.to_owned()));
    }
}

/// Reads a raw request of AWS's cases, whose lines may go on with leading white space.
fn parse(raw: &str) -> Owned {
    let (head, body) = raw.split_once("\n\n").unwrap_or((raw, ""));
    let mut lines = head.lines();
    let first = lines.next().expect("request line").trim_end_matches(" HTTP/1.1");
    let (method, target) = first.split_once(' ').expect("method");
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let mut headers: Vec<(String, String)> = Vec::new();
    for line in lines {
        match (line.starts_with(' '), line.split_once(':')) {
            (true, _) => headers.last_mut().expect("a header").1.push_str(&format!(" {}", line.trim())),
            (false, Some((name, value))) => headers.push((name.to_ascii_lowercase(), value.to_owned())),
            (false, None) => {}
        }
    }
    Owned {
        method: method.into(),
        path: path.into(),
        query: query.into(),
        headers,
        body: body.as_bytes().to_vec(),
    }
}

fn cases(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            cases(&path, found);
        } else if path.extension().is_some_and(|e| e == "req") {
            found.push(path);
        }
    }
}

#[test]
fn aws_own_cases_stand() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/vectors/sigv4");
    let mut found = Vec::new();
    cases(&folder, &mut found);
    if found.is_empty() {
        eprintln!("SKIPPED: AWS's SigV4 cases are not beside the checkout ({})", folder.display());
        return;
    }
    for path in &found {
        let read = |extension: &str| {
            std::fs::read_to_string(path.with_extension(extension))
                .expect("case")
                .replace('\r', "")
        };
        let mut request = parse(&read("req"));
        request.set("authorization", read("authz").trim());
        let expected = read("creq");
        // Where a token is signed that the raw request does not carry, the canonical request tells it.
        if let (Some(token), None) = (
            expected.lines().find_map(|l| l.strip_prefix("x-amz-security-token:")),
            request.head().header("x-amz-security-token"),
        ) {
            request.set("x-amz-security-token", token);
        }
        let claim = Claim::of(&request.head()).expect("claim");
        let hash = super::key::digest(&request.body);
        let canonical = super::canonical::request(&request.head(), &claim.signed_headers, &hash, Family::Query);
        assert_eq!(canonical, expected, "{}", path.display());
        assert_eq!(
            super::key::string_to_sign(&claim.date, &claim.scope, &canonical),
            read("sts"),
            "{}",
            path.display()
        );
        assert_eq!(request.verified(NOW, Family::Query), Ok(()), "{}", path.display());
    }
    println!("{} of AWS's cases stand", found.len());
}

/// Signs a request with AWS's own crate.
fn sign(request: &Owned, service: &str, location: SignatureLocation, token: Option<&str>) -> Owned {
    let identity = Credentials::new("AKIDEXAMPLE", SECRET, token.map(str::to_owned), None, "test").into();
    let mut settings = SigningSettings::default();
    settings.signature_location = location;
    settings.expires_in = (location == SignatureLocation::QueryParams).then_some(Duration::from_secs(60));
    if service == "s3" {
        settings.percent_encoding_mode = PercentEncodingMode::Single;
        settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
    }
    let parameters = v4::SigningParams::builder()
        .identity(&identity)
        .region("us-east-1")
        .name(service)
        .time(SystemTime::UNIX_EPOCH + Duration::from_secs(NOW as u64))
        .settings(settings)
        .build()
        .expect("parameters");
    let uri = format!("https://example.amazonaws.com{}?{}", request.path, request.query);
    let headers = request.headers.iter().map(|(k, v)| (k.as_str(), v.as_str()));
    let body = if location == SignatureLocation::QueryParams && service == "s3" {
        SignableBody::UnsignedPayload
    } else {
        SignableBody::Bytes(&request.body)
    };
    let signable = SignableRequest::new(&request.method, &uri, headers, body).expect("signable");
    let (instructions, _) = aws_sigv4::http_request::sign(signable, &parameters.into())
        .expect("signed")
        .into_parts();
    let mut signed = request.clone();
    let (headers, query) = instructions.into_parts();
    for header in headers {
        signed.set(header.name(), header.value());
    }
    for (key, value) in query {
        let separator = if signed.query.is_empty() { "" } else { "&" };
        signed.query += &format!("{separator}{key}={}", super::canonical::encode(value.as_bytes(), b""));
    }
    signed
}

fn request(method: &str, path: &str, query: &str) -> Owned {
    Owned {
        method: method.into(),
        path: path.into(),
        query: query.into(),
        headers: vec![
            ("host".into(), "example.amazonaws.com".into()),
            ("content-type".into(), "text/plain".into()),
        ],
        body: b"Action=DescribeInstances&Version=2016-11-15".to_vec(),
    }
}

#[test]
fn what_aws_signs_stands_and_any_changed_part_does_not() {
    for (service, family) in [
        ("ec2", Family::Ec2),
        ("iam", Family::Query),
        ("ssm", Family::Json),
        ("s3", Family::S3),
    ] {
        for (path, query) in [
            ("/", ""),
            ("/a/b%20c/%E1%88%B4", "x=1&a=b%20c&x=0&empty="),
            ("/k%2Fy/~x", "list-type=2"),
        ] {
            for location in [SignatureLocation::Headers, SignatureLocation::QueryParams] {
                let signed = sign(&request("POST", path, query), service, location, None);
                assert_eq!(
                    signed.verified(NOW, family),
                    Ok(()),
                    "{service} {path}?{query} {location:?}\n{signed:#?}"
                );
                mutations(&signed, family);
            }
        }
    }
}

/// Changes each part of a signed request and expects AWS's code.
fn mutations(signed: &Owned, family: Family) {
    let mismatch = SigError::Mismatch.refusal(family).code;
    let presigned = signed.head().header("authorization").is_none();
    let mut changed: Vec<(String, Owned)> = Vec::new();
    let mut add = |what: &str, change: &dyn Fn(&mut Owned)| {
        let mut other = signed.clone();
        change(&mut other);
        changed.push((what.to_owned(), other));
    };
    add("method", &|r| r.method = "PUT".into());
    add("path", &|r| r.path.push('x'));
    add("query", &|r| r.query = format!("more=1&{}", r.query));
    add("host", &|r| r.set("host", "other.amazonaws.com"));
    add("content-type", &|r| r.set("content-type", "text/html"));
    if family != Family::S3 || !presigned {
        add("body", &|r| r.body.push(b'!'));
    }
    let replace = |r: &mut Owned, from: &str, to: &str| {
        r.query = r.query.replace(from, to);
        r.headers
            .iter_mut()
            .filter(|(name, _)| name == "authorization")
            .for_each(|(_, value)| *value = value.replace(from, to));
    };
    add("region", &|r| replace(r, "us-east-1", "eu-west-1"));
    add("signature", &|r| {
        let signature = Claim::of(&r.head()).expect("claim").signature;
        let other: String = signature.chars().rev().collect();
        replace(r, &signature, &other);
    });
    for (what, other) in changed {
        let refusal = other.verified(NOW, family).expect_err(&what).refusal(family);
        let payload = SigError::PayloadMismatch.refusal(family).code;
        assert!(
            refusal.code == mismatch || (what == "body" && refusal.code == payload),
            "{what}: {refusal:?}"
        );
    }
}

#[test]
fn time_tokens_and_missing_parts_are_told_in_each_family() {
    let signed = sign(&request("GET", "/", ""), "iam", SignatureLocation::Headers, None);
    let late = signed.verified(NOW + 301, Family::Query).expect_err("late").refusal(Family::Query);
    assert_eq!(
        late.message,
        "Signature expired: 20150830T123600Z is now earlier than 20150830T123601Z (20150830T124101Z - 5 min.)"
    );
    let early = signed.verified(NOW - 301, Family::Json).expect_err("early").refusal(Family::Json);
    assert_eq!((early.code, early.status), ("InvalidSignatureException", 400));
    assert_eq!(signed.verified(NOW + 299, Family::Query), Ok(()));

    let presigned = sign(&request("GET", "/", ""), "s3", SignatureLocation::QueryParams, None);
    assert_eq!(presigned.verified(NOW + 59, Family::S3), Ok(()));
    assert_eq!(presigned.verified(NOW + 61, Family::S3), Err(SigError::PresignedExpired));

    let session = sign(&request("GET", "/", ""), "sts", SignatureLocation::Headers, Some("token"));
    let secret = |token: &str| Secret {
        secret: SECRET.into(),
        session_token: Some(token.into()),
    };
    assert_eq!(session.verified_with(&secret("token"), NOW, Family::Query), Ok(()));
    assert_eq!(
        session.verified_with(&secret("other"), NOW, Family::Query),
        Err(SigError::UnknownKey)
    );

    let bare = request("GET", "/", "");
    let missing = |family| Claim::of(&bare.head()).expect_err("unsigned").refusal(family).code;
    assert_eq!(
        [Family::Ec2, Family::S3, Family::Query, Family::Json].map(missing),
        [
            "MissingParameter",
            "AccessDenied",
            "MissingAuthenticationToken",
            "MissingAuthenticationTokenException"
        ]
    );
    for header in [
        "AWS4-HMAC-SHA256 Credential=a/b/c/d/aws4_request",
        "Basic x",
        "AWS4-HMAC-SHA256 Credential=a/b, SignedHeaders=host, Signature=x",
    ] {
        let mut odd = request("GET", "/", "");
        odd.set("authorization", header);
        odd.set("x-amz-date", "20150830T123600Z");
        assert!(matches!(Claim::of(&odd.head()), Err(SigError::Incomplete(_))), "{header}");
    }
}

#[test]
fn chunks_are_checked_one_by_one_and_so_are_trailers() {
    // The example of the S3 page on chunked uploads.
    let scope = Scope {
        date: "20130524".into(),
        region: "us-east-1".into(),
        service: "s3".into(),
    };
    let secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
    let claim = Claim {
        access_key_id: "AKIAIOSFODNN7EXAMPLE".into(),
        scope: scope.clone(),
        signed_headers: vec!["host".into()],
        signature: "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9".into(),
        date: "20130524T000000Z".into(),
        session_token: None,
        expires: None,
    };
    let mut body = Vec::new();
    for (size, signature) in [
        (65536, "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648"),
        (1024, "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497"),
        (0, "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9"),
    ] {
        body.extend(format!("{size:x};chunk-signature={signature}\r\n").bytes());
        body.extend(std::iter::repeat_n(b'a', size));
        body.extend(b"\r\n");
    }
    let decode = |body: &[u8], piece: usize| {
        let mut decoder = ChunkDecoder::signed(SigningKey::derive(secret, &scope), &claim);
        let payload = body.chunks(piece).try_fold(Vec::new(), |mut all, bytes| {
            all.extend(decoder.push(bytes)?);
            Ok::<_, SigError>(all)
        })?;
        decoder.finish().map(|_| payload)
    };
    for piece in [1 << 20, 1000] {
        assert_eq!(decode(&body, piece).map(|payload| payload.len()), Ok(66560));
    }
    let mut other = body.clone();
    other[100] = b'b';
    assert_eq!(decode(&other, 4096), Err(SigError::Mismatch));
    assert!(decode(&body[..body.len() - 200], 4096).is_err(), "cut short");
    let mut unsigned = ChunkDecoder::unsigned();
    assert_eq!(
        unsigned.push(b"3\r\nabc\r\n0\r\nx-amz-checksum-crc32:AAAA\r\n\r\n"),
        Ok(b"abc".to_vec())
    );
    assert_eq!(unsigned.finish(), Ok(vec![("x-amz-checksum-crc32".to_owned(), "AAAA".to_owned())]));
}
