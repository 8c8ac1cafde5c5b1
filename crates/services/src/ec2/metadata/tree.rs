//! The tree of metadata: leaves by path, and listings of what is below one.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;
use tierra_core::Tx;
use tierra_model::Timestamp;

use crate::ec2::instance::metadata_options::Switch;
use crate::ec2::instance::{Instance, Profile};
use crate::ec2::network_interface::NetworkInterface;
use crate::ec2::security_group::SecurityGroup;
use crate::ec2::subnet::Subnet;
use crate::ec2::tag;
use crate::ec2::vpc::Vpc;
use crate::iam::model::InstanceProfile;
use crate::iam::session::instance_credentials;

/// Everything that an instance can ask for, below the version, by path.
#[derive(Debug, Default)]
pub(super) struct Tree(BTreeMap<String, String>);

/// The tree of an instance.
pub(super) fn of(tx: &Tx, instance: &Instance, now: Timestamp) -> Tree {
    let interfaces = NetworkInterface::of_instance(tx, &instance.place, instance.id.as_str());
    let mut tree = Tree::default();
    tree.instance(instance);
    tree.key(instance);
    if let Some(first) = interfaces.first() {
        tree.network(tx, first);
        tree.identity(instance, first);
    }
    for (number, one) in interfaces.iter().enumerate() {
        tree.interface(tx, number, one);
    }
    if let Some(profile) = &instance.spec.profile {
        tree.role(tx, instance, profile, now);
    }
    if instance.spec.metadata.tags == Switch::Enabled {
        tree.tags(tx, instance);
    }
    if instance.spec.user_data.is_some() {
        // Read elsewhere, since it is bytes; here so that it is listed.
        tree.put("user-data", "");
    }
    tree
}

impl Tree {
    /// What is at a path: a leaf's text, or the names below.
    pub(super) fn at(&self, path: &str) -> Option<String> {
        if let Some(text) = self.0.get(path) {
            return Some(text.clone());
        }
        let prefix = if path.is_empty() { String::new() } else { format!("{path}/") };
        let below = self.0.range(prefix.clone()..).map_while(|(key, _)| key.strip_prefix(&prefix));
        let names: BTreeSet<String> = below
            .map(|rest| rest.split_once('/').map_or(rest.to_owned(), |(name, _)| format!("{name}/")))
            .collect();
        let names: Vec<String> = names.into_iter().map(|name| self.listed(path, name)).collect();
        (!names.is_empty()).then(|| names.join("\n"))
    }

    /// How a name is listed: versions' own rooms without slash, keys with theirs.
    fn listed(&self, path: &str, name: String) -> String {
        match (path, name.strip_suffix('/')) {
            ("", Some(room)) => room.to_owned(),
            ("meta-data/public-keys", Some(number)) => format!("{number}={}", self.key_name()),
            _ => name,
        }
    }

    fn key_name(&self) -> &str {
        let line = self.0.get("meta-data/public-keys/0/openssh-key");
        line.and_then(|line| line.trim_end().splitn(3, ' ').nth(2)).unwrap_or_default()
    }

    fn put(&mut self, path: &str, text: impl ToString) {
        self.0.insert(path.to_owned(), text.to_string());
    }

    fn meta(&mut self, path: &str, text: impl ToString) {
        self.put(&format!("meta-data/{path}"), text);
    }

    fn instance(&mut self, instance: &Instance) {
        let spec = &instance.spec;
        self.meta("ami-id", &spec.image);
        self.meta("ami-launch-index", spec.launch_index);
        self.meta("ami-manifest-path", "(unknown)");
        self.meta("block-device-mapping/ami", &spec.root_device);
        self.meta("block-device-mapping/root", &spec.root_device);
        self.meta("instance-action", "none");
        self.meta("instance-id", &instance.id);
        self.meta(
            "instance-life-cycle",
            if spec.spot_request.is_some() { "spot" } else { "on-demand" },
        );
        self.meta("instance-type", spec.kind);
        self.meta("placement/availability-zone", &spec.zone);
        self.meta("placement/region", &instance.place.region);
        self.meta("profile", "default-hvm");
        self.meta("reservation-id", &spec.reservation);
        self.meta("services/domain", "amazonaws.com");
        self.meta("services/partition", "aws");
    }

    fn key(&mut self, instance: &Instance) {
        if let Some(key) = &instance.spec.key {
            self.meta("public-keys/0/openssh-key", format!("{}\n", key.public_key));
        }
    }

    /// What the first interface gives the whole instance.
    fn network(&mut self, tx: &Tx, first: &NetworkInterface) {
        self.meta("hostname", first.private_dns_name());
        self.meta("local-hostname", first.private_dns_name());
        self.meta("local-ipv4", first.address);
        self.meta("mac", first.mac_text());
        self.meta("security-groups", group_names(tx, first).join("\n"));
        if let Some(public) = &first.public {
            self.meta("public-ipv4", public.address);
            self.meta("public-hostname", first.public_dns_name().unwrap_or_default());
        }
    }

    fn interface(&mut self, tx: &Tx, number: usize, one: &NetworkInterface) {
        let groups: Vec<String> = one.groups.iter().map(ToString::to_string).collect();
        let mut leaves = vec![
            ("device-number", number.to_string()),
            ("interface-id", one.id.to_string()),
            ("local-hostname", one.private_dns_name()),
            (
                "local-ipv4s",
                one.addresses().map(|address| address.to_string()).collect::<Vec<_>>().join("\n"),
            ),
            ("mac", one.mac_text()),
            ("owner-id", one.place.account.to_string()),
            ("security-group-ids", groups.join("\n")),
            ("security-groups", group_names(tx, one).join("\n")),
            ("subnet-id", one.subnet.to_string()),
            ("vpc-id", one.vpc.to_string()),
        ];
        if let Some(subnet) = tx.find::<Subnet>(&one.place, &one.subnet) {
            leaves.push(("subnet-ipv4-cidr-block", subnet.cidr.to_string()));
        }
        if let Some(vpc) = tx.find::<Vpc>(&one.place, &one.vpc) {
            leaves.push(("vpc-ipv4-cidr-block", vpc.cidr.to_string()));
            leaves.push(("vpc-ipv4-cidr-blocks", vpc.cidr.to_string()));
        }
        if let Some(public) = &one.public {
            leaves.push(("public-ipv4s", public.address.to_string()));
            leaves.push(("public-hostname", one.public_dns_name().unwrap_or_default()));
        }
        for (name, text) in leaves {
            self.meta(&format!("network/interfaces/macs/{}/{name}", one.mac_text()), text);
        }
        if let Some(public) = &one.public {
            self.meta(
                &format!("network/interfaces/macs/{}/ipv4-associations/{}", one.mac_text(), public.address),
                one.address,
            );
        }
    }

    /// The role's credentials. A profile that was made anew under the same name is not the instance's.
    fn role(&mut self, tx: &Tx, instance: &Instance, profile: &Profile, now: Timestamp) {
        let found = tx.find::<InstanceProfile>(&instance.place.global(), profile.name.to_ascii_lowercase());
        let Some(found) = found.filter(|found| found.entity.id == profile.id) else {
            return;
        };
        let info = json!({
            "Code": "Success",
            "LastUpdated": told(now),
            "InstanceProfileArn": profile.arn.to_string(),
            "InstanceProfileId": profile.id,
        });
        self.meta("iam/info", pretty(&info));
        let (Some(role), Some(credentials)) = (&found.role, instance_credentials(tx, &found, instance.id.as_str(), now)) else {
            return;
        };
        let credentials = json!({
            "Code": "Success",
            "LastUpdated": told(now),
            "Type": "AWS-HMAC",
            "AccessKeyId": credentials.access_key_id,
            "SecretAccessKey": credentials.secret_access_key,
            "Token": credentials.session_token,
            "Expiration": told(credentials.expires),
        });
        self.meta(&format!("iam/security-credentials/{role}"), pretty(&credentials));
    }

    fn identity(&mut self, instance: &Instance, first: &NetworkInterface) {
        let spec = &instance.spec;
        let document = json!({
            "accountId": instance.place.account,
            "architecture": "x86_64",
            "availabilityZone": spec.zone,
            "billingProducts": null,
            "devpayProductCodes": null,
            "marketplaceProductCodes": null,
            "imageId": spec.image,
            "instanceId": instance.id,
            "instanceType": spec.kind,
            "kernelId": null,
            "pendingTime": told(spec.launched),
            "privateIp": first.address,
            "ramdiskId": null,
            "region": instance.place.region,
            "version": "2017-09-30",
        });
        self.put("dynamic/instance-identity/document", pretty(&document));
    }

    fn tags(&mut self, tx: &Tx, instance: &Instance) {
        for (key, value) in tag::of(tx, &instance.place, &instance.id).0 {
            self.meta(&format!("tags/instance/{key}"), value);
        }
    }
}

fn group_names(tx: &Tx, one: &NetworkInterface) -> Vec<String> {
    let groups = one.groups.iter().filter_map(|id| tx.find::<SecurityGroup>(&one.place, id));
    groups.map(|group| group.name).collect()
}

/// A moment in whole seconds, as metadata tells it: `2026-11-21T03:53:00Z`.
fn told(at: Timestamp) -> String {
    let text = Timestamp::from_secs(at.secs()).to_string();
    text.replace(".000Z", "Z")
}

fn pretty(value: &serde_json::Value) -> String {
    // A value of JSON can always be written.
    serde_json::to_string_pretty(value).unwrap_or_default()
}
