//! The database's one instance: it orders the messages, and answers.

use std::time::Duration;

use rand::RngExt;

use super::protocol::{
    DatabaseReply, DatabaseRequest, LeaderNotice, LogEntry, Refusal, StoreReply,
};
use super::replication::{self, Leadership, ReplicationFailure};
use super::rooms::Rooms;
use super::{Mutation, Setup, consent};
use crate::engine::runtime::{Context, Exit, NodeMonitor, NodeTypes};
use crate::engine::term::{Atom, Pid, Ref, Term};
use crate::otp::application::StartType;
use crate::otp::gen_server::{
    self, Caller, GenServer, Init, Next, Options, Reply as Answering, StartResult,
};
use crate::otp::global;
use crate::scenario::services::chat::{ChatAnswer, ChatOperation};
use crate::scenario::services::transport;
use crate::{atom, map, tuple};

/// The time that a new instance waits for the old one to hand over.
const HAND_OVER_TIMEOUT: Duration = Duration::from_secs(5);

/// The number of times that an instance looks again for the owner of its name while there is none.
const CLAIMS: usize = 20;

/// The pause between two looks.
const CLAIM_PAUSE: Duration = Duration::from_millis(5);

/// The pause before an instance without a majority asks again; two instances draw apart.
const WAIT_MS: std::ops::RangeInclusive<u64> = 100..=300;

struct Leader {
    setup: Setup,
    leadership: Leadership,
    rooms: Rooms,
    /// It has handed over to a new instance, of which this is the monitor, and does nothing any
    /// more unless that one fails.
    retired: Option<Ref>,
    /// True if the stores have elected it. A leader that needs a majority waits for it.
    leads: bool,
}

/// Starts the instance of this node, which leads from then on.
pub(super) async fn start_link(ctx: &Context, setup: Setup, start_type: StartType) -> StartResult {
    let options = Options::new("database").local(setup.name);
    gen_server::start_link(
        ctx,
        options,
        move |ctx| async move { init(&ctx, setup, start_type).await },
    )
    .await
}

async fn init(ctx: &Context, setup: Setup, start_type: StartType) -> Result<Init<Leader>, Exit> {
    transport::serve::<DatabaseReply>(ctx, setup.transport, setup.name);
    ctx.monitor_nodes(NodeMonitor {
        node_type: Some(NodeTypes::All),
        reason: true,
        info: true,
        ..NodeMonitor::default()
    });
    match start_type {
        StartType::Takeover(old) => {
            ask_to_hand_over(ctx, &setup, old).await;
        }
        StartType::Normal | StartType::Failover(_) => {
            if let Err(holder) = claim_name(ctx, setup.name).await {
                return Ok(Init::Stop(tuple![atom!("already_started"), holder]));
            }
        }
    }
    let leadership = match replication::elect(ctx, &setup).await {
        Ok(leadership) => Some(leadership),
        Err(_) if setup.settings.is_consistent() => None,
        Err(setback) => return Ok(Init::Stop(setback.to_term())),
    };
    if let StartType::Takeover(_) = start_type {
        global::re_register_name(ctx, setup.name, ctx.pid()).await;
    }
    let mut leader = Leader {
        setup,
        leadership: Leadership::none(ctx),
        rooms: Rooms::default(),
        retired: None,
        leads: true,
    };
    match leadership {
        Some(leadership) => leader.lead(ctx, leadership),
        None => leader.wait_to_lead(ctx),
    }
    Ok(Init::Ok(leader))
}

/// Makes the old instance stop answering, so that nothing is done there that is not known here. If
/// it cannot be reached, its epoch has to keep it from harm.
async fn ask_to_hand_over(ctx: &Context, setup: &Setup, old: Atom) {
    let server = (setup.name, old);
    let timeout = Some(HAND_OVER_TIMEOUT);
    let handed_over: Result<DatabaseReply, Exit> =
        gen_server::call_within(ctx, server, DatabaseRequest::HandOver, timeout).await;
    if let Err(exit) = handed_over {
        let text = format!("takes over from {old}, which does not answer: {}", exit.reason());
        setup.report.line(ctx, setup.name, text);
    }
}

/// Registers the global name for this process. The name of an instance that has just died may be
/// taken for a moment longer.
async fn claim_name(ctx: &Context, name: Atom) -> Result<(), Pid> {
    let mut holder = ctx.pid();
    for _ in 0..CLAIMS {
        if global::register_name(ctx, name, ctx.pid()).await {
            return Ok(());
        }
        match global::whereis_name(ctx, &Term::from(name)) {
            Some(pid) if pid.node() != ctx.node() => return Err(pid),
            Some(pid) => holder = pid,
            None => {}
        }
        ctx.sleep(CLAIM_PAUSE).await;
    }
    Err(holder)
}

impl GenServer for Leader {
    type Call = DatabaseRequest;
    type Cast = LeaderNotice;
    type Reply = DatabaseReply;

    fn state(&self) -> Option<Term> {
        let Leadership { epoch, log } = &self.leadership;
        Some(map! {
            atom!("epoch") => epoch.0,
            atom!("leads") => self.leads,
            atom!("retired") => self.retired.is_some(),
            atom!("entries") => log.len() as u64,
        })
    }

    async fn handle_call(
        &mut self,
        ctx: &Context,
        client: Caller,
        request: DatabaseRequest,
    ) -> Result<Answering<DatabaseReply>, Exit> {
        match request {
            DatabaseRequest::HandOver => {
                if self.setup.settings.mutation != Mutation::TwoPrimaries {
                    self.retired = Some(ctx.monitor(client.pid));
                }
                self.setup.report.line(ctx, self.setup.name, "hands over");
                Ok(Answering::now(DatabaseReply::HandedOver))
            }
            DatabaseRequest::Do(operation) => {
                ctx.work(self.setup.settings.work).await;
                Ok(self.do_operation(ctx, operation).await)
            }
        }
    }

    async fn handle_cast(&mut self, ctx: &Context, notice: LeaderNotice) -> Result<Next, Exit> {
        match notice {
            LeaderNotice::StoreUp(node) | LeaderNotice::NotAppended(node, StoreReply::Behind) => {
                Ok(self.bring_up_to_date(ctx, node).await)
            }
            LeaderNotice::NotAppended(_, StoreReply::Fenced(_)) => Ok(self.lead_again(ctx).await),
            LeaderNotice::NotAppended(
                _,
                StoreReply::Follows(_)
                | StoreReply::Elected(..)
                | StoreReply::Appended
                | StoreReply::Full
                | StoreReply::Damaged,
            ) => Ok(Next::Wait),
        }
    }

    /// Hears of nodes that come and go, and of a new instance that does not come up.
    async fn handle_info(&mut self, ctx: &Context, message: Term) -> Result<Next, Exit> {
        if let Some([Term::Reference(monitor), ..]) = message.tagged("DOWN")
            && self.retired == Some(*monitor)
        {
            self.retired = None;
            return Ok(self.lead_again(ctx).await);
        }
        if message.is_atom("lead") && !self.leads {
            return Ok(self.lead_again(ctx).await);
        }
        match (message.tagged("nodeup"), message.tagged("nodedown")) {
            (Some([Term::Atom(node), ..]), _) if self.setup.nodes.contains(node) => {
                Ok(self.bring_up_to_date(ctx, *node).await)
            }
            (_, Some([Term::Atom(node), ..])) if self.setup.nodes.contains(node) => {
                let text = format!("goes on without {node}");
                self.setup.report.line(ctx, self.setup.name, text);
                Ok(Next::Wait)
            }
            _ => Ok(Next::Wait),
        }
    }
}

impl Leader {
    async fn do_operation(
        &mut self,
        ctx: &Context,
        operation: ChatOperation,
    ) -> Answering<DatabaseReply> {
        if self.retired.is_some() {
            return Answering::now(DatabaseReply::Error(Refusal::Moved));
        }
        if self.setup.settings.is_consistent() {
            return self.do_with_consent(ctx, operation).await;
        }
        match operation {
            ChatOperation::Read { room } => {
                Answering::now(DatabaseReply::Ok(ChatAnswer::Messages(self.rooms.read(&room))))
            }
            ChatOperation::Join { room, user } => {
                Answering::now(DatabaseReply::Ok(ChatAnswer::Joined(self.rooms.join(room, user))))
            }
            ChatOperation::Post { room, text, key } => self.post(ctx, room, text, key).await,
        }
    }

    async fn post(
        &mut self,
        ctx: &Context,
        room: String,
        text: String,
        key: Option<String>,
    ) -> Answering<DatabaseReply> {
        let knows_keys = self.setup.settings.mutation != Mutation::ForgetKeys;
        let known = key.as_deref().filter(|_| knows_keys);
        if let Some(sequence) = known.and_then(|key| self.rooms.posted(key)) {
            return Answering::now(DatabaseReply::Ok(ChatAnswer::Posted(sequence)));
        }
        let (epoch, sequence) = (self.leadership.epoch, self.rooms.next_sequence(&room));
        let entry = LogEntry { epoch, room, sequence, text, key };
        let stays = self.setup.settings.mutation == Mutation::TwoPrimaries;
        match replication::append(ctx, &self.setup, &self.leadership, &entry).await {
            Err(ReplicationFailure::Superseded(_)) if !stays => {
                let next = self.lead_again(ctx).await;
                Answering::now(DatabaseReply::Error(Refusal::Superseded)).then(next)
            }
            Ok(()) | Err(ReplicationFailure::Superseded(_)) => {
                self.rooms.apply(&entry);
                self.leadership.log.push(entry);
                Answering::now(DatabaseReply::Ok(ChatAnswer::Posted(sequence)))
            }
            Err(
                ReplicationFailure::NoStore
                | ReplicationFailure::NoMajority
                | ReplicationFailure::Damaged,
            ) => Answering::now(DatabaseReply::Error(Refusal::Unavailable)),
            Err(ReplicationFailure::DiskFull) => {
                Answering::now(DatabaseReply::Error(Refusal::DiskFull))
            }
        }
    }

    /// Does something, and answers when a majority of the stores has all that it has done so far: only
    /// then is what it answers there to stay. A post that has not got so far stays in the log, since a
    /// later leader may have it.
    async fn do_with_consent(
        &mut self,
        ctx: &Context,
        operation: ChatOperation,
    ) -> Answering<DatabaseReply> {
        if !self.leads {
            return Answering::now(DatabaseReply::Error(Refusal::NoMajority));
        }
        let (new, posted) = match &operation {
            ChatOperation::Post { room, text, key } => {
                let known = key.as_deref().and_then(|key| self.rooms.posted(key));
                let place = known.unwrap_or_else(|| self.note(room, text, key.clone()));
                (usize::from(known.is_none()), Some(place))
            }
            ChatOperation::Read { .. } | ChatOperation::Join { .. } => (0, None),
        };
        match consent::commit(ctx, &self.setup, &self.leadership, new).await {
            Ok(()) => Answering::now(DatabaseReply::Ok(match (operation, posted) {
                (ChatOperation::Post { .. }, place) => {
                    ChatAnswer::Posted(place.unwrap_or_default())
                }
                (ChatOperation::Read { room }, _) => ChatAnswer::Messages(self.rooms.read(&room)),
                (ChatOperation::Join { room, user }, _) => {
                    ChatAnswer::Joined(self.rooms.join(room, user))
                }
            })),
            Err(ReplicationFailure::Superseded(_)) => {
                let next = self.lead_again(ctx).await;
                Answering::now(DatabaseReply::Error(Refusal::Superseded)).then(next)
            }
            Err(_) if posted.is_none() => Answering::now(DatabaseReply::Error(Refusal::NoMajority)),
            Err(_) => Answering::now(DatabaseReply::Error(Refusal::Unavailable)),
        }
    }

    /// Puts a post at the end of the log: its place in the room.
    fn note(&mut self, room: &str, text: &str, key: Option<String>) -> u64 {
        let (epoch, sequence) = (self.leadership.epoch, self.rooms.next_sequence(room));
        let (room, text) = (room.to_owned(), text.to_owned());
        let entry = LogEntry { epoch, room, sequence, text, key };
        self.rooms.apply(&entry);
        self.leadership.log.push(entry);
        sequence
    }

    async fn bring_up_to_date(&mut self, ctx: &Context, node: Atom) -> Next {
        if self.retired.is_some() || !self.leads {
            return Next::Wait;
        }
        match replication::bring_up_to_date(ctx, &self.setup, &self.leadership, node).await {
            Err(ReplicationFailure::Superseded(_)) => self.lead_again(ctx).await,
            Ok(())
            | Err(
                ReplicationFailure::NoStore
                | ReplicationFailure::NoMajority
                | ReplicationFailure::DiskFull
                | ReplicationFailure::Damaged,
            ) => Next::Wait,
        }
    }

    /// There is, or was, another leader. Whoever has the global name goes on, with the log of the
    /// latest epoch; the others end.
    async fn lead_again(&mut self, ctx: &Context) -> Next {
        let stays = self.setup.settings.mutation == Mutation::TwoPrimaries;
        if stays || self.retired.is_some() {
            return Next::Wait;
        }
        let name = Term::from(self.setup.name);
        if global::whereis_name(ctx, &name) != Some(ctx.pid()) {
            self.setup.report.line(ctx, self.setup.name, "ends: another instance leads");
            return Next::Stop(Term::atom("superseded"));
        }
        match replication::elect(ctx, &self.setup).await {
            Ok(leadership) => {
                self.lead(ctx, leadership);
                Next::Wait
            }
            Err(_) if self.setup.settings.is_consistent() => {
                self.wait_to_lead(ctx);
                Next::Wait
            }
            Err(setback) => Next::Stop(setback.to_term()),
        }
    }

    fn lead(&mut self, ctx: &Context, leadership: Leadership) {
        self.rooms = Rooms::of(&leadership.log);
        self.leadership = leadership;
        self.leads = true;
        self.tell_that_it_leads(ctx);
    }

    /// Refuses what it is asked to do until a majority of the stores elects it.
    fn wait_to_lead(&mut self, ctx: &Context) {
        if std::mem::replace(&mut self.leads, false) {
            self.setup.report.line(ctx, self.setup.name, "waits for a majority of the stores");
        }
        let pause = ctx.with_rng(|rng| rng.random_range(WAIT_MS));
        ctx.send_after(Duration::from_millis(pause), ctx.pid(), atom!("lead"));
    }

    fn tell_that_it_leads(&self, ctx: &Context) {
        let Leadership { epoch, log } = &self.leadership;
        let text = format!("leads in epoch {} with {} messages", epoch.0, log.len());
        self.setup.report.line(ctx, self.setup.name, text);
    }
}

impl ReplicationFailure {
    fn to_term(self) -> Term {
        match self {
            ReplicationFailure::Superseded(epoch) => tuple![atom!("superseded"), epoch.0, epoch.1],
            ReplicationFailure::NoStore => Term::atom("no_store"),
            ReplicationFailure::NoMajority => Term::atom("no_majority"),
            ReplicationFailure::DiskFull => Term::atom("disk_full"),
            ReplicationFailure::Damaged => Term::atom("damaged"),
        }
    }
}
