//! The parts of the machine that simulated nodes have not got: by the natives that lead to them, and by
//! a list of cases that need them for other reasons.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// The part that a native belongs to, `None` for one that a simulated node should have.
pub(crate) fn part(native: &str) -> Option<&'static str> {
    let (module, function) = native.split_once(':')?;
    let function = function.split('/').next().unwrap_or_default();
    Some(match (module, function) {
        ("erl_ddll", _) => "drivers",
        ("erlang", "load_nif") | ("crypto", "nif_stub_error") => "NIFs",
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
    function.starts_with("trace") || function.starts_with("dt_") || function == "system_profile"
}

/// Cases that cannot pass on a simulated node, each with the part that it needs and what for.
#[derive(Debug, Default)]
pub(crate) struct Listed {
    /// By suite and case.
    reasons: BTreeMap<(String, String), String>,
}

impl Listed {
    /// The list of a file: lines of a suite, a case, a part and what the case does with it.
    pub(crate) fn read(path: &Path) -> std::io::Result<Listed> {
        Ok(Listed::parse(&fs::read_to_string(path)?))
    }

    fn parse(text: &str) -> Listed {
        let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
        let reason = |line: &str| {
            let (suite, rest) = line.split_once(' ')?;
            let (case, why) = rest.split_once(' ')?;
            Some(((suite.to_owned(), case.to_owned()), why.to_owned()))
        };
        Listed { reasons: lines.filter_map(reason).collect() }
    }

    /// The part that a case needs, and what for.
    pub(crate) fn reason(&self, suite: &str, case: &str) -> Option<&str> {
        self.reasons.get(&(suite.to_owned(), case.to_owned())).map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_case_of_the_list_has_its_reason() {
        let listed = Listed::parse("# why\n\na/x_SUITE one ports: it opens a file\n");
        assert_eq!(listed.reason("a/x_SUITE", "one"), Some("ports: it opens a file"));
        assert_eq!(listed.reason("a/x_SUITE", "two"), None);
    }

    #[test]
    fn natives_that_lead_out_of_the_simulation_have_a_part() {
        let parts = [
            ("erlang:open_port/2", Some("ports")),
            ("erts_internal:port_info/2", Some("ports")),
            ("erts_internal:trace_pattern/3", Some("tracing")),
            ("prim_socket:nif_open/2", Some("sockets")),
            ("erlang:load_nif/2", Some("NIFs")),
            ("crypto:nif_stub_error/1", Some("NIFs")),
            ("atomics:add/3", None),
        ];
        for (native, expected) in parts {
            assert_eq!(part(native), expected, "{native}");
        }
    }
}
