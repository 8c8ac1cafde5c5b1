//! What each status of "Troubleshoot your Application Load Balancers" comes of, and what the access log and the counters say of it.
//! Of the page's others, 401, 403, 413, 500 and 561 are of users who log in, web ACLs and Lambda functions.

use std::time::Duration;

use tierra_dataplane::balancer::config::{Attributes, HttpVersion, Kind, ListenerProtocol, Millis};
use tokio::time::sleep;

use crate::machine::{Machine, group, listener, to_https};
use crate::raw::{CLOSE, Raw, SILENT, Script};

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
const GET: &str = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
const POST: &str = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhalf";

/// What serves.
#[derive(Clone, Copy)]
enum Before {
    /// A target that answers so.
    Target(&'static str),
    /// A target that refuses connections.
    Refusing,
    /// No target.
    Nobody,
    /// A target that speaks HTTP/2.
    Http2,
    /// A redirect to as long an address as it is asked for.
    Redirect,
}
use Before::{Http2, Nobody, Refusing, Target};

/// What the client does when it has said what it says.
#[derive(Clone, Copy, PartialEq)]
enum Then {
    /// It waits.
    Hears,
    /// It sends no more.
    Ends,
    /// It goes when the target was asked.
    Leaves,
}
use Then::{Ends, Hears, Leaves};

/// What a client says, what it does then, what serves, and what the access log says: target, times, both statuses, the rule and
/// what was done. `{}` is a text of 12 K, twice it is longer than a line may be.
type Case = (&'static str, Then, Before, &'static str);

const CASES: &[Case] = &[
    (GET, Hears, Target(OK), "T t t t 200 200 0 forward"),
    // "A malformed request", "16 K per single header".
    ("GET nowhere HTTP/1.1\r\n\r\n", Hears, Target(OK), "- -1 -1 -1 400 - - -"),
    ("GET / HTTP/1.1\r\n\r\n", Hears, Target(OK), "- -1 -1 -1 400 - - -"),
    (
        "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        Hears,
        Target(OK),
        "- -1 -1 -1 400 - - -",
    ),
    (
        "GET / HTTP/1.1\r\nHost: a\r\nX: {}{}\r\n\r\n",
        Hears,
        Target(OK),
        "- -1 -1 -1 400 - - -",
    ),
    // "The client closed the connection before sending the full request body."
    (POST, Ends, Target(OK), "- -1 -1 -1 400 - 0 forward"),
    ("GET / HTTP/1.1\r\nHo", Ends, Target(OK), "- -1 -1 -1 400 - - -"),
    ("TRACE / HTTP/1.1\r\nHost: a\r\n\r\n", Hears, Target(OK), "- -1 -1 -1 405 - - -"),
    // "The client did not send data before the idle timeout period expired."
    (POST, Hears, Target(OK), "- -1 -1 -1 408 - 0 forward"),
    ("GET / HTTP/1.1\r\nHo", Hears, Target(OK), "- -1 -1 -1 408 - - -"),
    ("GET /{}{} HTTP/1.1\r\nHost: a\r\n\r\n", Hears, Target(OK), "- -1 -1 -1 414 - - -"),
    (GET, Leaves, Target(SILENT), "T t -1 -1 460 - 0 forward"),
    (
        "GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31\r\n\r\n",
        Hears,
        Target(OK),
        "- -1 -1 -1 463 - - -",
    ),
    (GET, Hears, Http2, "- -1 -1 -1 464 - 0 forward"),
    // "The supported values for Transfer-Encoding are chunked and identity."
    (
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
        Hears,
        Target(OK),
        "- -1 -1 -1 501 - 0 forward",
    ),
    (
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: identity\r\nContent-Length: 2\r\n\r\nhi",
        Hears,
        Target(OK),
        "T t t t 200 200 0 forward",
    ),
    // "A TCP RST from the target", "the target closed the connection", "the target response is malformed", "exceeded 32 K".
    (GET, Hears, Refusing, "T -1 -1 -1 502 - 0 forward"),
    (POST_WHOLE, Hears, Target(CLOSE), "T t t -1 502 - 0 forward"),
    (GET, Hears, Target("SSH-2.0\r\n\r\n"), "T t t -1 502 - 0 forward"),
    (
        GET,
        Hears,
        Target("HTTP/1.1 200 OK\r\nX: {}{}{}\r\n\r\n"),
        "T t t -1 502 - 0 forward",
    ),
    (GET, Hears, Nobody, "- -1 -1 -1 503 - 0 forward"),
    // "The target did not respond before the idle timeout period elapsed."
    (GET, Hears, Target(SILENT), "T t -1 -1 504 - 0 forward"),
    (POST_WHOLE, Hears, Target(SILENT), "T t -1 -1 504 - 0 forward"),
    // "Established an HTTP/1 connection but received an HTTP/2 request."
    ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", Hears, Target(OK), "- -1 -1 -1 505 - - -"),
    ("GET / HTTP/3.0\r\nHost: a\r\n\r\n", Hears, Target(OK), "- -1 -1 -1 505 - - -"),
    (
        "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        Hears,
        Before::Redirect,
        "- -1 -1 -1 301 - 0 redirect",
    ),
    (
        "GET /{} HTTP/1.1\r\nHost: a\r\n\r\n",
        Hears,
        Before::Redirect,
        "- -1 -1 -1 507 - 0 redirect",
    ),
];
const POST_WHOLE: &str = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi";

/// A balancer whose connections may be idle for so long.
fn attributes() -> Attributes {
    Attributes {
        idle_timeout: Millis(300),
        ..Attributes::default()
    }
}

async fn prepare(machine: &Machine, before: Before, long: &str) -> (Option<Script>, u16) {
    if let Target(answer) = before {
        let (script, port) = Script::play_with(machine, attributes(), &[&answer.replace("{}", long)]).await;
        return (Some(script), port);
    }
    let (mut on, mut served) = (listener(machine.free_port(), ListenerProtocol::Http), group(&[]));
    match before {
        Refusing => served = group(&[machine.free_port()]),
        Http2 => served.version = HttpVersion::Http2,
        Before::Redirect => {
            on.default_action = to_https("#{path}");
        }
        _ => {}
    }
    served.health_check.enabled = false;
    let port = on.port;
    machine.serve_with(attributes(), vec![on], vec![served]).await;
    (None, port)
}

/// Target, times, both statuses, the rule and what was done, and what must not be: an `error_reason`.
pub fn told(line: &str) -> String {
    let plain: Vec<&str> = line.split(' ').collect();
    let quoted: Vec<&str> = line.split('"').collect();
    let target = if plain[4] == "-" { "-" } else { "T" };
    let times = plain[5..8].iter().map(|time| if *time == "-1" { "-1" } else { "t" });
    let priority = quoted[10].trim_start().split(' ').next().expect("priority");
    assert_eq!(
        (quoted[15], quoted[17] == "-"),
        ("-", target == "-"),
        "error_reason and target:port_list of {line}"
    );
    let parts = [&[target][..], &times.collect::<Vec<_>>(), &plain[8..10], &[priority, quoted[11]]];
    parts.concat().join(" ")
}

#[test]
fn each_status_is_answered_logged_and_counted() {
    Machine::run(async |machine| {
        let long = "x".repeat(12 * 1024);
        for (said, then, before, wanted) in CASES {
            let (script, port) = prepare(machine, *before, &long).await;
            let earlier = machine.report().await.counts;
            let mut client = Raw::connect(port).await;
            client.say(&said.replace("{}", &long)).await;
            let status = wanted.split(' ').nth(4).expect("status");
            if *then == Ends {
                client.end().await;
            }
            if *then == Leaves {
                while script.as_ref().is_some_and(|script| script.seen().is_empty()) {
                    sleep(Duration::from_millis(1)).await;
                }
                drop(client);
            } else {
                let heard = client.hear("\r\n").await;
                assert!(heard.starts_with(&format!("HTTP/1.1 {status} ")), "{said}: {heard}");
            }
            let lines = machine.lines().await;
            assert_eq!(
                lines.iter().map(|line| told(line)).collect::<Vec<_>>(),
                [*wanted],
                "{said}: {lines:?}"
            );
            let counts = machine.report().await.counts;
            let new = [
                counts.requests - earlier.requests,
                counts.elb_4xx - earlier.elb_4xx,
                counts.elb_5xx - earlier.elb_5xx,
            ];
            // "Only incremented for requests where the load balancer node was able to choose a target."
            let chosen = matches!(before, Target(_) | Refusing) && wanted.contains(" 0 forward") && status != "501";
            let own = wanted.ends_with("forward") || wanted.ends_with(" -") || status == "507";
            let of = |class: &str| u64::from(own && status.starts_with(class));
            assert_eq!(new, [u64::from(chosen), of("4"), of("5")], "{said}: requests, 4XX, 5XX");
        }
    });
}

#[test]
fn a_classic_balancer_takes_every_method_that_is_not_too_long() {
    Machine::run(async |machine| {
        let long = "X".repeat(127);
        for (method, status) in [
            ("TRACE", "503 "),
            (&long, "503 "),
            (&format!("{long}X"), "405 METHOD_NOT_ALLOWED"),
            ("CONNECT", "400 "),
        ] {
            let on = listener(machine.free_port(), ListenerProtocol::Http);
            let port = on.port;
            machine.serve_as(Kind::Classic, attributes(), vec![on], vec![group(&[])]).await;
            let mut client = Raw::connect(port).await;
            client.say(&format!("{method} /a HTTP/1.1\r\nHost: a\r\n\r\n")).await;
            let heard = client.hear("\r\n").await;
            assert!(heard.starts_with(&format!("HTTP/1.1 {status}")), "{method}: {heard}");
        }
    });
}

#[test]
fn what_is_no_request_is_logged_as_aws_does() {
    Machine::run(async |machine| {
        for (kind, wanted) in [
            (
                Kind::Application,
                "- -1 -1 -1 400 - 0 272 \"- http://127.0.0.1:{}- -\" \"-\" - - - \"-\" \"-\" \"-\" - ",
            ),
            (Kind::Classic, "- -1 -1 -1 400 - 0 "),
        ] {
            let port = machine.free_port();
            machine
                .serve_as(kind, attributes(), vec![listener(port, ListenerProtocol::Http)], vec![group(&[])])
                .await;
            let mut client = Raw::connect(port).await;
            client.say("\x16\x03\x01\r\n\r\n").await;
            let heard = client.hear("\r\n").await;
            let words = if kind == Kind::Classic { "BAD_REQUEST" } else { "Bad Request" };
            assert_eq!(heard, format!("HTTP/1.1 400 {words}\r\n"));
            let lines = machine.lines().await;
            assert!(lines[0].contains(&wanted.replace("{}", &port.to_string())), "{lines:?}");
            assert_eq!(kind == Kind::Classic, lines[0].contains("\"- - - \""), "{lines:?}");
        }
    });
}
