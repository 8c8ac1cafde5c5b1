//! What holds for every policy and request.

use proptest::prelude::*;
use serde_json::json;

use super::*;

fn pattern() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(vec!["a", "b", "*", "?"]), 0..8).prop_map(|parts| parts.concat())
}

fn text() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(vec!['a', 'b']), 0..8).prop_map(String::from_iter)
}

/// The definition of wildcards, as simply as it can be said.
fn naive(pattern: &[char], text: &[char]) -> bool {
    match pattern {
        [] => text.is_empty(),
        ['*', rest @ ..] => (0..=text.len()).any(|n| naive(rest, &text[n..])),
        ['?', rest @ ..] => !text.is_empty() && naive(rest, &text[1..]),
        [c, rest @ ..] => text.first() == Some(c) && naive(rest, &text[1..]),
    }
}

fn policy(effect: &str, action: &str, resource: &str, key: &str) -> Policy {
    let document = json!({"Version": "2012-10-17", "Statement": [{"Effect": effect, "Action": format!("s3:{action}"),
        "Resource": format!("arn:aws:s3:::{resource}"), "Condition": {"StringLike": {"aws:username": key}}}]});
    Policy::parse(&document.to_string(), Grammar::Identity).expect("a policy")
}

prop_compose! {
    fn any_policy(effect: &'static str)(action in pattern(), resource in pattern(), key in pattern()) -> Policy {
        policy(effect, &action, &resource, &key)
    }
}

fn allowed(set: &PolicySet, action: &str, resource: &str, user: &str) -> bool {
    let request = Request {
        principal: &bob(),
        action: &format!("s3:{action}"),
        resource: &format!("arn:aws:s3:::{resource}"),
        context: &Context::default().with("aws:username", user),
    };
    decide(set, &request).allows()
}

proptest! {
    #[test]
    fn wildcards_match_as_their_definition(pattern in pattern(), text in text()) {
        let naive = naive(&pattern.chars().collect::<Vec<_>>(), &text.chars().collect::<Vec<_>>());
        prop_assert_eq!(Pattern::wildcards(&pattern).fits(&text, &Context::default()), naive);
    }

    #[test]
    fn a_deny_a_boundary_or_a_session_policy_never_allows_more(
        grants in prop::collection::vec(any_policy("Allow"), 0..3),
        deny in any_policy("Deny"),
        limit in any_policy("Allow"),
        (action, resource, user) in (text(), text(), text()),
    ) {
        let plain = PolicySet { identity: grants.clone(), ..PolicySet::default() };
        let denied = PolicySet { identity: grants.iter().cloned().chain([deny.clone()]).collect(), ..PolicySet::default() };
        let bounded = PolicySet { boundary: Some(vec![limit.clone()]), ..plain.clone() };
        let scoped = PolicySet { session: Some(vec![limit]), ..plain.clone() };
        let before = allowed(&plain, &action, &resource, &user);
        for narrower in [denied, bounded, scoped] {
            prop_assert!(before || !allowed(&narrower, &action, &resource, &user));
        }
    }

    #[test]
    fn an_allow_never_takes_away(
        grants in prop::collection::vec(any_policy("Allow"), 0..3),
        more in any_policy("Allow"),
        (action, resource, user) in (text(), text(), text()),
    ) {
        let plain = PolicySet { identity: grants.clone(), ..PolicySet::default() };
        let wider = PolicySet { identity: grants.into_iter().chain([more]).collect(), ..PolicySet::default() };
        prop_assert!(!allowed(&plain, &action, &resource, &user) || allowed(&wider, &action, &resource, &user));
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in ".{0,200}") {
        for grammar in [Grammar::Identity, Grammar::Trust, Grammar::Resource] {
            let _ = Policy::parse(&text, grammar);
        }
    }
}
