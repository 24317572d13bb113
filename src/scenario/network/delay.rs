//! Lengths of time that are drawn each time anew, or always the same.

use std::time::Duration;

use serde_json::{Value, json};

use crate::document::shape::{Field, Shape};
use crate::document::syntax::Node;
use crate::engine::network::Delay;
use crate::engine::time::{decimal_duration, format_duration, round_duration};
use crate::scenario::file::shape::U32;
use crate::scenario::reading::{Alternative, Resolver, tagged};

/// The words for a distribution in a scenario file.
type DelayForm = Alternative<fn(&mut Resolver<'_>, &Node) -> Option<Delay>>;

/// All distributions, in the order of the reference.
const FORMS: [DelayForm; 6] = [
    DelayForm {
        name: "constant",
        about: "Always the same.",
        fields: |_| vec![duration("value", "The delay.")],
        read: |_, node| Some(Delay::Constant(node.get("value")?.duration()?)),
    },
    DelayForm {
        name: "uniform",
        about: "Anything between two delays, equally likely.",
        fields: |_| {
            vec![duration("min", "The least delay."), duration("max", "The greatest delay.")]
        },
        read: |resolver, node| {
            let (min, max) = resolver.ordered(node, "min", "max")?;
            Some(Delay::Uniform(min, max))
        },
    },
    DelayForm {
        name: "normal",
        about: "The normal distribution, cut off at zero.",
        fields: |_| {
            let deviation = duration("deviation", "The standard deviation.");
            vec![duration("mean", "The mean."), deviation]
        },
        read: |_, node| {
            let mean = node.get("mean")?.duration()?;
            Some(Delay::Normal { mean, deviation: node.get("deviation")?.duration()? })
        },
    },
    DelayForm {
        name: "exponential",
        about: "The exponential distribution on top of a least delay.",
        fields: |_| {
            let min = Field::default("min", Shape::Duration, "0s", "The least delay.");
            vec![min, duration("mean", "The mean of what comes on top.")]
        },
        read: |_, node| {
            let min = node.get("min")?.duration()?;
            Some(Delay::Exponential { min, mean: node.get("mean")?.duration()? })
        },
    },
    DelayForm {
        name: "lognormal",
        about: "The usual shape of network delays.",
        fields: |_| {
            vec![
                duration("median", "Half of the delays are below it."),
                duration("p99", "99 of 100 delays are below it."),
            ]
        },
        read: |resolver, node| {
            let (median, p99) = resolver.ordered(node, "median", "p99")?;
            Some(Delay::LogNormal { median, p99 })
        },
    },
    DelayForm {
        name: "table",
        about: "A measured distribution.",
        fields: |_| {
            let rows = Shape::some(Shape::Row(vec![Shape::Duration, U32]));
            vec![Field::required("rows", rows, "Delays with their weights.")]
        },
        read: |resolver, node| resolver.table(node.get("rows")?),
    },
];

fn duration(name: &'static str, about: &'static str) -> Field {
    Field::required(name, Shape::Duration, about)
}

/// The shape of a length of time that is drawn each time anew, or always the same.
pub(in crate::scenario) fn distribution(what: &'static str) -> Shape {
    Shape::OneOf(vec![Shape::Duration, tagged(what, TAG, &FORMS)])
}

/// The field that names the distribution.
const TAG: &str = "distribution";

impl Resolver<'_> {
    pub(in crate::scenario) fn delay(&mut self, node: &Node) -> Option<Delay> {
        let Some(distribution) = node.get(TAG) else {
            return node.duration().map(Delay::Constant);
        };
        let form = FORMS.iter().find(|form| Some(form.name) == distribution.text())?;
        (form.read)(self, node)
    }

    fn table(&mut self, rows: &Node) -> Option<Delay> {
        let row = |row: &Node| match row.items() {
            [delay, weight] => Some((delay.duration()?, weight.integer()?)),
            _ => None,
        };
        let table: Vec<_> = rows.items().iter().map(row).collect::<Option<_>>()?;
        if table.iter().all(|(_, weight)| *weight == 0) {
            let error = self.diagnostics.error(&rows.span, "no delay has a weight");
            error.help("write a weight above 0 beside one of the delays");
            return None;
        }
        Some(Delay::Table(table))
    }

    /// Two durations of which the first is not above the second.
    fn ordered(&mut self, node: &Node, less: &str, more: &str) -> Option<(Duration, Duration)> {
        let (low, high) = (node.get(less)?, node.get(more)?);
        let (least, bound) = (low.duration()?, high.duration()?);
        if least <= bound {
            return Some((least, bound));
        }
        let message = format!("`{less}` is above `{more}`");
        let help = format!("write {} or less", format_duration(bound));
        let error = self.diagnostics.error(&low.span, message).help(help);
        error.related(&high.span, format!("`{more}` is here"));
        None
    }
}

pub(in crate::scenario) fn latency(delay: &Delay) -> Value {
    match delay {
        Delay::Constant(delay) => json!(decimal_duration(*delay)),
        Delay::Uniform(min, max) => json!({
            "distribution": "uniform",
            "min": decimal_duration(*min),
            "max": decimal_duration(*max),
        }),
        Delay::Normal { mean, deviation } => json!({
            "distribution": "normal",
            "mean": decimal_duration(*mean),
            "deviation": decimal_duration(*deviation),
        }),
        Delay::Exponential { min, mean } => json!({
            "distribution": "exponential",
            "min": decimal_duration(*min),
            "mean": decimal_duration(*mean),
        }),
        Delay::LogNormal { median, p99 } => json!({
            "distribution": "lognormal",
            "median": decimal_duration(*median),
            "p99": decimal_duration(*p99),
        }),
        Delay::Table(rows) => {
            let rows = rows.iter().map(|(delay, weight)| json!([decimal_duration(*delay), weight]));
            json!({ "distribution": "table", "rows": rows.collect::<Vec<_>>() })
        }
    }
}

/// A length of time for people: its median if it is drawn.
pub(in crate::scenario) fn delay_text(delay: &Delay) -> String {
    match delay {
        Delay::Constant(time) => format_duration(*time),
        other @ (Delay::Uniform(..)
        | Delay::Normal { .. }
        | Delay::Exponential { .. }
        | Delay::LogNormal { .. }
        | Delay::Table(_)) => format!("about {}", round_duration(other.median())),
    }
}
