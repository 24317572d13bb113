//! The differences between two plans.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::document::in_line;
use crate::scenario::Plan;

/// A part of a plan that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanDifference {
    /// The name of the part: `faults`, `operations of users`, `seed`.
    pub part: String,
    /// The entries that only one side has, as a scenario file writes them; none on either side if
    /// only the order differs.
    pub only: [Vec<String>; 2],
}

/// The parts of two plans that differ, in the order of a scenario file. The names of the plans do
/// not matter.
pub(super) fn differences(plans: [&Plan; 2]) -> Vec<PlanDifference> {
    let [one, other] = plans.map(parts);
    let entries_of = |parts: &[PlanPart], name: &str| {
        let found = parts.iter().find(|part| part.name == name);
        found.map(|part| part.entries.clone()).unwrap_or_default()
    };
    let only_there = other.iter().filter(|part| one.iter().all(|own| own.name != part.name));
    let names = one.iter().chain(only_there).map(|part| part.name.clone());
    let differences = names.filter_map(|part| {
        let (own, others) = (entries_of(&one, &part), entries_of(&other, &part));
        let only = [without(&own, &others), without(&others, &own)];
        (own != others).then_some(PlanDifference { part, only })
    });
    differences.collect()
}

/// A part of a plan, with a line for each of its entries.
struct PlanPart {
    name: String,
    entries: Vec<String>,
}

fn parts(plan: &Plan) -> Vec<PlanPart> {
    let mut parts = Vec::new();
    for (name, value) in plan.to_scenario().outline() {
        match name.as_str() {
            "name" | "description" => {}
            "nodes" => parts.extend(named_parts("node", &value)),
            "applications" => parts.extend(named_parts("application", &value)),
            "verdict" => {
                parts.push(PlanPart {
                    name: "expected verdict".to_owned(),
                    entries: entries(&value),
                });
            }
            "workload" => parts.extend(named_parts("workload", &value)),
            _ => parts.push(PlanPart { name, entries: entries(&value) }),
        }
    }
    parts
}

/// A part for each named thing, and one for the operations of each workload.
fn named_parts(kind: &str, things: &Value) -> Vec<PlanPart> {
    let mut parts = Vec::new();
    for (name, thing) in things.as_object().into_iter().flatten() {
        let mut fields = thing.as_object().cloned().unwrap_or_default();
        let operations = fields.shift_remove("operations");
        let entries = entries(&Value::Object(fields));
        parts.push(PlanPart { name: format!("{kind} {name}"), entries });
        parts.extend(operations.map(|operations| PlanPart {
            name: format!("operations of {name}"),
            entries: self::entries(&operations),
        }));
    }
    parts
}

/// The items of a list, the fields of an object, and of the objects in it; a single value itself.
fn entries(value: &Value) -> Vec<String> {
    match value {
        Value::Array(items) => items.iter().map(in_line).collect(),
        Value::Object(fields) => {
            let mut entries = Vec::new();
            fields.iter().for_each(|(name, value)| add_fields(&mut entries, name, value));
            entries
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => vec![in_line(value)],
    }
}

fn add_fields(entries: &mut Vec<String>, path: &str, value: &Value) {
    match value.as_object().filter(|fields| !fields.is_empty()) {
        Some(fields) => {
            for (name, value) in fields {
                add_fields(entries, &format!("{path}.{name}"), value);
            }
        }
        None => entries.push(format!("{path}: {}", in_line(value))),
    }
}

/// The entries that others have not as often.
fn without(own: &[String], others: &[String]) -> Vec<String> {
    let mut left: BTreeMap<&str, usize> = BTreeMap::new();
    for entry in others {
        *left.entry(entry).or_default() += 1;
    }
    let mut only = Vec::new();
    for entry in own {
        match left.get_mut(entry.as_str()) {
            Some(count) if *count > 0 => *count -= 1,
            Some(_) | None => only.push(entry.clone()),
        }
    }
    only
}
