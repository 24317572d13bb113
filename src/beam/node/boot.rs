//! A node that boots OTP: from `init` and a boot file on, by OTP's own code.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use super::call::CompiledFunctions;
use super::convert::pid_from;
use super::{Body, Execution, MachineOfNode, settings};
use crate::beam::kernel::{KernelState, PathPlace, Start, forker};
use crate::beam::library::{FileEntry, Library};
use crate::engine::runtime::{self, Context, ExitResult, FileSystem, LastLink, Named, NodeConfig};
use crate::engine::term::{Atom, Pid, Term};
use crate::engine::trace::Level;
use crate::otp::application::RestartType;
use crate::otp::{Reconnect, functions, reconnect};

/// The boot of a node: its code, its arguments and its applications.
///
/// ```no_run
/// use std::rc::Rc;
/// use std::sync::Arc;
/// use nodedown::beam::Library;
/// use nodedown::beam::index::Otp;
/// use nodedown::beam::node::Boot;
/// use nodedown::runtime::{NodeConfig, World, WorldConfig};
///
/// let otp = Otp::find(None)?;
/// let library = Arc::new(Library::new(&otp, &["_build/default/lib/bank/ebin".into()])?);
/// let world = World::new(WorldConfig::default());
/// let node = world.add_node(NodeConfig::new("a@x", world.add_host("x")));
/// let boot = Boot::new(library).with_start("bank");
/// world.set_boot(node, Rc::new(boot).program());
/// world.start_node(node);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Boot {
    /// The source of code and files.
    pub library: Arc<Library>,
    /// The boot file without its ending; `bin/start_clean` of the installation without one.
    pub boot_file: Option<PathBuf>,
    /// More arguments of `erl`: flags as in `vm.args`, each word by itself.
    pub args: Vec<String>,
    /// The environment of the node's operating-system process, before the `-env` of the arguments.
    pub env: BTreeMap<String, String>,
    /// Files of configuration, in their order: names of files of the library.
    pub config: Vec<PathBuf>,
    /// The applications that are started when the boot file has been run.
    pub start: Vec<Start>,
    /// The time from then until they are started.
    pub start_delay: Duration,
    /// The way in which the node keeps its connections up, if it does.
    pub reconnect: Option<Reconnect>,
    /// The way in which the node runs code.
    pub execution: Execution,
    /// The folder that names of files are seen from at first.
    pub folder: String,
    /// Its code may stop and kill the other nodes of the world, and cut their network, by the module
    /// `nodedown`.
    pub controls_machine: bool,
}

impl Boot {
    /// A node that starts kernel and stdlib, and nothing else.
    #[must_use]
    pub fn new(library: Arc<Library>) -> Boot {
        Boot {
            library,
            boot_file: None,
            args: Vec::new(),
            env: BTreeMap::new(),
            config: Vec::new(),
            start: Vec::new(),
            start_delay: Duration::ZERO,
            reconnect: None,
            execution: Execution::default(),
            folder: "/".to_owned(),
            controls_machine: false,
        }
    }

    /// The same with an application that is started, as a permanent one.
    #[must_use]
    pub fn with_start(mut self, application: &str) -> Boot {
        let restart = RestartType::Permanent;
        self.start.push(Start { application: application.to_owned(), restart });
        self
    }

    /// The same, run in another way.
    #[must_use]
    pub fn with_execution(self, execution: Execution) -> Boot {
        Boot { execution, ..self }
    }

    /// The same with more arguments of `erl`.
    #[must_use]
    pub fn with_args<'a>(mut self, args: impl IntoIterator<Item = &'a str>) -> Boot {
        self.args.extend(args.into_iter().map(str::to_owned));
        self
    }

    /// The same with a file of configuration of the library.
    #[must_use]
    pub fn with_config(mut self, file: impl Into<PathBuf>) -> Boot {
        self.config.push(file.into());
        self
    }

    /// Makes the settings of a node those that the arguments and the files of configuration say:
    /// the cookie, the kernel's times, and what else the network of the simulation does. Returns what
    /// is wrong with them, and what contradicts the node.
    pub fn configure(&self, config: &mut NodeConfig) -> Vec<String> {
        let mut problems = Vec::new();
        let mut terms = Vec::new();
        for file in &self.config {
            match self.read_config(file) {
                Ok(term) => terms.push(term),
                Err(problem) => problems.push(format!("{}: {problem}", file.display())),
            }
        }
        problems.extend(settings::apply(&self.args, &terms, config));
        problems
    }

    /// The arguments that a simulated node makes nothing of, each with the reason, for people.
    #[must_use]
    pub fn without_effect(&self) -> Vec<String> {
        settings::without_effect(&self.args)
    }

    /// The term of a file of configuration.
    fn read_config(&self, file: &Path) -> Result<Term, String> {
        let Ok(FileEntry::File(bytes)) = self.library.entry(file) else {
            return Err("there is no such file".to_owned());
        };
        settings::read_term(&String::from_utf8_lossy(&bytes))
    }

    /// The program of the process `init` of a node, for
    /// [`World::set_boot`](crate::engine::runtime::World::set_boot).
    #[must_use]
    pub fn program(self: Rc<Self>) -> runtime::BootFunction {
        self.program_of(None)
    }

    /// The same, started by another node: one of its processes stands for the other end of the standard
    /// input and output.
    pub(super) fn program_of(self: Rc<Self>, parent: Option<Pid>) -> runtime::BootFunction {
        Rc::new(move |ctx| {
            let boot = Rc::clone(&self);
            Box::pin(async move { boot.run_for(ctx, parent).await })
        })
    }

    /// Boots the node of `ctx`, whose process becomes `init`.
    ///
    /// # Errors
    /// Whatever ends `init`.
    pub async fn run(&self, ctx: Context) -> ExitResult {
        self.run_for(ctx, None).await
    }

    async fn run_for(&self, ctx: Context, parent: Option<Pid>) -> ExitResult {
        let node = ctx.node_local::<MachineOfNode>();
        let (library, start) = (Arc::clone(&self.library), self.start.clone());
        let environment = settings::environment(&self.env, &self.args);
        let kernel = KernelState::new(library, (start, self.start_delay), environment);
        let kernel = kernel.with_parent(parent.map(pid_from)).with_control(self.controls_machine);
        let kernel = kernel.with_warnings_as(settings::warning_level(&self.args));
        let kernel = kernel.with_folder(&self.folder);
        let kernel = Rc::new(kernel);
        kernel.ports.borrow_mut().insert(0, forker(pid_from(ctx.pid())));
        let on_disk = |folder: &str| {
            let find = |files: &mut FileSystem| files.find(folder, LastLink::Followed);
            matches!(ctx.with_file_system(find), Ok(Named::Folder))
        };
        for (flag, values) in settings::flags(&self.args) {
            match flag {
                "-pa" => kernel.add_folders(values, PathPlace::First, on_disk),
                "-pz" => kernel.add_folders(values, PathPlace::Last, on_disk),
                "-setcookie" => {
                    // The cookie towards one node; that towards all others is a setting of the node.
                    if let [node, cookie] = values {
                        ctx.set_cookie(Some(Atom::new(node)), Atom::new(cookie));
                    }
                }
                _ => {}
            }
        }
        node.execution.set(self.execution);
        functions::set_code_of_node(&ctx, Rc::new(CompiledFunctions));
        *node.kernel.borrow_mut() = Some(Rc::clone(&kernel));
        let images = Rc::clone(&kernel);
        node.prepare(self.library.natives(), &(Rc::new(move |module| images.image(module)) as _));
        if let Some(machine) = node.machine.borrow_mut().as_mut() {
            settings::set_defaults(&self.args, machine);
        }
        let args = self.arguments(&ctx.node_config());
        let args: Term = args.iter().map(|arg| Term::binary(arg.as_bytes())).collect();
        if let Some(reconnect) = self.reconnect.clone() {
            reconnect::start(&ctx, reconnect);
        }
        let place = node.add(&ctx, (Atom::new("init"), Atom::new("boot")), &[args]);
        let body = Body::new(&ctx, node, Rc::new(Cell::new(Some(place))));
        let result = body.run(ctx.clone()).await;
        if let Err(exit) = &result
            && !kernel.has_halted.get()
        {
            ctx.log(
                Level::Error,
                format!("init has ended, and the node with it: {}", exit.reason()),
            );
            ctx.halt();
        }
        result
    }

    /// The arguments that the emulator hands to `init`.
    fn arguments(&self, config: &NodeConfig) -> Vec<String> {
        let root = self.library.root().display().to_string();
        let boot_file = self.boot_file.as_ref().map(|path| path.display().to_string());
        let boot_file = boot_file.unwrap_or_else(|| format!("{root}/bin/start_clean"));
        let mut args = words(&["-root", &root, "-bindir", &format!("{root}/bin")]);
        let environment = settings::environment(&self.env, &self.args);
        let home = environment.get("HOME").map_or("/", String::as_str);
        args.extend(words(&["-progname", "erl", "-home", home, "-boot", &boot_file]));
        args.extend(words(&["-noshell", "-noinput"]));
        if config.alive {
            let domain = if config.name.as_str().contains('.') { "-name" } else { "-sname" };
            args.extend(words(&[domain, config.name.as_str()]));
        }
        if settings::is_unnamed(&self.args) {
            args.extend(words(&["-sname", "undefined"]));
        }
        args.extend(words(&["-setcookie", config.cookie.as_str()]));
        if config.hidden {
            args.extend(words(&["-hidden"]));
        }
        if !config.connect_all {
            args.extend(words(&["-connect_all", "false"]));
        }
        if !config.prevent_overlapping_partitions {
            args.extend(words(&["-kernel", "prevent_overlapping_partitions", "false"]));
        }
        for file in &self.config {
            args.extend(words(&["-config", &file.display().to_string()]));
        }
        for (flag, values) in settings::flags(&self.args) {
            // The node has these already, and the emulator keeps its own.
            if !flag.starts_with('+')
                && !matches!(
                    flag,
                    "-name" | "-sname" | "-setcookie" | "-hidden" | "-connect_all" | "-boot"
                )
            {
                args.push(flag.to_owned());
                args.extend_from_slice(values);
            }
        }
        if !self.start.is_empty() {
            args.extend(words(&["-s", "nodedown"]));
        }
        args
    }
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}
