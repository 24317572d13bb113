//! Paths into the document of a run: `figures.faults[0].detection[node=b@x].first.after_ns`.

use std::str::FromStr;

use serde_json::Value;

use crate::document::diagnostic::suggestion;

/// A path into the document of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct FigurePath {
    text: String,
    steps: Vec<PathStep>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum PathStep {
    Member(String),
    Index(usize),
    Pick(String, String),
    Length,
}

impl FigurePath {
    /// The path as it is written.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The name of its last member, which says the unit.
    pub(super) fn last(&self) -> &str {
        let last = self.steps.iter().rev().find_map(|step| match step {
            PathStep::Member(name) => Some(name.as_str()),
            PathStep::Length => Some("length"),
            PathStep::Index(_) | PathStep::Pick(..) => None,
        });
        last.unwrap_or_default()
    }

    /// The value in a document; `Ok(Err(why))` if there is none in this one.
    ///
    /// # Errors
    /// If no document of the kind has a value there: what to write instead.
    pub(super) fn find<'a>(
        &self,
        document: &'a Value,
    ) -> Result<Result<FoundValue<'a>, String>, String> {
        let mut value = document;
        let mut way = String::new();
        for step in &self.steps {
            if value.is_null() {
                return Ok(Err(format!("`{way}` has no value in this run")));
            }
            match step {
                PathStep::Length => {
                    let list = value.as_array().ok_or_else(|| format!("`{way}` is no list"))?;
                    return Ok(Ok(FoundValue::Length(list.len())));
                }
                PathStep::Member(name) => {
                    value = member(value, name, &way)?;
                    way = if way.is_empty() { name.clone() } else { format!("{way}.{name}") };
                }
                PathStep::Index(index) => {
                    let list = value.as_array().ok_or_else(|| format!("`{way}` is no list"))?;
                    let Some(item) = list.get(*index) else {
                        return Ok(Err(format!("`{way}` has {} in this run", list.len())));
                    };
                    value = item;
                    way = format!("{way}[{index}]");
                }
                PathStep::Pick(field, wanted) => {
                    let list = value.as_array().ok_or_else(|| format!("`{way}` is no list"))?;
                    let is_it = |item: &&Value| {
                        item.get(field).is_some_and(|found| match found {
                            Value::String(text) => text == wanted,
                            other => serde_json::from_str::<Value>(wanted)
                                .is_ok_and(|wanted| wanted == *other),
                        })
                    };
                    if let Some(item) = list.first()
                        && item.get(field).is_none()
                    {
                        member(item, field, &way)?;
                    }
                    let Some(item) = list.iter().find(is_it) else {
                        return Ok(Err(format!("`{way}` has none with {field}={wanted}")));
                    };
                    value = item;
                    way = format!("{way}[{field}={wanted}]");
                }
            }
        }
        match value {
            Value::Null => Ok(Err(format!("`{way}` has no value in this run"))),
            Value::Array(_) => {
                Err(format!("`{way}` is a list: write `{way}[0]` or `{way}.length`"))
            }
            Value::Object(fields) => {
                let names: Vec<&str> = fields.keys().map(String::as_str).collect();
                Err(format!("`{way}` is an object; {}", suggestion("", &names, "fields")))
            }
            single => Ok(Ok(FoundValue::Single(single))),
        }
    }
}

/// A value that a path leads to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum FoundValue<'a> {
    Single(&'a Value),
    Length(usize),
}

fn member<'a>(value: &'a Value, name: &str, way: &str) -> Result<&'a Value, String> {
    let place = if way.is_empty() { String::new() } else { format!(" in `{way}`") };
    let Some(fields) = value.as_object() else {
        return Err(format!("there is no `{name}`{place}, which is no object"));
    };
    fields.get(name).ok_or_else(|| {
        let names: Vec<&str> = fields.keys().map(String::as_str).collect();
        format!("there is no `{name}`{place}; {}", suggestion(name, &names, "fields"))
    })
}

impl FromStr for FigurePath {
    type Err = String;

    fn from_str(text: &str) -> Result<FigurePath, String> {
        let wrong = || {
            "write members and places, as in `figures.faults[0].recovery.time_ns`, \
             `figures.workloads[workload=users].ok` or `findings.length`"
                .to_owned()
        };
        let (mut steps, mut rest) = (Vec::new(), text);
        while !rest.is_empty() {
            if let Some(inner) = rest.strip_prefix('[') {
                let (inside, after) = inner.split_once(']').ok_or_else(wrong)?;
                steps.push(match inside.split_once('=') {
                    Some((field, wanted)) => PathStep::Pick(field.to_owned(), wanted.to_owned()),
                    None => PathStep::Index(inside.parse().map_err(|_| wrong())?),
                });
                rest = after;
                continue;
            }
            let rest_of =
                if steps.is_empty() { rest } else { rest.strip_prefix('.').ok_or_else(wrong)? };
            let end = rest_of.find(['.', '[']).unwrap_or(rest_of.len());
            let (name, after) = rest_of.split_at(end);
            if name.is_empty() {
                return Err(wrong());
            }
            let is_last = after.is_empty() && !steps.is_empty();
            steps.push(match name {
                "length" if is_last => PathStep::Length,
                name => PathStep::Member(name.to_owned()),
            });
            rest = after;
        }
        if steps.is_empty() {
            Err(wrong())
        } else {
            Ok(FigurePath { text: text.to_owned(), steps })
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_path_leads_to_a_value_or_says_why_not() {
        let document = json!({ "figures": { "faults": [
            { "node": "a@x", "detection": [{ "first": { "after_ns": 7 } }], "none": null } ] } });
        let look = |text: &str| {
            let path: FigurePath = text.parse().unwrap();
            match path.find(&document) {
                Ok(Ok(FoundValue::Single(value))) => value.to_string(),
                Ok(Ok(FoundValue::Length(length))) => format!("length {length}"),
                Ok(Err(why)) => format!("nothing: {why}"),
                Err(why) => format!("wrong: {why}"),
            }
        };
        for (path, found) in [
            ("figures.faults[0].detection[0].first.after_ns", "7"),
            ("figures.faults.length", "length 1"),
            ("figures.faults[node=a@x].node", "\"a@x\""),
            ("figures.faults[1].node", "nothing: `figures.faults` has 1 in this run"),
            ("figures.faults[node=b@x].node", "nothing: `figures.faults` has none with node=b@x"),
            (
                "figures.faults[0].none.more",
                "nothing: `figures.faults[0].none` has no value in this run",
            ),
            ("figures.fault[0]", "wrong: there is no `fault` in `figures`; did you mean `faults`?"),
            (
                "figures.faults",
                "wrong: `figures.faults` is a list: write `figures.faults[0]` or `figures.faults.length`",
            ),
            (
                "figures.faults[nod=a].x",
                "wrong: there is no `nod` in `figures.faults`; did you mean `node`?",
            ),
        ] {
            assert_eq!(look(path), found, "{path}");
        }
        for wrong in ["", ".", "a..b", "a[", "a[x]", "[0]b"] {
            assert!(wrong.parse::<FigurePath>().is_err(), "{wrong}");
        }
    }
}
