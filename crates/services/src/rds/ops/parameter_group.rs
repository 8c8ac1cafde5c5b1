//! Parameter groups and their parameters.

use tierra_core::{Call, Key, Tag, Tags, Tx};
use tierra_model::Shape;

use crate::declare::{anything, operations};
use crate::rds::api::arns;
use crate::rds::api::parameter_group::{DbParameterGroupShape, ParameterShape};
use crate::rds::errors::RdsError;
use crate::rds::limits;
use crate::rds::listing::{self, Filter, query};
use crate::rds::model::{ApplyMethod, DbInstance, DbParameterGroup, Family, Setting};
use crate::rds::parameters::{self, Known};

/// Parameters that one call changes.
const PARAMETERS: usize = 20;

operations! { "rds", RdsError;
    write CreateDBParameterGroup(CreateInput) -> GroupOutput = create, on |_, input, call| arns(call, "pg", &input.name);
    read DescribeDBParameterGroups(DescribeInput) -> DescribeOutput = describe, on anything;
    write ModifyDBParameterGroup(ModifyInput) -> NameOutput = modify, on |_, input, call| arns(call, "pg", &input.name);
    write ResetDBParameterGroup(ResetInput) -> NameOutput = reset, on |_, input, call| arns(call, "pg", &input.name);
    write DeleteDBParameterGroup(DeleteInput) -> () = delete, on |_, input, call| arns(call, "pg", &input.name);
    read DescribeDBParameters(DescribeParametersInput) -> DescribeParametersOutput = describe_parameters,
        on |_, input, call| arns(call, "pg", &input.name);
    read DescribeEngineDefaultParameters(DefaultsInput) -> DefaultsOutput = defaults, on anything;
}

/// Input of [`CreateDBParameterGroup`].
#[derive(Default, Shape)]
pub struct CreateInput {
    #[shape("DBParameterGroupName")]
    pub(crate) name: String,
    #[shape("DBParameterGroupFamily")]
    pub(crate) family: String,
    pub(crate) description: String,
    pub(crate) tags: Vec<Tag>,
}

/// Input of [`DescribeDBParameterGroups`].
#[derive(Default, Shape)]
pub struct DescribeInput {
    #[shape("DBParameterGroupName")]
    pub(crate) name: Option<String>,
    pub(crate) filters: Vec<Filter>,
    pub(crate) max_records: Option<i32>,
    pub(crate) marker: Option<String>,
}

/// Input of [`ModifyDBParameterGroup`].
#[derive(Default, Shape)]
pub struct ModifyInput {
    #[shape("DBParameterGroupName")]
    pub(crate) name: String,
    pub(crate) parameters: Vec<ParameterShape>,
}

/// Input of [`ResetDBParameterGroup`].
#[derive(Default, Shape)]
pub struct ResetInput {
    #[shape("DBParameterGroupName")]
    pub(crate) name: String,
    pub(crate) reset_all_parameters: Option<bool>,
    pub(crate) parameters: Vec<ParameterShape>,
}

/// Input of [`DeleteDBParameterGroup`].
#[derive(Default, Shape)]
pub struct DeleteInput {
    #[shape("DBParameterGroupName")]
    pub(crate) name: String,
}

/// Input of [`DescribeDBParameters`].
#[derive(Default, Shape)]
pub struct DescribeParametersInput {
    #[shape("DBParameterGroupName")]
    pub(crate) name: String,
    pub(crate) source: Option<String>,
    pub(crate) filters: Vec<Filter>,
    pub(crate) max_records: Option<i32>,
    pub(crate) marker: Option<String>,
}

/// Input of [`DescribeEngineDefaultParameters`].
#[derive(Default, Shape)]
pub struct DefaultsInput {
    #[shape("DBParameterGroupFamily")]
    pub(crate) family: String,
    pub(crate) filters: Vec<Filter>,
    pub(crate) max_records: Option<i32>,
    pub(crate) marker: Option<String>,
}

/// A group.
#[derive(Default, Shape)]
pub struct GroupOutput {
    #[shape("DBParameterGroup")]
    pub(crate) group: DbParameterGroupShape,
}

/// A page of groups.
#[derive(Default, Shape)]
pub struct DescribeOutput {
    #[shape("DBParameterGroups")]
    pub(crate) groups: Vec<DbParameterGroupShape>,
    pub(crate) marker: Option<String>,
}

/// The group that was changed.
#[derive(Default, Shape)]
pub struct NameOutput {
    #[shape("DBParameterGroupName")]
    pub(crate) name: String,
}

/// A page of parameters.
#[derive(Default, Shape)]
pub struct DescribeParametersOutput {
    pub(crate) parameters: Vec<ParameterShape>,
    pub(crate) marker: Option<String>,
}

/// A family's defaults.
#[derive(Default, Shape)]
pub struct DefaultsOutput {
    pub(crate) engine_defaults: EngineDefaults,
}

/// A page of them.
#[derive(Default, Shape)]
pub struct EngineDefaults {
    #[shape("DBParameterGroupFamily")]
    pub(crate) family: String,
    pub(crate) marker: Option<String>,
    pub(crate) parameters: Vec<ParameterShape>,
}

fn find(tx: &Tx, call: &Call, name: &str) -> Result<DbParameterGroup, RdsError> {
    let missing = || RdsError::ParameterGroupNotFound { name: name.to_owned() };
    DbParameterGroup::named(tx, &call.place, &name.to_ascii_lowercase()).ok_or_else(missing)
}

/// A group that can be changed.
fn own(tx: &Tx, call: &Call, name: &str) -> Result<DbParameterGroup, RdsError> {
    let group = find(tx, call, name)?;
    if group.is_default() {
        return Err(RdsError::ParameterGroupDefault { name: group.name });
    }
    Ok(group)
}

fn family(name: &str) -> Result<Family, RdsError> {
    let unknown = |_| RdsError::value(format!("ParameterGroupFamily {name} is not a valid parameter group family"));
    name.parse().map_err(unknown)
}

fn create(tx: &mut Tx, call: &Call, input: CreateInput) -> Result<GroupOutput, RdsError> {
    let name = limits::group("DBParameterGroupName", &input.name)?;
    if find(tx, call, &name).is_ok() {
        return Err(RdsError::ParameterGroupExists { name });
    }
    let group = DbParameterGroup {
        name,
        description: input.description,
        tags: Tags::parse(&input.tags)?,
        ..DbParameterGroup::of_family(&call.place, family(&input.family)?)
    };
    tx.save(group.clone());
    Ok(GroupOutput {
        group: DbParameterGroupShape::from(&group),
    })
}

/// The groups that were made, and the default groups of families that some instance has.
fn all(tx: &Tx, call: &Call) -> Vec<DbParameterGroup> {
    let mut groups: Vec<DbParameterGroup> = tx.list(&call.place);
    for instance in tx.list::<DbInstance>(&call.place) {
        let name = &instance.spec.parameter_group;
        if !groups.iter().any(|group| group.name == *name) {
            groups.extend(DbParameterGroup::named(tx, &call.place, name));
        }
    }
    groups
}

fn describe(tx: &mut Tx, call: &Call, input: DescribeInput) -> Result<DescribeOutput, RdsError> {
    let found = match &input.name {
        Some(name) => vec![find(tx, call, name)?],
        None => all(tx, call),
    };
    let page = listing::page(found, &[], |group: &DbParameterGroup| group.name.clone(), &query!(input))?;
    Ok(DescribeOutput {
        groups: page.items.iter().map(DbParameterGroupShape::from).collect(),
        marker: page.next,
    })
}

fn modify(tx: &mut Tx, call: &Call, input: ModifyInput) -> Result<NameOutput, RdsError> {
    let mut group = own(tx, call, &input.name)?;
    if input.parameters.len() > PARAMETERS {
        return Err(RdsError::combination(
            "A maximum of 20 parameters can be modified in a single request.",
        ));
    }
    for parameter in input.parameters {
        let known = known(&group, &parameter)?;
        let value = parameter.parameter_value.unwrap_or_default();
        let method = parameter.apply_method.unwrap_or_default();
        check(known, &value, method)?;
        changed(&mut group, known, method);
        group.values.insert(known.name.to_owned(), Setting { value, method });
    }
    let name = group.name.clone();
    tx.save(group);
    Ok(NameOutput { name })
}

fn known(group: &DbParameterGroup, parameter: &ParameterShape) -> Result<&'static Known, RdsError> {
    let name = parameter.parameter_name.clone().unwrap_or_default();
    let unknown = || RdsError::value(format!("Could not find parameter with name: {name}"));
    parameters::find(group.family, &name).ok_or_else(unknown)
}

fn check(known: &Known, value: &str, method: ApplyMethod) -> Result<(), RdsError> {
    let Known { name, .. } = known;
    if !known.modifiable {
        return Err(RdsError::value(format!("The parameter {name} cannot be modified.")));
    }
    if !known.allows(value) {
        return Err(RdsError::value(format!(
            "Invalid parameter value: {value} for: {name} allowed values are: {}",
            known.allowed
        )));
    }
    if !known.dynamic && method == ApplyMethod::Immediate {
        return Err(RdsError::combination("cannot use immediate apply method for static parameter"));
    }
    Ok(())
}

/// Another revision of the group, which waits for a reboot where the parameter does.
fn changed(group: &mut DbParameterGroup, known: &Known, method: ApplyMethod) {
    group.revision += 1;
    if !known.dynamic || method == ApplyMethod::PendingReboot {
        group.static_revision = group.revision;
    }
}

fn reset(tx: &mut Tx, call: &Call, input: ResetInput) -> Result<NameOutput, RdsError> {
    let mut group = own(tx, call, &input.name)?;
    let names: Vec<String> = if input.reset_all_parameters.unwrap_or(input.parameters.is_empty()) {
        group.values.keys().cloned().collect()
    } else {
        input
            .parameters
            .iter()
            .filter_map(|parameter| parameter.parameter_name.clone())
            .collect()
    };
    for name in names {
        let unknown = || RdsError::value(format!("Could not find parameter with name: {name}"));
        let known = parameters::find(group.family, &name).ok_or_else(unknown)?;
        if let Some(setting) = group.values.remove(&name) {
            changed(&mut group, known, setting.method);
        }
    }
    let name = group.name.clone();
    tx.save(group);
    Ok(NameOutput { name })
}

fn delete(tx: &mut Tx, call: &Call, input: DeleteInput) -> Result<(), RdsError> {
    let group = own(tx, call, &input.name)?;
    if !tx.by_index::<DbInstance>(&call.place, "parameter-group", &group.name).is_empty() {
        return Err(RdsError::ParameterGroupInUse { name: group.name });
    }
    tx.delete(&Key::<DbParameterGroup>::new(&call.place, &group.name));
    Ok(())
}

/// A family's parameters, with what a group says of them.
fn shown(family: Family, group: Option<&DbParameterGroup>) -> Vec<ParameterShape> {
    let shape = |known: &'static Known| {
        let own = group.and_then(|group| group.values.get(known.name));
        let value = own
            .map(|setting| setting.value.clone())
            .or_else(|| known.default.map(str::to_owned));
        let source = match (own, known.default) {
            (Some(_), _) => "user",
            (None, Some(_)) => "system",
            (None, None) => "engine-default",
        };
        let usual = if known.dynamic {
            ApplyMethod::Immediate
        } else {
            ApplyMethod::PendingReboot
        };
        ParameterShape {
            parameter_name: Some(known.name.to_owned()),
            parameter_value: value,
            description: None,
            source: Some(source.to_owned()),
            apply_type: Some(if known.dynamic { "dynamic" } else { "static" }.to_owned()),
            data_type: Some(known.kind.to_owned()),
            allowed_values: Some(known.allowed.to_owned()).filter(|allowed| !allowed.is_empty()),
            is_modifiable: Some(known.modifiable),
            apply_method: Some(own.map_or(usual, |setting| setting.method)),
        }
    };
    parameters::of(family).map(shape).collect()
}

fn name_of(parameter: &ParameterShape) -> String {
    parameter.parameter_name.clone().unwrap_or_default()
}

fn describe_parameters(tx: &mut Tx, call: &Call, input: DescribeParametersInput) -> Result<DescribeParametersOutput, RdsError> {
    let group = find(tx, call, &input.name)?;
    let mut found = shown(group.family, Some(&group));
    found.retain(|parameter| input.source.is_none() || parameter.source == input.source);
    let page = listing::page(
        found,
        &[("parameter-name", |parameter| vec![name_of(parameter)])],
        name_of,
        &query!(input),
    )?;
    Ok(DescribeParametersOutput {
        parameters: page.items,
        marker: page.next,
    })
}

fn defaults(_: &mut Tx, _: &Call, input: DefaultsInput) -> Result<DefaultsOutput, RdsError> {
    let found = shown(family(&input.family)?, None);
    let page = listing::page(
        found,
        &[("parameter-name", |parameter| vec![name_of(parameter)])],
        name_of,
        &query!(input),
    )?;
    Ok(DefaultsOutput {
        engine_defaults: EngineDefaults {
            family: input.family,
            marker: page.next,
            parameters: page.items,
        },
    })
}
