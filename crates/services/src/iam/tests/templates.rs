//! The CloudFormation types, as the engine drives them.

use serde_json::{Value, json};
use tierra_core::iam::Context;
use tierra_core::resource_type::{Attributes, Creation, Progress, ResourceType};
use tierra_core::{AwsError, Registry, Tags};

use super::House;
use crate::iam::model::Role;

struct Engine {
    house: House,
    registry: Registry,
}

impl Engine {
    fn new() -> Self {
        let mut registry = Registry::default();
        crate::iam::register(&mut registry);
        Self {
            house: House::new(),
            registry,
        }
    }

    fn kind(&self, name: &str) -> &dyn ResourceType {
        self.registry.types()[name].as_ref()
    }

    fn create(&self, kind: &str, properties: &Value) -> String {
        let mut tags = Tags::default();
        tags.put_reserved("aws:cloudformation:stack-name", "s");
        let call = self.house.as_root();
        let create = |tx: &mut _| self.kind(kind).create(tx, &call, &creation(properties, &tags));
        self.house.store.write(create).unwrap_or_else(|error| panic!("{kind}: {error}"))
    }

    fn update(&self, kind: &str, id: &str, old: &Value, new: &Value) {
        let (call, tags) = (self.house.as_root(), Tags::default());
        let update = |tx: &mut _| self.kind(kind).update(tx, &call, id, old, &creation(new, &tags));
        self.house.store.write(update).unwrap_or_else(|error| panic!("{kind}: {error}"));
    }

    fn delete(&self, kind: &str, id: &str) -> Result<(), AwsError> {
        let call = self.house.as_root();
        self.house.store.write(|tx| self.kind(kind).delete(tx, &call, id))
    }

    fn attributes(&self, kind: &str, id: &str) -> Attributes {
        let call = self.house.as_root();
        assert_eq!(self.house.read(|tx| self.kind(kind).progress(tx, &call, id)), Progress::Ready);
        self.house.read(|tx| self.kind(kind).attributes(tx, &call, id)).expect("attributes")
    }

    fn role(&self, name: &str) -> Role {
        self.house
            .read(|tx| tx.find(&self.house.as_root().place.global(), name.to_ascii_lowercase()))
            .expect("role")
    }
}

fn creation<'a>(properties: &'a Value, tags: &'a Tags) -> Creation<'a> {
    Creation {
        properties,
        stack_name: "s",
        logical_id: "Thing",
        token: "t",
        tags,
    }
}

fn statement(action: &str) -> Value {
    json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, "Resource": "*"}]})
}

fn role_properties() -> Value {
    let trust = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ec2.amazonaws.com"}}]});
    json!({"AssumeRolePolicyDocument": trust, "ManagedPolicyArns": ["arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"],
        "Policies": [{"PolicyName": "a", "PolicyDocument": statement("s3:*")}], "Tags": [{"Key": "k", "Value": "v"}]})
}

#[test]
fn a_role_follows_its_template() {
    let engine = Engine::new();
    let old = role_properties();
    let id = engine.create("AWS::IAM::Role", &old);
    assert!(id.starts_with("s-Thing-"), "{id}");
    let attributes = engine.attributes("AWS::IAM::Role", &id);
    assert_eq!(attributes.reference, id);
    assert_eq!(attributes.values["Arn"], format!("arn:aws:iam::123456789012:role/{id}"));
    let role = engine.role(&id);
    assert_eq!((role.held.inline.len(), role.held.attached.len()), (1, 1));
    assert_eq!(role.entity.tags.get("aws:cloudformation:stack-name"), Some("s"));
    let mut new = old.clone();
    new["Policies"] = json!([{"PolicyName": "b", "PolicyDocument": statement("ec2:*")}]);
    new["ManagedPolicyArns"] = json!([]);
    new["Tags"] = json!([{"Key": "l", "Value": "w"}]);
    engine.update("AWS::IAM::Role", &id, &old, &new);
    let role = engine.role(&id);
    assert_eq!(role.held.inline.keys().collect::<Vec<_>>(), ["b"]);
    assert!(role.held.attached.is_empty());
    assert_eq!((role.entity.tags.get("k"), role.entity.tags.get("l")), (None, Some("w")));
    assert_eq!(engine.delete("AWS::IAM::Role", &id), Ok(()));
    assert_eq!(engine.delete("AWS::IAM::Role", &id), Ok(()), "what is gone is deleted");
}

#[test]
fn policies_of_a_stack_hang_at_its_roles_and_go_with_it() {
    let engine = Engine::new();
    let role = engine.create("AWS::IAM::Role", &role_properties());
    let inline = json!({"PolicyName": "p", "PolicyDocument": statement("sqs:*"), "Roles": [role]});
    let policy = engine.create("AWS::IAM::Policy", &inline);
    let managed = json!({"PolicyDocument": statement("sns:*"), "Roles": [role]});
    let arn = engine.create("AWS::IAM::ManagedPolicy", &managed);
    assert!(arn.starts_with("arn:aws:iam::123456789012:policy/s-Thing-"), "{arn}");
    assert!(engine.role(&role).held.inline.contains_key("p") && engine.role(&role).held.attached.contains(&arn));
    let mut changed = managed.clone();
    changed["PolicyDocument"] = statement("sns:Publish");
    (0..7).for_each(|n| {
        changed["PolicyDocument"]["Statement"][0]["Sid"] = json!(format!("n{n}"));
        engine.update("AWS::IAM::ManagedPolicy", &arn, &managed, &changed);
    });
    assert_eq!(engine.attributes("AWS::IAM::ManagedPolicy", &arn).values["DefaultVersionId"], "v8");
    let mut renamed = inline.clone();
    renamed["PolicyName"] = json!("q");
    engine.update("AWS::IAM::Policy", &policy, &inline, &renamed);
    assert!(!engine.role(&role).held.inline.contains_key("p") && engine.role(&role).held.inline.contains_key("q"));
    let profile = engine.create("AWS::IAM::InstanceProfile", &json!({"Roles": [role]}));
    assert_eq!(
        engine.delete("AWS::IAM::Role", &role).map_err(|error| error.code.into_owned()),
        Err("DeleteConflict".to_owned())
    );
    for (kind, id) in [
        ("AWS::IAM::InstanceProfile", &profile),
        ("AWS::IAM::ManagedPolicy", &arn),
        ("AWS::IAM::Policy", &policy),
        ("AWS::IAM::Role", &role),
    ] {
        assert_eq!(engine.delete(kind, id), Ok(()), "{kind}");
    }
}

#[test]
fn a_user_with_a_key_may_what_its_group_may() {
    let engine = Engine::new();
    let group = engine.create(
        "AWS::IAM::Group",
        &json!({"Policies": [{"PolicyName": "a", "PolicyDocument": statement("s3:*")}]}),
    );
    let user = engine.create("AWS::IAM::User", &json!({"UserName": "ann", "Groups": [group]}));
    let key = engine.create("AWS::IAM::AccessKey", &json!({"UserName": user}));
    let secret = engine.attributes("AWS::IAM::AccessKey", &key).values["SecretAccessKey"].clone();
    let house = &engine.house;
    let credential = house
        .read(|tx| crate::iam::credentials(tx, &key, None, house.now))
        .expect("the key opens");
    assert!(secret == credential.secret);
    let call = house.call(credential.caller);
    assert_eq!(
        house.read(|tx| crate::iam::authorize(tx, &call, "s3:GetObject", &[], &Context::default())),
        Ok(())
    );
    for (kind, id) in [
        ("AWS::IAM::AccessKey", &key),
        ("AWS::IAM::User", &user),
        ("AWS::IAM::Group", &group),
    ] {
        assert_eq!(engine.delete(kind, id), Ok(()), "{kind}");
    }
}
