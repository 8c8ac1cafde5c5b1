//! The first start: the account, the cloud's key, and the root user's access key.

use serde::{Deserialize, Serialize};
use tierra_core::{AccountId, Ids, Key, Place, Region, Resource, Tx};
use tierra_model::Timestamp;

use super::model::AccessKey;
use super::seal::CloudKey;

const ACCESS_KEY_ID_LENGTH: usize = 16;
const SECRET_LENGTH: usize = 40;
/// The one row of its kind.
const CLOUD: &str = "cloud";

/// What the cloud is, from its first start on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cloud {
    place: Place,
    /// Its account.
    pub account: AccountId,
    /// What its secrets are sealed with.
    pub key: CloudKey,
    /// The root user's access key id.
    pub root_key: String,
    /// When it first started.
    pub created: Timestamp,
}

impl Resource for Cloud {
    const KIND: &'static str = "iam/cloud";
    fn place(&self) -> &Place {
        &self.place
    }
    fn id(&self) -> String {
        CLOUD.to_owned()
    }
}

/// The root user's credentials, for who owns the machine: `tierra env` prints them.
#[derive(Clone, PartialEq, Eq)]
pub struct RootKeys {
    /// The cloud's account.
    pub account: AccountId,
    /// `AKIA…`
    pub access_key_id: String,
    /// 40 characters.
    pub secret_access_key: String,
}

/// The key of the cloud's row: what belongs to the whole cloud is reconciled by it.
pub(crate) fn cloud_key() -> Key<Cloud> {
    Key::new(&cloud_place(), CLOUD)
}

fn cloud_place() -> Place {
    Place {
        account: AccountId::default(),
        region: Region::global(),
    }
}

/// The cloud's row, once it has started.
pub fn cloud(tx: &Tx) -> Option<Cloud> {
    tx.find(&cloud_place(), CLOUD)
}

/// Makes account and root credentials at the first start; later starts get the same again. `account` is the wished one; without it a
/// random one is drawn, and an existing cloud keeps its own.
pub fn ensure_root(tx: &mut Tx, ids: &Ids, now: Timestamp, account: Option<AccountId>) -> RootKeys {
    if let Some(keys) = root(tx) {
        return keys;
    }
    let account = account.unwrap_or_else(|| AccountId(format!("{:012}", 100_000_000_000 + ids.below(900_000_000_000))));
    let key = CloudKey::new(ids.bytes());
    let (access_key, secret_access_key) = new_key(&key, ids, now, &account, None);
    let access_key_id = access_key.id.clone();
    tx.save(access_key);
    tx.save(Cloud {
        place: cloud_place(),
        account: account.clone(),
        key,
        root_key: access_key_id.clone(),
        created: now,
    });
    RootKeys {
        account,
        access_key_id,
        secret_access_key,
    }
}

/// The root credentials; `None` before the first start.
pub fn root(tx: &Tx) -> Option<RootKeys> {
    let Cloud {
        account, key, root_key, ..
    } = cloud(tx)?;
    let row: AccessKey = tx.find(&global(&account), &root_key)?;
    Some(RootKeys {
        secret_access_key: key.open(&row.id, &row.secret.0)?,
        access_key_id: row.id,
        account,
    })
}

/// A new access key and its secret, which is told only now.
pub(super) fn new_key(key: &CloudKey, ids: &Ids, now: Timestamp, account: &AccountId, user: Option<&str>) -> (AccessKey, String) {
    let id = format!("AKIA{}", ids.upper(ACCESS_KEY_ID_LENGTH));
    let secret = ids.alnum(SECRET_LENGTH);
    let row = AccessKey {
        place: global(account),
        secret: key.seal(&id, &secret),
        id,
        user: user.map(str::to_owned),
        active: true,
        created: now,
    };
    (row, secret)
}

/// The account's place for global services.
pub(crate) fn global(account: &AccountId) -> Place {
    Place {
        account: account.clone(),
        region: Region::global(),
    }
}
