//! Certificate Manager through its operations.

use tierra_core::authority::SimAuthority;
use tierra_core::{Authority, Tag};
use tierra_model::shape::Blob;

use super::issue;
use super::model::{self, Certificate, KeyAlgorithm, Status, ValidationMethod};
use super::ops::delete::DeleteCertificate;
use super::ops::describe::{CertificateDetail, CertificateInput, DescribeCertificate, GetCertificate};
use super::ops::import::{ImportCertificate, ImportInput};
use super::ops::list::{Includes, ListCertificates, ListInput};
use super::ops::request::{RequestCertificate, RequestInput};
use super::ops::tag::{AddTagsToCertificate, ListTagsForCertificate, RemoveTagsFromCertificate, TagsInput};
use crate::iam::tests::House;

fn named(arn: &str) -> CertificateInput {
    CertificateInput {
        certificate_arn: arn.to_owned(),
    }
}

fn describe(house: &House, arn: &str) -> CertificateDetail {
    house.ok::<DescribeCertificate>(named(arn)).certificate
}

fn request(domain: &str, others: &[&str]) -> RequestInput {
    RequestInput {
        domain_name: domain.to_owned(),
        subject_alternative_names: others.iter().map(|name| (*name).to_owned()).collect(),
        validation_method: Some(ValidationMethod::Dns),
        key_algorithm: Some(KeyAlgorithm::P256),
        idempotency_token: Some("once".to_owned()),
        ..RequestInput::default()
    }
}

fn import(certificate: &str, key: &str, chain: Option<&str>) -> ImportInput {
    let blob = |text: &str| Blob(text.as_bytes().to_vec());
    ImportInput {
        certificate: blob(certificate),
        private_key: blob(key),
        certificate_chain: chain.map(blob),
        ..ImportInput::default()
    }
}

fn issue_all(house: &House) {
    house
        .store
        .write(|tx| {
            let all: Vec<Certificate> = tx.all();
            all.into_iter().try_for_each(|one| {
                let issued = SimAuthority.issue(one.names(), 1).map_err(|error| error.to_string());
                issue::keep(tx, one, issued, house.now)
            })
        })
        .expect("issued");
}

#[test]
fn a_request_is_pending_until_it_is_issued_and_the_same_request_makes_no_second() {
    let house = House::new();
    let arn = house
        .ok::<RequestCertificate>(request("a.test", &["*.a.test", "a.test"]))
        .certificate_arn;
    assert_eq!(
        house.ok::<RequestCertificate>(request("a.test", &["*.a.test"])).certificate_arn,
        arn
    );
    let pending = describe(&house, &arn);
    assert_eq!((pending.status, pending.serial), (Status::PendingValidation, None));
    assert_eq!(pending.subject_alternative_names, ["a.test", "*.a.test"]);
    assert!(house.err::<GetCertificate>(named(&arn)).starts_with("RequestInProgressException"));
    issue_all(&house);
    let issued = describe(&house, &arn);
    assert_eq!((issued.status, issued.key_algorithm), (Status::Issued, KeyAlgorithm::P256));
    assert_eq!(issued.renewal_eligibility, "ELIGIBLE");
    let told = house.ok::<GetCertificate>(named(&arn));
    assert!(told.certificate.starts_with("-----BEGIN CERTIFICATE-----") && told.certificate_chain.is_some());
}

#[test]
fn keys_are_sealed_and_open_again() {
    let house = House::new();
    let issued = SimAuthority.issue(&["a.test".to_owned()], 1).expect("issued");
    let arn = house
        .ok::<ImportCertificate>(import(&issued.certificate_pem, &issued.key_pem, None))
        .certificate_arn;
    let row = house.read(|tx| Certificate::of_arn(tx, &arn)).expect("row");
    assert!(!serde_json::to_string(&row).expect("row").contains("PRIVATE KEY"));
    let (_, _, key) = house.read(|tx| model::material(tx, &row)).expect("material");
    assert_eq!(key, issued.key_pem);
    let detail = describe(&house, &arn);
    assert_eq!((detail.kind.as_str(), detail.domain_name.as_str()), ("IMPORTED", "sim.tierra.test"));
}

#[test]
fn what_is_brought_is_checked() {
    let house = House::new();
    let good = SimAuthority.issue(&["a.test".to_owned()], 1).expect("issued");
    let (pem, key) = (good.certificate_pem.as_str(), good.key_pem.as_str());
    let twice = format!("{pem}{pem}");
    for (input, expected) in [
        (import(pem, key, Some(pem)), "success"),
        (import("no", key, None), "Unable to parse certificate."),
        (import(&twice, key, None), "more than one certificate"),
        (import(pem, "no", None), "The private key is not in PEM format"),
        (import(pem, "-----BEGIN ENCRYPTED PRIVATE KEY-----", None), "is encrypted"),
        (import(pem, key, Some("no")), "Unable to parse certificate chain."),
    ] {
        assert!(house.err::<ImportCertificate>(input).contains(expected), "{expected}");
    }
}

#[test]
fn names_that_cannot_be_are_refused() {
    let house = House::new();
    for (name, fine) in [
        ("a.test", true),
        ("*.a.test", true),
        ("a", false),
        ("a..test", false),
        ("a.*.test", false),
        ("-a.test", false),
        ("a_b.test", false),
    ] {
        let answer = house.err::<RequestCertificate>(request(name, &[]));
        assert_eq!(answer == "success", fine, "{name}: {answer}");
    }
    let many: Vec<String> = (0..11).map(|n| format!("n{n}.test")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    assert!(
        house
            .err::<RequestCertificate>(request("a.test", &many))
            .starts_with("LimitExceeded")
    );
}

#[test]
fn listings_tags_and_the_end() {
    let house = House::new();
    let arn = house.ok::<RequestCertificate>(request("a.test", &[])).certificate_arn;
    let list = |key_types| ListInput {
        includes: Some(Includes {
            key_types,
            ..Includes::default()
        }),
        ..ListInput::default()
    };
    assert!(house.ok::<ListCertificates>(list(vec![])).certificate_summary_list.is_empty());
    let told = house
        .ok::<ListCertificates>(list(vec![KeyAlgorithm::P256]))
        .certificate_summary_list;
    assert_eq!(told[0].certificate_arn, arn);
    let tags = |value: Option<&str>| TagsInput {
        certificate_arn: arn.clone(),
        tags: vec![Tag {
            key: "k".into(),
            value: value.map(Into::into),
        }],
    };
    house.ok::<AddTagsToCertificate>(tags(Some("v")));
    house.ok::<RemoveTagsFromCertificate>(tags(Some("w")));
    assert_eq!(house.ok::<ListTagsForCertificate>(named(&arn)).tags.len(), 1);
    house.ok::<RemoveTagsFromCertificate>(tags(None));
    assert!(house.ok::<ListTagsForCertificate>(named(&arn)).tags.is_empty());
    house.ok::<DeleteCertificate>(named(&arn));
    assert!(
        house
            .err::<DescribeCertificate>(named(&arn))
            .starts_with("ResourceNotFoundException")
    );
    assert!(
        house
            .err::<DescribeCertificate>(named("arn:aws:s3:::b"))
            .starts_with("InvalidArnException")
    );
}
