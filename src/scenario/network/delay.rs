//! Lengths of time that are drawn each time anew, or always the same.

use serde_json::{Value, json};

use crate::document::shape::{Field, Object, Shape, Variant, Variants};
use crate::document::syntax::Node;
use crate::engine::network::Delay;
use crate::engine::time::{decimal_duration, format_duration, round_duration};
use crate::scenario::file::shape::U32;
use crate::scenario::reading::{Resolver, unknown_choice};

/// A length of time that is drawn each time anew, or always the same.
pub(in crate::scenario) fn distribution(what: &'static str) -> Shape {
    let duration = |name, about| Field::required(name, Shape::Duration, about);
    let variant = |name, about, fields| Variant { name, about, fields };
    let rows = Shape::some(Shape::Row(vec![Shape::Duration, U32]));
    let variants = vec![
        variant("constant", "Always the same.", vec![duration("value", "The delay.")]),
        variant(
            "uniform",
            "Anything between two delays, equally likely.",
            vec![duration("min", "The least delay."), duration("max", "The greatest delay.")],
        ),
        variant(
            "normal",
            "The normal distribution, cut off at zero.",
            vec![duration("mean", "The mean."), duration("deviation", "The standard deviation.")],
        ),
        variant(
            "exponential",
            "The exponential distribution on top of a least delay.",
            vec![
                Field::default("min", Shape::Duration, "0s", "The least delay."),
                duration("mean", "The mean of what comes on top."),
            ],
        ),
        variant(
            "lognormal",
            "The usual shape of network delays.",
            vec![
                duration("median", "Half of the delays are below it."),
                duration("p99", "99 of 100 delays are below it."),
            ],
        ),
        variant(
            "table",
            "A measured distribution.",
            vec![Field::required("rows", rows, "Delays with their weights.")],
        ),
    ];
    let object =
        Object { what, variants: Variants::Tagged("distribution", variants), ..Object::default() };
    Shape::OneOf(vec![Shape::Duration, Shape::Object(object)])
}

impl Resolver<'_> {
    pub(in crate::scenario) fn delay(&mut self, node: &Node) -> Option<Delay> {
        let duration = |name: &str| node.get(name).and_then(Node::duration);
        let Some(distribution) = node.get("distribution") else {
            return node.duration().map(Delay::Constant);
        };
        Some(match distribution.text()? {
            "constant" => Delay::Constant(duration("value")?),
            "uniform" => {
                self.ordered(node, "min", "max")?;
                Delay::Uniform(duration("min")?, duration("max")?)
            }
            "normal" => {
                Delay::Normal { mean: duration("mean")?, deviation: duration("deviation")? }
            }
            "exponential" => Delay::Exponential { min: duration("min")?, mean: duration("mean")? },
            "lognormal" => {
                self.ordered(node, "median", "p99")?;
                Delay::LogNormal { median: duration("median")?, p99: duration("p99")? }
            }
            "table" => self.table(node.get("rows")?)?,
            other => unknown_choice(other),
        })
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

    /// Whether the first of two durations is not above the second.
    fn ordered(&mut self, node: &Node, less: &str, more: &str) -> Option<()> {
        let (low, high) = (node.get(less)?, node.get(more)?);
        let bound = high.duration()?;
        if low.duration()? <= bound {
            return Some(());
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
