//! Compiled code as JSON.

use serde_json::{Value, json};

use super::{ErlangConfig, NodeCode, execution};
use crate::otp::application::RestartType;

/// The section of a file, with paths from the root of the disk.
pub(in crate::scenario) fn section(erlang: &ErlangConfig) -> Value {
    let path = |written: &String| json!(erlang.path(written).display().to_string());
    let mut fields = json!({ "args": erlang.args, "env": erlang.env });
    for (name, value) in execution::write(erlang.execution) {
        fields[name] = value;
    }
    if let Some(build) = &erlang.build {
        fields["build"] = json!(build);
    }
    set_paths(&mut fields, erlang, path);
    fields
}

/// Sets the paths of a section, each as `path` writes it.
fn set_paths(section: &mut Value, erlang: &ErlangConfig, path: impl Fn(&String) -> Value) {
    section["code"] = erlang.code.iter().map(&path).collect();
    let files = [
        ("otp", &erlang.otp),
        ("config", &erlang.config),
        ("vm_args", &erlang.vm_args),
        ("boot", &erlang.boot),
    ];
    for (name, written) in files {
        if let Some(written) = written {
            section[name] = path(written);
        }
    }
}

impl ErlangConfig {
    /// Writes the paths of the section of a scenario as its file has them, for one who reads it from the
    /// folder of that file.
    pub(crate) fn write_paths_as_said(&self, scenario: &mut Value) {
        if let Some(section) = scenario.get_mut("erlang") {
            set_paths(section, self, |written| json!(written));
        }
    }
}

/// Adds what a node says in a scenario with compiled code.
pub(in crate::scenario) fn of_node(code: &NodeCode, fields: &mut Value) {
    match code {
        NodeCode::Rust => fields["runs"] = json!("rust"),
        NodeCode::Erlang(starts) if starts.is_empty() => {}
        NodeCode::Erlang(starts) => {
            let starts = starts.iter().map(|start| match start.restart {
                RestartType::Permanent => json!(start.application),
                RestartType::Transient => {
                    json!({ "application": start.application, "type": "transient" })
                }
                RestartType::Temporary => {
                    json!({ "application": start.application, "type": "temporary" })
                }
            });
            fields["start"] = starts.collect();
        }
    }
}
