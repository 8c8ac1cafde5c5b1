//! The command line from outside: exit codes, words of errors, help.

use std::net::TcpListener;
use std::process::{Command, Output};

fn tierra(folder: &std::path::Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_tierra"))
        .args(arguments)
        .env("TIERRA_DATA", folder.join("data"))
        .env("NO_COLOR", "1")
        .output()
        .expect("tierra runs")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn errors_have_their_exit_codes_and_words() {
    let folder = tempfile::tempdir().expect("folder");
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = taken.local_addr().expect("address").port().to_string();
    let broken = folder.path().join("broken.yaml");
    std::fs::write(
        &broken,
        "Resources:\n  Vpc:\n    Type: AWS::EC2::VPC\n    Properties: { CidrBlok: 10.0.0.0/16 }\n",
    )
    .expect("template");
    let broken = broken.to_str().expect("a path");
    let cases: &[(&[&str], i32, &str)] = &[
        (&[], 2, "Usage: tierra"),
        (&["nonsense"], 2, "unrecognized subcommand 'nonsense'"),
        (&["start", "--port", "70000"], 2, "--port"),
        (&["status"], 3, "`tierra start --detach` starts it"),
        (&["stop"], 3, "no cloud runs"),
        (&["env"], 3, "no cloud runs"),
        (&["ps"], 3, "no cloud runs"),
        (&["ssh", "i-1"], 3, "no cloud runs"),
        (&["down", "nothing"], 3, "no cloud runs"),
        (&["reset"], 1, "say `tierra reset --yes`"),
        (&["up", "/nowhere/template.yaml"], 1, "cannot read /nowhere/template.yaml"),
        (&["up", broken], 1, "did you mean `CidrBlock`?"),
        (&["up", broken, "--parameter", "x"], 2, "it must be KEY=VALUE"),
        (
            &["start", "--drivers", "sim", "--port", &port],
            1,
            "another port can be chosen with --port",
        ),
        (
            &["start", "--detach", "--drivers", "sim", "--port", &port],
            1,
            "the cloud did not start",
        ),
        (&["completions", "klingon"], 2, "invalid value 'klingon'"),
    ];
    for (arguments, code, words) in cases {
        let done = tierra(folder.path(), arguments);
        let said = text(&done.stderr);
        assert_eq!(done.status.code(), Some(*code), "{arguments:?} said\n{said}");
        assert!(said.contains(words), "{arguments:?} said\n{said}");
        assert!(!said.contains('\x1b'), "{arguments:?} coloured its words");
    }
}

#[test]
fn every_verb_has_help_and_says_the_exit_codes() {
    let folder = tempfile::tempdir().expect("folder");
    let help = text(&tierra(folder.path(), &["--help"]).stdout);
    assert!(help.contains("Exit codes: 0 done"), "{help}");
    let verbs = [
        "up",
        "down",
        "ps",
        "logs",
        "ssh",
        "env",
        "start",
        "stop",
        "status",
        "image",
        "doctor",
        "reset",
        "completions",
    ];
    for verb in verbs {
        assert!(help.contains(&format!("\n  {verb} ")), "{verb} is not in\n{help}");
        let own = tierra(folder.path(), &[verb, "--help"]);
        assert!(own.status.success() && text(&own.stdout).contains("--data"), "{verb}");
    }
    assert!(!help.contains("agent-worker"), "hidden commands are shown");
    assert!(text(&tierra(folder.path(), &["completions", "bash"]).stdout).contains("complete -F"));
}

#[test]
fn a_detached_cloud_is_told_about_and_stopped() {
    let folder = tempfile::tempdir().expect("folder");
    let run = |arguments: &[&str]| {
        let done = tierra(folder.path(), arguments);
        assert!(done.status.success(), "{arguments:?} said\n{}", text(&done.stderr));
        text(&done.stdout)
    };
    let port = TcpListener::bind("127.0.0.1:0")
        .and_then(|free| free.local_addr())
        .expect("a port")
        .port()
        .to_string();
    run(&["start", "--detach", "--drivers", "sim", "--port", &port]);
    let status: serde_json::Value = serde_json::from_str(&run(&["status", "--json"])).expect("json");
    assert_eq!(status["auth"], "on");
    let environment: serde_json::Value = serde_json::from_str(&run(&["env", "--json"])).expect("json");
    assert_eq!(environment["AWS_ENDPOINT_URL"], format!("http://127.0.0.1:{port}"));
    assert!(run(&["env"]).contains(&format!("export AWS_ENDPOINT_URL=http://127.0.0.1:{port}\n")));
    let again = tierra(folder.path(), &["start", "--detach", "--drivers", "sim", "--port", &port]);
    assert!(
        text(&again.stderr).contains(&format!("process {}", status["pid"])),
        "{}",
        text(&again.stderr)
    );
    run(&["stop"]);
    assert_eq!(tierra(folder.path(), &["status"]).status.code(), Some(3));
    run(&["reset", "--yes", "--drivers", "sim"]);
    assert!(!folder.path().join("data").exists());
}
