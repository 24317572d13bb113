//! The life of a node, from its boot to its stop.
//!
//! ```
//! use std::rc::Rc;
//!
//! use nodedown::otp::application::{ApplicationSpec, RestartType, StartType};
//! use nodedown::otp::kernel::{self, BootApplication, BootConfig, BootMode};
//! use nodedown::otp::supervisor::{self, Flags};
//! use nodedown::runtime::{Context, NodeConfig, World, WorldConfig};
//! use nodedown::time::Time;
//!
//! async fn start(ctx: Context, _: StartType) -> supervisor::StartResult {
//!     supervisor::start_link(&ctx, None, Flags::default(), vec![]).await
//! }
//!
//! let log = BootApplication {
//!     spec: ApplicationSpec::new("log", start),
//!     mode: BootMode::Start(RestartType::Permanent),
//! };
//! let config = BootConfig { applications: vec![log], ..BootConfig::default() };
//!
//! let mut world = World::new(WorldConfig::default());
//! let host = world.add_host("rack");
//! let node = world.add_node(NodeConfig::new("a@rack", host));
//! world.set_boot(node, kernel::boot(Rc::new(config)));
//! world.start_node(node);
//! world.run_until(Time::from_nanos(1_000_000_000));
//! assert!(format!("{:?}", world.trace().records()).contains("Application(Started"));
//! ```

use std::rc::Rc;
use std::time::Duration;

use super::application::{self, ApplicationSpec, Controller, RestartType};
pub use super::distributed::Distributed;
use super::gen_server::{self, Init, Options};
use super::reconnect::{self, Reconnect};
use super::supervisor::{self, ChildSpec, Flags, StartResult, Strategy};
use super::{distributed, global, proc_lib};
use crate::engine::network::NodeId;
use crate::engine::runtime::{
    BootFunction, Context, Exit, ExitResult, NodeConfig, NodeMonitor, World,
};
use crate::engine::term::{Atom, Pid, Term};
use crate::engine::trace::Level;
use crate::{atom, tuple};

/// The time that a node that stops in order keeps its connections when its applications have stopped
/// (E14).
const STOP_DELAY: Duration = Duration::from_secs(1);

/// The time that a node that breaks down goes on, for the last messages of its processes (F24).
const HALT_DELAY: Duration = Duration::from_millis(500);

/// The boot of a node.
#[derive(Clone, Debug, Default)]
pub struct BootConfig {
    /// The applications that the node knows. They are loaded and started in this order, each after
    /// those that it depends on.
    pub applications: Vec<BootApplication>,
    /// The distributed ones among them: the kernel parameter `distributed`.
    pub distributed: Vec<Distributed>,
    /// The permissions of applications on this node; those that are not named may run. The kernel parameter
    /// `permissions`.
    pub permissions: Vec<(Atom, bool)>,
    /// The way to keep its connections up; without one, connections are up to whoever sends something.
    pub reconnect: Option<Reconnect>,
    /// The time until the node starts its applications, when it has met the nodes that it
    /// waits for.
    pub start_delay: Duration,
    /// The time that the start of these applications takes on top of that. Those that are started after
    /// them have to wait, as the applications of a node are started one by one.
    pub start_delays: Vec<(Atom, Duration)>,
}

impl BootConfig {
    fn start_delay_of(&self, application: Atom) -> Duration {
        let own = self.start_delays.iter().find(|(name, _)| *name == application);
        own.map_or(Duration::ZERO, |(_, delay)| *delay)
    }
}

/// An application that a node knows.
#[derive(Clone, Debug)]
pub struct BootApplication {
    /// The application.
    pub spec: ApplicationSpec,
    /// Its part in the boot of the node.
    pub mode: BootMode,
}

/// The part of an application in the boot of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BootMode {
    /// Nothing; it can be loaded and started later.
    Known,
    /// Loads it.
    Load,
    /// Starts it.
    Start(RestartType),
}

/// The program of the process `init` of a node, for
/// [`World::set_boot`](crate::engine::runtime::World::set_boot).
#[must_use]
pub fn boot(config: Rc<BootConfig>) -> BootFunction {
    Rc::new(move |ctx| Box::pin(init(ctx, Rc::clone(&config))))
}

/// Adds nodes with Erlang's default settings to a world and starts them, each on a host named by
/// what stands behind the `@` of its name. A host that the world has not got is added.
///
/// ```
/// use nodedown::otp::kernel;
/// use nodedown::runtime::{World, WorldConfig};
///
/// let world = World::new(WorldConfig::default());
/// let [a, b] = kernel::start_nodes(&world, ["a@rack-1", "b@rack-2"]);
/// assert!(world.is_up(a) && world.is_up(b));
/// ```
///
/// # Panics
/// If a name has no `@`, or is taken.
pub fn start_nodes<const N: usize>(world: &World, names: [&str; N]) -> [NodeId; N] {
    names.map(|name| {
        let (_, host) = name.split_once('@').expect("a node's name, as in a@rack");
        let host = world.host_id(Atom::new(host)).unwrap_or_else(|| world.add_host(host));
        let node = world.add_node(NodeConfig::new(name, host));
        world.set_boot(node, boot(Rc::default()));
        world.start_node(node);
        node
    })
}

/// `init:stop()`: stops the node that this process runs on, in order (E14).
pub fn stop(ctx: &Context) {
    ctx.send((atom!("init"), ctx.node()), tuple![atom!("stop"), atom!("stop")]);
}

async fn init(ctx: Context, config: Rc<BootConfig>) -> ExitResult {
    ctx.register(atom!("init"), ctx.pid())?;
    ctx.trap_exit(true);
    let controller = start_controller(&ctx, &config).await?;
    start_kernel(&ctx, controller, &config).await?;
    let connector = config.reconnect.clone().map(|settings| reconnect::start(&ctx, settings));
    let booter = ctx.spawn_link("boot", move |ctx| bring_up(ctx, config));
    loop {
        let message = ctx.receive().await;
        if message.tagged("stop").is_some() {
            return stop_in_order(&ctx, controller, [Some(booter), connector]).await;
        }
        match message.tagged("EXIT") {
            Some([Term::Pid(pid), reason]) if *pid == controller => {
                let text = format!("Kernel pid terminated (application_controller) ({reason})");
                return break_down(&ctx, text).await; // E10
            }
            Some([Term::Pid(pid), reason]) if *pid == booter && !reason.is_atom("normal") => {
                let text = format!("Runtime terminating during boot ({reason})");
                return break_down(&ctx, text).await; // F2
            }
            _ => {}
        }
    }
}

async fn start_controller(ctx: &Context, config: &BootConfig) -> Result<Pid, Exit> {
    let known: Vec<_> = config.applications.iter().map(|found| found.spec.clone()).collect();
    let options = Options::new("application_controller").local("application_controller");
    let permissions = config.permissions.clone();
    let started = gen_server::start_link(ctx, options, move |ctx| async move {
        ctx.trap_exit(true);
        Ok(Init::Ok(Controller::new(known, &permissions)))
    });
    expect_pid(started.await)
}

/// Starts the processes of the application `kernel`, whose end is the node's (F12).
async fn start_kernel(ctx: &Context, controller: Pid, config: &BootConfig) -> ExitResult {
    let (distributed, permissions) = (config.distributed.clone(), config.permissions.clone());
    let names = ChildSpec::worker("global_name_server", |ctx| async move {
        let server = global::start(&ctx);
        ctx.link(server).map_err(|exit| exit.reason().clone())?;
        Ok(Some(server))
    });
    let names = names.shutdown(supervisor::Shutdown::BrutalKill);
    let dist_ac = ChildSpec::worker("dist_ac", move |ctx| {
        let (distributed, permissions) = (distributed.clone(), permissions.clone());
        async move { distributed::start_link(&ctx, distributed, permissions).await }
    });
    let flags = Flags { strategy: Strategy::OneForAll, intensity: 0, ..Flags::default() };
    let top = supervisor::start_link(ctx, None, flags, vec![names, dist_ac]).await;
    let top = expect_pid(top)?;
    ctx.send(controller, tuple![atom!("kernel_started"), top]);
    Ok(())
}

fn expect_pid(result: StartResult) -> Result<Pid, Exit> {
    result.map_err(Exit::exit)?.ok_or_else(|| Exit::exit(atom!("ignore")))
}

/// Waits for other nodes and starts the applications.
async fn bring_up(ctx: Context, config: Rc<BootConfig>) -> ExitResult {
    // As in a release's boot script: nobody decides on them yet, so that no other node is told (F11).
    // The nodes that a node waits for are told nothing new by a load, so that it can be later.
    let waits = !ctx.node_config().sync_nodes_timeout.is_zero();
    let names = config.distributed.iter().map(|found| found.application);
    for application in names.filter(|_| !waits) {
        let starts = |found: &BootApplication| {
            found.spec.name == application && matches!(found.mode, BootMode::Start(_))
        };
        if config.applications.iter().any(starts) {
            let _ = application::load(&ctx, application).await;
        }
    }
    wait_for_nodes(&ctx).await?;
    distributed::go(&ctx).await;
    delay(&ctx, config.start_delay).await;
    for BootApplication { spec, mode } in in_start_order(&config.applications) {
        let result = match mode {
            BootMode::Known => Ok(()),
            BootMode::Load => application::load(&ctx, spec.name).await,
            BootMode::Start(restart) => {
                delay(&ctx, config.start_delay_of(spec.name)).await;
                application::start(&ctx, spec.name, *restart).await
            }
        };
        let Err(reason) = result else { continue };
        let text = format!("could not start application {}: {reason}", spec.name);
        ctx.log(Level::Error, text);
        if *mode == BootMode::Start(RestartType::Permanent) {
            let failure = atom!("application_start_failure");
            return proc_lib::ending(tuple![failure, spec.name, reason]);
        }
    }
    Ok(())
}

/// Takes its time. No delay takes no turn.
async fn delay(ctx: &Context, delay: Duration) {
    if !delay.is_zero() {
        ctx.sleep(delay).await;
    }
}

/// Waits until the nodes of the kernel parameters `sync_nodes_mandatory` and
/// `sync_nodes_optional` are there. A silent one holds the boot up for the whole set-up time of a
/// connection (F1 to F3).
async fn wait_for_nodes(ctx: &Context) -> ExitResult {
    let config = ctx.node_config();
    if config.sync_nodes_timeout.is_zero() {
        return Ok(());
    }
    let mut mandatory = config.sync_nodes_mandatory.clone();
    let mut optional = config.sync_nodes_optional.clone();
    let deadline = ctx.now() + config.sync_nodes_timeout;
    let subscription = NodeMonitor { on: true, ..NodeMonitor::default() };
    ctx.monitor_nodes(subscription);
    for node in [mandatory.clone(), optional.clone()].concat() {
        if ctx.ping(node).await {
            forget(&mut mandatory, &mut optional, node);
        }
    }
    while !(mandatory.is_empty() && optional.is_empty()) {
        let up = ctx.receive_where(|message| message.tagged("nodeup").is_some());
        match up.within(deadline.since(ctx.now())).await {
            Some(up) => {
                let node = up.tagged("nodeup").and_then(|up| up.first()?.as_atom());
                if let Some(node) = node {
                    forget(&mut mandatory, &mut optional, node);
                }
            }
            None if mandatory.is_empty() => break,
            None => {
                let missing: Term = mandatory.into_iter().map(Term::from).collect();
                return proc_lib::ending(tuple![atom!("mandatory_nodes_down"), missing]); // F2
            }
        }
    }
    ctx.monitor_nodes(NodeMonitor { on: false, ..subscription });
    Ok(())
}

fn forget(mandatory: &mut Vec<Atom>, optional: &mut Vec<Atom>, node: Atom) {
    for nodes in [mandatory, optional] {
        nodes.retain(|wanted| *wanted != node);
    }
}

/// The applications, each after those that it depends on. What depends on itself comes last.
fn in_start_order(applications: &[BootApplication]) -> Vec<&BootApplication> {
    let mut waiting: Vec<&BootApplication> = applications.iter().collect();
    let mut ordered = Vec::new();
    while !waiting.is_empty() {
        let names: Vec<Atom> = waiting.iter().map(|found| found.spec.name).collect();
        let is_free = |found: &&BootApplication| {
            !found.spec.depends_on.iter().any(|dependency| names.contains(dependency))
        };
        let next = waiting.iter().position(is_free).unwrap_or(0);
        ordered.push(waiting.remove(next));
    }
    ordered
}

/// The node cannot go on.
async fn break_down(ctx: &Context, text: String) -> ExitResult {
    ctx.log(Level::Error, text);
    ctx.sleep(HALT_DELAY).await;
    ctx.halt();
    Ok(())
}

/// `init:stop()`: the applications stop, the latest first; then what was sent arrives, and the
/// connections close (E14).
async fn stop_in_order(ctx: &Context, controller: Pid, helpers: [Option<Pid>; 2]) -> ExitResult {
    for helper in helpers.into_iter().flatten() {
        ctx.unlink(helper);
        ctx.exit_signal(helper, atom!("kill"));
    }
    global::prepare_shutdown(ctx).await;
    ctx.exit_signal(controller, atom!("shutdown"));
    ctx.receive_where(move |message| proc_lib::is_exit(message, controller)).await;
    ctx.sleep(STOP_DELAY).await;
    ctx.stop_node(atom!("normal"));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn application(name: &str, depends_on: &[&str]) -> BootApplication {
        let spec = ApplicationSpec::new(name, |_, _| async { StartResult::Ok(None) });
        BootApplication { spec: spec.depends_on(depends_on.iter().copied()), mode: BootMode::Known }
    }

    #[test]
    fn an_application_starts_after_what_it_depends_on() {
        let check = |applications: &[BootApplication], expected: &[&str]| {
            let names: Vec<&str> =
                in_start_order(applications).iter().map(|found| found.spec.name.as_str()).collect();
            assert_eq!(names, expected);
        };
        let [http, log] = [application("http", &["db", "log"]), application("log", &[])];
        check(&[http.clone(), application("db", &["log"]), log.clone()], &["log", "db", "http"]);
        check(&[log.clone(), application("db", &[])], &["log", "db"]);
        check(&[http, log], &["log", "http"]);
        check(&[application("a", &["b"]), application("b", &["a"])], &["a", "b"]);
    }
}
