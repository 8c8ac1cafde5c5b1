//! "Sticky sessions": which target and group a request's cookies name, and the cookies that a response gets.

use std::time::SystemTime;

use http::HeaderMap;
use http::header::{HeaderValue, SET_COOKIE};
use httpdate::fmt_http_date;

use crate::balancer::config::{Kind, Millis, Stickiness};
use crate::balancer::cookie::{self, Token, Value};
use crate::balancer::live::{Group, Target};

/// The cookies that name a group.
const GROUP: [&str; 2] = ["AWSALBTG", "AWSALBTGCORS"];
/// The cookies that name a target for as long as they say.
const TARGET: [&str; 2] = ["AWSALB", "AWSALBCORS"];
/// The cookie that names a target for as long as the application's cookie is there.
const APPLICATION: &str = "AWSALBAPP-0";
/// A Classic Load Balancer's cookies.
const CLASSIC: [&str; 2] = ["AWSELB", "AWSELBCORS"];

/// The group that a request's cookies name.
pub fn group(headers: &HeaderMap, now: SystemTime) -> Option<Value<'_>> {
    cookie::find(headers, &GROUP).and_then(|value| cookie::read(value, now))
}

/// The target that a request's cookies name.
pub fn target<'a>(headers: &'a HeaderMap, group: &Group, kind: Kind, now: SystemTime) -> Option<Value<'a>> {
    let names: &[&str] = match (group.spec.stickiness.as_ref()?, kind) {
        (Stickiness::AppCookie { name, .. }, _) if cookie::find(headers, &[name]).is_none() => return None,
        (_, Kind::Classic) => &CLASSIC,
        (Stickiness::AppCookie { .. }, Kind::Application) => &[APPLICATION],
        (Stickiness::LbCookie { .. }, Kind::Application) => &TARGET,
    };
    cookie::find(headers, names).and_then(|value| cookie::read(value, now))
}

/// What the response's cookies are made of.
#[derive(Clone, Copy, Debug)]
pub struct Sticking<'a> {
    /// Which balancer's.
    pub kind: Kind,
    /// Whether the client speaks TLS.
    pub secure: bool,
    /// The time of day.
    pub now: SystemTime,
    /// Whether the request's cookies led to the target.
    pub stayed: bool,
    /// The target that answered.
    pub target: &'a Target,
}

/// Adds the cookies that keep a client with its target.
pub fn stick(headers: &mut HeaderMap, group: &Group, sticking: &Sticking<'_>) {
    match (group.spec.stickiness.as_ref(), sticking.kind) {
        (None, _) => {}
        (Some(Stickiness::LbCookie { expires }), Kind::Application) => {
            let end = expires.unwrap_or(Millis::seconds(86_400));
            application(headers, TARGET, &sticking.target.token, end, sticking.now, sticking.secure);
        }
        (Some(Stickiness::AppCookie { name, expires }), Kind::Application) => {
            if sticking.stayed || cookie::sets(headers, name) {
                let end = sticking.now + expires.unwrap_or(Millis::seconds(86_400)).duration();
                let value = sticking.target.token.value(Some(end));
                add(headers, &format!("{APPLICATION}={value}; Expires={}; Path=/", fmt_http_date(end)));
            }
        }
        (Some(Stickiness::LbCookie { expires }), Kind::Classic) => {
            if !sticking.stayed {
                classic(headers, sticking, *expires);
            }
        }
        (Some(Stickiness::AppCookie { name, .. }), Kind::Classic) => {
            if cookie::sets(headers, name) {
                classic(headers, sticking, None);
            }
        }
    }
}

/// Adds the cookies that keep a client with its group.
pub fn stick_group(headers: &mut HeaderMap, group: &Group, span: Millis, now: SystemTime, secure: bool) {
    application(headers, GROUP, &group.token, span, now, secure);
}

fn application(headers: &mut HeaderMap, names: [&str; 2], token: &Token, span: Millis, now: SystemTime, secure: bool) {
    let end = now + span.duration();
    let (value, date) = (token.value(Some(end)), fmt_http_date(end));
    let secure = if secure { "; Secure" } else { "" };
    add(headers, &format!("{}={value}; Expires={date}; Path=/", names[0]));
    add(
        headers,
        &format!("{}={value}; Expires={date}; Path=/; SameSite=None{secure}", names[1]),
    );
}

fn classic(headers: &mut HeaderMap, sticking: &Sticking<'_>, expires: Option<Millis>) {
    let value = sticking.target.token.value(expires.map(|span| sticking.now + span.duration()));
    let age = expires.map_or(String::new(), |span| format!(";MAX-AGE={}", span.0 / 1000));
    add(headers, &format!("{}={value};PATH=/{age}", CLASSIC[0]));
    if sticking.secure {
        add(headers, &format!("{}={value};PATH=/{age};SECURE;SAMESITE=None", CLASSIC[1]));
    }
}

fn add(headers: &mut HeaderMap, cookie: &str) {
    if let Ok(value) = HeaderValue::from_str(cookie) {
        headers.append(SET_COOKIE, value);
    }
}
