//! Faults of clocks: a jump, and a wrong speed.

use std::time::Duration;

use serde_json::json;

use super::effect::{
    Effect, FaultForm, Fields, Resource, Writing, already, down, lasting, node_id, nodes, of,
};
use super::{Fault, FaultCategory, Reach};
use crate::document::shape::{Field, Shape, format_signed_duration};
use crate::engine::runtime::World;
use crate::engine::term::Atom;
use crate::engine::time::format_duration;
use crate::scenario::writing::named;

pub(super) const STEP: FaultForm = FaultForm {
    name: "clock_step",
    about: "Makes the system clock of a node jump.",
    fields: |name| {
        let by = Field::required("by", Shape::SignedDuration, "How far: \"+5s\", \"-5s\".");
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

    fn without_effect(&self, world: &World) -> Option<String> {
        let node = node_id(world, self.node);
        down(world, node).or_else(|| (self.nanos == 0).then(already))
    }

    fn is_in_vain(&self, world: &World) -> bool {
        !world.is_up(node_id(world, self.node))
    }

    fn category(&self) -> Option<FaultCategory> {
        Some(FaultCategory::ClockStep)
    }

    fn reach(&self) -> Reach {
        Reach::Altered
    }

    fn nodes(&self) -> Vec<Atom> {
        vec![self.node]
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
        let node = node_id(world, self.node);
        if self.is_in_vain(world) {
            return down(world, node);
        }
        (world.clock_drift(node) == self.ppm).then(already)
    }

    fn is_in_vain(&self, world: &World) -> bool {
        self.ppm != 0 && !world.is_up(node_id(world, self.node))
    }

    fn category(&self) -> Option<FaultCategory> {
        (self.ppm != 0).then_some(FaultCategory::ClockDrift)
    }

    fn reach(&self) -> Reach {
        Reach::Altered
    }

    fn undo(&self) -> Option<Fault> {
        Some(Fault::SetClockDrift { node: self.node, ppm: 0 })
    }

    fn nodes(&self) -> Vec<Atom> {
        vec![self.node]
    }

    fn holds(&self) -> Option<Resource> {
        Some(Resource::Clock(self.node))
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
