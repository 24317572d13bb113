//! Operations that are written out one by one.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};

use crate::document::shape::{Field, NameKind, ProgramInfo, Shape, format_bits};
use crate::document::syntax::{Member, Node, Span};
use crate::engine::term::Atom;
use crate::engine::time::{Time, decimal_duration};
use crate::scenario::file::shape::U32;
use crate::scenario::plan::PlannedOperation;
use crate::scenario::reading::{Resolver, values};

use super::Load;

/// The shape of one operation.
pub(in crate::scenario) fn shape() -> Shape {
    let number = "Its own number; one more than that of the operation before it if left out.";
    let fields = vec![
        Field::required("at", Shape::Duration, "When it begins, from the start of the run."),
        Field::default("client", U32, 0, "The client, counted from 0."),
        Field::required("do", Shape::Name(NameKind::Atom), "The operation, in the client's words."),
        Field::default(
            "draw",
            Shape::Bits,
            0,
            "The random number by which the client chooses its arguments.",
        ),
        Field::optional("number", Shape::Integer { min: 0, max: i128::from(i32::MAX) }, number),
    ];
    Shape::object("an operation", fields)
}

/// The surroundings of the operations of one workload.
struct Frame<'a> {
    workload: Atom,
    client: &'a ProgramInfo,
    /// The number of clients.
    count: u32,
    from: Duration,
    until: Duration,
}

impl Resolver<'_> {
    /// The operations of a workload that has them instead of a rate, in this field.
    pub(in crate::scenario) fn explicit(
        &mut self,
        member: &Member,
        field: &str,
        client: &ProgramInfo,
        times: Option<(Duration, Duration)>,
    ) -> Option<Load> {
        let node = &member.value;
        let (from, until) = times?;
        let count = node.get("count")?.integer()?;
        let frame = Frame { workload: member.atom()?, client, count, from, until };
        let mut numbers: BTreeMap<u32, Span> = BTreeMap::new();
        let mut next = Some(0);
        let operations = values(node, field, |each| {
            let number = self.number(each, next, &mut numbers);
            next = number.and_then(|number| number.checked_add(1));
            self.operation(each, &frame, number)
        });
        operations.map(Load::Explicit)
    }

    /// The number of an operation, which no other of the workload has.
    fn number(
        &mut self,
        operation: &Node,
        next: Option<u32>,
        numbers: &mut BTreeMap<u32, Span>,
    ) -> Option<u32> {
        let given = operation.get("number");
        let number = given.map_or(next, Node::integer)?;
        let span = given.map_or(&operation.span, |given| &given.span);
        if let Some(first) = numbers.insert(number, span.clone()) {
            let message = format!("operation {number} is there twice");
            let error = self.diagnostics.error(span, message);
            error.help("give each a number of its own").related(&first, "the first is here");
        }
        Some(number)
    }

    fn operation(
        &mut self,
        node: &Node,
        frame: &Frame<'_>,
        number: Option<u32>,
    ) -> Option<PlannedOperation> {
        let at = self.within(node.get("at")?, frame);
        let client = self.existing_client(node.get("client")?, frame);
        let what = node.get("do")?;
        let name = what.text().filter(|name| frame.client.operations.contains(name));
        if name.is_none() {
            self.unknown_operation(what.text()?, &what.span, frame.client);
        }
        Some(PlannedOperation {
            at: Time::ZERO + at?,
            workload: frame.workload,
            client: client?,
            number: number?,
            name: Atom::new(name?),
            draw: node.get("draw")?.bits()?,
        })
    }

    /// The time of an operation, if there are clients to do it.
    fn within(&mut self, at: &Node, frame: &Frame<'_>) -> Option<Duration> {
        let time = at.duration()?;
        let [from, until] = [frame.from, frame.until].map(decimal_duration);
        let (message, help) = if time < frame.from {
            let message = format!("the clients start at {from}, after this operation");
            (message, format!("write {from} or more, or an earlier `from`"))
        } else if time >= frame.until {
            let message = format!("the clients begin nothing from {until} on");
            (message, format!("write less than {until}, or a later `until`"))
        } else {
            return Some(time);
        };
        self.diagnostics.error(&at.span, message).help(help);
        None
    }

    fn existing_client(&mut self, client: &Node, frame: &Frame<'_>) -> Option<u32> {
        let number = client.integer()?;
        if number < frame.count {
            return Some(number);
        }
        let (count, last) = (frame.count, frame.count - 1);
        let message = format!("there is no client {number}: `count` is {count}");
        let help = format!("write a number from 0 to {last}, or a higher `count`");
        self.diagnostics.error(&client.span, message).help(help);
        None
    }
}

pub(in crate::scenario) fn write(operations: &[PlannedOperation]) -> Value {
    let mut next = 0;
    let entries = operations.iter().map(|operation| {
        let mut fields = json!({
            "at": decimal_duration(operation.at.since_start()),
            "client": operation.client,
            "do": operation.name,
            "draw": bits(operation.draw),
        });
        if operation.number != next {
            fields["number"] = json!(operation.number);
        }
        next = operation.number.wrapping_add(1);
        fields
    });
    entries.collect()
}

/// A small one as a number: every reader of JSON keeps all of its digits.
fn bits(bits: u64) -> Value {
    u32::try_from(bits).map_or_else(|_| json!(format_bits(bits)), |bits| json!(bits))
}
