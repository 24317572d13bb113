//! The processes of a trace, and the application that each belongs to.

use std::collections::BTreeMap;

use hashbrown::HashMap;
use rustc_hash::FxBuildHasher;

use crate::engine::term::Atom;
use crate::otp::application;

use super::columns::{NameList, Texts};
use super::line::TraceLine;

/// The name of what belongs to a node itself: what starts applications, keeps global names.
pub(super) const KERNEL: &str = "kernel";

/// The name of what belongs to no application.
pub(super) const PROGRAMS: &str = "programs";

/// A process. Its pid is printed as in the trace, so it may be that of a process of an earlier life
/// of its node; then a new process begins with its `spawned`.
#[derive(Debug)]
pub(super) struct Process {
    pub pid: String,
    pub node: u16,
    /// The text of its label.
    pub label: u32,
    /// True if its label is only the function that it began with, as in `proc_lib:init_p/5`.
    pub is_function: bool,
    /// Its parent's place from 1; 0 if it has none.
    pub parent: u32,
}

/// All processes in the order in which the trace first names them.
#[derive(Debug, Default)]
pub(super) struct Processes {
    pub list: Vec<Process>,
    known: HashMap<String, u32, FxBuildHasher>,
}

impl Processes {
    /// The process that a line is about, from 1; 0 if it is about none.
    pub(super) fn subject(&mut self, line: &TraceLine, node: u16, texts: &mut Texts) -> u32 {
        let is_pid = |text: &&String| text.starts_with('<');
        let to = line.to.as_ref().filter(is_pid);
        let is_sending = matches!(line.what.as_str(), "sent" | "lost");
        let sender = line.from.as_ref().filter(|_| is_sending);
        let Some(pid) = line.pid.as_ref().or(sender).or(to) else {
            return 0;
        };
        let label = texts.optional(line.label.as_deref());
        let is_function = line.label.as_deref().is_none_or(|label| label.contains(':'));
        if line.what == "spawned" {
            let parent = line.parent.as_deref().map_or(0, |parent| self.known(parent));
            return self.add(Process { pid: pid.clone(), node, label, is_function, parent });
        }
        match self.known(pid) {
            0 => self.add(Process { pid: pid.clone(), node, label, is_function, parent: 0 }),
            known => {
                // The name under which it is registered says more than where it began.
                let process = &mut self.list[known as usize - 1];
                if process.is_function && !is_function {
                    (process.label, process.is_function) = (label, false);
                }
                known
            }
        }
    }

    /// The place of the process that has this pid now, from 1; 0 if none has.
    pub(super) fn known(&self, pid: &str) -> u32 {
        self.known.get(pid).copied().unwrap_or_default()
    }

    fn add(&mut self, process: Process) -> u32 {
        let place = self.list.len() as u32 + 1;
        self.known.insert(process.pid.clone(), place);
        self.list.push(process);
        place
    }

    /// The owner of each process by its place in the list of owners: an application, [`KERNEL`] or
    /// [`PROGRAMS`]. A process belongs to what its parent belongs to, up to the master of an
    /// application or to the first process of a node.
    pub(super) fn owners(&self, applications: &[String], texts: &[&str]) -> (NameList, Vec<u8>) {
        let masters: BTreeMap<&str, &String> = (applications.iter())
            .map(|name| (application::master_label(Atom::new(name)).as_str(), name))
            .collect();
        let mut owners = NameList::default();
        let [kernel, programs] = [KERNEL, PROGRAMS].map(|name| owners.place(name) as u8);
        let mut all: Vec<u8> = Vec::with_capacity(self.list.len());
        for process in &self.list {
            let label = texts[process.label as usize];
            let above = (process.parent as usize).checked_sub(1).and_then(|at| all.get(at));
            let owner = match (masters.get(label), above) {
                (Some(name), _) => owners.place(name) as u8,
                (None, Some(above)) => *above,
                (None, None) if label == "init" => kernel,
                (None, None) => programs,
            };
            all.push(owner);
        }
        (owners, all)
    }
}
