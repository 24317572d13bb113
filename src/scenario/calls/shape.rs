//! The fields of calls.

use serde_json::{Value, json};

use crate::consistency::model::Specification;
use crate::document::shape::{Field, NameKind, Shape};
use crate::scenario::services::CALLS;

/// The fields that a workload of calls has and others do not.
pub(in crate::scenario) const OWN: [&str; 4] = ["requests", "model", "initial", "draw"];

/// The operations of a workload: one by one, or what each of its calls is.
pub(in crate::scenario) fn operations(listed: Shape) -> Field {
    let calls = Shape::Map { key: NameKind::Atom, value: Box::new(operation()), min: 1 };
    Field::optional(
        "operations",
        Shape::OneOf(vec![Shape::list(listed), calls]),
        "What they do, one by one, instead of what a seed draws; for `calls`, what each operation is.",
    )
}

/// The other fields.
pub(in crate::scenario) fn fields(listed: Shape) -> Vec<Field> {
    let names = Specification::NAMES.iter().map(|(_, name)| *name).collect();
    let draw = Shape::OneOf(vec![Shape::Text, Shape::some(Shape::Term)]);
    vec![
        Field::optional(
            "requests",
            Shape::list(listed),
            "For `calls`: what they do, one by one, instead of what a seed draws.",
        ),
        Field::optional(
            "model",
            Shape::Choice(names),
            "For `calls`: the model of the service; operations with its names are its own.",
        ),
        Field::optional(
            "initial",
            Shape::Term,
            "For `calls`: what each key holds at the beginning, unless it is what the model says.",
        ),
        Field::optional(
            "draw",
            Shape::map(NameKind::Atom, draw),
            "For `calls`: the values of variables: a list of terms, `\"unique\"` (a number), \
             `\"unique_binary\"`, `\"known\"` (what the client knows the key to have), or whole numbers as \
             in `\"1..100\"`. Without it `Key` is one of k1 to k5, and `Value` unique.",
        ),
    ]
}

fn operation() -> Shape {
    let patterns = || Shape::OneOf(vec![Shape::Text, Shape::some(Shape::Text)]);
    let fields = vec![
        Field::required(
            "call",
            Shape::Text,
            "The call in Erlang's syntax, with variables: `\"bank:put(Key, Value)\"`.",
        ),
        Field::required(
            "ok",
            patterns(),
            "The answers that say that it was done, as patterns: `\"{ok, Value}\"`.",
        ),
        Field::optional(
            "none",
            patterns(),
            "The answers that say that nothing is there, or that it was refused.",
        ),
        Field::optional(
            "failed",
            patterns(),
            "The answers that say that it was not done. All others are in doubt, and so is what raises \
             an exception, unless a pattern `{'EXIT', Reason}` takes it.",
        ),
    ];
    Shape::object("a call", fields)
}

/// Adds to the schema which fields go together: a workload of calls says what its operations are,
/// and has others that workloads of other clients do not have.
pub(in crate::scenario) fn conditions(workload: &mut Value) {
    let calls = json!({ "properties": { "client": { "const": CALLS } }, "required": ["client"] });
    let one_of = |names: [&str; 2]| {
        let required = names.map(|name| json!({ "required": [name] }));
        json!({ "oneOf": required })
    };
    let mut own = one_of(["rate", "requests"]);
    own["required"] = json!(["operations"]);
    own["properties"] = json!({ "operations": { "type": "object" } });
    let mut others = one_of(["rate", "operations"]);
    others["properties"] = json!({ "operations": { "type": "array" } });
    for name in OWN {
        others["properties"][name] = json!(false);
    }
    let condition = json!({ "if": calls, "then": own, "else": others });
    match workload["allOf"].as_array_mut() {
        Some(all) => all.push(condition),
        None => workload["allOf"] = json!([condition]),
    }
}
