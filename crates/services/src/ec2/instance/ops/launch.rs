//! What a launch asks for, read and checked: everything but the network.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};
use tierra_core::iam::Context;
use tierra_core::{Arn, AwsError, Call, Tx};

use crate::ec2::errors::Ec2Error;
use crate::ec2::image::{Image, RootVolume};
use crate::ec2::instance::InstanceError;
use crate::ec2::instance::api::{MarketType, ProfileSpecification, RunInstancesInput};
use crate::ec2::instance::metadata_options::MetadataOptions;
use crate::ec2::instance::model::{CpuCredits, InstanceSpec, LaunchKey, LaunchRequest, Power, Profile, ReservationId};
use crate::ec2::instance_type::InstanceType;
use crate::ec2::key_pair::KeyPair;
use crate::ec2::network_interface::NetworkInterface;
use crate::ec2::spot_request::SpotRequest;
use crate::ec2::volume::{BlockDeviceMapping, VolumeError, root_of};
use crate::iam::model::{InstanceProfile, Named, Role};
use crate::{iam, ssm};

/// Bytes of user data, before it is encoded.
const USER_DATA: usize = 16_384;

/// A launch, the same for each of its instances.
pub(super) struct Launch {
    request: LaunchRequest,
    pub(super) image: Image,
    kind: InstanceType,
    key: Option<LaunchKey>,
    user_data: Option<String>,
    profile: Option<Profile>,
    metadata: MetadataOptions,
    cpu_credits: Option<CpuCredits>,
    pub(super) root: RootVolume,
    input: RunInstancesInput,
}

/// The token of a request, and a digest of all else in it.
pub(super) fn request(input: &RunInstancesInput) -> LaunchRequest {
    let token = input.client_token.clone().filter(|token| !token.is_empty());
    let rest = RunInstancesInput {
        client_token: None,
        ..input.clone()
    };
    LaunchRequest {
        token,
        digest: hex::encode(Sha256::digest(format!("{rest:?}"))),
    }
}

/// The image that is meant: `resolve:ssm:NAME` is the one that a parameter names, which the caller must be allowed to read. Follows the
/// EC2 page "Use a Systems Manager parameter instead of an AMI ID".
fn image_id(tx: &Tx, call: &Call, asked: &str) -> Result<String, AwsError> {
    let Some(name) = asked.strip_prefix("resolve:ssm:") else {
        return Ok(asked.to_owned());
    };
    let parameter = Arn::regional("ssm", &call.place, format!("parameter/{}", name.trim_start_matches('/')));
    iam::authorize(tx, call, &iam::action("ssm", "GetParameters"), &[parameter], &Context::default())?;
    ssm::value(tx, call, name)
}

pub(super) fn read(tx: &Tx, call: &Call, input: &RunInstancesInput, request: LaunchRequest) -> Result<Launch, AwsError> {
    let asked = input.image_id.as_deref().ok_or(Ec2Error::Missing { name: "ImageId" })?;
    let image = Image::find(tx, &call.place, &image_id(tx, call, asked)?)?;
    image.check_available()?;
    if input
        .hibernation_options
        .as_ref()
        .is_some_and(|options| options.configured == Some(true))
    {
        let what = "An instance cannot hibernate here.".to_owned();
        return Err(InstanceError::Unsupported { what }.into());
    }
    let kind = input.instance_type.as_deref().map_or(Ok(InstanceType::default()), str::parse)?;
    Ok(Launch {
        request,
        key: input.key_name.as_deref().map(|name| key(tx, call, name)).transpose()?,
        user_data: input.user_data.clone().map(user_data).transpose()?,
        profile: input
            .iam_instance_profile
            .as_ref()
            .map(|asked| profile(tx, call, asked))
            .transpose()?,
        metadata: match &input.metadata_options {
            Some(wanted) => MetadataOptions::default().with(wanted)?,
            None => MetadataOptions::default(),
        },
        cpu_credits: cpu_credits(input, kind),
        root: root(&input.block_device_mappings, &image)?,
        image,
        kind,
        input: input.clone(),
    })
}

impl Launch {
    /// The spec of the launch's instance of this index, whose first interface is this.
    pub(super) fn spec(
        &self,
        call: &Call,
        reservation: &ReservationId,
        launch_index: i32,
        first: &NetworkInterface,
        public: bool,
    ) -> InstanceSpec {
        let input = &self.input;
        InstanceSpec {
            reservation: reservation.clone(),
            launch_index,
            request: self.request.clone(),
            image: self.image.id.clone(),
            machine_image: self.image.machine_image.clone(),
            root_device: self.image.root_device.clone(),
            kind: self.kind,
            zone: first.zone.clone(),
            vpc: first.vpc.clone(),
            subnet: first.subnet.clone(),
            public_address: public,
            key: self.key.clone(),
            user_data: self.user_data.clone(),
            profile: self.profile.clone(),
            power: Power::Running,
            transition: None,
            boot: 1,
            launched: call.now,
            shutdown_behavior: input.instance_initiated_shutdown_behavior.unwrap_or_default(),
            disable_api_termination: input.disable_api_termination.unwrap_or_default(),
            disable_api_stop: input.disable_api_stop.unwrap_or_default(),
            monitoring: input.monitoring.as_ref().is_some_and(|monitoring| monitoring.enabled),
            ebs_optimized: input.ebs_optimized.unwrap_or_default(),
            metadata: self.metadata.clone(),
            cpu_credits: self.cpu_credits,
            spot_request: self.spot_request(call),
        }
    }
}

impl Launch {
    /// The request behind it, where it is bought at the spot market.
    fn spot_request(&self, call: &Call) -> Option<SpotRequest> {
        let market = self.input.instance_market_options.as_ref();
        let market = market.filter(|market| market.market_type == Some(MarketType::Spot))?;
        Some(SpotRequest::new(
            &call.ids,
            call.now,
            market.spot_options.clone().unwrap_or_default(),
        ))
    }
}

fn key(tx: &Tx, call: &Call, name: &str) -> Result<LaunchKey, AwsError> {
    let pair = KeyPair::named(tx, &call.place, name)?;
    Ok(LaunchKey {
        name: pair.name,
        public_key: pair.public_key,
    })
}

/// Checks user data, which is kept as it came.
pub(in crate::ec2::instance) fn user_data(encoded: String) -> Result<String, InstanceError> {
    let bytes = STANDARD.decode(encoded.split_whitespace().collect::<String>());
    let bytes = bytes.map_err(|_| InstanceError::UserDataEncoding)?;
    if bytes.len() > USER_DATA {
        return Err(InstanceError::UserDataLength { limit: USER_DATA });
    }
    Ok(STANDARD.encode(bytes))
}

fn profile(tx: &Tx, call: &Call, asked: &ProfileSpecification) -> Result<Profile, AwsError> {
    let found = match (&asked.arn, &asked.name) {
        (Some(_), Some(_)) => {
            let reason = "The parameter 'iamInstanceProfile.name' may not be used in combination with 'iamInstanceProfile.arn'";
            return Err(Ec2Error::Combination { reason: reason.to_owned() }.into());
        }
        (Some(arn), None) => profile_by_arn(tx, call, arn).ok_or_else(|| InstanceError::ProfileArn { arn: arn.clone() })?,
        (None, Some(name)) => profile_by_name(tx, call, name).ok_or_else(|| InstanceError::ProfileName { name: name.clone() })?,
        (None, None) => {
            return Err(Ec2Error::Missing {
                name: "iamInstanceProfile.name",
            }
            .into());
        }
    };
    may_pass(tx, call, &found)?;
    Ok(Profile {
        arn: found.arn(),
        id: found.entity.id.clone(),
        name: found.entity.name,
    })
}

fn profile_by_name(tx: &Tx, call: &Call, name: &str) -> Option<InstanceProfile> {
    tx.find(&call.place.global(), name.to_ascii_lowercase())
}

fn profile_by_arn(tx: &Tx, call: &Call, text: &str) -> Option<InstanceProfile> {
    let arn: Arn = text.parse().ok()?;
    let name = arn.resource.rsplit('/').next()?;
    profile_by_name(tx, call, name).filter(|profile| profile.arn() == arn)
}

/// Whether the caller may give the profile's role to an instance.
fn may_pass(tx: &Tx, call: &Call, profile: &InstanceProfile) -> Result<(), InstanceError> {
    let name = profile.role.as_ref().map(|role| role.to_ascii_lowercase());
    let Some(role) = name.and_then(|name| tx.find::<Role>(&call.place.global(), name)) else {
        return Ok(());
    };
    crate::iam::pass_role(tx, call, &role.arn(), "ec2.amazonaws.com").map_err(|denied| InstanceError::PassRole { reason: denied.message })
}

fn cpu_credits(input: &RunInstancesInput, kind: InstanceType) -> Option<CpuCredits> {
    let default = if kind.family.name == "t2" {
        CpuCredits::Standard
    } else {
        CpuCredits::Unlimited
    };
    let asked = input.credit_specification.as_ref().map_or(default, |asked| asked.cpu_credits);
    kind.family.burstable.then_some(asked)
}

fn root(mappings: &[BlockDeviceMapping], image: &Image) -> Result<RootVolume, AwsError> {
    let asked = root_of(mappings, &image.root_device)?;
    if asked.snapshot_id.is_some() && asked.snapshot_id != image.snapshot.as_ref().map(ToString::to_string) {
        let device = image.root_device.clone();
        return Err(VolumeError::Snapshot { device }.into());
    }
    if asked.delete_on_termination == Some(false) {
        let what = "A root volume cannot outlive its instance: DeleteOnTermination must be true.".to_owned();
        return Err(InstanceError::Unsupported { what }.into());
    }
    image.root.clone().with(&asked)
}
