//! `Parameters`: what a template declares, and what a caller gives for it. Follows the user guide's "Parameters section".

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tierra_model::pattern;

use super::diagnostic::Diagnostic;
use super::node::{Entry, Node, Span};
use super::sections::text_member;

/// The longest value.
const VALUE_BYTES: usize = 4096;
/// What is shown in place of a value with `NoEcho`.
pub const MASK: &str = "****";

const MEMBERS: [&str; 11] = [
    "Type",
    "Default",
    "AllowedValues",
    "AllowedPattern",
    "MinLength",
    "MaxLength",
    "MinValue",
    "MaxValue",
    "NoEcho",
    "ConstraintDescription",
    "Description",
];
const AWS_TYPES: [&str; 10] = [
    "AWS::EC2::AvailabilityZone::Name",
    "AWS::EC2::Image::Id",
    "AWS::EC2::Instance::Id",
    "AWS::EC2::KeyPair::KeyName",
    "AWS::EC2::SecurityGroup::GroupName",
    "AWS::EC2::SecurityGroup::Id",
    "AWS::EC2::Subnet::Id",
    "AWS::EC2::VPC::Id",
    "AWS::EC2::Volume::Id",
    "AWS::Route53::HostedZone::Id",
];

/// What a parameter takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ParameterType {
    /// `String`, an AWS-specific id, or the name of an SSM parameter.
    Text,
    /// `Number`
    Number,
    /// `List<Number>`
    Numbers,
    /// `CommaDelimitedList`, `List<String>` or a list of ids.
    Texts,
    /// `AWS::SSM::Parameter::Value<…>`: the value is a name to be looked up.
    Ssm {
        /// Whether what is found is a list.
        list: bool,
    },
}

/// One declared parameter.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    /// `Type`, as written.
    pub type_name: String,
    /// `Type`, understood.
    pub kind: ParameterType,
    /// `Default`
    pub default: Option<String>,
    /// `AllowedValues`
    pub allowed: Vec<String>,
    /// `AllowedPattern`
    pub pattern: Option<String>,
    /// `MinLength`, `MaxLength`: characters.
    pub length: (Option<u64>, Option<u64>),
    /// `MinValue`, `MaxValue`
    pub range: (Option<f64>, Option<f64>),
    /// `NoEcho`
    pub no_echo: bool,
    /// `ConstraintDescription`
    pub constraint: Option<String>,
    /// `Description`
    pub description: Option<String>,
    /// Where its name stands.
    pub span: Span,
}

/// A parameter with its value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bound {
    /// As given.
    pub text: String,
    /// What the SSM parameter of that name held.
    pub resolved: Option<String>,
    /// Whether `Ref` gives a list.
    pub list: bool,
    /// Whether it is hidden.
    pub no_echo: bool,
}

impl Bound {
    /// What `Ref` gives.
    pub fn value(&self) -> Value {
        let text = self.resolved.as_ref().unwrap_or(&self.text);
        if self.list {
            text.split(',').map(|item| Value::from(item.trim())).collect()
        } else {
            Value::from(text.as_str())
        }
    }

    /// What may be shown of it.
    pub fn shown(&self) -> &str {
        if self.no_echo { MASK } else { &self.text }
    }
}

impl Parameter {
    /// Reads one member of the section.
    ///
    /// # Errors
    /// Where it is malformed, or its own default is not valid.
    pub fn read(entry: &Entry, node: &Node) -> Result<Self, Diagnostic> {
        let members = node.as_map().ok_or_else(|| {
            Diagnostic::new(
                "Template format error: Every Parameters object must contain a Type member.",
                entry.key_span,
            )
        })?;
        if let Some(unknown) = members.iter().find(|member| !MEMBERS.contains(&member.key.as_str())) {
            let message = format!("Invalid template parameter property '{}'", unknown.key);
            return Err(Diagnostic::new(message, unknown.key_span)
                .label("no attribute of a parameter")
                .suggest(&unknown.key, MEMBERS));
        }
        let Some(type_name) = text_member(node, "Type")? else {
            return Err(Diagnostic::new(
                "Template format error: Every Parameters object must contain a Type member.",
                entry.key_span,
            ));
        };
        let parameter = Self {
            kind: parameter_type(&type_name, node)?,
            type_name,
            default: text_member(node, "Default")?,
            allowed: allowed_values(node)?,
            pattern: pattern(node)?,
            length: (number(node, "MinLength")?, number(node, "MaxLength")?),
            range: (number(node, "MinValue")?, number(node, "MaxValue")?),
            no_echo: text_member(node, "NoEcho")?.is_some_and(|text| text.eq_ignore_ascii_case("true")),
            constraint: text_member(node, "ConstraintDescription")?,
            description: text_member(node, "Description")?,
            span: entry.key_span,
        };
        parameter.check_default(&entry.key, node)?;
        Ok(parameter)
    }

    fn check_default(&self, name: &str, node: &Node) -> Result<(), Diagnostic> {
        let Some((text, place)) = self.default.as_ref().zip(node.get("Default")) else {
            return Ok(());
        };
        let label = |reason: String| {
            Diagnostic::new(format!("Template format error: {reason}"), place.span).label("its own default is not allowed")
        };
        self.check(name, text).map_err(label)
    }

    /// Whether a value may be given.
    ///
    /// # Errors
    /// In AWS's wording.
    pub fn check(&self, name: &str, text: &str) -> Result<(), String> {
        if text.len() > VALUE_BYTES {
            return Err(format!("Parameter '{name}' must not be longer than {VALUE_BYTES} bytes"));
        }
        match self.violation(text) {
            None => Ok(()),
            Some(reason) => Err(match &self.constraint {
                Some(constraint) => format!("Parameter '{name}' failed to satisfy constraint: {constraint}"),
                None => format!("Parameter '{name}' {reason}"),
            }),
        }
    }

    fn violation(&self, text: &str) -> Option<String> {
        let items: Vec<&str> = if self.is_list() {
            text.split(',').map(str::trim).collect()
        } else {
            vec![text]
        };
        if !self.allowed.is_empty() && !items.iter().all(|item| self.allowed.iter().any(|allowed| allowed == item)) {
            return Some("must be one of AllowedValues".to_owned());
        }
        if matches!(self.kind, ParameterType::Number | ParameterType::Numbers) {
            return items.iter().find_map(|item| self.number_violation(item));
        }
        items.iter().find_map(|item| self.text_violation(item))
    }

    fn is_list(&self) -> bool {
        matches!(self.kind, ParameterType::Numbers | ParameterType::Texts)
    }

    fn number_violation(&self, text: &str) -> Option<String> {
        let Ok(number) = text.parse::<f64>() else {
            return Some("must be a number".to_owned());
        };
        match self.range {
            (Some(least), _) if number < least => Some(format!("must be a number not less than {least}")),
            (_, Some(most)) if number > most => Some(format!("must be a number not greater than {most}")),
            _ => None,
        }
    }

    fn text_violation(&self, text: &str) -> Option<String> {
        let length = text.chars().count() as u64;
        match self.length {
            (Some(least), _) if length < least => return Some(format!("must contain at least {least} characters")),
            (_, Some(most)) if length > most => return Some(format!("must contain at most {most} characters")),
            _ => {}
        }
        // One that costs too much does not match.
        let pattern = self.pattern.as_ref()?;
        (pattern::matches_whole(pattern, text) != Some(true)).then(|| format!("must match pattern {pattern}"))
    }
}

fn pattern(node: &Node) -> Result<Option<String>, Diagnostic> {
    let Some((text, place)) = text_member(node, "AllowedPattern")?.zip(node.get("AllowedPattern")) else {
        return Ok(None);
    };
    match pattern::compile(&text) {
        Ok(_) => Ok(Some(text)),
        Err(error) => Err(Diagnostic::new(
            "Template format error: Every AllowedPattern must be a valid regular expression.",
            place.span,
        )
        .label(error)),
    }
}

fn number<T: std::str::FromStr>(node: &Node, name: &str) -> Result<Option<T>, Diagnostic> {
    let refuse = || {
        Diagnostic::new(
            format!("Template format error: Every {name} member must be a number."),
            node.get(name).map_or(node.span, |n| n.span),
        )
    };
    text_member(node, name)?.map(|text| text.parse().map_err(|_| refuse())).transpose()
}

fn allowed_values(node: &Node) -> Result<Vec<String>, Diagnostic> {
    let Some(given) = node.get("AllowedValues") else {
        return Ok(Vec::new());
    };
    let texts = given.as_list().and_then(|items| items.iter().map(Node::scalar_text).collect());
    texts.ok_or_else(|| {
        Diagnostic::new(
            "Template format error: Every AllowedValues member must be a list of strings.",
            given.span,
        )
    })
}

fn parameter_type(name: &str, node: &Node) -> Result<ParameterType, Diagnostic> {
    let inside = |prefix: &str| name.strip_prefix(prefix).and_then(|rest| rest.strip_suffix('>'));
    let kind = match name {
        "String" | "AWS::SSM::Parameter::Name" => Some(ParameterType::Text),
        "Number" => Some(ParameterType::Number),
        "List<Number>" => Some(ParameterType::Numbers),
        "CommaDelimitedList" | "List<String>" => Some(ParameterType::Texts),
        _ if AWS_TYPES.contains(&name) => Some(ParameterType::Text),
        _ => inside("AWS::SSM::Parameter::Value<").map(|inner| ParameterType::Ssm {
            list: inner.starts_with("List<") || inner == "CommaDelimitedList",
        }),
    };
    let list = || {
        inside("List<")
            .filter(|inner| AWS_TYPES.contains(inner))
            .map(|_| ParameterType::Texts)
    };
    kind.or_else(list).ok_or_else(|| {
        let place = node.get("Type").map_or(node.span, |node| node.span);
        let known = ["String", "Number", "List<Number>", "CommaDelimitedList"]
            .into_iter()
            .chain(AWS_TYPES);
        Diagnostic::new(format!("Template format error: Unrecognized parameter type: {name}"), place).suggest(name, known)
    })
}

/// What a caller gives for a parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Given {
    /// This value.
    Value(String),
    /// What the stack has now.
    Previous,
}

/// Gives every declared parameter its value. `lookup` reads SSM parameters.
///
/// # Errors
/// In AWS's wording: unknown parameters, missing values, violated constraints, SSM parameters that are not there.
pub fn bind(
    declared: &BTreeMap<String, Parameter>,
    given: &BTreeMap<String, Given>,
    previous: &BTreeMap<String, Bound>,
    lookup: &dyn Fn(&str) -> Option<String>,
) -> Result<BTreeMap<String, Bound>, String> {
    let unknown: Vec<&str> = given
        .keys()
        .filter(|name| !declared.contains_key(*name))
        .map(String::as_str)
        .collect();
    if !unknown.is_empty() {
        return Err(format!("Parameters: [{}] do not exist in the template", unknown.join(", ")));
    }
    let text_of = |name: &String, parameter: &Parameter| match given.get(name) {
        Some(Given::Value(text)) => Some(text.clone()),
        Some(Given::Previous) => previous.get(name).map(|bound| bound.text.clone()),
        None => parameter.default.clone(),
    };
    let texts: BTreeMap<&String, Option<String>> = declared.iter().map(|(name, parameter)| (name, text_of(name, parameter))).collect();
    let missing: Vec<&str> = texts
        .iter()
        .filter(|(_, text)| text.is_none())
        .map(|(name, _)| name.as_str())
        .collect();
    if !missing.is_empty() {
        return Err(format!("Parameters: [{}] must have values", missing.join(", ")));
    }
    let mut bound = BTreeMap::new();
    for (name, parameter) in declared {
        let text = texts[name].clone().unwrap_or_default();
        parameter.check(name, &text)?;
        bound.insert(name.clone(), parameter.bound(text, lookup)?);
    }
    Ok(bound)
}

impl Parameter {
    fn bound(&self, text: String, lookup: &dyn Fn(&str) -> Option<String>) -> Result<Bound, String> {
        let is_ssm = matches!(self.kind, ParameterType::Ssm { .. });
        let missing = || format!("Unable to fetch parameters [{text}] from parameter store for this account.");
        let resolved = if is_ssm { Some(lookup(&text).ok_or_else(missing)?) } else { None };
        let list = self.is_list() || self.kind == ParameterType::Ssm { list: true };
        Ok(Bound {
            text,
            resolved,
            list,
            no_echo: self.no_echo,
        })
    }
}
