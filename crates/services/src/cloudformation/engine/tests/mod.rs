//! The engine over a store in memory, step by step, with a fake `AWS::SSM::Parameter` whose value says how it behaves.

mod asked;
mod nested;
mod waiting;

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use tierra_core::clock::SimClock;
use tierra_core::operation::Runner;
use tierra_core::resource_type::{Attributes, Creation, Progress, ResourceType};
use tierra_core::{AccountId, AwsError, Call, Caller, Ids, Key, Place, Region, Registry, Resource, Store, StoreError, Tx};
use tierra_model::{Timestamp, json as shapes};

use super::{Engine, survey};
use crate::cloudformation::model::{Event, Stack, StackResource};
use crate::cloudformation::{CloudFormationError, Templates, register};

/// More steps than any of these stacks needs.
const STEPS: usize = 400;

#[derive(Clone, Debug, Serialize, Deserialize)]
struct FakeRow {
    place: Place,
    name: String,
    value: String,
}

impl Resource for FakeRow {
    const KIND: &'static str = "test/parameter";
    fn place(&self) -> &Place {
        &self.place
    }
    fn id(&self) -> String {
        self.name.clone()
    }
}

/// `fail` fails; everything else succeeds at once.
pub struct FakeParameter;

impl FakeParameter {
    fn put(tx: &mut Tx, call: &Call, name: &str, properties: &Value) -> Result<(), AwsError> {
        let value = crate::cloudformation::template::scalar_text(&properties["Value"]).unwrap_or_default();
        tx.save(FakeRow {
            place: call.place.clone(),
            name: name.to_owned(),
            value: value.clone(),
        });
        if value == "fail" {
            Err(AwsError::new("ParameterFailed", 400, "No such luck."))
        } else {
            Ok(())
        }
    }
}

impl ResourceType for FakeParameter {
    fn name(&self) -> &'static str {
        "AWS::SSM::Parameter"
    }
    fn create(&self, tx: &mut Tx, call: &Call, creation: &Creation<'_>) -> Result<String, AwsError> {
        let name = creation.properties["Name"]
            .as_str()
            .map_or_else(|| creation.generated_name(call, 64), str::to_owned);
        Self::put(tx, call, &name, creation.properties).map(|()| name)
    }
    fn progress(&self, tx: &Tx, call: &Call, id: &str) -> Progress {
        if tx.find::<FakeRow>(&call.place, id).is_some() {
            Progress::Ready
        } else {
            Progress::Gone
        }
    }
    fn attributes(&self, tx: &Tx, call: &Call, id: &str) -> Result<Attributes, AwsError> {
        let value = tx.find::<FakeRow>(&call.place, id).map(|row| row.value).unwrap_or_default();
        Ok(Attributes {
            reference: id.to_owned(),
            values: Map::from_iter([("Value".to_owned(), value.into())]),
        })
    }
    fn update(&self, tx: &mut Tx, call: &Call, id: &str, _: &Value, new: &Creation<'_>) -> Result<(), AwsError> {
        Self::put(tx, call, id, new.properties)
    }
    fn delete(&self, tx: &mut Tx, call: &Call, id: &str) -> Result<(), AwsError> {
        tx.delete(&Key::<FakeRow>::new(&call.place, id));
        Ok(())
    }
}

/// An object of a bucket, whose content is a template.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct FakeObject {
    place: Place,
    name: String,
    text: String,
}

impl Resource for FakeObject {
    const KIND: &'static str = "test/object";
    fn place(&self) -> &Place {
        &self.place
    }
    fn id(&self) -> String {
        self.name.clone()
    }
}

/// What lies at an address of S3.
struct Bucket(Store);

impl Bucket {
    fn template(&self, call: &Call, address: &str) -> Result<String, AwsError> {
        let Some((bucket, key)) = crate::s3::address(address) else {
            return Err(CloudFormationError::validation("TemplateURL must be a supported URL.").into());
        };
        let name = format!("{bucket}/{key}");
        let found = self.0.read(|tx| Ok::<_, StoreError>(tx.find::<FakeObject>(&call.place, name)));
        found
            .expect("read")
            .map(|object| object.text)
            .ok_or_else(|| CloudFormationError::validation("S3 error: The specified key does not exist.").into())
    }
}

#[async_trait::async_trait]
impl Templates for Bucket {
    async fn read(&self, call: &Call, address: &str) -> Result<String, AwsError> {
        self.template(call, address)
    }
}

struct Cloud {
    store: Store,
    clock: SimClock,
    ids: Ids,
    registry: Registry,
}

impl Cloud {
    fn new() -> Self {
        let mut registry = Registry::default();
        register(&mut registry);
        Self {
            store: Store::in_memory().expect("store"),
            clock: SimClock::new(Timestamp::from_secs(1_700_000_000)),
            ids: Ids::seeded(1),
            registry,
        }
    }

    fn place() -> Place {
        Place {
            account: AccountId("123456789012".into()),
            region: Region("us-east-1".into()),
        }
    }

    fn as_root(&self) -> Call {
        Call {
            caller: Caller::Root {
                account: Self::place().account,
            },
            place: Self::place(),
            now: tierra_core::Clock::now(&self.clock),
            ids: self.ids.clone(),
            request: "r".into(),
            source_ip: None,
            api_version: None,
        }
    }

    /// Calls an operation with JSON, as a client would.
    fn call(&self, name: &str, input: Value) -> Result<Value, String> {
        let operation = self.registry.find("cloudformation", name).expect(name);
        let mut shape = (operation.input)();
        let unknown = shapes::fill(shape.shape(), &input).expect("fits");
        assert_eq!(unknown, Vec::<String>::new());
        let Runner::Sync { run, .. } = &operation.runner else {
            panic!("no data operation")
        };
        let output = self.store.write(|tx| run(tx, &self.as_root(), shape));
        output
            .map(|output| shapes::read(&*output))
            .map_err(|error| format!("{}: {}", error.code, error.message))
    }

    /// Lets the engine work until nothing changes any more; a new engine for each step, as after a crash.
    fn settle(&self) {
        for _ in 0..STEPS {
            let bucket = || Bucket(self.store.clone());
            let engine = Engine::new(
                self.store.clone(),
                Arc::new(self.clock.clone()),
                self.ids.clone(),
                Arc::new(bucket()),
            );
            let before = self.store.revisions().newest();
            for stack in self.all::<Stack>() {
                let now = tierra_core::Clock::now(&self.clock);
                let steps = self
                    .store
                    .read(|tx| Ok::<_, StoreError>(survey::plan(tx, &stack, now)))
                    .expect("plan");
                for step in &steps {
                    let key = Key::new(&stack.place, stack.id());
                    let asked = self
                        .store
                        .read(|tx| Ok::<_, StoreError>(engine.asks(tx, &key, step)))
                        .expect("read");
                    let template = asked.map(|(call, address)| bucket().template(&call, &address));
                    let taken = self.store.write(|tx| Ok::<_, StoreError>(engine.step(tx, &key, step, template)));
                    taken.expect("step");
                }
            }
            self.clock.advance(Duration::from_millis(100));
            if self.store.revisions().newest() == before {
                return;
            }
        }
        panic!("the engine does not come to rest");
    }

    fn all<R: Resource>(&self) -> Vec<R> {
        self.store.read(|tx| Ok::<_, StoreError>(tx.all())).expect("read")
    }

    /// The parameters that there are: name and value.
    fn parameters(&self) -> Vec<(String, String)> {
        self.all::<FakeRow>().into_iter().map(|row| (row.name, row.value)).collect()
    }

    fn status(&self, name: &str) -> String {
        let found = self.all::<Stack>().into_iter().rfind(|stack| stack.name == name);
        found.map_or_else(String::new, |stack| stack.status().to_owned())
    }

    /// Why things failed, for the reader of a failed test.
    fn reasons(&self) -> Vec<String> {
        let events = self.all::<Event>().into_iter();
        events
            .filter_map(|event| Some(format!("{} {}: {}", event.logical_id, event.status, event.reason?)))
            .collect()
    }

    fn statuses(&self, name: &str) -> Vec<String> {
        let events = self.call("DescribeStackEvents", json!({"StackName": name})).expect("events");
        let events = events["StackEvents"].as_array().expect("list").iter().rev();
        events
            .map(|event| {
                format!(
                    "{} {}",
                    event["LogicalResourceId"].as_str().unwrap_or("?"),
                    event["ResourceStatus"].as_str().unwrap_or("?")
                )
            })
            .collect()
    }

    /// Puts a template into a bucket, and says its address.
    fn upload(&self, key: &str, text: &str) -> String {
        let object = FakeObject {
            place: Self::place(),
            name: format!("templates/{key}"),
            text: text.to_owned(),
        };
        let put = self.store.write(|tx| {
            tx.save(object);
            Ok::<_, StoreError>(())
        });
        put.expect("put");
        format!("https://templates.s3.amazonaws.com/{key}")
    }

    fn create(&self, name: &str, template: &str) -> Value {
        let capabilities = ["CAPABILITY_AUTO_EXPAND"];
        self.call(
            "CreateStack",
            json!({"StackName": name, "TemplateBody": template, "Capabilities": capabilities}),
        )
        .expect("accepted")
    }
}

fn pair(first: &str, second: &str) -> String {
    format!(
        "Resources:\n  A: {{Type: AWS::SSM::Parameter, Properties: {{Name: /a, Type: String, Value: {first}}}}}\n  \
         B: {{Type: AWS::SSM::Parameter, DependsOn: A, Properties: {{Name: /b, Type: String, Value: {second}}}}}\n\
         Outputs:\n  Value: {{Value: !GetAtt B.Value, Export: {{Name: value}}}}\n"
    )
}

fn texts(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect()
}

#[test]
fn a_stack_is_made_in_order_and_deleted_in_reverse() {
    let cloud = Cloud::new();
    cloud.create("s", &pair("1", "2"));
    cloud.settle();
    let made = [
        "s CREATE_IN_PROGRESS",
        "A CREATE_IN_PROGRESS",
        "A CREATE_IN_PROGRESS",
        "A CREATE_COMPLETE",
        "B CREATE_IN_PROGRESS",
        "B CREATE_IN_PROGRESS",
        "B CREATE_COMPLETE",
        "s CREATE_COMPLETE",
    ];
    assert_eq!(cloud.statuses("s"), made);
    assert_eq!(cloud.parameters(), texts(&[("/a", "1"), ("/b", "2")]));
    let exports = cloud.call("ListExports", json!({})).expect("exports");
    assert_eq!(exports["Exports"][0]["Value"], "2");
    let id = cloud.call("DescribeStacks", json!({"StackName": "s"})).expect("stack")["Stacks"][0]["StackId"].clone();
    cloud.call("DeleteStack", json!({"StackName": "s"})).expect("delete");
    cloud.settle();
    assert_eq!(cloud.parameters(), []);
    let events = cloud.statuses(id.as_str().expect("id"));
    let at = |name: &str| events.iter().position(|event| event == name);
    assert!(
        at("B DELETE_COMPLETE") < at("A DELETE_IN_PROGRESS") && at("s DELETE_COMPLETE").is_some(),
        "{events:?}"
    );
    assert_eq!(
        cloud.call("DescribeStacks", json!({"StackName": "s"})),
        Err("ValidationError: Stack with id s does not exist".to_owned())
    );
}

#[test]
fn a_failed_creation_goes_back_to_nothing() {
    for (on_failure, status, left) in [
        ("ROLLBACK", "ROLLBACK_COMPLETE", 0),
        ("DO_NOTHING", "CREATE_FAILED", 1),
        ("DELETE", "DELETE_COMPLETE", 0),
    ] {
        let cloud = Cloud::new();
        cloud
            .call(
                "CreateStack",
                json!({"StackName": "s", "TemplateBody": pair("1", "fail"), "OnFailure": on_failure}),
            )
            .expect("accepted");
        cloud.settle();
        assert_eq!(
            (cloud.status("s").as_str(), cloud.parameters().len()),
            (status, left),
            "{on_failure}"
        );
    }
}

#[test]
fn updates_change_in_place_replace_and_go_back() {
    let cloud = Cloud::new();
    cloud.create("s", &pair("1", "2"));
    cloud.settle();
    let update = |template: &str| {
        let answer = cloud.call("UpdateStack", json!({"StackName": "s", "TemplateBody": template}));
        cloud.settle();
        (answer.err().unwrap_or_default(), cloud.status("s"), cloud.parameters())
    };
    let cases = [
        (
            pair("1", "2"),
            "ValidationError: No updates are to be performed.",
            "UPDATE_COMPLETE",
            texts(&[("/a", "1"), ("/b", "2")]),
        ),
        (pair("1", "3"), "", "UPDATE_COMPLETE", texts(&[("/a", "1"), ("/b", "3")])),
        (
            pair("9", "fail"),
            "",
            "UPDATE_ROLLBACK_COMPLETE",
            texts(&[("/a", "1"), ("/b", "3")]),
        ),
        (
            pair("1", "3").replace("/a", "/c"),
            "",
            "UPDATE_COMPLETE",
            texts(&[("/b", "3"), ("/c", "1")]),
        ),
        (
            pair("1", "fail").replace("/a", "/d"),
            "",
            "UPDATE_ROLLBACK_COMPLETE",
            texts(&[("/b", "3"), ("/c", "1")]),
        ),
    ];
    for (at, (template, error, status, parameters)) in cases.into_iter().enumerate() {
        let status = if at == 0 { "CREATE_COMPLETE" } else { status };
        assert_eq!(update(&template), (error.to_owned(), status.to_owned(), parameters), "{at}");
    }
}

#[test]
fn a_gate_waits_for_its_signals_and_what_is_retained_stays() {
    let cloud = Cloud::new();
    cloud.create("gate", include_str!("../../../../tests/templates/whole/gate.yaml"));
    cloud.settle();
    assert_eq!(cloud.status("gate"), "CREATE_IN_PROGRESS", "{:?}", cloud.reasons());
    for id in ["one", "one", "two"] {
        assert_eq!(cloud.status("gate"), "CREATE_IN_PROGRESS");
        let signal = json!({"StackName": "gate", "LogicalResourceId": "Gate", "UniqueId": id, "Status": "SUCCESS"});
        cloud.call("SignalResource", signal).expect("signal");
        cloud.settle();
    }
    assert_eq!(
        cloud.status("gate"),
        "CREATE_COMPLETE",
        "{:?} {:?}",
        cloud.reasons(),
        cloud.statuses("gate")
    );
    let values: Vec<String> = cloud.parameters().into_iter().map(|(_, value)| value).collect();
    assert!(
        ["2 names, last three", "hello,world", r#"{"one":"","two":""}"#]
            .iter()
            .all(|value| values.iter().any(|v| v == value)),
        "{values:?}"
    );
    cloud.call("DeleteStack", json!({"StackName": "gate"})).expect("delete");
    cloud.settle();
    assert_eq!((cloud.status("gate").as_str(), cloud.parameters().len()), ("DELETE_COMPLETE", 1));
}

#[test]
fn a_gate_that_hears_nothing_times_out() {
    let cloud = Cloud::new();
    cloud.create("gate", include_str!("../../../../tests/templates/whole/gate.yaml"));
    cloud.settle();
    cloud.clock.advance(Duration::from_secs(61));
    cloud.settle();
    let gate = cloud.all::<StackResource>().into_iter().find(|row| row.logical_id == "Gate");
    assert_eq!(cloud.status("gate"), "ROLLBACK_COMPLETE");
    assert!(gate.is_some_and(|row| row.live.is_none()));
}

#[test]
fn change_sets_tell_and_do() {
    let cloud = Cloud::new();
    let set = |name: &str, kind: &str, template: String| {
        cloud
            .call(
                "CreateChangeSet",
                json!({"StackName": "s", "ChangeSetName": name, "ChangeSetType": kind, "TemplateBody": template}),
            )
            .expect("change set");
        let shown = cloud
            .call("DescribeChangeSet", json!({"StackName": "s", "ChangeSetName": name}))
            .expect("shown");
        let changes = shown["Changes"].as_array().expect("changes").iter().map(|change| {
            let change = &change["ResourceChange"];
            let word = |name: &str| change[name].as_str().unwrap_or("-").to_owned();
            format!("{} {} {}", word("Action"), word("LogicalResourceId"), word("Replacement"))
        });
        (shown["Status"].as_str().unwrap_or_default().to_owned(), changes.collect::<Vec<_>>())
    };
    let execute = |name: &str| {
        let executed = cloud.call("ExecuteChangeSet", json!({"StackName": "s", "ChangeSetName": name}));
        cloud.settle();
        executed.map(|_| cloud.status("s"))
    };
    assert_eq!(
        set("first", "CREATE", pair("1", "2")),
        ("CREATE_COMPLETE".into(), vec!["Add A -".to_owned(), "Add B -".to_owned()])
    );
    assert_eq!(
        (cloud.status("s").as_str(), execute("first")),
        ("REVIEW_IN_PROGRESS", Ok("CREATE_COMPLETE".to_owned()))
    );
    assert_eq!(set("same", "UPDATE", pair("1", "2")), ("FAILED".into(), vec![]));
    let changed = pair("1", "3").replace("/a", "/c");
    assert_eq!(
        set("second", "UPDATE", changed),
        (
            "CREATE_COMPLETE".into(),
            vec!["Modify A True".to_owned(), "Modify B False".to_owned()]
        )
    );
    assert_eq!(execute("second"), Ok("UPDATE_COMPLETE".to_owned()));
    assert_eq!(cloud.parameters(), texts(&[("/b", "3"), ("/c", "1")]));
}

#[test]
fn what_is_wrong_is_refused_in_aws_words() {
    let cloud = Cloud::new();
    let role = "Resources: {R: {Type: AWS::IAM::Role, Properties: {AssumeRolePolicyDocument: {}}}}";
    let named = "Parameters: {P: {Type: String}}\nResources: {H: {Type: AWS::CloudFormation::WaitConditionHandle}}";
    let cases = [
        (
            json!({"StackName": "1", "TemplateBody": named}),
            "ValidationError: 1 validation error detected: Value '1' at 'stackName'",
        ),
        (
            json!({"StackName": "s"}),
            "ValidationError: Either Template URL or Template Body must be specified.",
        ),
        (
            json!({"StackName": "s", "TemplateURL": "https://b/t"}),
            "ValidationError: TemplateURL (S3) is not built in Tierra yet",
        ),
        (
            json!({"StackName": "s", "TemplateBody": named}),
            "ValidationError: Parameters: [P] must have values",
        ),
        (
            json!({"StackName": "s", "TemplateBody": named, "Parameters": [{"ParameterKey": "Q", "ParameterValue": "1"}]}),
            "ValidationError: Parameters: [Q] do not exist in the template",
        ),
        (
            json!({"StackName": "s", "TemplateBody": role}),
            "InsufficientCapabilitiesException: Requires capabilities : [CAPABILITY_IAM]",
        ),
        (
            json!({"StackName": "s", "TemplateBody": "Resources: {H: {Type: AWS::DynamoDB::Table}}"}),
            "ValidationError: Template validation error: resource type AWS::DynamoDB::Table exists",
        ),
    ];
    for (input, want) in cases {
        let answer = cloud.call("CreateStack", input.clone()).expect_err("refused");
        let unbuilt = answer.contains("does not build it yet") && want.contains("CAPABILITY");
        assert!(answer.starts_with(want) || unbuilt, "{input}: {answer}");
    }
    cloud.create("s", &pair("1", "2"));
    let again = cloud.call("CreateStack", json!({"StackName": "s", "TemplateBody": pair("1", "2")}));
    assert_eq!(again, Err("AlreadyExistsException: Stack [s] already exists".to_owned()));
    assert_eq!(cloud.all::<Stack>().len(), 1);
}

#[test]
fn parameters_come_from_parameter_store() {
    let cloud = Cloud::new();
    let name = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64";
    let template = format!(
        "Parameters: {{Image: {{Type: 'AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>', Default: {name}}}}}\n\
         Resources: {{H: {{Type: AWS::CloudFormation::WaitConditionHandle}}}}\n\
         Outputs: {{Image: {{Value: !Ref Image}}, Again: {{Value: '{{{{resolve:ssm:{name}}}}}'}}}}\n"
    );
    cloud.create("s", &template);
    cloud.settle();
    let stack = &cloud.call("DescribeStacks", json!({"StackName": "s"})).expect("stack")["Stacks"][0];
    let resolved = stack["Parameters"][0]["ResolvedValue"].as_str().unwrap_or_default();
    assert!(resolved.starts_with("ami-"), "{stack}");
    assert_eq!(
        (&stack["Outputs"][0]["OutputValue"], &stack["Outputs"][1]["OutputValue"]),
        (&json!(resolved), &json!(resolved))
    );
}

#[test]
fn secrets_are_opened_only_for_the_service() {
    let cloud = Cloud::new();
    let (place, ids) = (Cloud::place(), cloud.ids.clone());
    let root = |tx: &mut Tx| {
        Ok::<_, StoreError>(crate::iam::ensure_root(
            tx,
            &ids,
            Timestamp::from_secs(0),
            Some(place.account.clone()),
        ))
    };
    cloud.store.write(root).expect("root");
    let template = r#"
Resources:
  First:
    Type: AWS::SecretsManager::Secret
    Properties:
      Name: first
      GenerateSecretString: {SecretStringTemplate: '{"username":"admin"}', GenerateStringKey: password, ExcludeCharacters: '"@/\'}
  Second:
    Type: AWS::SecretsManager::Secret
    Properties: {Name: second, SecretString: !Sub '{{resolve:secretsmanager:${First}:SecretString:password}}'}
Outputs:
  Told: {Value: '{{resolve:secretsmanager:first:SecretString:password}}'}
"#;
    cloud.create("s", template);
    cloud.settle();
    let stack = &cloud.call("DescribeStacks", json!({"StackName": "s"})).expect("stack")["Stacks"][0];
    assert_eq!(stack["StackStatus"], "CREATE_COMPLETE", "{stack}");
    assert_eq!(
        stack["Outputs"][0]["OutputValue"],
        "{{resolve:secretsmanager:first:SecretString:password}}"
    );
    let value = |reference: &str| {
        let opened = cloud.store.read(|tx| crate::secretsmanager::value(tx, &cloud.as_root(), reference));
        opened.expect("the secret")
    };
    let drawn = value("first:SecretString:password");
    assert_eq!((drawn.len(), value("second")), (32, drawn.clone()));
    let rows = serde_json::to_string(&(cloud.all::<Stack>(), cloud.all::<StackResource>(), cloud.all::<Event>())).expect("rows");
    assert!(!rows.contains(&drawn), "{rows}");
}
