//! What may be asked of a stack, and what becomes of it: news, parameters, capabilities, roles, policies.

use serde_json::{Value, json};

use super::{Cloud, pair};

const EXTENDED: &str = "Transform: AWS::LanguageExtensions\n";

fn named(name: &str) -> Value {
    json!({"StackName": name})
}

#[test]
fn outputs_alone_are_news() {
    let cloud = Cloud::new();
    cloud.create("s", &pair("1", "2"));
    cloud.settle();
    let update = |template: String| cloud.call("UpdateStack", json!({"StackName": "s", "TemplateBody": template}));
    let other = pair("1", "2").replace("GetAtt B.Value", "GetAtt A.Value");
    for (template, outputs) in [(&other, json!("1")), (&pair("1", "2"), json!("2"))] {
        update(template.clone()).expect("news");
        cloud.settle();
        let shown = cloud.call("DescribeStacks", named("s")).expect("shown");
        assert_eq!(shown["Stacks"][0]["Outputs"][0]["OutputValue"], outputs);
        let again = update(template.clone());
        assert_eq!(again, Err("ValidationError: No updates are to be performed.".to_owned()));
    }
}

#[test]
fn parameters_of_aws_types_name_what_is_there() {
    let cases = [
        ("AWS::EC2::VPC::Id", "vpc-1", Some("vpc-1")),
        (
            "List<AWS::EC2::AvailabilityZone::Name>",
            "us-east-1a, eu-west-1a",
            Some("eu-west-1a"),
        ),
        ("List<AWS::EC2::AvailabilityZone::Name>", "us-east-1a,us-east-1b", None),
        ("AWS::EC2::KeyPair::KeyName", "", Some("")),
        ("String", "anything", None),
    ];
    for (kind, value, missing) in cases {
        let cloud = Cloud::new();
        let template = format!("Parameters: {{P: {{Type: '{kind}', Default: '{value}'}}}}\n{}", pair("1", "2"));
        cloud.create("s", &template);
        cloud.settle();
        let Some(missing) = missing else {
            assert_eq!(cloud.status("s"), "CREATE_COMPLETE", "{kind}");
            continue;
        };
        let said = format!(
            "Parameter validation failed: parameter value {missing} for parameter name P does not exist. Rollback requested by user."
        );
        assert_eq!(cloud.status("s"), "ROLLBACK_COMPLETE", "{kind}");
        assert!(
            cloud.reasons().contains(&format!("s ROLLBACK_IN_PROGRESS: {said}")),
            "{:?}",
            cloud.reasons()
        );
    }
}

#[test]
fn what_needs_a_word_says_which() {
    let role = |name: &str| format!("Resources: {{R: {{Type: AWS::IAM::Group, Properties: {{{name}}}}}}}\n");
    let cases = [
        (role(""), vec![], "CAPABILITY_IAM"),
        (role("GroupName: g"), vec!["CAPABILITY_IAM"], "CAPABILITY_NAMED_IAM"),
        (EXTENDED.to_owned() + &pair("1", "2"), vec![], "CAPABILITY_AUTO_EXPAND"),
        (
            EXTENDED.to_owned() + &role("GroupName: g"),
            vec![],
            "CAPABILITY_NAMED_IAM, CAPABILITY_AUTO_EXPAND",
        ),
    ];
    for (template, given, needed) in cases {
        let input = json!({"StackName": "s", "TemplateBody": template, "Capabilities": given});
        let refused = format!("InsufficientCapabilitiesException: Requires capabilities : [{needed}]");
        let answer = Cloud::new().call("CreateStack", input).err();
        // A type that these tests' house does not have is refused before.
        assert!(answer.as_ref() == Some(&refused), "{answer:?}");
    }
    let unknown = json!({"StackName": "s", "TemplateBody": pair("1", "2"), "Capabilities": ["CAPABILITY"]});
    let answer = Cloud::new().call("CreateStack", unknown).err().unwrap_or_default();
    assert!(answer.contains("failed to satisfy constraint"), "{answer}");
}

#[test]
fn a_role_has_to_be_one_that_the_service_may_assume() {
    let cases = [
        ("deployer", "ValidationError: deployer is not a valid RoleARN"),
        (
            "arn:aws:iam::123456789012:role/nobody",
            "ValidationError: Role arn:aws:iam::123456789012:role/nobody is invalid or cannot be assumed",
        ),
    ];
    for (role, refusal) in cases {
        let input = json!({"StackName": "s", "TemplateBody": pair("1", "2"), "RoleARN": role});
        assert_eq!(Cloud::new().call("CreateStack", input), Err(refusal.to_owned()));
    }
}

#[test]
fn a_stack_policy_guards_what_there_is() {
    let policy = |deed: &str| {
        json!({"Statement": [
            {"Effect": "Allow", "Action": "Update:*", "Principal": "*", "Resource": "*"},
            {"Effect": "Deny", "Action": deed, "Principal": "*", "Resource": "LogicalResourceId/B"}]})
        .to_string()
    };
    let without_b = "Resources: {A: {Type: AWS::SSM::Parameter, Properties: {Name: /a, Type: String, Value: 1}}}".to_owned();
    let cases = [
        ("Update:Modify", pair("1", "3"), "UPDATE_ROLLBACK_COMPLETE"),
        ("Update:Replace", pair("1", "3"), "UPDATE_COMPLETE"),
        ("Update:Replace", pair("1", "2").replace("/b", "/c"), "UPDATE_ROLLBACK_COMPLETE"),
        ("Update:Delete", without_b.clone(), "UPDATE_ROLLBACK_COMPLETE"),
        ("Update:Modify", without_b, "UPDATE_COMPLETE"),
    ];
    for (deed, template, status) in cases {
        let cloud = Cloud::new();
        cloud.create("s", &pair("1", "2"));
        cloud.settle();
        let set = json!({"StackName": "s", "StackPolicyBody": policy(deed)});
        cloud.call("SetStackPolicy", set).expect("set");
        assert_eq!(
            cloud.call("GetStackPolicy", named("s")),
            Ok(json!({"StackPolicyBody": policy(deed)}))
        );
        cloud
            .call("UpdateStack", json!({"StackName": "s", "TemplateBody": template}))
            .expect("accepted");
        cloud.settle();
        assert_eq!(cloud.status("s"), status, "{deed}: {:?}", cloud.reasons());
    }
    let broken = json!({"StackName": "s", "TemplateBody": pair("1", "2"), "StackPolicyBody": "{}"});
    assert!(Cloud::new().call("CreateStack", broken).is_err());
}

#[test]
fn a_long_change_set_is_told_in_pages() {
    let cloud = Cloud::new();
    let many: String = (0..150)
        .map(|n| format!("  R{n:03}: {{Type: AWS::SSM::Parameter, Properties: {{Type: String, Value: x}}}}\n"))
        .collect();
    let set = json!({"StackName": "s", "ChangeSetName": "c", "ChangeSetType": "CREATE", "TemplateBody": format!("Resources:\n{many}")});
    cloud.call("CreateChangeSet", set).expect("made");
    let (mut told, mut input) = (Vec::new(), json!({"StackName": "s", "ChangeSetName": "c"}));
    loop {
        let page = cloud.call("DescribeChangeSet", input.clone()).expect("described");
        let changes = page["Changes"].as_array().cloned().unwrap_or_default();
        told.extend(
            changes
                .iter()
                .map(|change| change["ResourceChange"]["LogicalResourceId"].to_string()),
        );
        let Some(token) = page.get("NextToken").filter(|token| token.is_string()) else {
            break;
        };
        input["NextToken"] = token.clone();
    }
    assert_eq!(told.len(), 150);
    assert!(told.is_sorted());
}
