//! Programs that user data brings or asks for. What they say goes to the console and to cloud-init's log, line by line.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::cloud_config;

/// Where what user data says is kept.
const LOG: &str = "/var/log/cloud-init-output.log";
/// How long a program's last lines are waited for.
const LAST_LINES: Duration = Duration::from_millis(200);

/// Says a line on the console (standard output, by the unit) and in the log.
pub(crate) fn say(line: &str) {
    println!("{line}");
    if let Ok(mut log) = open_log() {
        let _ = writeln!(log, "{line}");
    }
}

fn open_log() -> io::Result<File> {
    OpenOptions::new().create(true).append(true).mode(0o640).open(LOG)
}

/// Runs a program to its end; whether it did well. Standard error is told with standard output.
pub(crate) fn run(command: &mut Command) -> bool {
    let name = command.get_program().to_string_lossy().into_owned();
    match run_and_tell(command) {
        Ok(true) => true,
        Ok(false) => {
            say(&format!("{name} failed"));
            false
        }
        Err(error) => {
            say(&format!("{name}: {error}"));
            false
        }
    }
}

fn run_and_tell(command: &mut Command) -> io::Result<bool> {
    let (reader, writer) = io::pipe()?;
    // A process of its own: a server that a script leaves in the background goes on writing to it when we are gone.
    let mut teller = Command::new("tee").args(["-a", LOG]).stdin(reader).spawn()?;
    let mut child = command
        .current_dir("/")
        .stdin(Stdio::null())
        .stdout(writer.try_clone()?)
        .stderr(writer)
        .spawn()?;
    // The command keeps the writing ends, and the teller would never see the end.
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let status = child.wait()?;
    let end = Instant::now() + LAST_LINES;
    while teller.try_wait()?.is_none() && Instant::now() < end {
        std::thread::sleep(LAST_LINES / 100);
    }
    Ok(status.success())
}

/// Saves a script and runs it; one without a `#!` line is the shell's.
pub(crate) fn run_script(path: &Path, script: &[u8]) -> bool {
    let written = write_program(path, script);
    if let Err(error) = written {
        say(&format!("{}: {error}", path.display()));
        return false;
    }
    if script.starts_with(b"#!") {
        run(&mut Command::new(path))
    } else {
        run(Command::new("/bin/sh").arg(path))
    }
}

fn write_program(path: &Path, script: &[u8]) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(path, script)?;
    fs::set_permissions(path, fs::Permissions::from_mode(0o700))
}

/// The commands as one shell script, each on its line: one that fails does not keep the next from running.
pub(crate) fn script_of(commands: &[cloud_config::Command]) -> String {
    let line = |command: &cloud_config::Command| match command {
        cloud_config::Command::Shell(line) => line.clone(),
        cloud_config::Command::Program(words) => words.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" "),
    };
    let lines: Vec<_> = commands.iter().map(line).collect();
    format!("#!/bin/sh\n{}\n", lines.join("\n"))
}

fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_become_a_script_of_lines() {
        let commands = [
            cloud_config::Command::Shell("echo $HOME".into()),
            cloud_config::Command::Program(vec!["touch".into(), "it's".into(), "$x".into()]),
        ];
        assert_eq!(script_of(&commands), "#!/bin/sh\necho $HOME\n'touch' 'it'\\''s' '$x'\n");
    }
}
