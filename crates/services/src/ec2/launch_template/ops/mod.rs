//! What can be done with launch templates: with whole ones, and with their versions.

mod template;
mod version;

#[cfg(test)]
pub(super) use template::ModifyLaunchTemplate;
use tierra_core::{Arn, AwsError, Call, Registry, Tx};
#[cfg(test)]
pub(super) use version::{DeleteLaunchTemplateVersions, DescribeLaunchTemplateVersions, GetLaunchTemplateData};
pub(super) use {
    template::{CreateLaunchTemplate, DeleteLaunchTemplate},
    version::CreateLaunchTemplateVersion,
};

use super::api::LaunchTemplateSpecification;
use super::model::{LaunchTemplate, LaunchTemplateVersion, VersionName};

/// Declares this noun's operations.
pub fn register(registry: &mut Registry) {
    template::register(registry);
    version::register(registry);
}

/// The version that a launch names; the default one where it names only the template.
///
/// # Errors
/// Where there is no such template or version.
pub fn specified(tx: &Tx, call: &Call, asked: &LaunchTemplateSpecification) -> Result<LaunchTemplateVersion, AwsError> {
    let (id, name) = (asked.launch_template_id.as_deref(), asked.launch_template_name.as_deref());
    let template = LaunchTemplate::find(tx, &call.place, id, name)?;
    let version = asked.version.as_deref().map_or(Ok(VersionName::Default), str::parse)?;
    Ok(template.version(tx, version)?)
}

/// What IAM decides on: the template, where there is one.
fn on(tx: &Tx, call: &Call, id: Option<&str>, name: Option<&str>) -> Vec<Arn> {
    let found = LaunchTemplate::find(tx, &call.place, id, name);
    found.map_or_else(|_| Vec::new(), |template| vec![arn(call, template.id.as_str())])
}

fn arn(call: &Call, id: &str) -> Arn {
    Arn::regional("ec2", &call.place, format!("launch-template/{id}"))
}

/// What the operations speak, for the test against AWS's model.
#[cfg(test)]
pub fn spoken() -> Vec<(&'static str, tierra_model::Declared, tierra_model::Declared)> {
    template::spoken().into_iter().chain(version::spoken()).collect()
}
