//! The runtime system for OTP's kernel, on top of the simulated runtime.

use std::any::Any;
use std::rc::Rc;
use std::time::Duration;

use super::convert::{atom_of, name_of, pid_from, pid_of, ref_from, ref_of, to_term};
use super::label::label;
use super::member::{Member, alias_mode};
use super::{MachineOfNode, start_process};
use crate::beam::atom::AtomIndex;
use crate::beam::function::FunctionName;
use crate::beam::identity::{ProcessId, Reference};
use crate::beam::kernel::KernelState;
use crate::beam::machine::{
    ApplicationNews, Ending, Local, LogLevel, NodeWatch, PortOrder, PortRequest, ProcessRequest,
    Replies, ReportPart, RuntimeSystem, bequeath,
};
use crate::beam::value::Value;
use crate::engine::runtime::{
    Context, ExitResult, FileSystem, NetTicktime, NodeMonitor, OtherSignal, SpawnOptions,
    SpawnReplies, SpawnTags, TicktimeChange,
};
use crate::engine::term::{Atom, Pid, Term};
use crate::engine::trace::{ApplicationFact, Fact, Level, LogReport};
use crate::{atom, tuple};

fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

impl Member<'_> {
    fn kernel_state(&self) -> Rc<KernelState> {
        self.node.kernel().expect("only a node that has booted has a runtime system")
    }
}

fn level_of(severity: LogLevel) -> Level {
    match severity {
        LogLevel::Info => Level::Info,
        LogLevel::Warning => Level::Warning,
        LogLevel::Error => Level::Error,
    }
}

/// Closes a connection when the process that it belongs to has ended, and ends the process when the
/// connection is gone.
async fn watch_owner(ctx: Context, owner: Pid, node: Atom, number: u32) -> ExitResult {
    ctx.monitor(owner);
    ctx.monitor_node(node, true);
    loop {
        let message = ctx.receive().await;
        if let Some([_, _, _, reason]) = message.tagged("DOWN") {
            if ctx.connection_number(node) == Some(number) {
                ctx.disconnect_because(node, reason.clone());
            }
            return Ok(());
        }
        if message.tagged("nodedown").is_some() {
            ctx.exit_signal(owner, atom!("kill"));
            return Ok(());
        }
    }
}

impl RuntimeSystem for Member<'_> {
    fn kernel(&self) -> Rc<dyn Any> {
        self.kernel_state()
    }

    fn release(&self) -> u32 {
        self.kernel_state().release()
    }

    fn is_missing(&mut self, name: FunctionName) {
        self.kernel_state().is_missing(name);
    }

    fn set_port_linked(&mut self, number: u64, is_linked: bool) {
        self.link_port(number, is_linked);
    }

    fn monitor_port(
        &mut self,
        local: &Local<'_>,
        number: u64,
        reference: Reference,
        tag: Value,
    ) -> bool {
        self.watch_port(number, reference, to_term(local.heap, tag))
    }

    fn demonitor_port(&mut self, reference: Reference) -> bool {
        self.unwatch_port(reference)
    }

    fn log(&mut self, severity: LogLevel, text: &str) {
        self.ctx.log(level_of(severity), text);
    }

    fn log_report(&mut self, severity: LogLevel, report: LogReport, text: &str) {
        self.ctx.log_report(level_of(severity), report, text.to_owned());
    }

    fn report(&mut self, level: &str, format: &str, args: &[ReportPart]) {
        let args = args.iter().map(|part| match part {
            ReportPart::Process => Term::from(self.ctx.pid()),
            ReportPart::Number(number) => Term::from(*number),
            ReportPart::Truth(truth) => Term::from(*truth),
            ReportPart::Text(text) => super::text(text),
        });
        let args: Term = args.collect();
        self.node.tell_logger(self.ctx, level, format, args);
    }

    fn record(&mut self, local: &Local<'_>, application: AtomIndex, news: ApplicationNews) {
        let application = atom_of(application);
        self.ctx.record(match news {
            ApplicationNews::Started(start_type) => {
                let start_type = to_term(local.heap, start_type);
                Fact::Application(ApplicationFact::Started { application, start_type })
            }
            ApplicationNews::Stopped(reason) => {
                let reason = to_term(local.heap, reason);
                Fact::Application(ApplicationFact::Stopped { application, reason })
            }
        });
    }

    fn halt(&mut self, ending: Ending) {
        match ending {
            Ending::InOrder => self.ctx.stop_node(atom!("normal")),
            Ending::AtOnce => self.ctx.halt(),
        }
    }

    fn file_system(&mut self, act: &mut dyn FnMut(&mut FileSystem)) {
        self.ctx.with_file_system(act);
    }

    fn sync_time(&mut self) -> u64 {
        u64::try_from(self.ctx.sync_time().as_nanos()).unwrap_or(u64::MAX)
    }

    fn host(&self) -> AtomIndex {
        let name = self.ctx.node_config().name;
        let host = name.as_str().split_once('@').map_or("nohost", |(_, host)| host);
        AtomIndex::new(host)
    }

    fn is_alive(&self) -> bool {
        self.ctx.is_alive()
    }

    fn start_distribution(&mut self, name: AtomIndex) -> Result<(), String> {
        self.ctx.start_distribution(atom_of(name)).map_err(|error| error.to_string())
    }

    fn end_distribution(&mut self) {
        self.ctx.end_distribution();
    }

    fn connect(&mut self, node: AtomIndex, tell: ProcessId) {
        let (node, tell) = (atom_of(node), pid_of(tell));
        self.ctx.spawn("connect", move |ctx| async move {
            let connected = ctx.connect_node(node).await;
            ctx.send(tell, tuple![atom!("connected"), node, Term::from(connected)]);
            Ok(())
        });
    }

    fn disconnect(&mut self, node: AtomIndex) -> bool {
        self.ctx.disconnect_node(atom_of(node))
    }

    fn connection_owner(&mut self, node: AtomIndex) -> Option<ProcessId> {
        let number = self.connection_id(node)?;
        let kernel = self.kernel_state();
        let known = kernel.owners.borrow().get(&node).copied();
        if let Some((_, owner)) = known.filter(|(of, _)| *of == number) {
            return Some(owner);
        }
        let owner = self.ctx.spawn("connection", |ctx| async move {
            loop {
                ctx.receive().await;
            }
        });
        let peer = atom_of(node);
        self.ctx.spawn("connection", move |ctx| watch_owner(ctx, owner, peer, number));
        kernel.owners.borrow_mut().insert(node, (number, pid_from(owner)));
        Some(pid_from(owner))
    }

    fn watch_nodes(&mut self, watch: NodeWatch) {
        let NodeWatch { on, node_type, reason, connection_id, info, map } = watch;
        self.ctx.monitor_nodes(NodeMonitor { on, node_type, reason, connection_id, info, map });
    }

    fn node_watches(&self) -> Vec<(ProcessId, NodeWatch)> {
        let watch = |(pid, options)| {
            let NodeMonitor { on, node_type, reason, connection_id, info, map } = options;
            (pid_from(pid), NodeWatch { on, node_type, reason, connection_id, info, map })
        };
        self.ctx.node_monitors().into_iter().map(watch).collect()
    }

    fn connection_id(&self, node: AtomIndex) -> Option<u32> {
        self.ctx.connection_number(atom_of(node))
    }

    fn is_hidden(&self, node: AtomIndex) -> bool {
        self.ctx.is_hidden(atom_of(node))
    }

    fn publish_to(&mut self, nodes: Option<Vec<AtomIndex>>) {
        self.ctx.publish_to(nodes.map(|nodes| nodes.into_iter().map(atom_of).collect()));
    }

    fn names_on(&self, host: Option<AtomIndex>) -> Option<Vec<AtomIndex>> {
        let host = host.unwrap_or_else(|| self.host());
        let names = self.ctx.registered_on(host.as_str());
        (!names.is_empty()).then(|| names.into_iter().map(name_of).collect())
    }

    fn cookie(&self, node: Option<AtomIndex>) -> AtomIndex {
        name_of(self.ctx.get_cookie(node.map(atom_of)))
    }

    fn set_cookie(&mut self, node: Option<AtomIndex>, cookie: AtomIndex) {
        self.ctx.set_cookie(node.map(atom_of), atom_of(cookie));
    }

    fn ticktime(&self) -> (u64, bool) {
        match self.ctx.net_ticktime() {
            NetTicktime::Is(time) => (milliseconds(time), false),
            NetTicktime::OngoingChangeTo(time) => (milliseconds(time), true),
        }
    }

    fn set_ticktime(&mut self, time: u64, transition: u64) -> Result<bool, u64> {
        let [time, transition] = [time, transition].map(Duration::from_millis);
        match self.ctx.set_net_ticktime(time, transition) {
            TicktimeChange::Unchanged => Ok(false),
            TicktimeChange::Initiated => Ok(true),
            TicktimeChange::Ongoing(time) => Err(milliseconds(time)),
        }
    }

    fn request_spawn(&mut self, local: &mut Local<'_>, request: ProcessRequest) -> Reference {
        let ProcessRequest { node, function, args, spawning, settings, replies, reply_tag } =
            request;
        let monitor = spawning.monitor.unwrap_or_default();
        let down = monitor.tag.map_or_else(|| atom!("DOWN").into(), |tag| to_term(local.heap, tag));
        let tags = SpawnTags { reply: to_term(local.heap, reply_tag), down };
        let replies = match replies {
            Replies::Always => SpawnReplies::Always,
            Replies::OnSuccess => SpawnReplies::OnSuccess,
            Replies::OnError => SpawnReplies::OnError,
            Replies::Never => SpawnReplies::Never,
        };
        let label = label(local, function, args);
        let options = SpawnOptions {
            link: spawning.link,
            monitor: spawning.monitor.is_some(),
            alias: monitor.alias.map(alias_mode),
            ..SpawnOptions::new(&label)
        };
        let function = (atom_of(function.0), atom_of(function.1));
        let args = to_term(local.heap, args);
        let settings = settings.into_iter().map(|(name, value)| (name, to_term(local.heap, value)));
        let settings = settings.collect();
        let token = bequeath(local.heap, local.shared, local.process);
        let token = (!token.is_nil()).then(|| to_term(local.heap, token));
        let start = move |ctx| start_process(ctx, function, args, settings, token);
        let request = (replies, tags);
        ref_from(self.ctx.spawn_request_tagged(atom_of(node), options, request, start))
    }

    fn abandon_spawn(&mut self, request: Reference) -> bool {
        self.ctx.abandon_spawn_request(ref_of(request))
    }

    fn open_port(&mut self, request: PortRequest) -> Option<u64> {
        self.begin_port(request)
    }

    fn tell_port(&mut self, port: u64, order: PortOrder) -> bool {
        self.order_port(port, order)
    }

    fn program_number(&self) -> u32 {
        self.ctx.program_number()
    }

    fn has_program(&self, number: u32) -> bool {
        self.ctx.has_program(number)
    }

    fn signal_program(&mut self, number: u32, signal: OtherSignal) -> bool {
        self.ctx.signal_program(number, signal)
    }

    fn stop_for(&mut self, time: u64) {
        self.ctx.stop_for(Duration::from_millis(time));
    }

    fn cut(&mut self, from: &[AtomIndex], to: &[AtomIndex]) {
        let names = |names: &[AtomIndex]| names.iter().copied().map(atom_of).collect::<Vec<_>>();
        self.ctx.cut(&names(from), &names(to));
    }

    fn heal_cuts(&mut self) {
        self.ctx.heal_cuts();
    }
}

impl MachineOfNode {
    /// The state that the natives of OTP's kernel share, on a node that has booted.
    pub(super) fn kernel(&self) -> Option<Rc<KernelState>> {
        self.kernel.borrow().clone()
    }
}
