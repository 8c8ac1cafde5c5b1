//! The types as data: families and their sizes.

/// What all sizes of a family share.
#[derive(Debug)]
pub struct Family {
    pub name: &'static str,
    pub architecture: &'static str,
    pub manufacturer: &'static str,
    pub clock_ghz: f64,
    /// `xen` or `nitro`.
    pub hypervisor: &'static str,
    /// Whether it earns CPU credits.
    pub burstable: bool,
    pub current: bool,
    pub sizes: &'static [Size],
}

/// One size of a family.
#[derive(Debug)]
pub struct Size {
    pub name: &'static str,
    pub vcpus: u32,
    pub memory_mib: u32,
    /// Interfaces at the most, and addresses of each.
    pub interfaces: (i32, i32),
}

const fn size(name: &'static str, vcpus: u32, memory_mib: u32, interfaces: (i32, i32)) -> Size {
    Size {
        name,
        vcpus,
        memory_mib,
        interfaces,
    }
}

const T1: &[Size] = &[size("micro", 1, 627, (2, 2))];
const T2: &[Size] = &[
    size("nano", 1, 512, (2, 2)),
    size("micro", 1, 1024, (2, 2)),
    size("small", 1, 2048, (3, 4)),
    size("medium", 2, 4096, (3, 6)),
    size("large", 2, 8192, (3, 12)),
    size("xlarge", 4, 16_384, (3, 15)),
    size("2xlarge", 8, 32_768, (3, 15)),
];
const T3: &[Size] = &[
    size("nano", 2, 512, (2, 2)),
    size("micro", 2, 1024, (2, 2)),
    size("small", 2, 2048, (3, 4)),
    size("medium", 2, 4096, (3, 6)),
    size("large", 2, 8192, (3, 12)),
    size("xlarge", 4, 16_384, (4, 15)),
    size("2xlarge", 8, 32_768, (4, 15)),
];
const M1: &[Size] = &[
    size("small", 1, 1740, (2, 4)),
    size("medium", 1, 3788, (2, 6)),
    size("large", 2, 7680, (3, 10)),
    size("xlarge", 4, 15_360, (4, 15)),
];
const M3: &[Size] = &[
    size("medium", 1, 3840, (2, 6)),
    size("large", 2, 7680, (3, 10)),
    size("xlarge", 4, 15_360, (4, 15)),
    size("2xlarge", 8, 30_720, (4, 30)),
];
const M4: &[Size] = &[
    size("large", 2, 8192, (2, 10)),
    size("xlarge", 4, 16_384, (4, 15)),
    size("2xlarge", 8, 32_768, (4, 15)),
    size("4xlarge", 16, 65_536, (8, 30)),
];
const GENERAL: &[Size] = &[
    size("large", 2, 8192, (3, 10)),
    size("xlarge", 4, 16_384, (4, 15)),
    size("2xlarge", 8, 32_768, (4, 15)),
    size("4xlarge", 16, 65_536, (8, 30)),
];
const GENERAL_G: &[Size] = &[
    size("medium", 1, 4096, (2, 4)),
    size("large", 2, 8192, (3, 10)),
    size("xlarge", 4, 16_384, (4, 15)),
    size("2xlarge", 8, 32_768, (4, 15)),
    size("4xlarge", 16, 65_536, (8, 30)),
];
const C4: &[Size] = &[
    size("large", 2, 3840, (3, 10)),
    size("xlarge", 4, 7680, (4, 15)),
    size("2xlarge", 8, 15_360, (4, 15)),
    size("4xlarge", 16, 30_720, (8, 30)),
];
const COMPUTE: &[Size] = &[
    size("large", 2, 4096, (3, 10)),
    size("xlarge", 4, 8192, (4, 15)),
    size("2xlarge", 8, 16_384, (4, 15)),
    size("4xlarge", 16, 32_768, (8, 30)),
];
const R4: &[Size] = &[
    size("large", 2, 15_616, (3, 10)),
    size("xlarge", 4, 31_232, (4, 15)),
    size("2xlarge", 8, 62_464, (4, 15)),
];
const MEMORY: &[Size] = &[
    size("large", 2, 16_384, (3, 10)),
    size("xlarge", 4, 32_768, (4, 15)),
    size("2xlarge", 8, 65_536, (4, 15)),
    size("4xlarge", 16, 131_072, (8, 30)),
];

const fn xen(name: &'static str, clock_ghz: f64, current: bool, sizes: &'static [Size]) -> Family {
    Family {
        name,
        architecture: "x86_64",
        manufacturer: "Intel",
        clock_ghz,
        hypervisor: "xen",
        burstable: false,
        current,
        sizes,
    }
}

const fn nitro(name: &'static str, manufacturer: &'static str, clock_ghz: f64, sizes: &'static [Size]) -> Family {
    Family {
        name,
        architecture: "x86_64",
        manufacturer,
        clock_ghz,
        hypervisor: "nitro",
        burstable: false,
        current: true,
        sizes,
    }
}

const fn graviton(name: &'static str, clock_ghz: f64, sizes: &'static [Size]) -> Family {
    Family {
        architecture: "arm64",
        ..nitro(name, "AWS", clock_ghz, sizes)
    }
}

const fn burstable(family: Family) -> Family {
    Family { burstable: true, ..family }
}

/// Every family.
pub const FAMILIES: &[Family] = &[
    xen("t1", 2.4, false, T1),
    burstable(xen("t2", 3.3, true, T2)),
    burstable(nitro("t3", "Intel", 3.1, T3)),
    burstable(nitro("t3a", "AMD", 2.2, T3)),
    burstable(graviton("t4g", 2.5, T3)),
    xen("m1", 2.0, false, M1),
    xen("m3", 2.5, false, M3),
    xen("m4", 2.4, true, M4),
    nitro("m5", "Intel", 3.1, GENERAL),
    nitro("m5a", "AMD", 2.5, GENERAL),
    graviton("m6g", 2.5, GENERAL_G),
    nitro("m6i", "Intel", 3.5, GENERAL),
    nitro("m6a", "AMD", 3.6, GENERAL),
    graviton("m7g", 2.6, GENERAL_G),
    nitro("m7i", "Intel", 3.2, GENERAL),
    xen("c4", 2.9, true, C4),
    nitro("c5", "Intel", 3.4, COMPUTE),
    nitro("c5a", "AMD", 3.3, COMPUTE),
    graviton("c6g", 2.5, COMPUTE),
    nitro("c6i", "Intel", 3.5, COMPUTE),
    graviton("c7g", 2.6, COMPUTE),
    nitro("c7i", "Intel", 3.2, COMPUTE),
    xen("r4", 2.3, true, R4),
    nitro("r5", "Intel", 3.1, MEMORY),
    nitro("r5a", "AMD", 2.5, MEMORY),
    graviton("r6g", 2.5, MEMORY),
    nitro("r6i", "Intel", 3.5, MEMORY),
];
