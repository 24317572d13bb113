//! The functions in C that OTP 26 to 29 have beside those of OTP 25.
//!
//! A node has those of its own release only: code that calls a later one fails as it would there.

#![expect(clippy::unnecessary_wraps, reason = "natives have one signature")]

use crate::beam::AtomIndex;
use crate::beam::heap::Heap;
use crate::beam::native::{NativeResult, Pure, Raise};
use crate::beam::value::Value;

/// Natives of a module: the first release that has them, the module, and each with its number of
/// arguments.
type Later = (u32, &'static str, &'static str);

/// Those that nodedown has.
pub(super) const SIMULATED: &[Later] = &[
    (26, "erlang", "display_string/2"),
    (26, "ets", "lookup_element/4"),
    (26, "prim_tty", "isatty/1"),
    (27, "code", "coverage_support/0 get_coverage_mode/0"),
    (27, "erts_internal", "term_to_string/2"),
    (27, "ets", "first_lookup/1 last_lookup/1 next_lookup/2 prev_lookup/2 update_element/4"),
    (28, "erl_debugger", "supported/0"),
    (28, "erlang", "hibernate/0"),
    (28, "erts_internal", "processes_next/1"),
    (28, "persistent_term", "put_new/2"),
    (28, "re", "import/1"),
    (29, "erlang", "is_integer/3 is_record/1"),
];

/// Those that it does not have, by what they belong to: counting of executed lines, sessions of
/// tracing, breakpoints, priority messages, and native records. OTP's own code calls none of them
/// unless it is asked for one of these.
#[cfg(test)]
const NOT_SIMULATED: &[Later] = &[
    (27, "code", "get_coverage/2 get_coverage_mode/1 reset_coverage/1 set_coverage_mode/1"),
    (
        27,
        "erts_internal",
        "trace/4 trace_info/3 trace_pattern/4 trace_session_create/3 \
         trace_session_destroy/1",
    ),
    (27, "erts_trace_cleaner", "check/0 send_trace_clean_signal/1"),
    (28, "code", "get_debug_info/1"),
    (
        28,
        "erl_debugger",
        "breakpoint/3 breakpoints/1 breakpoints/3 instrumentations/0 peek_stack_frame_slot/4 \
         peek_xreg/3 register/1 stack_frames/2 toggle_instrumentations/1 unregister/2 whereis/0 \
         xregs_count/1",
    ),
    (28, "erlang", "exit/3 exit_signal/3 link/2"),
    (28, "erts_debug", "unaligned_bitstring/2"),
    (28, "erts_internal", "notify_breakpoint_hit/3 system_monitor/1 system_monitor/3"),
    (
        29,
        "records",
        "create/4 get/2 get_definition/2 get_field_names/1 get_module/1 get_name/1 is_exported/1 \
         update/4",
    ),
];

/// The name and the number of arguments of each native of a list.
pub(super) fn functions((_, _, list): Later) -> impl Iterator<Item = (&'static str, u8)> {
    list.split_whitespace().filter_map(|native| {
        let (name, arity) = native.rsplit_once('/')?;
        Some((name, arity.parse().ok()?))
    })
}

pub(super) const CODE: &[(&str, u8, Pure)] = &[
    ("coverage_support", 0, |_, _| Ok(false.into())),
    ("get_coverage_mode", 0, |_, _| Ok(AtomIndex::new("none").into())),
];

/// No node has a terminal.
pub(super) const PRIM_TTY: &[(&str, u8, Pure)] = &[("isatty", 1, |_, _| Ok(false.into()))];

pub(super) const ERL_DEBUGGER: &[(&str, u8, Pure)] = &[("supported", 0, |_, _| Ok(false.into()))];

pub(super) const ERLANG: &[(&str, u8, Pure)] = &[
    ("is_integer", 3, is_integer_between),
    // No node makes native records.
    ("is_record", 1, |_, _| Ok(false.into())),
];

pub(super) const ERTS_INTERNAL: &[(&str, u8, Pure)] = &[("term_to_string", 2, term_to_string)];

/// A term as the emulator prints it; its length is not limited.
fn term_to_string(heap: &mut Heap, args: &[Value]) -> NativeResult {
    let text = heap.print(args[0]).to_string();
    Ok(heap.string(&text))
}

/// Is it an integer from the second argument to the third?
fn is_integer_between(heap: &mut Heap, args: &[Value]) -> NativeResult {
    let [value, low, high] = [args[0], args[1], args[2]];
    if !heap.is_integer(low) || !heap.is_integer(high) {
        return Err(Raise::BADARG);
    }
    let is_within = heap.is_integer(value)
        && heap.compare(low, value).is_le()
        && heap.compare(value, high).is_le();
    Ok(is_within.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::beam::{FunctionName, kernel};

    fn names(list: &[Later]) -> Vec<(u32, FunctionName)> {
        let names = list.iter().flat_map(|later| {
            let module = AtomIndex::new(later.1);
            functions(*later).map(move |(name, arity)| {
                (later.0, FunctionName::new(module, AtomIndex::new(name), arity))
            })
        });
        names.collect()
    }

    #[test]
    fn a_node_has_the_natives_of_its_release() {
        let natives = [25, 26, 27, 28, 29].map(|release| (release, kernel::natives(release)));
        let simulated = names(SIMULATED);
        assert_eq!(simulated.len(), 18);
        for (since, name) in simulated {
            for (release, natives) in &natives {
                assert_eq!(natives.has(name), *release >= since, "{name} in OTP {release}");
            }
        }
    }

    #[test]
    fn the_natives_of_later_releases_that_are_not_simulated_are_known() {
        let newest = kernel::natives(29);
        let missing = names(NOT_SIMULATED);
        assert_eq!(missing.len(), 39);
        for (_, name) in missing {
            assert!(!newest.has(name), "{name} is simulated: it belongs into the other list");
        }
    }

    #[test]
    fn an_integer_is_between_two_others() {
        let check = |value: i64, low: i64, high: i64, expected: bool| {
            let args = [value, low, high].map(Value::small);
            assert_eq!(is_integer_between(&mut Heap::new(), &args), Ok(expected.into()));
        };
        check(1, 1, 3, true);
        check(3, 1, 3, true);
        check(0, 1, 3, false);
        check(2, 3, 1, false);
        let mut heap = Heap::new();
        let atom = AtomIndex::new("a").into();
        let zero = Value::small(0);
        assert_eq!(is_integer_between(&mut heap, &[atom, zero, zero]), Ok(false.into()));
        assert_eq!(is_integer_between(&mut heap, &[zero, atom, zero]), Err(Raise::BADARG));
    }
}
