//! What the last periods say of an alarm. Follows the page "Configuring how CloudWatch alarms treat missing data".

use super::model::{Comparison, Missing, StateValue, Watch};

/// Periods that are looked at beyond those that are evaluated, in case newer ones are missing.
pub const EXTRA_PERIODS: i64 = 2;

/// A period with its value, where there is one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// When it begins, in seconds.
    pub at: i64,
    pub value: Option<f64>,
}

/// What they say.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    /// `None`: nothing that would change the state.
    pub state: Option<StateValue>,
    /// The periods with values that were counted, the newest first.
    pub counted: Vec<(i64, f64)>,
    /// How many periods had to be made up for want of values.
    pub made_up: usize,
}

impl Watch {
    /// How many periods are evaluated.
    pub fn periods(&self) -> usize {
        usize::try_from(self.evaluation_periods).unwrap_or(1)
    }

    /// How many of them must be across the threshold.
    pub fn needed(&self) -> usize {
        self.datapoints_to_alarm
            .and_then(|needed| usize::try_from(needed).ok())
            .unwrap_or_else(|| self.periods())
    }

    /// Whether a value is across the threshold.
    pub fn is_breached_by(&self, value: f64) -> bool {
        match self.comparison {
            Comparison::GreaterOrEqual => value >= self.threshold,
            Comparison::Greater => value > self.threshold,
            Comparison::Less => value < self.threshold,
            Comparison::LessOrEqual => value <= self.threshold,
        }
    }

    /// Evaluates periods, the oldest first: as many as are evaluated and [`EXTRA_PERIODS`] before.
    pub fn evaluate(&self, points: &[Point]) -> Verdict {
        let with_values = points.iter().rev().filter_map(|point| Some((point.at, point.value?)));
        let counted: Vec<_> = with_values.take(self.periods()).collect();
        let made_up = self.periods() - counted.len();
        let breaching = counted.iter().filter(|(_, value)| self.is_breached_by(*value)).count();
        let missing = self.missing.unwrap_or(Missing::Unknown);
        let all_breach = breaching == counted.len();
        let state = match missing {
            Missing::Unknown if counted.is_empty() => Some(StateValue::InsufficientData),
            Missing::Ignore if breaching < self.needed() && made_up > 0 && all_breach => None,
            Missing::Breaching => Some(self.alarmed(breaching + made_up)),
            // Nothing that is known speaks against it.
            Missing::Unknown if made_up > 0 && all_breach => Some(StateValue::Alarm),
            _ => Some(self.alarmed(breaching)),
        };
        Verdict { state, counted, made_up }
    }

    fn alarmed(&self, breaching: usize) -> StateValue {
        if breaching >= self.needed() {
            StateValue::Alarm
        } else {
            StateValue::Ok
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloudwatch::metric::Metric;

    fn watch(needed: i32, missing: Missing) -> Watch {
        Watch {
            metric: Metric::default(),
            unit: None,
            statistic: "Average".to_owned(),
            period: 60,
            evaluation_periods: 3,
            datapoints_to_alarm: Some(needed),
            threshold: 10.0,
            comparison: Comparison::Greater,
            missing: Some(missing),
        }
    }

    /// `0` lies below the threshold, `X` above, `-` is missing.
    fn points(picture: &str) -> Vec<Point> {
        let value = |sign: &str| match sign {
            "0" => Some(1.0),
            "X" => Some(11.0),
            _ => None,
        };
        let signs = picture.split(' ').zip((0..).step_by(60));
        signs.map(|(sign, at)| Point { at, value: value(sign) }).collect()
    }

    /// The two tables of AWS's page: an alarm of three periods, all or two of which must be across; what the four ways to treat
    /// missing data make of five periods. `K` keeps the state.
    #[test]
    fn missing_data_are_treated_as_the_page_says() {
        let all = [
            ("0 - X - X", "O O O O"),
            ("0 - - - -", "O O O O"),
            ("- - - - -", "I K A O"),
            ("0 X X - X", "A A A A"),
            ("- - X - -", "A K A O"),
        ];
        let two = [
            ("0 - X - X", "A A A A"),
            ("0 0 X 0 X", "A A A A"),
            ("0 - X - -", "O O A O"),
            ("- - - - 0", "O O A O"),
            ("- - - X -", "A K A O"),
        ];
        for (needed, table) in [(3, all), (2, two)] {
            for (picture, expected) in table {
                let ways = [Missing::Unknown, Missing::Ignore, Missing::Breaching, Missing::NotBreaching];
                let said = ways.map(|way| match watch(needed, way).evaluate(&points(picture)).state {
                    Some(StateValue::Ok) => "O",
                    Some(StateValue::Alarm) => "A",
                    Some(StateValue::InsufficientData) => "I",
                    None => "K",
                });
                assert_eq!(said.join(" "), expected, "{needed} of 3: {picture}");
            }
        }
    }

    #[test]
    fn each_comparison_knows_its_side() {
        for (comparison, expected) in [
            (Comparison::GreaterOrEqual, [false, true, true]),
            (Comparison::Greater, [false, false, true]),
            (Comparison::Less, [true, false, false]),
            (Comparison::LessOrEqual, [true, true, false]),
        ] {
            let watch = Watch {
                comparison,
                ..watch(1, Missing::Unknown)
            };
            assert_eq!([9.0, 10.0, 11.0].map(|value| watch.is_breached_by(value)), expected, "{comparison}");
        }
    }
}
