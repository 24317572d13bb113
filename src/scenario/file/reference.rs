//! The reference of scenario files, as a page.

use crate::document::shape::{Catalogue, ProgramInfo, Shape, sections};

use super::{Scenario, shape};

const HEAD: &str = "# Scenario files

A scenario is a JSON file that names hosts, nodes, applications and users, the faults that strike
them, and what is expected of the run. Comments and trailing commas are allowed. Fields that are not
on this page are errors, and so are names of things that do not exist.

`nodedown schema --markdown` prints this page. A program with services of its own prints the page
with their settings. `nodedown schema` prints the JSON schema, for editors.

## Values

| value | is written |
|---|---|
| duration | `\"500ms\"`, `\"1m30s\"`; units: `ns`, `us`, `ms`, `s`, `m`, `h` |
| duration with a sign | `\"-5s\"`, `\"+5s\"` |
| rate | `\"5/s\"`, `\"10/m\"`, `\"1/h\"` |
| bandwidth | `\"100Mbit/s\"`, `\"64kbit/s\"` |
| fraction | `0.02` or `\"2%\"` |
| release of a kernel | `\"6.5\"`, `\"5.15\"` |
| number of 64 bits | `7`, or `\"0x9e3779b97f4a7c15\"` |
| Erlang term | a text in Erlang's syntax: `\"{shutdown,normal}\"` |
| name of a node | `\"db1@a\"`: a name, `@`, and a name of its machine |
| name of a node, a host or a site | a host or a site stands for all its nodes |

";

impl Scenario {
    /// The reference of scenario files that may name these programs: a page in Markdown.
    #[must_use]
    pub fn reference(catalogue: &Catalogue) -> String {
        let scenario = shape::scenario(catalogue);
        let programs = |word: &str, programs: &[ProgramInfo]| {
            programs.iter().map(|program| settings(word, program)).collect::<Vec<_>>().join("\n")
        };
        format!(
            "{HEAD}{}\n{}\n{}",
            sections(&[("Scenario", &scenario)]),
            programs("Service", &catalogue.services),
            programs("Client", &catalogue.clients)
        )
    }
}

/// The section of a program: what it is, and its settings.
fn settings(word: &str, program: &ProgramInfo) -> String {
    let title = format!("{word} `{}`", program.name);
    let shape: Shape = program.config_shape();
    let section = sections(&[(&title, &shape)]);
    let (heading, table) = section.split_once("\n\n").unwrap_or((&section, ""));
    let operations: Vec<String> =
        program.operations.iter().map(|operation| format!("`{operation}`")).collect();
    let operations = match operations.as_slice() {
        [] => String::new(),
        some => format!(" Operations: {}.", some.join(", ")),
    };
    let table = if table.is_empty() { "No settings.\n" } else { table };
    format!("{heading}\n\n{}{operations}\n\n{table}", program.about)
}
