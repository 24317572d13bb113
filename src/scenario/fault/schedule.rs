//! Faults with the time or the event that sets them off, as a scenario file lists them.

use std::time::Duration;

use serde_json::{Value, json};

use super::cut::cut_of;
use super::effect::{ENDS, FaultForm, Fields, Reading, Writing};
use super::{Condition, FORMS, Fault, condition};
use crate::document::shape::{Field, Object, Shape, Variants};
use crate::document::syntax::Node;
use crate::engine::time::{Time, decimal_duration, format_duration};
use crate::scenario::reading::{Resolver, chosen, values};
use crate::scenario::writing::named;
use crate::scenario::{NetworkConfig, Scenario};

/// A fault with the time or the event that sets it off.
#[derive(Clone, Debug, PartialEq)]
pub struct ScheduledFault {
    /// Its name in reports.
    pub label: Option<String>,
    /// The moment at which it strikes.
    pub trigger: Trigger,
    /// The fault.
    pub fault: Fault,
    /// Its end: the fault that puts it right, and how long after it that follows.
    pub undo: Option<(Duration, Fault)>,
}

/// The moment at which a fault strikes.
#[derive(Clone, Debug, PartialEq)]
pub enum Trigger {
    /// A time since the start of the run.
    At(Duration),
    /// A number of steps of the run (events and turns of processes): a point that a time alone
    /// does not name, as much happens at one instant. A run that ends before has no such fault.
    AtStep(u64),
    /// A while after something was seen: for the first time, or each time.
    When(ConditionTrigger),
}

/// The condition that a fault waits for, and how long after that it strikes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConditionTrigger {
    /// The condition.
    pub condition: Condition,
    /// The time from then until the fault strikes.
    pub after: Duration,
    /// Nothing that is seen before this time counts.
    pub from: Duration,
    /// Nothing that is seen from this time on counts; `None` is the end of the run.
    pub until: Option<Duration>,
    /// The number of times that it strikes.
    pub repeat: Repeat,
}

/// The number of times that a fault strikes which waits for something to be seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Repeat {
    /// The first time only.
    #[default]
    Once,
    /// Each time, except for what is seen while it waits to strike, up to a limit if there is one.
    Each(Option<u32>),
}

impl Repeat {
    /// True if it may strike once more after this many strikes.
    #[must_use]
    pub const fn goes_on(self, struck: u32) -> bool {
        match self {
            Repeat::Once => struck == 0,
            Repeat::Each(None) => true,
            Repeat::Each(Some(at_most)) => struck < at_most,
        }
    }
}

impl ConditionTrigger {
    /// The first time that a condition is met, whenever that is.
    #[must_use]
    pub const fn of(condition: Condition, after: Duration) -> ConditionTrigger {
        ConditionTrigger {
            condition,
            after,
            from: Duration::ZERO,
            until: None,
            repeat: Repeat::Once,
        }
    }

    /// True if what is seen at this time counts.
    #[must_use]
    pub fn counts_at(&self, time: Time) -> bool {
        time >= Time::ZERO + self.from && !self.is_over_at(time)
    }

    /// True if nothing counts from this time on.
    #[must_use]
    pub fn is_over_at(&self, time: Time) -> bool {
        self.until.is_some_and(|until| time >= Time::ZERO + until)
    }
}

/// The shape of a fault in a file.
pub(in crate::scenario) fn shape() -> Shape {
    let steps = Shape::Integer { min: 0, max: i128::from(u64::MAX) };
    let fields = vec![
        Field::optional("name", Shape::Text, "The name of the fault in reports."),
        Field::optional("at", Shape::Duration, "When it strikes, from the start of the run."),
        Field::optional("at_step", steps, "After how many steps of the run it strikes."),
        Field::optional(
            "when",
            condition::shape(),
            "The event that sets it off, the first time that it is seen, or each time.",
        ),
        Field::optional(
            "each",
            Shape::Boolean,
            "True if it strikes each time that this is seen; what is seen while it waits to strike does \
             not count.",
        ),
        Field::optional(
            "at_most",
            Shape::Integer { min: 1, max: i128::from(u32::MAX) },
            "The most times that it strikes.",
        ),
        Field::optional("after", Shape::Duration, "The time from then until it strikes."),
        Field::optional(
            "from",
            Shape::Duration,
            "The time before which nothing counts that is seen.",
        ),
        Field::optional(
            "until",
            Shape::Duration,
            "The time from which on nothing counts that is seen.",
        ),
    ];
    Shape::Object(Object {
        what: "a fault",
        fields,
        variants: Variants::Keyed(FORMS.iter().map(|form| form.variant()).collect()),
        exactly_one_of: vec![vec!["at", "when", "at_step"]],
        requires: vec![
            ("after", "when"),
            ("from", "when"),
            ("until", "when"),
            ("each", "when"),
            ("at_most", "when"),
        ],
        ..Object::default()
    })
}

impl Resolver<'_> {
    pub(in crate::scenario) fn faults(
        &mut self,
        file: &Node,
        end: Option<Duration>,
        network: Option<&NetworkConfig>,
    ) -> Option<Vec<ScheduledFault>> {
        let numbers = self.partition_numbers(file);
        let mut own = numbers.iter().copied();
        let faults = values(file, "faults", |fault| {
            let number = cut_of(fault).and_then(|_| own.next());
            self.unknown_partition(fault, &numbers);
            self.fault(fault, end, network, number.unwrap_or_default())
        });
        faults.map(|faults| faults.concat())
    }

    /// One entry of the file. A change of a path both ways is a fault each way, and one of a place
    /// is a fault of each of its nodes.
    fn fault(
        &mut self,
        entry: &Node,
        end: Option<Duration>,
        network: Option<&NetworkConfig>,
        partition: u32,
    ) -> Option<Vec<ScheduledFault>> {
        let trigger = self.trigger(entry, end);
        if let Some(trigger) = &trigger {
            self.ends_in_time(entry, trigger, end);
        }
        let (form, value) = chosen(FORMS, entry)?;
        let mut reading = Reading { resolver: self, network, partition, entry, value };
        let faults = (form.read)(&mut reading);
        let (trigger, label) = (trigger?, entry.get("name").and_then(Node::text));
        let lasts = ENDS.iter().find_map(|(field, _)| entry.get(field)?.duration());
        let scheduled = |fault: Fault| ScheduledFault {
            label: label.map(str::to_owned),
            trigger: trigger.clone(),
            undo: lasts.and_then(|after| Some((after, fault.undo()?))),
            fault,
        };
        Some(faults?.into_iter().map(scheduled).collect())
    }

    fn trigger(&mut self, node: &Node, end: Option<Duration>) -> Option<Trigger> {
        if let Some(when) = node.get("when") {
            return self.sighting(node, when, end).map(Trigger::When);
        }
        if let Some(step) = node.get("at_step") {
            return step.integer().map(Trigger::AtStep);
        }
        let at = node.get("at")?;
        self.in_time(at, end?, "this fault")?;
        at.duration().map(Trigger::At)
    }

    fn sighting(
        &mut self,
        node: &Node,
        when: &Node,
        end: Option<Duration>,
    ) -> Option<ConditionTrigger> {
        let duration = |name: &str| node.get(name).and_then(Node::duration);
        let (from, until) = (duration("from").unwrap_or_default(), duration("until"));
        if let Some(first) = node.get("from") {
            self.in_time(first, end?, "`from`")?;
        }
        if let Some(last) = node.get("until").filter(|_| until.is_some_and(|until| until <= from)) {
            let error = self.diagnostics.error(&last.span, "`until` is not after `from`");
            error.help(format!("write more than {}", format_duration(from)));
            return None;
        }
        let after = duration("after").unwrap_or_default();
        let repeat = self.repeat(node)?;
        Some(ConditionTrigger { condition: condition::read(when)?, after, from, until, repeat })
    }

    fn repeat(&mut self, node: &Node) -> Option<Repeat> {
        let each = node.get("each").and_then(Node::boolean).unwrap_or_default();
        match node.member("at_most") {
            Some(at_most) if !each => {
                let message = "a fault that does not strike each time strikes once";
                let error = self.diagnostics.error(&at_most.name_span, message);
                error.help("write `\"each\": true`, or leave `at_most` out");
                None
            }
            Some(at_most) => at_most.value.integer().map(|at_most| Repeat::Each(Some(at_most))),
            None => Some(if each { Repeat::Each(None) } else { Repeat::Once }),
        }
    }

    /// Reports a time at which the run is over.
    fn in_time(&mut self, node: &Node, end: Duration, what: &str) -> Option<()> {
        if node.duration()? >= end {
            let end = format_duration(end);
            let message = format!("the run is over at {end}, before {what}");
            let help = format!("write less than {end}, or a longer `duration`");
            self.diagnostics.error(&node.span, message).help(help);
        }
        Some(())
    }

    /// Warns of the end of a fault for which the run is too short.
    fn ends_in_time(&mut self, node: &Node, trigger: &Trigger, end: Option<Duration>) {
        let earliest = match trigger {
            Trigger::At(at) => *at,
            Trigger::When(sighting) => sighting.from + sighting.after,
            Trigger::AtStep(_) => Duration::ZERO,
        };
        for (field, what) in ENDS {
            let Some(value) = node.get(field) else { continue };
            let (Some(after), Some(end)) = (value.duration(), end) else { continue };
            let at = earliest.saturating_add(after);
            if at < end {
                continue;
            }
            let [at, end] = [at, end].map(format_duration);
            let when = if matches!(trigger, Trigger::At(_)) { "" } else { " or later" };
            let message = format!("the run is over at {end}, before {what} at {at}{when}");
            let help =
                format!("leave `{field}` out if that is meant, or write a longer `duration`");
            self.diagnostics.warn(&value.span, message).help(help);
        }
    }
}

/// The faults in their order; a change of both ways of a path is one entry.
pub(in crate::scenario) fn write(scenario: &Scenario) -> Vec<Value> {
    let mut partitions = 0;
    let mut entries = Vec::new();
    let mut rest = scenario.faults.as_slice();
    while let Some((fault, others)) = rest.split_first() {
        let mut fields = entry(fault, &Writing { scenario, partitions });
        let back = others.first().filter(|back| is_way_back(fault, back, scenario));
        rest = &others[usize::from(back.is_some())..];
        if back.is_some() {
            fields.insert("one_way".to_owned(), json!(false));
        }
        partitions += u32::from(matches!(fault.fault, Fault::Partition(_)));
        entries.push(Value::Object(fields));
    }
    entries
}

/// True if leaving `one_way` out of the entry of one fault says the other as well.
fn is_way_back(there: &ScheduledFault, back: &ScheduledFault, scenario: &Scenario) -> bool {
    let Fault::SetPath { from, to, .. } = &there.fault else { return false };
    let Fault::SetPath { from: back_from, to: back_to, .. } = &back.fault else { return false };
    let swapped = (from, to) == (back_to, back_from) && from != to;
    let writing = Writing { scenario, partitions: 0 };
    let [mut one, mut other] = [there, back].map(|fault| entry(fault, &writing));
    let is_kind = |name: &String| FORMS.iter().any(|form| form.name == name);
    one.retain(|name, _| !is_kind(name));
    other.retain(|name, _| !is_kind(name));
    swapped && one == other
}

fn entry(fault: &ScheduledFault, writing: &Writing<'_>) -> Fields {
    let mut fields = Fields::new();
    if let Some(label) = &fault.label {
        fields.extend([named("name", json!(label))]);
    }
    match &fault.trigger {
        Trigger::At(at) => fields.extend([named("at", json!(decimal_duration(*at)))]),
        Trigger::AtStep(step) => fields.extend([named("at_step", json!(step))]),
        Trigger::When(sighting) => fields.extend(write_sighting(sighting)),
    }
    let own = fault.fault.effect().write(writing);
    let form = FORMS.iter().find(|form| own.contains_key(form.name));
    fields.extend(own);
    if let (Some(field), Some((after, _))) = (form.and_then(|form| end_of(form)), &fault.undo) {
        fields.extend([named(field, json!(decimal_duration(*after)))]);
    }
    fields
}

/// The field that says how long a fault of this kind lasts, if it has one.
fn end_of(form: &FaultForm) -> Option<&'static str> {
    let fields = (form.fields)(form.name);
    let (field, _) = ENDS.iter().find(|(end, _)| fields.iter().any(|field| field.name == *end))?;
    Some(field)
}

fn write_sighting(sighting: &ConditionTrigger) -> Fields {
    let ConditionTrigger { condition, after, from, until, repeat } = sighting;
    let mut fields = Fields::from_iter([named("when", condition::write(condition))]);
    for (name, time) in [("after", after), ("from", from)] {
        if !time.is_zero() {
            fields.extend([named(name, json!(decimal_duration(*time)))]);
        }
    }
    fields.extend(until.map(|until| named("until", json!(decimal_duration(until)))));
    if let Repeat::Each(at_most) = repeat {
        fields.extend([named("each", json!(true))]);
        fields.extend(at_most.map(|at_most| named("at_most", json!(at_most))));
    }
    fields
}
