//! An instance as the store keeps it, and AWS's word for the state that it is in.
//!
//! **Invariant**: operations write `spec`, the reconciler writes `status`; [`Instance::state`] is computed of both.

use serde::{Deserialize, Serialize};
use tierra_core::{Arn, Place, Resource, Tx, id_type};
use tierra_model::{Timestamp, text_enum};

use super::errors::InstanceError;
use super::metadata_options::MetadataOptions;
use crate::ec2::image::ImageId;
use crate::ec2::instance_type::InstanceType;
use crate::ec2::spot_request::SpotRequest;
use crate::ec2::subnet::SubnetId;
use crate::ec2::vpc::VpcId;

id_type!(/// `i-0123…`
    InstanceId, "i-");
id_type!(/// `r-0123…`
    ReservationId, "r-");

/// A machine: wished for and actual.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Instance {
    pub place: Place,
    pub id: InstanceId,
    pub spec: InstanceSpec,
    #[serde(default)]
    pub status: InstanceStatus,
}

/// What the instance should be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InstanceSpec {
    pub reservation: ReservationId,
    pub launch_index: i32,
    pub request: LaunchRequest,
    pub image: ImageId,
    /// What the machine calls the root filesystem behind the image.
    pub machine_image: String,
    pub root_device: String,
    pub kind: InstanceType,
    pub zone: String,
    pub vpc: VpcId,
    pub subnet: SubnetId,
    /// Whether it has a lent public address while it runs.
    pub public_address: bool,
    pub key: Option<LaunchKey>,
    /// Base64, as it was given.
    pub user_data: Option<String>,
    pub profile: Option<Profile>,
    pub power: Power,
    /// The last change of `power`, for people.
    pub transition: Option<Transition>,
    /// Raised by each start and each reboot.
    pub boot: u64,
    /// The last start.
    pub launched: Timestamp,
    pub shutdown_behavior: ShutdownBehavior,
    pub disable_api_termination: bool,
    pub disable_api_stop: bool,
    pub monitoring: bool,
    pub ebs_optimized: bool,
    pub metadata: MetadataOptions,
    /// `standard` or `unlimited`, where the type earns credits.
    pub cpu_credits: Option<CpuCredits>,
    /// The request behind a spot instance.
    #[serde(default)]
    pub spot_request: Option<SpotRequest>,
}

/// The request that made the instance, so that its repetition makes no other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LaunchRequest {
    pub token: Option<String>,
    /// A digest of its parameters.
    pub digest: String,
}

/// The key pair that it was launched with: the key outlives the pair.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LaunchKey {
    pub name: String,
    pub public_key: String,
}

/// Its instance profile.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    pub arn: Arn,
    /// `AIPA…`
    pub id: String,
    pub name: String,
}

/// Who changed the power, and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transition {
    pub at: Timestamp,
    pub code: String,
    pub message: String,
}

/// Whether it should be running.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Power {
    Running,
    Stopped,
    Terminated,
}

text_enum! {
    /// What a shutdown from inside means.
    pub enum ShutdownBehavior {
        Stop = "stop",
        Terminate = "terminate",
    }
}

text_enum! {
    /// What happens when the credits of a burstable type are used up. Nothing is billed here, so it is told back only.
    pub enum CpuCredits {
        Standard = "standard",
        Unlimited = "unlimited",
    }
}

/// What was found on the machine.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct InstanceStatus {
    pub found: Found,
    /// The last end that no one asked for.
    pub halt: Option<Halt>,
    /// Whether it ever ran.
    pub has_run: bool,
    /// Why it is not there yet, for people.
    pub waits_for: Option<String>,
    /// When it was found to be gone.
    pub ended: Option<Timestamp>,
}

/// What the machine holds of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Found {
    /// Nothing yet.
    #[default]
    Nothing,
    /// A running sandbox.
    Running,
    /// A sandbox that does not run.
    Stopped,
    /// Nothing any more.
    Gone,
}

/// An end that no one asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Halt {
    /// The boot that it ended.
    pub boot: u64,
    pub cause: Cause,
    pub at: Timestamp,
}

/// Why an instance ended by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Cause {
    /// It was shut down from inside.
    Shutdown,
    /// The machine can never start it.
    Failed { reason: String },
}

text_enum! {
    /// AWS's word for where an instance is in its life.
    pub enum InstanceState {
        Pending = "pending",
        Running = "running",
        ShuttingDown = "shutting-down",
        Terminated = "terminated",
        Stopping = "stopping",
        Stopped = "stopped",
    }
}

impl InstanceState {
    /// AWS's number for it.
    pub fn code(self) -> i32 {
        match self {
            Self::Pending => 0,
            Self::Running => 16,
            Self::ShuttingDown => 32,
            Self::Terminated => 48,
            Self::Stopping => 64,
            Self::Stopped => 80,
        }
    }
}

impl Instance {
    /// The halt that ended the present boot.
    pub fn halted(&self) -> Option<&Halt> {
        self.status.halt.as_ref().filter(|halt| halt.boot == self.spec.boot)
    }

    /// What it should be now: what was asked for, unless it ended by itself since.
    pub fn wish(&self) -> Power {
        match (self.spec.power, self.halted().map(|halt| &halt.cause)) {
            (Power::Running, Some(Cause::Failed { .. })) if !self.status.has_run => Power::Terminated,
            (Power::Running, Some(Cause::Failed { .. })) => Power::Stopped,
            (Power::Running, Some(Cause::Shutdown)) => match self.spec.shutdown_behavior {
                ShutdownBehavior::Stop => Power::Stopped,
                ShutdownBehavior::Terminate => Power::Terminated,
            },
            (power, _) => power,
        }
    }

    /// AWS's word for its state.
    pub fn state(&self) -> InstanceState {
        match (self.wish(), self.status.found) {
            (Power::Running, Found::Running) => InstanceState::Running,
            (Power::Running, _) => InstanceState::Pending,
            (Power::Stopped, Found::Stopped | Found::Gone) => InstanceState::Stopped,
            (Power::Stopped, _) => InstanceState::Stopping,
            (Power::Terminated, Found::Gone) => InstanceState::Terminated,
            (Power::Terminated, _) => InstanceState::ShuttingDown,
        }
    }

    /// Why it is in that state, as AWS's code and message.
    pub fn state_reason(&self) -> Option<(String, String)> {
        let told = |code: &str, message: &str| (code.to_owned(), format!("{code}: {message}"));
        match self.halted().map(|halt| &halt.cause) {
            _ if self.state() == InstanceState::Running => None,
            Some(Cause::Shutdown) => Some(told("Client.InstanceInitiatedShutdown", "Instance initiated shutdown")),
            Some(Cause::Failed { reason }) => Some(told("Server.InternalError", &format!("Internal error on launch: {reason}"))),
            None if self.state() == InstanceState::Pending => Some(("pending".to_owned(), "pending".to_owned())),
            None => self
                .spec
                .transition
                .as_ref()
                .map(|transition| told(&transition.code, &transition.message)),
        }
    }

    /// What ended it last, as AWS's one line: `User initiated (2026-11-21 03:53:00 GMT)`.
    pub fn transition_reason(&self) -> String {
        let line = |word: &str, at: Timestamp| {
            let text = at.to_string();
            let (date, time) = text.split_once('T').unwrap_or((&text, ""));
            format!("{word} ({date} {} GMT)", time.get(..8).unwrap_or(time))
        };
        match (self.state(), self.halted(), &self.spec.transition) {
            (InstanceState::Pending | InstanceState::Running, ..) => String::new(),
            (_, Some(halt), _) => line("Instance initiated", halt.at),
            (_, None, Some(transition)) => line("User initiated", transition.at),
            (_, None, None) => String::new(),
        }
    }

    /// The instance of this id.
    ///
    /// # Errors
    /// Where there is none.
    pub fn find(tx: &Tx, place: &Place, id: &str) -> Result<Self, InstanceError> {
        tx.find(place, id).ok_or_else(|| InstanceError::NotFound { id: id.to_owned() })
    }

    /// The instances of these ids.
    ///
    /// # Errors
    /// Where some are not there.
    pub fn find_all(tx: &Tx, place: &Place, ids: &[String]) -> Result<Vec<Self>, InstanceError> {
        let found: Vec<Option<Self>> = ids.iter().map(|id| tx.find(place, id)).collect();
        let missing: Vec<&str> = ids
            .iter()
            .zip(&found)
            .filter(|(_, one)| one.is_none())
            .map(|(id, _)| id.as_str())
            .collect();
        match missing.as_slice() {
            [] => Ok(found.into_iter().flatten().collect()),
            [id] => Err(InstanceError::NotFound { id: (*id).to_owned() }),
            _ => Err(InstanceError::NoneFound { ids: missing.join(", ") }),
        }
    }

    /// Its ARN.
    pub fn arn(&self) -> Arn {
        Arn::regional("ec2", &self.place, format!("instance/{}", self.id))
    }
}

impl Resource for Instance {
    const KIND: &'static str = "ec2/instance";
    fn place(&self) -> &Place {
        &self.place
    }
    fn id(&self) -> String {
        self.id.to_string()
    }
    fn indexes(&self) -> Vec<(&'static str, String)> {
        let token = self.spec.request.token.iter().map(|token| ("token", token.clone()));
        let spot = self.spec.spot_request.iter().map(|request| ("spot", request.id.to_string()));
        token.chain(spot).collect()
    }
}
