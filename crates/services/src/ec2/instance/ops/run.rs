//! RunInstances: what was asked for is read whole ([`super::launch`], [`super::network`]) before anything is made.

use tierra_core::{Arn, AwsError, Call, Expect, Tags, Tx};

use super::launch::{self, Launch};
use super::network::{self, Nic, Source};
use super::template::{self, Used};
use crate::ec2::errors::Ec2Error;
use crate::ec2::instance::InstanceError;
use crate::ec2::instance::api::{Reservation, RunInstancesInput};
use crate::ec2::instance::model::{Instance, InstanceId, InstanceState, InstanceStatus, ReservationId};
use crate::ec2::instance::view;
use crate::ec2::network_interface::{Attachment, NetworkInterface, attach, create, lend_public};
use crate::ec2::operation::operations;
use crate::ec2::volume::{NewRoot, create_root};
use crate::ec2::{image, tag};

/// Instances that an account may have in a region, the terminated ones aside.
const INSTANCES: usize = 512;
/// What a launch makes, as tag specifications name it.
const TAGGABLE: [&str; 4] = ["instance", "volume", "network-interface", "spot-instances-request"];

operations! {
    /// Launches instances.
    writes RunInstances(RunInstancesInput) -> Reservation = run, on resources;
}

fn resources(tx: &Tx, input: &RunInstancesInput, call: &Call) -> Vec<Arn> {
    // What is wrong with its template, the launch will tell.
    let filled = template::fill(tx, call, input.clone());
    let (input, template) = filled
        .as_ref()
        .map_or((input, None), |(input, template)| (input, template.as_ref()));
    let regional = |resource: String| Arn::regional("ec2", &call.place, resource);
    let mut arns: Vec<Arn> = ["instance/*", "network-interface/*", "volume/*"]
        .map(|any| regional(any.to_owned()))
        .into();
    let image = input.image_id.as_ref().and_then(|id| image::Image::find(tx, &call.place, id).ok());
    arns.extend(image.map(|image| image::arn(call, image.id.as_str())));
    arns.extend(input.subnet_id.iter().map(|id| regional(format!("subnet/{id}"))));
    arns.extend(input.key_name.iter().map(|name| regional(format!("key-pair/{name}"))));
    arns.extend(input.security_group_ids.iter().map(|id| regional(format!("security-group/{id}"))));
    arns.extend(template.map(|used| regional(format!("launch-template/{}", used.template))));
    arns
}

pub(in crate::ec2::instance) fn run(tx: &mut Tx, call: &Call, input: RunInstancesInput) -> Result<Reservation, AwsError> {
    let request = launch::request(&input);
    if let Some(earlier) = earlier(tx, call, &request)? {
        return Ok(earlier);
    }
    let (input, template) = template::fill(tx, call, input)?;
    let count = count(tx, call, &input)?;
    let launch = launch::read(tx, call, &input, request)?;
    let nics = network::read(tx, call, &input, count)?;
    let tags = LaunchTags::read(&input, template.as_ref())?;
    let reservation: ReservationId = call.ids.next();
    let made = (0..count)
        .map(|index| make(tx, call, &launch, &nics, &tags, &reservation, index))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(told(tx, call, &reservation, &made))
}

/// The tags of what a launch makes.
struct LaunchTags {
    instance: Tags,
    volume: Tags,
    interface: Tags,
    spot_request: Tags,
}

impl LaunchTags {
    fn read(input: &RunInstancesInput, template: Option<&Used>) -> Result<Self, AwsError> {
        let of = |word| tag::specified_of(&input.tag_specifications, word, &TAGGABLE);
        let mut tags = Self {
            instance: of("instance")?,
            volume: of("volume")?,
            interface: of("network-interface")?,
            spot_request: of("spot-instances-request")?,
        };
        if let Some(used) = template {
            used.label(&mut tags.instance);
        }
        Ok(tags)
    }
}

/// What the same request made before, as its token tells. Follows the page "Ensuring idempotency in Amazon EC2 API requests".
fn earlier(tx: &Tx, call: &Call, request: &crate::ec2::instance::model::LaunchRequest) -> Result<Option<Reservation>, AwsError> {
    let Some(token) = &request.token else { return Ok(None) };
    let mut made: Vec<Instance> = tx.by_index(&call.place, "token", token);
    made.sort_by_key(|instance| instance.spec.launch_index);
    let Some(first) = made.first() else { return Ok(None) };
    if first.spec.request.digest != request.digest {
        return Err(InstanceError::Token.into());
    }
    Ok(Some(told(tx, call, &first.spec.reservation.clone(), &made)))
}

/// How many to launch: as many of those asked for as the account may have.
fn count(tx: &Tx, call: &Call, input: &RunInstancesInput) -> Result<i32, InstanceError> {
    if input.min_count < 1 {
        return Err(InstanceError::Count {
            name: "minCount",
            value: input.min_count,
        });
    }
    if input.max_count < input.min_count {
        return Err(InstanceError::Count {
            name: "maxCount",
            value: input.max_count,
        });
    }
    let all: Vec<Instance> = tx.list(&call.place);
    let living = all.iter().filter(|instance| instance.state() != InstanceState::Terminated).count();
    let room = i32::try_from(INSTANCES.saturating_sub(living)).unwrap_or(i32::MAX);
    if room < input.min_count {
        let asked = living + input.min_count.unsigned_abs() as usize;
        return Err(InstanceError::Limit { asked, limit: INSTANCES });
    }
    Ok(input.max_count.min(room))
}

fn make(
    tx: &mut Tx,
    call: &Call,
    launch: &Launch,
    nics: &[Nic],
    tags: &LaunchTags,
    reservation: &ReservationId,
    index: i32,
) -> Result<Instance, AwsError> {
    let id: InstanceId = call.ids.next();
    let mut interfaces = Vec::new();
    for nic in nics {
        interfaces.push(plug(tx, call, &id, nic, tags)?);
    }
    let first = interfaces.first().ok_or(Ec2Error::Missing { name: "networkInterface" })?;
    let public = nics.first().is_some_and(|nic| nic.public);
    let instance = Instance {
        place: call.place.clone(),
        spec: launch.spec(call, reservation, index, first, public),
        status: InstanceStatus::default(),
        id,
    };
    make_root(tx, call, launch, &instance, tags);
    tag::set(tx, &call.place, &instance.id, tags.instance.clone());
    if let Some(request) = &instance.spec.spot_request {
        tag::set(tx, &call.place, &request.id, tags.spot_request.clone());
    }
    tx.put(instance.clone(), Expect::New)?;
    Ok(instance)
}

fn plug(tx: &mut Tx, call: &Call, instance: &InstanceId, nic: &Nic, tags: &LaunchTags) -> Result<NetworkInterface, AwsError> {
    let mut interface = match &nic.source {
        Source::Existing(interface) => interface.clone(),
        Source::New { subnet, new } => {
            let made = create(tx, &call.ids, subnet, new.clone())?;
            tag::set(tx, &call.place, &made.id, tags.interface.clone());
            made
        }
    };
    let attachment = Attachment {
        id: call.ids.next(),
        instance: Some(instance.to_string()),
        device_index: nic.index,
        attached: call.now,
        delete_on_termination: nic.delete_on_termination,
    };
    attach(tx, &mut interface, attachment)?;
    if nic.public {
        lend_public(tx, &call.ids, &mut interface)?;
    }
    Ok(interface)
}

fn make_root(tx: &mut Tx, call: &Call, launch: &Launch, instance: &Instance, tags: &LaunchTags) {
    let disk = &launch.root;
    let new = NewRoot {
        instance: instance.id.to_string(),
        device: instance.spec.root_device.clone(),
        zone: instance.spec.zone.clone(),
        gib: disk.gib,
        kind: disk.kind,
        iops: disk.iops,
        throughput: disk.throughput,
        encrypted: disk.encrypted,
        snapshot: launch.image.snapshot.as_ref().map(ToString::to_string),
        tags: tags.volume.clone(),
    };
    create_root(tx, &call.place, &call.ids, call.now, new);
}

fn told(tx: &Tx, call: &Call, reservation: &ReservationId, made: &[Instance]) -> Reservation {
    Reservation {
        reservation_id: reservation.to_string(),
        owner_id: call.place.account.to_string(),
        groups: Vec::new(),
        instances: made.iter().map(|instance| view::instance(tx, instance)).collect(),
    }
}
