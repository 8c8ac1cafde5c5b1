//! What every parsed body has in common for the one walker that fills a typed value from it.

use std::borrow::Cow;

use tierra_model::Scalar;
use tierra_model::catalogue::{Member, Reference, Service};

/// One use of a shape, with the service that it belongs to.
#[derive(Clone, Copy)]
pub(crate) struct Use<'m> {
    /// The service.
    pub service: &'m Service,
    /// The use.
    pub reference: &'m Reference,
}

/// The scalar is not of the wanted kind. What was found, in AWS's words: `NUMBER_VALUE`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NotThis {
    /// The kind of token that stands there.
    pub found: &'static str,
    /// The text of it, where it is short enough to be told.
    pub text: Option<String>,
}

/// One value in a parsed request.
pub(crate) trait Source<'s>: Clone {
    /// Whether it says that nothing is there.
    fn is_null(&self) -> bool {
        false
    }

    /// The value as a scalar of its kind.
    fn scalar(&self, at: Use<'_>) -> Result<Scalar<'s>, NotThis>;

    /// The member's value, where it is there.
    fn member(&self, _service: &Service, _member: &Member) -> Option<Self> {
        None
    }

    /// The items of a list.
    fn items(&self, _at: Use<'_>, _item: &Reference) -> Result<Vec<Self>, NotThis> {
        Ok(Vec::new())
    }

    /// The entries of a map.
    fn entries(&self, _at: Use<'_>, _key: &Reference, _value: &Reference) -> Result<Vec<(Cow<'s, str>, Self)>, NotThis> {
        Ok(Vec::new())
    }

    /// Whether a structure can stand here.
    fn structure(&self) -> Result<(), NotThis> {
        Ok(())
    }

    /// The names that stand in a structure.
    fn names(&self) -> Vec<String> {
        Vec::new()
    }

    /// Whether this name may stand for this member.
    fn is_name(&self, _name: &str, _service: &Service, _member: &Member) -> bool {
        true
    }
}
