//! Parameter Store through its operations.

use super::ops::delete::{DeleteManyInput, DeleteParameters};
use super::ops::get::{GetParameter, GetParameterInput, GetParameters, GetParametersInput};
use super::ops::history::{GetParameterHistory, HistoryInput};
use super::ops::label::{LabelInput, LabelParameterVersion, UnlabelParameterVersion};
use super::ops::list::{ByPathInput, DescribeInput, DescribeParameters, GetParametersByPath};
use super::ops::put::{PutParameter, PutParameterInput};
use super::ops::tag::{AddTagsInput, AddTagsToResource, ListTagsForResource, ListTagsInput};
use crate::iam::tests::House;
use crate::ssm::filter::ParameterStringFilter;
use crate::ssm::model::{Kept, Parameter, ParameterType};
use tierra_core::Tag;

fn string(name: &str, value: &str) -> PutParameterInput {
    PutParameterInput {
        name: name.into(),
        value: value.into(),
        kind: Some(ParameterType::String),
        ..PutParameterInput::default()
    }
}

fn over(name: &str, value: &str) -> PutParameterInput {
    PutParameterInput {
        overwrite: Some(true),
        ..string(name, value)
    }
}

fn get(name: &str) -> GetParameterInput {
    GetParameterInput {
        name: name.into(),
        with_decryption: Some(true),
    }
}

fn value(house: &House, name: &str) -> String {
    house.ok::<GetParameter>(get(name)).parameter.value
}

#[test]
fn versions_and_labels_select() {
    let house = House::new();
    house.ok::<PutParameter>(string("/app/url", "one"));
    assert!(
        house
            .err::<PutParameter>(string("/app/url", "two"))
            .starts_with("ParameterAlreadyExists: The parameter already exists.")
    );
    assert_eq!(house.ok::<PutParameter>(over("/app/url", "two")).version, 2);
    let label = |labels: &[&str], version| LabelInput {
        name: "/app/url".into(),
        parameter_version: version,
        labels: labels.iter().map(|label| (*label).to_owned()).collect(),
    };
    let told = house.ok::<LabelParameterVersion>(label(&["prod", "1st", "aws-x"], Some(1)));
    assert_eq!(told.invalid_labels, ["1st", "aws-x"]);
    for (name, expected) in [
        ("/app/url", "two"),
        ("/app/url:1", "one"),
        ("/app/url:2", "two"),
        ("/app/url:prod", "one"),
        ("arn:aws:ssm:us-east-1:123456789012:parameter/app/url", "two"),
    ] {
        assert_eq!(value(&house, name), expected, "{name}");
    }
    assert_eq!(
        house.err::<GetParameter>(get("/app/url:9")),
        "ParameterVersionNotFound: Systems Manager could not find version 9 of /app/url. Verify the version and try again."
    );
    assert_eq!(house.err::<GetParameter>(get("/app/none")), "ParameterNotFound: ");
    assert_eq!(
        house.ok::<UnlabelParameterVersion>(label(&["prod", "x"], Some(1))).invalid_labels,
        ["x"]
    );
    let history = house.ok::<GetParameterHistory>(HistoryInput {
        name: "/app/url".into(),
        ..Default::default()
    });
    assert_eq!(
        history.parameters.iter().map(|one| one.value.as_str()).collect::<Vec<_>>(),
        ["one", "two"]
    );
    let many = house.ok::<GetParameters>(GetParametersInput {
        names: vec!["/app/url".into(), "nope".into(), "/app/url:1".into()],
        with_decryption: None,
    });
    assert_eq!((many.parameters.len(), many.invalid_parameters), (2, vec!["nope".to_owned()]));
    let gone = house.ok::<DeleteParameters>(DeleteManyInput {
        names: vec!["/app/url".into(), "nope".into()],
    });
    assert_eq!(gone.invalid_parameters, ["nope"]);
    assert!(house.read(|tx| tx.all::<Kept>()).is_empty());
}

#[test]
fn secrets_are_sealed_in_their_rows() {
    let house = House::new();
    let secret = PutParameterInput {
        kind: Some(ParameterType::SecureString),
        ..string("/db/password", "hunter2")
    };
    house.ok::<PutParameter>(secret);
    let rows = house.read(|tx| serde_json::to_string(&tx.all::<Parameter>()).expect("rows"));
    assert!(!rows.contains("hunter2"));
    assert_eq!(value(&house, "/db/password"), "hunter2");
    let closed = house.ok::<GetParameter>(GetParameterInput {
        name: "/db/password".into(),
        with_decryption: None,
    });
    assert_ne!(closed.parameter.value, "hunter2");
    let change = house.err::<PutParameter>(over("/db/password", "x"));
    assert!(change.starts_with("HierarchyTypeMismatchException"), "{change}");
}

#[test]
fn names_and_values_are_checked() {
    let house = House::new();
    for (name, expected) in [
        ("/aws/x", "AccessDeniedException: No access to reserved parameter name: /aws/x."),
        (
            "awsome",
            "ValidationException: Parameter name: can't be prefixed with \"aws\" or \"ssm\"",
        ),
        ("a/b", "ValidationException: Parameter name must be a fully qualified name."),
        ("/a//b", "ValidationException: Parameter name: can't be"),
        ("/1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16", "HierarchyLevelLimitExceededException: "),
    ] {
        let told = house.err::<PutParameter>(string(name, "v"));
        assert!(told.starts_with(expected), "{told}");
    }
    let long = house.err::<PutParameter>(string("x", &"v".repeat(4097)));
    assert!(long.starts_with("ValidationException: Standard tier parameters support a maximum parameter value of 4096 characters."));
    let pattern = |value: &str| PutParameterInput {
        allowed_pattern: Some("\\d+".into()),
        ..string("n", value)
    };
    assert_eq!(
        house.err::<PutParameter>(pattern("12a")),
        "ParameterPatternMismatchException: Parameter value, cannot be validated against allowedPattern: \\d+"
    );
    house.ok::<PutParameter>(pattern("12"));
    let untyped = PutParameterInput {
        kind: None,
        ..string("y", "v")
    };
    assert_eq!(
        house.err::<PutParameter>(untyped),
        "ValidationException: A parameter type is required when you create a parameter."
    );
}

#[test]
fn paths_filters_and_pages() {
    let house = House::new();
    for name in ["/a/1", "/a/2", "/a/b/3", "/ab/4", "plain"] {
        house.ok::<PutParameter>(string(name, "v"));
    }
    let names = |recursive, max, token: Option<String>| {
        let page = house.ok::<GetParametersByPath>(ByPathInput {
            path: "/a".into(),
            recursive: Some(recursive),
            max_results: Some(max),
            next_token: token,
            ..Default::default()
        });
        (page.parameters.into_iter().map(|one| one.name).collect::<Vec<_>>(), page.next_token)
    };
    assert_eq!(names(false, 10, None).0, ["/a/1", "/a/2"]);
    let (first, token) = names(true, 2, None);
    assert_eq!(
        (first, names(true, 2, token).0),
        (vec!["/a/1".into(), "/a/2".into()], vec!["/a/b/3".into()])
    );
    house.ok::<AddTagsToResource>(AddTagsInput {
        resource_type: "Parameter".into(),
        resource_id: "plain".into(),
        tags: vec![Tag {
            key: "k".into(),
            value: Some("v".into()),
        }],
    });
    let tags = house.ok::<ListTagsForResource>(ListTagsInput {
        resource_type: "Parameter".into(),
        resource_id: "plain".into(),
    });
    assert_eq!(tags.tag_list.len(), 1);
    for (key, option, wanted, count) in [
        ("Name", "BeginsWith", "/a/", 3),
        ("Name", "Contains", "b", 2),
        ("Name", "Equals", "plain", 1),
        ("Path", "Recursive", "/a", 3),
        ("Path", "OneLevel", "/a", 2),
        ("Type", "Equals", "SecureString", 0),
        ("tag:k", "Equals", "v", 1),
    ] {
        let filter = ParameterStringFilter {
            key: key.into(),
            option: Some(option.into()),
            values: vec![wanted.into()],
        };
        let told = house.ok::<DescribeParameters>(DescribeInput {
            parameter_filters: vec![filter],
            ..Default::default()
        });
        assert_eq!(told.parameters.len(), count, "{key} {option} {wanted}");
    }
    let unknown = ParameterStringFilter {
        key: "Color".into(),
        ..Default::default()
    };
    let told = house.err::<DescribeParameters>(DescribeInput {
        parameter_filters: vec![unknown],
        ..Default::default()
    });
    assert!(told.starts_with("InvalidFilterKey"), "{told}");
}

#[test]
fn public_parameters_name_images() {
    let house = House::new();
    let name = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64";
    assert!(value(&house, name).starts_with("ami-"));
    assert_eq!(house.err::<GetParameter>(get("/aws/service/none")), "ParameterNotFound: ");
    let page = house.ok::<GetParametersByPath>(ByPathInput {
        path: "/aws/service/ami-amazon-linux-latest".into(),
        ..Default::default()
    });
    assert_eq!(page.parameters.len(), 10);
}

#[test]
fn the_oldest_version_gives_way_unless_it_has_a_label() {
    let house = House::new();
    house.ok::<PutParameter>(string("n", "1"));
    for n in 2..=101 {
        house.ok::<PutParameter>(over("n", &n.to_string()));
    }
    assert!(house.err::<GetParameter>(get("n:1")).starts_with("ParameterVersionNotFound"));
    assert_eq!(value(&house, "n:2"), "2");
    house.ok::<LabelParameterVersion>(LabelInput {
        name: "n".into(),
        parameter_version: Some(2),
        labels: vec!["keep".into()],
    });
    assert!(
        house
            .err::<PutParameter>(over("n", "102"))
            .starts_with("ParameterMaxVersionLimitExceeded")
    );
}
