//! One resource of a template and its attributes. Follows the user guide's "Resource attribute reference".

use super::diagnostic::Diagnostic;
use super::expression::{Expr, Kind};
use super::node::{Entry, Node, Span};
use super::sections::text_member;

const ATTRIBUTES: [&str; 9] = [
    "Type",
    "Properties",
    "DependsOn",
    "Condition",
    "DeletionPolicy",
    "UpdateReplacePolicy",
    "Metadata",
    "CreationPolicy",
    "UpdatePolicy",
];

tierra_model::text_enum! {
    /// What becomes of a resource that leaves the stack.
    pub enum DeletionPolicy {
        /// Deleted.
        Delete = "Delete",
        /// Kept.
        Retain = "Retain",
        /// Deleted where it was made by the operation that is rolled back, else kept.
        RetainExceptOnCreate = "RetainExceptOnCreate",
        /// Deleted after a snapshot.
        Snapshot = "Snapshot",
    }
}

/// One resource.
#[derive(Clone, Debug, PartialEq)]
pub struct Resource {
    /// `Type`
    pub kind: String,
    /// Where the type stands.
    pub kind_span: Span,
    /// Where the logical id stands.
    pub span: Span,
    /// `Properties`; an empty object where it has none.
    pub properties: Expr,
    /// `DependsOn`, with places.
    pub depends_on: Vec<(String, Span)>,
    /// `Condition`, with its place.
    pub condition: Option<(String, Span)>,
    /// `DeletionPolicy`
    pub deletion_policy: DeletionPolicy,
    /// `UpdateReplacePolicy`
    pub update_replace_policy: DeletionPolicy,
    /// `Metadata`
    pub metadata: Option<Expr>,
    /// `CreationPolicy`
    pub creation_policy: Option<Expr>,
    /// `UpdatePolicy`
    pub update_policy: Option<Expr>,
}

impl Resource {
    /// Reads one member of the section.
    ///
    /// # Errors
    /// Where it is malformed.
    pub fn read(entry: &Entry, node: &Node) -> Result<Self, Diagnostic> {
        let id = &entry.key;
        let members = node.as_map().ok_or_else(|| {
            Diagnostic::new(
                format!("Template format error: [/Resources/{id}] Any Resources member must be an object."),
                node.span,
            )
        })?;
        if let Some(unknown) = members.iter().find(|member| !ATTRIBUTES.contains(&member.key.as_str())) {
            let message = format!("Invalid template resource property '{}'", unknown.key);
            return Err(Diagnostic::new(message, unknown.key_span)
                .label("no attribute of a resource")
                .suggest(&unknown.key, ATTRIBUTES));
        }
        let kind = node.get("Type").filter(|kind| kind.as_str().is_some());
        let missing = || {
            Diagnostic::new(
                format!("Template format error: [/Resources/{id}] Every Resources object must contain a Type member."),
                entry.key_span,
            )
        };
        let kind = kind.ok_or_else(missing)?;
        let optional = |name: &str| node.get(name).map(Expr::compile).transpose();
        Ok(Self {
            kind: kind.as_str().unwrap_or_default().to_owned(),
            kind_span: kind.span,
            span: entry.key_span,
            properties: properties(id, node, entry.key_span)?,
            depends_on: depends_on(node)?,
            condition: condition(node)?,
            deletion_policy: policy(node, "DeletionPolicy")?,
            update_replace_policy: policy(node, "UpdateReplacePolicy")?,
            metadata: optional("Metadata")?,
            creation_policy: optional("CreationPolicy")?,
            update_policy: optional("UpdatePolicy")?,
        })
    }

    /// Whether it names what it makes in IAM, which needs a capability of its own.
    pub fn has_custom_iam_name(&self) -> bool {
        const NAMES: [&str; 5] = ["UserName", "RoleName", "GroupName", "ManagedPolicyName", "InstanceProfileName"];
        let is_policy = self.kind == "AWS::IAM::Policy" || self.kind == "AWS::IAM::UserToGroupAddition";
        match &self.properties.kind {
            Kind::Map(members) if !is_policy => members.iter().any(|member| NAMES.contains(&member.name.as_str())),
            _ => false,
        }
    }

    /// Everything with references in it.
    pub fn expressions(&self) -> impl Iterator<Item = &Expr> {
        let optional = [&self.metadata, &self.creation_policy, &self.update_policy];
        std::iter::once(&self.properties).chain(optional.into_iter().flatten())
    }
}

fn properties(id: &str, node: &Node, span: Span) -> Result<Expr, Diagnostic> {
    let Some(properties) = node.get("Properties") else {
        return Ok(Expr {
            kind: Kind::Map(Vec::new()),
            span,
        });
    };
    if properties.as_map().is_none() {
        let message = format!("Template format error: [/Resources/{id}/Properties] Properties must be an object.");
        return Err(Diagnostic::new(message, properties.span));
    }
    Expr::compile(properties)
}

fn depends_on(node: &Node) -> Result<Vec<(String, Span)>, Diagnostic> {
    let Some(named) = node.get("DependsOn") else {
        return Ok(Vec::new());
    };
    let nodes = named.as_list().unwrap_or(std::slice::from_ref(named));
    let refuse = |node: &Node| Diagnostic::new("Template format error: DependsOn must be a string or list of strings.", node.span);
    nodes
        .iter()
        .map(|node| node.as_str().map(|name| (name.to_owned(), node.span)).ok_or_else(|| refuse(node)))
        .collect()
}

fn condition(node: &Node) -> Result<Option<(String, Span)>, Diagnostic> {
    let name = text_member(node, "Condition")?;
    Ok(name.zip(node.get("Condition").map(|node| node.span)))
}

fn policy(node: &Node, name: &str) -> Result<DeletionPolicy, Diagnostic> {
    let Some(given) = node.get(name) else {
        return Ok(DeletionPolicy::default());
    };
    let text = given.scalar_text().unwrap_or_default();
    let refuse = |_| {
        Diagnostic::new(format!("Template error: Unrecognized {name} {text}"), given.span)
            .suggest(&text, DeletionPolicy::WORDS.iter().copied())
    };
    text.parse().map_err(refuse)
}
