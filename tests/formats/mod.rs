//! What nodedown writes for programs is as its published schemas say.

use nodedown::formats::FORMATS;
use serde_json::Value;

/// Asserts that a document has a format, and that the format describes everything in it. Returns the
/// number of values that were looked at.
#[track_caller]
pub(crate) fn assert_fits(format: &str, document: &Value) -> usize {
    let published = FORMATS.iter().find(|published| published.name == format).unwrap();
    let schema = published.schema();
    let mut reader = Reader { whole: &schema, closed: true, mistakes: Vec::new(), values: 0 };
    reader.read(document, &schema, "");
    assert_eq!(reader.mistakes, [""; 0], "{format}: {document:#}");
    assert!(reader.values > 3, "{format}: only {} values", reader.values);
    reader.values
}

/// Compares a document with a schema: with the keywords that the published ones have.
struct Reader<'a> {
    whole: &'a Value,
    /// True if a schema has to describe every member of an object.
    closed: bool,
    mistakes: Vec<String>,
    values: usize,
}

impl Reader<'_> {
    fn read(&mut self, value: &Value, schema: &Value, place: &str) {
        self.values += 1;
        let Value::Object(keywords) = schema else {
            if schema != &Value::Bool(true) {
                self.mistakes.push(format!("{place}: nothing may be here"));
            }
            return;
        };
        for (keyword, rule) in keywords {
            if !self.holds(value, keyword, rule, place) {
                let found: String = value.to_string().chars().take(60).collect();
                self.mistakes.push(format!("{place}: {found} is against {keyword} {rule}"));
            }
        }
        let described = keywords.get("properties").and_then(Value::as_object);
        let closed = ["additionalProperties", "oneOf"].iter().all(|it| !keywords.contains_key(*it));
        let closed = closed && self.closed;
        if let (Some(described), Value::Object(members), true) = (described, value, closed) {
            let unknown = members.keys().filter(|name| !described.contains_key(*name));
            let unknown = unknown.map(|name| format!("{place}/{name}: is not described"));
            self.mistakes.extend(unknown);
        }
        for (name, member) in value.as_object().into_iter().flatten() {
            let rule = described.and_then(|described| described.get(name));
            if let Some(rule) = rule.or_else(|| keywords.get("additionalProperties")) {
                self.read(member, rule, &format!("{place}/{name}"));
            }
        }
        for (index, element) in value.as_array().into_iter().flatten().enumerate() {
            let own = keywords.get("prefixItems").and_then(|rules| rules.get(index));
            if let Some(rule) = own.or_else(|| keywords.get("items")) {
                self.read(element, rule, &format!("{place}/{index}"));
            }
        }
        if let Some(name) = keywords.get("$ref").and_then(Value::as_str) {
            let path = name.strip_prefix('#').expect("a reference within the schema");
            let rule = self.whole.pointer(path).expect("a definition").clone();
            self.read(value, &rule, place);
        }
    }

    fn holds(&self, value: &Value, keyword: &str, rule: &Value, place: &str) -> bool {
        // Some members of an object may be described beside its variants.
        let closed = self.closed && keyword != "oneOf";
        let fits = |rule: &&Value| {
            let (mistakes, values) = (Vec::new(), 0);
            let mut reader = Reader { whole: self.whole, closed, mistakes, values };
            reader.read(value, rule, place);
            reader.mistakes.is_empty()
        };
        let rules = || rule.as_array().unwrap().iter();
        let length =
            |of: Option<usize>| of.is_none_or(|length| length as u64 == rule.as_u64().unwrap());
        match keyword {
            "type" => match rule {
                Value::String(kind) => is_of(value, kind),
                several => several
                    .as_array()
                    .unwrap()
                    .iter()
                    .any(|kind| is_of(value, kind.as_str().unwrap())),
            },
            "const" => value == rule,
            "enum" => rules().any(|each| each == value),
            "minimum" => value.as_f64().is_none_or(|number| number >= rule.as_f64().unwrap()),
            "maximum" => value.as_f64().is_none_or(|number| number <= rule.as_f64().unwrap()),
            "minItems" | "maxItems" => length(value.as_array().map(Vec::len)),
            "required" => value.as_object().is_none_or(|members| {
                rules().all(|name| members.contains_key(name.as_str().unwrap()))
            }),
            "anyOf" => rules().any(|rule| fits(&rule)),
            "oneOf" => rules().filter(fits).count() == 1,
            "$schema"
            | "$id"
            | "$defs"
            | "$ref"
            | "title"
            | "description"
            | "default"
            | "format"
            | "properties"
            | "additionalProperties"
            | "items"
            | "prefixItems" => true,
            other => panic!("the keyword {other} at {place}"),
        }
    }
}

fn is_of(value: &Value, kind: &str) -> bool {
    match kind {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_u64() || value.is_i64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("the type {other}"),
    }
}
