//! A Classic Load Balancer as the store keeps it.

use serde::{Deserialize, Serialize};
use tierra_core::{Arn, Key, Place, Resource, Tags, Tx};
use tierra_model::{Timestamp, text_enum};

use super::errors::ElbError;
use super::policy::Policy;
use crate::balancer::{AccessLog, Balancer};

/// A Classic Load Balancer. Where it stands is its [`Balancer`]'s.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoadBalancer {
    pub place: Place,
    pub name: String,
    pub listeners: Vec<Listener>,
    pub health_check: HealthCheck,
    pub instances: Vec<Registration>,
    pub policies: Vec<Policy>,
    /// Instance ports whose connections begin with the PROXY protocol.
    pub proxied_ports: Vec<ProxiedPort>,
    pub attributes: Attributes,
    pub tags: Tags,
}

/// A port that clients connect to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listener {
    pub protocol: Protocol,
    pub port: u16,
    pub instance_protocol: Protocol,
    pub instance_port: u16,
    /// HTTPS and SSL.
    pub certificate: Option<String>,
    pub policies: Vec<String>,
}

text_enum! {
    /// What is spoken.
    pub enum Protocol { Http = "HTTP", Https = "HTTPS", Tcp = "TCP", Ssl = "SSL" }
}

/// How instances are asked whether they are well.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HealthCheck {
    pub protocol: Protocol,
    pub port: u16,
    /// HTTP and HTTPS.
    pub path: Option<String>,
    /// Seconds.
    pub interval: u32,
    /// Seconds.
    pub timeout: u32,
    pub unhealthy_threshold: u32,
    pub healthy_threshold: u32,
}

/// An instance that serves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Registration {
    pub instance: String,
    /// Since when it is being deregistered.
    pub leaving: Option<Timestamp>,
}

/// An instance port with policies of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProxiedPort {
    pub port: u16,
    pub policies: Vec<String>,
}

/// "Configure your Classic Load Balancer".
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attributes {
    pub cross_zone: bool,
    pub access_log: Option<AccessLog>,
    /// Seconds, where it is on.
    pub draining: Option<u32>,
    /// Seconds.
    pub idle_timeout: u32,
    /// `monitor`, `defensive`, `strictest`
    pub desync: String,
}

impl Default for Attributes {
    fn default() -> Self {
        Self {
            cross_zone: false,
            access_log: None,
            draining: None,
            idle_timeout: 60,
            desync: "defensive".to_owned(),
        }
    }
}

impl HealthCheck {
    /// The check of a balancer that nobody configured: that the port of its first listener's instances opens.
    pub fn of_port(port: u16) -> Self {
        Self {
            protocol: Protocol::Tcp,
            port,
            path: None,
            interval: 30,
            timeout: 5,
            unhealthy_threshold: 2,
            healthy_threshold: 10,
        }
    }

    /// `HTTP:80/index.html`
    pub fn target(&self) -> String {
        format!("{}:{}{}", self.protocol, self.port, self.path.as_deref().unwrap_or_default())
    }
}

impl LoadBalancer {
    /// The load balancer of this name.
    ///
    /// # Errors
    /// Where there is none.
    pub fn require(tx: &Tx, place: &Place, name: &str) -> Result<Self, ElbError> {
        tx.find(place, name).ok_or_else(|| ElbError::NotFound { name: name.to_owned() })
    }

    /// Where it stands.
    ///
    /// # Errors
    /// Never in practice: both rows are made and deleted together.
    pub fn balancer(&self, tx: &Tx) -> Result<Balancer, ElbError> {
        Balancer::named(tx, &self.place, &self.name).ok_or_else(|| ElbError::NotFound { name: self.name.clone() })
    }

    /// The instances that are registered, without those that are leaving.
    pub fn registered(&self) -> impl Iterator<Item = &str> {
        let staying = self.instances.iter().filter(|one| one.leaving.is_none());
        staying.map(|one| one.instance.as_str())
    }

    /// Its key.
    pub fn key(&self) -> Key<Self> {
        Key::new(&self.place, &self.name)
    }
}

/// The ARN of a load balancer.
pub fn arn(place: &Place, name: &str) -> Arn {
    Arn::regional("elasticloadbalancing", place, format!("loadbalancer/{name}"))
}

impl Resource for LoadBalancer {
    const KIND: &'static str = "elb/load-balancer";
    fn place(&self) -> &Place {
        &self.place
    }
    fn id(&self) -> String {
        self.name.clone()
    }
}
