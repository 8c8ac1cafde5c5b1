//! PostgreSQL 15.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use tierra_drivers::compute::SandboxFile;

use super::sql::{is_variable, literal, name};
use super::{CERTIFICATE, CONFIG, EngineSpec, RUN, VOLUME_PATH, config};

pub(super) const IMAGE: &str = "postgresql-15";
/// The shell stays: SIGTERM means to PostgreSQL that it waits for its clients, and what is wanted is SIGINT. Values set at run time
/// were for that run.
pub(super) const INIT: &str = "install -d -m 755 -o postgres -g postgres /run/tierra-engine
install -m 400 -o postgres -g postgres /etc/tierra/server.key /run/tierra-engine/server.key
: > /rdsdbdata/db/postgresql.auto.conf
rm -f /rdsdbdata/db/postmaster.pid
setpriv --reuid=postgres --regid=postgres --clear-groups /usr/lib/postgresql/15/bin/postgres \
    -D /rdsdbdata/db -c config_file=/etc/tierra/engine.conf &
server=$!
trap 'kill -INT $server' TERM
code=0
while kill -0 $server 2>/dev/null; do wait $server && code=0 || code=$?; done
exit $code";
/// The sandbox's root becomes the engine's user, who is the superuser by the socket's credentials.
pub(super) const CLIENT: &[&str] = &[
    "/usr/bin/setpriv",
    "--reuid=postgres",
    "--regid=postgres",
    "--clear-groups",
    "/usr/lib/postgresql/15/bin/psql",
    "--no-psqlrc",
    "--quiet",
    "--tuples-only",
    "--no-align",
    "--set=ON_ERROR_STOP=1",
    "--host=/run/tierra-engine",
    "--username=rdsadmin",
    "--dbname=postgres",
];

/// Goes on after a statement that the server refuses.
pub(super) const LENIENT: [&str; 1] = ["--set=ON_ERROR_STOP=0"];
/// What every session of the master user's password begins with: neither a log nor the statistics keep it.
const SECRETLY: &str = "SET log_statement = 'none';\nSET log_min_duration_statement = -1;\nSET log_min_error_statement = 'panic';\n\
    SET pg_stat_statements.track = 'none';\n";

/// Who may come in, and as whom.
const HBA: &str = "/etc/tierra/pg_hba.conf";
/// Whom the socket's credentials make the superuser.
const IDENT: &str = "/etc/tierra/pg_ident.conf";
/// AWS's own parameter: whether clients must speak TLS. It is when a group of PostgreSQL 15 says nothing.
const FORCE_SSL: &str = "rds.force_ssl";

pub(super) fn files(spec: &EngineSpec) -> Vec<SandboxFile> {
    vec![
        config::file(CONFIG, 0o644, configuration(spec)),
        config::file(HBA, 0o644, access(spec)),
        config::file(IDENT, 0o644, "rds postgres rdsadmin\n".to_owned()),
    ]
}

/// The group's values, then what is not theirs to say: the last line counts.
fn configuration(spec: &EngineSpec) -> String {
    let group = config::plain(&spec.parameters)
        .filter(|(name, _)| !name.starts_with("rds."))
        .map(|(name, value)| (name, literal(value)));
    let text = |value: String| literal(&value);
    let own = [
        ("listen_addresses", text("*".to_owned())),
        ("port", spec.port.to_string()),
        ("unix_socket_directories", text(RUN.to_owned())),
        ("hba_file", text(HBA.to_owned())),
        ("ident_file", text(IDENT.to_owned())),
        ("ssl", "on".to_owned()),
        ("ssl_cert_file", text(CERTIFICATE.to_owned())),
        ("ssl_key_file", text(format!("{RUN}/server.key"))),
        ("password_encryption", text("scram-sha-256".to_owned())),
        ("logging_collector", "on".to_owned()),
        ("log_directory", text(format!("{VOLUME_PATH}/log/error"))),
        ("log_filename", text("postgresql.log.%Y-%m-%d-%H".to_owned())),
    ];
    config::lines(group.chain(own))
}

fn access(spec: &EngineSpec) -> String {
    let forced = spec.parameters.get(FORCE_SSL).is_none_or(|value| value != "0");
    let from = if forced { "hostssl" } else { "host" };
    format!("local all rdsadmin peer map=rds\nhost all rdsadmin all reject\n{from} all all all scram-sha-256\n")
}

pub(super) fn bootstrap(user: &str, password: &str, database: Option<&str>) -> String {
    let role = name(user);
    let group = "CREATE ROLE rds_superuser NOLOGIN IN ROLE pg_monitor, pg_signal_backend, pg_checkpoint";
    let mut sql = SECRETLY.to_owned();
    sql += &unless("pg_roles WHERE rolname", "rds_superuser", group);
    sql += &unless("pg_roles WHERE rolname", user, &format!("CREATE ROLE {role}"));
    // Writing to a string cannot fail.
    let _ = writeln!(
        sql,
        "ALTER ROLE {role} WITH LOGIN CREATEDB CREATEROLE PASSWORD {};\nGRANT rds_superuser TO {role};",
        literal(password)
    );
    if let Some(database) = database {
        let create = format!("CREATE DATABASE {} OWNER {role}", name(database));
        sql += &unless("pg_database WHERE datname", database, &create);
        // The database that is always there is the master user's too.
        let _ = writeln!(sql, "ALTER DATABASE postgres OWNER TO {role};");
    }
    sql
}

/// Does `what` unless the catalogue has that row.
fn unless(catalogue: &str, row: &str, what: &str) -> String {
    format!(
        "SELECT {} WHERE NOT EXISTS (SELECT FROM {catalogue} = {}) \\gexec\n",
        literal(what),
        literal(row)
    )
}

pub(super) fn set(parameters: &BTreeMap<String, Option<String>>) -> String {
    let known = parameters.iter().filter(|(name, _)| is_variable(name) && !name.starts_with("rds."));
    let mut sql = known.fold(String::new(), |mut sql, (name, value)| {
        // Writing to a string cannot fail.
        let _ = match value {
            Some(value) => writeln!(sql, "ALTER SYSTEM SET {name} = {};", literal(value)),
            None => writeln!(sql, "ALTER SYSTEM RESET {name};"),
        };
        sql
    });
    sql.push_str("SELECT pg_reload_conf();\n");
    sql
}
