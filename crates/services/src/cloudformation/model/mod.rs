//! What the store keeps of CloudFormation.

mod change_set;
mod event;
mod export;
mod resource;
mod stack;

pub use change_set::ChangeSet;
pub use event::Event;
pub use export::Export;
pub use resource::{Awaited, Deed, Live, Outcome, Signal, StackResource};
pub use stack::{Goal, OnFailure, Revision, Stack, StackOutput, Turn};
