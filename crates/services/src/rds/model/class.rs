//! Instance classes: how much of the machine a database may use.

/// A class: `db.t3.micro`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Class {
    pub name: &'static str,
    pub vcpus: u32,
    pub memory_mib: u32,
}

const fn class(name: &'static str, vcpus: u32, memory_mib: u32) -> Class {
    Class { name, vcpus, memory_mib }
}

/// Every class.
pub const CLASSES: &[Class] = &[
    class("db.m5.2xlarge", 8, 32_768),
    class("db.m5.large", 2, 8192),
    class("db.m5.xlarge", 4, 16_384),
    class("db.m6g.large", 2, 8192),
    class("db.m6g.xlarge", 4, 16_384),
    class("db.m6i.large", 2, 8192),
    class("db.m6i.xlarge", 4, 16_384),
    class("db.m7g.large", 2, 8192),
    class("db.m7g.xlarge", 4, 16_384),
    class("db.r5.large", 2, 16_384),
    class("db.r5.xlarge", 4, 32_768),
    class("db.r6g.large", 2, 16_384),
    class("db.r6g.xlarge", 4, 32_768),
    class("db.t2.medium", 2, 4096),
    class("db.t2.micro", 1, 1024),
    class("db.t2.small", 1, 2048),
    class("db.t3.2xlarge", 8, 32_768),
    class("db.t3.large", 2, 8192),
    class("db.t3.medium", 2, 4096),
    class("db.t3.micro", 2, 1024),
    class("db.t3.small", 2, 2048),
    class("db.t3.xlarge", 4, 16_384),
    class("db.t4g.large", 2, 8192),
    class("db.t4g.medium", 2, 4096),
    class("db.t4g.micro", 2, 1024),
    class("db.t4g.small", 2, 2048),
    class("db.t4g.xlarge", 4, 16_384),
];

impl Class {
    /// The class of this name.
    pub fn named(name: &str) -> Option<&'static Self> {
        CLASSES.iter().find(|class| class.name == name)
    }
}
