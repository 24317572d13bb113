//! From the section `erlang` and the fields of nodes to compiled code.

use std::path::{Path, PathBuf};

use super::installed::{InstalledCode, Places, Problem, installed};
use super::{ErlangConfig, ErlangStart, NodeCode};
use crate::beam::index::{LoadError, OtpError};
use crate::document::diagnostic::suggestion;
use crate::document::syntax::{Member, Node, Span};
use crate::engine::runtime::{self, World, WorldConfig};
use crate::otp::application::RestartType;
use crate::scenario::reading::{Resolver, unknown_choice};
use crate::scenario::{ApplicationConfig, NodeSpec};

impl Resolver<'_> {
    /// The compiled code of a file, if it has some.
    #[expect(clippy::option_option, reason = "`None` is a mistake, which has been reported")]
    pub(in crate::scenario) fn erlang(&mut self, file: &Node) -> Option<Option<ErlangConfig>> {
        let Some(section) = file.get("erlang") else {
            return self.no_erlang(file).then_some(None);
        };
        let folder = folder_of(self.diagnostics.file_name());
        let text = |name: &str| section.get(name).and_then(Node::text);
        let path = |text: &str| absolute(&folder, text);
        let code = section.get("code")?.items();
        let places = Places {
            otp: text("otp").map(path),
            code: code.iter().filter_map(Node::text).map(path).collect(),
            config: text("config").map(path),
        };
        let args = section.get("args")?.items().iter().filter_map(Node::text);
        let shown = |path: &PathBuf| path.display().to_string();
        let installed = self.installed(section, code, &places)?;
        Some(Some(ErlangConfig {
            code: places.code.iter().map(shown).collect(),
            otp: places.otp.as_ref().map(shown),
            config: places.config.as_ref().map(shown),
            args: args.map(str::to_owned).collect(),
            installed,
        }))
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

    /// The installed code; within, the reason why there is no Erlang on this machine.
    fn installed(
        &mut self,
        section: &Node,
        code: &[Node],
        places: &Places,
    ) -> Option<Result<std::sync::Arc<InstalledCode>, String>> {
        let opening = section.span.start..section.span.start + 1;
        let at = |name: &str| section.get(name).map_or(&opening, |node| &node.span);
        let found = match installed(places) {
            Ok(found) => found,
            Err(Problem::Otp(OtpError::NotInstalled)) => {
                return Some(Err("there is no Erlang/OTP: install it (apt install erlang, brew \
                                 install erlang), or say where it is with NODEDOWN_OTP"
                    .to_owned()));
            }
            Err(problem) => {
                let (span, (message, help)) = match &problem {
                    Problem::Otp(error) => (at("otp"), otp_problem(error)),
                    Problem::Code(place, error) => {
                        (code.get(*place).map_or(&opening, |node| &node.span), code_problem(error))
                    }
                    Problem::Config(error) => {
                        let message = format!("cannot read the configuration file: {error}");
                        (at("config"), (message, "name a file such as `sys.config`".to_owned()))
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
    /// placed on them.
    pub(in crate::scenario) fn erlang_nodes(
        &mut self,
        file: &Node,
        erlang: Option<&ErlangConfig>,
        nodes: &[&NodeSpec],
        applications: &[ApplicationConfig],
    ) {
        let members = file.get("nodes").map(Node::members).unwrap_or_default();
        let known = erlang.and_then(|erlang| erlang.installed.as_ref().ok());
        let compiled = nodes.iter().find(|node| node.code.is_erlang());
        if let (Some(erlang), Some(node), Some(section)) = (erlang, compiled, file.get("erlang")) {
            self.settings(section, erlang, node);
        }
        for (node, member) in nodes.iter().zip(members) {
            let starts = member.value.get("start").map(Node::items).unwrap_or_default();
            for (start, place) in node.code.starts().iter().zip(starts) {
                if let Some(known) = known {
                    self.startable(start, &place.span, known);
                }
            }
            self.no_service(file, node, applications);
        }
    }

    /// Reports what is wrong in the configuration file and in the arguments.
    fn settings(&mut self, section: &Node, erlang: &ErlangConfig, node: &NodeSpec) {
        if erlang.installed.is_err() {
            return;
        }
        let world = World::new(WorldConfig::default());
        let host = world.add_host("host");
        let mut config = runtime::NodeConfig::new(node.name.as_str(), host);
        for problem in erlang.boot(node).configure(&mut config) {
            let field = section.get("config").or_else(|| section.get("args")).unwrap_or(section);
            let help = "write what `erl` takes in `sys.config` and in `vm.args`";
            self.diagnostics.error(&field.span, problem).help(help);
        }
    }

    fn startable(&mut self, start: &ErlangStart, span: &Span, known: &InstalledCode) {
        let name = start.application.as_str();
        if known.applications.iter().any(|known| known == name) {
            return;
        }
        let message = format!("there is no application `{name}`: no folder of code has {name}.app");
        let names: Vec<&str> = known.applications.iter().map(String::as_str).collect();
        self.diagnostics.error(span, message).help(suggestion(name, &names, "applications"));
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

/// The folder of a file.
fn folder_of(file_name: &str) -> PathBuf {
    Path::new(file_name).parent().map(Path::to_owned).unwrap_or_default()
}

/// A path that a file in a folder names, from the root of the disk and without `.` and `..`.
fn absolute(folder: &Path, text: &str) -> PathBuf {
    let joined = folder.join(text);
    let whole = std::path::absolute(&joined).unwrap_or(joined);
    let mut plain = PathBuf::new();
    for part in whole.components() {
        if part == std::path::Component::ParentDir {
            plain.pop();
        } else {
            plain.push(part);
        }
    }
    plain
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

fn code_problem(error: &LoadError) -> (String, String) {
    let help = match error {
        LoadError::NoFolder { .. } | LoadError::Empty { .. } => {
            "build the project first (rebar3 compile, mix compile, erlc), or name the folders of its \
             modules from where this file is"
        }
        _ => "name folders of compiled modules",
    };
    (error.to_string(), help.to_owned())
}
