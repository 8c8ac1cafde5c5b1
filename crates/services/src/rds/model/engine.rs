//! The engines that there are, by the names and versions that AWS gives them.
//!
//! MySQL's versions are MariaDB 10.11 inside: clients of MySQL talk to it, and the version asked for is what the API reports.

use tierra_model::text_enum;

text_enum! {
    /// What a database speaks.
    pub enum Engine { Mysql = "mysql", Mariadb = "mariadb", Postgres = "postgres" }
}

text_enum! {
    /// What parameter groups are made for.
    pub enum Family { Mysql57 = "mysql5.7", Mysql80 = "mysql8.0", Mariadb1011 = "mariadb10.11", Postgres15 = "postgres15" }
}

/// A version of an engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Version {
    pub engine: Engine,
    pub version: &'static str,
    pub major: &'static str,
    pub family: Family,
}

const fn version(engine: Engine, version: &'static str, major: &'static str, family: Family) -> Version {
    Version {
        engine,
        version,
        major,
        family,
    }
}

/// Every version that runs, an engine's oldest first; the last of a family is what its major version alone means.
pub const VERSIONS: &[Version] = &[
    version(Engine::Mariadb, "10.11.10", "10.11", Family::Mariadb1011),
    version(Engine::Mariadb, "10.11.11", "10.11", Family::Mariadb1011),
    version(Engine::Mysql, "5.7.44", "5.7", Family::Mysql57),
    version(Engine::Mysql, "8.0.35", "8.0", Family::Mysql80),
    version(Engine::Mysql, "8.0.39", "8.0", Family::Mysql80),
    version(Engine::Mysql, "8.0.40", "8.0", Family::Mysql80),
    version(Engine::Mysql, "8.0.41", "8.0", Family::Mysql80),
    version(Engine::Mysql, "8.0.42", "8.0", Family::Mysql80),
    version(Engine::Postgres, "15.10", "15", Family::Postgres15),
    version(Engine::Postgres, "15.12", "15", Family::Postgres15),
    version(Engine::Postgres, "15.13", "15", Family::Postgres15),
];

impl Engine {
    /// The port where a caller names none.
    pub fn port(self) -> u16 {
        match self {
            Self::Mysql | Self::Mariadb => 3306,
            Self::Postgres => 5432,
        }
    }

    /// As licences are called.
    pub fn licence(self) -> &'static str {
        match self {
            Self::Postgres => "postgresql-license",
            Self::Mysql | Self::Mariadb => "general-public-license",
        }
    }

    /// Its versions.
    pub fn versions(self) -> impl DoubleEndedIterator<Item = &'static Version> {
        VERSIONS.iter().filter(move |version| version.engine == self)
    }

    /// The version that a caller means: exactly, by major version, or the newest where they say none.
    pub fn version(self, asked: Option<&str>) -> Option<&'static Version> {
        let Some(asked) = asked else { return self.versions().next_back() };
        let exact = self.versions().find(|version| version.version == asked);
        exact.or_else(|| self.versions().rfind(|version| version.major == asked))
    }
}

impl Family {
    /// The engine of the family.
    pub fn engine(self) -> Engine {
        match self {
            Self::Mysql57 | Self::Mysql80 => Engine::Mysql,
            Self::Mariadb1011 => Engine::Mariadb,
            Self::Postgres15 => Engine::Postgres,
        }
    }

    /// The parameter group that an instance has where a caller names none.
    pub fn default_group(self) -> String {
        format!("default.{self}")
    }
}
