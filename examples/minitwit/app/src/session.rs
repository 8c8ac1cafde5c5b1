//! The session: a cookie that the server signs and keeps no copy of, so that any server can read it.

use axum::http::HeaderMap;
use axum::http::header::COOKIE;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use hmac::{Hmac, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

/// The cookie's name.
const NAME: &str = "session";
/// Most messages that wait to be shown.
const FLASHES: usize = 8;

/// What the cookie says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Who is logged in.
    pub user_id: Option<u64>,
    /// Messages that the next page shows.
    #[serde(default)]
    pub flashes: Vec<String>,
}

impl Session {
    /// The session of a request; a new one where its cookie is missing, broken or not signed by `key`.
    pub fn of(headers: &HeaderMap, key: &[u8]) -> Self {
        let cookies = headers.get_all(COOKIE).into_iter().filter_map(|value| value.to_str().ok());
        let mut pairs = cookies
            .flat_map(|line| line.split(';'))
            .filter_map(|pair| pair.trim().split_once('='));
        let value = pairs.find(|(name, _)| *name == NAME).map(|(_, value)| value);
        value.and_then(|value| open(value, key)).unwrap_or_default()
    }

    /// The `Set-Cookie` header's value.
    pub fn cookie(&self, key: &[u8]) -> String {
        // Plain data with string keys always has a JSON form.
        let content = BASE64.encode(serde_json::to_vec(self).unwrap_or_default());
        let signature = BASE64.encode(mac(key, &content).finalize().into_bytes());
        format!("{NAME}={content}.{signature}; Path=/; HttpOnly; SameSite=Lax")
    }

    /// Has the next page show this.
    pub fn flash(&mut self, message: impl Into<String>) {
        self.flashes.push(message.into());
        let surplus = self.flashes.len().saturating_sub(FLASHES);
        self.flashes.drain(..surplus);
    }
}

fn open(value: &str, key: &[u8]) -> Option<Session> {
    let (content, signature) = value.split_once('.')?;
    mac(key, content).verify_slice(&BASE64.decode(signature).ok()?).ok()?;
    serde_json::from_slice(&BASE64.decode(content).ok()?).ok()
}

fn mac(key: &[u8], content: &str) -> Hmac<Sha256> {
    // HMAC takes a key of any length.
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("any key");
    mac.update(content.as_bytes());
    mac
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(cookie: &str, key: &[u8]) -> Session {
        let mut headers = HeaderMap::new();
        headers.insert(COOKIE, format!("other=1; {cookie}").parse().expect("a header"));
        Session::of(&headers, key)
    }

    #[test]
    fn a_session_comes_back_and_a_forged_one_does_not() {
        let mut session = Session {
            user_id: Some(7),
            flashes: vec![],
        };
        session.flash("You were logged in");
        let cookie = session.cookie(b"the key of the servers");
        let value = cookie.split(';').next().expect("a pair");
        assert_eq!(read(value, b"the key of the servers"), session);
        assert_eq!(read(value, b"another key"), Session::default());
        let (content, signature) = value.split_once('.').expect("signed");
        let forged = format!("{}.{signature}", content.replace('=', "=e"));
        assert_eq!(read(&forged, b"the key of the servers"), Session::default());
        assert_eq!(read("session=", b"the key of the servers"), Session::default());
    }

    #[test]
    fn few_messages_wait() {
        let mut session = Session::default();
        (0..20).for_each(|n| session.flash(n.to_string()));
        assert_eq!(session.flashes.len(), FLASHES);
        assert_eq!(session.flashes.last().map(String::as_str), Some("19"));
    }
}
