//! Certificates.

use serde_json::{Value, json};
use tierra_core::Tx;

use super::{Action, Table};
use crate::request::Request;

pub const TABLE: Table = Table {
    actions: &[
        Action::new(2, |client| {
            // An RSA key would take longer to make than all the rest.
            let input = json!({
                "DomainName": format!("site-{}.example.test", client.dice.below(3)), "ValidationMethod": "DNS",
                "KeyAlgorithm": "EC_prime256v1", "IdempotencyToken": client.dice.hex(8),
            });
            Some(of("RequestCertificate", &input).with_token())
        })
        .learns(&[("CertificateArn", "certificate")])
        .repeatable(),
        Action::new(1, |client| {
            let arn = client.any("certificate")?;
            Some(of("DescribeCertificate", &json!({"CertificateArn": arn})))
        }),
        Action::new(1, |client| {
            let arn = client.take("certificate")?;
            Some(of("DeleteCertificate", &json!({"CertificateArn": arn})))
        }),
    ],
    farewell: |_: &Tx| Vec::new(),
};

fn of(operation: &str, input: &Value) -> Request {
    Request::json("acm", operation, input)
}
