//! "Sticky sessions": which target and group a request's cookies name, and the cookies that a response gets.

use std::time::SystemTime;

use httpdate::fmt_http_date;

use super::exchange::Exchange;
use crate::balancer::config::{Forward, Kind, Millis, Stickiness};
use crate::balancer::cookie::{self, Token, Value};
use crate::balancer::head::{Edit, Fields};
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
pub fn group(headers: &impl Fields, now: SystemTime) -> Option<Value> {
    cookie::find(headers, &GROUP).and_then(|value| cookie::read(value, now))
}

/// The target that a request's cookies name.
pub fn target(headers: &impl Fields, group: &Group, kind: Kind, now: SystemTime) -> Option<Value> {
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
struct Sticking<'a> {
    /// Which balancer's.
    kind: Kind,
    /// Whether the client speaks TLS.
    secure: bool,
    /// The time of day.
    now: SystemTime,
    /// Whether the request's cookies led to the target.
    stayed: bool,
    /// The target that answered.
    target: &'a Target,
}

/// Adds the cookies that keep a client with its group and with the target that answered, which `sticky` may have named.
pub fn stay(headers: &mut impl Edit, exchange: &Exchange, to: &Forward, group: &Group, sticky: Option<Value>) {
    let (now, secure) = (exchange.came, exchange.client.tls.is_some());
    if let Some(target) = exchange.target().filter(|_| group.spec.stickiness.is_some()) {
        let sticking = Sticking {
            kind: exchange.live.kind,
            secure,
            now,
            stayed: sticky.is_some_and(|value| target.token.is(value)),
            target,
        };
        stick(headers, group, &sticking);
    }
    if let Some(span) = to.stickiness {
        application(headers, GROUP, &group.token, span, now, secure);
    }
}

fn stick(headers: &mut impl Edit, group: &Group, sticking: &Sticking<'_>) {
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

fn application(headers: &mut impl Edit, names: [&str; 2], token: &Token, span: Millis, now: SystemTime, secure: bool) {
    let end = now + span.duration();
    let (value, date) = (token.value(Some(end)), fmt_http_date(end));
    let secure = if secure { "; Secure" } else { "" };
    add(headers, &format!("{}={value}; Expires={date}; Path=/", names[0]));
    add(
        headers,
        &format!("{}={value}; Expires={date}; Path=/; SameSite=None{secure}", names[1]),
    );
}

fn classic(headers: &mut impl Edit, sticking: &Sticking<'_>, expires: Option<Millis>) {
    let value = sticking.target.token.value(expires.map(|span| sticking.now + span.duration()));
    let age = expires.map_or(String::new(), |span| format!(";MAX-AGE={}", span.0 / 1000));
    add(headers, &format!("{}={value};PATH=/{age}", CLASSIC[0]));
    if sticking.secure {
        add(headers, &format!("{}={value};PATH=/{age};SECURE;SAMESITE=None", CLASSIC[1]));
    }
}

fn add(headers: &mut impl Edit, cookie: &str) {
    headers.add("set-cookie", cookie.as_bytes());
}
