//! Parameters of AWS's own types name things that have to be there. Follows the user guide's "AWS-specific parameter types".

use std::collections::BTreeMap;

use tierra_core::{Place, Tx};

use super::template::Template;
use super::template::parameter::Bound;
use crate::ec2::image::Image;
use crate::ec2::instance::Instance;
use crate::ec2::key_pair::KeyPair;
use crate::ec2::security_group::SecurityGroup;
use crate::ec2::subnet::Subnet;
use crate::ec2::volume::Volume;
use crate::ec2::vpc::Vpc;
use crate::ec2::zone;

/// Says whether a value names something.
type Exists = fn(&Tx, &Place, &str) -> bool;

/// The types whose values are looked for.
const TYPES: [(&str, Exists); 9] = [
    ("AWS::EC2::AvailabilityZone::Name", |_, place, name| {
        zone::names(place).any(|zone| zone == name)
    }),
    ("AWS::EC2::Image::Id", |tx, place, id| Image::find(tx, place, id).is_ok()),
    ("AWS::EC2::Instance::Id", |tx, place, id| tx.find::<Instance>(place, id).is_some()),
    ("AWS::EC2::KeyPair::KeyName", |tx, place, name| {
        KeyPair::named(tx, place, name).is_ok()
    }),
    ("AWS::EC2::SecurityGroup::GroupName", |tx, place, name| {
        tx.list::<SecurityGroup>(place).iter().any(|group| group.name == name)
    }),
    ("AWS::EC2::SecurityGroup::Id", |tx, place, id| {
        tx.find::<SecurityGroup>(place, id).is_some()
    }),
    ("AWS::EC2::Subnet::Id", |tx, place, id| tx.find::<Subnet>(place, id).is_some()),
    ("AWS::EC2::VPC::Id", |tx, place, id| tx.find::<Vpc>(place, id).is_some()),
    ("AWS::EC2::Volume::Id", |tx, place, id| tx.find::<Volume>(place, id).is_some()),
];

/// What AWS says of the first parameter that names nothing.
pub fn missing(tx: &Tx, place: &Place, template: &Template, bound: &BTreeMap<String, Bound>) -> Option<String> {
    template.parameters.iter().find_map(|(name, parameter)| {
        let exists = looked_for(&parameter.type_name)?;
        let value = values(bound.get(name)?).into_iter().find(|value| !exists(tx, place, value))?;
        Some(format!(
            "Parameter validation failed: parameter value {value} for parameter name {name} does not exist. "
        ))
    })
}

/// How the values of a type are looked for, also in a list and behind a parameter of SSM.
fn looked_for(type_name: &str) -> Option<Exists> {
    let inside = |name: &'_ str, prefix: &str| {
        let inner = name.strip_prefix(prefix).and_then(|rest| rest.strip_suffix('>'));
        inner.unwrap_or(name).to_owned()
    };
    let name = inside(&inside(type_name, "AWS::SSM::Parameter::Value<"), "List<");
    TYPES.iter().find(|(one, _)| *one == name).map(|(_, exists)| *exists)
}

fn values(bound: &Bound) -> Vec<String> {
    let text = bound.resolved.as_ref().unwrap_or(&bound.text);
    let items = text.split(',').map(|item| item.trim().to_owned());
    if bound.list { items.collect() } else { vec![text.clone()] }
}
