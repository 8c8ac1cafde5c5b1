//! The two ways of a request, that of clients that speak HTTP/1.1 and that of those that speak HTTP/2: targets, clients, the access log
//! and the counters see no difference.

use http_body_util::BodyExt;
use hyper::body::Bytes;
use hyper::{Response, Version};
use tierra_dataplane::balancer::config::{Attributes, Listener, Millis, Stickiness, TargetGroup, XffMode};

use crate::machine::{self, Machine, group, to_https};
use crate::raw::{SILENT, Script};
use crate::secure::{Said, Secure};
use crate::statuses::told;

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/// What a client asks: method, path, lines, body; a body that ends with `…` is only begun.
type Ask = (&'static str, &'static str, &'static [(&'static str, &'static str)], &'static str);

/// What is configured otherwise than by default.
type Tweak = fn(&mut Attributes, &mut Listener, &mut TargetGroup);

/// What is asked one after the other, what the target answers, and the statuses; `cut` where a body has no end.
struct Case {
    tweak: Tweak,
    asks: &'static [Ask],
    answers: &'static [&'static str],
    wanted: &'static [&'static str],
}

const fn case(asks: &'static [Ask], answers: &'static [&'static str], wanted: &'static [&'static str]) -> Case {
    tweaked(|_, _, _| {}, asks, answers, wanted)
}

const fn tweaked(tweak: Tweak, asks: &'static [Ask], answers: &'static [&'static str], wanted: &'static [&'static str]) -> Case {
    Case {
        tweak,
        asks,
        answers,
        wanted,
    }
}

const GET: Ask = ("GET", "/", &[], "");
const CASES: &[Case] = &[
    // Heads and bodies.
    case(
        &[GET, ("GET", "/a%20b?c=d&e", &[("x", "1"), ("x", "2"), ("user-agent", "me")], "")],
        &[OK, OK],
        &["200", "200"],
    ),
    case(
        &[("POST", "/", &[("content-type", "text/plain")], "hello"), GET],
        &[OK, OK],
        &["200", "200"],
    ),
    case(&[("GET", "/", &[("cookie", "a=1"), ("cookie", "b=2")], "")], &[OK], &["200"]),
    case(
        &[("HEAD", "/", &[], ""), GET],
        &["HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n", OK],
        &["200", "200"],
    ),
    case(&[GET, GET], &["HTTP/1.1 304 Not Modified\r\nETag: x\r\n\r\n", OK], &["304", "200"]),
    case(
        &[("DELETE", "/", &[], ""), GET],
        &["HTTP/1.1 204 No Content\r\n\r\n", OK],
        &["204", "200"],
    ),
    case(
        &[GET],
        &["HTTP/1.1 200 OK\r\nConnection: close, Y-Hop\r\nY-Hop: 1\r\nKeep-Alive: 5\r\nX-Y: z\r\nContent-Length: 2\r\n\r\nok<close>"],
        &["200"],
    ),
    case(
        &[GET, GET],
        &[
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: T\r\n\r\n1;x\r\na\r\n0\r\nT: 1\r\n\r\n",
            OK,
        ],
        &["200", "200"],
    ),
    case(
        &[GET, GET],
        &["HTTP/1.0 200 Fine\r\nX-Y: z\r\n\r\nuntil the end<close>", OK],
        &["200", "200"],
    ),
    case(
        &[GET],
        &["HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"],
        &["200"],
    ),
    // What is added, and what is taken away.
    case(
        &[(
            "GET",
            "/",
            &[
                ("x-forwarded-for", "1.2.3.4"),
                ("x-forwarded-proto", "gopher"),
                ("x-forwarded-port", "1"),
            ],
            "",
        )],
        &[OK],
        &["200"],
    ),
    tweaked(
        |attributes, _, _| attributes.xff = XffMode::Preserve,
        &[("GET", "/", &[("x-forwarded-for", "1.2.3.4")], "")],
        &[OK],
        &["200"],
    ),
    tweaked(
        |attributes, _, _| attributes.xff = XffMode::Remove,
        &[("GET", "/", &[("x-forwarded-for", "1.2.3.4")], "")],
        &[OK],
        &["200"],
    ),
    tweaked(
        |attributes, _, _| attributes.drop_invalid_headers = true,
        &[("GET", "/", &[("x_y", "1"), ("x-y", "2"), ("x.y", "3")], "")],
        &[OK],
        &["200"],
    ),
    tweaked(|attributes, _, _| attributes.tls_headers = true, &[GET], &[OK], &["200"]),
    tweaked(|attributes, _, _| attributes.preserve_host = true, &[GET], &[OK], &["200"]),
    tweaked(
        |_, _, group| {
            group.stickiness = Some(Stickiness::LbCookie {
                expires: Some(Millis::seconds(60)),
            })
        },
        &[GET],
        &[OK],
        &["200"],
    ),
    tweaked(
        |_, on, _| {
            drop(
                on.response_headers
                    .insert("strict-transport-security".to_owned(), "max-age=1".to_owned()),
            )
        },
        &[GET],
        &[OK],
        &["200"],
    ),
    // What the balancer says itself.
    tweaked(
        fixed,
        &[GET, ("HEAD", "/", &[], ""), ("POST", "/", &[], "hello")],
        &[],
        &["418", "418", "418"],
    ),
    tweaked(redirected, &[("GET", "/x?y=1", &[], "")], &[], &["301"]),
    tweaked(
        |_, _, group| group.targets.clear(),
        &[GET, ("HEAD", "/", &[], "")],
        &[],
        &["503", "503"],
    ),
    case(&[("TRACE", "/", &[], "")], &[], &["405"]),
    case(
        &[(
            "GET",
            "/",
            &[(
                "x-forwarded-for",
                "1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31",
            )],
            "",
        )],
        &[],
        &["463"],
    ),
    // Targets that do not answer as they should.
    case(&[("POST", "/", &[], "hello")], &["<close>"], &["502"]),
    case(&[GET], &["SSH-2.0\r\n\r\n<close>"], &["502"]),
    case(
        &[GET],
        &["HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nok"],
        &["502"],
    ),
    case(&[GET], &["HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nok<close>"], &["502"]),
    case(
        &[GET],
        &["HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n"],
        &["502"],
    ),
    case(&[GET], &["HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf<close>"], &["200 cut"]),
    case(
        &[GET],
        &["HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nhalf<close>"],
        &["200 cut"],
    ),
    tweaked(
        |attributes, _, _| attributes.idle_timeout = Millis(300),
        &[GET],
        &[SILENT],
        &["504"],
    ),
    tweaked(|_, _, group| group.targets[0].address.set_port(1), &[GET], &[], &["502"]),
    case(
        &[("POST", "/", &[("content-length", "99")], "begins…")],
        &["<early>HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno<close>"],
        &["413"],
    ),
    // A client that stalls.
    tweaked(
        |attributes, _, _| attributes.idle_timeout = Millis(300),
        &[("POST", "/", &[("content-length", "99")], "begins…")],
        &[OK],
        &["408"],
    ),
    // A kept connection that its target has closed costs no request that can be repeated.
    case(&[GET, GET], &[OK, "<close>", OK], &["200", "200"]),
    case(&[GET, ("DELETE", "/", &[], "")], &[OK, "<close>", OK], &["200", "200"]),
    case(&[GET, ("POST", "/", &[], "")], &[OK, "<close>", OK], &["200", "502"]),
];

fn fixed(_: &mut Attributes, on: &mut Listener, _: &mut TargetGroup) {
    on.default_action = machine::fixed(418, "short");
}

fn redirected(_: &mut Attributes, on: &mut Listener, _: &mut TargetGroup) {
    on.default_action = to_https("#{query}");
}

/// What each side saw.
#[derive(Debug, PartialEq)]
struct Seen {
    statuses: Vec<String>,
    client: Vec<Vec<String>>,
    target: Vec<Vec<String>>,
    log: Vec<String>,
    counts: [u64; 4],
}

/// Lines in an order, without what is of a moment alone.
fn sorted(lines: impl Iterator<Item = String>) -> Vec<String> {
    let mut lines: Vec<String> = lines.map(|line| masked(&line.to_lowercase())).collect();
    lines.sort();
    lines
}

fn masked(line: &str) -> String {
    for (name, end) in [("date: ", ""), ("x-amzn-trace-id: ", ""), ("set-cookie: ", "=")] {
        if let Some(value) = line.strip_prefix(name) {
            return format!(
                "{name}{}",
                value.split_once(end).filter(|_| !end.is_empty()).map_or("", |(kept, _)| kept)
            );
        }
    }
    line.to_owned()
}

async fn heard(answer: Response<hyper::body::Incoming>) -> (String, Vec<String>) {
    let status = answer.status().as_u16();
    // Of the hop: HTTP/2 has none of them.
    let hop = |name: &str| matches!(name, "connection" | "transfer-encoding" | "keep-alive");
    let lines = answer.headers().iter().filter(|(name, _)| !hop(name.as_str()));
    let mut lines = sorted(lines.map(|(name, value)| format!("{name}: {}", value.to_str().expect("text"))));
    let mut body = answer.into_body();
    let mut text = Vec::new();
    while let Some(frame) = body.frame().await {
        match frame {
            Ok(frame) if frame.is_trailers() => lines.push(format!("trailers {frame:?}")),
            Ok(frame) => text.extend_from_slice(frame.data_ref().expect("data")),
            Err(_) => return (format!("{status} cut"), lines),
        }
    }
    lines.push(String::from_utf8(text).expect("text"));
    (status.to_string(), lines)
}

async fn play(machine: &Machine, secure: &Secure, case: &Case, version: Version) -> Seen {
    let (script, target) = Script::start(case.answers).await;
    let (mut attributes, mut on, mut served) = (Attributes::default(), secure.listener(machine), group(&[target]));
    served.health_check.enabled = false;
    (case.tweak)(&mut attributes, &mut on, &mut served);
    let port = on.port;
    machine.serve_with(attributes, vec![on], vec![served]).await;
    let before = machine.report().await;
    let mut client = secure.connect(port, version).await;
    let (mut statuses, mut answers, mut log) = (Vec::new(), Vec::new(), Vec::new());
    for (method, path, lines, body) in case.asks {
        let said = match body.strip_suffix('…') {
            Some(begun) => Said::Begun(Some(Bytes::from(begun))),
            None => Said::whole(body),
        };
        let answer = match client.ask(method, path, lines, said).await {
            Ok(answer) => answer,
            // A connection of HTTP/1.1 ends where its next request would not be found: another.
            Err(_) => {
                client = secure.connect(port, version).await;
                client.ask(method, path, lines, Said::whole(body)).await.expect("answer")
            }
        };
        let (status, lines) = heard(answer).await;
        statuses.push(status);
        answers.push(lines);
        log.extend(machine.lines().await.iter().map(|line| told(line)));
    }
    let now = machine.report().await;
    let target_2xx =
        |report: &tierra_dataplane::balancer::control::Report| report.groups.values().map(|group| group.target_2xx).sum::<u64>();
    let with_port = |line: &str| line.replace(&port.to_string(), "PORT");
    Seen {
        statuses,
        client: answers,
        target: script
            .seen_whole()
            .iter()
            .map(|request| sorted(request.split("\r\n").map(with_port)))
            .collect(),
        log,
        counts: [
            now.counts.requests - before.counts.requests,
            now.counts.elb_4xx - before.counts.elb_4xx,
            now.counts.elb_5xx - before.counts.elb_5xx,
            target_2xx(&now) - target_2xx(&before),
        ],
    }
}

#[test]
fn both_ways_are_one() {
    Machine::run(async |machine| {
        let secure = Secure::new();
        for case in CASES {
            let one = play(machine, &secure, case, Version::HTTP_11).await;
            let two = play(machine, &secure, case, Version::HTTP_2).await;
            let what = format!("{:?} {:?}", case.asks, case.answers);
            assert_eq!(one.statuses, case.wanted, "{what}");
            assert_eq!(one, two, "{what}");
            assert_eq!(one.log.len(), case.asks.len(), "{what}: {:?}", one.log);
        }
    });
}
