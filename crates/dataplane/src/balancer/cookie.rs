//! "Sticky sessions": the balancer's own cookies.
//!
//! **Invariant**: a cookie says nothing of a target's address to those without the balancer's key, and a value that was not made
//! with the key leads nowhere. Every node of one balancer makes the same values.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use sha2::{Digest, Sha256};

use super::head::Fields;

/// Characters of a token.
const TOKEN: usize = 32;
/// Characters of an end in seconds, hexadecimal.
const END: usize = 8;
/// Stands for "no end": a cookie of a browser's session.
const NO_END: u32 = u32::MAX;

/// What names a target or a group in a cookie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    /// The token of something that is named by `parts`.
    pub fn new(key: &str, parts: &[&str]) -> Self {
        let mut hash = Sha256::new();
        for part in [&[key], parts].concat() {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        let digest = hash.finalize();
        Self(digest.iter().take(TOKEN / 2).map(|byte| format!("{byte:02X}")).collect())
    }

    /// The cookie's value, good until `end`.
    pub fn value(&self, end: Option<SystemTime>) -> String {
        format!("{}{:08X}", self.0, end.map_or(NO_END, seconds))
    }

    /// Whether a cookie's value is of this token.
    pub fn is(&self, value: Value) -> bool {
        self.0.as_bytes() == value.0
    }
}

/// A value that came in, and is still good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Value([u8; TOKEN]);

/// Reads a cookie's value; `None` where it is none of ours or has ended.
pub fn read(value: &str, now: SystemTime) -> Option<Value> {
    let (token, end) = value.split_at_checked(TOKEN)?;
    let end = (end.len() == END).then(|| u32::from_str_radix(end, 16).ok()).flatten()?;
    (end >= seconds(now)).then_some(Value(token.as_bytes().try_into().ok()?))
}

fn seconds(time: SystemTime) -> u32 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO).as_secs();
    u32::try_from(since).unwrap_or(NO_END)
}

/// The value of the first of these cookies that a request has.
pub fn find<'a>(fields: &'a impl Fields, names: &[&str]) -> Option<&'a str> {
    let mut pairs = fields
        .texts("cookie")
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, _)| names.contains(name)).map(|(_, value)| value)
}

/// Whether a response sets the application's cookie.
pub fn sets(fields: &impl Fields, name: &str) -> bool {
    let lines = fields.texts("set-cookie");
    lines.filter_map(|line| line.split_once('=')).any(|(set, _)| set.trim() == name)
}

#[cfg(test)]
mod tests {
    use http::header::{COOKIE, HeaderMap};

    use super::*;

    #[test]
    fn values_lead_back_until_they_end() {
        let now = UNIX_EPOCH + Duration::from_secs(1_800_000_000);
        let (a, b) = (Token::new("key", &["group", "a"]), Token::new("key", &["group", "b"]));
        let value = a.value(Some(now + Duration::from_secs(60)));
        let good = read(&value, now).expect("good");
        assert!(a.is(good) && !b.is(good));
        assert!(!Token::new("other key", &["group", "a"]).is(good));
        assert_eq!(read(&value, now + Duration::from_secs(61)), None);
        assert!(read(&a.value(None), now + Duration::from_secs(1 << 30)).is_some());
        for wrong in ["", "x", &value[1..], "é".repeat(20).as_str()] {
            assert_eq!(read(wrong, now), None, "{wrong}");
        }
    }

    #[test]
    fn cookies_are_found_among_others() {
        let mut headers = HeaderMap::new();
        headers.append(COOKIE, "a=1; AWSALB=x=y".parse().expect("value"));
        headers.append(COOKIE, "b=2".parse().expect("value"));
        assert_eq!(find(&headers, &["AWSALB"]), Some("x=y"));
        assert_eq!(find(&headers, &["none", "b"]), Some("2"));
        assert_eq!(find(&headers, &["c"]), None);
    }
}
