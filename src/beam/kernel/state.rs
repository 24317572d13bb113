//! The state that the natives of OTP's kernel share on a node, and processes that do nothing.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::applications::StartType;
use super::crash::Crashes;
use super::net_kernel::Caller;
use super::ports::PortState;
use super::{Effects, Result, Value, atom, kernel, own_module};
use crate::beam::atom::AtomIndex;
use crate::beam::function::FunctionName;
use crate::beam::identity::ProcessId;
use crate::beam::image::Image;
use crate::beam::library::{FileEntry, Library};
use crate::beam::machine::{NativeContext, Spawning};
use crate::beam::native::{Class, NativeNext, Raise};
use crate::otp::application::RestartType;

/// The state that the natives of OTP's kernel share on a node while it is up.
pub struct KernelState {
    /// The source of code and files.
    pub(in crate::beam) library: Arc<Library>,
    /// Erlang's code path.
    pub(super) path: RefCell<Vec<String>>,
    /// Modules that were given as bytes, until they are loaded.
    pub(super) prepared: RefCell<BTreeMap<AtomIndex, Arc<Image>>>,
    /// The digest of the module that is being loaded.
    pub(super) loading: Cell<Option<[u8; 16]>>,
    /// The bytes that the module comes from which is being loaded, if code has given them.
    pub(super) source: RefCell<Option<(AtomIndex, Vec<u8>)>>,
    /// The files of the modules that were loaded by the name of a file, or with one.
    pub(super) loaded_from: RefCell<BTreeMap<AtomIndex, String>>,
    /// The folder that names of files without one are seen from.
    pub(super) folder: RefCell<String>,
    /// The text printed to each device since the last end of a line.
    pub(super) unfinished: RefCell<BTreeMap<AtomIndex, String>>,
    /// The applications that are started when OTP's kernel is.
    pub(super) start: Vec<Start>,
    /// The time from the start of OTP's kernel until then.
    pub(super) start_delay: Duration,
    /// The environment of the node's operating-system process.
    pub(super) environment: RefCell<BTreeMap<String, String>>,
    /// The start types of the applications that are being started.
    pub(super) start_types: RefCell<BTreeMap<AtomIndex, StartType>>,
    /// The callers that wait for connections to nodes.
    pub(super) connecting: RefCell<Vec<(AtomIndex, Caller)>>,
    /// The processes that connections belong to, by the nodes, each with the number of the connection; only
    /// those that were asked for.
    pub(in crate::beam) owners: RefCell<BTreeMap<AtomIndex, (u32, ProcessId)>>,
    /// Natives that a simulated node has not got and that were called, in the order of the first calls.
    pub(super) missing: RefCell<Vec<FunctionName>>,
    /// The crashes that are being reported.
    pub(super) crashes: RefCell<Crashes>,
    /// `erlang:halt/0,1,2` has been called: the node ends.
    pub(in crate::beam) has_halted: Cell<bool>,
    /// May code ask `erts_debug` for the inside of the emulator?
    pub(super) shows_internals: Cell<bool>,
    /// The ports that are open, by their numbers.
    pub ports: RefCell<BTreeMap<u64, PortState>>,
    pub(super) last_port: Cell<u64>,
    /// The process of another node that stands for the other end of the standard input and output.
    pub parent: Option<ProcessId>,
    /// The level at which warnings are logged.
    pub warning_level: AtomIndex,
    /// The node has power over the other programs of the machines, and over their network.
    pub controls_machine: bool,
}

/// An application that a node starts when it has booted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Start {
    /// The application.
    pub application: String,
    /// The restart type, by which the node goes down or not when the application ends by itself.
    pub restart: RestartType,
}

/// The end of the code path at which folders are added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PathPlace {
    /// They are searched first.
    First,
    /// They are searched last.
    Last,
}

impl KernelState {
    /// The state of a node whose code and files are in a library, that starts applications so long
    /// after OTP's kernel, and that has this environment.
    #[must_use]
    pub fn new(
        library: Arc<Library>,
        (start, start_delay): (Vec<Start>, Duration),
        environment: BTreeMap<String, String>,
    ) -> KernelState {
        let folders = library.code_path().iter().map(|folder| folder.display().to_string());
        // The current folder comes first.
        let path = RefCell::new(std::iter::once(".".to_owned()).chain(folders).collect());
        KernelState {
            library,
            path,
            prepared: RefCell::default(),
            loading: Cell::default(),
            source: RefCell::default(),
            loaded_from: RefCell::default(),
            folder: RefCell::new("/".to_owned()),
            unfinished: RefCell::default(),
            start,
            start_delay,
            environment: RefCell::new(environment),
            start_types: RefCell::default(),
            connecting: RefCell::default(),
            owners: RefCell::default(),
            missing: RefCell::default(),
            crashes: RefCell::default(),
            has_halted: Cell::default(),
            shows_internals: Cell::default(),
            ports: RefCell::default(),
            last_port: Cell::default(),
            parent: None,
            warning_level: AtomIndex::new("warning"),
            controls_machine: false,
        }
    }

    /// Gives a module an image that is to be loaded now. `false` when that was tried before: the function
    /// that runs when it is loaded has failed.
    pub(super) fn prepare(&self, module: AtomIndex, image: Arc<Image>) -> bool {
        let digest = Some(image.info.md5);
        let is_new = self.loading.take() != digest;
        if is_new {
            self.loading.set(digest);
            self.prepared.borrow_mut().insert(module, image);
        }
        is_new
    }

    /// The release of OTP.
    #[must_use]
    pub fn release(&self) -> u32 {
        self.library.release()
    }

    /// The same with a pipe to the program that has started this one.
    #[must_use]
    pub fn with_parent(self, parent: Option<ProcessId>) -> KernelState {
        KernelState { parent, ..self }
    }

    /// The same with power over the machines, or without.
    #[must_use]
    pub fn with_control(self, controls_machine: bool) -> KernelState {
        KernelState { controls_machine, ..self }
    }

    /// The same with another level at which warnings are logged.
    #[must_use]
    pub fn with_warnings_as(self, level: &str) -> KernelState {
        KernelState { warning_level: AtomIndex::new(level), ..self }
    }

    /// The same with another current folder.
    #[must_use]
    pub fn with_folder(self, folder: &str) -> KernelState {
        KernelState { folder: RefCell::new(folder.to_owned()), ..self }
    }

    /// The current folder.
    #[must_use]
    pub fn folder(&self) -> String {
        self.folder.borrow().clone()
    }

    /// The environment as it is now.
    #[must_use]
    pub fn environment(&self) -> BTreeMap<String, String> {
        self.environment.borrow().clone()
    }

    /// The number of another port.
    pub fn next_port(&self) -> u64 {
        self.last_port.set(self.last_port.get() + 1);
        self.last_port.get()
    }

    /// The code of a module: the one that was given as bytes, or that of the library.
    #[must_use]
    pub fn image(&self, module: AtomIndex) -> Option<Arc<Image>> {
        let prepared = self.prepared.borrow_mut().remove(&module);
        if prepared.is_none() {
            self.loaded_from.borrow_mut().remove(&module);
        }
        prepared.or_else(|| self.image_on_path(module)).or_else(|| self.library.image(module))
    }

    /// The code of a module in one of the folders that code has added to the path.
    fn image_on_path(&self, module: AtomIndex) -> Option<Arc<Image>> {
        let path = self.path.borrow();
        // The current folder is one more, and is on the disk.
        if path.len() == self.library.code_path().len() + 1 {
            return None;
        }
        let known = self.library.code_path();
        let added = path.iter().map(Path::new).filter(|folder| folder.is_absolute());
        let mut added = added.filter(|folder| !known.iter().any(|known| known == folder));
        added.find_map(|folder| self.library.image_in(folder, module))
    }

    /// Searches folders before all others, or after them, as `-pa` and `-pz` say. Those that are neither in
    /// the library nor on the disk are left out.
    pub fn add_folders(&self, folders: &[String], place: PathPlace, disk: impl Fn(&str) -> bool) {
        let entry = |folder: &String| self.library.entry(&Path::new("/").join(folder));
        let exists =
            |folder: &&String| matches!(entry(folder), Ok(FileEntry::Folder(_))) || disk(folder);
        let folders: Vec<String> = folders.iter().filter(exists).cloned().collect();
        let mut path = self.path.borrow_mut();
        path.retain(|known| !folders.contains(known));
        match place {
            PathPlace::First => drop(path.splice(0..0, folders)),
            PathPlace::Last => path.extend(folders),
        }
    }

    /// Keeps in mind that a native was called that a simulated node has not got.
    pub(in crate::beam) fn is_missing(&self, name: FunctionName) {
        let mut missing = self.missing.borrow_mut();
        if !missing.contains(&name) {
            missing.push(name);
        }
    }
}

pub(super) const NODEDOWN: Effects = &[("idle", 0, idle), ("missing_natives", 0, missing_natives)];

/// The natives that were called since the last time and that a simulated node has not got.
fn missing_natives(ctx: &mut NativeContext<'_>, _: &[Value]) -> Result {
    let names = kernel(ctx)?.missing.take();
    let heap = &mut *ctx.local.heap;
    let names: Vec<Value> = names
        .into_iter()
        .map(|name| {
            let (module, function, arity) = name.parts();
            heap.tuple(&[module.into(), function.into(), Value::small(arity.into())])
        })
        .collect();
    Ok(NativeNext::Return(heap.list(&names)))
}

/// A process that only is there, until it is sent what a process that traps exits is sent.
fn idle(ctx: &mut NativeContext<'_>, _: &[Value]) -> Result {
    for message in ctx.local.process.take_messages() {
        if let Some(&[tag, _, reason]) = ctx.local.heap.as_tuple(message)
            && tag == Value::atom(atom::UPPER_EXIT)
        {
            return Err(Raise::new(Class::Exit, reason));
        }
    }
    Ok(NativeNext::Hibernate {
        module: own_module(),
        function: AtomIndex::new("idle"),
        args: Vec::new(),
    })
}

/// Starts a process of the module `nodedown` under a name.
pub(super) fn start_process(
    ctx: &mut NativeContext<'_>,
    function: &str,
    args: &[Value],
    name: &str,
    spawning: Spawning,
) -> std::result::Result<Value, Raise> {
    let args = ctx.local.heap.list(args);
    let function = (own_module(), AtomIndex::new(function));
    let (pid, _) = ctx.node.spawn(&mut ctx.local, function, args, spawning);
    ctx.node.register(AtomIndex::new(name), pid)?;
    Ok(ctx.local.heap.pid(pid))
}
