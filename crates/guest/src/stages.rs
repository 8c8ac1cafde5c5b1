//! The two stages of a start.

use std::io;
use std::process::Command;
use std::time::Instant;

use crate::accounts::{authorize, create, default_user, refusing};
use crate::cloud_config::CloudConfig;
use crate::commands::{run, run_script, say, script_of};
use crate::imds::Imds;
use crate::instance::Instance;
use crate::system;
use crate::user_data::{self, Part};

/// Before sshd: what must hold when somebody logs in.
pub(crate) fn init() -> io::Result<()> {
    let keys = system::HostKeys::begin();
    let asked = ask();
    keys.finish(asked.as_ref().is_ok_and(|asked| asked.instance.moved));
    let Asked { imds, instance, parts } = asked?;
    let configs = read_configs(&parts, true);
    let full = configs.iter().find_map(|config| config.hostname.clone());
    let given = imds.text("local-hostname")?.unwrap_or_default();
    name_machine(&imds, full.as_deref().unwrap_or(&given), &given)?;
    for (index, part) in parts.iter().enumerate() {
        if let Part::BootHook(hook) = part {
            run_script(&instance.script(&format!("boothook-{index:03}")), hook);
        }
    }
    for (index, config) in configs.iter().enumerate().filter(|(_, config)| !config.boot_commands.is_empty()) {
        run_script(
            &instance.script(&format!("bootcmd-{index:03}")),
            script_of(&config.boot_commands).as_bytes(),
        );
    }
    let public_keys = imds.public_keys()?;
    instance.once("users", || configure(&configs, &public_keys));
    Ok(())
}

/// What the metadata service was asked first.
struct Asked {
    imds: Imds,
    instance: Instance,
    parts: Vec<Part>,
}

fn ask() -> io::Result<Asked> {
    let imds = Imds::connect()?;
    let id = imds
        .text("instance-id")?
        .ok_or_else(|| io::Error::other("the metadata service knows no instance id"))?;
    let instance = Instance::open(&id)?;
    let user_data = imds.bytes("user-data")?.unwrap_or_default();
    instance.keep_user_data(&user_data)?;
    Ok(Asked {
        imds,
        instance,
        parts: user_data::parts(&user_data),
    })
}

/// The cloud-configs among the parts. `aloud`: what is not understood is said.
fn read_configs(parts: &[Part], aloud: bool) -> Vec<CloudConfig> {
    let tell = |text: &str| {
        if aloud {
            say(text);
        }
    };
    let mut configs = Vec::new();
    for part in parts {
        match part {
            Part::CloudConfig(text) => match CloudConfig::parse(text) {
                Ok(config) => {
                    config
                        .unknown
                        .iter()
                        .for_each(|key| tell(&format!("cloud-config: {key} is not honoured here")));
                    configs.push(config);
                }
                Err(error) => tell(&format!("cloud-config: {error}")),
            },
            Part::Unknown(what) => tell(&format!("{what} is not understood")),
            Part::Script(_) | Part::BootHook(_) => {}
        }
    }
    configs
}

fn name_machine(imds: &Imds, name: &str, given: &str) -> io::Result<()> {
    if !name.is_empty() {
        system::set_hostname(name)?;
    }
    if let Some(resolver) = imds.resolver()? {
        system::set_resolver(&resolver, given)?;
    }
    Ok(())
}

/// What a cloud-config and the key pair ask for, once.
fn configure(configs: &[CloudConfig], public_keys: &[String]) {
    let files = |config: &CloudConfig| config.files.iter().filter(|file| !file.defer).for_each(system::write_file);
    for config in configs {
        files(config);
        config.users.iter().for_each(create);
        config.timezone.as_deref().into_iter().for_each(system::set_timezone);
        config.password_login.into_iter().for_each(system::set_password_login);
    }
    let keys: Vec<String> = public_keys
        .iter()
        .chain(configs.iter().flat_map(|config| &config.authorized_keys))
        .cloned()
        .collect();
    let user = default_user();
    let root_allowed = configs.iter().any(|config| config.disable_root == Some(false));
    authorize(
        "root",
        &if root_allowed || user == "root" {
            keys.clone()
        } else {
            refusing(&keys, &user)
        },
    );
    authorize(&user, &keys);
}

/// After all else: what may take its time.
pub(crate) fn last() -> io::Result<()> {
    let began = Instant::now();
    let instance = Instance::current()?;
    let parts = user_data::parts(&instance.user_data()?);
    let configs = read_configs(&parts, false);
    instance.once("final", || {
        configs.iter().for_each(install);
        configs
            .iter()
            .flat_map(|config| &config.files)
            .filter(|file| file.defer)
            .for_each(system::write_file);
        for (index, config) in configs.iter().enumerate().filter(|(_, config)| !config.run_commands.is_empty()) {
            run_script(
                &instance.script(&format!("runcmd-{index:03}")),
                script_of(&config.run_commands).as_bytes(),
            );
        }
        for (index, part) in parts.iter().enumerate() {
            if let Part::Script(script) = part {
                run_script(&instance.script(&format!("part-{index:03}")), script);
            }
        }
    });
    configs.iter().filter_map(|config| config.final_message.as_deref()).for_each(say);
    say(&format!(
        "Tierra guest v. {} finished the user data in {:.2} s",
        env!("CARGO_PKG_VERSION"),
        began.elapsed().as_secs_f64()
    ));
    instance.finish()
}

fn install(config: &CloudConfig) {
    let apt = |arguments: &[&str]| {
        let options = ["-q", "-y", "-o", "Dpkg::Options::=--force-confold"];
        run(Command::new("apt-get")
            .args(options)
            .args(arguments)
            .env("DEBIAN_FRONTEND", "noninteractive"));
    };
    if config.package_update || config.package_upgrade || !config.packages.is_empty() {
        apt(&["update"]);
    }
    if config.package_upgrade {
        apt(&["upgrade"]);
    }
    if !config.packages.is_empty() {
        let packages: Vec<&str> = ["install"].into_iter().chain(config.packages.iter().map(String::as_str)).collect();
        apt(&packages);
    }
}
