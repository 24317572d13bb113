//! Compiled code as JSON.

use serde_json::{Value, json};

use super::{ErlangConfig, NodeCode};
use crate::otp::application::RestartType;

/// The section of a file.
pub(in crate::scenario) fn section(erlang: &ErlangConfig) -> Value {
    let mut fields = json!({ "code": erlang.code, "args": erlang.args });
    for (name, value) in [("otp", &erlang.otp), ("config", &erlang.config)] {
        if let Some(value) = value {
            fields[name] = json!(value);
        }
    }
    fields
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
