//! Controllers in hierarchies of their own, as machines without a full v2 have them.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::{CPU_PERIOD_US, cpu_quota_us};
use crate::compute::Limits;

/// What is limited or counted here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Controller {
    Memory,
    Cpu,
    Pids,
    /// Only counts: of CPU time, where the `cpu` controller lives elsewhere, and of disks.
    Account,
}

/// A group of one hierarchy that has a controller in use here.
#[derive(Clone, Debug)]
pub(super) struct Hierarchy {
    controller: Controller,
    pub path: PathBuf,
}

impl Hierarchy {
    /// The top group of a mounted hierarchy; nothing where its controllers are of no use here.
    pub fn new(mount_point: &str, options: &str) -> Option<Self> {
        let controller = options.split(',').find_map(|option| match option {
            "memory" => Some(Controller::Memory),
            "cpu" => Some(Controller::Cpu),
            "pids" => Some(Controller::Pids),
            "cpuacct" | "blkio" => Some(Controller::Account),
            _ => None,
        })?;
        Some(Self {
            controller,
            path: PathBuf::from(mount_point),
        })
    }

    /// The group below this one.
    pub fn child(&self, name: &Path) -> Self {
        Self {
            controller: self.controller,
            path: self.path.join(name),
        }
    }

    /// Writes the limit of this controller.
    pub fn set_limits(&self, limits: &Limits) -> io::Result<()> {
        let set = |file: &str, value: u64| fs::write(self.path.join(file), value.to_string());
        match self.controller {
            Controller::Memory => set("memory.limit_in_bytes", limits.memory_bytes),
            Controller::Pids => set("pids.max", limits.pids.into()),
            Controller::Cpu => {
                set("cpu.cfs_period_us", CPU_PERIOD_US)?;
                set("cpu.cfs_quota_us", cpu_quota_us(limits))
            }
            Controller::Account => Ok(()),
        }
    }
}
