//! Scenario files that are right, and all the ways to get one wrong.

mod any;
mod any_chaos;
mod invariants;
mod mistakes;
mod plans;
mod rendering;
mod resolution;
mod schema;
mod writing;

use crate::document::shape::{Catalogue, Field, NameKind, ProgramInfo, Shape};

use super::{Scenario, ScenarioError};
use crate::document::diagnostic::Diagnostics;

/// A file with something of everything, without a mistake.
const CHAT: &str = include_str!("chat.json");

/// A made-up database and its users.
fn catalogue() -> Catalogue {
    let service = |name, about, config| ProgramInfo { name, about, config, operations: vec![] };
    let replication = Field::default(
        "replication",
        Shape::Choice(vec!["none", "async", "sync"]),
        "sync",
        "How the standby is kept up to date.",
    );
    let storage = Field::optional("storage", Shape::Text, "What it writes to.");
    let flush = Field::default("flush_every", Shape::Duration, "100ms", "How often it writes.");
    let log = Field::optional("log", Shape::Name(NameKind::Application), "Where errors go.");
    let chat_user = ProgramInfo {
        name: "chat_user",
        about: "Posts and reads messages.",
        config: vec![Field::default("rooms", Shape::Integer { min: 1, max: 100 }, 3, "Rooms.")],
        operations: vec!["post", "read", "join"],
    };
    Catalogue {
        services: vec![
            service("database", "Keeps messages.", vec![replication, storage, flush, log]),
            service("log", "Keeps a log.", vec![]),
        ],
        clients: vec![chat_user],
    }
}

fn scenario(text: &str) -> Scenario {
    Scenario::parse(text, "chat.json", &catalogue()).unwrap_or_else(|error| panic!("{error}"))
}

fn diagnostics(text: &str) -> Diagnostics {
    match Scenario::parse(text, "chat.json", &catalogue()) {
        Err(ScenarioError::Invalid(diagnostics)) => diagnostics,
        Err(error @ (ScenarioError::Read { .. } | ScenarioError::NoErlang(_))) => panic!("{error}"),
        Ok(scenario) => scenario.warnings,
    }
}

/// The file with one part replaced.
#[track_caller]
fn with(part: &str, replacement: &str) -> String {
    assert_eq!(CHAT.matches(part).count(), 1, "{part} has to be there once");
    CHAT.replace(part, replacement)
}

#[test]
fn large_files_of_the_wrong_kind_take_the_time_of_one_pass() {
    // The square of it would be many minutes.
    let fields = |count: u32, field: &dyn Fn(u32) -> String| {
        (0..count).map(field).collect::<Vec<String>>().join(",")
    };
    let unknown = fields(200_000, &|number| format!("\"x{number}\": 1"));
    let found = diagnostics(&format!("{{{unknown}}}"));
    assert_eq!((found.iter().count(), found.more()), (20, 199_983));
    let nodes = fields(20_000, &|number| format!("\"n{number}@a\": {{}}"));
    let fault = |number: u32| format!("{{ \"at\": \"1s\", \"crash\": \"m{number}@b\" }}");
    let faults = fields(20_000, &fault);
    let found = diagnostics(&format!("{{\"nodes\": {{{nodes}}}, \"faults\": [{faults}]}}"));
    assert!(found.iter().count() == 20 && found.more() >= 19_980, "{found}");
}
