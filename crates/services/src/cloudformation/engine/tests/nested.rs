//! Stacks in stacks.

use serde_json::json;

use super::{Cloud, pair};

/// A stack that holds another, whose template takes a value.
fn outer(url: &str, value: &str) -> String {
    format!(
        "Resources:\n  Inner: {{Type: AWS::CloudFormation::Stack, Properties: {{TemplateURL: '{url}', Parameters: {{Value: {value}}}}}}}\n  \
         After: {{Type: AWS::SSM::Parameter, Properties: {{Name: /after, Type: String, Value: !GetAtt Inner.Outputs.Value}}}}\n"
    )
}

fn inner() -> String {
    format!(
        "Parameters: {{Value: {{Type: String}}}}\n{}",
        pair("1", "!Ref Value").replace(", Export: {Name: value}", "")
    )
}

/// The status of the one nested stack that lives.
fn nested(cloud: &Cloud) -> Option<(String, String)> {
    let all = cloud.call("DescribeStacks", json!({})).expect("shown");
    let stacks = all["Stacks"].as_array().cloned().unwrap_or_default();
    let found = stacks.into_iter().find(|stack| stack["ParentId"].is_string())?;
    assert_eq!(found["ParentId"], found["RootId"]);
    let text = |name: &str| found[name].as_str().unwrap_or_default().to_owned();
    Some((text("StackStatus"), text("StackName")))
}

#[test]
fn a_stack_in_a_stack_comes_changes_and_goes() {
    let cloud = Cloud::new();
    let url = cloud.upload("inner.yaml", &inner());
    cloud.create("outer", &outer(&url, "x"));
    cloud.settle();
    assert_eq!(cloud.status("outer"), "CREATE_COMPLETE", "{:?}", cloud.reasons());
    let (status, name) = nested(&cloud).expect("nested");
    assert!(status == "CREATE_COMPLETE" && name.starts_with("outer-Inner-"), "{status} {name}");
    let after = |value: &str| cloud.parameters().contains(&("/after".to_owned(), value.to_owned()));
    assert!(after("x"));
    let update = |value: &str| {
        let template = outer(&url, value);
        cloud
            .call("UpdateStack", json!({"StackName": "outer", "TemplateBody": template}))
            .expect("accepted");
        cloud.settle();
        cloud.status("outer")
    };
    assert_eq!(update("y"), "UPDATE_COMPLETE", "{:?}", cloud.reasons());
    assert!(after("y"));
    assert_eq!(update("fail"), "UPDATE_ROLLBACK_COMPLETE", "{:?}", cloud.reasons());
    assert_eq!(
        nested(&cloud).map(|(status, _)| status),
        Some("UPDATE_ROLLBACK_COMPLETE".to_owned())
    );
    assert!(after("y"));
    cloud.call("DeleteStack", json!({"StackName": "outer"})).expect("accepted");
    cloud.settle();
    assert_eq!((cloud.status("outer").as_str(), nested(&cloud)), ("DELETE_COMPLETE", None));
    assert_eq!(cloud.parameters(), []);
}

#[test]
fn a_nested_failure_takes_the_whole_back() {
    let cloud = Cloud::new();
    let url = cloud.upload("inner.yaml", &inner());
    for (at, (template, said)) in [
        (
            outer(&url, "fail"),
            "was not successfully created: The following resource(s) failed to create: [B]",
        ),
        (
            outer("https://templates.s3.amazonaws.com/none", "x"),
            "S3 error: The specified key does not exist.",
        ),
        (outer("https://example.com/none", "x"), "TemplateURL must be a supported URL."),
    ]
    .into_iter()
    .enumerate()
    {
        let name = format!("outer-{at}");
        cloud.create(&name, &template);
        cloud.settle();
        assert_eq!((cloud.status(&name).as_str(), nested(&cloud)), ("ROLLBACK_COMPLETE", None));
        assert!(
            cloud.reasons().iter().any(|reason| reason.contains(said)),
            "{said}: {:?}",
            cloud.reasons()
        );
        assert_eq!(cloud.parameters(), []);
        cloud.call("DeleteStack", json!({"StackName": name})).expect("accepted");
        cloud.settle();
    }
}
