//! The parameters that every account sees without having put them: `/aws/service/…`.

use tierra_core::{Arn, Place, Region};
use tierra_model::Timestamp;

use super::api::ParameterShape;
use super::model::ParameterType;
use crate::ec2::image::{public_parameter, public_parameters};

const PREFIX: &str = "/aws/service/";
/// Images here do not change while a cloud lives, so that their parameters have one version (of 2024-01-01).
const PUBLISHED: Timestamp = Timestamp::from_secs(1_704_067_200);

/// Whether a name is one of AWS's own.
pub(super) fn is_public(name: &str) -> bool {
    name.starts_with(PREFIX)
}

/// The public parameter of this name.
pub(super) fn find(region: &Region, name: &str) -> Option<ParameterShape> {
    public_parameter(region, name).map(|image| shape(region, name, image.to_string()))
}

/// Every public parameter.
pub(super) fn all(region: &Region) -> Vec<ParameterShape> {
    let all = public_parameters(region).into_iter();
    all.map(|(name, image)| shape(region, &name, image.to_string())).collect()
}

fn shape(region: &Region, name: &str, value: String) -> ParameterShape {
    let place = Place {
        region: region.clone(),
        ..Place::default()
    };
    ParameterShape {
        name: name.to_owned(),
        kind: ParameterType::String,
        value,
        version: 1,
        selector: None,
        last_modified_date: PUBLISHED,
        arn: Arn::regional("ssm", &place, format!("parameter{name}")).to_string(),
        data_type: "aws:ec2:image".to_owned(),
    }
}
