//! Sandboxes by hand, for whoever works on the driver: build an image, run one sandbox of it, look, remove it.
//!
//! ```text
//! sandbox DIR image NAME | run ID IMAGE [INIT…] | stop ID | ls | console ID | rm ID
//! ```

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

use tierra_drivers::DriverError;
use tierra_drivers::compute::linux::{LinuxCompute, LinuxConfig, SANDBOX_COMMAND, sandbox_main};
use tierra_drivers::compute::{Compute, Console, Limits, Power, SandboxSpec};
use tierra_drivers::image::linux::LinuxImages;
use tierra_drivers::image::{Images, Progress};
use tierra_drivers::network::{InterfaceId, Plug};

struct Unplugged;

impl Plug for Unplugged {
    fn plug(&self, _: &InterfaceId, _: std::os::fd::BorrowedFd<'_>, _: &str) -> Result<(), DriverError> {
        Ok(())
    }

    fn unplug(&self, _: &InterfaceId, _: std::os::fd::BorrowedFd<'_>, _: &str) -> Result<(), DriverError> {
        Ok(())
    }
}

struct Print;

impl Progress for Print {
    fn step(&self, step: &str) {
        eprintln!("{step}");
    }
    fn detail(&self, detail: &str) {
        eprintln!("  {detail}");
    }
}

fn spec(image: &str, init: &[String], power: Power) -> SandboxSpec {
    let init = if init.is_empty() {
        vec!["/sbin/init".to_owned()]
    } else {
        init.to_vec()
    };
    SandboxSpec {
        image: image.to_owned(),
        hostname: "by-hand".to_owned(),
        init,
        env: Default::default(),
        interfaces: Vec::new(),
        mounts: Vec::new(),
        files: Vec::new(),
        limits: Limits {
            cpu_millis: 2000,
            memory_bytes: 1 << 30,
            pids: 2000,
        },
        power,
        boot: 1,
    }
}

async fn run(dir: &Path, args: &[String]) -> Result<(), DriverError> {
    let images = Arc::new(LinuxImages::new(&dir.join("images"), Arc::new(Print))?);
    let failed = |error| DriverError::failed("finding this program", error);
    let compute = LinuxCompute::new(LinuxConfig {
        state_dir: dir.join("state"),
        run_dir: dir.join("run"),
        plug: Arc::new(Unplugged),
        images: Arc::clone(&images),
        self_exe: std::env::current_exe().map_err(failed)?,
        guest_program: std::env::var_os("GUEST_PROGRAM").map(Into::into),
    })?;
    match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["image", name] => println!("{:#?}", images.ensure(name).await?),
        ["run", id, image, ..] => {
            println!("{:?}", compute.ensure(&id.to_owned(), &spec(image, &args[3..], Power::On)).await?);
            println!("first process {:?}", compute.first_process(id));
        }
        ["stop", id] => println!("{:?}", compute.ensure(&id.to_owned(), &spec("", &[], Power::Off)).await?),
        ["ls"] => {
            for (id, state) in compute.observe().await? {
                println!(
                    "{id} {state:?} {:?} bytes, first process {:?}",
                    compute.memory_bytes(&id),
                    compute.first_process(&id)
                );
            }
        }
        ["console", id] => print!("{}", String::from_utf8_lossy(&compute.read(&id.to_owned(), 0, usize::MAX).await?.1)),
        ["rm", id] => compute.remove(&id.to_owned()).await?,
        _ => {
            return Err(DriverError::Refused {
                reason: "see the head of this file".into(),
            });
        }
    }
    Ok(())
}

fn main() -> ExitCode {
    let mut args = std::env::args_os().skip(1);
    if args.next().is_some_and(|command| command == SANDBOX_COMMAND) {
        return sandbox_main(args);
    }
    let args: Vec<String> = std::env::args().skip(1).collect();
    let Some((dir, args)) = args.split_first() else {
        return ExitCode::from(2);
    };
    let began = Instant::now();
    let result = tokio::runtime::Runtime::new().map(|runtime| runtime.block_on(run(Path::new(dir), args)));
    eprintln!("took {:?}", began.elapsed());
    match result {
        Ok(Ok(())) => ExitCode::SUCCESS,
        Ok(Err(error)) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
