//! `AWS::SecretsManager::SecretTargetAttachment`: where the database is, in the secret. Follows the CloudFormation page of that name.

use serde_json::{Map, Value, json};
use tierra_core::{AwsError, Call, Tx};
use tierra_model::{Shape, text_enum};

use crate::ec2::cfn::Ec2Type;
use crate::invoke;
use crate::rds::model::DbInstance;
use crate::secretsmanager::errors::SecretsError;
use crate::secretsmanager::model::Secret;
use crate::secretsmanager::ops::secret::{PutSecretValue, PutSecretValueInput};
use crate::secretsmanager::ops::value::{GetSecretValue, GetSecretValueInput};

/// The members that the type keeps in a secret's JSON.
const MEMBERS: [&str; 5] = ["engine", "host", "port", "dbname", "dbInstanceIdentifier"];

/// The type.
pub(super) struct TargetAttachmentType;

text_enum! {
    /// What a secret can be attached to here.
    pub enum TargetType { Instance = "AWS::RDS::DBInstance" }
}

/// What a template may say.
#[derive(Default, Shape)]
pub struct Properties {
    secret_id: String,
    target_id: String,
    target_type: TargetType,
}

fn refused(reason: &str) -> AwsError {
    let reason = reason.to_owned();
    SecretsError::Request { reason }.into()
}

/// What the secret is told of the database.
fn connection(instance: &DbInstance) -> Map<String, Value> {
    let mut members = Map::new();
    members.insert("engine".to_owned(), json!(instance.spec.engine.word()));
    members.insert("host".to_owned(), json!(instance.endpoint()));
    members.insert("port".to_owned(), json!(instance.spec.port));
    members.extend(instance.spec.db_name.iter().map(|name| ("dbname".to_owned(), json!(name))));
    members.insert("dbInstanceIdentifier".to_owned(), json!(instance.id));
    members
}

/// Puts the members into the secret's JSON, or takes them out of it, and gives its ARN.
fn rewrite(tx: &mut Tx, call: &Call, secret: &str, members: Map<String, Value>) -> Result<String, AwsError> {
    let which = GetSecretValueInput {
        secret_id: secret.to_owned(),
        ..GetSecretValueInput::default()
    };
    let told = invoke::<GetSecretValue>(tx, call, which)?;
    let parsed = serde_json::from_str::<Map<String, Value>>(told.secret_string.as_deref().unwrap_or_default());
    let mut object = parsed.map_err(|_| refused("The secret's value must be a JSON object."))?;
    object.retain(|key, _| !MEMBERS.contains(&key.as_str()));
    object.extend(members);
    let input = PutSecretValueInput {
        secret_id: told.arn.clone(),
        secret_string: Some(Value::Object(object).to_string()),
        ..PutSecretValueInput::default()
    };
    invoke::<PutSecretValue>(tx, call, input)?;
    Ok(told.arn)
}

fn attach(tx: &mut Tx, call: &Call, properties: &Properties) -> Result<String, AwsError> {
    let instance: Option<DbInstance> = tx.find(&call.place, properties.target_id.to_ascii_lowercase());
    let instance = instance.ok_or_else(|| refused(&format!("DBInstance {} not found.", properties.target_id)))?;
    let arn = rewrite(tx, call, &properties.secret_id, connection(&instance))?;
    mark(tx, call, &arn, Some(instance.id))?;
    Ok(arn)
}

/// Notes what the secret is attached to: an attachment is no row of its own, and must be seen to go.
fn mark(tx: &mut Tx, call: &Call, secret: &str, attached: Option<String>) -> Result<(), AwsError> {
    let secret = Secret::live(tx, &call.place, secret)?;
    tx.save(Secret { attached, ..secret });
    Ok(())
}

impl Ec2Type for TargetAttachmentType {
    const NAME: &'static str = "AWS::SecretsManager::SecretTargetAttachment";
    const TAGGED: bool = false;
    type Properties = Properties;

    fn create(tx: &mut Tx, call: &Call, properties: Properties) -> Result<String, AwsError> {
        attach(tx, call, &properties)
    }

    fn values(tx: &Tx, call: &Call, id: &str) -> Option<Vec<(&'static str, Value)>> {
        let secret = Secret::live(tx, &call.place, id).ok()?;
        secret.attached.map(|_| vec![("Id", json!(id))])
    }

    fn update(tx: &mut Tx, call: &Call, _: &str, _: Properties, new: Properties) -> Result<(), AwsError> {
        attach(tx, call, &new).map(drop)
    }

    fn delete(tx: &mut Tx, call: &Call, id: &str) -> Result<(), AwsError> {
        let arn = rewrite(tx, call, id, Map::new())?;
        mark(tx, call, &arn, None)
    }
}
