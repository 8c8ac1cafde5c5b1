//! Secrets Manager through its operations.

use tierra_core::Operation;
use tierra_core::iam::Context;

use super::filter::{Filter, FilterKey};
use super::model::{Secret, SecretVersion};
use super::ops::SecretIdInput;
use super::ops::delete::{DeleteSecret, DeleteSecretInput, RestoreSecret};
use super::ops::describe::{DescribeSecret, ListSecretVersionIds, ListSecrets, ListSecretsInput, ListVersionsInput};
use super::ops::policy::{PutPolicyInput, PutResourcePolicy};
use super::ops::random::GetRandomPassword;
use super::ops::secret::{CreateSecret, CreateSecretInput, PutSecretValue, PutSecretValueInput};
use super::ops::stage::{UpdateSecretVersionStage, UpdateStageInput};
use super::ops::tag::{TagResource, TagResourceInput};
use super::ops::value::{GetSecretValue, GetSecretValueInput};
use super::password::Wish;
use crate::iam::tests::House;

const TOKENS: [&str; 2] = ["00000000-0000-0000-0000-000000000001", "00000000-0000-0000-0000-000000000002"];

fn secret(name: &str, text: &str) -> CreateSecretInput {
    CreateSecretInput {
        name: name.into(),
        secret_string: Some(text.into()),
        client_request_token: Some(TOKENS[0].into()),
        ..Default::default()
    }
}

fn put(name: &str, text: &str) -> PutSecretValueInput {
    PutSecretValueInput {
        secret_id: name.into(),
        secret_string: Some(text.into()),
        client_request_token: Some(TOKENS[1].into()),
        ..Default::default()
    }
}

fn which(id: &str) -> SecretIdInput {
    SecretIdInput { secret_id: id.into() }
}

fn get(id: &str, stage: Option<&str>) -> GetSecretValueInput {
    GetSecretValueInput {
        secret_id: id.into(),
        version_stage: stage.map(str::to_owned),
        ..Default::default()
    }
}

fn text(house: &House, id: &str, stage: Option<&str>) -> String {
    house.ok::<GetSecretValue>(get(id, stage)).secret_string.expect("text")
}

fn force(id: &str) -> DeleteSecretInput {
    DeleteSecretInput {
        secret_id: id.into(),
        force_delete_without_recovery: Some(true),
        ..Default::default()
    }
}

#[test]
fn versions_follow_their_stages_and_tokens_say_it_once() {
    let house = House::new();
    let made = house.ok::<CreateSecret>(secret("app/db", "one"));
    assert_eq!(
        made.arn.len(),
        "arn:aws:secretsmanager:us-east-1:123456789012:secret:app/db-AbCdEf".len()
    );
    assert_eq!(
        house.ok::<CreateSecret>(secret("app/db", "one")).arn,
        made.arn,
        "the same token and value"
    );
    let other = CreateSecretInput {
        client_request_token: Some(TOKENS[1].into()),
        ..secret("app/db", "two")
    };
    assert_eq!(
        house.err::<CreateSecret>(other),
        "ResourceExistsException: The operation failed because the secret app/db already exists."
    );
    house.ok::<PutSecretValue>(put("app/db", "two"));
    house.ok::<PutSecretValue>(put("app/db", "two"));
    assert!(
        house
            .err::<PutSecretValue>(put("app/db", "three"))
            .contains("already in use for a version")
    );
    let short = made.arn.rsplit_once('-').expect("suffix").0;
    for (id, stage, expected) in [
        ("app/db", None, "two"),
        ("app/db", Some("AWSPREVIOUS"), "one"),
        (made.arn.as_str(), Some("AWSCURRENT"), "two"),
        (short, None, "two"),
    ] {
        assert_eq!(text(&house, id, stage), expected, "{id} {stage:?}");
    }
    for (input, expected) in [
        (
            get("app/db", Some("x")),
            "Secrets Manager can't find the specified secret value for staging label: x",
        ),
        (get("no", None), "Secrets Manager can't find the specified secret."),
    ] {
        assert_eq!(house.err::<GetSecretValue>(input), format!("ResourceNotFoundException: {expected}"));
    }
    let rows = house.read(|tx| format!("{:?}", tx.all::<SecretVersion>()));
    assert!(!rows.contains("\"two\""), "{rows}");
}

#[test]
fn stages_move_between_versions() {
    let house = House::new();
    house.ok::<CreateSecret>(secret("s", "one"));
    house.ok::<PutSecretValue>(put("s", "two"));
    let step = |from: Option<&str>, to: Option<&str>| UpdateStageInput {
        secret_id: "s".into(),
        version_stage: "AWSCURRENT".into(),
        remove_from_version_id: from.map(str::to_owned),
        move_to_version_id: to.map(str::to_owned),
    };
    let told = house.err::<UpdateSecretVersionStage>(step(None, Some(TOKENS[0])));
    assert!(
        told.starts_with("InvalidParameterException: The parameter RemoveFromVersionId can't be empty."),
        "{told}"
    );
    let told = house.err::<UpdateSecretVersionStage>(step(Some(TOKENS[1]), None));
    assert!(told.contains("can't be completely removed"), "{told}");
    house.ok::<UpdateSecretVersionStage>(step(Some(TOKENS[1]), Some(TOKENS[0])));
    assert_eq!(
        (text(&house, "s", None), text(&house, "s", Some("AWSPREVIOUS"))),
        ("one".into(), "two".into())
    );
    let stages = house.ok::<DescribeSecret>(which("s")).version_ids_to_stages;
    assert_eq!(stages[TOKENS[0]], ["AWSCURRENT"]);
    let listed = house.ok::<ListSecretVersionIds>(ListVersionsInput {
        secret_id: "s".into(),
        ..Default::default()
    });
    assert_eq!(listed.versions.len(), 2);
}

#[test]
fn a_deleted_secret_can_be_restored_and_a_forced_one_is_gone() {
    let house = House::new();
    house.ok::<CreateSecret>(secret("s", "one"));
    let days = |days| DeleteSecretInput {
        secret_id: "s".into(),
        recovery_window_in_days: Some(days),
        ..Default::default()
    };
    assert!(house.err::<DeleteSecret>(days(6)).contains("between 7 and 30 days"));
    let due = house.ok::<DeleteSecret>(days(7)).deletion_date;
    assert_eq!(due, house.now.plus_millis(7 * 24 * 60 * 60 * 1000));
    assert!(house.err::<GetSecretValue>(get("s", None)).ends_with("it was marked for deletion."));
    assert!(
        house
            .err::<CreateSecret>(secret("s", "one"))
            .contains("already scheduled for deletion")
    );
    let listed = |planned| {
        let input = ListSecretsInput {
            include_planned_deletion: Some(planned),
            ..Default::default()
        };
        house.ok::<ListSecrets>(input).secret_list.len()
    };
    assert_eq!((listed(false), listed(true)), (0, 1));
    house.ok::<RestoreSecret>(which("s"));
    assert_eq!(text(&house, "s", None), "one");
    house.ok::<DeleteSecret>(force("s"));
    house.ok::<DeleteSecret>(force("s"));
    assert!(house.read(|tx| tx.all::<Secret>().is_empty() && tx.all::<SecretVersion>().is_empty()));
}

#[test]
fn listings_are_filtered_sorted_and_paged() {
    let house = House::new();
    for (name, description) in [("prod/db", "the Production database"), ("prod/api", "key"), ("test/db", "")] {
        house.ok::<CreateSecret>(CreateSecretInput {
            description: Some(description.into()),
            ..secret(name, "x")
        });
    }
    house.ok::<TagResource>(TagResourceInput {
        secret_id: "test/db".into(),
        tags: vec![tierra_core::Tag {
            key: "team".into(),
            value: Some("Blue".into()),
        }],
    });
    for (key, value, expected) in [
        (FilterKey::Name, "prod/", &["prod/api", "prod/db"] as &[_]),
        (FilterKey::Name, "!prod/", &["test/db"]),
        (FilterKey::Description, "prod", &["prod/db"]),
        (FilterKey::TagKey, "team", &["test/db"]),
        (FilterKey::TagValue, "blue", &[]),
        (FilterKey::All, "db", &["prod/db", "test/db"]),
        (FilterKey::All, "blue", &["test/db"]),
    ] {
        let filter = Filter {
            key,
            values: vec![value.into()],
        };
        let input = ListSecretsInput {
            filters: vec![filter],
            ..Default::default()
        };
        let names: Vec<_> = house.ok::<ListSecrets>(input).secret_list.into_iter().map(|one| one.name).collect();
        assert_eq!(names, expected, "{key} {value}");
    }
    let page = |token| {
        let input = ListSecretsInput {
            max_results: Some(2),
            next_token: token,
            ..Default::default()
        };
        house.ok::<ListSecrets>(input)
    };
    let first = page(None);
    assert_eq!((first.secret_list.len(), page(first.next_token).secret_list.len()), (2, 1));
}

#[test]
fn passwords_are_as_wished() {
    let house = House::new();
    let draw = |wish: Wish| house.ok::<GetRandomPassword>(wish).random_password;
    let whole = draw(Wish::default());
    assert_eq!(whole.len(), 32);
    for kind in [char::is_lowercase as fn(char) -> bool, char::is_uppercase, char::is_numeric, |c| {
        c.is_ascii_punctuation()
    }] {
        assert!(whole.chars().any(kind), "{whole}");
    }
    let digits = Wish {
        password_length: Some(100),
        exclude_lowercase: Some(true),
        exclude_uppercase: Some(true),
        exclude_punctuation: Some(true),
        exclude_characters: Some("01".into()),
        ..Default::default()
    };
    let drawn = draw(digits);
    assert!(drawn.len() == 100 && drawn.chars().all(|c| ('2'..='9').contains(&c)), "{drawn}");
    for (length, expected) in [(3, "too short based on the required types"), (0, "between 1 and 4096")] {
        let wish = Wish {
            password_length: Some(length),
            ..Default::default()
        };
        assert!(house.err::<GetRandomPassword>(wish).contains(expected));
    }
}

#[test]
fn a_secrets_own_policy_is_part_of_the_decision() {
    let house = House::new();
    let arn = house.ok::<CreateSecret>(secret("s", "one")).arn;
    house.user("bob");
    let may = || {
        let call = house.as_user("bob");
        house.read(|tx| {
            let resources = GetSecretValue::resources(tx, &get("s", None), &call);
            crate::iam::authorize(tx, &call, "secretsmanager:GetSecretValue", &resources, &Context::default()).is_ok()
        })
    };
    let policy = |effect: &str, principal: &str| PutPolicyInput {
        secret_id: arn.clone(),
        resource_policy: serde_json::json!({"Version": "2012-10-17", "Statement": {
            "Effect": effect, "Principal": {"AWS": principal}, "Action": "secretsmanager:GetSecretValue", "Resource": "*"}})
        .to_string(),
        block_public_policy: Some(true),
    };
    assert!(!may());
    house.ok::<PutResourcePolicy>(policy("Allow", "arn:aws:iam::123456789012:user/bob"));
    assert!(may());
    house.allow("bob", "secretsmanager:*", "*");
    house.ok::<PutResourcePolicy>(policy("Deny", "arn:aws:iam::123456789012:user/bob"));
    assert!(!may());
    assert!(
        house
            .err::<PutResourcePolicy>(policy("Allow", "*"))
            .starts_with("PublicPolicyException")
    );
}

#[test]
fn references_name_keys_stages_and_versions() {
    let house = House::new();
    let arn = house.ok::<CreateSecret>(secret("db", r#"{"username":"admin","port":3306}"#)).arn;
    house.ok::<PutSecretValue>(put("db", r#"{"username":"root"}"#));
    let resolve = |reference: &str| {
        let call = house.as_root();
        house.read(|tx| super::value(tx, &call, reference)).map_err(|error| error.message)
    };
    let by_arn = format!("{arn}:SecretString:username");
    for (reference, expected) in [
        ("db", r#"{"username":"root"}"#),
        ("db:SecretString:username", "root"),
        ("db:SecretString:port:AWSPREVIOUS", "3306"),
        (by_arn.as_str(), "root"),
    ] {
        assert_eq!(resolve(reference).as_deref(), Ok(expected), "{reference}");
    }
    assert_eq!(resolve(&format!("db:SecretString:username::{}", TOKENS[0])).as_deref(), Ok("admin"));
    for (reference, expected) in [
        (
            "db:SecretBinary",
            "Invalid dynamic reference: {{resolve:secretsmanager:db:SecretBinary}}",
        ),
        ("no", "Secrets Manager can't find the specified secret."),
        (
            "db:SecretString:x",
            "Could not find a value associated with JSONKey in SecretString: x",
        ),
    ] {
        assert_eq!(resolve(reference), Err(expected.to_owned()), "{reference}");
    }
}
