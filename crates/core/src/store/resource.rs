//! What the store keeps: typed rows in a scope, with a version and indexes.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::place::{AccountId, Place, Region};

/// Between the parts of a row's key; no account, region or id holds it.
pub(super) const SEPARATOR: char = '\u{1f}';

/// A kind of thing that the store keeps.
pub trait Resource: Clone + Serialize + DeserializeOwned + Send + Sync + 'static {
    /// Its name in the store: `ec2/vpc`. Never changes.
    const KIND: &'static str;
    /// The version of its rows; raised with each change of the format that serde's defaults cannot bridge.
    const ROW_VERSION: u16 = 1;

    /// The place that it belongs to.
    fn place(&self) -> &Place;
    /// Its id within the place.
    fn id(&self) -> String;
    /// Under which names and values it can be found beside its id.
    fn indexes(&self) -> Vec<(&'static str, String)> {
        Vec::new()
    }
    /// Brings an older row one version on.
    ///
    /// # Errors
    /// Where the row cannot be understood: the read fails, nothing is lost.
    fn migrate(from: u16, _row: serde_json::Value) -> Result<serde_json::Value, String> {
        Err(format!("{} has no migration from row version {from}", Self::KIND))
    }
}

/// The key of one resource of kind `R`.
pub struct Key<R> {
    /// Where it lives.
    pub place: Place,
    /// Its id within the place.
    pub id: String,
    kind: PhantomData<fn() -> R>,
}

impl<R: Resource> Key<R> {
    /// The key of the resource `id` in `place`.
    pub fn new(place: &Place, id: impl fmt::Display) -> Self {
        Self {
            place: place.clone(),
            id: id.to_string(),
            kind: PhantomData,
        }
    }

    pub(super) fn row(&self) -> String {
        format!("{}{}", prefix(R::KIND, Some(&self.place)), self.id)
    }

    pub(super) fn from_row(row: &str) -> Option<Self> {
        let (kind, place, id) = parts(row)?;
        (kind == R::KIND).then(|| Self::new(&place, id))
    }
}

/// The kind, the place and the id that a row key is made of.
pub(super) fn parts(row: &str) -> Option<(&str, Place, &str)> {
    let mut parts = row.splitn(4, SEPARATOR);
    let (kind, account, region, id) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let place = Place {
        account: AccountId(account.to_owned()),
        region: Region(region.to_owned()),
    };
    Some((kind, place, id))
}

/// What the row keys of a kind (in a place) begin with.
pub(super) fn prefix(kind: &str, place: Option<&Place>) -> String {
    place.map_or_else(
        || format!("{kind}{SEPARATOR}"),
        |place| format!("{kind}{SEPARATOR}{}{SEPARATOR}{}{SEPARATOR}", place.account, place.region),
    )
}

/// What the index keys of a value begin with.
pub(super) fn index_prefix(kind: &str, index: &str, place: &Place, value: &str) -> String {
    format!(
        "{kind}{SEPARATOR}{index}{SEPARATOR}{}{SEPARATOR}{}{SEPARATOR}{value}{SEPARATOR}",
        place.account, place.region
    )
}

impl<R> Clone for Key<R> {
    fn clone(&self) -> Self {
        Self {
            place: self.place.clone(),
            id: self.id.clone(),
            kind: PhantomData,
        }
    }
}

impl<R> PartialEq for Key<R> {
    fn eq(&self, other: &Self) -> bool {
        self.place == other.place && self.id == other.id
    }
}

impl<R> Eq for Key<R> {}

impl<R> Hash for Key<R> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.place.hash(state);
        self.id.hash(state);
    }
}

impl<R> PartialOrd for Key<R> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl<R> Ord for Key<R> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (&self.place, &self.id).cmp(&(&other.place, &other.id))
    }
}

impl<R: Resource> fmt::Debug for Key<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}({} {} {})", R::KIND, self.place.account, self.place.region, self.id)
    }
}

/// A resource as it stood at a version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Versioned<R> {
    /// The revision of the store at which it was last written.
    pub version: u64,
    /// The resource.
    pub value: R,
}

impl<R> std::ops::Deref for Versioned<R> {
    type Target = R;
    fn deref(&self) -> &R {
        &self.value
    }
}

/// What a writer believes of the row that it replaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expect {
    /// There is none.
    New,
    /// It is the one that was read.
    Version(u64),
    /// Whatever is there.
    Any,
}
