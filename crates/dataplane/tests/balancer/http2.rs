//! Clients that speak HTTP/2 over TLS, before targets that speak HTTP/1.1.

use std::net::Ipv4Addr;
use std::sync::Arc;

use http_body_util::{BodyExt, Full};
use hyper::Request;
use hyper::body::Bytes;
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use tierra_dataplane::balancer::config::{Certificate, ListenerProtocol, Tls, TlsVersion};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::machine::{Machine, group, listener};

const NAME: &str = "balancer.test";

#[test]
fn many_requests_share_a_connection() {
    Machine::run(async |machine| {
        let made = rcgen::generate_simple_self_signed([NAME.to_owned()]).expect("certificate");
        let (mut on, target) = (listener(machine.free_port(), ListenerProtocol::Https), machine.backend("a").await);
        on.tls = Some(Tls {
            certificates: vec![Certificate {
                arn: "arn".to_owned(),
                chain_pem: made.cert.pem(),
                key_pem: made.signing_key.serialize_pem(),
                names: vec![NAME.to_owned()],
            }],
            versions: vec![TlsVersion::V1_2, TlsVersion::V1_3],
        });
        let port = on.port;
        machine.serve(vec![on], vec![group(&[target])]).await;
        machine.healthy(1).await;
        let mut roots = RootCertStore::empty();
        roots.add(made.cert.der().clone()).expect("root");
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let mut config = config.expect("versions").with_root_certificates(roots).with_no_client_auth();
        config.alpn_protocols = vec![b"h2".to_vec()];
        let tcp = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.expect("connect");
        let name = ServerName::try_from(NAME).expect("name");
        let tls = TlsConnector::from(Arc::new(config)).connect(name, tcp).await.expect("handshake");
        let handshake = hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(tls));
        let (sender, connection) = handshake.await.expect("HTTP/2");
        tokio::spawn(connection);
        for _ in 0..3 {
            let request = Request::get(format!("https://{NAME}/who?x=1"))
                .header("cookie", "a=1")
                .header("cookie", "b=2");
            let asked = sender
                .clone()
                .send_request(request.body(Full::new(Bytes::new())).expect("request"))
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
