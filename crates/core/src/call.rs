//! Who calls, where, when, and with which ids: everything that an operation knows beside its input and the store.

use std::collections::BTreeMap;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};
use tierra_model::Timestamp;

use crate::arn::Arn;
use crate::ids::Ids;
use crate::place::{AccountId, Place};

/// One call of an operation.
#[derive(Clone, Debug)]
pub struct Call {
    /// Who calls.
    pub caller: Caller,
    /// The account and region that are addressed.
    pub place: Place,
    /// When the call arrived.
    pub now: Timestamp,
    /// Where new ids come from.
    pub ids: Ids,
    /// The request's id, as the answer carries it.
    pub request: String,
    /// Where the request came from.
    pub source_ip: Option<IpAddr>,
    /// The API version that the caller asked for (`2014-10-01`), where the protocol says it.
    pub api_version: Option<String>,
}

/// An identity that a signature proved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Caller {
    /// The account's root user: may do everything.
    Root {
        /// The account.
        account: AccountId,
    },
    /// An IAM user.
    User {
        /// The account.
        account: AccountId,
        /// `AIDA…`
        user_id: String,
        /// Path and name: `/division/alice`.
        path_and_name: String,
    },
    /// A session of a role.
    AssumedRole {
        /// The account.
        account: AccountId,
        /// `AROA…`
        role_id: String,
        /// The role's name, without path.
        role_name: String,
        /// The role's path and name, as in its ARN.
        role_path_and_name: String,
        /// The session's name.
        session_name: String,
        /// Session policies and tags narrow what the session may do.
        session_policy: Option<String>,
        /// The session's tags.
        tags: BTreeMap<String, String>,
    },
    /// A service of the cloud, acting for itself.
    Service {
        /// The account.
        account: AccountId,
        /// `cloudformation.amazonaws.com`
        principal: String,
    },
    /// No signature.
    Anonymous,
}

impl Caller {
    /// The account that the identity belongs to; empty for [`Caller::Anonymous`].
    pub fn account(&self) -> AccountId {
        match self {
            Self::Root { account } | Self::User { account, .. } | Self::AssumedRole { account, .. } | Self::Service { account, .. } => {
                account.clone()
            }
            Self::Anonymous => AccountId::default(),
        }
    }

    /// The identity's ARN, as `sts:GetCallerIdentity` tells it.
    pub fn arn(&self) -> Arn {
        let account = self.account();
        match self {
            Self::Root { .. } => Arn::global("iam", &account, "root"),
            Self::User { path_and_name, .. } => Arn::global("iam", &account, format!("user{path_and_name}")),
            Self::AssumedRole {
                role_name, session_name, ..
            } => Arn::global("sts", &account, format!("assumed-role/{role_name}/{session_name}")),
            Self::Service { principal, .. } => Arn::global("iam", &account, format!("service/{principal}")),
            Self::Anonymous => Arn::global("iam", &account, "anonymous"),
        }
    }

    /// The unique id (`aws:userid`), as `sts:GetCallerIdentity` tells it.
    pub fn user_id(&self) -> String {
        match self {
            Self::Root { account } => account.0.clone(),
            Self::User { user_id, .. } => user_id.clone(),
            Self::AssumedRole { role_id, session_name, .. } => format!("{role_id}:{session_name}"),
            Self::Service { principal, .. } => principal.clone(),
            Self::Anonymous => "anonymous".to_owned(),
        }
    }
}
