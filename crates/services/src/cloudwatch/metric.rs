//! What a metric is called: a namespace, a name, dimensions. Follows the page "CloudWatch concepts".

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tierra_model::{Shape, text_enum};

/// Hexadecimal digits of the name that rows have a metric under: enough that no two are ever the same.
const ID_DIGITS: usize = 32;
/// Between the parts of what is digested; no name holds it.
const SEPARATOR: &str = "\u{1f}";

text_enum! {
    /// What a value counts.
    pub enum Unit {
        Seconds = "Seconds", Microseconds = "Microseconds", Milliseconds = "Milliseconds", Bytes = "Bytes", Kilobytes = "Kilobytes",
        Megabytes = "Megabytes", Gigabytes = "Gigabytes", Terabytes = "Terabytes", Bits = "Bits", Kilobits = "Kilobits",
        Megabits = "Megabits", Gigabits = "Gigabits", Terabits = "Terabits", Percent = "Percent", Count = "Count",
        BytesPerSecond = "Bytes/Second", KilobytesPerSecond = "Kilobytes/Second", MegabytesPerSecond = "Megabytes/Second",
        GigabytesPerSecond = "Gigabytes/Second", TerabytesPerSecond = "Terabytes/Second", BitsPerSecond = "Bits/Second",
        KilobitsPerSecond = "Kilobits/Second", MegabitsPerSecond = "Megabits/Second", GigabitsPerSecond = "Gigabits/Second",
        TerabitsPerSecond = "Terabits/Second", CountPerSecond = "Count/Second", None = "None",
    }
}

/// A name and value that tell a metric from others of its name.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Shape, Serialize, Deserialize)]
pub struct Dimension {
    pub name: String,
    pub value: String,
}

/// A metric's whole name.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Shape, Serialize, Deserialize)]
pub struct Metric {
    pub namespace: String,
    pub metric_name: String,
    pub dimensions: Vec<Dimension>,
}

impl Metric {
    /// A metric of these dimensions, in any order.
    pub fn new(namespace: &str, name: &str, dimensions: &[(&str, &str)]) -> Self {
        let dimension = |(name, value): &(&str, &str)| Dimension {
            name: (*name).to_owned(),
            value: (*value).to_owned(),
        };
        Self {
            namespace: namespace.to_owned(),
            metric_name: name.to_owned(),
            dimensions: dimensions.iter().map(dimension).collect(),
        }
        .sorted()
    }

    /// The same with its dimensions in order: their order names no other metric.
    #[must_use]
    pub fn sorted(mut self) -> Self {
        self.dimensions.sort();
        self
    }

    /// The name that rows have this metric under.
    pub fn id(&self) -> String {
        let dimensions = self
            .dimensions
            .iter()
            .flat_map(|dimension| [dimension.name.as_str(), &dimension.value]);
        let parts: Vec<&str> = [self.namespace.as_str(), &self.metric_name].into_iter().chain(dimensions).collect();
        let mut id = hex::encode(Sha256::digest(parts.join(SEPARATOR)));
        id.truncate(ID_DIGITS);
        id
    }
}
