//! The parts of the machine that simulated nodes have not got, by the natives that lead to them.

/// The part that a native belongs to, `None` for one that a simulated node should have.
pub(crate) fn part(native: &str) -> Option<&'static str> {
    let (module, function) = native.split_once(':')?;
    let function = function.split('/').next().unwrap_or_default();
    Some(match (module, function) {
        ("erl_ddll", _) => "drivers",
        ("erlang", "load_nif") => "NIFs",
        ("prim_socket" | "prim_net", _) => "sockets",
        ("erl_tracer" | "dyntrace", _) => "tracing",
        ("erlang" | "erts_internal", _) if is_tracing(function) => "tracing",
        ("os", "cmd") => "ports",
        ("erlang" | "erts_internal", _) if function.contains("port") => "ports",
        ("erts_debug", _) => "internals",
        (_, _) => return None,
    })
}

fn is_tracing(function: &str) -> bool {
    function.starts_with("trace")
        || function.starts_with("seq_trace")
        || function.starts_with("dt_")
        || function == "system_profile"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn natives_that_lead_out_of_the_simulation_have_a_part() {
        let parts = [
            ("erlang:open_port/2", Some("ports")),
            ("erts_internal:port_info/2", Some("ports")),
            ("erts_internal:trace_pattern/3", Some("tracing")),
            ("prim_socket:nif_open/2", Some("sockets")),
            ("erlang:load_nif/2", Some("NIFs")),
            ("atomics:add/3", None),
        ];
        for (native, expected) in parts {
            assert_eq!(part(native), expected, "{native}");
        }
    }
}
