//! Nodes that code starts: `erl` with its arguments, on the same host or by `ssh` on another one.

use std::path::{Path, PathBuf};
use std::rc::Rc;

use super::{Boot, settings};
use crate::beam::kernel::{KernelState, program_name};
use crate::engine::network::HostId;
use crate::engine::runtime::{Context, FileSystem, LastLink, NodeConfig, normal};
use crate::engine::term::{Atom, Pid};

/// The command line of a node that is started.
pub(super) struct CommandLine {
    args: Vec<String>,
    host: HostId,
    /// The name of the node in the world; one that is not alive has one too.
    name: String,
    is_alive: bool,
    /// The host in its name may have a domain: it is a long one, or does not tell the host.
    is_long: bool,
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
        // Of several names the first counts.
        let given = flags.iter().find(|(flag, _)| matches!(*flag, "-name" | "-sname"));
        let has_long = given.is_some_and(|(flag, _)| *flag == "-name");
        let given = given.and_then(|(_, values)| values.first().cloned());
        // The node that it connects to first gives it a name.
        let given = given.filter(|name| name != "undefined");
        let is_long = has_long || !given.as_ref().is_some_and(|name| name.contains('@'));
        let is_alive = given.is_some();
        let name =
            given.unwrap_or_else(|| format!("erl-{}-{}", ctx.program_number(), kernel.next_port()));
        let name = if name.contains('@') { name } else { format!("{name}@{domain}") };
        let boot_file = value(&["-boot"]).map(|file| boot_file(ctx, kernel, &file));
        let is_detached = flags.iter().any(|(flag, _)| *flag == "-detached");
        Some(CommandLine { args, host, name, is_alive, is_long, boot_file, is_detached })
    }
}

/// The boot file of a name: that in the current folder, or else that of the installation.
fn boot_file(ctx: &Context, kernel: &KernelState, name: &str) -> PathBuf {
    let own = if name.starts_with('/') {
        normal(name)
    } else {
        normal(&format!("{}/{name}", kernel.folder()))
    };
    let find = |files: &mut FileSystem| files.find(&format!("{own}.boot"), LastLink::Followed);
    let is_here = ctx.with_file_system(find).is_ok();
    let place = if is_here { Path::new("/").join(own) } else { Path::new("bin").join(name) };
    kernel.library.root().join(place)
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
    if !is_node_name(&line.name, line.is_long) {
        return Err(format!("{} is no name of a node", line.name));
    }
    let has = |name| settings::flags(&line.args).iter().any(|(flag, _)| *flag == name);
    if line.is_alive && has("-no_epmd") && !has("-proto_dist") {
        return Err(format!("{}: `-no_epmd` needs another `-proto_dist`", line.name));
    }
    let mut config = NodeConfig::new(&line.name, line.host);
    config.otp = ctx.node_config().otp;
    config.cookie = ctx.get_cookie(None);
    config.alive = line.is_alive;
    config.hidden = settings::is_unnamed(&line.args);
    boot.args = line.args;
    boot.boot_file = line.boot_file;
    boot.configure(&mut config);
    let name = config.name;
    ctx.start_node(config, Rc::new(boot).program_of(parent))
        .map(|_| name)
        .map_err(|why| format!("the node {name} does not start: {why}"))
}

/// Can a node have this name, as `net_kernel` sees it? In a short one the host has no domain.
fn is_node_name(name: &str, is_long: bool) -> bool {
    let Some((head, host)) = name.split_once('@') else { return false };
    let is_head = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-');
    let is_host = |letter: char| matches!(letter, '!'..='\u{ff}') && letter != '@';
    !head.is_empty()
        && head.chars().all(is_head)
        && !host.is_empty()
        && host.chars().all(is_host)
        && (is_long || !host.contains('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_nodes_are_those_that_erlang_takes() {
        for name in ["a1@b", "a-1@b", "a_1@b", "1@b1", "c@b1_c", "d@b1#c", "f@::1", "e@b1\u{e9}"] {
            assert!(is_node_name(name, false), "{name}");
        }
        for name in ["cd\u{e9}@a", "a", "a@", "@b", "a@b@c", "k@b.b.c", "i@\u{44f}", "a b@c"] {
            assert!(!is_node_name(name, false), "{name}");
        }
        assert!(is_node_name("k@b.b.c", true));
    }
}
