//! Scenarios written down: the way back from a [`Scenario`] to a file.
//!
//! Each topic writes its part, every field of it; `defaults` leaves out what a reader fills in, and
//! the lines are broken by [`document`](crate::document).

use serde_json::{Map, Value, json};

use crate::document::layout;
use crate::document::shape::Catalogue;
use crate::engine::time::decimal_duration;
use crate::scenario::{
    ScenarioError, application, chaos, erlang, expectation, fault, host, network, node, transport,
    workload,
};

use super::{Scenario, defaults, shape};
use crate::spelling::Choice;

/// The reason why a scenario cannot be written: something in it has no words in the language of scenario
/// files. Whatever was read from a file has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("scenario files have no words for {0}")]
pub struct Unwritable(String);

impl Scenario {
    /// The text of a file that says the same, with what has its default left out.
    ///
    /// The text has been read back and compared. Comments, warnings and the order in which
    /// settings were given are not kept.
    ///
    /// ```
    /// use nodedown::scenario::Scenario;
    /// use nodedown::shape::Catalogue;
    ///
    /// let text = r#"{
    ///   "name": "one node", "seed": 7, "duration": "60s", // defaults need not be said
    ///   "hosts": { "rack": {} }, "nodes": { "a@rack": { "host": "rack", "hidden": false } },
    ///   "faults": [{ "at": "1500ms", "crash": "a@rack" }],
    /// }"#;
    /// let catalogue = Catalogue::default();
    /// let scenario = Scenario::parse(text, "one.json", &catalogue)?;
    /// let written = r#"{
    ///   "name": "one node",
    ///   "seed": 7,
    ///   "duration": "60s",
    ///   "hosts": { "rack": {} },
    ///   "nodes": { "a@rack": { "host": "rack" } },
    ///   "faults": [{ "at": "1.5s", "crash": "a@rack" }]
    /// }
    /// "#;
    /// assert_eq!(scenario.to_json(&catalogue).unwrap(), written);
    /// # Ok::<(), nodedown::scenario::ScenarioError>(())
    /// ```
    ///
    /// # Errors
    /// [`Unwritable`] when a scenario that was made in Rust has something in it that no file can
    /// say, such as a crash that is undone by something else than a start.
    pub fn to_json(&self, catalogue: &Catalogue) -> Result<String, Unwritable> {
        self.to_value(catalogue).map(|value| layout(&value))
    }

    /// The same without the seed, if that is the one that a file has which says none.
    pub(crate) fn to_json_without_seed(&self, catalogue: &Catalogue) -> Result<String, Unwritable> {
        let mut value = self.to_value(catalogue)?;
        value.as_object_mut().expect("a scenario is an object").shift_remove("seed");
        self.reads_back(&value, catalogue)?;
        Ok(layout(&value))
    }

    /// The same as a JSON value.
    pub(crate) fn to_value(&self, catalogue: &Catalogue) -> Result<Value, Unwritable> {
        let everything = everything(self, catalogue);
        let mut value = defaults::left_out(everything, &shape::scenario(catalogue));
        // The seed is what one looks for first.
        let fields = value.as_object_mut().expect("a scenario is an object");
        let place = fields.keys().position(|name| name == "duration").unwrap_or_default();
        fields.shift_insert(place, "seed".to_owned(), json!(self.seed));
        self.reads_back(&value, catalogue)?;
        Ok(value)
    }

    /// Its parts for people only: all of them, and nothing is checked. What has a name of its own has
    /// its defaults left out.
    pub(crate) fn outline(&self) -> Map<String, Value> {
        let nothing = Catalogue::default();
        let everything = everything(self, &nothing);
        let mut shorter = defaults::left_out(everything.clone(), &shape::scenario(&nothing));
        let mut parts = everything.as_object().cloned().unwrap_or_default();
        for name in ["nodes", "applications", "workload", "faults", "expect", "invariants"] {
            parts[name] = shorter[name].take();
        }
        parts.insert("seed".to_owned(), json!(self.seed));
        parts
    }

    /// Checks that the written value reads as the same scenario.
    fn reads_back(&self, value: &Value, catalogue: &Catalogue) -> Result<(), Unwritable> {
        match Scenario::parse(&value.to_string(), "written", catalogue) {
            Ok(again) => self.same_as(&again),
            Err(ScenarioError::Invalid(diagnostics)) => {
                let first = diagnostics.iter().next().map(|first| first.message.clone());
                Err(Unwritable(format!("it: {}", first.unwrap_or_default())))
            }
            Err(error @ (ScenarioError::Read { .. } | ScenarioError::NoErlang(_))) => {
                Err(Unwritable(error.to_string()))
            }
        }
    }

    /// Checks that all parts are the same, except for warnings.
    fn same_as(&self, again: &Scenario) -> Result<(), Unwritable> {
        each_same("host", &self.hosts, &again.hosts)?;
        each_same("node", &self.nodes, &again.nodes)?;
        each_same("network", &[&self.network], &[&again.network])?;
        each_same("application", &self.applications, &again.applications)?;
        each_same("workload", &self.workloads, &again.workloads)?;
        each_same("fault", &self.faults, &again.faults)?;
        each_same("expectation", &self.expectations, &again.expectations)?;
        let again = Scenario { warnings: self.warnings.clone(), ..again.clone() };
        each_same("scenario", &[self], &[&again])
    }
}

/// Checks that two lists have the same things in the same order.
fn each_same<T: PartialEq + std::fmt::Debug>(
    what: &str,
    own: &[T],
    again: &[T],
) -> Result<(), Unwritable> {
    let same = own.iter().zip(again).take_while(|(own, again)| own == again).count();
    match own.get(same) {
        Some(different) => Err(Unwritable(format!("this {what}: {different:?}"))),
        None if same < again.len() => Err(Unwritable(format!("having {same} {what}s only"))),
        None => Ok(()),
    }
}

/// A scenario with all its fields, in the order in which files have them.
fn everything(scenario: &Scenario, catalogue: &Catalogue) -> Value {
    let [expect, invariants] = expectation::claims::split(scenario);
    let mut value = json!({
        "name": scenario.name,
        "description": scenario.description,
        "duration": decimal_duration(scenario.duration),
        "event_budget": scenario.event_budget,
        "schedule": scenario.schedule.word(),
        "transport": transport::write(&scenario.transports),
        "otp": node::otp(scenario),
        "hosts": host::write(&scenario.hosts),
        "nodes": node::write(scenario),
        "network": network::write(scenario),
        "applications": application::write(&scenario.applications, catalogue),
        "workload": workload::write(scenario, catalogue),
        "faults": fault::schedule::write(scenario),
        "expect": expect,
        "invariants": invariants,
        "verdict": scenario.expected_verdict.word(),
    });
    if let (Some(group), Some(fields)) = (node::sync::write(scenario), value.as_object_mut()) {
        let place = fields.keys().position(|name| name == "network").unwrap_or_default();
        fields.shift_insert(place, "sync_nodes".to_owned(), group);
    }
    if let (Some(erlang), Some(fields)) = (&scenario.erlang, value.as_object_mut()) {
        let place = fields.keys().position(|name| name == "nodes").unwrap_or_default();
        fields.shift_insert(place, "erlang".to_owned(), erlang::write::section(erlang));
    }
    if let Some(chaos) = &scenario.chaos {
        value["chaos"] = chaos::write(chaos);
    }
    value
}
