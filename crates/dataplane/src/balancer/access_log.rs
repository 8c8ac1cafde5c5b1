//! Lines of access logs, exactly as AWS writes them ("Access logs for your Application Load Balancer", "… Classic Load Balancer").

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::time::{Duration, SystemTime};

use super::client::TlsFacts;

/// What a line tells.
#[derive(Clone, Debug)]
pub struct Entry<'a> {
    /// `http`, `https`, `h2`, `ws`, `wss`.
    pub kind: &'a str,
    /// When the response was sent.
    pub ended: SystemTime,
    /// When the request came.
    pub came: SystemTime,
    /// The balancer's name in logs.
    pub balancer: &'a str,
    /// The client.
    pub client: SocketAddr,
    /// The target that was asked.
    pub target: Option<SocketAddr>,
    /// Until the request was sent; until the response began; until it was sent. Each may be absent: `-1`.
    pub times: [Option<Duration>; 3],
    /// The client's status.
    pub status: u16,
    /// The target's status.
    pub target_status: Option<u16>,
    /// Bytes from the client.
    pub received: u64,
    /// Bytes to the client.
    pub sent: u64,
    /// `GET http://host:80/ HTTP/1.1`.
    pub request: &'a str,
    /// The client's word for itself.
    pub user_agent: &'a str,
    /// How TLS is spoken.
    pub tls: Option<&'a TlsFacts>,
    /// The group's ARN.
    pub group: Option<&'a str>,
    /// `Root=…`.
    pub trace: &'a str,
    /// The rule's priority; absent where none was looked at.
    pub priority: Option<u32>,
    /// `forward`, `redirect`, `fixed-response`.
    pub action: &'a str,
    /// Where a redirect leads.
    pub redirect: &'a str,
    /// The desync class and its reason, where there is one.
    pub class: Option<(&'a str, &'a str)>,
    /// Names the connection.
    pub connection: u64,
}

fn time(time: SystemTime) -> String {
    jiff::Timestamp::try_from(time).map_or_else(|_| "-".to_owned(), |time| time.strftime("%Y-%m-%dT%H:%M:%S%.6fZ").to_string())
}

fn or_dash<T: ToString>(value: Option<T>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| value.to_string())
}

/// A text between quotes: what would end it or is no printable character is written as its code.
fn quoted(text: &str) -> String {
    let text = if text.is_empty() { "-" } else { text };
    let mut line = String::with_capacity(text.len() + 2);
    line.push('"');
    for byte in text.bytes() {
        match byte {
            b'"' | b'\\' => line.extend(['\\', char::from(byte)]),
            0x20..=0x7e => line.push(char::from(byte)),
            _ => drop(write!(line, "\\x{byte:02X}")),
        }
    }
    line.push('"');
    line
}

fn times(times: [Option<Duration>; 3], digits: usize) -> String {
    let written = |time: Option<Duration>| time.map_or_else(|| "-1".to_owned(), |time| format!("{:.digits$}", time.as_secs_f64()));
    times.map(written).join(" ")
}

/// An Application Load Balancer's line.
pub fn application(entry: &Entry<'_>) -> String {
    let (cipher, protocol) = entry.tls.map_or(("-", "-"), |tls| (tls.cipher, tls.version));
    let name = entry.tls.and_then(|tls| tls.name.as_deref()).unwrap_or("-");
    let certificate = entry.tls.map_or("-", |tls| tls.certificate.as_str());
    let (class, reason) = entry.class.unwrap_or(("-", "-"));
    let (target, target_status) = (or_dash(entry.target), or_dash(entry.target_status));
    [
        entry.kind.to_owned(),
        time(entry.ended),
        entry.balancer.to_owned(),
        entry.client.to_string(),
        target.clone(),
        times(entry.times, 3),
        entry.status.to_string(),
        target_status.clone(),
        entry.received.to_string(),
        entry.sent.to_string(),
        quoted(entry.request),
        quoted(entry.user_agent),
        cipher.to_owned(),
        protocol.to_owned(),
        or_dash(entry.group),
        quoted(entry.trace),
        quoted(name),
        quoted(certificate),
        or_dash(entry.priority),
        time(entry.came),
        quoted(entry.action),
        quoted(entry.redirect),
        quoted("-"),
        quoted(&target),
        quoted(&target_status),
        quoted(class),
        quoted(reason),
        format!("TID_{:016x}", entry.connection),
    ]
    .join(" ")
}

/// A Classic Load Balancer's line.
pub fn classic(entry: &Entry<'_>) -> String {
    let (cipher, protocol) = entry.tls.map_or(("-", "-"), |tls| (tls.cipher, tls.version));
    [
        time(entry.came),
        entry.balancer.to_owned(),
        entry.client.to_string(),
        or_dash(entry.target),
        times(entry.times, 6),
        or_dash((entry.status > 0).then_some(entry.status)),
        or_dash(entry.target_status),
        entry.received.to_string(),
        entry.sent.to_string(),
        quoted(entry.request),
        quoted(entry.user_agent),
        cipher.to_owned(),
        protocol.to_owned(),
    ]
    .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry<'a>() -> Entry<'a> {
        let at = |text: &str| SystemTime::from(text.parse::<jiff::Timestamp>().expect("time"));
        Entry {
            kind: "http",
            ended: at("2018-07-02T22:23:00.186641Z"),
            came: at("2018-07-02T22:22:48.364Z"),
            balancer: "app/my-loadbalancer/50dc6c495c0c9188",
            client: "192.168.131.39:2817".parse().expect("address"),
            target: Some("10.0.0.1:80".parse().expect("address")),
            times: [0, 1, 0].map(|millis| Some(Duration::from_millis(millis))),
            status: 200,
            target_status: Some(200),
            received: 34,
            sent: 366,
            request: "GET http://www.example.com:80/ HTTP/1.1",
            user_agent: "curl/7.46.0",
            tls: None,
            group: Some("arn:aws:elasticloadbalancing:us-east-2:123456789012:targetgroup/my-targets/73e2d6bc24d8a067"),
            trace: "Root=1-58337262-36d228ad5d99923122bbe354",
            priority: Some(0),
            action: "forward",
            redirect: "-",
            class: None,
            connection: 0x1234_abcd_5678_ef90,
        }
    }

    #[test]
    fn an_application_load_balancers_line() {
        let wanted = "http 2018-07-02T22:23:00.186641Z app/my-loadbalancer/50dc6c495c0c9188 192.168.131.39:2817 10.0.0.1:80 \
            0.000 0.001 0.000 200 200 34 366 \"GET http://www.example.com:80/ HTTP/1.1\" \"curl/7.46.0\" - - \
            arn:aws:elasticloadbalancing:us-east-2:123456789012:targetgroup/my-targets/73e2d6bc24d8a067 \
            \"Root=1-58337262-36d228ad5d99923122bbe354\" \"-\" \"-\" 0 2018-07-02T22:22:48.364000Z \"forward\" \"-\" \"-\" \
            \"10.0.0.1:80\" \"200\" \"-\" \"-\" TID_1234abcd5678ef90";
        assert_eq!(application(&entry()), wanted);
    }

    #[test]
    fn a_classic_load_balancers_line() {
        let classic_entry = Entry {
            balancer: "my-loadbalancer",
            times: [73, 1048, 57].map(|micros| Some(Duration::from_micros(micros))),
            received: 0,
            sent: 29,
            ..entry()
        };
        let wanted = "2018-07-02T22:22:48.364000Z my-loadbalancer 192.168.131.39:2817 10.0.0.1:80 0.000073 0.001048 0.000057 \
            200 200 0 29 \"GET http://www.example.com:80/ HTTP/1.1\" \"curl/7.46.0\" - -";
        assert_eq!(classic(&classic_entry), wanted);
    }

    #[test]
    fn quotes_cannot_be_broken_out_of() {
        assert_eq!(quoted("a\"b\\\né"), "\"a\\\"b\\\\\\x0A\\xC3\\xA9\"");
        assert_eq!(quoted(""), "\"-\"");
    }
}
