//! What happened to a database. Follows the user guide's page "Amazon RDS event categories and event messages".

use serde::{Deserialize, Serialize};
use tierra_core::{Ids, Key, Place, Resource, Tx};
use tierra_model::{Timestamp, text_enum};

/// Events of one place that are kept; the oldest give way.
const KEPT: usize = 1000;
/// How many go at once, so that not every event looks for the oldest.
const SPARE: usize = 100;
const SUFFIX: usize = 8;

text_enum! {
    /// What an event is of.
    pub enum Source {
        DbInstance = "db-instance",
        DbParameterGroup = "db-parameter-group",
        DbSecurityGroup = "db-security-group",
        DbSnapshot = "db-snapshot",
        DbCluster = "db-cluster",
        DbClusterSnapshot = "db-cluster-snapshot",
        CustomEngineVersion = "custom-engine-version",
        DbProxy = "db-proxy",
        BlueGreenDeployment = "blue-green-deployment",
        DbShardGroup = "db-shard-group",
        ZeroEtl = "zero-etl",
    }
}

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DbEvent {
    pub place: Place,
    /// What sorts it among others of the same moment.
    pub key: String,
    pub source: Source,
    /// The name of what it happened to.
    pub of: String,
    pub arn: String,
    /// `creation`, `backup`, …
    pub categories: Vec<String>,
    pub message: String,
    pub date: Timestamp,
}

impl Resource for DbEvent {
    const KIND: &'static str = "rds/event";
    fn place(&self) -> &Place {
        &self.place
    }
    fn id(&self) -> String {
        format!("{:020} {}", self.date.0, self.key)
    }
}

/// Tells that something happened.
pub fn tell(tx: &mut Tx, ids: &Ids, now: Timestamp, source: Source, arn: &tierra_core::Arn, category: &str, message: &str) {
    let place = Place {
        account: arn.account.clone(),
        region: arn.region.clone(),
    };
    let all: Vec<DbEvent> = tx.list(&place);
    if all.len() >= KEPT {
        for old in all.into_iter().take(SPARE) {
            tx.delete(&Key::<DbEvent>::new(&place, old.id()));
        }
    }
    tx.save(DbEvent {
        place,
        key: ids.lower(SUFFIX),
        source,
        of: arn.resource.split_once(':').map_or(&*arn.resource, |(_, name)| name).to_owned(),
        arn: arn.to_string(),
        categories: vec![category.to_owned()],
        message: message.to_owned(),
        date: now,
    });
}
