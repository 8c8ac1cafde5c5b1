//! What is counted: the sums that CloudWatch's metrics of a balancer are made of.
//!
//! **Invariant**: each thread counts for itself and only adds; a report is the sum over the threads.

use std::sync::atomic::{AtomicU64, Ordering};

use serde::{Deserialize, Serialize};

/// One `T` a thread, each on its own cache lines.
#[derive(Debug)]
pub struct Sums<T>(Box<[Aligned<T>]>);

#[derive(Debug, Default)]
#[repr(align(128))]
struct Aligned<T>(T);

impl<T: Default> Sums<T> {
    /// Zeros for so many threads.
    pub fn new(threads: usize) -> Self {
        Self((0..threads).map(|_| Aligned::default()).collect())
    }
}

impl<T> Sums<T> {
    /// A thread's own.
    pub fn of(&self, thread: usize) -> &T {
        &self.0[thread].0
    }

    /// All of them, added up.
    pub fn total<S>(&self, mut sum: S, add: impl Fn(&T, &mut S)) -> S {
        self.0.iter().for_each(|own| add(&own.0, &mut sum));
        sum
    }
}

/// A number with one writer.
#[derive(Debug, Default)]
pub struct Sum(AtomicU64);

impl Sum {
    /// Adds. With one writer nothing can come between reading and writing, and the processor need not see to that.
    pub fn add(&self, number: u64) {
        self.0.store(self.get().wrapping_add(number), Ordering::Relaxed);
    }

    /// One more.
    pub fn one(&self) {
        self.add(1);
    }

    /// One less, of what is there now.
    pub fn less(&self) {
        self.0.store(self.get().wrapping_sub(1), Ordering::Relaxed);
    }

    /// What it is.
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Declares counters once: what is told, and what is counted.
macro_rules! counters {
    ($(#[$about:meta])* $counts:ident, $sums:ident { $($(#[$what:meta])* $name:ident,)* } told { $($(#[$now:meta])* $told:ident,)* }) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(default)]
        pub struct $counts {
            $($(#[$what])* pub $name: u64,)*
            $($(#[$now])* pub $told: u64,)*
        }

        /// One thread's share.
        #[derive(Debug, Default)]
        pub struct $sums {
            $($(#[$what])* pub $name: Sum,)*
        }

        impl $sums {
            /// Adds this share.
            pub fn add_to(&self, counts: &mut $counts) {
                $(counts.$name = counts.$name.wrapping_add(self.$name.get());)*
            }
        }
    };
}

counters! {
    /// A balancer's counters since its node began ("CloudWatch metrics for your Application Load Balancer", "… Classic Load
    /// Balancer"). The last is what is there now.
    Counts, BalancerSums {
        /// `NewConnectionCount`: from clients and to targets.
        new_connections,
        /// `RejectedConnectionCount`.
        rejected_connections,
        /// `ProcessedBytes`, over both directions.
        processed_bytes,
        /// Requests that were answered, by whomever (Classic: `RequestCount`; connections of TCP and TLS listeners count too).
        requests,
        /// `HTTPCode_ELB_3XX_Count`.
        elb_3xx,
        /// `HTTPCode_ELB_4XX_Count`.
        elb_4xx,
        /// `HTTPCode_ELB_5XX_Count`.
        elb_5xx,
        /// `HTTPCode_ELB_500_Count`.
        elb_500,
        /// `HTTPCode_ELB_502_Count`.
        elb_502,
        /// `HTTPCode_ELB_503_Count`.
        elb_503,
        /// `HTTPCode_ELB_504_Count`.
        elb_504,
        /// `HTTP_Fixed_Response_Count`.
        fixed_responses,
        /// `HTTP_Redirect_Count`.
        redirects,
        /// `RuleEvaluations`.
        rule_evaluations,
        /// `ClientTLSNegotiationErrorCount`.
        client_tls_errors,
        /// `DesyncMitigationMode_NonCompliant_Request_Count`.
        non_compliant_requests,
        /// `ActiveConnectionCount`: from clients and to targets.
        active_connections,
    } told {
    }
}

counters! {
    /// A target group's counters since its node began.
    GroupCounts, GroupSums {
        /// `RequestCount` of the group.
        requests,
        /// `HTTPCode_Target_2XX_Count`.
        target_2xx,
        /// `HTTPCode_Target_3XX_Count`.
        target_3xx,
        /// `HTTPCode_Target_4XX_Count`.
        target_4xx,
        /// `HTTPCode_Target_5XX_Count`.
        target_5xx,
        /// `TargetConnectionErrorCount` (Classic: `BackendConnectionErrors`).
        connection_errors,
        /// `TargetTLSNegotiationErrorCount`.
        tls_errors,
        /// `TargetResponseTime`: the sum, in microseconds.
        response_time_sum,
        /// `TargetResponseTime`: how many.
        response_time_count,
    } told {
        /// `HealthyHostCount`, now.
        healthy,
        /// `UnHealthyHostCount`, now.
        unhealthy,
    }
}
