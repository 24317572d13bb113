//! Faults of single nodes: crash, stop, start, pause, resume, slow down.

use rand::RngExt;

use super::draw::{Draw, DrawForm, DrawLimits, DrawMoment, FaultGroup};
use super::effect::{
    Effect, FaultForm, Fields, Resource, Summary, Writing, already, down, lasting, node_id, nodes,
    of, restart_after,
};
use super::{Fault, FaultCategory, FaultKind, Reach};
use crate::document::shape::{Field, Shape};
use crate::engine::rng::Stream;
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

    fn summary(&self) -> Summary {
        Summary {
            category: Some(FaultCategory::CrashNode),
            reach: Reach::Lost,
            undo: Some(Fault::StartNode(self.0)),
            nodes: vec![self.0],
            ..Summary::default()
        }
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

    fn summary(&self) -> Summary {
        Summary {
            category: Some(FaultCategory::StopNode),
            reach: Reach::Lost,
            undo: Some(Fault::StartNode(self.0)),
            nodes: vec![self.0],
            ..Summary::default()
        }
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

    fn summary(&self) -> Summary {
        Summary { nodes: vec![self.0], ..Summary::default() }
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

    fn summary(&self) -> Summary {
        Summary {
            category: Some(FaultCategory::PauseNode),
            reach: Reach::Lost,
            undo: Some(Fault::ResumeNode(self.0)),
            nodes: vec![self.0],
            ..Summary::default()
        }
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

    fn summary(&self) -> Summary {
        Summary { reach: Reach::Altered, nodes: vec![self.0], ..Summary::default() }
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
        let about = "The factor by which its work takes longer.";
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

    fn summary(&self) -> Summary {
        Summary {
            category: (self.percent > 100).then_some(FaultCategory::Speed),
            reach: Reach::Altered,
            undo: Some(Fault::SetSpeed { node: self.node, percent: 100 }),
            nodes: vec![self.node],
            holds: Some(Resource::Speed(self.node)),
            ..Summary::default()
        }
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

pub(super) const CRASH_DRAW: DrawForm = DrawForm {
    name: "crash",
    about: "A node crashes and starts again.",
    read: |_| Some(FaultKind::Crash),
    ..DrawForm::LASTING
};

pub(super) const STOP_DRAW: DrawForm = DrawForm {
    name: "stop",
    about: "A node stops in order and starts again.",
    read: |_| Some(FaultKind::Stop),
    ..DrawForm::LASTING
};

pub(super) const PAUSE_DRAW: DrawForm = DrawForm {
    name: "pause",
    about: "A node stands still.",
    read: |_| Some(FaultKind::Pause),
    ..DrawForm::LASTING
};

/// One node is down, or stands still, for a while.
pub(super) struct Down {
    pub(super) form: &'static DrawForm,
    pub(super) fault: fn(Atom) -> Fault,
}

impl Draw for Down {
    fn form(&self) -> &'static DrawForm {
        self.form
    }

    fn draw(&self, moment: &DrawMoment<'_>, rng: &mut Stream) -> Option<FaultGroup> {
        moment.down((self.fault)(moment.node(rng)?))
    }

    fn idle(&self, limits: &DrawLimits) -> Option<&'static str> {
        limits.none_away()
    }
}

pub(super) const SLOW_DRAW: DrawForm = DrawForm {
    name: "slow_node",
    about: "Work on a node takes longer.",
    fields: || {
        let about = "The largest factor by which its work takes longer.";
        vec![Field::default("factor", Shape::Number { min: 1.0 }, 10, about)]
    },
    read: |reading| {
        let percent_max = libm::round(reading.node.get("factor")?.float()? * 100.0) as u32;
        Some(FaultKind::SlowNode { percent_max })
    },
    ..DrawForm::LASTING
};

/// Work on one node takes longer, up to this percentage.
pub(super) struct SlowUpTo(pub(super) u32);

impl Draw for SlowUpTo {
    fn form(&self) -> &'static DrawForm {
        &SLOW_DRAW
    }

    fn draw(&self, moment: &DrawMoment<'_>, rng: &mut Stream) -> Option<FaultGroup> {
        let node = moment.node(rng)?;
        let percent = rng.random_range(100..=self.0.max(101));
        moment.change(Fault::SetSpeed { node, percent })
    }

    fn write(&self, _: &[Atom]) -> Fields {
        Fields::from_iter([named("factor", number(f64::from(self.0) / 100.0))])
    }
}
