//! Metrics of load balancers. Follows the pages "CloudWatch metrics for your Application Load Balancer" and "CloudWatch metrics for
//! your Classic Load Balancer": what is zero is not reported, as there, save how many hosts are healthy.

use std::collections::BTreeMap;

use tierra_core::Place;
use tierra_dataplane::balancer::config::{GroupId, Kind};
use tierra_dataplane::balancer::counters::{Counts, GroupCounts};

use super::{Sample, Told};
use crate::balancer::NodeCounts;
use crate::cloudwatch::metric::{Metric, Unit};
use crate::cloudwatch::stats::Stats;

/// What the balancers of one kind are told by.
struct Words {
    namespace: &'static str,
    balancer: &'static str,
    own: &'static [Told<Counts>],
    group: &'static [Told<GroupCounts>],
    response_time: &'static str,
    /// Whether groups are told one by one; else they are told as the balancer's.
    has_groups: bool,
}

const APPLICATION: Words = Words {
    namespace: "AWS/ApplicationELB",
    balancer: "LoadBalancer",
    own: &[
        ("RequestCount", Unit::Count, |counts| counts.requests),
        ("NewConnectionCount", Unit::Count, |counts| counts.new_connections),
        ("RejectedConnectionCount", Unit::Count, |counts| counts.rejected_connections),
        ("ProcessedBytes", Unit::Bytes, |counts| counts.processed_bytes),
        ("HTTPCode_ELB_3XX_Count", Unit::Count, |counts| counts.elb_3xx),
        ("HTTPCode_ELB_4XX_Count", Unit::Count, |counts| counts.elb_4xx),
        ("HTTPCode_ELB_5XX_Count", Unit::Count, |counts| counts.elb_5xx),
        ("HTTPCode_ELB_500_Count", Unit::Count, |counts| counts.elb_500),
        ("HTTPCode_ELB_502_Count", Unit::Count, |counts| counts.elb_502),
        ("HTTPCode_ELB_503_Count", Unit::Count, |counts| counts.elb_503),
        ("HTTPCode_ELB_504_Count", Unit::Count, |counts| counts.elb_504),
        ("HTTP_Fixed_Response_Count", Unit::Count, |counts| counts.fixed_responses),
        ("HTTP_Redirect_Count", Unit::Count, |counts| counts.redirects),
        ("RuleEvaluations", Unit::Count, |counts| counts.rule_evaluations),
        ("ClientTLSNegotiationErrorCount", Unit::Count, |counts| counts.client_tls_errors),
        ("DesyncMitigationMode_NonCompliant_Request_Count", Unit::Count, |counts| {
            counts.non_compliant_requests
        }),
    ],
    group: &[
        ("RequestCount", Unit::Count, |counts| counts.requests),
        ("HTTPCode_Target_2XX_Count", Unit::Count, |counts| counts.target_2xx),
        ("HTTPCode_Target_3XX_Count", Unit::Count, |counts| counts.target_3xx),
        ("HTTPCode_Target_4XX_Count", Unit::Count, |counts| counts.target_4xx),
        ("HTTPCode_Target_5XX_Count", Unit::Count, |counts| counts.target_5xx),
        ("TargetConnectionErrorCount", Unit::Count, |counts| counts.connection_errors),
        ("TargetTLSNegotiationErrorCount", Unit::Count, |counts| counts.tls_errors),
    ],
    response_time: "TargetResponseTime",
    has_groups: true,
};

const CLASSIC: Words = Words {
    namespace: "AWS/ELB",
    balancer: "LoadBalancerName",
    own: &[
        ("RequestCount", Unit::Count, |counts| counts.requests),
        ("HTTPCode_ELB_4XX", Unit::Count, |counts| counts.elb_4xx),
        ("HTTPCode_ELB_5XX", Unit::Count, |counts| counts.elb_5xx),
        ("DesyncMitigationMode_NonCompliant_Request_Count", Unit::Count, |counts| {
            counts.non_compliant_requests
        }),
    ],
    group: &[
        ("HTTPCode_Backend_2XX", Unit::Count, |counts| counts.target_2xx),
        ("HTTPCode_Backend_3XX", Unit::Count, |counts| counts.target_3xx),
        ("HTTPCode_Backend_4XX", Unit::Count, |counts| counts.target_4xx),
        ("HTTPCode_Backend_5XX", Unit::Count, |counts| counts.target_5xx),
        ("BackendConnectionErrors", Unit::Count, |counts| counts.connection_errors),
    ],
    response_time: "Latency",
    has_groups: false,
};

const MICROS_PER_SECOND: f64 = 1e6;

pub(super) fn samples(before: &BTreeMap<String, NodeCounts>, now: &BTreeMap<String, NodeCounts>) -> Vec<Sample> {
    let nodes = now.iter();
    nodes
        .flat_map(|(id, now)| {
            // A node's new life began at zero.
            let earlier = before.get(id).filter(|earlier| earlier.life == now.life);
            let counts = earlier.map(|earlier| earlier.counts).unwrap_or_default();
            of_node(now, &counts, earlier.map(|earlier| &earlier.groups))
        })
        .collect()
}

fn of_node(now: &NodeCounts, before: &Counts, groups: Option<&BTreeMap<GroupId, GroupCounts>>) -> Vec<Sample> {
    let words = match now.kind {
        Kind::Application => &APPLICATION,
        Kind::Classic => &CLASSIC,
    };
    let balancer = (words.balancer, now.balancer.as_str());
    let zone = ("AvailabilityZone", now.zone.as_str());
    let mut told = Telling {
        place: &now.place,
        words,
        samples: Vec::new(),
    };
    for dimensions in [&[balancer][..], &[balancer, zone]] {
        for (name, unit, of) in words.own {
            told.sum(name, *unit, dimensions, of(&now.counts), of(before));
        }
        told.gauge("ActiveConnectionCount", dimensions, now.counts.active_connections, words.has_groups);
    }
    for (id, group) in &now.groups {
        let earlier = groups.and_then(|groups| groups.get(id)).copied().unwrap_or_default();
        let name = id.0.rsplit(':').next().unwrap_or_default();
        let dimensions = if words.has_groups {
            vec![("TargetGroup", name), balancer]
        } else {
            vec![balancer]
        };
        told.group(&dimensions, group, &earlier);
    }
    told.samples
}

/// What is told of one node.
struct Telling<'a> {
    place: &'a Place,
    words: &'static Words,
    samples: Vec<Sample>,
}

impl Telling<'_> {
    fn push(&mut self, name: &str, unit: Unit, dimensions: &[(&str, &str)], stats: Stats) {
        self.samples.push(Sample {
            place: self.place.clone(),
            metric: Metric::new(self.words.namespace, name, dimensions),
            unit,
            stats,
        });
    }

    /// What came since, where something did.
    fn sum(&mut self, name: &str, unit: Unit, dimensions: &[(&str, &str)], now: u64, before: u64) {
        let since = now.saturating_sub(before);
        if since > 0 {
            self.push(name, unit, dimensions, Stats::of(since as f64, 1.0));
        }
    }

    /// What is there now.
    fn gauge(&mut self, name: &str, dimensions: &[(&str, &str)], now: u64, is_told: bool) {
        if is_told {
            self.push(name, Unit::Count, dimensions, Stats::of(now as f64, 1.0));
        }
    }

    fn group(&mut self, dimensions: &[(&str, &str)], now: &GroupCounts, before: &GroupCounts) {
        for (name, unit, of) in self.words.group {
            self.sum(name, *unit, dimensions, of(now), of(before));
        }
        self.gauge("HealthyHostCount", dimensions, now.healthy, true);
        self.gauge("UnHealthyHostCount", dimensions, now.unhealthy, true);
        let count = now.response_time_count.saturating_sub(before.response_time_count);
        if count > 0 {
            // Nodes keep the sum: a minute's answers count as so many of its average, so their extremes are those of minutes.
            let micros = now.response_time_sum.saturating_sub(before.response_time_sum);
            let average = micros as f64 / count as f64 / MICROS_PER_SECOND;
            self.push(
                self.words.response_time,
                Unit::Seconds,
                dimensions,
                Stats::of(average, count as f64),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(life: u64, requests: u64, elb_5xx: u64, answered: (u64, u64)) -> BTreeMap<String, NodeCounts> {
        let group = GroupCounts {
            requests,
            response_time_sum: answered.0,
            response_time_count: answered.1,
            healthy: 2,
            ..GroupCounts::default()
        };
        let counts = NodeCounts {
            place: Place::default(),
            kind: Kind::Application,
            balancer: "app/web/1".to_owned(),
            zone: "us-east-1a".to_owned(),
            life,
            counts: Counts {
                requests,
                elb_5xx,
                ..Counts::default()
            },
            groups: [(
                GroupId("arn:aws:elasticloadbalancing:us-east-1:1:targetgroup/web/2".to_owned()),
                group,
            )]
            .into(),
        };
        [("node-1".to_owned(), counts)].into()
    }

    /// Every value by its name and how many dimensions it has.
    fn told(before: &BTreeMap<String, NodeCounts>, now: &BTreeMap<String, NodeCounts>, name: &str) -> Vec<(usize, f64)> {
        let samples = samples(before, now).into_iter();
        let named = samples.filter(|sample| sample.metric.metric_name == name);
        named.map(|sample| (sample.metric.dimensions.len(), sample.stats.sum)).collect()
    }

    #[test]
    fn what_came_since_is_told_of_the_balancer_its_zone_and_its_group() {
        let (before, now) = (counted(1, 10, 3, (1_000_000, 10)), counted(1, 25, 3, (4_000_000, 25)));
        assert_eq!(told(&before, &now, "RequestCount"), [(1, 15.0), (2, 15.0), (2, 15.0)]);
        assert_eq!(told(&before, &now, "HTTPCode_ELB_5XX_Count"), [], "what is zero is not reported");
        assert_eq!(told(&before, &now, "TargetResponseTime"), [(2, 3.0)]);
        assert_eq!(told(&before, &now, "HealthyHostCount"), [(2, 2.0)]);
        let reborn = counted(2, 4, 1, (0, 0));
        assert_eq!(
            told(&before, &reborn, "HTTPCode_ELB_5XX_Count"),
            [(1, 1.0), (2, 1.0)],
            "a new life began at zero"
        );
    }
}
