//! The codecs and the router against the real catalogue: who is meant, what is refused in which words, what comes back.

use proptest::prelude::*;
use serde_json::json;
use tierra_model::catalogue::{Protocol, Service};
use tierra_model::shape::Blob;
use tierra_model::{Catalogue, Shape, Timestamp, Value};

use crate::sigv4::SignedRequest;
use crate::{DecodeError, Decoded, Request, RouteError, Routed, WireError, decode, encode, encode_error, route};

type Headers = Vec<(String, String)>;

fn headers(pairs: &[(&str, &str)]) -> Headers {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

fn signed_for(service: &str) -> (&'static str, String) {
    let credential = format!("AWS4-HMAC-SHA256 Credential=AKIA/20260101/us-east-1/{service}/aws4_request, SignedHeaders=host, Signature=0");
    ("authorization", credential)
}

fn request<'a>(method: &'a str, uri: &'a str, headers: &'a Headers, body: &'a str) -> Request<'a> {
    let (path, query) = uri.split_once('?').unwrap_or((uri, ""));
    let head = SignedRequest {
        method,
        path,
        query,
        headers,
    };
    Request {
        head,
        body: body.as_bytes(),
    }
}

/// Routes with a credential scope and, where there is one, a target.
fn routed(scope: &str, target: &str, method: &str, uri: &str, body: &str) -> Result<Routed<'static>, RouteError> {
    let (key, value) = signed_for(scope);
    let mut headers = headers(&[("host", "localhost:4566"), (key, &value)]);
    if !target.is_empty() {
        headers.push(("x-amz-target".to_owned(), target.to_owned()));
    }
    if uri.starts_with("/service/") {
        headers.push(("smithy-protocol".to_owned(), "rpc-v2-cbor".to_owned()));
    }
    route(Catalogue::builtin(), &request(method, uri, &headers, body))
}

#[test]
fn requests_are_routed_by_whatever_names_the_service() {
    use Protocol::{Cbor, Ec2, Json, Query, RestJson, RestXml};
    #[rustfmt::skip]
    let cases = [
        ("ec2", "", "POST", "/", "Action=RunInstances&Version=2016-11-15", "ec2 RunInstances", Ec2),
        ("ec2", "", "GET", "/?Action=DescribeVpcs&Version=2014-10-01", "", "ec2 DescribeVpcs", Ec2),
        ("elasticloadbalancing", "", "POST", "/", "Action=DescribeLoadBalancers&Version=2015-12-01", "elbv2 DescribeLoadBalancers", Query),
        ("elasticloadbalancing", "", "POST", "/", "Action=DescribeLoadBalancers&Version=2012-06-01", "elb DescribeLoadBalancers", Query),
        ("", "", "POST", "/", "Action=AssumeRoleWithWebIdentity&Version=2011-06-15", "sts AssumeRoleWithWebIdentity", Query),
        ("ssm", "AmazonSSM.GetParameter", "POST", "/", "{}", "ssm GetParameter", Json),
        ("monitoring", "GraniteServiceVersion20100801.PutMetricData", "POST", "/", "{}", "cloudwatch PutMetricData", Json),
        ("monitoring", "", "POST", "/", "Action=PutMetricData&Version=2010-08-01", "cloudwatch PutMetricData", Query),
        ("monitoring", "", "POST", "/service/GraniteServiceVersion20100801/operation/ListMetrics", "", "cloudwatch ListMetrics", Cbor),
        ("lambda", "", "GET", "/2015-03-31/functions/f?Qualifier=1", "", "lambda GetFunction", RestJson),
        ("lambda", "", "POST", "/2015-03-31/functions/f/invocations", "{}", "lambda Invoke", RestJson),
        ("route53", "", "POST", "/2013-04-01/hostedzone/Z1/rrset/", "", "route53 ChangeResourceRecordSets", RestXml),
        ("s3", "", "GET", "/bucket?acl", "", "s3 GetBucketAcl", RestXml),
        ("s3", "", "PUT", "/bucket/a/b%20c", "Action=x", "s3 PutObject", RestXml),
        ("s3", "", "PUT", "/bucket/a?partNumber=1&uploadId=u", "", "s3 UploadPart", RestXml),
    ];
    for (scope, target, method, uri, body, want, protocol) in cases {
        let routed = routed(scope, target, method, uri, body).unwrap_or_else(|error| panic!("{want}: {error:?}"));
        assert_eq!(format!("{} {}", routed.service.metadata.name, routed.operation.name), want);
        assert_eq!(routed.protocol, protocol, "{want}");
    }
}

#[test]
fn a_host_name_names_the_service_of_an_unsigned_request() {
    let headers = headers(&[("host", "sts.us-east-1.amazonaws.com")]);
    let request = request("POST", "/", &headers, "Action=GetCallerIdentity");
    let routed = route(Catalogue::builtin(), &request).expect("a route");
    assert_eq!(&*routed.service.metadata.name, "sts");
}

#[test]
fn what_is_no_operation_is_told_in_the_services_words() {
    #[rustfmt::skip]
    let cases = [
        ("ec2", "", "Action=Fly&Version=2016-11-15", 400, "InvalidAction", "The action Fly is not valid for this web service."),
        ("iam", "", "Action=Fly&Version=2010-05-08", 400, "InvalidAction", "Could not find operation Fly for version 2010-05-08"),
        ("ec2", "", "Action=RunInstances&Version=soon", 400, "NoSuchVersion", "The requested version (soon) of service AmazonEC2 does not exist"),
        ("ec2", "", "Version=2016-11-15", 400, "MissingParameter", "The request must contain the parameter Action"),
        ("ssm", "AmazonSSM.Fly", "{}", 400, "UnknownOperationException", ""),
        ("lambda", "", "", 404, "UnknownOperationException", ""),
    ];
    for (scope, target, body, status, code, message) in cases {
        let error = routed(scope, target, "POST", "/", body).expect_err(code);
        let wire = error.to_wire();
        assert_eq!((wire.status, &*wire.code, &*wire.message), (status, code, message));
        let answer = encode_error(error.protocol(), None, &wire, "r-1");
        assert!(
            String::from_utf8_lossy(&answer.body).contains(code) || answer.header("x-amzn-errortype") == Some(code),
            "{code}"
        );
    }
}

/// Decodes into a value that takes everything.
fn filled(routed: &Routed<'_>, method: &str, uri: &str, body: &str) -> Result<Decoded, DecodeError> {
    let headers = Headers::new();
    decode(routed, &request(method, uri, &headers, body), &mut Value::default())
}

#[test]
fn a_bad_input_is_told_in_the_services_words() {
    #[rustfmt::skip]
    let cases = [
        ("ec2", "", "Action=RunInstances&Version=2016-11-15&MinCount=1", "MissingParameter", "The request must contain the parameter MaxCount"),
        ("ec2", "", "Action=CreateTags&Version=2016-11-15&Tag.1.Key=a", "MissingParameter", "The request must contain the parameter ResourceId"),
        ("ec2", "", "Action=RunInstances&Version=2016-11-15&MinCount=one&MaxCount=1", "InvalidParameterValue", "Value (one) for parameter minCount is invalid. It must be an Integer"),
        ("ec2", "", "Action=TerminateInstances&Version=2016-11-15&InstanceId.1=web", "InvalidInstanceID.Malformed", "Invalid id: \"web\" (expecting \"i-...\")"),
        ("ec2", "", "Action=DescribeVpcs&Version=2016-11-15&VpcId.1=vpc-nothing", "InvalidVpcID.Malformed", "Invalid id: \"vpc-nothing\""),
        ("ec2", "", "Action=RunInstances&Version=2016-11-15&MinCount=1&MaxCount=1&ImageId=debian", "InvalidAMIID.Malformed", "Invalid id: \"debian\" (expecting \"ami-...\")"),
        ("rds", "", "Action=DeleteDBInstance&Version=2014-10-31", "MissingParameter", "The request must contain the parameter DBInstanceIdentifier"),
        ("iam", "", "Action=GetRole&Version=2010-05-08", "ValidationError", "1 validation error detected: Value null at 'roleName' failed to satisfy constraint: Member must not be null"),
        ("iam", "", "Action=TagRole&Version=2010-05-08&RoleName=&Tags.member.1.Key=a", "ValidationError", "2 validation errors detected: Value '' at 'roleName' failed to satisfy constraint: Member must have length greater than or equal to 1; Value null at 'tags.1.member.value' failed to satisfy constraint: Member must not be null"),
        ("iam", "", "Action=GetRole&Version=2010-05-08&RoleName=a%2Fb", "ValidationError", "1 validation error detected: Value 'a/b' at 'roleName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]+"),
        ("elasticloadbalancing", "", "Action=CreateListener&Version=2015-12-01&LoadBalancerArn=a&DefaultActions.member.1.Type=sing", "ValidationError", "1 validation error detected: Value 'sing' at 'defaultActions.1.member.type' failed to satisfy constraint: Member must satisfy enum value set: [forward, authenticate-oidc, authenticate-cognito, redirect, fixed-response"),
        ("ssm", "AmazonSSM.GetParameter", "{}", "ValidationException", "1 validation error detected: Value null at 'name' failed to satisfy constraint: Member must not be null"),
        ("ssm", "AmazonSSM.GetParameter", r#"{"Name": 1}"#, "SerializationException", "NUMBER_VALUE can not be converted to a String"),
        ("ssm", "AmazonSSM.GetParameters", r#"{"Names": {}}"#, "SerializationException", "Start of structure or map found where not expected."),
        ("secretsmanager", "secretsmanager.GetSecretValue", "{}", "InvalidParameterException", "1 validation error detected: Value null at 'secretId' failed to satisfy constraint: Member must not be null"),
    ];
    for (scope, target, body, code, message) in cases {
        let routed = routed(scope, target, "POST", "/", body).expect("a route");
        let error = filled(&routed, "POST", "/", body).expect_err(message);
        let wire = error.to_wire(routed.protocol, &routed.service.metadata);
        assert_eq!(&*wire.code, code, "{message}");
        assert!(wire.message.starts_with(message), "{}", wire.message);
    }
    let broken =
        routed("ssm", "AmazonSSM.GetParameter", "POST", "/", "").map(|routed| filled(&routed, "POST", "/", "{").expect_err("cut off"));
    assert!(matches!(broken, Ok(DecodeError::Malformed { .. })));
}

#[derive(Debug, Default, Shape)]
struct RunInput {
    image_id: Option<String>,
    min_count: i32,
    max_count: i32,
    user_data: Option<String>,
    security_group_ids: Vec<String>,
    tag_specifications: Vec<TagSpecification>,
}

#[derive(Debug, Default, Shape)]
struct TagSpecification {
    resource_type: Option<String>,
    tags: Vec<Tag>,
}

#[derive(Debug, Default, Shape)]
struct Tag {
    key: String,
    value: Option<String>,
}

#[test]
fn a_typed_input_takes_what_it_declares_and_the_rest_is_told() {
    let body = "Action=RunInstances&Version=2014-10-01&ImageId=ami-12345678&MinCount=1&MaxCount=2&SecurityGroupId.1=sg-12345671&SecurityGroupId.2=sg-12345672\
                &TagSpecification.1.ResourceType=instance&TagSpecification.1.Tag.2.Key=b&TagSpecification.1.Tag.1.Key=a&TagSpecification.1.Tag.1.Value=\
                &EbsOptimized=true&Placement.Tenancy=default&Colour=red";
    let routed = routed("ec2", "", "POST", "/", body).expect("a route");
    let (mut input, headers) = (RunInput::default(), Headers::new());
    let decoded = decode(&routed, &request("POST", "/", &headers, body), &mut input).expect("an input");
    assert_eq!(
        (input.image_id.as_deref(), input.min_count, input.max_count),
        (Some("ami-12345678"), 1, 2)
    );
    assert_eq!(input.security_group_ids, ["sg-12345671", "sg-12345672"]);
    let tags: Vec<_> = input.tag_specifications[0]
        .tags
        .iter()
        .map(|tag| (tag.key.as_str(), tag.value.as_deref()))
        .collect();
    assert_eq!(tags, [("a", Some("")), ("b", None)]);
    assert_eq!(decoded.unhonoured, ["Placement.Tenancy", "EbsOptimized"]);
    assert_eq!(decoded.unknown, ["Colour"]);
    let answer = encode(
        &routed,
        &Value::Struct(vec![("ReservationId".into(), Value::Text("r-1".into()))]),
        "id-1",
    );
    let text = String::from_utf8_lossy(&answer.body).into_owned();
    let want = r#"<RunInstancesResponse xmlns="http://ec2.amazonaws.com/doc/2014-10-01/"><requestId>id-1</requestId><reservationId>r-1</reservationId></RunInstancesResponse>"#;
    assert!(text.ends_with(want), "{text}");
}

#[test]
fn errors_have_each_protocols_form() {
    let catalogue = Catalogue::builtin();
    let error = WireError::sender("ParameterNotFound", "gone & lost");
    let body = |protocol, service: &str, error: &WireError| {
        let answer = encode_error(protocol, catalogue.service(service), error, "id-1");
        String::from_utf8_lossy(&answer.body).into_owned()
    };
    assert_eq!(
        body(Protocol::Json, "ssm", &error),
        r#"{"__type":"ParameterNotFound","message":"gone & lost"}"#
    );
    assert!(body(Protocol::Ec2, "ec2", &error).ends_with(
        "<Response><Errors><Error><Code>ParameterNotFound</Code><Message>gone &amp; lost</Message></Error></Errors><RequestID>id-1</RequestID></Response>"
    ));
    assert_eq!(
        body(Protocol::Query, "iam", &error),
        "<ErrorResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><Error><Type>Sender</Type><Code>ParameterNotFound</Code>\
         <Message>gone &amp; lost</Message></Error><RequestId>id-1</RequestId></ErrorResponse>"
    );
    let alarm = WireError::new("ResourceNotFound", 404, "no alarm");
    let answer = encode_error(Protocol::Json, catalogue.service("cloudwatch"), &alarm, "id-1");
    assert_eq!(answer.header("x-amzn-query-error"), Some("ResourceNotFound;Sender"));
}

#[derive(Debug, Default, PartialEq, Clone, Shape)]
struct Everything {
    text: Option<String>,
    whole: Option<i64>,
    half: Option<f64>,
    flag: Option<bool>,
    bytes: Option<Blob>,
    moment: Option<Timestamp>,
    list: Option<Vec<String>>,
    map: std::collections::BTreeMap<String, i64>,
    deeper: Option<Box<Everything>>,
}

fn model(protocol: &str) -> Service {
    let model = json!({
        "metadata": {"protocol": protocol, "apiVersion": "2026-01-01", "endpointPrefix": "x", "targetPrefix": "X"},
        "operations": {"Echo": {"http": {"method": "POST", "requestUri": "/"}, "input": {"shape": "Everything"}, "output": {"shape": "Everything"}}},
        "shapes": {
            "Everything": {"type": "structure", "members": {
                "Text": {"shape": "S"}, "Whole": {"shape": "I"}, "Half": {"shape": "F"}, "Flag": {"shape": "B"}, "Bytes": {"shape": "Y"},
                "Moment": {"shape": "T"}, "List": {"shape": "L"}, "Map": {"shape": "M"}, "Deeper": {"shape": "Everything"},
            }},
            "S": {"type": "string"}, "I": {"type": "long"}, "F": {"type": "double"}, "B": {"type": "boolean"}, "Y": {"type": "blob"},
            "T": {"type": "timestamp"}, "L": {"type": "list", "member": {"shape": "S"}},
            "M": {"type": "map", "key": {"shape": "S"}, "value": {"shape": "I"}},
        },
    });
    Service::from_json("x", model.to_string().as_bytes()).expect("a model")
}

fn everything() -> impl Strategy<Value = Everything> {
    let text = "[ -~é\\n]{0,12}";
    let leaf = (
        prop::option::of(text),
        prop::option::of(any::<i64>()),
        prop::option::of((-1_000_000i64..1_000_000).prop_map(|quarters| quarters as f64 / 4.0)),
        any::<Option<bool>>(),
        prop::option::of(prop::collection::vec(any::<u8>(), 0..9)),
        prop::option::of(0..4_000_000_000_000i64),
        prop::option::of(prop::collection::vec(text, 1..4)),
        prop::collection::btree_map("[a-z]{1,5}", any::<i64>(), 0..4),
    );
    let leaf = leaf.prop_map(|(text, whole, half, flag, bytes, moment, list, map)| Everything {
        text,
        whole,
        half,
        flag,
        bytes: bytes.map(Blob),
        moment: moment.map(Timestamp),
        list,
        map,
        deeper: None,
    });
    (leaf.clone(), prop::option::of(leaf)).prop_map(|(outer, inner)| Everything {
        deeper: inner.map(Box::new),
        ..outer
    })
}

proptest! {
    #[test]
    fn where_a_protocol_is_symmetric_what_is_encoded_is_decoded(given in everything()) {
        for word in ["json", "rest-json", "rest-xml", "smithy-rpc-v2-cbor"] {
            let service = model(word);
            let operation = service.operation("Echo").expect("Echo");
            let routed = Routed { service: &service, operation, protocol: service.metadata.protocols[0], version: None };
            let answer = encode(&routed, &given, "id");
            let (mut read, headers) = (Everything::default(), Headers::new());
            let head = SignedRequest { method: "POST", path: "/", query: "", headers: &headers };
            let decoded = decode(&routed, &Request { head, body: &answer.body }, &mut read);
            prop_assert_eq!(decoded, Ok(Decoded::default()), "{}", word);
            prop_assert_eq!(&read, &given, "{}: {}", word, String::from_utf8_lossy(&answer.body));
        }
    }

    #[test]
    fn no_body_makes_a_decoder_panic(body in prop::collection::vec(any::<u8>(), 0..200)) {
        for word in ["query", "ec2", "json", "rest-json", "rest-xml", "smithy-rpc-v2-cbor"] {
            let service = model(word);
            let operation = service.operation("Echo").expect("Echo");
            let routed = Routed { service: &service, operation, protocol: service.metadata.protocols[0], version: None };
            let headers = Headers::new();
            let head = SignedRequest { method: "POST", path: "/", query: "", headers: &headers };
            let _ = decode(&routed, &Request { head, body: &body }, &mut Value::default());
        }
    }
}
