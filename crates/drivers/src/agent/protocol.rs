//! What is said over the agent's socket: one request, one answer, both JSON in a [`super::frame`].

use std::collections::BTreeMap;
use std::net::SocketAddrV4;

use serde::{Deserialize, Serialize};

use crate::DriverError;
use crate::compute::inside::{Command, Output};
use crate::compute::usage::Used;
use crate::compute::{SandboxId, SandboxSpec, SandboxState, Still};
use crate::data::{DataId, Origin};
use crate::image::ImageState;
use crate::names::Names;
use crate::network::{VpcId, VpcSpec, VpcState};

/// What the control plane may ask. One variant a verb of a driver trait.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Request {
    ObserveSandboxes,
    ObserveUsage,
    EnsureSandbox { id: SandboxId, spec: Box<SandboxSpec> },
    RemoveSandbox { id: SandboxId },
    ReadConsole { id: SandboxId, offset: i64, max: usize },
    Capture { id: SandboxId, image: String, still: Still },
    ObserveImages,
    EnsureImage { name: String },
    RemoveImage { name: String },
    ObserveVpcs,
    EnsureVpc { id: VpcId, spec: Box<VpcSpec> },
    RemoveVpc { id: VpcId },
    Open { vpc: VpcId, socket: Socket },
    ObserveData,
    EnsureData { id: DataId, origin: Origin },
    RemoveData { id: DataId },
    Run { id: SandboxId, command: Box<Command> },
    Connect { id: SandboxId, path: String },
    ObserveNames,
    EnsureNames { names: Names },
}

/// Which socket inside a VPC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Socket {
    ListenTcp(SocketAddrV4),
    BindUdp(SocketAddrV4),
    ConnectTcp(SocketAddrV4),
}

/// What the agent answers. A socket itself travels beside [`Answer::Opened`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Answer {
    Done,
    Sandboxes(Vec<(SandboxId, SandboxState)>),
    Sandbox(SandboxState),
    Usage(BTreeMap<SandboxId, Used>),
    Console { offset: u64, bytes: Vec<u8> },
    Images(Vec<ImageState>),
    Image(ImageState),
    Vpcs(Vec<(VpcId, VpcState)>),
    Vpc(VpcState),
    Opened,
    Output(Output),
    AllData(Vec<DataId>),
    Names(Names),
    Failed(DriverError),
}

/// A request or an answer with the number that joins the two.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Envelope<T> {
    pub(super) number: u64,
    pub(super) body: T,
}
