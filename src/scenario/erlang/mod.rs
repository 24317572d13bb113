//! Compiled Erlang: the section `erlang` of a file, and what the nodes of compiled code start.
//!
//! - `installed`: the code and the files, read once and shared by all runs
//! - `doubts`: what modules do that simulated nodes cannot
//! - `execution`: how the nodes run the code
//! - `paths`: from where a file is to the root of the disk
//! - `shape`: the fields; `resolve`: from fields to [`ErlangConfig`]; `write`: back

mod doubts;
mod execution;
mod installed;
pub(super) mod paths;
mod resolve;
pub(super) mod shape;
pub(super) mod write;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use crate::beam::kernel::Start;
use crate::beam::node::Boot;
use crate::engine::runtime::AutoConnect;
use crate::engine::term::Atom;
use crate::engine::time::Timeout;
use crate::otp::application::RestartType;

use super::NodeSpec;

pub use execution::{CodeExecution, MapOrder, SliceLength};
pub(crate) use installed::sha256_of;
pub use installed::{CodeDigests, InstalledCode};
pub(super) use resolve::IsErlangFile;

/// The compiled code of a scenario.
#[derive(Clone, Debug)]
pub struct ErlangConfig {
    /// The folder that the paths begin at, from the root of the disk: that of the scenario file.
    pub folder: PathBuf,
    /// The folders of modules, or patterns of folders.
    pub code: Vec<String>,
    /// The folder of Erlang/OTP, if the scenario names it.
    pub otp: Option<String>,
    /// The configuration file of the nodes.
    pub config: Option<String>,
    /// The command that makes the modules, for people.
    pub build: Option<String>,
    /// The file of arguments of the nodes, such as `vm.args`.
    pub vm_args: Option<String>,
    /// More arguments of `erl`.
    pub args: Vec<String>,
    /// The boot file of a release, with or without its ending.
    pub boot: Option<String>,
    /// The environment of the nodes.
    pub env: BTreeMap<String, String>,
    /// The way in which the nodes run the code.
    pub execution: CodeExecution,
    /// The code and the files, or the reason why there is no Erlang.
    pub installed: Result<Arc<InstalledCode>, String>,
}

impl PartialEq for ErlangConfig {
    /// Compares what scenarios say, not what was read, and paths from the root of the disk.
    fn eq(&self, other: &ErlangConfig) -> bool {
        let said = |it: &ErlangConfig| {
            let path = |text: &String| it.path(text);
            let code: Vec<PathBuf> = it.code.iter().map(path).collect();
            let files = [&it.otp, &it.config, &it.vm_args, &it.boot];
            let files = files.map(|file| file.as_ref().map(path));
            (code, files, it.build.clone(), it.args.clone(), it.env.clone(), it.execution)
        };
        said(self) == said(other)
    }
}

/// The kind of code that a node runs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum NodeCode {
    /// Services in Rust.
    #[default]
    Rust,
    /// Compiled Erlang, with the applications that it starts.
    Erlang(Vec<ErlangStart>),
}

/// An application that a node of compiled code starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ErlangStart {
    /// Its name.
    pub application: Atom,
    /// The effect of its end on its node.
    pub restart: RestartType,
}

impl NodeCode {
    /// The applications that a node of compiled code starts.
    #[must_use]
    pub fn starts(&self) -> &[ErlangStart] {
        match self {
            NodeCode::Rust => &[],
            NodeCode::Erlang(starts) => starts,
        }
    }

    /// True if it is compiled code.
    #[must_use]
    pub const fn is_erlang(&self) -> bool {
        matches!(self, NodeCode::Erlang(_))
    }
}

impl ErlangConfig {
    /// A path that the scenario names, from the root of the disk.
    #[must_use]
    pub fn path(&self, written: &str) -> PathBuf {
        paths::absolute(&self.folder, written)
    }

    /// The boot of a node in a run with this seed.
    ///
    /// # Panics
    /// If there is no Erlang; a scenario that was read has it.
    pub(crate) fn boot(&self, node: &NodeSpec, seed: u64) -> Boot {
        let installed = self.installed.as_ref().unwrap_or_else(|why| panic!("{why}"));
        let mut boot = Boot::new(Arc::clone(&installed.library));
        boot.start = node.code.starts().iter().map(start).collect();
        boot.config = self.config.iter().map(|config| self.path(config)).collect();
        boot.args = self.arguments(node, &installed.vm_args);
        boot.env = self.env.clone();
        boot.boot_file = self.boot.as_ref().map(|boot| self.path(boot).with_extension(""));
        boot.execution = self.execution.of_run(seed);
        boot
    }

    /// The arguments of `erl` that are not the node's own.
    fn arguments(&self, node: &NodeSpec, vm_args: &[String]) -> Vec<String> {
        let mut args = Vec::new();
        let mut kernel = |name: &str, value: String| {
            args.extend(["-kernel".to_owned(), name.to_owned(), value]);
        };
        match node.dist_auto_connect {
            AutoConnect::Always => {}
            AutoConnect::Never => kernel("dist_auto_connect", "never".to_owned()),
            AutoConnect::Once => kernel("dist_auto_connect", "once".to_owned()),
        }
        if let Some(timeout) = node.sync_nodes_timeout {
            kernel("sync_nodes_mandatory", node_list(&node.sync_nodes_mandatory));
            kernel("sync_nodes_optional", node_list(&node.sync_nodes_optional));
            kernel("sync_nodes_timeout", milliseconds(timeout));
        }
        args.extend(vm_args.iter().chain(&self.args).cloned());
        args
    }
}

fn start(start: &ErlangStart) -> Start {
    Start { application: start.application.as_str().to_owned(), restart: start.restart }
}

/// Nodes as Erlang writes a list of them.
fn node_list(nodes: &[Atom]) -> String {
    let nodes: Vec<String> = nodes.iter().map(ToString::to_string).collect();
    format!("[{}]", nodes.join(","))
}

fn milliseconds(timeout: Timeout) -> String {
    match timeout {
        Timeout::After(timeout) => timeout.as_millis().to_string(),
        Timeout::Infinity => "infinity".to_owned(),
    }
}
