//! From tree to expression: each intrinsic function's arguments are taken apart here, once, with AWS's words for a wrong form.

use serde_json::Value;

use super::{Expr, Function, Kind, Member, Piece};
use crate::cloudformation::template::diagnostic::Diagnostic;
use crate::cloudformation::template::node::{Entry, Node, NodeValue, Span};

/// Operands of `Fn::And` and `Fn::Or`.
const OPERANDS: std::ops::RangeInclusive<usize> = 2..=10;

const NAMES: [&str; 20] = [
    "Ref",
    "Condition",
    "Fn::GetAtt",
    "Fn::Sub",
    "Fn::Join",
    "Fn::Select",
    "Fn::Split",
    "Fn::FindInMap",
    "Fn::If",
    "Fn::Equals",
    "Fn::And",
    "Fn::Or",
    "Fn::Not",
    "Fn::Contains",
    "Fn::Base64",
    "Fn::Cidr",
    "Fn::GetAZs",
    "Fn::ImportValue",
    "Fn::Length",
    "Fn::ToJsonString",
];

type Compiled = Result<Function, Diagnostic>;

impl Expr {
    /// Takes a tree for a value with intrinsic functions in it.
    ///
    /// # Errors
    /// Where an intrinsic function is unknown or has arguments that it does not take.
    pub fn compile(node: &Node) -> Result<Self, Diagnostic> {
        let kind = match &node.value {
            NodeValue::Scalar(value) => Kind::Scalar(value.clone()),
            NodeValue::List(items) => Kind::List(items.iter().map(Self::compile).collect::<Result<_, _>>()?),
            NodeValue::Map(entries) => match entries.as_slice() {
                [only] if is_function(&only.key, &only.value) => Kind::Call(Box::new(function(only, node.span)?)),
                _ => Kind::Map(members(entries)?),
            },
        };
        Ok(Self { kind, span: node.span })
    }
}

/// `Condition` is also the name of properties, for example in IAM policies: there it holds an object.
fn is_function(key: &str, value: &Node) -> bool {
    key == "Ref" || key.starts_with("Fn::") || (key == "Condition" && value.as_str().is_some())
}

fn members(entries: &[Entry]) -> Result<Vec<Member>, Diagnostic> {
    entries.iter().map(member).collect()
}

fn member(entry: &Entry) -> Result<Member, Diagnostic> {
    if entry.key.starts_with("Fn::") {
        let message = format!("Template format error: {} must be the only key of its object", entry.key);
        return Err(Diagnostic::new(message, entry.key_span));
    }
    Ok(Member {
        name: entry.key.clone(),
        name_span: entry.key_span,
        value: Expr::compile(&entry.value)?,
    })
}

fn function(entry: &Entry, span: Span) -> Compiled {
    let argument = &entry.value;
    match entry.key.as_str() {
        "Ref" => name_of(argument, "Template error: every Ref object must have a single String value.").map(Function::Ref),
        "Condition" => name_of(argument, "Template error: every Condition member must be a string.").map(Function::Condition),
        "Fn::GetAtt" => get_att(argument),
        "Fn::Sub" => sub(argument),
        "Fn::FindInMap" => find_in_map(argument),
        "Fn::If" => condition_if(argument),
        "Fn::And" => operands(argument, "Fn::And").map(Function::And),
        "Fn::Or" => operands(argument, "Fn::Or").map(Function::Or),
        "Fn::Not" => not(argument),
        "Fn::Base64" => Expr::compile(argument).map(Function::Base64),
        "Fn::Cidr" => cidr(argument),
        "Fn::GetAZs" => Expr::compile(argument).map(Function::GetAZs),
        "Fn::ImportValue" => Expr::compile(argument).map(Function::ImportValue),
        "Fn::Length" => Expr::compile(argument).map(Function::Length),
        "Fn::ToJsonString" => Expr::compile(argument).map(Function::ToJsonString),
        "Fn::Transform" => Err(Diagnostic::new("Fn::Transform is not built: macros need Lambda functions", span)),
        other => pairs(other, argument).unwrap_or_else(|| {
            let message = format!("Template format error: {other} is not a supported intrinsic function");
            Err(Diagnostic::new(message, entry.key_span).suggest(other, NAMES))
        }),
    }
}

/// The functions of two arguments.
fn pairs(name: &str, argument: &Node) -> Option<Compiled> {
    let (message, build): (&str, fn(Expr, Expr) -> Function) = match name {
        "Fn::Join" => (
            "Template error: every Fn::Join object requires two parameters, (1) a string delimiter and (2) a list of strings to be joined or a function \
             that returns a list of strings (such as Fn::GetAZs) to be joined.",
            |delimiter, list| Function::Join { delimiter, list },
        ),
        "Fn::Select" => (
            "Template error: Fn::Select requires a list argument with two elements: an integer index and a list",
            |index, list| Function::Select { index, list },
        ),
        "Fn::Split" => (
            "Template error: every Fn::Split object requires two parameters, (1) a string delimiter and (2) a string to be split or a function that \
             returns a string to be split.",
            |delimiter, text| Function::Split { delimiter, text },
        ),
        "Fn::Equals" => (
            "Template error: every Fn::Equals object requires a list of 2 string parameters.",
            Function::Equals,
        ),
        "Fn::Contains" => (
            "Template error: every Fn::Contains object requires a list of strings and a string.",
            Function::Contains,
        ),
        _ => return None,
    };
    let [first, second] = argument.as_list().unwrap_or_default() else {
        return Some(Err(Diagnostic::new(message, argument.span)));
    };
    Some(pair(name, message, first, second).map(|(a, b)| build(a, b)))
}

fn pair(name: &str, message: &str, first: &Node, second: &Node) -> Result<(Expr, Expr), Diagnostic> {
    let text_first = matches!(name, "Fn::Join" | "Fn::Split");
    if text_first && first.as_str().is_none() {
        return Err(Diagnostic::new(message, first.span).label("the delimiter must be a string"));
    }
    let list_second = matches!(name, "Fn::Join" | "Fn::Select");
    if list_second && matches!(second.value, NodeValue::Scalar(_)) {
        return Err(Diagnostic::new(message, second.span).label("must be a list, or a function that returns one"));
    }
    Ok((Expr::compile(first)?, Expr::compile(second)?))
}

fn name_of(node: &Node, message: &str) -> Result<String, Diagnostic> {
    node.as_str()
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .ok_or_else(|| Diagnostic::new(message, node.span))
}

fn get_att(argument: &Node) -> Compiled {
    const MESSAGE: &str =
        "Template error: every Fn::GetAtt object requires two non-empty parameters, the resource name and the resource attribute";
    let refuse = || Diagnostic::new(MESSAGE, argument.span);
    let (resource, attribute) = match argument.as_list() {
        Some([resource, attribute]) => (resource.as_str().ok_or_else(refuse)?.to_owned(), Expr::compile(attribute)?),
        Some([resource, parts @ ..]) if !parts.is_empty() => {
            let parts: Option<Vec<&str>> = parts.iter().map(Node::as_str).collect();
            (
                resource.as_str().ok_or_else(refuse)?.to_owned(),
                text_expr(parts.ok_or_else(refuse)?.join("."), argument.span),
            )
        }
        _ => {
            let (resource, attribute) = argument.as_str().and_then(|text| text.split_once('.')).ok_or_else(refuse)?;
            (resource.to_owned(), text_expr(attribute.to_owned(), argument.span))
        }
    };
    if resource.is_empty() || attribute.as_str() == Some("") {
        return Err(refuse());
    }
    Ok(Function::GetAtt { resource, attribute })
}

fn text_expr(text: String, span: Span) -> Expr {
    Expr {
        kind: Kind::Scalar(Value::String(text)),
        span,
    }
}

fn sub(argument: &Node) -> Compiled {
    const MESSAGE: &str = "Template error: One or more Fn::Sub intrinsic functions don't specify expected arguments. Specify a string as first argument, \
                           and an optional second argument to specify a mapping of values to replace in the string";
    let refuse = || Diagnostic::new(MESSAGE, argument.span);
    let (text, variables) = match argument.as_list() {
        Some([text, variables]) => (text, members(variables.as_map().ok_or_else(refuse)?)?),
        Some(_) => return Err(refuse()),
        None => (argument, Vec::new()),
    };
    let pieces = pieces(text.as_str().ok_or_else(refuse)?, text.span)?;
    Ok(Function::Sub { pieces, variables })
}

/// `a ${Name} b ${!Literal}` in pieces.
fn pieces(text: &str, span: Span) -> Result<Vec<Piece>, Diagnostic> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find("${") {
        let Some(length) = rest[start..].find('}') else { break };
        let inner = &rest[start + 2..start + length];
        pieces.push(Piece::Text(rest[..start].to_owned()));
        pieces.push(piece(inner, span)?);
        rest = &rest[start + length + 1..];
    }
    pieces.push(Piece::Text(rest.to_owned()));
    pieces.retain(|piece| !matches!(piece, Piece::Text(text) if text.is_empty()));
    Ok(pieces)
}

fn piece(inner: &str, span: Span) -> Result<Piece, Diagnostic> {
    if let Some(literal) = inner.strip_prefix('!') {
        return Ok(Piece::Text(format!("${{{literal}}}")));
    }
    let name = inner.trim();
    if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | ':')) {
        let message =
            "Template error: variable names in Fn::Sub syntax must contain only alphanumeric characters, underscores, periods, and colons";
        return Err(Diagnostic::new(message, span).help(format!("to keep `${{{inner}}}` as it is, write `${{!{inner}}}`")));
    }
    Ok(Piece::Name(name.to_owned()))
}

fn find_in_map(argument: &Node) -> Compiled {
    const MESSAGE: &str =
        "Template error: every Fn::FindInMap object requires three parameters, the map name, map key and the attribute for return value";
    let (map, top, second, default) = match argument.as_list() {
        Some([map, top, second]) => (map, top, second, None),
        Some([map, top, second, extra]) => (map, top, second, extra.get("DefaultValue")),
        _ => return Err(Diagnostic::new(MESSAGE, argument.span)),
    };
    Ok(Function::FindInMap {
        map: Expr::compile(map)?,
        top: Expr::compile(top)?,
        second: Expr::compile(second)?,
        default: default.map(Expr::compile).transpose()?,
    })
}

fn condition_if(argument: &Node) -> Compiled {
    let message =
        "Template error: Fn::If requires a list argument with three elements: a condition name, a value if true and a value if false";
    let Some([condition, then, otherwise]) = argument.as_list() else {
        return Err(Diagnostic::new(message, argument.span));
    };
    Ok(Function::If {
        condition: name_of(condition, message)?,
        then: Expr::compile(then)?,
        otherwise: Expr::compile(otherwise)?,
    })
}

fn operands(argument: &Node, name: &str) -> Result<Vec<Expr>, Diagnostic> {
    let items = argument.as_list().filter(|items| OPERANDS.contains(&items.len()));
    let message = || format!("Template error: every {name} object requires a list of at least 2 and at most 10 boolean parameters.");
    items
        .ok_or_else(|| Diagnostic::new(message(), argument.span))?
        .iter()
        .map(Expr::compile)
        .collect()
}

fn not(argument: &Node) -> Compiled {
    let Some([only]) = argument.as_list() else {
        return Err(Diagnostic::new(
            "Template error: every Fn::Not object requires one boolean parameter.",
            argument.span,
        ));
    };
    Expr::compile(only).map(Function::Not)
}

fn cidr(argument: &Node) -> Compiled {
    let (block, count, bits) = match argument.as_list() {
        Some([block, count]) => (block, count, None),
        Some([block, count, bits]) => (block, count, Some(bits)),
        _ => {
            let message = "Template error: every Fn::Cidr object requires two or three parameters, (1) an IP block, (2) a count and (3) the CIDR bits";
            return Err(Diagnostic::new(message, argument.span));
        }
    };
    Ok(Function::Cidr {
        block: Expr::compile(block)?,
        count: Expr::compile(count)?,
        bits: bits.map(Expr::compile).transpose()?,
    })
}
