//! What is kept of the values of a moment: their number, sum and extremes, and how they are distributed; and statistics of it.
//!
//! **Invariant**: two moments put together are the same as one moment with the values of both.

use std::collections::BTreeMap;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The ratio of two neighbouring buckets of the distribution is one more than this: percentiles are that exact.
const PRECISION: f64 = 0.02;
/// The bucket of zero; positive values lie above it, negative ones below.
const ZERO: i32 = 0;
/// Where the buckets of values of magnitude one lie, so that those of any smaller magnitude are still above zero.
const MIDDLE: i32 = 20_000;

/// The values of one moment.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Stats {
    /// How many.
    #[serde(rename = "n")]
    pub count: f64,
    #[serde(rename = "s")]
    pub sum: f64,
    #[serde(rename = "l")]
    pub minimum: f64,
    #[serde(rename = "h")]
    pub maximum: f64,
    /// How many lie in each bucket, where all values were seen one by one; empty where some were summed up before they came.
    #[serde(rename = "b", default, skip_serializing_if = "BTreeMap::is_empty")]
    buckets: BTreeMap<i32, f64>,
}

impl Stats {
    /// One value, so many times.
    pub fn of(value: f64, count: f64) -> Self {
        Self {
            buckets: BTreeMap::from([(bucket(value), count)]),
            ..Self::summed(count, value * count, value, value)
        }
    }

    /// What somebody summed up.
    pub fn summed(count: f64, sum: f64, minimum: f64, maximum: f64) -> Self {
        Self {
            count,
            sum,
            minimum,
            maximum,
            buckets: BTreeMap::new(),
        }
    }

    /// Adds the values of another moment.
    pub fn add(&mut self, other: &Self) {
        if self.count == 0.0 {
            *self = other.clone();
            return;
        }
        if self.buckets.is_empty() || other.buckets.is_empty() {
            self.buckets.clear();
        } else {
            for (bucket, count) in &other.buckets {
                *self.buckets.entry(*bucket).or_default() += count;
            }
        }
        self.count += other.count;
        self.sum += other.sum;
        self.minimum = self.minimum.min(other.minimum);
        self.maximum = self.maximum.max(other.maximum);
    }

    /// The value of a statistic; `None` for a percentile of values that were summed up before they came.
    pub fn value(&self, statistic: Statistic) -> Option<f64> {
        Some(match statistic {
            Statistic::SampleCount => self.count,
            Statistic::Average => self.sum / self.count,
            Statistic::Sum => self.sum,
            Statistic::Minimum => self.minimum,
            Statistic::Maximum => self.maximum,
            Statistic::Percentile(tenths) => return self.percentile(f64::from(tenths) / 1000.0),
        })
    }

    /// The value below which this part of all values lies.
    fn percentile(&self, part: f64) -> Option<f64> {
        if self.minimum == self.maximum {
            return Some(self.minimum);
        }
        let wanted = part * self.count;
        let mut below = 0.0;
        let found = self.buckets.iter().find(|(_, count)| {
            below += **count;
            below >= wanted
        });
        found.map(|(bucket, _)| middle(*bucket).clamp(self.minimum, self.maximum))
    }
}

/// The bucket of a value.
fn bucket(value: f64) -> i32 {
    if value == 0.0 {
        return ZERO;
    }
    // Values are bounded by 2^360, whose logarithm to this base is a few ten thousand.
    let place = MIDDLE + (value.abs().ln() / PRECISION.ln_1p()).floor() as i32;
    let place = place.max(1);
    if value < 0.0 { -place } else { place }
}

/// The middle of a bucket.
fn middle(bucket: i32) -> f64 {
    if bucket == ZERO {
        return 0.0;
    }
    let magnitude = ((f64::from(bucket.abs() - MIDDLE) + 0.5) * PRECISION.ln_1p()).exp();
    if bucket < 0 { -magnitude } else { magnitude }
}

/// What is asked of a moment's values. Follows the page "CloudWatch statistics definitions".
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Statistic {
    SampleCount,
    Average,
    Sum,
    Minimum,
    Maximum,
    /// In tenths of a percent: `p99.9` is 999.
    Percentile(u16),
}

impl Statistic {
    /// Those that are no percentiles, by AWS's words.
    pub const PLAIN: [(&'static str, Self); 5] = [
        ("SampleCount", Self::SampleCount),
        ("Average", Self::Average),
        ("Sum", Self::Sum),
        ("Minimum", Self::Minimum),
        ("Maximum", Self::Maximum),
    ];
}

impl FromStr for Statistic {
    type Err = ();

    /// Reads `Average`, `p50`, `p99.9`.
    fn from_str(word: &str) -> Result<Self, ()> {
        if let Some((_, statistic)) = Self::PLAIN.iter().find(|(name, _)| *name == word) {
            return Ok(*statistic);
        }
        let (whole, tenths) = word
            .strip_prefix('p')
            .map(|rest| rest.split_once('.').unwrap_or((rest, "0")))
            .ok_or(())?;
        let formed = |digits: &str, most: usize| (1..=most).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
        if !formed(whole, 3) || !formed(tenths, 1) {
            return Err(());
        }
        let tenths: u16 = format!("{whole}{tenths}").parse().map_err(|_| ())?;
        if tenths <= 1000 { Ok(Self::Percentile(tenths)) } else { Err(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_put_together_have_the_values_of_both() {
        let mut all = Stats::default();
        for value in [3.0, 1.0, 2.0] {
            all.add(&Stats::of(value, 1.0));
        }
        all.add(&Stats::of(10.0, 2.0));
        for (word, expected) in [
            ("SampleCount", 5.0),
            ("Sum", 26.0),
            ("Average", 5.2),
            ("Minimum", 1.0),
            ("Maximum", 10.0),
        ] {
            let statistic = word.parse().expect("a statistic");
            assert_eq!(all.value(statistic), Some(expected), "{word}");
        }
    }

    #[test]
    fn percentiles_are_as_exact_as_the_buckets() {
        let mut all = Stats::default();
        for value in -500..=500 {
            all.add(&Stats::of(f64::from(value) / 10.0, 1.0));
        }
        for (word, expected) in [
            ("p0", -50.0),
            ("p10", -40.0),
            ("p50", 0.0),
            ("p90", 40.0),
            ("p99.9", 49.9),
            ("p100", 50.0),
        ] {
            let value = all.value(word.parse().expect("a percentile")).expect("known");
            assert!((value - expected).abs() <= 0.1 + expected.abs() * PRECISION, "{word} is {value}");
        }
        all.add(&Stats::summed(2.0, 5.0, 1.0, 4.0));
        assert_eq!(all.value(Statistic::Percentile(500)), None, "nobody knows where the two lay");
    }

    #[test]
    fn what_is_no_statistic_is_refused() {
        for word in ["average", "p", "p101", "p99.99", "p-1", "tm99", "p1000", ""] {
            assert_eq!(word.parse::<Statistic>(), Err(()), "{word}");
        }
        assert_eq!("p05".parse(), Ok(Statistic::Percentile(50)));
    }
}
