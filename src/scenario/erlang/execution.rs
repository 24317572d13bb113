//! The way in which the nodes of a scenario run compiled code: the cost of a call, the length of a slice,
//! and the order of maps.

use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::beam::heap::IterationOrder;
use crate::beam::node::{Execution, Preemption};
use crate::document::shape::{Field, Shape};
use crate::document::syntax::Node;
use crate::engine::time::decimal_duration;
use crate::scenario::reading::Resolver;
use crate::scenario::writing::named;
use crate::spelling::{Choice, words};

/// The way in which the nodes of a scenario run compiled code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CodeExecution {
    /// The order of the pairs of maps, and of the rows of tables that are not ordered.
    pub map_order: MapOrder,
    /// The time that a reduction takes, by the clock of its node.
    pub cost_per_reduction: Duration,
    /// The reductions after which others run.
    pub slice: SliceLength,
}

/// The order of the pairs of maps, and of the rows of tables that are not ordered. Erlang promises none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MapOrder {
    /// That of the keys.
    #[default]
    Term,
    /// Another one for each seed.
    Seed,
}

words!(MapOrder { Term => "term", Seed => "seed" });

/// The number of reductions after which a process lets others run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SliceLength {
    /// This many.
    Reductions(u32),
    /// Another number for each slice, drawn by the seed, up to the usual one.
    Seed,
}

/// The most reductions of a slice: nothing else happens on any node before it is over.
const SLICE_MAX: u32 = 1_000_000;

/// The word for slices whose length is drawn.
const DRAWN: &str = "seed";

impl Default for CodeExecution {
    fn default() -> CodeExecution {
        let Execution { slice, reduction_time, .. } = Execution::default();
        CodeExecution {
            map_order: MapOrder::Term,
            cost_per_reduction: reduction_time,
            slice: SliceLength::Reductions(slice),
        }
    }
}

impl CodeExecution {
    /// The way in which nodes run code in a run with this seed.
    pub(super) fn of_run(self, seed: u64) -> Execution {
        let usual = Execution { reduction_time: self.cost_per_reduction, ..Execution::default() };
        let order = match self.map_order {
            MapOrder::Term => IterationOrder::ByTerm,
            MapOrder::Seed => IterationOrder::Permuted { seed },
        };
        match self.slice {
            SliceLength::Reductions(slice) => Execution { slice, order, ..usual },
            SliceLength::Seed => Execution { preemption: Preemption::Drawn, order, ..usual },
        }
    }
}

/// The fields of the section `erlang`.
pub(super) fn fields() -> [Field; 3] {
    let usual = CodeExecution::default();
    let slice = Shape::Integer { min: 1, max: SLICE_MAX.into() };
    [
        Field::default(
            "map_order",
            Shape::choice::<MapOrder>(),
            usual.map_order.word(),
            "The order of the pairs of maps and of the rows of unordered tables, of which Erlang \
             promises none: that of the keys, or another one for each seed.",
        ),
        Field::default(
            "cost_per_reduction",
            Shape::Duration,
            decimal_duration(usual.cost_per_reduction),
            "The time that a reduction (a call) takes in a process that computes for more than a \
             slice without waiting; shorter turns take no time.",
        ),
        Field::default(
            "slice",
            Shape::OneOf(vec![slice, Shape::Choice(vec![DRAWN])]),
            write_slice(usual.slice),
            "The number of reductions after which a process lets others run; `seed` draws another \
             number for each slice, up to 4000.",
        ),
    ]
}

impl Resolver<'_> {
    /// The way in which nodes run code, as the section `erlang` says.
    pub(super) fn code_execution(&mut self, section: &Node) -> Option<CodeExecution> {
        let cost = section.get("cost_per_reduction")?;
        let cost_per_reduction = cost.duration()?;
        if cost_per_reduction.is_zero() {
            let message = "code that takes no time never ends if it polls the clock";
            let help = "write a duration above 0, such as \"50ns\"";
            self.diagnostics.error(&cost.span, message).help(help);
            return None;
        }
        let slice = section.get("slice")?;
        let slice = match slice.integer() {
            Some(slice) => SliceLength::Reductions(slice),
            None => SliceLength::Seed,
        };
        Some(CodeExecution {
            map_order: section.get("map_order")?.choice()?,
            cost_per_reduction,
            slice,
        })
    }
}

/// The fields of the section `erlang` as JSON.
pub(super) fn write(execution: CodeExecution) -> Map<String, Value> {
    Map::from_iter([
        named("map_order", json!(execution.map_order.word())),
        named("cost_per_reduction", json!(decimal_duration(execution.cost_per_reduction))),
        named("slice", write_slice(execution.slice)),
    ])
}

fn write_slice(slice: SliceLength) -> Value {
    match slice {
        SliceLength::Reductions(slice) => json!(slice),
        SliceLength::Seed => json!(DRAWN),
    }
}
