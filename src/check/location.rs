//! Location transparency: where applications run makes no difference to those who use them.

use crate::simulation::{End, Placed, Run, Sight, Sights};
use crate::term::Atom;

use super::Witness;
use super::assessment::{Assessment, tell};
use super::evidence::Evidence;

/// Compares what the users of a workload saw with the applications in different places: every
/// answer has to be the same, but for the names of nodes.
pub(super) fn check(evidence: &Evidence, workload: Atom) -> Assessment {
    let placements = match &evidence.run.comparisons.placements {
        Ok(placements) => placements,
        Err(why) => return Assessment::Untested(why.to_string()),
    };
    let Some((reference, others)) = placements.split_first().filter(|(_, rest)| !rest.is_empty())
    else {
        return Assessment::Untested("the applications were not placed otherwise".to_owned());
    };
    let seen = Sights::of(&reference.run, workload);
    let answered = answers(&seen);
    if answered == 0 {
        return Assessment::Untested(format!("no operation of {workload} was answered"));
    }
    // What is missing from such a run is no difference.
    if placements.iter().any(|each| Evidence::of(&each.run).given_up()) {
        return Assessment::Untested("a run was given up before its end".to_owned());
    }
    for other in others {
        if let Some(broken) = difference(reference, &seen, other, workload) {
            return broken;
        }
    }
    let layouts: Vec<String> = others.iter().map(|each| each.layout.to_string()).collect();
    Assessment::Held(format!("the same {answered} answers {}", layouts.join(", ")))
}

fn answers(seen: &Sights) -> usize {
    let all = seen.clients.values().flatten();
    all.filter(|sight| matches!(sight.end, End::Answered(_))).count()
}

/// The first operation that a client saw otherwise.
fn difference(
    reference: &Placed,
    seen: &Sights,
    other: &Placed,
    workload: Atom,
) -> Option<Assessment> {
    let others = Sights::of(&other.run, workload);
    let clients = seen.clients.iter().chain(&others.clients).map(|(client, _)| *client);
    let differing = clients.filter_map(|client| {
        let of = |sights: &Sights| sights.clients.get(&client).cloned().unwrap_or_default();
        first_difference(&of(seen), &of(&others))
    });
    let (here, there) = differing
        .min_by_key(|(here, there)| here.as_ref().or(there.as_ref()).map(|sight| sight.id))?;
    let told = |placed: &Placed, sight: &Option<Sight>| {
        let what = sight
            .as_ref()
            .map_or_else(|| "nothing more was done".to_owned(), |sight| told(&placed.run, sight));
        format!("{}: {what}", placed.layout)
    };
    let texts = vec![told(reference, &here), told(other, &there)];
    let at = here.or(there).map(|sight| sight.id);
    let at = at.map(|id| reference.run.history.operations().get(id.0 as usize));
    let at = at.flatten().map(|operation| operation.invoked).unwrap_or_default();
    let summary = format!("users see a difference when the applications are {}", other.layout);
    Some(Assessment::Broken(summary, Witness::new(at, texts, None)))
}

fn first_difference(here: &[Sight], there: &[Sight]) -> Option<(Option<Sight>, Option<Sight>)> {
    let alike = |one: &Sight, other: &Sight| one.what == other.what && one.end == other.end;
    let common = here.iter().zip(there).take_while(|(one, other)| alike(one, other)).count();
    let next = (here.get(common).cloned(), there.get(common).cloned());
    (next.0.is_some() || next.1.is_some()).then_some(next)
}

fn told(run: &Run, sight: &Sight) -> String {
    let evidence = Evidence::of(run);
    tell(&evidence, evidence.operation(sight.id))
}
