//! What keeps nodes running and connected, as JSON.

use serde_json::{Value, json};

use super::number;
use crate::engine::runtime::{RestartPolicy, Restarts};
use crate::engine::time::decimal_duration;
use crate::scenario::model::{NetworkConfig, NodeConfig, Reconnect};

/// What a node says of reconnecting, if it is not as the network says.
pub(super) fn reconnect(node: &NodeConfig, network: &NetworkConfig) -> Option<Value> {
    let usual = network.reconnect.filter(|_| !node.hidden);
    let usual = usual.map(|every| Reconnect { every, to: None });
    if node.reconnect == usual {
        return None;
    }
    let Some(Reconnect { every, to }) = &node.reconnect else { return Some(json!("infinity")) };
    let mut fields = json!({ "every": decimal_duration(*every) });
    if let Some(to) = to {
        fields["to"] = json!(to);
    }
    Some(fields)
}

pub(super) fn restart(policy: &RestartPolicy) -> Value {
    let name = match policy.restarts {
        Restarts::Always => "always",
        Restarts::OnFailure => "on_failure",
    };
    if *policy == (RestartPolicy { restarts: policy.restarts, ..RestartPolicy::default() }) {
        return json!(name);
    }
    let mut fields = json!({
        "policy": name,
        "after": decimal_duration(policy.after),
        "backoff": number(f64::from(policy.backoff_percent) / 100.0),
        "max_delay": decimal_duration(policy.max_delay),
        "reset_after": decimal_duration(policy.reset_after),
    });
    if let Some(limit) = policy.limit {
        fields["at_most"] = json!(limit.at_most);
        if let Some(within) = limit.within {
            fields["within"] = json!(decimal_duration(within));
        }
    }
    fields
}
