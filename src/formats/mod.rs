//! The formats of what nodedown writes for programs: each has its types, its version and its schema
//! here, and nothing else is written as JSON.
//!
//! **Invariant**: plain data. It knows what a document looks like, and nothing of runs, verdicts or
//! nodes: the rooms that have these convert them at their own border, so that a change inside of a
//! room cannot change a published format.
//!
//! - `beam`, `check`, `history`, `progress`, `proof`, `record`, `results`, `run` (and `runs`), `shrunk`,
//!   `trace`: a format each
//! - `words`: verdicts and other words that several formats share
//! - `version`: the version of a format
//! - `members`: objects whose members keep their order
//!
//! The first member of a document has the name of its format, and its value is the version; the
//! lines of `history` and `trace` have none. In all of them integers whose names end in `_ns` are
//! nanoseconds, and terms are JSON as [`term_to_json`](crate::engine::term::term_to_json) says.

pub mod beam;
pub mod check;
pub mod history;
mod members;
pub mod progress;
pub mod proof;
pub mod record;
pub mod results;
pub mod run;
pub mod shrunk;
pub mod trace;
mod version;
mod words;

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};
use serde_json::Value;

pub use members::Members;
pub use version::Version;
pub use words::{EndedJson, StoppedJson, VerdictJson};

/// A format that programs may rely on.
#[derive(Clone, Copy, Debug)]
pub struct PublishedFormat {
    /// Its name, which is also its first member where it is one document.
    pub name: &'static str,
    /// The version that is written.
    pub version: u32,
    /// The commands that write it.
    pub written_by: &'static str,
    schema: fn() -> Schema,
}

/// All formats, in the order of their names.
pub const FORMATS: [PublishedFormat; 11] = [
    PublishedFormat {
        name: "beam",
        version: 1,
        written_by: "`beam --json`",
        schema: schema_of::<beam::PreflightJson>,
    },
    PublishedFormat {
        name: "check",
        version: 1,
        written_by: "`check --json`",
        schema: schema_of::<check::CheckJson>,
    },
    PublishedFormat {
        name: "history",
        version: 1,
        written_by: "`run --history`, a line for each operation",
        schema: schema_of::<history::HistoryLineJson>,
    },
    PublishedFormat {
        name: "progress",
        version: 1,
        written_by: "`learn export`",
        schema: schema_of::<progress::ProgressJson>,
    },
    PublishedFormat {
        name: "proof",
        version: 1,
        written_by: "`prove --json`",
        schema: schema_of::<proof::ProofJson>,
    },
    PublishedFormat {
        name: "record",
        version: 1,
        written_by: "`run --record`",
        schema: schema_of::<record::RecordJson>,
    },
    PublishedFormat {
        name: "results",
        version: 1,
        written_by: "`sweep`, `test` and `merge` with `--out` or `--json`",
        schema: schema_of::<results::ResultsJson>,
    },
    PublishedFormat {
        name: "run",
        version: 1,
        written_by: "`run --json`",
        schema: schema_of::<run::RunJson>,
    },
    PublishedFormat {
        name: "runs",
        version: 1,
        written_by: "`run --json` for several runs",
        schema: schema_of::<run::RunsJson>,
    },
    PublishedFormat {
        name: "shrunk",
        version: 1,
        written_by: "`shrink --json`",
        schema: schema_of::<shrunk::ShrunkJson>,
    },
    PublishedFormat {
        name: "trace",
        version: 1,
        written_by: "`run --trace`, a line for each record",
        schema: schema_of::<trace::TraceLineJson>,
    },
];

impl PublishedFormat {
    /// Its JSON Schema (2020-12).
    #[must_use]
    pub fn schema(&self) -> Value {
        let mut schema = (self.schema)();
        schema.insert(
            "$id".to_owned(),
            format!("urn:nodedown:{}:{}", self.name, self.version).into(),
        );
        let title = format!("nodedown {}, version {}", self.name, self.version);
        schema.insert("title".to_owned(), title.into());
        schema.to_value()
    }
}

fn schema_of<T: JsonSchema>() -> Schema {
    SchemaSettings::draft2020_12().for_serialize().into_generator().into_root_schema_for::<T>()
}
