//! `PutParameter`.

use std::collections::BTreeMap;

use tierra_core::{Call, Key, Tag, Tags, Tx};
use tierra_model::Shape;

use crate::declare::operations;
use crate::ssm::api::{arns, number};
use crate::ssm::errors::SsmError;
use crate::ssm::limits;
use crate::ssm::model::{Kept, Parameter, ParameterType, Tier, Value, Version, kept_id, owner};

/// The key of SecureStrings: Parameter Store's own.
const DEFAULT_KEY: &str = "alias/aws/ssm";
const DATA_TYPES: &[&str] = &["text", "aws:ec2:image"];

operations! { "ssm", SsmError;
    write PutParameter(PutParameterInput) -> PutParameterOutput = put, on |_, input, call| arns(&call.place, [&input.name]);
}

/// Input of [`PutParameter`].
#[derive(Default, Shape)]
pub struct PutParameterInput {
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    pub(crate) value: String,
    #[shape("Type")]
    pub(crate) kind: Option<ParameterType>,
    pub(crate) key_id: Option<String>,
    pub(crate) overwrite: Option<bool>,
    pub(crate) allowed_pattern: Option<String>,
    pub(crate) tags: Vec<Tag>,
    pub(crate) tier: Option<Tier>,
    pub(crate) data_type: Option<String>,
}

/// The version that was made.
#[derive(Default, Shape)]
pub struct PutParameterOutput {
    pub(crate) version: i64,
    tier: Tier,
}

fn invalid(reason: &str) -> SsmError {
    SsmError::Invalid { reason: reason.to_owned() }
}

fn put(tx: &mut Tx, call: &Call, input: PutParameterInput) -> Result<PutParameterOutput, SsmError> {
    limits::name(&input.name)?;
    let overwrite = input.overwrite == Some(true);
    if overwrite && !input.tags.is_empty() {
        return Err(invalid(
            "Invalid request: tags and overwrite can't be used together. To create a parameter with tags, please remove overwrite flag. To update tags for an existing parameter, please use AddTagsToResource or RemoveTagsFromResource.",
        ));
    }
    let parameter = match tx.find::<Parameter>(&call.place, &input.name) {
        Some(_) if !overwrite => return Err(SsmError::Exists),
        Some(old) => changed(tx, call, old, input)?,
        None => created(tx, call, input)?,
    };
    let output = PutParameterOutput {
        version: number(parameter.current.number),
        tier: parameter.current.tier,
    };
    tx.save(parameter);
    Ok(output)
}

fn created(tx: &Tx, call: &Call, input: PutParameterInput) -> Result<Parameter, SsmError> {
    let kind = input
        .kind
        .ok_or_else(|| invalid("A parameter type is required when you create a parameter."))?;
    Ok(Parameter {
        place: call.place.clone(),
        name: input.name.clone(),
        kind,
        tags: Tags::parse(&input.tags)?,
        current: version(tx, call, kind, 1, input)?,
        oldest: 1,
        labels: BTreeMap::new(),
    })
}

/// The next version of a parameter; what the caller does not say stays.
fn changed(tx: &mut Tx, call: &Call, mut old: Parameter, mut input: PutParameterInput) -> Result<Parameter, SsmError> {
    if input.kind.is_some_and(|kind| kind != old.kind) {
        return Err(SsmError::TypeChange);
    }
    let before = old.current.clone();
    input.description = input.description.or(before.description.clone());
    input.allowed_pattern = input.allowed_pattern.or(before.allowed_pattern.clone());
    input.tier = input.tier.or(Some(before.tier));
    input.data_type = input.data_type.or(Some(before.data_type.clone()));
    input.key_id = input.key_id.or(before.key_id.clone());
    old.current = version(tx, call, old.kind, before.number + 1, input)?;
    make_room(tx, &mut old)?;
    tx.save(Kept {
        place: old.place.clone(),
        name: old.name.clone(),
        version: before,
    });
    Ok(old)
}

/// Lets the oldest version go where there would be too many.
fn make_room(tx: &mut Tx, parameter: &mut Parameter) -> Result<(), SsmError> {
    let kept = parameter.current.number - parameter.oldest + 1;
    if usize::try_from(kept).is_ok_and(|kept| kept <= limits::VERSIONS) {
        return Ok(());
    }
    if !parameter.labels_of(parameter.oldest).is_empty() {
        return Err(SsmError::Versions {
            name: parameter.name.clone(),
            oldest: parameter.oldest,
        });
    }
    tx.delete(&Key::<Kept>::new(&parameter.place, kept_id(&parameter.name, parameter.oldest)));
    parameter.oldest += 1;
    Ok(())
}

fn version(tx: &Tx, call: &Call, kind: ParameterType, number: u64, input: PutParameterInput) -> Result<Version, SsmError> {
    let tier = input.tier.unwrap_or_default();
    limits::value(&input.value, tier, input.allowed_pattern.as_deref())?;
    let data_type = input.data_type.unwrap_or_else(|| DATA_TYPES[0].to_owned());
    if !DATA_TYPES.contains(&data_type.as_str()) {
        return Err(invalid(&format!(
            "The following data type is not supported: {data_type} (Data type names are all lowercase.)"
        )));
    }
    Ok(Version {
        number,
        value: Value::new(tx, kind, &owner(&call.place, &input.name, number), input.value)?,
        description: input.description,
        allowed_pattern: input.allowed_pattern,
        tier,
        data_type,
        key_id: key(kind, input.key_id)?,
        modified: call.now,
        modified_by: call.caller.arn().to_string(),
    })
}

fn key(kind: ParameterType, id: Option<String>) -> Result<Option<String>, SsmError> {
    match (kind, id) {
        (ParameterType::SecureString, Some(id)) if id != DEFAULT_KEY => Err(SsmError::Key { id }),
        (ParameterType::SecureString, _) => Ok(Some(DEFAULT_KEY.to_owned())),
        (_, Some(_)) => Err(invalid("KeyId is required for SecureString type parameter only.")),
        (_, None) => Ok(None),
    }
}
