//! Names, sizes and passwords. Follows the user guide's page "Quotas and constraints for Amazon RDS" and the API page "CreateDBInstance".

use super::errors::RdsError;
use super::model::{Class, Engine};

/// Instances of one region.
pub(super) const INSTANCES: usize = 40;
/// Zones that a subnet group covers at least.
pub(super) const ZONES: usize = 2;
/// Subnets of one group.
pub(super) const SUBNETS: usize = 20;
const NAME_LENGTH: usize = 255;
const INSTANCE_NAME_LENGTH: usize = 63;
const PASSWORD_LEAST: usize = 8;
const MOST_STORAGE: i32 = 65_536;
const PORTS: std::ops::RangeInclusive<i32> = 1150..=65_535;
/// Days that backups may be kept.
const RETENTION: std::ops::RangeInclusive<i32> = 0..=35;
/// Names that the engines keep for themselves.
const RESERVED: &[&str] = &[
    "rdsadmin",
    "rdsrepladmin",
    "rdstopmgr",
    "root",
    "mysql",
    "mariadb.sys",
    "postgres_rds",
];

/// Checks an identifier and gives it in lower case, as RDS keeps it.
pub(super) fn identifier(parameter: &str, text: &str) -> Result<String, RdsError> {
    named(parameter, text, INSTANCE_NAME_LENGTH, b"-")
}

/// Checks a snapshot's identifier; those of automated ones have colons.
pub(super) fn snapshot(parameter: &str, text: &str) -> Result<String, RdsError> {
    named(parameter, text, NAME_LENGTH, b"-")
}

/// Checks a group's name and gives it in lower case.
pub(super) fn group(parameter: &str, text: &str) -> Result<String, RdsError> {
    if text.eq_ignore_ascii_case("default") {
        return Err(RdsError::value(format!("The parameter {parameter} may not be default.")));
    }
    named(parameter, text, NAME_LENGTH, b"-._ ")
}

fn named(parameter: &str, text: &str, most: usize, marks: &[u8]) -> Result<String, RdsError> {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || marks.contains(&byte);
    let formed = text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.bytes().all(fits)
        && text.len() <= most
        && !text.ends_with('-')
        && !text.contains("--");
    if formed {
        return Ok(text.to_ascii_lowercase());
    }
    Err(RdsError::value(format!(
        "The parameter {parameter} is not a valid identifier. Identifiers must begin with a letter; must contain only ASCII letters, digits, and hyphens; and must not end with a hyphen or contain two consecutive hyphens."
    )))
}

/// Checks the master user's name.
pub(super) fn username(engine: Engine, name: &str) -> Result<(), RdsError> {
    let most = if engine == Engine::Postgres { 63 } else { 32 };
    let formed = name.starts_with(|c: char| c.is_ascii_alphabetic()) && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    if !formed || name.len() > most {
        return Err(RdsError::value(format!("The parameter MasterUsername is not a valid name: {name}")));
    }
    let reserved = RESERVED.contains(&name.to_ascii_lowercase().as_str()) || (engine == Engine::Postgres && name == "admin");
    if reserved {
        return Err(RdsError::value(format!(
            "MasterUsername {name} cannot be used as it is a reserved word used by the engine"
        )));
    }
    Ok(())
}

/// Checks the master user's password.
pub(super) fn password(engine: Engine, text: &str) -> Result<(), RdsError> {
    let most = if engine == Engine::Postgres { 128 } else { 41 };
    if text.len() < PASSWORD_LEAST {
        return Err(RdsError::value(
            "The parameter MasterUserPassword is not a valid password because it is shorter than 8 characters.",
        ));
    }
    if text.len() > most {
        return Err(RdsError::value(format!(
            "The parameter MasterUserPassword is not a valid password because it is longer than {most} characters."
        )));
    }
    if text.bytes().all(|b| b.is_ascii_graphic() && !b"/@\"".contains(&b)) {
        return Ok(());
    }
    Err(RdsError::value(
        "The parameter MasterUserPassword is not a valid password. Only printable ASCII characters besides '/', '@', '\"', ' ' may be used.",
    ))
}

/// Checks the name of the first database.
pub(super) fn database(engine: Engine, name: &str) -> Result<(), RdsError> {
    let most = if engine == Engine::Postgres { 63 } else { 64 };
    let formed =
        name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    if formed && name.len() <= most {
        return Ok(());
    }
    Err(RdsError::value(format!(
        "DBName must begin with a letter and contain only alphanumeric characters: {name}"
    )))
}

/// Checks a class.
pub(super) fn class(name: &str) -> Result<(), RdsError> {
    let unknown = || RdsError::value(format!("Invalid DB Instance class: {name}"));
    Class::named(name).map(|_| ()).ok_or_else(unknown)
}

/// Checks a size against its type.
pub(super) fn storage(engine: Engine, kind: &str, gib: i32) -> Result<(), RdsError> {
    let least = match kind {
        "gp2" | "standard" => 5,
        "gp3" => 20,
        _ => return Err(RdsError::value(format!("Invalid storage type: {kind}"))),
    };
    if (least..=MOST_STORAGE).contains(&gib) {
        return Ok(());
    }
    Err(RdsError::value(format!(
        "Invalid storage size for engine name {engine} and storage type {kind}: {gib}"
    )))
}

/// Checks a port.
pub(super) fn port(port: i32) -> Result<u16, RdsError> {
    let invalid = || RdsError::value(format!("Invalid database port: {port}. The port must be between 1150 and 65535."));
    u16::try_from(port).ok().filter(|_| PORTS.contains(&port)).ok_or_else(invalid)
}

/// Checks how many days backups are kept.
pub(super) fn retention(days: i32) -> Result<i32, RdsError> {
    if RETENTION.contains(&days) {
        return Ok(days);
    }
    Err(RdsError::value(format!(
        "Invalid backup retention period: {days}. Must be between 0 and 35."
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_passwords_and_sizes_are_checked() {
        for (text, good) in [
            ("MyDb-1", true),
            ("1db", false),
            ("a--b", false),
            ("a-", false),
            ("a_b", false),
            ("", false),
        ] {
            assert_eq!(identifier("DBInstanceIdentifier", text).is_ok(), good, "{text}");
        }
        for (text, good) in [("secret12", true), ("short", false), ("with/slash", false), ("with space", false)] {
            assert_eq!(password(Engine::Mysql, text).is_ok(), good, "{text}");
        }
        for (kind, gib, good) in [("gp2", 5, true), ("gp2", 4, false), ("gp3", 19, false), ("gp9", 20, false)] {
            assert_eq!(storage(Engine::Mysql, kind, gib).is_ok(), good, "{kind} {gib}");
        }
        assert!(username(Engine::Postgres, "admin").is_err() && username(Engine::Mysql, "admin").is_ok());
    }
}
