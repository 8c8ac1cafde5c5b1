//! Managed policies, their versions, attachments, boundaries, the simulator.

use super::House;
use super::house::{at, document};
use crate::iam::ops::{held, policy, simulate};

const ARN: &str = "arn:aws:iam::123456789012:policy/p";
const READ_ONLY: &str = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess";

fn by_arn() -> policy::ByPolicy {
    policy::ByPolicy { policy_arn: ARN.into() }
}

fn attach(arn: &str) -> held::user::AttachInput {
    held::user::AttachInput {
        holder: "bob".into(),
        policy_arn: arn.into(),
    }
}

fn house() -> House {
    let house = House::new();
    house.user("bob");
    house.ok::<policy::CreatePolicy>(policy::CreatePolicyInput {
        policy_name: "p".into(),
        policy_document: document("Allow", "s3:*", "*"),
        ..Default::default()
    });
    house
}

fn may(house: &House, action: &str) -> bool {
    house.read(|tx| crate::iam::authorize(tx, &house.as_user("bob"), action, &[], &Default::default()).is_ok())
}

#[test]
fn versions_count_and_go() {
    let house = house();
    let version = |id: &str| policy::ByVersion {
        policy_arn: ARN.into(),
        version_id: id.into(),
    };
    let new = |set: bool| policy::CreatePolicyVersionInput {
        policy_arn: ARN.into(),
        policy_document: document("Allow", "ec2:*", "*"),
        set_as_default: Some(set),
    };
    house.ok::<held::user::AttachUserPolicy>(attach(ARN));
    assert!(may(&house, "s3:GetObject"));
    house.ok::<policy::CreatePolicyVersion>(new(true));
    assert!(!may(&house, "s3:GetObject") && may(&house, "ec2:RunInstances"));
    (0..3).for_each(|_| drop(house.ok::<policy::CreatePolicyVersion>(new(false))));
    assert!(
        house
            .err::<policy::CreatePolicyVersion>(new(false))
            .starts_with("LimitExceeded: A managed policy can have up to 5 versions.")
    );
    assert_eq!(
        house.err::<policy::DeletePolicyVersion>(version("v2")),
        "DeleteConflict: Cannot delete the default version of a policy."
    );
    assert_eq!(
        house.err::<policy::GetPolicyVersion>(version("v9")),
        format!("NoSuchEntity: Policy {ARN} version v9 does not exist or is not attachable.")
    );
    let told = house.ok::<policy::GetPolicy>(by_arn());
    assert_eq!(
        (at(&told, "Policy.DefaultVersionId"), at(&told, "Policy.AttachmentCount")),
        ("v2".into(), 1.into())
    );
    assert_eq!(
        house.err::<policy::DeletePolicy>(by_arn()),
        "DeleteConflict: Cannot delete a policy attached to entities."
    );
    house.ok::<held::user::DetachUserPolicy>(attach(ARN));
    assert!(
        house
            .err::<policy::DeletePolicy>(by_arn())
            .starts_with("DeleteConflict: This policy has more than one version.")
    );
    for id in ["v1", "v3", "v4", "v5"] {
        house.ok::<policy::DeletePolicyVersion>(version(id));
    }
    house.ok::<policy::DeletePolicy>(by_arn());
    assert_eq!(
        house.err::<policy::GetPolicy>(by_arn()),
        format!("NoSuchEntity: Policy {ARN} was not found.")
    );
}

#[test]
fn aws_policies_can_be_attached_but_not_changed() {
    let house = house();
    house.ok::<held::user::AttachUserPolicy>(attach(READ_ONLY));
    assert!(may(&house, "s3:GetObject") && !may(&house, "s3:PutObject"));
    let missing = "arn:aws:iam::aws:policy/NoSuch";
    assert_eq!(
        house.err::<held::user::AttachUserPolicy>(attach(missing)),
        format!("NoSuchEntity: Policy {missing} does not exist or is not attachable.")
    );
    let delete = policy::ByPolicy {
        policy_arn: READ_ONLY.into(),
    };
    assert!(house.err::<policy::DeletePolicy>(delete).starts_with("AccessDenied"));
    let version = policy::ByVersion {
        policy_arn: READ_ONLY.into(),
        version_id: "v1".into(),
    };
    let got = house.ok::<policy::GetPolicyVersion>(version);
    assert!(
        at(&got, "PolicyVersion.Document")
            .as_str()
            .is_some_and(|text| text.contains("s3%3AGet%2A"))
    );
}

#[test]
fn documents_and_sizes_are_checked() {
    let house = house();
    let put = |document: String| held::user::PutInput {
        holder: "bob".into(),
        policy_name: "x".into(),
        policy_document: document,
    };
    assert_eq!(
        house.err::<held::user::PutUserPolicy>(put("{".into())),
        "MalformedPolicyDocument: Syntax errors in policy."
    );
    let long = document("Allow", "s3:*", &format!("arn:aws:s3:::{}", "b".repeat(2048)));
    assert_eq!(
        house.err::<held::user::PutUserPolicy>(put(long)),
        "LimitExceeded: Maximum policy size of 2048 bytes exceeded for user bob"
    );
}

#[test]
fn a_boundary_narrows_and_the_simulator_tells() {
    let house = house();
    house.allow("bob", "*", "*");
    assert!(may(&house, "ec2:RunInstances"));
    house.ok::<held::PutUserPermissionsBoundary>(held::UserBoundary {
        user_name: "bob".into(),
        permissions_boundary: READ_ONLY.into(),
    });
    assert!(!may(&house, "ec2:RunInstances") && may(&house, "s3:GetObject"));
    let mut input = simulate::SimulateInput::default();
    input.policy_source_arn = "arn:aws:iam::123456789012:user/bob".into();
    input.action_names = vec!["s3:GetObject".into(), "ec2:RunInstances".into()];
    let told = house.ok::<simulate::SimulatePrincipalPolicy>(input);
    assert_eq!(at(&told, "EvaluationResults.0.EvalDecision"), "allowed");
    assert_eq!(at(&told, "EvaluationResults.1.EvalDecision"), "implicitDeny");
}
