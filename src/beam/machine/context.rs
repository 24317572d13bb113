//! What a process knows of its node.

use super::code::Code;
use super::process::{Process, Processes};
use crate::beam::heap::Heap;
use crate::beam::native::Raise;
use crate::beam::value::Value;

/// The process that runs, and what lies on the same node.
pub struct Local<'a> {
    /// The heap of the node.
    pub heap: &'a mut Heap,
    /// The process that runs.
    pub process: &'a mut Process,
    /// The other processes of the node.
    pub processes: &'a mut Processes,
    /// The code of the node.
    pub code: &'a Code,
}

/// What a native that depends on its process is given.
pub struct Context<'a> {
    /// The process that runs, and what lies on the same node.
    pub local: Local<'a>,
    /// The rest of the node.
    pub node: &'a mut dyn Node,
}

/// What a process asks of its node.
pub trait Node {
    /// Sends a message to a pid, a name or `{Name, Node}`.
    ///
    /// # Errors
    /// When `to` is none of these, or a name that is not registered.
    fn send(&mut self, local: &mut Local<'_>, to: Value, message: Value) -> Result<(), Raise>;
}

/// A node that has nobody to send to: for code that only computes.
pub struct Nobody;

impl Node for Nobody {
    fn send(&mut self, _: &mut Local<'_>, _: Value, _: Value) -> Result<(), Raise> {
        Err(Raise::BADARG)
    }
}
