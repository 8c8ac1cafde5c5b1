//! Users, groups, roles, profiles, keys, tags, pages.

use super::House;
use super::house::{at, document};
use crate::iam::api::{Below, ByGroup, ByRole, ByUser};
use crate::iam::authenticate::{Credential, credentials};
use crate::iam::bootstrap::ensure_root;
use crate::iam::model::{InstanceProfile, Role, find};
use crate::iam::ops::{access_key, account, group, held, instance_profile, role, tag, user};
use crate::iam::session::instance_credentials;
use tierra_core::{Caller, StoreError, Tag};

const EC2_TRUST: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"Service":"ec2.amazonaws.com"}}]}"#;

fn named(name: &str) -> ByUser {
    ByUser { user_name: name.into() }
}

fn role_named(name: &str) -> ByRole {
    ByRole { role_name: name.into() }
}

#[test]
fn root_stays_the_same_and_signs() {
    let house = House::new();
    let again = house
        .store
        .write(|tx| Ok::<_, StoreError>(ensure_root(tx, &house.ids, house.now, None)))
        .expect("again");
    assert!(again == house.root);
    assert_eq!((house.root.access_key_id.len(), house.root.secret_access_key.len()), (20, 40));
    let Credential { secret, caller, .. } = house
        .read(|tx| credentials(tx, &house.root.access_key_id, None, house.now))
        .expect("root");
    assert!(secret == house.root.secret_access_key);
    assert_eq!(caller.arn().to_string(), "arn:aws:iam::123456789012:root");
    let rows = house.read(|tx| serde_json::to_string(&tx.all::<crate::iam::model::AccessKey>()).expect("rows"));
    assert!(!rows.contains(&secret), "secrets are sealed in rows");
}

#[test]
fn users_come_and_go_in_iams_words() {
    let house = House::new();
    let bob = || user::CreateUserInput {
        user_name: "bob".into(),
        path: Some("/dev/".into()),
        tags: vec![Tag {
            key: "team".into(),
            value: Some("a".into()),
        }],
        ..Default::default()
    };
    let made = house.ok::<user::CreateUser>(bob());
    assert_eq!(at(&made, "User.Arn"), "arn:aws:iam::123456789012:user/dev/bob");
    assert!(
        at(&made, "User.UserId")
            .as_str()
            .is_some_and(|id| id.starts_with("AIDA") && id.len() == 21)
    );
    assert_eq!(
        house.err::<user::CreateUser>(bob()),
        "EntityAlreadyExists: User with name bob already exists."
    );
    let shout = user::CreateUserInput {
        user_name: "BOB".into(),
        ..Default::default()
    };
    assert_eq!(
        house.err::<user::CreateUser>(shout),
        "EntityAlreadyExists: User with name BOB already exists."
    );
    assert_eq!(
        house.err::<user::DeleteUser>(named("eve")),
        "NoSuchEntity: The user with name eve cannot be found."
    );
    house.allow("bob", "s3:*", "*");
    assert_eq!(
        house.err::<user::DeleteUser>(named("bob")),
        "DeleteConflict: Cannot delete entity, must delete policies first."
    );
    let policy = || held::user::InlineInput {
        holder: "bob".into(),
        policy_name: "allow".into(),
    };
    let got = house.ok::<held::user::GetUserPolicy>(policy());
    let document = at(&got, "PolicyDocument");
    assert!(
        document
            .as_str()
            .is_some_and(|text| text.starts_with("%7B%22Version%22%3A%222012-10-17%22")),
        "{document}"
    );
    house.ok::<held::user::DeleteUserPolicy>(policy());
    assert_eq!(
        house.err::<held::user::GetUserPolicy>(policy()),
        "NoSuchEntity: The user policy with name allow cannot be found."
    );
    house.ok::<user::DeleteUser>(named("bob"));
    assert_eq!(
        house.err::<user::DeleteUser>(named("bob")),
        "NoSuchEntity: The user with name bob cannot be found."
    );
    let bad = user::CreateUserInput {
        user_name: "a b".into(),
        ..Default::default()
    };
    assert!(
        house
            .err::<user::CreateUser>(bad)
            .starts_with("ValidationError: The specified value for userName is invalid.")
    );
}

#[test]
fn keys_open_while_active_and_there_are_two_at_most() {
    let house = House::new();
    house.user("bob");
    let of_bob = || user::MaybeUser {
        user_name: Some("bob".into()),
    };
    let made = house.ok::<access_key::CreateAccessKey>(of_bob());
    let id = made.access_key.access_key_id.clone();
    let opens = || house.read(|tx| credentials(tx, &id, None, house.now)).ok();
    let credential = opens().expect("active");
    assert!(Some(credential.secret) == made.access_key.secret_access_key);
    assert_eq!(credential.caller.arn().to_string(), "arn:aws:iam::123456789012:user/bob");
    house.ok::<access_key::CreateAccessKey>(of_bob());
    assert_eq!(
        house.err::<access_key::CreateAccessKey>(of_bob()),
        "LimitExceeded: Cannot exceed quota for AccessKeysPerUser: 2"
    );
    house.ok::<access_key::UpdateAccessKey>(access_key::UpdateKeyInput {
        user_name: Some("bob".into()),
        access_key_id: id.clone(),
        status: access_key::KeyStatus::Inactive,
    });
    assert!(opens().is_none());
    assert_eq!(
        house.err::<user::DeleteUser>(named("bob")),
        "DeleteConflict: Cannot delete entity, must delete access keys first."
    );
    let delete = |id: &str| access_key::DeleteKeyInput {
        user_name: Some("bob".into()),
        access_key_id: id.into(),
    };
    house.ok::<access_key::DeleteAccessKey>(delete(&id));
    assert_eq!(
        house.err::<access_key::DeleteAccessKey>(delete(&id)),
        format!("NoSuchEntity: The Access Key with id {id} cannot be found.")
    );
}

#[test]
fn pages_follow_their_markers() {
    let house = House::new();
    (0..5).for_each(|n| house.user(&format!("u{n}")));
    let mut names = Vec::new();
    let mut marker = None;
    loop {
        let page = house.ok::<user::ListUsers>(Below {
            max_items: Some(2),
            marker,
            ..Default::default()
        });
        names.extend(
            (0..2)
                .map(|n| at(&page, &format!("Users.{n}.UserName")))
                .filter(|name| !name.is_null()),
        );
        marker = at(&page, "Marker").as_str().map(str::to_owned);
        assert_eq!(at(&page, "IsTruncated"), marker.is_some());
        if marker.is_none() {
            break;
        }
    }
    assert_eq!(names, ["u0", "u1", "u2", "u3", "u4"]);
    let bad = Below {
        marker: Some("?".into()),
        ..Default::default()
    };
    assert_eq!(house.err::<user::ListUsers>(bad), "ValidationError: Invalid Marker.");
}

#[test]
fn groups_give_their_policies_to_members() {
    let house = House::new();
    house.user("bob");
    house.ok::<group::CreateGroup>(group::CreateGroupInput {
        group_name: "devs".into(),
        ..Default::default()
    });
    let member = || group::Membership {
        group_name: "devs".into(),
        user_name: "bob".into(),
    };
    house.ok::<group::AddUserToGroup>(member());
    house.ok::<held::group::PutGroupPolicy>(held::group::PutInput {
        holder: "devs".into(),
        policy_name: "p".into(),
        policy_document: document("Allow", "ec2:Describe*", "*"),
    });
    let may = |action| house.read(|tx| crate::iam::authorize(tx, &house.as_user("bob"), action, &[], &Default::default()).is_ok());
    assert!(may("ec2:DescribeVpcs") && !may("ec2:DeleteVpc"));
    let devs = || ByGroup { group_name: "devs".into() };
    assert_eq!(
        house.err::<group::DeleteGroup>(devs()),
        "DeleteConflict: Cannot delete entity, must remove users from group first."
    );
    house.ok::<group::RemoveUserFromGroup>(member());
    assert!(!may("ec2:DescribeVpcs"));
}

#[test]
fn a_role_reaches_an_instance_through_its_profile() {
    let house = House::new();
    house.role("web", EC2_TRUST);
    let name = || "web".to_owned();
    house.ok::<instance_profile::CreateInstanceProfile>(instance_profile::CreateInstanceProfileInput {
        instance_profile_name: name(),
        ..Default::default()
    });
    let both = || instance_profile::ProfileRole {
        instance_profile_name: name(),
        role_name: name(),
    };
    house.ok::<instance_profile::AddRoleToInstanceProfile>(both());
    assert_eq!(
        house.err::<instance_profile::AddRoleToInstanceProfile>(both()),
        "LimitExceeded: Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1"
    );
    let at_time = |now| {
        house.read(|tx| {
            let profile = find::<InstanceProfile>(tx, &house.as_root(), "web").expect("profile");
            instance_credentials(tx, &profile, "i-1", now)
        })
    };
    let first = at_time(house.now).expect("credentials");
    assert!(first.access_key_id.starts_with("ASIA") && first.access_key_id.len() == 20);
    assert!(
        at_time(house.now.plus_millis(1000)).as_ref() == Some(&first),
        "the same while they last"
    );
    let refreshed = at_time(first.expires.plus_millis(-299_000)).expect("credentials");
    assert!(refreshed != first && refreshed.expires > first.expires);
    let caller = house
        .read(|tx| credentials(tx, &first.access_key_id, Some(&first.session_token), house.now))
        .expect("valid")
        .caller;
    assert!(matches!(&caller, Caller::AssumedRole { session_name, .. } if session_name == "i-1"));
    assert_eq!(
        house.err::<role::DeleteRole>(role_named("web")),
        "DeleteConflict: Cannot delete entity, must remove roles from instance profile first."
    );
    house.ok::<role::UpdateAssumeRolePolicy>(role::UpdateAssumeRolePolicyInput {
        role_name: name(),
        policy_document: EC2_TRUST.replace("ec2", "lambda"),
    });
    assert!(at_time(house.now).is_none(), "a role that does not trust EC2");
    house.ok::<instance_profile::RemoveRoleFromInstanceProfile>(both());
    house.ok::<role::DeleteRole>(role_named("web"));
    assert_eq!(
        house.err::<role::GetRole>(role_named("web")),
        "NoSuchEntity: The role with name web cannot be found."
    );
}

#[test]
fn passing_a_role_needs_permission() {
    let house = House::new();
    house.user("bob");
    house.role("web", EC2_TRUST);
    let pass = || {
        house.read(|tx| {
            let role = find::<Role>(tx, &house.as_root(), "web").expect("role");
            let arn = crate::iam::model::Named::arn(&role);
            crate::iam::pass_role(tx, &house.as_user("bob"), &arn, "ec2.amazonaws.com").map_err(|error| error.to_string())
        })
    };
    let denied = "AccessDenied: User: arn:aws:iam::123456789012:user/bob is not authorized to perform: iam:PassRole on resource: arn:aws:iam::123456789012:role/web because no identity-based policy allows the iam:PassRole action";
    assert_eq!(pass(), Err(denied.to_owned()));
    house.ok::<held::user::PutUserPolicy>(held::user::PutInput {
        holder: "bob".into(),
        policy_name: "pass".into(),
        policy_document: r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"iam:PassRole","Resource":"*","Condition":{"StringEquals":{"iam:PassedToService":"ec2.amazonaws.com"}}}}"#.into(),
    });
    assert_eq!(pass(), Ok(()));
}

#[test]
fn tags_and_counts() {
    let house = House::new();
    house.role("web", EC2_TRUST);
    let put = |key: &str| tag::role::TagInput {
        noun: "web".into(),
        tags: vec![Tag {
            key: key.into(),
            value: Some("v".into()),
        }],
    };
    house.ok::<tag::role::TagRole>(put("a"));
    house.ok::<tag::role::TagRole>(put("b"));
    assert_eq!(
        house.err::<tag::role::TagRole>(put("aws:x")),
        "InvalidInput: Tag keys starting with 'aws:' are reserved for internal use"
    );
    house.ok::<tag::role::UntagRole>(tag::role::UntagInput {
        noun: "web".into(),
        tag_keys: vec!["a".into()],
    });
    let role = house.ok::<role::GetRole>(role_named("web"));
    assert_eq!(
        (at(&role, "Role.Tags.0.Key"), at(&role, "Role.Tags.1.Key")),
        ("b".into(), serde_json::Value::Null)
    );
    let summary = house.ok::<account::GetAccountSummary>(());
    assert_eq!(at(&summary, "SummaryMap")["Roles"], 1);
}

#[test]
fn a_users_tags_count_and_a_later_namesake_is_someone_else() {
    let house = House::new();
    let ann = || user::CreateUserInput {
        user_name: "ann".into(),
        tags: vec![Tag {
            key: "team".into(),
            value: Some("a".into()),
        }],
        ..Default::default()
    };
    let policy = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalTag/team":"a"}}}}"#;
    let allow = || held::user::PutInput {
        holder: "ann".into(),
        policy_name: "p".into(),
        policy_document: policy.into(),
    };
    house.ok::<user::CreateUser>(ann());
    house.ok::<held::user::PutUserPolicy>(allow());
    let call = house.as_user("ann");
    let may = |call| house.read(|tx| crate::iam::authorize(tx, call, "s3:GetObject", &[], &Default::default()).is_ok());
    assert!(may(&call));
    house.ok::<held::user::DeleteUserPolicy>(held::user::InlineInput {
        holder: "ann".into(),
        policy_name: "p".into(),
    });
    house.ok::<user::DeleteUser>(named("ann"));
    house.ok::<user::CreateUser>(ann());
    house.ok::<held::user::PutUserPolicy>(allow());
    assert!(!may(&call) && may(&house.as_user("ann")));
}
