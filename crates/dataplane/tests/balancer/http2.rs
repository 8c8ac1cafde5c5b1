//! Clients that speak HTTP/2 over TLS, before targets that speak HTTP/1.1.

use http_body_util::BodyExt;
use hyper::Version;

use crate::machine::{Machine, fixed, group};
use crate::secure::{NAME, Said, Secure, Sender};

/// A client of a balancer before one target.
async fn before_a_target(machine: &Machine) -> Sender {
    let (secure, target) = (Secure::new(), machine.backend("a").await);
    let on = secure.listener(machine);
    let port = on.port;
    machine.serve(vec![on], vec![group(&[target])]).await;
    machine.healthy(1).await;
    secure.connect(port, Version::HTTP_2).await
}

#[test]
fn many_requests_share_a_connection() {
    Machine::run(async |machine| {
        let mut client = before_a_target(machine).await;
        for _ in 0..3 {
            let asked = client
                .ask("GET", "/who?x=1", &[("cookie", "a=1"), ("cookie", "b=2")], Said::whole(""))
                .await;
            let answer = asked.expect("answer");
            assert_eq!(answer.status(), 200);
            let body = answer.into_body().collect().await.expect("body").to_bytes();
            let text = String::from_utf8_lossy(&body);
            for wanted in [
                "get /who?x=1 http/1.1",
                "cookie: a=1; b=2",
                "x-forwarded-proto: https",
                "x-amzn-trace-id: root=1-",
                NAME,
            ] {
                assert!(text.contains(wanted), "{wanted}: {text}");
            }
        }
        let counts = machine.report().await.counts;
        assert_eq!((counts.requests, counts.elb_4xx, counts.elb_5xx), (3, 0, 0));
    });
}

#[test]
fn a_group_of_http1_serves_no_grpc() {
    Machine::run(async |machine| {
        let mut client = before_a_target(machine).await;
        for (content_type, status) in [
            ("application/grpc", 464),
            ("application/grpc+proto", 464),
            ("application/grpc-web", 200),
            ("text/plain", 200),
        ] {
            let asked = client.ask("POST", "/", &[("content-type", content_type)], Said::whole("")).await;
            assert_eq!(asked.expect("answer").status(), status, "{content_type}");
        }
    });
}

#[test]
fn a_connection_ends_after_ten_thousand_requests() {
    Machine::run(async |machine| {
        let secure = Secure::new();
        let mut on = secure.listener(machine);
        on.default_action = fixed(204, "");
        let port = on.port;
        machine.serve(vec![on], vec![group(&[])]).await;
        let mut client = secure.connect(port, Version::HTTP_2).await;
        let mut answered = 0;
        while let Ok(answer) = client.ask("GET", "/", &[], Said::whole("")).await {
            assert_eq!(answer.status(), 204);
            answered += 1;
            assert!(answered <= 10_100, "the connection goes on");
        }
        assert!(answered >= 10_000, "{answered} requests were answered");
    });
}
