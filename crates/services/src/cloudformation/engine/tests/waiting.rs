//! Wait conditions whose signals come to their handle's address.

use serde_json::json;
use tierra_core::{AwsError, Clock, StoreError};
use tierra_model::Timestamp;

use super::Cloud;
use crate::cloudformation::wait;
use crate::iam::ensure_root;

const TEMPLATE: &str = "
Resources:
  Handle: {Type: AWS::CloudFormation::WaitConditionHandle}
  Gate: {Type: AWS::CloudFormation::WaitCondition, Properties: {Handle: !Ref Handle, Timeout: 60, Count: 2}}
Outputs:
  Data: {Value: !GetAtt Gate.Data}
";

/// A cloud with a stack that waits, and the path and query of its handle's address.
fn waiting() -> (Cloud, String, String) {
    let cloud = Cloud::new();
    let made = cloud
        .store
        .write(|tx| Ok::<_, StoreError>(ensure_root(tx, &cloud.ids, cloud.clock.now(), None)));
    made.expect("a first start");
    cloud.create("s", TEMPLATE);
    cloud.settle();
    let handle = json!({"StackName": "s", "LogicalResourceId": "Handle"});
    let shown = cloud.call("DescribeStackResource", handle).expect("shown");
    let url = shown["StackResourceDetail"]["PhysicalResourceId"]
        .as_str()
        .expect("an address")
        .to_owned();
    let rest = url
        .strip_prefix("https://cloudformation-waitcondition-us-east-1.s3.amazonaws.com")
        .expect("AWS's address");
    let (path, query) = rest.split_once('?').expect("a query");
    (cloud, path.to_owned(), query.to_owned())
}

fn send(cloud: &Cloud, path: &str, query: &str, body: &str, now: Timestamp) -> String {
    let sent = cloud
        .store
        .write(|tx| wait::signal(tx, path, query, body.as_bytes(), now).map_err(AwsError::from));
    sent.map_or_else(|error| error.code.into_owned(), |()| "ok".to_owned())
}

#[test]
fn signals_at_the_address_open_the_gate() {
    let (cloud, path, query) = waiting();
    assert!(
        wait::is_address(&path) && path.starts_with("/arn%3Aaws%3Acloudformation%3Aus-east-1%3A"),
        "{path}"
    );
    assert_eq!(cloud.status("s"), "CREATE_IN_PROGRESS");
    for (id, data) in [("one", "first"), ("one", "again"), ("two", "second")] {
        let body = json!({"Status": "SUCCESS", "UniqueId": id, "Data": data, "Reason": "done"}).to_string();
        assert_eq!(send(&cloud, &path, &query, &body, cloud.clock.now()), "ok");
    }
    cloud.settle();
    assert_eq!(cloud.status("s"), "CREATE_COMPLETE", "{:?}", cloud.reasons());
    let shown = cloud.call("DescribeStacks", json!({"StackName": "s"})).expect("shown");
    let data = &shown["Stacks"][0]["Outputs"][0]["OutputValue"];
    assert_eq!(data, r#"{"one":"first","two":"second"}"#);
}

#[test]
fn a_failure_is_told_with_its_reason() {
    let (cloud, path, query) = waiting();
    let body = json!({"Status": "FAILURE", "UniqueId": "i-1", "Reason": "no disk"}).to_string();
    assert_eq!(send(&cloud, &path.replace("%3A", ":"), &query, &body, cloud.clock.now()), "ok");
    cloud.settle();
    let said = "Gate CREATE_FAILED: WaitCondition received failed message: 'no disk' for uniqueId: i-1";
    assert!(cloud.reasons().contains(&said.to_owned()), "{:?}", cloud.reasons());
}

#[test]
fn what_is_not_a_signal_is_refused() {
    let (cloud, path, query) = waiting();
    let now = cloud.clock.now();
    let good = r#"{"Status": "SUCCESS", "UniqueId": "a"}"#;
    let later = Timestamp::from_secs(now.secs() + 100_000);
    let cases = [
        (
            "a forged query",
            path.clone(),
            "Expires=9999999999&Signature=x".to_owned(),
            good,
            now,
            "SignatureDoesNotMatch",
        ),
        (
            "another stack",
            path.replace("stack/s/", "stack/t/"),
            query.clone(),
            good,
            now,
            "SignatureDoesNotMatch",
        ),
        ("too late", path.clone(), query.clone(), good, later, "AccessDenied"),
        ("no JSON", path.clone(), query.clone(), "fine", now, "MalformedSignal"),
        (
            "no status",
            path,
            query,
            r#"{"Status": "OK", "UniqueId": "a"}"#,
            now,
            "MalformedSignal",
        ),
    ];
    for (name, path, query, body, now, code) in cases {
        assert_eq!(send(&cloud, &path, &query, body, now), code, "{name}");
    }
}
