//! The sandbox that an instance is.

use std::collections::BTreeMap;

use tierra_drivers::compute::{Power, SandboxFile, SandboxSpec};

use crate::ec2::instance::model::Instance;
use crate::ec2::network_interface::NetworkInterface;

/// Where Debian's programs look for authorities.
const BUNDLE: &str = "/etc/ssl/certs/ca-certificates.crt";
/// What makes programs that bring their own authorities look there too.
const BUNDLE_VARIABLES: [&str; 3] = ["AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"];

/// The whole of it, with this power.
pub(super) fn spec(instance: &Instance, interfaces: &[NetworkInterface], ca_pem: &str, power: Power) -> SandboxSpec {
    SandboxSpec {
        image: instance.spec.machine_image.clone(),
        hostname: hostname(interfaces),
        init: vec!["/sbin/init".to_owned()],
        env: BTreeMap::new(),
        interfaces: self::interfaces(interfaces),
        mounts: Vec::new(),
        files: files(instance, ca_pem),
        limits: instance.spec.kind.limits(),
        power,
        boot: instance.spec.boot,
    }
}

/// What the machine calls them.
pub(super) fn interfaces(interfaces: &[NetworkInterface]) -> Vec<String> {
    interfaces.iter().map(|interface| interface.id.to_string()).collect()
}

/// `ip-10-0-0-5`
fn hostname(interfaces: &[NetworkInterface]) -> String {
    let name = interfaces.first().map(NetworkInterface::private_dns_name).unwrap_or_default();
    name.split('.').next().unwrap_or_default().to_owned()
}

/// The cloud's authority where programs look for it, so that nothing inside needs to be told of the cloud.
fn files(instance: &Instance, ca_pem: &str) -> Vec<SandboxFile> {
    let region = &instance.place.region;
    let environment: Vec<String> = BUNDLE_VARIABLES
        .iter()
        .map(|name| format!("{name}={BUNDLE}"))
        .chain([format!("AWS_DEFAULT_REGION={region}"), format!("AWS_REGION={region}")])
        .collect();
    let quoted: Vec<String> = environment.iter().map(|line| format!("\"{line}\"")).collect();
    let replace = |path: &str, content: String| file(path, content, false);
    let append = |path: &str, content: String| file(path, content, true);
    vec![
        replace("/usr/local/share/ca-certificates/tierra.crt", ca_pem.to_owned()),
        append(BUNDLE, ca_pem.to_owned()),
        append("/etc/environment", format!("{}\n", environment.join("\n"))),
        replace(
            "/etc/systemd/system.conf.d/tierra.conf",
            format!("[Manager]\nDefaultEnvironment={}\n", quoted.join(" ")),
        ),
    ]
}

fn file(path: &str, content: String, append: bool) -> SandboxFile {
    SandboxFile {
        path: path.to_owned(),
        mode: 0o644,
        content: content.into_bytes(),
        append,
    }
}
