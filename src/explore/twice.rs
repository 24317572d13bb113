//! The check that a seed gives the same run twice.

use crate::scenario::simulation::Run;

/// The usual causes of a difference between two runs of one seed, the most frequent first.
pub const USUAL_CAUSES: [&str; 4] = [
    "a std::collections::HashMap or HashSet that is iterated over: use BTreeMap, BTreeSet or a Vec",
    "a clock of the machine (Instant, SystemTime): use Context::monotonic_time or system_time",
    "random numbers of the machine (rand::rng, thread_rng): use Context::with_rng",
    "a static, a thread, a file, an address or a variable of the environment that a service reads",
];

/// The first difference between two runs of one plan, in a few words; `None` if they are the same.
pub(super) fn difference(one: &Run, other: &Run) -> Option<String> {
    if one.trace.digest() == other.trace.digest() && one.history == other.history {
        return None;
    }
    let (first, second) = (one.trace.records(), other.trace.records());
    let same = |(one, other): &(_, _)| one == other;
    let alike = first.iter().zip(second).take_while(same).count();
    let at = first.get(alike).or(second.get(alike)).map(|record| record.at);
    let at = at.map_or_else(String::new, |at| format!(" from {at} on"));
    Some(format!("two runs with the same seed differ{at}"))
}
