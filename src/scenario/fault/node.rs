//! Faults of single nodes: crash, stop, start, pause, resume, slow down.

use super::effect::{
    Effect, FaultForm, Fields, Resource, Writing, already, down, lasting, node_id, nodes, of,
    restart_after,
};
use super::{Fault, FaultCategory, Reach};
use crate::document::shape::{Field, Shape};
use crate::engine::runtime::World;
use crate::engine::term::Atom;
use crate::scenario::writing::{named, number};

pub(super) const CRASH: FaultForm = FaultForm {
    name: "crash",
    about: "Kills a node; its peers notice at once.",
    fields: |name| vec![nodes(name), restart_after()],
    read: |reading| reading.each_node(Fault::CrashNode),
};

pub(super) struct Crash(pub(super) Atom);

impl Effect for Crash {
    fn inject(&self, world: &World) {
        let _ = world.crash_node(node_id(world, self.0));
    }

    fn without_effect(&self, world: &World) -> Option<String> {
        down(world, node_id(world, self.0))
    }

    fn category(&self) -> Option<FaultCategory> {
        Some(FaultCategory::CrashNode)
    }

    fn reach(&self) -> Reach {
        Reach::Lost
    }

    fn undo(&self) -> Option<Fault> {
        Some(Fault::StartNode(self.0))
    }

    fn nodes(&self) -> Vec<Atom> {
        vec![self.0]
    }

    fn describe(&self) -> String {
        format!("{} crashes", self.0)
    }

    fn write(&self, _: &Writing<'_>) -> Fields {
        of(&CRASH, self.0)
    }
}

pub(super) const STOP: FaultForm = FaultForm {
    name: "stop",
    about: "Stops a node in order.",
    fields: |name| vec![nodes(name), restart_after()],
    read: |reading| reading.each_node(Fault::StopNode),
};

pub(super) struct Stop(pub(super) Atom);

impl Effect for Stop {
    fn inject(&self, world: &World) {
        world.stop_node(node_id(world, self.0));
    }

    fn without_effect(&self, world: &World) -> Option<String> {
        let node = node_id(world, self.0);
        let stopping = world.is_stopping(node);
        let why = || stopping.then(|| format!("{} is about to stop", self.0));
        down(world, node).or_else(why)
    }

    fn category(&self) -> Option<FaultCategory> {
        Some(FaultCategory::StopNode)
    }

    fn reach(&self) -> Reach {
        Reach::Lost
    }

    fn undo(&self) -> Option<Fault> {
        Some(Fault::StartNode(self.0))
    }

    fn nodes(&self) -> Vec<Atom> {
        vec![self.0]
    }

    fn describe(&self) -> String {
        format!("{} is stopped in order", self.0)
    }

    fn write(&self, _: &Writing<'_>) -> Fields {
        of(&STOP, self.0)
    }
}

pub(super) const START: FaultForm = FaultForm {
    name: "start",
    about: "Starts a node that is down.",
    fields: |name| vec![nodes(name)],
    read: |reading| reading.each_node(Fault::StartNode),
};

pub(super) struct Start(pub(super) Atom);

impl Effect for Start {
    fn inject(&self, world: &World) {
        let _ = world.start_node(node_id(world, self.0));
    }

    fn without_effect(&self, world: &World) -> Option<String> {
        let (node, name) = (node_id(world, self.0), self.0);
        if world.is_restarting(node) {
            return Some(format!("{name} is about to start again"));
        }
        if world.is_up(node) && !world.is_stopping(node) {
            return Some(format!("{name} is up"));
        }
        let host = world.host_of(node);
        (!world.has_power(host)).then(|| format!("its host {} has no power", world.host_name(host)))
    }

    fn category(&self) -> Option<FaultCategory> {
        None
    }

    fn reach(&self) -> Reach {
        Reach::Other
    }

    fn nodes(&self) -> Vec<Atom> {
        vec![self.0]
    }

    fn describe(&self) -> String {
        format!("{} is started", self.0)
    }

    fn write(&self, _: &Writing<'_>) -> Fields {
        of(&START, self.0)
    }
}

pub(super) const PAUSE: FaultForm = FaultForm {
    name: "pause",
    about: "Freezes a node; its connections stay open.",
    fields: |name| vec![nodes(name), lasting()],
    read: |reading| reading.each_node(Fault::PauseNode),
};

pub(super) struct Pause(pub(super) Atom);

impl Effect for Pause {
    fn inject(&self, world: &World) {
        world.pause_node(node_id(world, self.0));
    }

    fn without_effect(&self, world: &World) -> Option<String> {
        let node = node_id(world, self.0);
        let paused = world.is_paused(node);
        down(world, node).or_else(|| paused.then(|| format!("{} stands still", self.0)))
    }

    fn category(&self) -> Option<FaultCategory> {
        Some(FaultCategory::PauseNode)
    }

    fn reach(&self) -> Reach {
        Reach::Lost
    }

    fn undo(&self) -> Option<Fault> {
        Some(Fault::ResumeNode(self.0))
    }

    fn nodes(&self) -> Vec<Atom> {
        vec![self.0]
    }

    fn describe(&self) -> String {
        format!("{} stands still", self.0)
    }

    fn write(&self, _: &Writing<'_>) -> Fields {
        of(&PAUSE, self.0)
    }
}

pub(super) const RESUME: FaultForm = FaultForm {
    name: "resume",
    about: "Lets a paused node go on.",
    fields: |name| vec![nodes(name)],
    read: |reading| reading.each_node(Fault::ResumeNode),
};

pub(super) struct Resume(pub(super) Atom);

impl Effect for Resume {
    fn inject(&self, world: &World) {
        world.resume_node(node_id(world, self.0));
    }

    fn without_effect(&self, world: &World) -> Option<String> {
        let node = node_id(world, self.0);
        let goes_on = !world.is_paused(node);
        let why = || goes_on.then(|| format!("{} does not stand still", self.0));
        down(world, node).or_else(why)
    }

    fn category(&self) -> Option<FaultCategory> {
        None
    }

    fn reach(&self) -> Reach {
        Reach::Altered
    }

    fn nodes(&self) -> Vec<Atom> {
        vec![self.0]
    }

    fn describe(&self) -> String {
        format!("{} goes on", self.0)
    }

    fn write(&self, _: &Writing<'_>) -> Fields {
        of(&RESUME, self.0)
    }
}

pub(super) const SLOW: FaultForm = FaultForm {
    name: "slow_node",
    about: "Makes the work on a node take longer.",
    fields: |name| {
        let about = "How many times as long its work takes.";
        let factor = Field::required("factor", Shape::Number { min: 0.01 }, about);
        vec![nodes(name), factor, lasting()]
    },
    read: |reading| {
        let percent = libm::round(reading.entry.get("factor")?.float()? * 100.0) as u32;
        reading.each_node(|node| Fault::SetSpeed { node, percent })
    },
};

pub(super) struct Speed {
    pub(super) node: Atom,
    pub(super) percent: u32,
}

impl Effect for Speed {
    fn inject(&self, world: &World) {
        world.set_work_percent(node_id(world, self.node), self.percent);
    }

    fn without_effect(&self, world: &World) -> Option<String> {
        let node = node_id(world, self.node);
        if self.is_in_vain(world) {
            return down(world, node);
        }
        (world.work_percent(node) == self.percent).then(already)
    }

    fn is_in_vain(&self, world: &World) -> bool {
        self.percent > 100 && !world.is_up(node_id(world, self.node))
    }

    fn category(&self) -> Option<FaultCategory> {
        (self.percent > 100).then_some(FaultCategory::Speed)
    }

    fn reach(&self) -> Reach {
        Reach::Altered
    }

    fn undo(&self) -> Option<Fault> {
        Some(Fault::SetSpeed { node: self.node, percent: 100 })
    }

    fn nodes(&self) -> Vec<Atom> {
        vec![self.node]
    }

    fn holds(&self) -> Option<Resource> {
        Some(Resource::Speed(self.node))
    }

    fn describe(&self) -> String {
        match self {
            Speed { node, percent: 100 } => format!("{node} works as fast as usual"),
            Speed { node, percent } => {
                format!("work on {node} takes {percent}% of its usual time")
            }
        }
    }

    fn write(&self, _: &Writing<'_>) -> Fields {
        let mut fields = of(&SLOW, self.node);
        fields.extend([named("factor", number(f64::from(self.percent) / 100.0))]);
        fields
    }
}
