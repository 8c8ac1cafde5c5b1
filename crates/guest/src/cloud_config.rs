//! `#cloud-config`: what of it is honoured, read from YAML. What is not honoured is named, for the log.

use saphyr::{LoadableYamlNode, Yaml};

use crate::user_data::{decode_base64, gunzip};

/// A cloud-config document.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct CloudConfig {
    pub hostname: Option<String>,
    pub timezone: Option<String>,
    /// Whether root may not log in with the instance's keys. The default is that of the image: it may not.
    pub disable_root: Option<bool>,
    pub password_login: Option<bool>,
    pub authorized_keys: Vec<String>,
    pub users: Vec<User>,
    pub files: Vec<WriteFile>,
    pub boot_commands: Vec<Command>,
    pub package_update: bool,
    pub package_upgrade: bool,
    pub packages: Vec<String>,
    pub run_commands: Vec<Command>,
    pub final_message: Option<String>,
    /// Keys that were given and are not honoured.
    pub unknown: Vec<String>,
}

/// One entry of `users`.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct User {
    pub name: String,
    pub gecos: Option<String>,
    pub home: Option<String>,
    pub shell: Option<String>,
    pub uid: Option<String>,
    pub primary_group: Option<String>,
    pub groups: Vec<String>,
    /// Lines for sudoers, without the name.
    pub sudo: Vec<String>,
    pub system: bool,
    pub authorized_keys: Vec<String>,
}

/// One entry of `write_files`.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct WriteFile {
    pub path: String,
    pub content: Vec<u8>,
    /// `user` or `user:group`.
    pub owner: Option<String>,
    pub mode: Option<u32>,
    pub append: bool,
    /// Written in the final stage, when users and packages are there.
    pub defer: bool,
}

/// A command: a line for the shell, or a program and its arguments.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Command {
    Shell(String),
    Program(Vec<String>),
}

impl CloudConfig {
    /// Reads a document.
    ///
    /// # Errors
    /// What the YAML reader says, or that it is no mapping.
    pub fn parse(text: &str) -> Result<Self, String> {
        let documents = Yaml::load_from_str(text).map_err(|error| error.to_string())?;
        let mut config = Self::default();
        let Some(document) = documents.first().filter(|document| !document.is_null()) else {
            return Ok(config);
        };
        let mapping = document.as_mapping().ok_or("a cloud-config is a mapping")?;
        for (key, value) in mapping {
            let key = key.as_str().unwrap_or("?");
            if !config.take(key, value) {
                config.unknown.push(key.to_owned());
            }
        }
        Ok(config)
    }

    /// Takes one member; whether it is honoured.
    fn take(&mut self, key: &str, value: &Yaml<'_>) -> bool {
        match key {
            "hostname" => self.hostname = self.hostname.take().or_else(|| scalar(value)),
            "fqdn" => self.hostname = scalar(value),
            "timezone" => self.timezone = scalar(value),
            "disable_root" => self.disable_root = truth(value),
            "ssh_pwauth" => self.password_login = truth(value),
            "ssh_authorized_keys" => self.authorized_keys = list(value),
            "users" => self.users = items(value).iter().filter_map(|user| self::user(user, &mut self.unknown)).collect(),
            "write_files" => self.files = items(value).iter().filter_map(|file| write_file(file, &mut self.unknown)).collect(),
            "bootcmd" => self.boot_commands = commands(value),
            "runcmd" => self.run_commands = commands(value),
            "packages" => self.packages = items(value).iter().filter_map(package).collect(),
            "package_update" | "apt_update" => self.package_update = truth(value) == Some(true),
            "package_upgrade" | "apt_upgrade" => self.package_upgrade = truth(value) == Some(true),
            "final_message" => self.final_message = scalar(value),
            // What they ask for is done anyway.
            "output" | "repo_update" | "repo_upgrade" | "cloud_final_modules" | "cloud_init_modules" | "cloud_config_modules" => {}
            _ => return false,
        }
        true
    }
}

fn user(value: &Yaml<'_>, unknown: &mut Vec<String>) -> Option<User> {
    // `default` stands for the image's own user, who is there.
    let mapping = value.as_mapping()?;
    let mut user = User::default();
    for (key, value) in mapping {
        match key.as_str().unwrap_or("?") {
            "name" => user.name = scalar(value)?,
            "gecos" => user.gecos = scalar(value),
            "homedir" => user.home = scalar(value),
            "shell" => user.shell = scalar(value),
            "uid" => user.uid = scalar(value),
            "primary_group" => user.primary_group = scalar(value),
            "groups" => {
                user.groups = list(value)
                    .iter()
                    .flat_map(|names| names.split(','))
                    .map(|name| name.trim().to_owned())
                    .collect()
            }
            "sudo" => user.sudo = if truth(value) == Some(false) { Vec::new() } else { list(value) },
            "system" => user.system = truth(value) == Some(true),
            "ssh_authorized_keys" | "ssh-authorized-keys" => user.authorized_keys = list(value),
            // Passwords are locked in any case.
            "lock_passwd" | "lock-passwd" => {}
            key => unknown.push(format!("users.{key}")),
        }
    }
    Some(user)
}

fn write_file(value: &Yaml<'_>, unknown: &mut Vec<String>) -> Option<WriteFile> {
    let mut file = WriteFile::default();
    let mut encoding = String::new();
    for (key, value) in value.as_mapping()? {
        match key.as_str().unwrap_or("?") {
            "path" => file.path = scalar(value)?,
            "content" => file.content = scalar(value).unwrap_or_default().into_bytes(),
            "encoding" => encoding = scalar(value).unwrap_or_default(),
            "owner" => file.owner = scalar(value),
            // Octal, whether it was quoted or not.
            "permissions" => file.mode = scalar(value).and_then(|text| u32::from_str_radix(text.trim_start_matches("0o"), 8).ok()),
            "append" => file.append = truth(value) == Some(true),
            "defer" => file.defer = truth(value) == Some(true),
            key => unknown.push(format!("write_files.{key}")),
        }
    }
    for step in encoding.split('+').rev().map(|step| step.trim().to_ascii_lowercase()) {
        file.content = match step.as_str() {
            "b64" | "base64" => decode_base64(&file.content)?,
            "gz" | "gzip" => gunzip(&file.content)?,
            _ => file.content,
        };
    }
    Some(file)
}

/// `name`, or `[name, version]`.
fn package(value: &Yaml<'_>) -> Option<String> {
    match value.as_sequence() {
        Some(_) => Some(list(value).join("=")),
        None => scalar(value),
    }
}

fn commands(value: &Yaml<'_>) -> Vec<Command> {
    let command = |value: &Yaml<'_>| match value.as_sequence() {
        Some(_) => Some(Command::Program(list(value))),
        None => scalar(value).map(Command::Shell),
    };
    items(value).iter().filter_map(command).collect()
}

fn items<'a, 'b>(value: &'a Yaml<'b>) -> &'a [Yaml<'b>] {
    value.as_sequence().map_or(&[], Vec::as_slice)
}

/// The scalars of a list; a lone one is a list of one.
fn list(value: &Yaml<'_>) -> Vec<String> {
    match value.as_sequence() {
        Some(items) => items.iter().filter_map(scalar).collect(),
        None => scalar(value).into_iter().collect(),
    }
}

fn scalar(value: &Yaml<'_>) -> Option<String> {
    value
        .as_str()
        .map(str::to_owned)
        .or_else(|| value.as_integer().map(|number| number.to_string()))
        .or_else(|| value.as_bool().map(|truth| truth.to_string()))
        .or_else(|| value.as_floating_point().map(|number| number.to_string()))
}

/// YAML 1.1's words for truth, which people still write.
fn truth(value: &Yaml<'_>) -> Option<bool> {
    match scalar(value)?.to_ascii_lowercase().as_str() {
        "true" | "yes" | "on" | "1" => Some(true),
        "false" | "no" | "off" | "0" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_read_whole() {
        let text = "#cloud-config
hostname: web
disable_root: no
packages: [nginx, [curl, '7.88']]
runcmd:
  - echo one > /tmp/1
  - [touch, /tmp/a b]
users:
  - default
  - {name: deploy, groups: 'sudo, adm', sudo: 'ALL=(ALL) NOPASSWD:ALL', ssh_authorized_keys: [ssh-ed25519 AAAA x], wings: 2}
write_files:
  - {path: /a, content: aGk=, encoding: b64, permissions: '0600', owner: 'deploy:deploy'}
  - {path: /b, content: plain, permissions: 755, append: true}
swap: {size: 1}
";
        let config = CloudConfig::parse(text).unwrap();
        assert_eq!(config.hostname.as_deref(), Some("web"));
        assert_eq!(config.disable_root, Some(false));
        assert_eq!(config.packages, ["nginx", "curl=7.88"]);
        let touch = Command::Program(vec!["touch".into(), "/tmp/a b".into()]);
        assert_eq!(config.run_commands, [Command::Shell("echo one > /tmp/1".into()), touch]);
        assert_eq!((config.users.len(), config.users[0].groups.join("|")), (1, "sudo|adm".into()));
        assert_eq!(config.files[0].content, b"hi");
        assert_eq!((config.files[0].mode, config.files[1].mode), (Some(0o600), Some(0o755)));
        assert_eq!(config.unknown, ["users.wings", "swap"]);
    }

    #[test]
    fn what_is_no_mapping_is_refused() {
        assert_eq!(CloudConfig::parse("#cloud-config\n"), Ok(CloudConfig::default()));
        assert!(CloudConfig::parse("- a").is_err());
        assert!(CloudConfig::parse("a: [").is_err());
    }
}
