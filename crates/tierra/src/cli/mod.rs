//! The command line: one file a verb. Each verb parses its own arguments, does one thing and says what it did.
//!
//! **Invariant**: results go to stdout, everything said on the way to stderr; `--json` makes stdout one JSON value; the exit
//! codes are those of [`code`].

mod agent;
mod aws;
mod board;
mod completions;
mod connect;
mod console;
mod doctor;
mod down;
mod env;
mod hosts;
mod http;
mod image;
mod instance;
mod lb_node;
mod log;
mod package;
mod ps;
mod reset;
mod say;
mod ssh;
mod stack;
mod start;
mod status;
mod stop;
mod up;
mod xml;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use tierra_drivers::compute::linux::{SANDBOX_COMMAND, sandbox_main};

use crate::agent::{KEEPER_COMMAND, WORKER_COMMAND};
use crate::home::Home;

/// What the process answers to its caller.
pub mod code {
    /// It was done.
    pub const OK: u8 = 0;
    /// It was tried and failed.
    pub const FAILED: u8 = 1;
    /// The command line was wrong. clap uses it too.
    pub const USAGE: u8 = 2;
    /// No cloud runs with this data directory.
    pub const NOT_RUNNING: u8 = 3;
}

/// The hidden command that the units of an instance run.
const GUEST_COMMAND: &str = "guest-init";
/// The port of AWS's endpoint where none is given.
const DEFAULT_PORT: u16 = 4566;
const EXIT_CODES: &str = "Exit codes: 0 done · 1 failed · 2 wrong usage · 3 the cloud does not run";

/// A cloud on this machine that speaks AWS's own APIs and really runs what is asked of it.
#[derive(Debug, Parser)]
#[command(name = "tierra", version, after_help = EXIT_CODES, propagate_version = true, max_term_width = 120)]
struct Tierra {
    #[command(flatten)]
    context: Context,
    #[command(subcommand)]
    verb: Verb,
}

/// What every verb knows.
#[derive(Clone, Debug, Args)]
pub struct Context {
    /// The folder in which the cloud keeps everything [default: $XDG_DATA_HOME/tierra or ~/.local/share/tierra]
    #[arg(long, global = true, value_name = "DIR", env = "TIERRA_DATA")]
    data: Option<PathBuf>,
    /// The port of the AWS endpoint, on 127.0.0.1
    #[arg(long, global = true, value_name = "N", default_value_t = DEFAULT_PORT, env = "TIERRA_PORT")]
    port: u16,
    /// Print one JSON value instead of text
    #[arg(long, global = true)]
    json: bool,
    /// The region that is meant
    #[arg(
        long,
        global = true,
        value_name = "REGION",
        default_value = "us-east-1",
        env = "AWS_DEFAULT_REGION"
    )]
    region: String,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Up(up::Up),
    Package(package::PackageVerb),
    Down(down::Down),
    Ps(ps::Ps),
    Logs(console::Logs),
    Ssh(ssh::Ssh),
    Env(env::Env),
    Hosts(hosts::Hosts),
    Start(start::Start),
    Stop(stop::Stop),
    Status(status::Status),
    Image(image::Image),
    Doctor(doctor::Doctor),
    Reset(reset::Reset),
    Completions(completions::Completions),
    #[command(name = connect::CONNECT_COMMAND, hide = true)]
    Connect(connect::Connect),
    #[command(hide = true)]
    LbNode(lb_node::LbNode),
    #[command(name = KEEPER_COMMAND, hide = true)]
    Agent(agent::Agent),
    #[command(name = WORKER_COMMAND, hide = true)]
    AgentWorker(agent::Agent),
}

/// No cloud runs with this data directory.
#[derive(Debug, thiserror::Error)]
#[error("no cloud runs with the data directory {0}; `tierra start --detach` starts it")]
struct NotRunning(String);

impl Context {
    fn home(&self) -> Home {
        Home::new(self.data.clone().unwrap_or_else(Home::default_folder))
    }

    /// Who serves the data directory.
    fn running(&self) -> Result<crate::home::Running, NotRunning> {
        let home = self.home();
        home.running().ok_or_else(|| NotRunning(home.folder().display().to_string()))
    }
}

/// Runs the command line of this process.
pub fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    // What Tierra runs of itself inside and around a sandbox: before anything that starts a thread or reads settings.
    match arguments.next() {
        Some(verb) if verb == SANDBOX_COMMAND => return sandbox_main(arguments),
        Some(verb) if verb == GUEST_COMMAND => return tierra_guest::run(arguments.map(|word| word.to_string_lossy().into_owned())),
        _ => {}
    }
    let Tierra { context, verb } = Tierra::parse();
    match run(&context, verb) {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            say::error(&error);
            ExitCode::from(if error.is::<NotRunning>() {
                code::NOT_RUNNING
            } else {
                code::FAILED
            })
        }
    }
}

fn run(context: &Context, verb: Verb) -> anyhow::Result<u8> {
    match verb {
        Verb::Up(verb) => verb.run(context),
        Verb::Package(verb) => verb.run(context),
        Verb::Down(verb) => verb.run(context),
        Verb::Ps(verb) => verb.run(context),
        Verb::Logs(verb) => verb.run(context),
        Verb::Ssh(verb) => verb.run(context),
        Verb::Env(verb) => verb.run(context),
        Verb::Hosts(verb) => verb.run(context),
        Verb::Image(verb) => verb.run(context),
        Verb::Start(verb) => verb.run(context),
        Verb::Stop(verb) => verb.run(context),
        Verb::Status(verb) => verb.run(context),
        Verb::Doctor(verb) => verb.run(context),
        Verb::Reset(verb) => verb.run(context),
        Verb::Completions(verb) => verb.run(),
        Verb::Connect(verb) => verb.run(context),
        Verb::LbNode(verb) => verb.run(),
        Verb::Agent(verb) => verb.keep(),
        Verb::AgentWorker(verb) => verb.work(),
    }
}

/// Runs one verb's future on this thread.
fn block_on<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(work)
}
