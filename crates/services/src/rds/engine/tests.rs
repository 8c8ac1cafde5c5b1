//! What engines are told, as tables.

use std::collections::BTreeMap;

use super::logs::{self, LogFile};
use super::*;

fn spec(kind: Kind) -> EngineSpec {
    EngineSpec {
        kind,
        port: 3307,
        database: Some("shop".into()),
        master: "admin".into(),
        parameters: [
            ("max_connections", "40"),
            ("bad\nname", "1"),
            ("bad_value", "1\nport = 1"),
            ("port", "1"),
            ("rds.force_ssl", "0"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into(),
    }
}

fn text(spec: &EngineSpec, path: &str) -> String {
    let files = spec.files();
    let found = files.into_iter().find(|file| file.path == path).expect("laid");
    String::from_utf8(found.content).expect("text")
}

/// The last value that a configuration gives a name: that one counts.
fn last<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let values = text.lines().filter_map(|line| line.split_once(" = "));
    values.filter(|(key, _)| *key == name).map(|(_, value)| value).next_back()
}

#[test]
fn a_group_cannot_say_what_is_not_its_to_say() {
    for (kind, limit) in [(Kind::Mariadb, "loose_max_connections"), (Kind::Postgres, "max_connections")] {
        let config = text(&spec(kind), CONFIG);
        assert_eq!(last(&config, "port"), Some("3307"), "{kind:?}");
        assert_eq!(last(&config, limit).map(|value| value.trim_matches('\'')), Some("40"), "{kind:?}");
        assert!(!config.contains("bad"), "{kind:?}: {config}");
        assert!(!config.contains("rds.") || kind == Kind::Mariadb, "{kind:?}: {config}");
    }
    let config = text(&spec(Kind::Mariadb), CONFIG);
    assert_eq!(
        last(&config, "innodb_flush_log_at_trx_commit"),
        Some("1"),
        "an answered commit is on disk"
    );
    assert_eq!(last(&config, "local_infile"), Some("1"));
}

#[test]
fn only_the_engine_reads_its_key() {
    let [certificate, key] = tls_files("CHAIN", "KEY");
    assert_eq!((certificate.mode, certificate.content), (0o644, b"CHAIN".to_vec()));
    assert_eq!((key.mode, key.content), (0o600, b"KEY".to_vec()));
}

#[test]
fn postgres_wants_tls_unless_its_group_says_otherwise() {
    let mut one = spec(Kind::Postgres);
    assert!(text(&one, "/etc/tierra/pg_hba.conf").ends_with("host all all all scram-sha-256\n"));
    one.parameters.clear();
    assert!(text(&one, "/etc/tierra/pg_hba.conf").ends_with("hostssl all all all scram-sha-256\n"));
}

#[test]
fn secrets_are_read_and_never_arguments() {
    let password = "it's a \\ \"secret\"";
    for (kind, quoted) in [
        (Kind::Mariadb, r#"IDENTIFIED BY 'it''s a \\ "secret"';"#),
        (Kind::Postgres, r#"PASSWORD 'it''s a \ "secret"';"#),
    ] {
        let told = spec(kind).bootstrap(password);
        assert!(told.stdin.contains(quoted), "{kind:?}: {}", told.stdin);
        assert!(told.argv.iter().all(|argument| !argument.contains("secret")), "{kind:?}");
        assert!(told.argv[0].starts_with('/'));
    }
}

#[test]
fn names_stay_names() {
    let mut one = spec(Kind::Mariadb);
    one.database = Some("a`b".into());
    one.master = "o'neil".into();
    let told = one.bootstrap("pw").stdin;
    assert!(
        told.contains("CREATE DATABASE IF NOT EXISTS `a``b`;") && told.contains("'o''neil'@'%'"),
        "{told}"
    );
    one.kind = Kind::Postgres;
    one.master = "a\"b".into();
    let told = one.bootstrap("pw").stdin;
    assert!(told.contains(r#"ALTER ROLE "a""b" WITH LOGIN"#), "{told}");
    one.database = None;
    assert!(!one.bootstrap("pw").stdin.contains("DATABASE"));
}

#[test]
fn dynamic_parameters_are_set_and_reset() {
    let changes: BTreeMap<_, _> = [
        ("general_log", Some("ON")),
        ("max_connections", Some("40")),
        ("local_infile", None),
        ("wait_timeout", None),
        ("x; DROP", Some("1")),
    ]
    .map(|(name, value)| (name.to_owned(), value.map(str::to_owned)))
    .into();
    assert_eq!(
        spec(Kind::Mariadb).set(&changes).stdin,
        "SET GLOBAL general_log = 'ON';\nSET GLOBAL local_infile = 1;\nSET GLOBAL max_connections = 40;\nSET GLOBAL wait_timeout = DEFAULT;\n"
    );
    assert_eq!(
        spec(Kind::Postgres).set(&changes).stdin,
        "ALTER SYSTEM SET general_log = 'ON';\nALTER SYSTEM RESET local_infile;\nALTER SYSTEM SET max_connections = '40';\n\
         ALTER SYSTEM RESET wait_timeout;\nSELECT pg_reload_conf();\n"
    );
}

#[test]
fn log_files_are_listed_and_read_below_their_folder() {
    let answer = "slowquery/mysql-slowquery.log\t7\t1800000000.5\nnonsense\nerror/mysql-error.log\t0\t1800000001.0000000000\n";
    let log = |name: &str, size, written| LogFile {
        name: name.into(),
        size,
        written,
    };
    assert_eq!(
        logs::parse(answer),
        [
            log("error/mysql-error.log", 0, 1_800_000_001_000),
            log("slowquery/mysql-slowquery.log", 7, 1_800_000_000_000)
        ]
    );
    for name in ["", "/etc/passwd", "../db/ibdata1", "error/../../x", "error//x", "a\nb"] {
        assert_eq!(logs::read(name, 0), None, "{name:?}");
    }
    let read = logs::read("error/mysql-error.log", 10).expect("a name");
    assert!(read.argv.contains(&"+11".to_owned()) && read.argv.contains(&"/rdsdbdata/log/error/mysql-error.log".to_owned()));
}
