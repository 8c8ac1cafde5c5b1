//! The `tierra` command.

fn main() -> std::process::ExitCode {
    tierra::cli::main()
}
