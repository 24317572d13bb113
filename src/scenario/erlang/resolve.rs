//! From the section `erlang` and the fields of nodes to compiled code.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::installed::{InstalledCode, Places, Problem, installed};
use super::{ErlangConfig, ErlangStart, NodeCode};
use crate::beam::index::{LoadError, OtpError};
use crate::document::diagnostic::suggestion;
use crate::document::syntax::{Member, Node, Span};
use crate::engine::runtime::{self, World, WorldConfig};
use crate::otp::application::RestartType;
use crate::scenario::reading::{Resolver, unknown_choice};
use crate::scenario::{ApplicationConfig, NodeSpec};
use crate::spelling::nearest;

impl Resolver<'_> {
    /// The compiled code of a file, if it has some.
    #[expect(clippy::option_option, reason = "`None` is a mistake, which has been reported")]
    pub(in crate::scenario) fn erlang(&mut self, file: &Node) -> Option<Option<ErlangConfig>> {
        let Some(section) = file.get("erlang") else {
            return self.no_erlang(file).then_some(None);
        };
        let text = |name: &str| section.get(name).and_then(Node::text).map(str::to_owned);
        let texts = |name: &str| {
            let items = section.get(name)?.items().iter();
            Some(items.filter_map(Node::text).map(str::to_owned).collect::<Vec<_>>())
        };
        let mut erlang = ErlangConfig {
            folder: self.folder.clone(),
            code: texts("code")?,
            otp: text("otp"),
            config: text("config"),
            build: text("build"),
            vm_args: text("vm_args"),
            args: texts("args")?,
            boot: text("boot"),
            env: env_of(section),
            execution: self.code_execution(section)?,
            installed: Err(String::new()),
        };
        erlang.installed = self.installed(section, &erlang)?;
        Some(Some(erlang))
    }

    /// True if nothing in a file without compiled code needs it.
    fn no_erlang(&mut self, file: &Node) -> bool {
        let mut needless = true;
        for member in file.get("nodes").map(Node::members).unwrap_or_default() {
            let runs = member.value.get("runs").filter(|runs| runs.text() == Some("erlang"));
            for span in [runs, member.value.get("start")].into_iter().flatten().map(|it| &it.span) {
                let message = format!("`{}` needs the section `erlang`", member.name);
                let help = "write which code it runs: `\"erlang\": { \"code\": \
                            [\"../_build/default/lib/*/ebin\"] }`";
                self.diagnostics.error(span, message).help(help);
                needless = false;
            }
        }
        needless
    }

    /// The installed code; within, the reason why it is not on this machine: there is no Erlang, or
    /// nobody has made the modules with the command that the scenario names.
    fn installed(
        &mut self,
        section: &Node,
        erlang: &ErlangConfig,
    ) -> Option<Result<Arc<InstalledCode>, String>> {
        let path = |text: &String| erlang.path(text);
        let places = Places {
            otp: erlang.otp.as_ref().map(path),
            code: erlang.code.iter().map(path).collect(),
            config: erlang.config.as_ref().map(path),
            vm_args: erlang.vm_args.as_ref().map(path),
            boot: erlang.boot.as_ref().map(|boot| path(boot).with_extension("boot")),
        };
        let code = section.get("code").map(Node::items).unwrap_or_default();
        let opening = section.span.start..section.span.start + 1;
        let at = |name: &str| section.get(name).map_or(&opening, |node| &node.span);
        let found = match installed(&places) {
            Ok(found) => found,
            Err(Problem::Otp(OtpError::NotInstalled)) => {
                return Some(Err("there is no Erlang/OTP: install it (apt install erlang, brew \
                                 install erlang), or say where it is with NODEDOWN_OTP"
                    .to_owned()));
            }
            Err(Problem::Code(
                _,
                error @ (LoadError::NoFolder { .. } | LoadError::Empty { .. }),
            )) if erlang.build.is_some() => {
                let build = erlang.build.as_deref().unwrap_or_default();
                return Some(Err(format!("its modules are not built ({error}): run `{build}`")));
            }
            Err(problem) => {
                let (span, (message, help)) = match &problem {
                    Problem::Otp(error) => (at("otp"), otp_problem(error)),
                    Problem::Code(_, error @ LoadError::NoRuntime { .. }) => {
                        (at("otp"), code_problem(error))
                    }
                    Problem::Code(place, error) => {
                        (code.get(*place).map_or(&opening, |node| &node.span), code_problem(error))
                    }
                    Problem::File(field, error) => (at(field), file_problem(field, error)),
                    Problem::VmArgs(error) => {
                        let help = "write it as `erl -args_file` reads it".to_owned();
                        (at("vm_args"), (error.to_string(), help))
                    }
                };
                self.diagnostics.error(span, message).help(help);
                return None;
            }
        };
        for (module, why) in &found.unusable {
            let message = format!("the module {module} cannot be used: {why}");
            let help = "compile it with the Erlang/OTP that runs it";
            self.diagnostics.error(at("code"), message).help(help);
        }
        for (message, help) in &found.doubts {
            self.diagnostics.warn(at("code"), message.clone()).help(help.clone());
        }
        found.unusable.is_empty().then_some(Ok(found))
    }

    /// The code of a node.
    pub(in crate::scenario) fn node_code(
        &mut self,
        member: &Member,
        is_erlang_file: IsErlangFile,
    ) -> Option<NodeCode> {
        let node = &member.value;
        let runs = node.get("runs").and_then(Node::text);
        let is_erlang = match (runs, is_erlang_file) {
            (Some("rust"), _) | (None, IsErlangFile::No) => false,
            (Some(_), _) | (None, IsErlangFile::Yes) => true,
        };
        let Some(start) = node.get("start") else {
            return Some(if is_erlang { NodeCode::Erlang(Vec::new()) } else { NodeCode::Rust });
        };
        if !is_erlang && runs.is_some() {
            let message = "`start` goes with compiled code only";
            let help = "services in Rust are started by `applications`";
            self.diagnostics.error(&start.span, message).help(help);
            return None;
        }
        let starts: Option<Vec<ErlangStart>> = start.items().iter().map(one_start).collect();
        starts.map(NodeCode::Erlang)
    }

    /// Reports what nodes of compiled code start and is not there, and services in Rust that are
    /// placed on them. Returns the code if all applications are there: what misses one probably names
    /// the wrong folders.
    pub(in crate::scenario) fn erlang_nodes(
        &mut self,
        file: &Node,
        erlang: Option<&ErlangConfig>,
        nodes: &[&NodeSpec],
        applications: &[ApplicationConfig],
    ) -> Option<Arc<InstalledCode>> {
        let members = file.get("nodes").map(Node::members).unwrap_or_default();
        let known = erlang.and_then(|erlang| erlang.installed.as_ref().ok());
        let compiled = nodes.iter().find(|node| node.code.is_erlang());
        if let (Some(erlang), Some(node), Some(section)) = (erlang, compiled, file.get("erlang")) {
            self.settings(section, erlang, node);
        }
        let mut missing = BTreeSet::new();
        for (node, member) in nodes.iter().zip(members) {
            let starts = member.value.get("start").map(Node::items).unwrap_or_default();
            for (start, place) in node.code.starts().iter().zip(starts) {
                if let Some(known) = known {
                    self.startable(start, &place.span, (known, &mut missing));
                }
            }
            self.no_service(file, node, applications);
            self.no_stranger_in_global(node, nodes, member);
        }
        let adds_folders = |known: &&Arc<InstalledCode>| {
            let args = erlang.into_iter().flat_map(|erlang| &erlang.args).chain(&known.vm_args);
            args.into_iter().any(|word| word == "-pa" || word == "-pz")
        };
        known.filter(|known| missing.is_empty() && !adds_folders(known)).cloned()
    }

    /// Reports a node of services in Rust that would take part in the `global` of compiled nodes: the
    /// two do not speak with each other.
    fn no_stranger_in_global(&mut self, node: &NodeSpec, nodes: &[&NodeSpec], member: &Member) {
        let meets = |other: &&NodeSpec| other.code.is_erlang() && other.cookie == node.cookie;
        if node.code.is_erlang() || node.hidden || !nodes.iter().any(meets) {
            return;
        }
        let message = format!(
            "`{}` runs services in Rust, which do not take part in the `global` of compiled nodes",
            node.name.as_str()
        );
        let help = "write `\"hidden\": true` for it: its processes, monitors and links reach all nodes \
                    all the same";
        self.diagnostics.error(&member.name_span, message).help(help);
    }

    /// Reports what is wrong in the configuration file and in the arguments.
    fn settings(&mut self, section: &Node, erlang: &ErlangConfig, node: &NodeSpec) {
        if erlang.installed.is_err() {
            return;
        }
        let world = World::new(WorldConfig::default());
        let host = world.add_host("host");
        let mut config = runtime::NodeConfig::new(node.name.as_str(), host);
        let boot = erlang.boot(node, 0);
        let of_args = section.get("args").filter(|args| !args.items().is_empty());
        for note in boot.without_effect() {
            let field = section.get("vm_args").or(of_args).unwrap_or(section);
            let help = "remove it, or ignore this warning";
            self.diagnostics.warn(&field.span, note).help(help);
        }
        for problem in boot.configure(&mut config) {
            let field = section.get("config").or(of_args).unwrap_or(section);
            let help = "write what `erl` takes in `sys.config` and in `vm.args`";
            self.diagnostics.error(&field.span, problem).help(help);
        }
    }

    /// Reports an application that is not there, once, and those that it needs and are not there.
    fn startable(
        &mut self,
        start: &ErlangStart,
        span: &Span,
        (known, missing): (&InstalledCode, &mut BTreeSet<String>),
    ) {
        let name = start.application.as_str();
        if known.applications.contains_key(name) {
            self.needs_of(name, span, (known, missing));
        } else if missing.insert(name.to_owned()) {
            let message =
                format!("there is no application `{name}`: no folder of code has {name}.app");
            let names: Vec<&str> = known.applications.keys().map(String::as_str).collect();
            let near = nearest(name, names.iter().copied()).is_some();
            let names = if near { names } else { known.own_applications() };
            let help = suggestion(name, &names, "applications in the folders of `code`");
            self.diagnostics.error(span, message).help(help);
        }
    }

    /// Reports the applications that one needs, itself or by another, and that are not there.
    fn needs_of(
        &mut self,
        application: &str,
        span: &Span,
        (known, missing): (&InstalledCode, &mut BTreeSet<String>),
    ) {
        let (mut open, mut seen) = (vec![application.to_owned()], BTreeSet::new());
        while let Some(name) = open.pop() {
            if !seen.insert(name.clone()) {
                continue;
            }
            for needed in known.needed_by(&name) {
                if known.applications.contains_key(&needed) {
                    open.push(needed);
                } else if missing.insert(needed.clone()) {
                    let message = format!(
                        "`{name}` needs the application `{needed}`: no folder of code has {needed}.app"
                    );
                    let help = "add the folder of its modules to `code` of `erlang`";
                    self.diagnostics.error(span, message).help(help);
                }
            }
        }
    }

    fn no_service(&mut self, file: &Node, node: &NodeSpec, applications: &[ApplicationConfig]) {
        let placed = applications.iter().filter(|it| it.nodes().any(|on| on == node.name));
        for application in placed.filter(|_| node.code.is_erlang()) {
            let Some(member) =
                file.get("applications").and_then(|all| all.member(application.name.as_str()))
            else {
                continue;
            };
            let (name, node) = (application.name.as_str(), node.name.as_str());
            let message = format!("`{name}` is a service in Rust, and `{node}` runs compiled code");
            let help = format!(
                "write `\"runs\": \"rust\"` for the node, or `\"start\": [\"{name}\"]` for an \
                 application of compiled code"
            );
            self.diagnostics.error(&member.name_span, message).help(help);
        }
    }
}

/// Says if a file has the section `erlang`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::scenario) enum IsErlangFile {
    Yes,
    No,
}

impl IsErlangFile {
    pub(in crate::scenario) fn of(file: &Node) -> IsErlangFile {
        if file.get("erlang").is_some() { IsErlangFile::Yes } else { IsErlangFile::No }
    }
}

fn one_start(node: &Node) -> Option<ErlangStart> {
    let application = node.get("application").unwrap_or(node).atom()?;
    let restart = match node.get("type").and_then(Node::text) {
        None | Some("permanent") => RestartType::Permanent,
        Some("transient") => RestartType::Transient,
        Some("temporary") => RestartType::Temporary,
        Some(other) => unknown_choice(other),
    };
    Some(ErlangStart { application, restart })
}

/// A message of several lines as a message and what to do.
fn otp_problem(error: &OtpError) -> (String, String) {
    let text = error.to_string();
    let (message, rest) = text.split_once('\n').unwrap_or((&text, ""));
    let help = match rest.trim() {
        "" => "name the folder in which `lib/kernel-*/ebin` lies",
        help => help,
    };
    (message.to_owned(), help.to_owned())
}

fn file_problem(field: &str, error: &std::io::Error) -> (String, String) {
    let (what, such_as) = match field {
        "config" => ("configuration file", "`sys.config`"),
        "boot" => ("boot file", "`releases/1.0.0/start.boot` of a release"),
        _ => ("file of arguments", "`vm.args`"),
    };
    (format!("cannot read the {what}: {error}"), format!("name a file such as {such_as}"))
}

/// The variables of the environment that a section names.
fn env_of(section: &Node) -> BTreeMap<String, String> {
    let members = section.get("env").map(Node::members).unwrap_or_default().iter();
    let pairs = members.filter_map(|member| {
        let value = member.value.text()?.to_owned();
        Some((member.name.clone(), value))
    });
    pairs.collect()
}

fn code_problem(error: &LoadError) -> (String, String) {
    let help = match error {
        LoadError::NoFolder { .. } | LoadError::Empty { .. } => {
            "build the project first (rebar3 compile, mix compile, erlc), or name the folders of its \
             modules from where this file is"
        }
        LoadError::NoRuntime { .. } => {
            "name an installation of Erlang/OTP, or a release that has its runtime system with it \
             (include_erts)"
        }
        _ => "name folders of compiled modules",
    };
    (error.to_string(), help.to_owned())
}
