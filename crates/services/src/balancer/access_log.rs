//! Access logs: where a balancer's go, and the objects that they become. Follows "Access logs for your Application Load Balancer" and
//! "Access logs for your Classic Load Balancer".
//!
//! **Invariant**: each object's key names the node and the end of the interval, and is never used twice.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde::{Deserialize, Serialize};
use tierra_core::{AwsError, Place, Tx};
use tierra_dataplane::balancer::config::Kind;
use tierra_model::Timestamp;

use crate::s3::Delivery;
use crate::s3::model::bucket::Bucket;

/// Characters that keep two keys of one interval apart.
pub(super) const UNIQUE: usize = 8;

/// Where access logs go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessLog {
    pub bucket: String,
    pub prefix: String,
    /// Minutes between two deliveries.
    pub interval: u32,
}

/// Whether logs can be delivered into a bucket.
///
/// # Errors
/// What the services answer where the bucket is not there, or another account's.
pub fn check_bucket(tx: &Tx, place: &Place, bucket: &str) -> Result<(), String> {
    match Bucket::find(tx, bucket) {
        Ok(found) if found.owner.account == place.account => Ok(()),
        Ok(_) => Err(format!("Access Denied for bucket: {bucket}. Please check S3bucket permission")),
        Err(error) => Err(AwsError::from(error).message),
    }
}

impl AccessLog {
    /// The end of the interval in which this moment lies.
    pub(super) fn due(&self, now: Timestamp) -> Timestamp {
        let millis = i64::from(self.interval.max(1)) * 60_000;
        Timestamp((now.0.div_euclid(millis) + 1) * millis)
    }

    fn folder(&self, place: &Place) -> String {
        let prefix = self.prefix.trim_matches('/');
        let slash = if prefix.is_empty() { "" } else { "/" };
        format!("{prefix}{slash}AWSLogs/{}", place.account)
    }

    /// What says that logs can be delivered.
    pub(super) fn test_file(&self, place: &Place, balancer: &str, now: Timestamp) -> Delivery {
        Delivery {
            bucket: self.bucket.clone(),
            key: format!("{}/ELBAccessLogTestFile", self.folder(place)),
            content_type: Some("text/plain".to_owned()),
            bytes: format!("Enable AccessLog for ELB: {balancer} at {now}").into_bytes(),
        }
    }

    /// Lines of one node, as an object.
    pub(super) fn object(&self, from: &Source, end: Timestamp, unique: &str, lines: &[String]) -> Delivery {
        let (place, text) = (&from.place, lines.join("\n") + "\n");
        let (bytes, suffix) = match from.kind {
            Kind::Application => (gzip(text.as_bytes()), ".gz"),
            Kind::Classic => (text.into_bytes(), ""),
        };
        // `2014-02-15T23:40:00.000Z`
        let end = end.to_string();
        let (day, minute) = (end[..10].replace('-', "/"), end[..16].replace(['-', ':'], ""));
        let (account, region) = (&place.account, &place.region);
        let folder = format!("{}/elasticloadbalancing/{region}/{day}", self.folder(place));
        let (name, address) = (from.balancer.replace('/', "."), &from.address);
        Delivery {
            bucket: self.bucket.clone(),
            key: format!("{folder}/{account}_elasticloadbalancing_{region}_{name}_{minute}Z_{address}_{unique}.log{suffix}"),
            content_type: None,
            bytes,
        }
    }
}

/// Whose lines they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Source {
    pub(super) place: Place,
    pub(super) kind: Kind,
    /// The balancer's name, as logs have it.
    pub(super) balancer: String,
    /// Where clients reach the node.
    pub(super) address: String,
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    // Into memory: it cannot fail.
    let _ = encoder.write_all(bytes);
    encoder.finish().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_as_aws_has_them() {
        let place = crate::ec2::testing::World::new().place().clone();
        let end = Timestamp::parse_iso8601("2014-02-15T23:40:00Z").expect("time");
        let account = place.account.to_string();
        for (kind, balancer, prefix, suffix) in [
            (Kind::Application, "app/my-loadbalancer/50dc6c495c0c9188", "my-prefix/", ".log.gz"),
            (Kind::Classic, "my-loadbalancer", "", ".log"),
        ] {
            let log = AccessLog {
                bucket: "logs".into(),
                prefix: prefix.into(),
                interval: 5,
            };
            let from = Source {
                place: place.clone(),
                kind,
                balancer: balancer.into(),
                address: "172.160.1.192".into(),
            };
            let name = balancer.replace('/', ".");
            let wanted = format!(
                "{prefix}AWSLogs/{account}/elasticloadbalancing/us-east-1/2014/02/15/{account}_elasticloadbalancing_us-east-1_{name}_\
                 20140215T2340Z_172.160.1.192_20sg8hgm{suffix}"
            );
            assert_eq!(log.object(&from, end, "20sg8hgm", &["a line".into()]).key, wanted);
            assert_eq!(log.due(end.plus_millis(-1)), end);
            assert_eq!(log.due(end), end.plus_millis(300_000));
        }
    }
}
