//! Scenarios of modules that are compiled for a test. Without `erlc` on the path nothing is tested here,
//! and the tests say so.
//!
//! - `execution`: how nodes run code; `faults`: what strikes compiled code, and on what
//! - `records`: records of runs of compiled code; `mistakes`: what is said of code that cannot be used
//! - `mixed`: compiled nodes beside those of services in Rust; `projects`: releases and mix

mod execution;
mod faults;
mod mistakes;
mod mixed;
mod projects;
mod records;

use std::fs;
use std::path::Path;
use std::process::Command;

use nodedown::scenario::{Scenario, ScenarioError};
use nodedown::services::Programs;
use nodedown::simulation::{Run, Simulation};
use nodedown::term::Term;
use nodedown::trace::{Fact, FaultFact, LogFact, ProcessFact};

/// A folder with compiled modules in its `ebin`.
pub(super) struct Project {
    folder: tempfile::TempDir,
}

impl Project {
    /// The modules of these sources; nothing without Erlang.
    pub(super) fn of(sources: &[(&str, &str)]) -> Option<Project> {
        if Command::new("erlc").arg("-v").output().is_err() {
            eprintln!("skipped: there is no erlc on the path");
            return None;
        }
        let project = Project { folder: tempfile::tempdir().unwrap() };
        fs::create_dir(project.path().join("ebin")).unwrap();
        for (module, source) in sources {
            project.compile(module, source);
        }
        Some(project)
    }

    pub(super) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Compiles a module of this source, without the line that names it.
    pub(super) fn compile(&self, module: &str, source: &str) {
        let file = format!("{module}.erl");
        fs::write(self.path().join(&file), format!("-module({module}).\n{source}")).unwrap();
        let mut erlc = Command::new("erlc");
        let built = erlc.args(["-o", "ebin", &file]).current_dir(self.path()).status();
        assert!(built.unwrap().success(), "{module}");
    }

    /// The scenario of this text, with the modules as its code.
    pub(super) fn scenario(&self, text: &str) -> Result<Scenario, ScenarioError> {
        let file = self.path().join("scenario.json").display().to_string();
        Scenario::parse(text, &file, &Programs::builtin().catalogue())
    }

    /// The run of a scenario with a seed.
    #[track_caller]
    pub(super) fn run(&self, text: &str, seed: u64) -> Run {
        let scenario = self.scenario(text).unwrap_or_else(|error| panic!("{error}"));
        Simulation::new(scenario.plan(seed), &Programs::builtin()).run()
    }

    /// The complaints about the file of a scenario.
    pub(super) fn mistakes(&self, text: &str) -> String {
        self.scenario(text).unwrap_err().to_string()
    }
}

/// One node whose users make some calls.
pub(super) fn calls(duration: &str, erlang: &str, calls: &[(&str, &str)]) -> String {
    let operations =
        calls.iter().map(|(name, call)| format!(r#""{name}": {{ "call": "{call}", "ok": "_" }}"#));
    let operations = operations.collect::<Vec<_>>().join(", ");
    format!(
        r#"{{ "name": "calls", "duration": "{duration}", "hosts": {{ "x": {{}} }},
             "erlang": {{ "code": ["ebin"]{erlang} }},
             "nodes": {{ "a@x": {{ "host": "x" }} }},
             "workload": {{ "users": {{ "client": "calls", "on": "a@x", "rate": "20/s", "from": "500ms",
                                        "timeout": "300ms", "operations": {{ {operations} }} }} }} }}"#
    )
}

/// The answers that the operations of this name got.
pub(super) fn answers(run: &Run, name: &str) -> Vec<Term> {
    let operations = run.history.operations().iter().filter(|each| each.name.as_str() == name);
    operations.filter_map(|each| each.answer().cloned()).collect()
}

pub(super) const SHOP: &str = "
-behaviour(application).
-behaviour(supervisor).
-export([start/2, stop/1, init/1, start_worker/1, work/1, clerk/0]).
start(Type, _) -> logger:notice(\"opened as ~p\", [Type]), supervisor:start_link({local, shop_sup}, ?MODULE, top).
stop(_) -> ok.
init(top) ->
    Staff = #{id => staff, start => {supervisor, start_link, [{local, staff}, ?MODULE, staff]}, type => supervisor},
    {ok, {#{}, [Staff]}};
init(staff) ->
    Clerk = fun(Id) -> #{id => Id, start => {?MODULE, start_worker, [Id]}} end,
    {ok, {#{intensity => 100}, [Clerk(anna), Clerk({desk, 2})]}}.
start_worker(Id) -> {ok, proc_lib:spawn_link(?MODULE, work, [Id])}.
work(anna) -> register(anna, self()), logger:warning(\"anna is here\"), receive stop -> ok end;
work(_) -> receive stop -> ok end.
clerk() -> whereis(anna).
";

pub(super) const SHOP_APP: &str =
    "{application, shop, [{description, \"a shop\"}, {vsn, \"1\"}, {modules, [shop]}, {registered, []},
    {applications, [kernel, stdlib]}, {mod, {shop, []}}]}.";

/// A node with the shop, and these faults.
pub(super) fn shop(faults: &str) -> String {
    format!(
        r#"{{ "name": "shop", "duration": "20s", "hosts": {{ "x": {{}} }},
             "erlang": {{ "code": ["ebin"] }},
             "nodes": {{ "a@x": {{ "host": "x", "start": ["shop"] }} }},
             "faults": [{faults}] }}"#
    )
}

pub(super) fn shop_project() -> Option<Project> {
    let project = Project::of(&[("shop", SHOP)])?;
    fs::write(project.path().join("ebin/shop.app"), SHOP_APP).unwrap();
    Some(project)
}

/// The records of a run that are about a process that exits, or that say something of faults and logs.
pub(super) fn told(run: &Run) -> Vec<String> {
    let lines = run.trace.records().iter().filter_map(|record| match &record.fact {
        Fact::Log(LogFact { text, .. }) => Some(format!("log {text}")),
        Fact::Fault(FaultFact::Injected { text, .. }) => Some(format!("fault {text}")),
        Fact::Fault(FaultFact::WithoutEffect { why, .. }) => Some(format!("in vain {why}")),
        Fact::Process(ProcessFact::Exited { label, reason, .. }) => {
            Some(format!("exit {label} {reason}"))
        }
        _ => None,
    });
    lines.collect()
}

/// The output of a command in the folder of a project, both ways, and its exit code.
pub(super) fn nodedown(project: &Project, arguments: &[&str]) -> (String, Option<i32>) {
    let mut command = assert_cmd::Command::cargo_bin("nodedown").unwrap();
    let output = command.args(arguments).current_dir(project.path()).output().unwrap();
    let text = [output.stdout, output.stderr].concat();
    (String::from_utf8(text).unwrap(), output.status.code())
}
