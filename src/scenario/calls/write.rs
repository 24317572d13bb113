//! Calls as JSON.

use serde_json::{Map, Value, json};

use crate::scenario::services::{CallOperation, Calls, Draw, SourceText};

/// The fields of a workload that say what its calls are.
pub(in crate::scenario) fn fields(calls: &Calls) -> Map<String, Value> {
    let operations = calls.operations.iter();
    let operations: Map<String, Value> = operations
        .map(|operation| (operation.name.as_str().to_owned(), self::operation(operation)))
        .collect();
    let mut fields = Map::new();
    if let Some(model) = calls.model {
        fields.insert("model".to_owned(), json!(model.name()));
    }
    if let Some(initial) = &calls.initial {
        fields.insert("initial".to_owned(), json!(initial.to_string()));
    }
    fields.insert("operations".to_owned(), Value::Object(operations));
    if !calls.draws.is_empty() {
        let draws = calls.draws.iter();
        let draws = draws.map(|(name, draw)| (name.as_str().to_owned(), self::draw(draw)));
        fields.insert("draw".to_owned(), Value::Object(draws.collect()));
    }
    fields
}

fn operation(operation: &CallOperation) -> Value {
    let mut fields = json!({ "call": operation.call.text });
    for (name, patterns) in
        [("ok", &operation.ok), ("none", &operation.none), ("failed", &operation.failed)]
    {
        match patterns.as_slice() {
            [] => {}
            [SourceText { text, .. }] => fields[name] = json!(text),
            several => {
                let texts = several.iter().map(|pattern| pattern.text.as_str());
                fields[name] = texts.collect();
            }
        }
    }
    fields
}

fn draw(draw: &Draw) -> Value {
    match draw {
        Draw::OneOf(terms) => terms.iter().map(|term| json!(term.to_string())).collect(),
        Draw::Between(first, last) => json!(format!("{first}..{last}")),
        Draw::Unique => json!("unique"),
        Draw::UniqueBinary => json!("unique_binary"),
        Draw::Known => json!("known"),
    }
}
