//! A small cloud for tests: a store in memory, fixed time, seeded ids.

use tierra_core::{AccountId, AwsError, Call, Caller, Ids, Operation, Place, Region, Store, StoreError, Tx};
use tierra_model::Timestamp;

use crate::iam::bootstrap::{RootKeys, ensure_root};
use crate::iam::model::User;
use crate::iam::ops::{held, role, user};

/// The cloud and its clock.
pub(crate) struct House {
    pub(crate) store: Store,
    pub(crate) ids: Ids,
    pub(crate) now: Timestamp,
    pub(crate) root: RootKeys,
}

impl House {
    /// A cloud at its first start, with account 123456789012.
    pub(crate) fn new() -> Self {
        let (store, ids, now) = (
            Store::in_memory().expect("store"),
            Ids::seeded(1),
            Timestamp::from_secs(1_790_000_000),
        );
        let account = AccountId("123456789012".into());
        let root = store
            .write(|tx| Ok::<_, StoreError>(ensure_root(tx, &ids, now, Some(account))))
            .expect("root");
        Self { store, ids, now, root }
    }

    pub(crate) fn call(&self, caller: Caller) -> Call {
        Call {
            caller,
            place: Place {
                account: self.root.account.clone(),
                region: Region("us-east-1".into()),
            },
            now: self.now,
            ids: self.ids.clone(),
            request: "request".into(),
            source_ip: Some([10, 0, 0, 9].into()),
            api_version: None,
        }
    }

    pub(crate) fn as_root(&self) -> Call {
        self.call(Caller::Root {
            account: self.root.account.clone(),
        })
    }

    pub(crate) fn as_user(&self, name: &str) -> Call {
        let user = self
            .read(|tx| tx.find::<User>(&self.as_root().place.global(), name))
            .expect("the user");
        self.call(crate::iam::authenticate::user_caller(&user))
    }

    /// Runs an operation, allowed or not, and commits.
    pub(crate) fn run<O: Operation>(&self, call: &Call, input: O::Input) -> Result<O::Output, AwsError> {
        self.store.write(|tx| O::run(tx, call, input).map_err(Into::into))
    }

    /// Runs an operation of root's that must succeed.
    pub(crate) fn ok<O: Operation>(&self, input: O::Input) -> O::Output {
        self.run::<O>(&self.as_root(), input)
            .unwrap_or_else(|error| panic!("{}: {error}", O::NAME))
    }

    /// Runs an operation of root's that must fail, and gives the error as one line.
    pub(crate) fn err<O: Operation>(&self, input: O::Input) -> String {
        self.run::<O>(&self.as_root(), input)
            .err()
            .map_or_else(|| "success".into(), |error| error.to_string())
    }

    pub(crate) fn read<T>(&self, body: impl FnOnce(&mut Tx) -> T) -> T {
        self.store.read(|tx| Ok::<_, StoreError>(body(tx))).expect("read")
    }

    pub(crate) fn user(&self, name: &str) {
        self.ok::<user::CreateUser>(user::CreateUserInput {
            user_name: name.into(),
            ..Default::default()
        });
    }

    pub(crate) fn role(&self, name: &str, trust: &str) {
        self.ok::<role::CreateRole>(role::CreateRoleInput {
            role_name: name.into(),
            assume_role_policy_document: trust.into(),
            ..Default::default()
        });
    }

    pub(crate) fn allow(&self, user: &str, action: &str, resource: &str) {
        self.ok::<held::user::PutUserPolicy>(held::user::PutInput {
            holder: user.into(),
            policy_name: "allow".into(),
            policy_document: document("Allow", action, resource),
        });
    }

    pub(crate) fn allow_role(&self, role: &str, action: &str, resource: &str) {
        self.ok::<held::role::PutRolePolicy>(held::role::PutInput {
            holder: role.into(),
            policy_name: "allow".into(),
            policy_document: document("Allow", action, resource),
        });
    }
}

/// A policy of one statement.
pub(crate) fn document(effect: &str, action: &str, resource: &str) -> String {
    serde_json::json!({"Version": "2012-10-17", "Statement": {"Effect": effect, "Action": action, "Resource": resource}}).to_string()
}

/// What an output looks like to a client: its members as JSON, absent ones left out.
pub(crate) fn told(shape: &dyn tierra_model::Shape) -> serde_json::Value {
    use tierra_model::View;
    match shape.view() {
        View::Absent => serde_json::Value::Null,
        View::Bool(b) => b.into(),
        View::Int(n) => n.into(),
        View::Float(f) => f.into(),
        View::Text(text) => text.as_ref().into(),
        View::List(items) => items.into_iter().map(told).collect(),
        View::Map(pairs) => pairs.into_iter().map(|(key, item)| (key.to_owned(), told(item))).collect(),
        View::Time(time) => time.to_string().into(),
        View::Blob(_) | View::Document(_) | View::Struct(_) => "structure".into(),
    }
}

/// The member of an output at a dotted path.
pub(crate) fn at(shape: &dyn tierra_model::Shape, path: &str) -> serde_json::Value {
    let Some((first, rest)) = path.split_once('.') else {
        return member(shape, path).map_or(serde_json::Value::Null, told);
    };
    member(shape, first).map_or(serde_json::Value::Null, |inner| at(inner, rest))
}

fn member<'a>(shape: &'a dyn tierra_model::Shape, name: &str) -> Option<&'a dyn tierra_model::Shape> {
    match shape.view() {
        tierra_model::View::Struct(fields) => fields.field(name),
        tierra_model::View::List(items) => items.get(name.parse::<usize>().ok()?).copied(),
        _ => None,
    }
}
