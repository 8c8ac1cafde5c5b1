//! Database engines: how each is configured, started, asked and told. All pure: what is said to an engine is a [`Client`], the words
//! that a command inside its sandbox reads.
//!
//! Map: `mysql.rs` MariaDB, which stands for AWS's `mysql` too · `postgres.rs` PostgreSQL · `sql.rs` words that SQL takes as they are ·
//! `config.rs` configuration files · `formula.rs` values that depend on the class · `logs.rs` log files.
//!
//! **Invariant**: no password is an argument, in an environment or in a file: statements go by standard input.

mod config;
pub mod formula;
pub mod logs;
mod mysql;
mod postgres;
mod sql;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use tierra_drivers::compute::SandboxFile;

/// Where a database's data volume is mounted, as on AWS.
pub const VOLUME_PATH: &str = "/rdsdbdata";
/// The folder of an engine's image with which a new data volume begins.
pub const TEMPLATE: &str = "/usr/share/tierra/rdsdbdata";

/// The configuration that is laid into the sandbox.
const CONFIG: &str = "/etc/tierra/engine.conf";
/// Its certificate, with those up to the authority.
const CERTIFICATE: &str = "/etc/tierra/server.crt";
/// Its key, which only root reads; the engine gets a copy at each start.
const KEY: &str = "/etc/tierra/server.key";
/// Where the engine keeps what does not outlive it.
const RUN: &str = "/run/tierra-engine";

/// What really runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// MariaDB 10.11, for AWS's `mariadb` and `mysql`.
    Mariadb,
    /// PostgreSQL 15.
    Postgres,
}

/// What a database should be, to its engine. What is secret is told apart from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EngineSpec {
    /// What runs.
    pub kind: Kind,
    /// The TCP port on which it listens.
    pub port: u16,
    /// The database that it begins with.
    pub database: Option<String>,
    /// The name of the master user, who may do what AWS lets a customer do.
    pub master: String,
    /// The values of its parameter group, formulas computed. A name that the engine does not know is left out of its configuration.
    pub parameters: BTreeMap<String, String>,
}

/// A command inside an engine's sandbox, as root, and what it reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Client {
    /// The program and its arguments.
    pub argv: Vec<String>,
    /// Statements.
    pub stdin: String,
}

impl Client {
    fn new(argv: &[&str], stdin: String) -> Self {
        Self {
            argv: argv.iter().map(ToString::to_string).collect(),
            stdin,
        }
    }
}

/// The certificate that an engine shows and its key, laid into its sandbox. `chain_pem`: the certificate, then those up to the
/// authority.
pub fn tls_files(chain_pem: &str, key_pem: &str) -> [SandboxFile; 2] {
    [
        config::file(CERTIFICATE, 0o644, chain_pem.to_owned()),
        config::file(KEY, 0o600, key_pem.to_owned()),
    ]
}

impl EngineSpec {
    /// The image that it runs on.
    pub fn image(&self) -> &'static str {
        match self.kind {
            Kind::Mariadb => mysql::IMAGE,
            Kind::Postgres => postgres::IMAGE,
        }
    }

    /// The first process of its sandbox. Told to end (SIGTERM), it ends in good order.
    pub fn init(&self) -> Vec<String> {
        let script = match self.kind {
            Kind::Mariadb => mysql::INIT,
            Kind::Postgres => postgres::INIT,
        };
        ["/bin/sh", "-euc", script].map(String::from).to_vec()
    }

    /// Its configuration: files laid into its sandbox before each start, beside [`tls_files`].
    pub fn files(&self) -> Vec<SandboxFile> {
        match self.kind {
            Kind::Mariadb => mysql::files(self),
            Kind::Postgres => postgres::files(self),
        }
    }

    /// Whether it answers: a real query, answered by exit code 0.
    pub fn ready(&self) -> Client {
        self.tell("SELECT 1;\n".to_owned())
    }

    /// Makes the master user with this password, and the first database; again and again without harm. It changes the password too,
    /// and gives a restored database its new master's.
    pub fn bootstrap(&self, password: &str) -> Client {
        let database = self.database.as_deref();
        self.tell(match self.kind {
            Kind::Mariadb => mysql::bootstrap(&self.master, password, database),
            Kind::Postgres => postgres::bootstrap(&self.master, password, database),
        })
    }

    /// Has dynamic parameters be in force at once, `None`: their defaults. Static ones wait for the next start. A parameter that the
    /// engine does not have, or does not take at run time, is passed over.
    pub fn set(&self, parameters: &BTreeMap<String, Option<String>>) -> Client {
        let mut client = self.tell(match self.kind {
            Kind::Mariadb => mysql::set(parameters),
            Kind::Postgres => postgres::set(parameters),
        });
        client.argv.extend(match self.kind {
            Kind::Mariadb => mysql::LENIENT.map(String::from),
            Kind::Postgres => postgres::LENIENT.map(String::from),
        });
        client
    }

    fn tell(&self, statements: String) -> Client {
        match self.kind {
            Kind::Mariadb => Client::new(mysql::CLIENT, statements),
            Kind::Postgres => {
                let mut client = Client::new(postgres::CLIENT, statements);
                client.argv.push(format!("--port={}", self.port));
                client
            }
        }
    }
}
