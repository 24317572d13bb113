//! Natives that need a whole node, beside those of a real one; and files that a crash takes back.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::rc::Rc;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use nodedown::beam::Library;
use nodedown::beam::node::Boot;
use nodedown::network::NodeId;
use nodedown::runtime::{NodeConfig, World, WorldConfig};
use nodedown::trace::{Fact, LogFact};

use crate::installed::otp;
use crate::machine::{compile, erlang_is_missing};

/// The module `node_natives`, compiled once.
fn folder() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap().keep();
        compile("node_natives", &[], &folder);
        folder
    })
}

/// A world of one node that has booted and then calls a function.
struct Booted {
    world: World,
    node: NodeId,
    library: Arc<Library>,
}

impl Booted {
    /// `None` where there is no OTP.
    fn new(function: &str) -> Option<Booted> {
        let otp = (!erlang_is_missing()).then(otp).flatten()?;
        let library = Arc::new(Library::new(&otp, &[folder().to_owned()]).unwrap());
        let world = World::new(WorldConfig::default());
        let node = world.add_node(NodeConfig::new("a@x", world.add_host("x")));
        let booted = Booted { world, node, library };
        booted.start(function);
        Some(booted)
    }

    /// Starts the node, which calls the function.
    fn start(&self, function: &str) {
        let args = ["-s", "node_natives", function];
        let boot = Boot::new(Arc::clone(&self.library)).with_args(args);
        self.world.set_boot(self.node, Rc::new(boot).program());
        self.world.start_node(self.node);
        self.world.run_for(Duration::from_mins(1));
    }

    /// The lines of the log.
    fn lines(&self) -> Vec<String> {
        let trace = self.world.trace();
        let lines = trace.records().iter().filter_map(|record| match &record.fact {
            Fact::Log(LogFact { text, .. }) => told(text),
            _ => None,
        });
        lines.collect()
    }
}

/// What the function prints on a real node, in a folder of its own.
fn on_a_real_node() -> Vec<String> {
    let own = tempfile::tempdir().unwrap();
    let mut erl = Command::new("erl");
    erl.current_dir(own.path()).args(["-noshell", "-noinput", "-pa"]).arg(folder());
    let output = erl.args(["-eval", "node_natives:compared(), halt()."]).output().unwrap();
    let text: String = output.stdout.into_iter().map(char::from).collect();
    text.lines().filter_map(told).collect()
}

/// The text of a line that the module has printed, not of one of the log.
fn told(line: &str) -> Option<String> {
    line.strip_prefix("| ").map(str::to_owned)
}

#[test]
fn natives_do_what_those_of_a_real_node_do() {
    let Some(booted) = Booted::new("compared") else { return };
    let (ours, theirs) = (booted.lines(), on_a_real_node());
    let differing: Vec<String> = ours
        .iter()
        .zip(&theirs)
        .filter(|(ours, theirs)| ours != theirs)
        .map(|(ours, theirs)| format!("here   {ours}\nErlang {theirs}"))
        .collect();
    assert!(differing.is_empty(), "{}", differing.join("\n\n"));
    assert_eq!(ours.last(), theirs.last());
    assert_eq!(ours.len(), theirs.len());
    assert!(ours.len() > 300, "{}", ours.len());
}

#[test]
fn a_crash_takes_back_what_was_written_and_not_synced() {
    let Some(booted) = Booted::new("write_unsynced") else { return };
    assert!(booted.world.crash_node(booted.node));
    booted.start("read_back");
    let lines = booted.lines();
    let expected = ["written synced and lost", "{ok,<<\"synced\">>} {ok,<<>>}", "100 [{77,77}] []"];
    assert_eq!(lines, expected);
}

#[test]
fn mnesia_has_its_table_again_when_its_node_has_stopped_in_order() {
    let Some(booted) = Booted::new("database") else { return };
    booted.start("database_again");
    let lines = booted.lines();
    assert_eq!(lines, ["database 50 true", "database 50 {atomic,42925}"]);
}
