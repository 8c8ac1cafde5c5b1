//! The decision's tests: tables as data, and properties.

use serde_json::Value;

use super::*;

mod properties;

const ACCOUNT: &str = "123456789012";

fn bob() -> Principal {
    Principal {
        arn: format!("arn:aws:iam::{ACCOUNT}:user/bob"),
        account: ACCOUNT.into(),
        ..Principal::default()
    }
}

fn session() -> Principal {
    Principal {
        arn: format!("arn:aws:sts::{ACCOUNT}:assumed-role/web/i-1"),
        role: Some(format!("arn:aws:iam::{ACCOUNT}:role/web")),
        account: ACCOUNT.into(),
        service: None,
    }
}

fn service(name: &str) -> Principal {
    Principal {
        service: Some(name.into()),
        ..Principal::default()
    }
}

fn principal(name: &str) -> Principal {
    match name {
        "session" => session(),
        "stranger" => Principal {
            arn: "arn:aws:iam::999999999999:user/eve".into(),
            account: "999999999999".into(),
            ..Principal::default()
        },
        name if name.contains('.') => service(name),
        _ => bob(),
    }
}

fn context(value: &Value) -> Context {
    let mut context = Context::default();
    for (key, value) in value.as_object().into_iter().flatten() {
        let list = value.as_array().cloned().unwrap_or_else(|| vec![value.clone()]);
        context.set_all(key, list.iter().filter_map(Value::as_str).map(str::to_owned).collect());
    }
    context
}

fn policies(value: &Value, grammar: Grammar) -> Option<Vec<Policy>> {
    let list = value.as_array()?;
    Some(
        list.iter()
            .map(|policy| Policy::parse(&policy.to_string(), grammar).expect("a policy"))
            .collect(),
    )
}

fn table(text: &str) -> Vec<Value> {
    serde_json::from_str(text).expect("a table")
}

#[test]
fn decisions_are_as_the_table_says() {
    for row in table(include_str!("decisions.json")) {
        let set = PolicySet {
            identity: policies(&row["identity"], Grammar::Identity).unwrap_or_default(),
            boundary: policies(&row["boundary"], Grammar::Identity),
            session: policies(&row["session"], Grammar::Identity),
            resource: policies(&row["resourcePolicy"], Grammar::Resource)
                .and_then(|list| list.into_iter().next())
                .map(|policy| (policy, ACCOUNT.to_owned())),
        };
        let action = row["action"].as_str().expect("action");
        let request = Request {
            principal: &principal(row["principal"].as_str().unwrap_or_default()),
            action,
            resource: row["resource"].as_str().unwrap_or("*"),
            context: &context(&row["context"]),
        };
        let decision = decide(&set, &request);
        let told = if decision.allows() {
            "allow".to_owned()
        } else {
            decision.because(action)
        };
        assert_eq!(told, row["expect"].as_str().expect("expect"), "{}", row["case"]);
    }
}

#[test]
fn conditions_hold_as_the_table_says() {
    for row in table(include_str!("conditions.json")) {
        let policy = serde_json::json!({"Version": "2012-10-17", "Statement": {
            "Effect": "Allow", "Action": "*", "Resource": "*", "Condition": row["condition"]}});
        let set = PolicySet {
            identity: policies(&serde_json::json!([policy]), Grammar::Identity).expect("policies"),
            ..PolicySet::default()
        };
        for (expected, contexts) in [(true, &row["holds"]), (false, &row["fails"])] {
            for one in contexts.as_array().into_iter().flatten() {
                let request = Request {
                    principal: &bob(),
                    action: "s3:GetObject",
                    resource: "*",
                    context: &context(one),
                };
                assert_eq!(decide(&set, &request).allows(), expected, "{} with {one}", row["condition"]);
            }
        }
    }
}

#[test]
fn malformed_documents_are_refused_in_iams_words() {
    for row in table(include_str!("malformed.json")) {
        let grammar = match row["grammar"].as_str() {
            Some("trust") => Grammar::Trust,
            Some("resource") => Grammar::Resource,
            _ => Grammar::Identity,
        };
        let text = row["document"].as_str().map_or_else(|| row["document"].to_string(), str::to_owned);
        let told = Policy::parse(&text, grammar).map_or_else(|malformed| malformed.to_string(), |_| "fine".to_owned());
        assert_eq!(told, row["expect"].as_str().expect("expect"), "{text}");
    }
}

#[test]
fn a_hostile_pattern_costs_no_more_than_text_times_pattern() {
    let pattern = Pattern::wildcards(&"*a".repeat(200));
    assert!(!pattern.fits(&"a".repeat(199), &Context::default()));
    assert!(!pattern.fits(&format!("{}b", "a".repeat(6000)), &Context::default()));
}
