//! CloudWatch through its operations.

use std::time::Duration;

use tierra_drivers::compute::usage::{Traffic, Used};
use tierra_model::Timestamp;

use super::alarm::model::{Comparison, EventKind, Missing, StateValue};
use super::metric::{Dimension, Metric, Unit};
use super::ops::alarm::{AlarmNamesInput, DeleteAlarms, PutMetricAlarm, PutMetricAlarmInput};
use super::ops::describe::{DescribeAlarms, DescribeAlarmsInput};
use super::ops::get_data::{GetMetricData, GetMetricDataInput, MetricDataQuery, MetricStat, ScanBy};
use super::ops::get_statistics::{GetMetricStatistics, GetMetricStatisticsInput};
use super::ops::history::{DescribeAlarmHistory, HistoryInput};
use super::ops::list::{DimensionFilter, ListMetrics, ListMetricsInput, RecentlyActive};
use super::ops::put_data::{MetricDatum, PutMetricData, PutMetricDataInput, StatisticSet};
use super::ops::state::{SetAlarmState, SetAlarmStateInput};
use super::retention::sweep;
use super::sample::{Look, samples};
use crate::ec2::instance::{Found, Instance};
use crate::ec2::testing::{World, find_on_machine, instance};

fn dimension(name: &str, value: &str) -> Dimension {
    Dimension {
        name: name.to_owned(),
        value: value.to_owned(),
    }
}

fn value(name: &str, value: f64) -> MetricDatum {
    MetricDatum {
        metric_name: name.to_owned(),
        value: Some(value),
        ..MetricDatum::default()
    }
}

fn put(world: &World, data: Vec<MetricDatum>) {
    world.ok::<PutMetricData>(PutMetricDataInput {
        namespace: "App".to_owned(),
        metric_data: data,
    });
}

fn ask(world: &World, name: &str, statistics: &[&str], period: i32) -> GetMetricStatisticsInput {
    let (plain, extended): (Vec<String>, Vec<String>) = statistics
        .iter()
        .map(|word| (*word).to_owned())
        .partition(|word| !word.starts_with('p'));
    GetMetricStatisticsInput {
        namespace: "App".to_owned(),
        metric_name: name.to_owned(),
        start_time: world.call.now.plus_millis(-3_600_000),
        end_time: world.call.now.plus_millis(3_600_000),
        period,
        statistics: plain,
        extended_statistics: extended,
        ..GetMetricStatisticsInput::default()
    }
}

fn later(world: &mut World, seconds: u64) {
    let millis = i64::try_from(Duration::from_secs(seconds).as_millis()).expect("a time");
    world.call.now = world.call.now.plus_millis(millis);
}

#[test]
fn values_of_a_minute_are_put_together_and_read_by_periods() {
    let mut world = World::new();
    put(&world, vec![value("Load", 1.0), value("Load", 3.0)]);
    later(&mut world, 60);
    put(
        &world,
        vec![MetricDatum {
            value: None,
            values: vec![5.0, 7.0],
            counts: vec![2.0, 1.0],
            ..value("Load", 0.0)
        }],
    );
    let minutes = world
        .ok::<GetMetricStatistics>(ask(&world, "Load", &["Sum", "SampleCount", "p100"], 60))
        .datapoints;
    let told: Vec<_> = minutes
        .iter()
        .map(|point| (point.sum, point.sample_count, point.extended_statistics["p100"]))
        .collect();
    assert_eq!(told, [(Some(4.0), Some(2.0), 3.0), (Some(17.0), Some(3.0), 7.0)]);
    let hours = world
        .ok::<GetMetricStatistics>(ask(&world, "Load", &["Average", "Minimum", "Maximum"], 7200))
        .datapoints;
    let told: Vec<_> = hours
        .iter()
        .map(|point| (point.average, point.minimum, point.maximum, point.sum))
        .collect();
    assert_eq!(told, [(Some(4.2), Some(1.0), Some(7.0), None)]);
}

#[test]
fn metric_data_come_in_the_asked_order_and_by_pages() {
    let mut world = World::new();
    let start = world.call.now;
    for minute in 0..5 {
        put(&world, vec![value("Load", f64::from(minute))]);
        later(&mut world, 60);
    }
    let input = |scan_by, token: Option<String>| GetMetricDataInput {
        metric_data_queries: vec![MetricDataQuery {
            id: "m1".to_owned(),
            metric_stat: Some(MetricStat {
                metric: Metric::new("App", "Load", &[]),
                period: 60,
                stat: "Maximum".to_owned(),
                unit: None,
            }),
            ..MetricDataQuery::default()
        }],
        start_time: start,
        end_time: world.call.now,
        scan_by,
        next_token: token,
        max_datapoints: Some(3),
    };
    let first = world.ok::<GetMetricData>(input(None, None));
    assert_eq!(first.metric_data_results[0].values, [4.0, 3.0, 2.0]);
    let second = world.ok::<GetMetricData>(input(None, first.next_token));
    assert_eq!(
        (&second.metric_data_results[0].values[..], second.next_token),
        (&[1.0, 0.0][..], None)
    );
    let up = world.ok::<GetMetricData>(input(Some(ScanBy::Ascending), None));
    assert_eq!(up.metric_data_results[0].values, [0.0, 1.0, 2.0]);
    assert_eq!(up.metric_data_results[0].timestamps[1], start.plus_millis(60_000));
}

#[test]
fn metrics_are_listed_by_name_and_dimension_while_they_are_new() {
    let mut world = World::new();
    let of = |host: &str, name: &str| MetricDatum {
        dimensions: vec![dimension("Host", host), dimension("App", "web")],
        ..value(name, 1.0)
    };
    put(&world, vec![of("a", "Load"), of("b", "Load"), of("a", "Free"), value("Load", 1.0)]);
    let count = |input: ListMetricsInput, world: &World| world.ok::<ListMetrics>(input).metrics.len();
    let dimensions = |value: Option<&str>| {
        vec![DimensionFilter {
            name: "Host".to_owned(),
            value: value.map(str::to_owned),
        }]
    };
    for (expected, name, dimensions) in [
        (4, None, vec![]),
        (3, Some("Load"), vec![]),
        (3, None, dimensions(None)),
        (2, None, dimensions(Some("a"))),
        (0, Some("Gone"), vec![]),
    ] {
        let input = ListMetricsInput {
            metric_name: name.map(str::to_owned),
            dimensions,
            ..ListMetricsInput::default()
        };
        assert_eq!(count(input, &world), expected, "{name:?}");
    }
    later(&mut world, 4 * 3600);
    let recent = ListMetricsInput {
        recently_active: Some(RecentlyActive::Pt3h),
        ..ListMetricsInput::default()
    };
    assert_eq!(count(recent, &world), 0);
    later(&mut world, 15 * 24 * 3600);
    assert_eq!(count(ListMetricsInput::default(), &world), 0);
}

#[test]
fn data_that_cannot_be_are_refused_by_name() {
    let world = World::new();
    let now = world.call.now;
    let dated = |hours: i64| MetricDatum {
        timestamp: Some(now.plus_millis(hours * 3_600_000)),
        ..value("Load", 1.0)
    };
    let summed = |count: f64, minimum: f64| MetricDatum {
        value: None,
        statistic_values: Some(StatisticSet {
            sample_count: count,
            sum: 3.0,
            minimum,
            maximum: 2.0,
        }),
        ..value("Load", 0.0)
    };
    let table = [
        (
            "AWS/EC2",
            value("Load", 1.0),
            "The value AWS/EC2 for parameter Namespace is invalid.",
        ),
        (
            "App",
            dated(3),
            "The parameter MetricData.member.1.Timestamp must specify a time no more than two hours in the future.",
        ),
        (
            "App",
            dated(-15 * 24),
            "The parameter MetricData.member.1.Timestamp must specify a time within the past two weeks.",
        ),
        (
            "App",
            value("Load", f64::NAN),
            "The value NaN for parameter MetricData.member.1.Value is invalid.",
        ),
        ("App", value("Load", 1e200), "for parameter MetricData.member.1.Value is invalid."),
        (
            "App",
            summed(0.0, 1.0),
            "The parameter MetricData.member.1.StatisticValues.SampleCount must be greater than 0.",
        ),
        ("App", summed(2.0, 5.0), "Maximum must be greater than or equal to"),
        (
            "App",
            MetricDatum {
                value: None,
                ..value("Load", 0.0)
            },
            "The parameter MetricData.member.1.Value is required.",
        ),
        (
            "App",
            MetricDatum {
                values: vec![1.0],
                ..value("Load", 0.0)
            },
            "are mutually exclusive",
        ),
        (
            "App",
            MetricDatum {
                storage_resolution: Some(5),
                ..value("Load", 0.0)
            },
            "StorageResolution",
        ),
    ];
    for (namespace, datum, expected) in table {
        let input = PutMetricDataInput {
            namespace: namespace.to_owned(),
            metric_data: vec![datum],
        };
        let error = world.run::<PutMetricData>(input).expect_err(expected);
        assert!(error.message.contains(expected), "{error}");
    }
    assert_eq!(
        world.ok::<ListMetrics>(ListMetricsInput::default()).metrics.len(),
        0,
        "nothing was kept"
    );
    for (change, code) in [
        (
            GetMetricStatisticsInput {
                end_time: ask(&world, "Load", &["Sum"], 60).start_time,
                ..ask(&world, "Load", &["Sum"], 60)
            },
            "InvalidParameterValue",
        ),
        (ask(&world, "Load", &["Sum"], 1), "InvalidParameterCombination"),
        (ask(&world, "Load", &["Sum"], 45), "InvalidParameterValue"),
        (ask(&world, "Load", &["Median"], 60), "InvalidParameterValue"),
        (ask(&world, "Load", &[], 60), "MissingParameter"),
    ] {
        assert_eq!(world.code::<GetMetricStatistics>(change), code);
    }
}

fn alarm(name: &str) -> PutMetricAlarmInput {
    PutMetricAlarmInput {
        alarm_name: name.to_owned(),
        metric_name: "Load".to_owned(),
        namespace: "App".to_owned(),
        statistic: Some("Average".to_owned()),
        period: Some(60),
        evaluation_periods: 1,
        threshold: Some(10.0),
        comparison_operator: Comparison::Greater,
        treat_missing_data: Some(Missing::NotBreaching),
        ..PutMetricAlarmInput::default()
    }
}

fn history(world: &World, kind: EventKind) -> Vec<String> {
    let input = HistoryInput {
        alarm_name: Some("high".to_owned()),
        history_item_type: Some(kind),
        ..HistoryInput::default()
    };
    let items = world.ok::<DescribeAlarmHistory>(input).alarm_history_items;
    items.into_iter().map(|item| item.history_summary).collect()
}

#[test]
fn an_alarm_is_configured_set_and_remembered() {
    let world = World::new();
    world.ok::<PutMetricAlarm>(PutMetricAlarmInput {
        alarm_actions: vec!["arn:aws:sns:us-east-1:123456789012:nobody".to_owned()],
        ..alarm("high")
    });
    let told = world.ok::<DescribeAlarms>(DescribeAlarmsInput::default()).metric_alarms;
    assert_eq!(
        (told[0].state_value, told[0].state_reason.as_str()),
        (StateValue::InsufficientData, "Unchecked: Initial alarm creation")
    );
    let set = |value| SetAlarmStateInput {
        alarm_name: "high".to_owned(),
        state_value: value,
        state_reason: "a rehearsal".to_owned(),
        state_reason_data: None,
    };
    world.ok::<SetAlarmState>(set(StateValue::Alarm));
    world.ok::<SetAlarmState>(set(StateValue::Alarm));
    assert_eq!(history(&world, EventKind::State), ["Alarm updated from INSUFFICIENT_DATA to ALARM"]);
    let actions = history(&world, EventKind::Action);
    assert!(
        actions[0].starts_with("Failed to execute action arn:aws:sns:us-east-1:123456789012:nobody."),
        "{actions:?}"
    );
    world.ok::<PutMetricAlarm>(alarm("high"));
    let told = world.ok::<DescribeAlarms>(DescribeAlarmsInput::default()).metric_alarms;
    assert_eq!(told[0].state_value, StateValue::Alarm, "a change of the alarm keeps its state");
    world.ok::<DeleteAlarms>(AlarmNamesInput {
        alarm_names: vec!["high".to_owned(), "gone".to_owned()],
    });
    assert_eq!(
        history(&world, EventKind::Configuration),
        ["Alarm \"high\" deleted", "Alarm \"high\" updated", "Alarm \"high\" created"]
    );
    assert_eq!(world.code::<SetAlarmState>(set(StateValue::Ok)), "ResourceNotFound");
}

/// An instance that runs.
fn running(world: &World) -> Instance {
    let row = instance();
    let saved = world.change(|tx| {
        tx.save(row.clone());
        Ok(())
    });
    saved.expect("an instance");
    find_on_machine(world, &row.id.to_string(), Found::Running);
    row
}

#[test]
fn an_alarm_stops_the_instance_that_it_watches() {
    let world = World::new();
    let row = running(&world);
    world.ok::<PutMetricAlarm>(PutMetricAlarmInput {
        dimensions: vec![dimension("InstanceId", &row.id.to_string())],
        alarm_actions: vec!["arn:aws:automate:us-east-1:ec2:stop".to_owned()],
        ..alarm("high")
    });
    world.ok::<SetAlarmState>(SetAlarmStateInput {
        alarm_name: "high".to_owned(),
        state_value: StateValue::Alarm,
        state_reason: "a rehearsal".to_owned(),
        state_reason_data: None,
    });
    assert_eq!(
        history(&world, EventKind::Action),
        ["Successfully executed action arn:aws:automate:us-east-1:ec2:stop"]
    );
    let state = world.see(|tx| {
        tx.find::<crate::ec2::instance::Instance>(&row.place, &row.id)
            .map(|row| row.state())
    });
    assert_eq!(state, Some(crate::ec2::instance::InstanceState::Stopping));
}

#[test]
fn alarms_that_cannot_be_are_refused() {
    let world = World::new();
    for (change, expected) in [
        (
            PutMetricAlarmInput {
                period: Some(45),
                ..alarm("a")
            },
            "Period must be 10, 20, 30 or a multiple of 60",
        ),
        (
            PutMetricAlarmInput {
                period: Some(3600),
                evaluation_periods: 25,
                ..alarm("a")
            },
            "more than a day",
        ),
        (
            PutMetricAlarmInput {
                datapoints_to_alarm: Some(2),
                ..alarm("a")
            },
            "DatapointsToAlarm",
        ),
        (
            PutMetricAlarmInput {
                statistic: None,
                ..alarm("a")
            },
            "is required",
        ),
        (
            PutMetricAlarmInput {
                extended_statistic: Some("p99".into()),
                ..alarm("a")
            },
            "mutually exclusive",
        ),
        (
            PutMetricAlarmInput {
                threshold: None,
                ..alarm("a")
            },
            "The parameter Threshold is required.",
        ),
    ] {
        let error = world.run::<PutMetricAlarm>(change).expect_err(expected);
        assert!(error.code == "ValidationError" && error.message.contains(expected), "{error}");
    }
}

#[test]
fn old_values_grow_coarse_and_go() {
    let mut world = World::new();
    put(
        &world,
        vec![
            MetricDatum {
                storage_resolution: Some(1),
                timestamp: Some(Timestamp(world.call.now.0 + 1000)),
                ..value("Load", 1.0)
            },
            MetricDatum {
                storage_resolution: Some(1),
                timestamp: Some(Timestamp(world.call.now.0 + 2000)),
                ..value("Load", 2.0)
            },
        ],
    );
    let start = world.call.now;
    let points = |world: &World| {
        let input = GetMetricStatisticsInput {
            start_time: start,
            end_time: start.plus_millis(10_000),
            ..ask(world, "Load", &["Sum"], 1)
        };
        // Old spans begin at the hour, so that what is left is found wherever it was put together.
        world.see(|tx| {
            super::series::read(
                tx,
                &world.call.place,
                &Metric::new("App", "Load", &[]),
                Unit::None,
                super::series::Span {
                    from: input.start_time.secs() - 3600,
                    to: input.end_time.secs(),
                },
                1,
            )
        })
    };
    for (days, expected) in [(0, 2), (1, 1), (20, 1), (100, 1), (400, 0)] {
        later(&mut world, days * 24 * 3600);
        sweep(&world.store, world.call.now).expect("swept");
        let points = points(&world);
        assert_eq!(points.len(), expected, "after {days} days more");
        assert!(points.values().all(|stats| expected == 2 || stats.sum == 3.0));
    }
    assert!(world.see(|tx| tx.all::<super::series::Series>()).is_empty());
}

#[test]
fn two_looks_make_an_instances_metrics() {
    let world = World::new();
    let row = running(&world);
    let look = |seconds: i64, cpu_micros: u64, received_bytes: u64| Look {
        at: Timestamp::from_secs(seconds),
        used: [(
            row.id.to_string(),
            Used {
                cpu_micros,
                network: Traffic {
                    received_bytes,
                    ..Traffic::default()
                },
                ..Used::default()
            },
        )]
        .into(),
        ..Look::default()
    };
    let value = |before: &Look, now: &Look, name: &str| {
        let all = world.see(|tx| samples(tx, before, now));
        all.into_iter()
            .find(|sample| sample.metric.metric_name == name)
            .map(|sample| sample.stats.sum)
    };
    let (first, second) = (look(60, 5_000_000, 100), look(120, 35_000_000, 1100));
    // Half a minute of CPU time in a minute, of two CPUs.
    assert_eq!(value(&first, &second, "CPUUtilization"), Some(25.0));
    assert_eq!(value(&first, &second, "NetworkIn"), Some(1000.0));
    assert_eq!(
        value(&second, &look(180, 1_200_000, 50), "NetworkIn"),
        Some(50.0),
        "it was started again"
    );
    assert_eq!(value(&first, &second, "StatusCheckFailed"), Some(0.0));
    assert_eq!(
        value(
            &first,
            &Look {
                at: second.at,
                ..Look::default()
            },
            "StatusCheckFailed"
        ),
        Some(1.0)
    );
    let none = Look {
        at: first.at,
        ..Look::default()
    };
    assert_eq!(value(&none, &second, "NetworkIn"), Some(1100.0), "it was started since");
}
