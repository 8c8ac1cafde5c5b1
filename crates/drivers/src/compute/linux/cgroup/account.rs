//! What a sandbox's groups have counted, in whichever hierarchy the controllers live.

use std::fs;
use std::path::Path;

use super::Cgroup;
use crate::compute::usage::Disk;

const NANOS_PER_MICRO: u64 = 1000;

impl Cgroup {
    /// Time on CPUs, in microseconds.
    pub fn cpu_micros(&self) -> u64 {
        let legacy = self.legacy.iter().find_map(|group| number(&group.path.join("cpuacct.usage")));
        let unified = || keyed(&self.guest().join("cpu.stat"), "usage_usec");
        legacy.map(|nanos| nanos / NANOS_PER_MICRO).or_else(unified).unwrap_or_default()
    }

    /// Bytes of memory that the guest uses now, page cache included.
    pub fn memory_bytes(&self) -> Option<u64> {
        let legacy = self.legacy.iter().map(|group| group.path.join("memory.usage_in_bytes"));
        let mut files = legacy.chain([self.guest().join("memory.current")]);
        files.find_map(|file| number(&file))
    }

    /// What went from and to disks.
    pub fn disk(&self) -> Disk {
        let legacy = self.legacy.iter().find_map(|group| {
            let bytes = fs::read_to_string(group.path.join("blkio.throttle.io_service_bytes")).ok()?;
            let operations = fs::read_to_string(group.path.join("blkio.throttle.io_serviced")).ok()?;
            Some(of_v1(&bytes, &operations))
        });
        legacy.unwrap_or_else(|| of_v2(&fs::read_to_string(self.guest().join("io.stat")).unwrap_or_default()))
    }
}

fn number(file: &Path) -> Option<u64> {
    fs::read_to_string(file).ok()?.trim().parse().ok()
}

/// The number beside a word, in a file of such lines.
fn keyed(file: &Path, word: &str) -> Option<u64> {
    let text = fs::read_to_string(file).ok()?;
    text.lines().find_map(|line| line.strip_prefix(word)?.trim().parse().ok())
}

/// Lines as `8:0 Read 4096`, one a device and kind.
fn of_v1(bytes: &str, operations: &str) -> Disk {
    let sum = |text: &str, kind: &str| {
        let counted = text.lines().filter_map(|line| {
            let mut words = line.split(' ').skip(1);
            (words.next() == Some(kind)).then(|| words.next()?.parse::<u64>().ok()).flatten()
        });
        counted.sum()
    };
    Disk {
        read_bytes: sum(bytes, "Read"),
        written_bytes: sum(bytes, "Write"),
        reads: sum(operations, "Read"),
        writes: sum(operations, "Write"),
    }
}

/// Lines as `8:0 rbytes=4096 wbytes=0 rios=1 wios=0 dbytes=0 dios=0`, one a device.
fn of_v2(stat: &str) -> Disk {
    let sum = |key: &str| {
        let words = stat.split_whitespace().filter_map(|word| word.split_once('='));
        words
            .filter(|(name, _)| *name == key)
            .filter_map(|(_, value)| value.parse::<u64>().ok())
            .sum()
    };
    Disk {
        read_bytes: sum("rbytes"),
        written_bytes: sum("wbytes"),
        reads: sum("rios"),
        writes: sum("wios"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn disks_are_summed_in_both_formats() {
        let expected = Disk {
            read_bytes: 12_288,
            written_bytes: 512,
            reads: 3,
            writes: 1,
        };
        let bytes = "8:0 Read 4096\n8:0 Write 512\n8:0 Sync 4608\n8:16 Read 8192\nTotal 12800\n";
        let operations = "8:0 Read 1\n8:0 Write 1\n8:16 Read 2\nTotal 4\n";
        assert_eq!(of_v1(bytes, operations), expected);
        let stat = "8:0 rbytes=4096 wbytes=512 rios=1 wios=1 dbytes=9 dios=9\n8:16 rbytes=8192 wbytes=0 rios=2 wios=0 dbytes=0 dios=0\n";
        assert_eq!(of_v2(stat), expected);
        assert_eq!(of_v2(""), Disk::default());
    }
}
