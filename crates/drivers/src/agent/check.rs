//! What the agent refuses to hand to a driver: names that could leave their folder, paths that are no paths, limits without sense.

use std::time::Duration;

use super::protocol::Request;
use crate::DriverError;
use crate::compute::inside::Command;
use crate::compute::{Power, SandboxFile, SandboxSpec};
use crate::data::Origin;
use crate::names;
use crate::network::VpcSpec;

/// Characters of an id at the most.
const ID_LENGTH: usize = 64;
/// Characters of an image's name at the most.
const NAME_LENGTH: usize = 128;
/// Interfaces of one sandbox.
const INTERFACES: usize = 15;
/// Data folders of one sandbox.
const MOUNTS: usize = 16;
/// Bytes that a command reads.
const STDIN_BYTES: usize = 8 << 20;
/// The longest that a command may take.
const COMMAND_TIME: Duration = Duration::from_secs(3600);
/// Interfaces of one VPC.
const VPC_INTERFACES: usize = 5000;
/// Bytes of all files that a spec brings.
const FILE_BYTES: usize = 4 << 20;
/// Bytes of one console read.
const CONSOLE_BYTES: usize = 1 << 20;

/// Whether the agent will do this at all.
///
/// # Errors
/// `Refused`, with what is wrong.
pub(super) fn check(request: &Request) -> Result<(), DriverError> {
    match request {
        Request::ObserveSandboxes
        | Request::ObserveUsage
        | Request::ObserveImages
        | Request::ObserveVpcs
        | Request::ObserveNames
        | Request::ObserveData => Ok(()),
        // A sandbox that is to be off is started from nothing of its spec.
        Request::EnsureSandbox { id, spec } if spec.power == Power::Off => id_of(id),
        Request::EnsureSandbox { id, spec } => id_of(id).and_then(|()| sandbox(spec)),
        Request::RemoveSandbox { id } => id_of(id),
        Request::ReadConsole { id, max, .. } => id_of(id).and_then(|()| require(*max <= CONSOLE_BYTES, "too many bytes of console")),
        Request::Capture { id, image: name, .. } => id_of(id).and_then(|()| image(name)),
        Request::EnsureImage { name } | Request::RemoveImage { name } => image(name),
        Request::EnsureVpc { id, spec } => id_of(id).and_then(|()| vpc(spec)),
        Request::RemoveVpc { id } => id_of(id),
        Request::Open { vpc, .. } => id_of(vpc),
        Request::EnsureData { id, origin } => id_of(id).and_then(|()| data_origin(origin)),
        Request::RemoveData { id } => id_of(id),
        Request::Run { id, command: asked } => id_of(id).and_then(|()| command(asked)),
        Request::Connect { id, path } => id_of(id).and_then(|()| inside(path)),
        Request::EnsureNames { names } => names::check(names),
    }
}

fn require(holds: bool, reason: &str) -> Result<(), DriverError> {
    if holds {
        Ok(())
    } else {
        Err(DriverError::Refused { reason: reason.to_owned() })
    }
}

fn id_of(id: &str) -> Result<(), DriverError> {
    let plain = id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    require(
        plain && (1..=ID_LENGTH).contains(&id.len()) && !id.starts_with('-'),
        "an id has 1 to 64 of a-z, 0-9 and '-'",
    )
}

fn image(name: &str) -> Result<(), DriverError> {
    let plain = name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b));
    require(
        plain && (1..=NAME_LENGTH).contains(&name.len()) && !name.starts_with('.'),
        "an image's name has letters, digits, '-', '_' and '.'",
    )
}

fn sandbox(spec: &SandboxSpec) -> Result<(), DriverError> {
    image(&spec.image)?;
    let host = spec.hostname.bytes().all(|b| b.is_ascii_alphanumeric() || b"-.".contains(&b));
    require(
        host && (1..=ID_LENGTH).contains(&spec.hostname.len()),
        "a host name has letters, digits, '-' and '.'",
    )?;
    require(
        spec.init.first().is_some_and(|program| program.starts_with('/')),
        "the first process is an absolute path",
    )?;
    require(spec.interfaces.len() <= INTERFACES, "too many interfaces")?;
    spec.interfaces.iter().try_for_each(|interface| id_of(interface))?;
    require(spec.mounts.len() <= MOUNTS, "too many mounts")?;
    spec.mounts
        .iter()
        .try_for_each(|mount| id_of(&mount.data).and_then(|()| inside(&mount.path)))?;
    require(
        spec.files.iter().map(|file| file.content.len()).sum::<usize>() <= FILE_BYTES,
        "the files are too large",
    )?;
    spec.files.iter().try_for_each(file)?;
    let limits = spec.limits;
    require(
        limits.cpu_millis > 0 && limits.memory_bytes >= 16 << 20 && limits.pids > 0,
        "limits leave no room to run",
    )
}

fn file(file: &SandboxFile) -> Result<(), DriverError> {
    inside(&file.path)?;
    require(file.mode <= 0o7777, "a file's mode has twelve bits")
}

fn inside(path: &str) -> Result<(), DriverError> {
    let inside = path.starts_with('/') && !path.contains('\0') && path.split('/').all(|part| part != "..");
    require(inside && path.len() > 1, "a path inside is absolute and without '..'")
}

fn command(command: &Command) -> Result<(), DriverError> {
    require(
        command.argv.first().is_some_and(|program| program.starts_with('/')),
        "a command is an absolute path",
    )?;
    require(command.stdin.len() <= STDIN_BYTES, "a command is given too much to read")?;
    require(command.timeout <= COMMAND_TIME, "a command is given too much time")
}

fn data_origin(origin: &Origin) -> Result<(), DriverError> {
    match origin {
        Origin::Empty => Ok(()),
        Origin::Image { image: name, path } => image(name).and_then(|()| inside(path)),
        Origin::Data { id, writer } => id_of(id).and_then(|()| writer.iter().try_for_each(|writer| id_of(writer))),
    }
}

fn vpc(spec: &VpcSpec) -> Result<(), DriverError> {
    require(spec.interfaces.len() <= VPC_INTERFACES, "too many interfaces")?;
    spec.subnets.keys().chain(spec.groups.keys()).try_for_each(|id| id_of(id))?;
    for (id, interface) in &spec.interfaces {
        id_of(id)?;
        let Some(subnet) = spec.subnets.get(&interface.subnet) else {
            return Err(DriverError::Refused {
                reason: format!("{id} lies in a subnet that the VPC does not have"),
            });
        };
        require(
            subnet.cidr.contains(&interface.address),
            "an interface's address lies outside its subnet",
        )?;
        let known = interface.groups.iter().all(|group| spec.groups.contains_key(group));
        require(known, "an interface names a group that the VPC does not have")?;
        let public = interface.public.is_none_or(|address| address.octets()[..2] == [127, 100]);
        require(public, "public addresses lie in 127.100.0.0/16")?;
    }
    Ok(())
}
