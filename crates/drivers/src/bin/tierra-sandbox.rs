//! What the driver's own tests run as the supervisor: the `tierra` binary does the same, before anything else.

use std::process::ExitCode;

fn main() -> ExitCode {
    let mut args = std::env::args_os().skip(1);
    match args.next() {
        Some(command) if command == tierra_drivers::compute::linux::SANDBOX_COMMAND => tierra_drivers::compute::linux::sandbox_main(args),
        _ => ExitCode::from(2),
    }
}
