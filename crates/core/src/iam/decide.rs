//! Allowed or denied, and by what. Follows the IAM page "Policy evaluation logic".

use std::fmt;

use super::context::Context;
use super::document::Policy;
use super::principal::{Named, Principal};
use super::statement::Effect;

/// One thing that somebody wants to do to one resource.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// Who.
    pub principal: &'a Principal,
    /// `ec2:RunInstances`
    pub action: &'a str,
    /// Its ARN, or `*` where the action names none.
    pub resource: &'a str,
    /// What conditions may ask about.
    pub context: &'a Context,
}

/// Every policy that has a say.
#[derive(Clone, Debug, Default)]
pub struct PolicySet {
    /// Of the user and its groups, or of the role.
    pub identity: Vec<Policy>,
    /// The permissions boundary, where one is set.
    pub boundary: Option<Vec<Policy>>,
    /// The session's policies, where it was given some.
    pub session: Option<Vec<Policy>>,
    /// The resource's own policy and the account that it belongs to.
    pub resource: Option<(Policy, String)>,
}

/// A kind of policy, as denials name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PolicyKind {
    /// At the user, group or role.
    Identity,
    /// What an identity may at most.
    Boundary,
    /// What a session may at most.
    Session,
    /// At the resource.
    Resource,
}

impl fmt::Display for PolicyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Identity => "identity-based policy",
            Self::Boundary => "permissions boundary",
            Self::Session => "session policy",
            Self::Resource => "resource-based policy",
        })
    }
}

/// The answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It may.
    Allow,
    /// A statement forbids it.
    ExplicitDeny {
        /// Where that statement stands.
        by: PolicyKind,
    },
    /// Nothing allows it.
    ImplicitDeny {
        /// Where an allowing statement is missing.
        missing: PolicyKind,
    },
}

impl Decision {
    /// Whether it may.
    pub fn allows(self) -> bool {
        self == Self::Allow
    }

    /// The clause with which AWS ends a denial: `because no identity-based policy allows the s3:GetObject action`. Empty for an
    /// [`Decision::Allow`].
    pub fn because(self, action: &str) -> String {
        match self {
            Self::Allow => String::new(),
            Self::ImplicitDeny { missing } => format!("because no {missing} allows the {action} action"),
            Self::ExplicitDeny { by } => {
                let article = if by == PolicyKind::Identity { "an" } else { "a" };
                format!("with an explicit deny in {article} {by}")
            }
        }
    }
}

/// What one policy says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Say {
    denies: bool,
    allows: Named,
}

impl Policy {
    fn say(&self, request: &Request<'_>) -> Say {
        let mut say = Say {
            denies: false,
            allows: Named::No,
        };
        for statement in &self.statements {
            let named = statement.applies(request);
            match statement.effect {
                Effect::Deny => say.denies |= named != Named::No,
                Effect::Allow => say.allows = say.allows.max(named),
            }
        }
        say
    }
}

fn say(policies: &[Policy], request: &Request<'_>) -> Say {
    let says = policies.iter().map(|policy| policy.say(request));
    let start = Say {
        denies: false,
        allows: Named::No,
    };
    says.fold(start, |sum, say| Say {
        denies: sum.denies || say.denies,
        allows: sum.allows.max(say.allows),
    })
}

/// Decides one request: an explicit deny anywhere wins; then every kind of policy that is there must allow, except that a resource's
/// policy which names the identity itself needs no other, and one that names its role needs no identity policy.
pub fn decide(policies: &PolicySet, request: &Request<'_>) -> Decision {
    let identity = say(&policies.identity, request);
    let boundary = policies.boundary.as_deref().map(|list| say(list, request));
    let session = policies.session.as_deref().map(|list| say(list, request));
    let resource = policies.resource.as_ref().map(|(policy, _)| policy.say(request));
    let said = [
        (PolicyKind::Identity, Some(identity)),
        (PolicyKind::Resource, resource),
        (PolicyKind::Boundary, boundary),
        (PolicyKind::Session, session),
    ];
    if let Some((by, _)) = said.iter().find(|(_, say)| say.is_some_and(|say| say.denies)) {
        return Decision::ExplicitDeny { by: *by };
    }
    let granted = resource.map_or(Named::No, |say| say.allows);
    let owner = policies.resource.as_ref().map(|(_, owner)| owner);
    let foreign = owner.is_some_and(|owner| *owner != request.principal.account);
    // Who has no account (a service, or nobody known) has no policies of its own to be asked.
    let homeless = request.principal.account.is_empty() || request.principal.service.is_some();
    if granted == Named::Itself && (!foreign || homeless) {
        return Decision::Allow;
    }
    let missing = |missing| Decision::ImplicitDeny { missing };
    let lacks = |say: Option<Say>| say.is_some_and(|say| say.allows == Named::No);
    if foreign && granted == Named::No {
        return missing(PolicyKind::Resource);
    }
    if identity.allows == Named::No && (foreign || granted != Named::Role) {
        return missing(PolicyKind::Identity);
    }
    match (lacks(boundary), lacks(session)) {
        (true, _) => missing(PolicyKind::Boundary),
        (_, true) => missing(PolicyKind::Session),
        _ => Decision::Allow,
    }
}
