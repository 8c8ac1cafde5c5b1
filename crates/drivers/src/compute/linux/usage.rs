//! The counters of running sandboxes: their control groups' and their network namespaces'.

use std::collections::BTreeMap;
use std::fs;

use async_trait::async_trait;

use super::{Inner, LinuxCompute, failed, names_in};
use crate::DriverError;
use crate::compute::SandboxId;
use crate::compute::usage::{Traffic, Usage, Used};

/// The interface that is no way out.
const LOOPBACK: &str = "lo";

#[async_trait]
impl Usage for LinuxCompute {
    async fn used(&self) -> Result<BTreeMap<SandboxId, Used>, DriverError> {
        self.work(Inner::used).await
    }
}

impl Inner {
    fn used(&self) -> Result<BTreeMap<SandboxId, Used>, DriverError> {
        let ids = names_in(&self.config.run_dir.join("sandboxes")).map_err(failed("listing sandboxes"))?;
        Ok(ids.into_iter().filter_map(|id| self.used_by(&id).map(|used| (id, used))).collect())
    }

    fn used_by(&self, id: &str) -> Option<Used> {
        let first = self.first_process(id)?;
        let group = self.hierarchies.of(id);
        let interfaces = fs::read_to_string(format!("/proc/{first}/net/dev")).unwrap_or_default();
        Some(Used {
            cpu_micros: group.cpu_micros(),
            memory_bytes: group.memory_bytes().unwrap_or_default(),
            disk: group.disk(),
            network: traffic(&interfaces),
        })
    }
}

/// Sums `/proc/PID/net/dev`: after two lines of heads, one an interface, received before sent, bytes and packets first of eight.
fn traffic(interfaces: &str) -> Traffic {
    let mut sum = Traffic::default();
    for line in interfaces.lines() {
        let Some((name, counters)) = line.split_once(':') else { continue };
        if name.trim() == LOOPBACK {
            continue;
        }
        let counters: Vec<u64> = counters.split_whitespace().filter_map(|word| word.parse().ok()).collect();
        if let [received_bytes, received_packets, _, _, _, _, _, _, sent_bytes, sent_packets, ..] = counters[..] {
            sum.received_bytes += received_bytes;
            sum.received_packets += received_packets;
            sum.sent_bytes += sent_bytes;
            sum.sent_packets += sent_packets;
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn traffic_is_the_sum_of_all_interfaces_but_the_loopback() {
        let table = "Inter-|   Receive                                                |  Transmit\n \
             face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed\n    \
               lo:  999999      99    0    0    0     0          0         0   999999      99    0    0    0     0       0          0\n  \
             eth0: 1200      10    0    0    0     0          0         0      340       4    0    0    0     0       0          0\n  \
             eth1:   34       1    0    0    0     0          0         0        6       2    0    0    0     0       0          0\n";
        let expected = Traffic {
            received_bytes: 1234,
            received_packets: 11,
            sent_bytes: 346,
            sent_packets: 6,
        };
        assert_eq!(traffic(table), expected);
    }
}
