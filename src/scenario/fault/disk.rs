//! Faults of disks: failing, slow and unsafe syncs, no room, damage.

use serde_json::json;

use super::draw::{Draw, DrawForm, DrawMoment, FaultGroup};
use super::effect::{
    Effect, FaultForm, Fields, Reading, Resource, Summary, Writing, already, lasting, node_id, of,
};
use super::{Fault, FaultCategory, FaultKind, Reach};
use crate::document::shape::{Field, NameKind, Shape};
use crate::document::syntax::Node;
use crate::engine::network::Delay;
use crate::engine::rng::Stream;
use crate::engine::runtime::{DiskFault, World};
use crate::engine::term::Atom;
use crate::scenario::network::{self, delay_text, distribution};
use crate::scenario::writing::named;

fn disk(name: &'static str) -> Field {
    let about = "The node; a host or a site stands for all its nodes.";
    Field::required(name, Shape::Name(NameKind::Place), about)
}

/// The nodes whose disks an entry is about, at least one.
fn disks(reading: &mut Reading<'_, '_>) -> Option<Vec<Atom>> {
    let place = reading.value;
    let nodes = reading.resolver.nodes_named(place)?;
    if nodes.is_empty() {
        let message = format!("there is no node at `{}`", place.text()?);
        let error = reading.resolver.diagnostics.error(&place.span, message);
        error.help("name a node, or a place that has one");
        return None;
    }
    Some(nodes)
}

fn broken(reading: &mut Reading<'_, '_>, fault: DiskFault) -> Option<Vec<Fault>> {
    let nodes = disks(reading)?.into_iter();
    Some(nodes.map(|node| Fault::BreakDisk { node, fault }).collect())
}

pub(super) const FSYNC_ERROR: FaultForm = FaultForm {
    name: "fsync_error",
    about: "Makes syncs of a disk fail (`EIO`): what was to be made safe never will be, even though \
            a later sync succeeds.",
    fields: |name| vec![disk(name), lasting()],
    read: |reading| broken(reading, DiskFault::FsyncError),
};

pub(super) const FULL: FaultForm = FaultForm {
    name: "full_disk",
    about: "Fills a disk (`ENOSPC`): nothing can be written.",
    fields: |name| vec![disk(name), lasting()],
    read: |reading| broken(reading, DiskFault::Full),
};

pub(super) const LYING: FaultForm = FaultForm {
    name: "lying_disk",
    about: "Makes a disk acknowledge syncs that it has not done: they are lost if its host loses \
            power (`crash_host`).",
    fields: |name| vec![disk(name), lasting()],
    read: |reading| broken(reading, DiskFault::Lying),
};

/// The way that files write a fault of a disk.
const fn form(fault: DiskFault) -> &'static FaultForm {
    match fault {
        DiskFault::FsyncError => &FSYNC_ERROR,
        DiskFault::Full => &FULL,
        DiskFault::Lying => &LYING,
    }
}

pub(super) struct Break {
    pub(super) node: Atom,
    pub(super) fault: DiskFault,
}

impl Effect for Break {
    fn inject(&self, world: &World) {
        world.break_disk(node_id(world, self.node), self.fault);
    }

    fn without_effect(&self, world: &World) -> Option<String> {
        world.has_disk_fault(node_id(world, self.node), self.fault).then(already)
    }

    fn summary(&self) -> Summary {
        Summary {
            category: Some(FaultCategory::Disk),
            reach: Reach::Altered,
            undo: Some(Fault::MendDisk { node: self.node, fault: self.fault }),
            nodes: vec![self.node],
            holds: Some(Resource::Disk(self.node)),
            ..Summary::default()
        }
    }

    fn describe(&self) -> String {
        let node = self.node;
        match self.fault {
            DiskFault::FsyncError => format!("syncs of the disk of {node} fail"),
            DiskFault::Full => format!("the disk of {node} is full"),
            DiskFault::Lying => format!("the disk of {node} lies about its syncs"),
        }
    }

    fn write(&self, _: &Writing<'_>) -> Fields {
        of(form(self.fault), self.node)
    }
}

pub(super) const SLOW: FaultForm = FaultForm {
    name: "slow_disk",
    about: "Makes syncs of a disk slow.",
    fields: |name| {
        let about = "The time that a sync takes then.";
        let latency = Field::required("latency", distribution("a latency"), about);
        vec![disk(name), latency, lasting()]
    },
    read: |reading| {
        let nodes = disks(reading)?.into_iter();
        let latency = Some(reading.resolver.delay(reading.entry.get("latency")?)?);
        Some(nodes.map(|node| Fault::SetDiskLatency { node, latency: latency.clone() }).collect())
    },
};

pub(super) struct Latency<'f> {
    pub(super) node: Atom,
    pub(super) latency: Option<&'f Delay>,
}

impl Effect for Latency<'_> {
    fn inject(&self, world: &World) {
        world.set_disk_latency(node_id(world, self.node), self.latency.cloned());
    }

    fn without_effect(&self, world: &World) -> Option<String> {
        (world.disk_latency(node_id(world, self.node)).as_ref() == self.latency).then(already)
    }

    fn summary(&self) -> Summary {
        Summary {
            category: self.latency.map(|_| FaultCategory::Disk),
            reach: Reach::Altered,
            undo: self.latency.map(|_| Fault::SetDiskLatency { node: self.node, latency: None }),
            nodes: vec![self.node],
            holds: Some(Resource::Disk(self.node)),
            ..Summary::default()
        }
    }

    fn describe(&self) -> String {
        let node = self.node;
        match self.latency {
            Some(latency) => format!("a sync of the disk of {node} takes {}", delay_text(latency)),
            None => format!("syncs of the disk of {node} take as long as usual"),
        }
    }

    fn write(&self, _: &Writing<'_>) -> Fields {
        let Some(latency) = self.latency else { return mended(self.node, &SLOW) };
        let mut fields = of(&SLOW, self.node);
        fields.extend([named("latency", network::latency(latency))]);
        fields
    }
}

pub(super) const CORRUPT: FaultForm = FaultForm {
    name: "corrupt_disk",
    about: "Damages a disk: a record of each file, drawn from the seed, has a wrong checksum, which \
            is noticed when it is read.",
    fields: |name| vec![disk(name)],
    read: |reading| Some(disks(reading)?.into_iter().map(Fault::CorruptDisk).collect()),
};

pub(super) struct Corrupt(pub(super) Atom);

impl Effect for Corrupt {
    fn inject(&self, world: &World) {
        let _ = world.damage_disk(node_id(world, self.0));
    }

    fn without_effect(&self, world: &World) -> Option<String> {
        let empty = world.is_disk_empty(node_id(world, self.0));
        empty.then(|| format!("there is nothing on the disk of {}", self.0))
    }

    fn summary(&self) -> Summary {
        Summary {
            category: Some(FaultCategory::Disk),
            reach: Reach::Altered,
            nodes: vec![self.0],
            ..Summary::default()
        }
    }

    fn describe(&self) -> String {
        format!("the disk of {} is damaged", self.0)
    }

    fn write(&self, _: &Writing<'_>) -> Fields {
        of(&CORRUPT, self.0)
    }
}

pub(super) const MEND: FaultForm = FaultForm {
    name: "mend_disk",
    about: "Puts a disk right; what is damaged stays so.",
    fields: |name| {
        let choices = Shape::Choice(MENDABLE.map(|form| form.name).to_vec());
        let of =
            Field::optional("of", choices, "The fault that is put right; all of them if left out.");
        vec![disk(name), of]
    },
    read: |reading| {
        let of = reading.entry.get("of").and_then(Node::text);
        let nodes = disks(reading)?;
        let meant = || MENDABLE.iter().filter(|form| of.is_none_or(|of| of == form.name));
        let each = nodes.into_iter().flat_map(|node| meant().map(move |form| mend(node, form)));
        Some(each.collect())
    },
};

/// The faults of a disk that can be put right.
const MENDABLE: [&FaultForm; 4] = [&FSYNC_ERROR, &FULL, &SLOW, &LYING];

fn mend(node: Atom, form: &FaultForm) -> Fault {
    let fault = [DiskFault::FsyncError, DiskFault::Full, DiskFault::Lying];
    match fault.into_iter().find(|fault| self::form(*fault).name == form.name) {
        Some(fault) => Fault::MendDisk { node, fault },
        None => Fault::SetDiskLatency { node, latency: None },
    }
}

fn mended(node: Atom, form: &FaultForm) -> Fields {
    let mut fields = of(&MEND, node);
    fields.extend([named("of", json!(form.name))]);
    fields
}

pub(super) struct Mend {
    pub(super) node: Atom,
    pub(super) fault: DiskFault,
}

impl Effect for Mend {
    fn inject(&self, world: &World) {
        world.mend_disk(node_id(world, self.node), self.fault);
    }

    fn without_effect(&self, world: &World) -> Option<String> {
        let well = !world.has_disk_fault(node_id(world, self.node), self.fault);
        well.then(|| format!("the disk of {} has no such fault", self.node))
    }

    fn summary(&self) -> Summary {
        Summary { nodes: vec![self.node], ..Summary::default() }
    }

    fn describe(&self) -> String {
        let node = self.node;
        match self.fault {
            DiskFault::FsyncError => format!("syncs of the disk of {node} succeed again"),
            DiskFault::Full => format!("the disk of {node} has room again"),
            DiskFault::Lying => format!("the disk of {node} does its syncs again"),
        }
    }

    fn write(&self, _: &Writing<'_>) -> Fields {
        mended(self.node, form(self.fault))
    }
}

/// A kind of fault of disks. No protocol survives them all, so they are left to those who ask for
/// them.
const DISK_DRAW: DrawForm = DrawForm { is_usual: false, ..DrawForm::LASTING };

pub(super) const FSYNC_ERROR_DRAW: DrawForm = DrawForm {
    name: "fsync_error",
    about: "Syncs of the disk of a node fail.",
    read: |_| Some(FaultKind::Disk { fault: DiskFault::FsyncError }),
    ..DISK_DRAW
};

pub(super) const FULL_DRAW: DrawForm = DrawForm {
    name: "full_disk",
    about: "The disk of a node is full.",
    read: |_| Some(FaultKind::Disk { fault: DiskFault::Full }),
    ..DISK_DRAW
};

pub(super) const LYING_DRAW: DrawForm = DrawForm {
    name: "lying_disk",
    about: "The disk of a node acknowledges syncs that it has not done.",
    read: |_| Some(FaultKind::Disk { fault: DiskFault::Lying }),
    ..DISK_DRAW
};

/// Something goes wrong with the disk of one node for a while.
pub(super) struct AnyDisk(pub(super) DiskFault);

impl Draw for AnyDisk {
    fn form(&self) -> &'static DrawForm {
        match self.0 {
            DiskFault::FsyncError => &FSYNC_ERROR_DRAW,
            DiskFault::Full => &FULL_DRAW,
            DiskFault::Lying => &LYING_DRAW,
        }
    }

    fn draw(&self, moment: &DrawMoment<'_>, rng: &mut Stream) -> Option<FaultGroup> {
        moment.change(Fault::BreakDisk { node: moment.node(rng)?, fault: self.0 })
    }
}

pub(super) const SLOW_DRAW: DrawForm = DrawForm {
    name: "slow_disk",
    about: "Syncs of the disk of a node are slow.",
    fields: || {
        let latency = json!({ "distribution": "lognormal", "median": "100ms", "p99": "1s" });
        let shape = distribution("a latency");
        vec![Field::default("latency", shape, latency, "The time that a sync takes then.")]
    },
    read: |reading| {
        let latency = reading.resolver.delay(reading.node.get("latency")?)?;
        Some(FaultKind::SlowDisk { latency })
    },
    ..DISK_DRAW
};

/// Syncs of the disk of one node take this long for a while.
pub(super) struct SlowDisk<'k>(pub(super) &'k Delay);

impl Draw for SlowDisk<'_> {
    fn form(&self) -> &'static DrawForm {
        &SLOW_DRAW
    }

    fn draw(&self, moment: &DrawMoment<'_>, rng: &mut Stream) -> Option<FaultGroup> {
        let latency = Some(self.0.clone());
        moment.change(Fault::SetDiskLatency { node: moment.node(rng)?, latency })
    }

    fn write(&self, _: &[Atom]) -> Fields {
        Fields::from_iter([named("latency", network::latency(self.0))])
    }
}

pub(super) const CORRUPT_DRAW: DrawForm = DrawForm {
    name: "corrupt_disk",
    about: "A record of each file of a node is damaged.",
    read: |_| Some(FaultKind::CorruptDisk),
    is_usual: false,
    ..DrawForm::INSTANT
};

/// The disk of one node is damaged.
pub(super) struct CorruptAny;

impl Draw for CorruptAny {
    fn form(&self) -> &'static DrawForm {
        &CORRUPT_DRAW
    }

    fn draw(&self, moment: &DrawMoment<'_>, rng: &mut Stream) -> Option<FaultGroup> {
        Some(moment.instant(Fault::CorruptDisk(moment.node(rng)?)))
    }
}
