//! Nodes that code starts: `erl` with its arguments, on the same host or by `ssh` on another one.

use std::path::PathBuf;
use std::rc::Rc;

use super::{Boot, settings};
use crate::beam::kernel::{KernelState, program_name};
use crate::engine::network::HostId;
use crate::engine::runtime::{Context, NodeConfig};
use crate::engine::term::{Atom, Pid};

/// The command line of a node that is started.
pub(super) struct CommandLine {
    args: Vec<String>,
    host: HostId,
    /// The name of the node in the world; one that is not alive has one too.
    name: String,
    is_alive: bool,
    boot_file: Option<PathBuf>,
    /// It goes on without the program that has started it.
    pub(super) is_detached: bool,
}

impl CommandLine {
    /// Reads the words of a command line; `None` if it names a host that is not there.
    pub(super) fn read(ctx: &Context, words: &[String], kernel: &KernelState) -> Option<Self> {
        let (host, args) = place(ctx, words)?;
        let args = settings::without_emulator_flags(args.to_vec());
        let flags = settings::flags(&args);
        let value = |names: &[&str]| {
            let found = flags.iter().rev().find(|(flag, _)| names.contains(flag));
            found.and_then(|(_, values)| values.first().cloned())
        };
        let own = ctx.node_config().name;
        let domain = own.as_str().split_once('@').map_or("nohost", |(_, domain)| domain);
        let given = value(&["-name", "-sname"]);
        let is_alive = given.is_some();
        let name =
            given.unwrap_or_else(|| format!("erl-{}-{}", ctx.program_number(), kernel.next_port()));
        let name = if name.contains('@') { name } else { format!("{name}@{domain}") };
        let root = kernel.library.root();
        let boot_file = value(&["-boot"]).map(|file| root.join("bin").join(file));
        let is_detached = flags.iter().any(|(flag, _)| *flag == "-detached");
        Some(CommandLine { args, host, name, is_alive, boot_file, is_detached })
    }
}

/// The host on which the node of a command line runs, and the arguments of `erl`.
fn place<'a>(ctx: &Context, words: &'a [String]) -> Option<(HostId, &'a [String])> {
    let own = ctx.node_config().host;
    let (program, args) = words.split_first()?;
    if !matches!(program_name(program), Some("ssh" | "rsh")) {
        return Some((own, args));
    }
    let target = args.iter().position(|word| !word.starts_with('-'))?;
    let (host, command) = args[target..].split_first()?;
    let host = ctx.host_named(host)?;
    Some((host, command.split_first()?.1))
}

/// Starts the node of a command line. Returns its name.
///
/// # Errors
/// The reason for which it does not start.
pub(super) fn start(
    ctx: &Context,
    line: CommandLine,
    mut boot: Boot,
    parent: Option<Pid>,
) -> Result<Atom, String> {
    let mut config = NodeConfig::new(&line.name, line.host);
    config.otp = ctx.node_config().otp;
    config.cookie = ctx.get_cookie(None);
    config.alive = line.is_alive;
    boot.args = line.args;
    boot.boot_file = line.boot_file;
    boot.configure(&mut config);
    let name = config.name;
    ctx.start_node(config, Rc::new(boot).program_of(parent))
        .map(|_| name)
        .map_err(|why| format!("the node {name} does not start: {why}"))
}
