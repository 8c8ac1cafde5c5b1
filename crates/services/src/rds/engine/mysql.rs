//! MariaDB 10.11. It stands for AWS's `mysql` too: on the wire it says what it is, since clients that are told of MySQL 8 ask for what
//! only that has.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use tierra_drivers::compute::SandboxFile;

use super::sql::{escaped, is_variable, ticked};
use super::{CERTIFICATE, CONFIG, EngineSpec, RUN, VOLUME_PATH, config};

pub(super) const IMAGE: &str = "mariadb-10.11";
/// The server replaces the shell: signals are its own. The key is copied where the engine's user can read it.
pub(super) const INIT: &str = "install -d -m 755 -o mysql -g mysql /run/tierra-engine
install -m 400 -o mysql -g mysql /etc/tierra/server.key /run/tierra-engine/server.key
exec /usr/sbin/mariadbd --defaults-file=/etc/tierra/engine.conf";
/// The sandbox's root is the server's root by the socket's credentials.
pub(super) const CLIENT: &[&str] = &[
    "/usr/bin/mariadb",
    "--no-defaults",
    "--socket=/run/tierra-engine/engine.sock",
    "--user=root",
    "--batch",
    "--skip-column-names",
    "--default-character-set=utf8mb4",
    "--connect-timeout=5",
];

/// Goes on after a statement that the server refuses.
pub(super) const LENIENT: [&str; 1] = ["--force"];
/// What every session of the master user's password begins with: no log keeps it, and a backslash escapes.
const SECRETLY: &str = "SET SESSION sql_log_off = 1;\nSET SESSION slow_query_log = 0;\nSET SESSION sql_mode = '';\n";

/// What a group that does not say otherwise has.
const DEFAULTS: [(&str, &str); 6] = [
    ("character_set_server", "utf8mb4"),
    ("collation_server", "utf8mb4_general_ci"),
    ("innodb_flush_log_at_trx_commit", "1"),
    ("innodb_log_file_size", "32M"),
    ("innodb_buffer_pool_size", "128M"),
    ("local_infile", "1"),
];
/// What AWS gives the master user of MySQL 8.0 ("Master user account privileges"), as far as MariaDB has it.
const PRIVILEGES: &str = "SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, RELOAD, PROCESS, REFERENCES, INDEX, ALTER, SHOW DATABASES, \
    CREATE TEMPORARY TABLES, LOCK TABLES, EXECUTE, REPLICATION SLAVE, REPLICATION CLIENT, CREATE VIEW, SHOW VIEW, CREATE ROUTINE, \
    ALTER ROUTINE, CREATE USER, EVENT, TRIGGER";

pub(super) fn files(spec: &EngineSpec) -> Vec<SandboxFile> {
    vec![config::file(CONFIG, 0o644, configuration(spec))]
}

/// The group's values, then what is not theirs to say: the last line counts. A name that MariaDB does not have is passed over.
fn configuration(spec: &EngineSpec) -> String {
    let defaults = DEFAULTS.iter().map(|(name, value)| (*name, (*value).to_owned()));
    let loose: Vec<_> = config::plain(&spec.parameters)
        .map(|(name, value)| (format!("loose_{name}"), value.to_owned()))
        .collect();
    let group = loose.iter().map(|(name, value)| (name.as_str(), value.clone()));
    let own = [
        ("user", "mysql".to_owned()),
        ("datadir", format!("{VOLUME_PATH}/db")),
        ("socket", format!("{RUN}/engine.sock")),
        ("pid_file", format!("{RUN}/engine.pid")),
        ("bind_address", "0.0.0.0".to_owned()),
        ("port", spec.port.to_string()),
        ("log_error", format!("{VOLUME_PATH}/log/error/mysql-error.log")),
        ("slow_query_log_file", format!("{VOLUME_PATH}/log/slowquery/mysql-slowquery.log")),
        ("general_log_file", format!("{VOLUME_PATH}/log/general/mysql-general.log")),
        ("ssl_cert", CERTIFICATE.to_owned()),
        ("ssl_key", format!("{RUN}/server.key")),
    ];
    format!("[mariadbd]\nskip_name_resolve\n{}", config::lines(defaults.chain(group).chain(own)))
}

pub(super) fn bootstrap(user: &str, password: &str, database: Option<&str>) -> String {
    let who = format!("{}@'%'", escaped(user));
    let password = escaped(password);
    let mut sql = format!(
        "{SECRETLY}CREATE USER IF NOT EXISTS {who} IDENTIFIED BY {password};\nALTER USER {who} IDENTIFIED BY {password};\n\
         GRANT {PRIVILEGES} ON *.* TO {who} WITH GRANT OPTION;\n"
    );
    if let Some(database) = database {
        // Writing to a string cannot fail.
        let _ = writeln!(sql, "CREATE DATABASE IF NOT EXISTS {};", ticked(database));
    }
    sql
}

pub(super) fn set(parameters: &BTreeMap<String, Option<String>>) -> String {
    let known = parameters.iter().filter(|(name, _)| is_variable(name));
    known.fold(String::new(), |mut sql, (name, value)| {
        let default = || DEFAULTS.iter().find(|default| default.0 == name).map(|default| default.1);
        let value = value.as_deref().or_else(default).map_or("DEFAULT".to_owned(), value_of);
        // Writing to a string cannot fail.
        let _ = writeln!(sql, "SET GLOBAL {name} = {value};");
        sql
    })
}

/// Numbers go as they are, since MariaDB takes no text for them; words as text.
fn value_of(value: &str) -> String {
    match value.parse::<f64>() {
        Ok(number) if number.is_finite() => value.to_owned(),
        _ => escaped(value),
    }
}
