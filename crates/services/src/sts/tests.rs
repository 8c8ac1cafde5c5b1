//! STS from a caller's side.

use tierra_core::{AwsError, Call, Operation};

use super::assume_role::{AssumeRole, AssumeRoleInput};
use super::identity::{DecodeAuthorizationMessage, EncodedInput};
use crate::iam::authenticate::credentials;
use crate::iam::authorize::authorize;
use crate::iam::tests::House;
use crate::sts::Credentials;

fn assume(house: &House, caller: &Call, input: AssumeRoleInput) -> Result<Credentials, AwsError> {
    house.run::<AssumeRole>(caller, input).map(|output| output.credentials)
}

fn input(role: &str) -> AssumeRoleInput {
    AssumeRoleInput {
        role_arn: format!("arn:aws:iam::123456789012:role/{role}"),
        role_session_name: "work".into(),
        ..AssumeRoleInput::default()
    }
}

/// A house with bob (who may do nothing), and roles that trust in different ways.
fn house() -> House {
    let house = House::new();
    house.user("bob");
    let trust = |principal: &str, condition: &str| {
        format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{principal}{condition}}}]}}"#
        )
    };
    house.role("named", &trust(r#"{"AWS":"arn:aws:iam::123456789012:user/bob"}"#, ""));
    house.role("account", &trust(r#"{"AWS":"123456789012"}"#, ""));
    house.role("ec2", &trust(r#"{"Service":"ec2.amazonaws.com"}"#, ""));
    let external = r#","Condition":{"StringEquals":{"sts:ExternalId":"e"}}"#;
    house.role("external", &trust(r#"{"AWS":"arn:aws:iam::123456789012:user/bob"}"#, external));
    house
}

#[test]
fn trust_and_own_policies_decide_together() {
    let house = house();
    let bob = house.as_user("bob");
    let refused = |role: &str| {
        Err(format!(
            "AccessDenied: User: arn:aws:iam::123456789012:user/bob is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::123456789012:role/{role}"
        ))
    };
    let told = |input| assume(&house, &bob, input).map(|_| ()).map_err(|error| error.to_string());
    assert_eq!(told(input("named")), Ok(()));
    for role in ["account", "ec2", "external", "missing"] {
        assert_eq!(told(input(role)), refused(role), "{role}");
    }
    let with_id = AssumeRoleInput {
        external_id: Some("e".into()),
        ..input("external")
    };
    assert_eq!(told(with_id), Ok(()));
    house.allow("bob", "sts:AssumeRole", "*");
    assert_eq!(told(input("account")), Ok(()));
    let root = house.as_root();
    assert_eq!(
        assume(&house, &root, input("named")).err().map(|error| error.message),
        Some("Roles may not be assumed by root accounts.".into())
    );
    let long = AssumeRoleInput {
        duration_seconds: Some(7200),
        ..input("named")
    };
    assert_eq!(
        told(long),
        Err("ValidationError: The requested DurationSeconds exceeds the MaxSessionDuration set for this role.".into())
    );
}

#[test]
fn a_session_signs_until_it_ends_and_does_what_role_and_session_policy_allow() {
    let house = house();
    house.allow_role("named", "s3:*", "*");
    let session = AssumeRoleInput {
        policy: Some(r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:Get*","Resource":"*"}}"#.into()),
        ..input("named")
    };
    let keys = assume(&house, &house.as_user("bob"), session).expect("a session");
    let now = house.now;
    house.read(|tx| {
        let credential = credentials(tx, &keys.access_key_id, Some(&keys.session_token), now).expect("valid");
        assert!(credential.secret == keys.secret_access_key);
        assert_eq!(credential.caller.arn().to_string(), "arn:aws:sts::123456789012:assumed-role/named/work");
        let call = house.call(credential.caller);
        let may = |action| authorize(tx, &call, action, &[], &Default::default()).map_err(|error| error.message);
        assert_eq!(may("s3:GetObject"), Ok(()));
        assert_eq!(
            may("s3:PutObject"),
            Err("User: arn:aws:sts::123456789012:assumed-role/named/work is not authorized to perform: s3:PutObject because no session policy allows the s3:PutObject action".into())
        );
        let code = |key: &str, token: Option<&str>, now| credentials(tx, key, token, now).err().map(|r| AwsError::from(r).code.into_owned());
        let token = Some(keys.session_token.as_str());
        assert_eq!(code(&keys.access_key_id, token, now.plus_millis(3_600_000)).as_deref(), Some("ExpiredToken"));
        assert_eq!(code("ASIAAAAAAAAAAAAAAAAA", token, now).as_deref(), Some("InvalidClientTokenId"));
        assert_eq!(code(&keys.access_key_id, Some("forged"), now).as_deref(), Some("InvalidClientTokenId"));
        assert_eq!(code(&keys.access_key_id, None, now).as_deref(), Some("InvalidClientTokenId"));
    });
}

#[test]
fn a_denial_of_ec2_can_be_decoded() {
    let house = house();
    let bob = house.as_user("bob");
    let vpc = tierra_core::Arn::regional("ec2", &bob.place, "vpc/vpc-1");
    let denial = house.read(|tx| authorize(tx, &bob, "ec2:DeleteVpc", &[vpc], &Default::default()).expect_err("denied"));
    assert_eq!((denial.code.as_ref(), denial.status), ("UnauthorizedOperation", 403));
    let start = "You are not authorized to perform this operation. User: arn:aws:iam::123456789012:user/bob is not authorized to perform: ec2:DeleteVpc on resource: arn:aws:ec2:us-east-1:123456789012:vpc/vpc-1 because no identity-based policy allows the ec2:DeleteVpc action. Encoded authorization failure message: ";
    let encoded_message = denial.message.strip_prefix(start).expect("wording").to_owned();
    let decoded = house
        .run::<DecodeAuthorizationMessage>(&bob, EncodedInput { encoded_message })
        .expect("decoded");
    assert!(decoded.decoded_message.contains(r#""action":"ec2:DeleteVpc""#));
    let forged = EncodedInput {
        encoded_message: "x".into(),
    };
    assert!(house.run::<DecodeAuthorizationMessage>(&bob, forged).is_err());
    assert_eq!(DecodeAuthorizationMessage::NAME, "DecodeAuthorizationMessage");
}
