//! The helper alone, as the `tierra` binary exposes it: to try an image without the rest of the cloud.

fn main() -> std::process::ExitCode {
    let mut args = std::env::args().skip(1);
    match args.next().as_deref() {
        Some("guest-init") => tierra_guest::run(args),
        _ => std::process::ExitCode::from(2),
    }
}
