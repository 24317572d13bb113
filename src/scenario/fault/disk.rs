//! Faults of disks: failing, slow and unsafe syncs, no room, damage.

use serde_json::json;

use super::effect::{
    Effect, FaultForm, Fields, Reading, Resource, Writing, already, lasting, node_id, of,
};
use super::{Fault, FaultCategory, Reach};
use crate::document::shape::{Field, NameKind, Shape};
use crate::document::syntax::Node;
use crate::engine::network::Delay;
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

    fn category(&self) -> Option<FaultCategory> {
        Some(FaultCategory::Disk)
    }

    fn reach(&self) -> Reach {
        Reach::Altered
    }

    fn undo(&self) -> Option<Fault> {
        Some(Fault::MendDisk { node: self.node, fault: self.fault })
    }

    fn nodes(&self) -> Vec<Atom> {
        vec![self.node]
    }

    fn holds(&self) -> Option<Resource> {
        Some(Resource::Disk(self.node))
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
        let about = "How long a sync takes then.";
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

    fn category(&self) -> Option<FaultCategory> {
        self.latency.map(|_| FaultCategory::Disk)
    }

    fn reach(&self) -> Reach {
        Reach::Altered
    }

    fn undo(&self) -> Option<Fault> {
        self.latency.map(|_| Fault::SetDiskLatency { node: self.node, latency: None })
    }

    fn nodes(&self) -> Vec<Atom> {
        vec![self.node]
    }

    fn holds(&self) -> Option<Resource> {
        Some(Resource::Disk(self.node))
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

    fn category(&self) -> Option<FaultCategory> {
        Some(FaultCategory::Disk)
    }

    fn reach(&self) -> Reach {
        Reach::Altered
    }

    fn nodes(&self) -> Vec<Atom> {
        vec![self.0]
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
        let of = Field::optional("of", choices, "What is put right; all of it if left out.");
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

    fn category(&self) -> Option<FaultCategory> {
        None
    }

    fn reach(&self) -> Reach {
        Reach::Other
    }

    fn nodes(&self) -> Vec<Atom> {
        vec![self.node]
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
