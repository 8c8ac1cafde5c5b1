//! Values of a template as they are before anything is known: literals and intrinsic functions, checked for form.
//!
//! **Invariant**: an [`Expr`] that exists is well formed; what is left to go wrong is only what depends on values.

mod cidr;
mod compile;
mod evaluate;

use serde_json::Value;

pub use evaluate::{Failure, Scope, evaluate, evaluate_condition, replace_references};

use super::node::Span;

/// A value, or how to come to it.
#[derive(Clone, Debug, PartialEq)]
pub struct Expr {
    /// What it is.
    pub kind: Kind,
    /// Where it stands.
    pub span: Span,
}

/// What an expression is.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// Null, a boolean, a number or a string.
    Scalar(Value),
    /// A list.
    List(Vec<Expr>),
    /// An object.
    Map(Vec<Member>),
    /// An intrinsic function.
    Call(Box<Function>),
}

/// One member of an object.
#[derive(Clone, Debug, PartialEq)]
pub struct Member {
    /// Its name.
    pub name: String,
    /// Where the name stands.
    pub name_span: Span,
    /// Its value.
    pub value: Expr,
}

/// A piece of an `Fn::Sub` text.
#[derive(Clone, Debug, PartialEq)]
pub enum Piece {
    /// As it is.
    Text(String),
    /// `${name}`
    Name(String),
}

/// The intrinsic functions. Follows the user guide's "Intrinsic function reference".
#[derive(Clone, Debug, PartialEq)]
pub enum Function {
    /// `Ref`
    Ref(String),
    /// `Fn::GetAtt`
    GetAtt {
        /// The resource's logical id.
        resource: String,
        /// The attribute: text, or a `Ref` to a parameter.
        attribute: Expr,
    },
    /// `Fn::Sub`
    Sub {
        /// The text in pieces.
        pieces: Vec<Piece>,
        /// Names of its own.
        variables: Vec<Member>,
    },
    /// `Fn::Join`
    Join {
        /// What stands between.
        delimiter: Expr,
        /// What is joined.
        list: Expr,
    },
    /// `Fn::Select`
    Select {
        /// Which, from 0.
        index: Expr,
        /// Of what.
        list: Expr,
    },
    /// `Fn::Split`
    Split {
        /// At what.
        delimiter: Expr,
        /// What is split.
        text: Expr,
    },
    /// `Fn::FindInMap`
    FindInMap {
        /// The mapping.
        map: Expr,
        /// The first key.
        top: Expr,
        /// The second key.
        second: Expr,
        /// With `AWS::LanguageExtensions`: what it is where there is no such key.
        default: Option<Expr>,
    },
    /// `Fn::If`
    If {
        /// The condition's name.
        condition: String,
        /// Where it holds.
        then: Expr,
        /// Where not.
        otherwise: Expr,
    },
    /// `Fn::Equals`
    Equals(Expr, Expr),
    /// `Fn::And`
    And(Vec<Expr>),
    /// `Fn::Or`
    Or(Vec<Expr>),
    /// `Fn::Not`
    Not(Expr),
    /// `Condition`, in a condition
    Condition(String),
    /// `Fn::Contains`, in a rule
    Contains(Expr, Expr),
    /// `Fn::Base64`
    Base64(Expr),
    /// `Fn::Cidr`
    Cidr {
        /// The block that is divided.
        block: Expr,
        /// How many.
        count: Expr,
        /// How many bits each leaves for hosts.
        bits: Option<Expr>,
    },
    /// `Fn::GetAZs`
    GetAZs(Expr),
    /// `Fn::ImportValue`
    ImportValue(Expr),
    /// `Fn::Length`, with `AWS::LanguageExtensions`
    Length(Expr),
    /// `Fn::ToJsonString`, with `AWS::LanguageExtensions`
    ToJsonString(Expr),
}

/// A name that an expression depends on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reference {
    /// By `Ref` or `${Name}`: a parameter, a pseudo parameter or a resource.
    Name(String),
    /// By `Fn::GetAtt` or `${Resource.Attribute}`; the attribute where it is literal.
    Attribute(String, Option<String>),
    /// By `Fn::If` or `Condition`.
    Condition(String),
    /// By `Fn::FindInMap`, where the name is literal.
    Mapping(String),
}

impl Expr {
    /// A known value, at a place.
    pub fn literal(value: &Value, span: Span) -> Self {
        let kind = match value {
            Value::Array(items) => Kind::List(items.iter().map(|item| Self::literal(item, span)).collect()),
            Value::Object(members) => Kind::Map(
                members
                    .iter()
                    .map(|(name, value)| Member {
                        name: name.clone(),
                        name_span: span,
                        value: Self::literal(value, span),
                    })
                    .collect(),
            ),
            scalar => Kind::Scalar(scalar.clone()),
        };
        Self { kind, span }
    }

    /// The text, where it is a literal string.
    pub fn as_str(&self) -> Option<&str> {
        match &self.kind {
            Kind::Scalar(Value::String(text)) => Some(text),
            _ => None,
        }
    }

    /// Whether it is `!Ref AWS::NoValue`.
    pub fn is_no_value(&self) -> bool {
        matches!(&self.kind, Kind::Call(function) if **function == Function::Ref("AWS::NoValue".to_owned()))
    }

    /// Calls `visit` with this expression and all below it, parents first.
    pub fn walk<'a>(&'a self, visit: &mut dyn FnMut(&'a Self)) {
        visit(self);
        match &self.kind {
            Kind::Scalar(_) => {}
            Kind::List(items) => items.iter().for_each(|item| item.walk(visit)),
            Kind::Map(members) => members.iter().for_each(|member| member.value.walk(visit)),
            Kind::Call(function) => function.arguments().into_iter().for_each(|argument| argument.walk(visit)),
        }
    }

    /// Everything that it names, with the place of each.
    pub fn references(&self) -> Vec<(Reference, Span)> {
        let mut found = Vec::new();
        self.walk(&mut |expr| {
            if let Kind::Call(function) = &expr.kind {
                found.extend(function.references().into_iter().map(|reference| (reference, expr.span)));
            }
        });
        found
    }
}

impl Function {
    fn arguments(&self) -> Vec<&Expr> {
        match self {
            Self::Ref(_) | Self::Condition(_) => Vec::new(),
            Self::GetAtt { attribute, .. } => vec![attribute],
            Self::Sub { variables, .. } => variables.iter().map(|member| &member.value).collect(),
            Self::Join { delimiter: a, list: b }
            | Self::Select { index: a, list: b }
            | Self::Split { delimiter: a, text: b }
            | Self::If { then: a, otherwise: b, .. }
            | Self::Equals(a, b)
            | Self::Contains(a, b) => vec![a, b],
            Self::FindInMap { map, top, second, default } => [map, top, second].into_iter().chain(default).collect(),
            Self::And(items) | Self::Or(items) => items.iter().collect(),
            Self::Cidr { block, count, bits } => [block, count].into_iter().chain(bits).collect(),
            Self::Not(a) | Self::Base64(a) | Self::GetAZs(a) | Self::ImportValue(a) | Self::Length(a) | Self::ToJsonString(a) => vec![a],
        }
    }

    fn references(&self) -> Vec<Reference> {
        match self {
            Self::Ref(name) => vec![Reference::Name(name.clone())],
            Self::GetAtt { resource, attribute } => vec![Reference::Attribute(resource.clone(), attribute.as_str().map(str::to_owned))],
            Self::If { condition, .. } | Self::Condition(condition) => vec![Reference::Condition(condition.clone())],
            Self::FindInMap { map, .. } => map.as_str().map(|name| Reference::Mapping(name.to_owned())).into_iter().collect(),
            Self::Sub { pieces, variables } => pieces.iter().filter_map(|piece| sub_reference(piece, variables)).collect(),
            _ => Vec::new(),
        }
    }
}

fn sub_reference(piece: &Piece, variables: &[Member]) -> Option<Reference> {
    let Piece::Name(name) = piece else { return None };
    if variables.iter().any(|member| member.name == *name) {
        return None;
    }
    Some(match name.split_once('.') {
        Some((resource, attribute)) => Reference::Attribute(resource.to_owned(), Some(attribute.to_owned())),
        None => Reference::Name(name.clone()),
    })
}
