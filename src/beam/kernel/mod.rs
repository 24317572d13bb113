//! The natives that replace the parts of OTP's kernel that reach the machine.
//!
//! OTP's own code runs as it is, from `init` on. In its place here are: the reading of code and
//! files ([`Library`](crate::beam::library::Library) has them), the server side of `net_kernel`,
//! cookies and the port mapper, the input and output of `user` and `standard_error`, the writing of
//! the log, the end of the node. The natives of the module `nodedown` are those that OTP has not got.

#![expect(clippy::unnecessary_wraps, reason = "natives have one signature")]

mod applications;
mod code_server;
mod crash;
mod distribution;
mod files;
mod internals;
mod io;
mod loading;
mod logger;
mod machine;
mod net_kernel;
mod nodes;
mod ports;
mod prim_loader;
mod programs;
mod spawn;
mod state;
mod steps;
mod unicode;

use std::rc::Rc;

use super::atom::{self, AtomIndex};
use super::machine::{NativeContext, RuntimeSystem};
use super::native::{Effect, NativeNext, Natives, Raise, answer};
use super::natives;
use super::value::Value;

pub(in crate::beam) use files::disk_file_of;
pub use ports::{PortMonitor, PortState};
pub(super) use ports::{forker, program_name};
pub use state::{KernelState, PathPlace, Start};

/// The name of a native, how many arguments it takes, and its code.
type Effects = &'static [(&'static str, u8, Effect)];

type Result = std::result::Result<NativeNext, Raise>;

/// All natives of a node that boots a release of OTP.
#[must_use]
pub fn natives(release: u32) -> Natives {
    let mut natives = natives::of_release(release);
    // Its process answers.
    natives.remove_module("init");
    for (module, effects) in EFFECTS {
        natives.add_effects(module, effects);
    }
    for effects in files::PRIM_FILE {
        natives.add_effects("prim_file", effects);
    }
    natives::remove_later(&mut natives, release);
    natives
}

const EFFECTS: &[(&str, Effects)] = &[
    ("application_controller", applications::APPLICATION_CONTROLLER),
    ("application_master", applications::APPLICATION_MASTER),
    ("auth", distribution::AUTH),
    ("code", code_server::CODE),
    ("code_server", code_server::CODE_SERVER),
    ("error_logger", logger::ERROR_LOGGER),
    ("erl_epmd", distribution::ERL_EPMD),
    ("error_handler", code_server::ERROR_HANDLER),
    ("erl_prim_loader", prim_loader::ERL_PRIM_LOADER),
    ("erlang", loading::ERLANG),
    ("erlang", machine::ERLANG),
    ("erlang", nodes::ERLANG),
    ("erlang", ports::ERLANG),
    ("erlang", spawn::ERLANG),
    ("erts_debug", internals::ERTS_DEBUG),
    ("erts_internal", loading::ERTS_INTERNAL),
    ("erts_internal", machine::ERTS_INTERNAL),
    ("erts_internal", ports::ERTS_INTERNAL),
    ("erts_internal", spawn::ERTS_INTERNAL),
    ("inet", distribution::INET),
    ("inet_config", distribution::INET_CONFIG),
    ("logger_std_h", logger::LOGGER_STD_H),
    ("net_kernel", net_kernel::NET_KERNEL),
    ("nodedown", applications::NODEDOWN),
    ("nodedown", files::NODEDOWN),
    ("nodedown", io::NODEDOWN),
    ("nodedown", logger::NODEDOWN),
    ("nodedown", net_kernel::NODEDOWN),
    ("nodedown", programs::NODEDOWN),
    ("nodedown", state::NODEDOWN),
    ("os", machine::OS),
    ("os", ports::OS),
    ("persistent_term", nodes::PERSISTENT_TERM),
    ("standard_error", io::STANDARD_ERROR),
    ("unicode", unicode::UNICODE),
    ("user", io::USER),
    ("user_drv", io::USER_DRV),
];

/// The module of the natives that OTP has not got.
fn own_module() -> AtomIndex {
    AtomIndex::new("nodedown")
}

fn ok() -> Result {
    answer(atom::OK.into())
}

fn atom_value(name: &str) -> Value {
    AtomIndex::new(name).into()
}

/// `{ok, Value}`.
fn ok_with(ctx: &mut NativeContext<'_>, value: Value) -> Result {
    answer(ctx.local.heap.tuple(&[atom::OK.into(), value]))
}

/// `{error, Reason}`.
fn error(ctx: &mut NativeContext<'_>, reason: &str) -> Result {
    let pair = [atom::ERROR.into(), atom_value(reason)];
    answer(ctx.local.heap.tuple(&pair))
}

/// The runtime system of a node that has booted; there is none elsewhere.
fn system<'a>(
    ctx: &'a mut NativeContext<'_>,
) -> std::result::Result<&'a mut dyn RuntimeSystem, Raise> {
    ctx.node.system().ok_or(Raise::error(atom_value("notsup")))
}

fn kernel(ctx: &mut NativeContext<'_>) -> std::result::Result<Rc<KernelState>, Raise> {
    let state = system(ctx)?.kernel().downcast();
    Ok(state.expect("the state of a node that has booted is that of OTP's kernel"))
}

/// The text that a value stands for: an atom, a string or a binary, or a list of these.
fn text_of(ctx: &NativeContext<'_>, value: Value) -> Option<String> {
    let mut text = Vec::new();
    add_text(ctx, value, &mut text)?;
    Some(String::from_utf8(text).unwrap_or_else(|wrong| latin1(wrong.as_bytes())))
}

fn latin1(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| char::from(*byte)).collect()
}

fn add_text(ctx: &NativeContext<'_>, value: Value, text: &mut Vec<u8>) -> Option<()> {
    let heap = &*ctx.local.heap;
    let mut open = vec![value];
    while let Some(value) = open.pop() {
        if let Some((head, tail)) = heap.as_cons(value) {
            open.extend([tail, head]);
        } else if let Some(code) = value.as_small() {
            let character = char::from_u32(u32::try_from(code).ok()?)?;
            text.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
        } else if let Some(name) = value.as_atom() {
            text.extend_from_slice(name.as_str().as_bytes());
        } else if !value.is_nil() {
            text.extend_from_slice(&heap.as_bytes(value)?);
        }
    }
    Some(())
}

/// The value of a key that is an atom.
fn map_field(ctx: &NativeContext<'_>, map: Value, key: &str) -> Option<Value> {
    ctx.local.heap.map_get(map, atom_value(key))
}
