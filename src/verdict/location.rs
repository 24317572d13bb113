//! Location transparency: where applications run makes no difference to those who use them.

use crate::engine::term::Atom;
use crate::scenario::simulation::{ClientViews, OperationView, PlacementRun, Run, ViewEnd};

use super::Witness;
use super::assessment::{Assessment, operation_text};
use super::evidence::Evidence;

/// Compares the users' answers with those from other placements of the applications: they have to
/// be equal, except for the names of nodes.
pub(super) fn check(evidence: &Evidence, workload: Atom) -> Assessment {
    let placements = match &evidence.run.comparisons.placements {
        Ok(placements) => placements,
        Err(why) => return Assessment::Untested(why.to_string()),
    };
    let Some((reference, others)) = placements.split_first().filter(|(_, rest)| !rest.is_empty())
    else {
        return Assessment::Untested("the applications were not placed otherwise".to_owned());
    };
    let seen = ClientViews::of(&reference.run, workload);
    let answered = answers(&seen);
    if answered == 0 {
        return Assessment::Untested(format!("no operation of {workload} was answered"));
    }
    // An operation missing from such a run is not a difference.
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

fn answers(seen: &ClientViews) -> usize {
    let all = seen.clients.values().flatten();
    all.filter(|view| matches!(view.end, ViewEnd::Answered(_))).count()
}

/// The first operation that a client saw otherwise.
fn difference(
    reference: &PlacementRun,
    seen: &ClientViews,
    other: &PlacementRun,
    workload: Atom,
) -> Option<Assessment> {
    let others = ClientViews::of(&other.run, workload);
    let clients = seen.clients.iter().chain(&others.clients).map(|(client, _)| *client);
    let differing = clients.filter_map(|client| {
        let of = |views: &ClientViews| views.clients.get(&client).cloned().unwrap_or_default();
        first_difference(&of(seen), &of(&others))
    });
    let (here, there) = differing
        .min_by_key(|(here, there)| here.as_ref().or(there.as_ref()).map(|view| view.id))?;
    let text = |placed: &PlacementRun, view: &Option<OperationView>| {
        let what = view.as_ref().map_or_else(
            || "nothing more was done".to_owned(),
            |view| view_text(&placed.run, view),
        );
        format!("{}: {what}", placed.layout)
    };
    let texts = vec![text(reference, &here), text(other, &there)];
    let at = here.or(there).map(|view| view.id);
    let at = at.map(|id| reference.run.history.operations().get(id.0 as usize));
    let at = at.flatten().map(|operation| operation.invoked).unwrap_or_default();
    let summary = format!("users see a difference when the applications are {}", other.layout);
    Some(Assessment::Broken(summary, Witness::new(at, texts, None)))
}

fn first_difference(
    here: &[OperationView],
    there: &[OperationView],
) -> Option<(Option<OperationView>, Option<OperationView>)> {
    let alike =
        |one: &OperationView, other: &OperationView| one.what == other.what && one.end == other.end;
    let common = here.iter().zip(there).take_while(|(one, other)| alike(one, other)).count();
    let next = (here.get(common).cloned(), there.get(common).cloned());
    (next.0.is_some() || next.1.is_some()).then_some(next)
}

fn view_text(run: &Run, view: &OperationView) -> String {
    let evidence = Evidence::of(run);
    operation_text(&evidence, evidence.operation(view.id))
}
