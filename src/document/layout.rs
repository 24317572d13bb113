//! Lines as a person would break them.

use serde_json::{Map, Value};

/// The longest line that is not broken.
const WIDTH: usize = 110;

/// The field that holds a scenario, which is laid out as one in a file of its own.
const SCENARIO: &str = "plan";

/// A JSON text in which short values are on one line, and a list of things has a line
/// for each.
pub(crate) fn layout(value: &Value) -> String {
    let mut text = String::new();
    write(&mut text, value, Place { depth: 0, margin: 0, used: 0 });
    text.push('\n');
    text
}

/// The place of a value in the layout.
#[derive(Clone, Copy)]
struct Place {
    /// The number of containers around it; a scenario within starts anew.
    depth: usize,
    /// The characters that its last line has before it.
    margin: usize,
    /// The characters that its line has before it.
    used: usize,
}

fn write(text: &mut String, value: &Value, place: Place) {
    let line = in_line(value);
    let fits = place.used + line.chars().count() < WIDTH;
    if !is_container(value) || (fits && !is_crowded(value, place.depth)) {
        text.push_str(&line);
        return;
    }
    match value {
        Value::Array(items) => {
            let entries = items.iter().map(|item| (None, item));
            broken(text, ['[', ']'], entries, place);
        }
        Value::Object(fields) => {
            let entries = fields.iter().map(|(name, value)| (Some(name.as_str()), value));
            broken(text, ['{', '}'], entries, place);
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// A container with a line for each entry, behind its name if it has one.
fn broken<'a>(
    text: &mut String,
    ends: [char; 2],
    entries: impl Iterator<Item = (Option<&'a str>, &'a Value)>,
    place: Place,
) {
    let margin = place.margin + 2;
    text.push(ends[0]);
    for (index, (name, value)) in entries.enumerate() {
        text.push_str(if index == 0 { "\n" } else { ",\n" });
        text.push_str(&" ".repeat(margin));
        let prefix = name.map_or_else(String::new, |name| format!("{}: ", quoted(name)));
        text.push_str(&prefix);
        let depth = if name == Some(SCENARIO) { 0 } else { place.depth + 1 };
        write(text, value, Place { depth, margin, used: margin + prefix.chars().count() });
    }
    text.push('\n');
    text.push_str(&" ".repeat(place.margin));
    text.push(ends[1]);
}

/// The value in one line.
pub(crate) fn in_line(value: &Value) -> String {
    match value {
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(in_line).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Object(fields) if !fields.is_empty() => {
            let fields = fields.iter();
            let fields =
                fields.map(|(name, value)| format!("{}: {}", quoted(name), in_line(value)));
            let fields: Vec<String> = fields.collect();
            format!("{{ {} }}", fields.join(", "))
        }
        scalar => scalar.to_string(),
    }
}

fn quoted(name: &str) -> String {
    Value::from(name).to_string()
}

fn is_container(value: &Value) -> bool {
    match value {
        Value::Array(items) => !items.is_empty(),
        Value::Object(fields) => !fields.is_empty(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

/// True if it is broken however short it is: the whole, and lists of objects. The parts of the whole
/// are lists even where their entries have names.
fn is_crowded(value: &Value, depth: usize) -> bool {
    let object = |value: &&Value| value.as_object().is_some_and(|fields| !fields.is_empty());
    match value {
        Value::Array(items) => items.iter().filter(object).count() > 1,
        Value::Object(fields) => depth == 0 || (depth == 1 && several(fields, object)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

fn several(fields: &Map<String, Value>, object: impl Fn(&&Value) -> bool) -> bool {
    fields.values().filter(object).count() > 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[track_caller]
    fn check(value: &Value, expected: &str) {
        let text = layout(value);
        assert_eq!(text.trim_end(), expected);
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), *value);
    }

    #[test]
    fn what_is_short_stands_in_one_line() {
        let value = json!({
            "hosts": { "a": {}, "b": {} },
            "empty": [{}, []],
            "groups": [["a"], ["b", "c"]],
            "faults": [{ "at": "20s", "crash": "a\"b" }],
        });
        let expected = r#"{
  "hosts": { "a": {}, "b": {} },
  "empty": [{}, []],
  "groups": [["a"], ["b", "c"]],
  "faults": [{ "at": "20s", "crash": "a\"b" }]
}"#;
        check(&value, expected);
    }

    #[test]
    fn lists_of_things_have_a_line_for_each() {
        let path = json!({ "latency": "1ms" });
        let value = json!({
            "nodes": { "a": { "host": "x" }, "b": { "host": "y" } },
            "faults": [{ "at": "1s" }, { "at": "2s", "when": { "what": path, "who": path } }],
        });
        let expected = r#"{
  "nodes": {
    "a": { "host": "x" },
    "b": { "host": "y" }
  },
  "faults": [
    { "at": "1s" },
    { "at": "2s", "when": { "what": { "latency": "1ms" }, "who": { "latency": "1ms" } } }
  ]
}"#;
        check(&value, expected);
    }

    #[test]
    fn what_is_too_long_is_broken() {
        let name = "n".repeat(40);
        let value = json!({ "names": [name, name, { "x": [name, name, 1] }] });
        let expected = format!(
            "{{\n  \"names\": [\n    \"{name}\",\n    \"{name}\",\n    {{ \"x\": [\"{name}\", \"{name}\", 1] }}\n  ]\n}}"
        );
        check(&value, &expected);
    }
}
