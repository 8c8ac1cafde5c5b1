//! What a request and its resources bring along for the conditions of policies: tags. Follows the IAM page "Controlling access to
//! AWS resources using tags".
//!
//! Tags are spoken in three ways, whatever the service: `Tags` (a list of `Key` and `Value`, or a map), `TagSpecifications` (lists
//! of `Tags`), and `TagKeys` where they are taken away.

use std::collections::BTreeMap;

use tierra_core::iam::Context;
use tierra_core::{Arn, AwsError, Call, Tx};
use tierra_model::{Shape, View};

use super::authorize::authorize;
use crate::ec2;

/// Whether `call`'s caller may do `action` with this input to every one of `resources` (none means that the action names none).
/// `extra` adds what only the operation knows.
///
/// # Errors
/// As [`authorize`].
pub fn permit(tx: &Tx, call: &Call, action: &str, resources: &[Arn], input: &dyn Shape, extra: &Context) -> Result<(), AwsError> {
    let mut request = of_request(input);
    request.extend(extra);
    if resources.is_empty() {
        return authorize(tx, call, action, &[], &request);
    }
    resources.iter().try_for_each(|resource| {
        let mut context = of_resource(tx, call, resource);
        context.extend(&request);
        authorize(tx, call, action, std::slice::from_ref(resource), &context)
    })
}

/// The tags that a request names: `aws:RequestTag/KEY` and `aws:TagKeys`.
fn of_request(input: &dyn Shape) -> Context {
    let mut tags = BTreeMap::new();
    collect(field(input, "Tags"), &mut tags);
    for specification in items(field(input, "TagSpecifications")) {
        collect(field(specification, "Tags"), &mut tags);
    }
    let taken = items(field(input, "TagKeys")).into_iter();
    let keys: Vec<String> = taken.filter_map(|key| text(Some(key))).chain(tags.keys().cloned()).collect();
    let mut context = Context::default();
    if !keys.is_empty() {
        context.set_all("aws:TagKeys", keys);
    }
    for (key, value) in tags {
        context.set(&format!("aws:RequestTag/{key}"), value);
    }
    context
}

/// The tags of a resource: `aws:ResourceTag/KEY`, and EC2's own name for the same.
fn of_resource(tx: &Tx, call: &Call, resource: &Arn) -> Context {
    let mut context = Context::default();
    if resource.service == "ec2" {
        for (key, value) in ec2::tag::of_arn(tx, &call.place, resource).0 {
            context.set(&format!("ec2:ResourceTag/{key}"), value.clone());
            context.set(&format!("aws:ResourceTag/{key}"), value);
        }
    }
    context
}

fn field<'a>(shape: &'a dyn Shape, name: &str) -> Option<&'a dyn Shape> {
    match shape.view() {
        View::Struct(fields) => fields.field(name),
        _ => None,
    }
}

fn items(list: Option<&dyn Shape>) -> Vec<&dyn Shape> {
    match list.map(Shape::view) {
        Some(View::List(items)) => items,
        _ => Vec::new(),
    }
}

fn text(shape: Option<&dyn Shape>) -> Option<String> {
    match shape?.view() {
        View::Text(text) => Some(text.into_owned()),
        _ => None,
    }
}

fn collect(tags: Option<&dyn Shape>, into: &mut BTreeMap<String, String>) {
    if let Some(View::Map(entries)) = tags.map(Shape::view) {
        into.extend(
            entries
                .into_iter()
                .filter_map(|(key, value)| Some((key.to_owned(), text(Some(value))?))),
        );
    }
    for tag in items(tags) {
        if let Some(key) = text(field(tag, "Key")) {
            into.insert(key, text(field(tag, "Value")).unwrap_or_default());
        }
    }
}

#[cfg(test)]
mod tests {
    use tierra_core::Tag;

    use super::*;
    use crate::ec2::tag::{self, TagSpecification};
    use crate::iam::ops::held;
    use crate::iam::tests::House;

    #[derive(Debug, Default, Shape)]
    struct Input {
        tag_specifications: Vec<TagSpecification>,
        tags: Vec<Tag>,
        tag_keys: Vec<String>,
    }

    fn tag(key: &str, value: &str) -> Tag {
        Tag {
            key: key.to_owned(),
            value: Some(value.to_owned()),
        }
    }

    #[test]
    fn the_tags_of_a_request_are_found_however_it_speaks() {
        assert_eq!(of_request(&Input::default()), Context::default());
        let input = Input {
            tag_specifications: vec![TagSpecification {
                resource_type: None,
                tags: vec![tag("team", "a")],
            }],
            tags: vec![tag("cost", "b")],
            tag_keys: vec!["gone".to_owned()],
        };
        let context = of_request(&input);
        assert_eq!(context.single("aws:RequestTag/team"), Some("a"));
        assert_eq!(context.single("aws:RequestTag/cost"), Some("b"));
        let keys: Vec<&str> = context.get("aws:TagKeys").into_iter().flatten().map(String::as_str).collect();
        assert_eq!(keys, ["gone", "cost", "team"]);
    }

    #[test]
    fn a_resources_tags_decide() {
        let house = House::new();
        house.user("bob");
        house.ok::<held::user::PutUserPolicy>(held::user::PutInput {
            holder: "bob".into(),
            policy_name: "own".into(),
            policy_document: r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"ec2:StopInstances","Resource":"*",
                "Condition":{"StringEquals":{"ec2:ResourceTag/team":"a"}}}}"#
                .into(),
        });
        let call = house.as_user("bob");
        let label = |tx: &mut Tx| {
            let tags = |team| tierra_core::Tags::parse(&[tag("team", team)]).expect("tags");
            tag::set(tx, &call.place, "i-1", tags("a"));
            tag::set(tx, &call.place, "i-2", tags("b"));
            Ok::<_, AwsError>(())
        };
        house.store.write(label).expect("labelled");
        for (ids, may) in [(&["i-1"][..], true), (&["i-2"], false), (&["i-3"], false), (&["i-1", "i-2"], false)] {
            let resources: Vec<Arn> = ids
                .iter()
                .map(|id| Arn::regional("ec2", &call.place, format!("instance/{id}")))
                .collect();
            let decided = house.read(|tx| permit(tx, &call, "ec2:StopInstances", &resources, &Input::default(), &Context::default()));
            assert_eq!(decided.is_ok(), may, "{ids:?}");
        }
    }
}
