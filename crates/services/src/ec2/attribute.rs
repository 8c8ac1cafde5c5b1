//! Values in a structure of their own, as EC2's attribute operations speak: `EnableDnsSupport.Value=true`.

use tierra_model::Shape;

/// A boolean attribute.
#[derive(Clone, Debug, Default, PartialEq, Eq, Shape)]
pub struct AttributeBooleanValue {
    pub value: Option<bool>,
}

/// A text attribute.
#[derive(Clone, Debug, Default, PartialEq, Eq, Shape)]
pub struct AttributeValue {
    pub value: Option<String>,
}

impl From<bool> for AttributeBooleanValue {
    fn from(value: bool) -> Self {
        Self { value: Some(value) }
    }
}

impl From<String> for AttributeValue {
    fn from(value: String) -> Self {
        Self { value: Some(value) }
    }
}
