//! Faults of clocks: a jump, and a wrong speed. The clock is that of the computer: it can be wrong before
//! the node on it starts.

use std::time::Duration;

use rand::RngExt;
use serde_json::json;

use super::draw::{Draw, DrawForm, DrawMoment, FaultGroup};
use super::effect::{
    Effect, FaultForm, Fields, Resource, Summary, Writing, already, lasting, node_id, nodes, of,
};
use super::{Fault, FaultCategory, FaultKind, Reach};
use crate::document::shape::{Field, Shape, format_signed_duration};
use crate::engine::network::Delay;
use crate::engine::rng::Stream;
use crate::engine::runtime::World;
use crate::engine::term::Atom;
use crate::engine::time::{format_duration, nanos};
use crate::scenario::network::{self, distribution};
use crate::scenario::writing::named;

pub(super) const STEP: FaultForm = FaultForm {
    name: "clock_step",
    about: "Makes the system clock of a node jump.",
    fields: |name| {
        let by =
            Field::required("by", Shape::SignedDuration, "The size of the jump: \"+5s\", \"-5s\".");
        vec![nodes(name), by]
    },
    read: |reading| {
        let nanos = reading.entry.get("by")?.signed_duration()?;
        reading.each_node(|node| Fault::StepClock { node, nanos })
    },
};

pub(super) struct Step {
    pub(super) node: Atom,
    pub(super) nanos: i64,
}

impl Effect for Step {
    fn inject(&self, world: &World) {
        world.step_clock(node_id(world, self.node), self.nanos);
    }

    fn without_effect(&self, _: &World) -> Option<String> {
        (self.nanos == 0).then(already)
    }

    fn summary(&self) -> Summary {
        Summary {
            category: Some(FaultCategory::ClockStep),
            reach: Reach::Altered,
            nodes: vec![self.node],
            ..Summary::default()
        }
    }

    fn describe(&self) -> String {
        let sign = if self.nanos < 0 { "back" } else { "forward" };
        let by = format_duration(Duration::from_nanos(self.nanos.unsigned_abs()));
        format!("system clock of {} jumps {sign} by {by}", self.node)
    }

    fn write(&self, _: &Writing<'_>) -> Fields {
        let mut fields = of(&STEP, self.node);
        fields.extend([named("by", json!(format_signed_duration(self.nanos)))]);
        fields
    }
}

pub(super) const DRIFT: FaultForm = FaultForm {
    name: "clock_drift",
    about: "Makes the clocks of a node run fast or slow.",
    fields: |name| {
        let ppm = Field::required(
            "ppm",
            Shape::Integer { min: -999_999, max: 1_000_000 },
            "Parts per million; slow if negative.",
        );
        vec![nodes(name), ppm, lasting()]
    },
    read: |reading| {
        let ppm = reading.entry.get("ppm")?.integer()?;
        reading.each_node(|node| Fault::SetClockDrift { node, ppm })
    },
};

pub(super) struct Drift {
    pub(super) node: Atom,
    pub(super) ppm: i32,
}

impl Effect for Drift {
    fn inject(&self, world: &World) {
        world.set_clock_drift(node_id(world, self.node), self.ppm);
    }

    fn without_effect(&self, world: &World) -> Option<String> {
        (world.clock_drift(node_id(world, self.node)) == self.ppm).then(already)
    }

    fn summary(&self) -> Summary {
        Summary {
            category: (self.ppm != 0).then_some(FaultCategory::ClockDrift),
            reach: Reach::Altered,
            undo: Some(Fault::SetClockDrift { node: self.node, ppm: 0 }),
            nodes: vec![self.node],
            holds: Some(Resource::Clock(self.node)),
            ..Summary::default()
        }
    }

    fn describe(&self) -> String {
        match self {
            Drift { node, ppm: 0 } => format!("clock of {node} runs true"),
            Drift { node, ppm } => format!("clock of {node} runs {ppm:+} ppm off"),
        }
    }

    fn write(&self, _: &Writing<'_>) -> Fields {
        let mut fields = of(&DRIFT, self.node);
        fields.extend([named("ppm", json!(self.ppm))]);
        fields
    }
}

pub(super) const STEP_DRAW: DrawForm = DrawForm {
    name: "clock_step",
    about: "The system clock of a node jumps.",
    fields: || {
        let by = json!({ "distribution": "uniform", "min": "100ms", "max": "10s" });
        let about = "The size of the jump, back or forward.";
        vec![Field::default("by", distribution("a length of time"), by, about)]
    },
    read: |reading| {
        Some(FaultKind::ClockStep { by: reading.resolver.delay(reading.node.get("by")?)? })
    },
    ..DrawForm::INSTANT
};

/// The system clock of one node jumps by this time, back or forward.
pub(super) struct StepBy<'k>(pub(super) &'k Delay);

impl Draw for StepBy<'_> {
    fn form(&self) -> &'static DrawForm {
        &STEP_DRAW
    }

    fn draw(&self, moment: &DrawMoment<'_>, rng: &mut Stream) -> Option<FaultGroup> {
        let node = moment.node(rng)?;
        let nanos = i64::try_from(nanos(self.0.draw(rng))).unwrap_or(i64::MAX);
        let nanos = if is_forward(rng) { nanos } else { -nanos };
        Some(moment.instant(Fault::StepClock { node, nanos }))
    }

    fn write(&self, _: &[Atom]) -> Fields {
        Fields::from_iter([named("by", network::latency(self.0))])
    }
}

pub(super) const DRIFT_DRAW: DrawForm = DrawForm {
    name: "clock_drift",
    about: "The clocks of a node run fast or slow.",
    fields: || {
        let about = "Parts per million at the most, fast or slow.";
        let shape = Shape::Integer { min: 1, max: 999_999 };
        vec![Field::default("ppm", shape, 10_000, about)]
    },
    read: |reading| Some(FaultKind::ClockDrift { ppm_max: reading.node.get("ppm")?.integer()? }),
    ..DrawForm::LASTING
};

/// The clocks of one node are wrong for a while, by this many parts per million at the most.
pub(super) struct DriftUpTo(pub(super) u32);

impl Draw for DriftUpTo {
    fn form(&self) -> &'static DrawForm {
        &DRIFT_DRAW
    }

    fn draw(&self, moment: &DrawMoment<'_>, rng: &mut Stream) -> Option<FaultGroup> {
        let node = moment.node(rng)?;
        let ppm_max = i32::try_from(self.0).unwrap_or(i32::MAX);
        let ppm = rng.random_range(1..=ppm_max.max(1));
        let ppm = if is_forward(rng) { ppm } else { -ppm };
        moment.change(Fault::SetClockDrift { node, ppm })
    }

    fn write(&self, _: &[Atom]) -> Fields {
        Fields::from_iter([named("ppm", json!(self.0))])
    }
}

/// The direction in which a clock goes wrong.
fn is_forward(rng: &mut Stream) -> bool {
    rng.random_range(0..2) == 0
}
