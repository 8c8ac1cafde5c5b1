//! `DescribeSecret`, `ListSecrets`, `ListSecretVersionIds`.

use std::collections::BTreeMap;

use tierra_core::page::paginate;
use tierra_core::{Call, Tag, Tx};
use tierra_model::{Shape, Timestamp, text_enum};

use super::SecretIdInput;
use crate::declare::{anything, operations};
use crate::secretsmanager::errors::SecretsError;
use crate::secretsmanager::filter::Filter;
use crate::secretsmanager::limits;
use crate::secretsmanager::model::{Secret, SecretVersion, arn};

operations! { "secretsmanager", SecretsError;
    read DescribeSecret(SecretIdInput) -> DescribeSecretOutput = describe, on |tx, input, call| arn(tx, call, &input.secret_id);
    read ListSecrets(ListSecretsInput) -> ListSecretsOutput = list, on anything;
    read ListSecretVersionIds(ListVersionsInput) -> ListVersionsOutput = list_versions,
        on |tx, input, call| arn(tx, call, &input.secret_id);
}

text_enum! {
    /// In which order secrets are listed.
    pub enum SortOrder { Asc = "asc", Desc = "desc" }
}

text_enum! {
    /// By what secrets are listed.
    pub enum SortBy {
        CreatedDate = "created-date",
        LastAccessedDate = "last-accessed-date",
        LastChangedDate = "last-changed-date",
        Name = "name",
    }
}

type VersionsToStages = BTreeMap<String, Vec<String>>;

/// A secret without its value.
#[derive(Default, Shape)]
pub struct DescribeSecretOutput {
    #[shape("ARN")]
    pub(crate) arn: String,
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    pub(crate) kms_key_id: Option<String>,
    pub(crate) last_changed_date: Timestamp,
    pub(crate) deleted_date: Option<Timestamp>,
    pub(crate) tags: Vec<Tag>,
    pub(crate) version_ids_to_stages: VersionsToStages,
    pub(crate) owning_service: Option<String>,
    pub(crate) created_date: Timestamp,
}

/// Input of [`ListSecrets`].
#[derive(Default, Shape)]
pub struct ListSecretsInput {
    pub(crate) include_planned_deletion: Option<bool>,
    pub(crate) max_results: Option<i32>,
    pub(crate) next_token: Option<String>,
    pub(crate) filters: Vec<Filter>,
    pub(crate) sort_order: Option<SortOrder>,
    pub(crate) sort_by: Option<SortBy>,
}

/// A page of secrets.
#[derive(Default, Shape)]
pub struct ListSecretsOutput {
    pub(crate) secret_list: Vec<SecretListEntry>,
    pub(crate) next_token: Option<String>,
}

/// As [`DescribeSecretOutput`]; one member has another name.
#[derive(Default, Shape)]
pub struct SecretListEntry {
    #[shape("ARN")]
    pub(crate) arn: String,
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    pub(crate) kms_key_id: Option<String>,
    pub(crate) last_changed_date: Timestamp,
    pub(crate) deleted_date: Option<Timestamp>,
    pub(crate) tags: Vec<Tag>,
    pub(crate) secret_versions_to_stages: VersionsToStages,
    pub(crate) owning_service: Option<String>,
    pub(crate) created_date: Timestamp,
}

/// Input of [`ListSecretVersionIds`].
#[derive(Default, Shape)]
pub struct ListVersionsInput {
    pub(crate) secret_id: String,
    pub(crate) max_results: Option<i32>,
    pub(crate) next_token: Option<String>,
    pub(crate) include_deprecated: Option<bool>,
}

/// A page of versions.
#[derive(Default, Shape)]
pub struct ListVersionsOutput {
    pub(crate) versions: Vec<VersionEntry>,
    pub(crate) next_token: Option<String>,
    #[shape("ARN")]
    pub(crate) arn: String,
    pub(crate) name: String,
}

/// A version without its value.
#[derive(Default, Shape)]
pub struct VersionEntry {
    pub(crate) version_id: String,
    pub(crate) version_stages: Vec<String>,
    pub(crate) created_date: Timestamp,
    pub(crate) kms_key_ids: Vec<String>,
}

fn describe(tx: &mut Tx, call: &Call, input: SecretIdInput) -> Result<DescribeSecretOutput, SecretsError> {
    let secret = Secret::find(tx, &call.place, &input.secret_id)?;
    Ok(DescribeSecretOutput {
        arn: secret.arn().to_string(),
        version_ids_to_stages: stages(tx, &secret),
        name: secret.name,
        description: secret.description,
        kms_key_id: secret.kms_key,
        last_changed_date: secret.changed,
        deleted_date: secret.deletion.map(|deletion| deletion.asked),
        tags: secret.tags.list(),
        owning_service: secret.owner,
        created_date: secret.created,
    })
}

fn stages(tx: &Tx, secret: &Secret) -> VersionsToStages {
    let named = secret.versions(tx).into_iter().filter(|version| !version.stages.is_empty());
    named.map(|version| (version.id, version.stages.into_iter().collect())).collect()
}

fn entry(tx: &Tx, secret: Secret) -> SecretListEntry {
    SecretListEntry {
        arn: secret.arn().to_string(),
        secret_versions_to_stages: stages(tx, &secret),
        name: secret.name,
        description: secret.description,
        kms_key_id: secret.kms_key,
        last_changed_date: secret.changed,
        deleted_date: secret.deletion.map(|deletion| deletion.asked),
        tags: secret.tags.list(),
        owning_service: secret.owner,
        created_date: secret.created,
    }
}

/// What a listing is in the order of; the name makes it one of a kind. Later moments sort first where the order is turned.
fn sort_key(secret: &Secret, by: SortBy, order: SortOrder) -> String {
    let moment = match by {
        SortBy::Name => 0,
        SortBy::CreatedDate => secret.created.0,
        SortBy::LastChangedDate | SortBy::LastAccessedDate => secret.changed.0,
    };
    let moment = if order == SortOrder::Desc { i64::MAX - moment } else { moment };
    format!("{moment:020} {}", secret.name)
}

fn list(tx: &mut Tx, call: &Call, input: ListSecretsInput) -> Result<ListSecretsOutput, SecretsError> {
    let leaving = input.include_planned_deletion == Some(true);
    let (by, order) = (input.sort_by.unwrap_or_default(), input.sort_order.unwrap_or_default());
    let key = |secret: &Secret| sort_key(secret, by, order);
    let mut found: Vec<Secret> = tx.list(&call.place);
    found.retain(|secret| (leaving || secret.deletion.is_none()) && input.filters.iter().all(|filter| filter.passes(secret)));
    found.sort_by_key(key);
    let page = paginate(found, key, input.next_token.as_deref(), limits::page(input.max_results))?;
    Ok(ListSecretsOutput {
        secret_list: page.items.into_iter().map(|secret| entry(tx, secret)).collect(),
        next_token: page.next,
    })
}

fn list_versions(tx: &mut Tx, call: &Call, input: ListVersionsInput) -> Result<ListVersionsOutput, SecretsError> {
    let secret = Secret::find(tx, &call.place, &input.secret_id)?;
    let mut versions = secret.versions(tx);
    versions.retain(|version| input.include_deprecated == Some(true) || !version.stages.is_empty());
    let key = |version: &SecretVersion| format!("{:020} {}", version.created.0, version.id);
    let page = paginate(versions, key, input.next_token.as_deref(), limits::page(input.max_results))?;
    let entry = |version: SecretVersion| VersionEntry {
        version_id: version.id,
        version_stages: version.stages.into_iter().collect(),
        created_date: version.created,
        kms_key_ids: vec!["DefaultEncryptionKey".to_owned()],
    };
    Ok(ListVersionsOutput {
        versions: page.items.into_iter().map(entry).collect(),
        next_token: page.next,
        arn: secret.arn().to_string(),
        name: secret.name,
    })
}
