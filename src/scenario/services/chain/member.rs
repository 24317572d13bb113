//! A member of the chain.

use std::collections::BTreeMap;
use std::time::Duration;

use super::protocol::{Alive, Configuration, MemberMessage, Update};
use super::{ChainMutation, MemberSettings};
use crate::atom;
use crate::engine::runtime::{Context, Exit};
use crate::engine::term::{Pid, Term};
use crate::engine::time::nanos;
use crate::otp::gen_server::{self, Caller, GenServer, Init, Next, Options, Reply, StartResult};
use crate::scenario::services::kv::{
    Cells, Change, KeyValueAnswer, KeyValueFailure, KeyValueReply, KeyValueRequest,
};
use crate::scenario::services::registry::DirectoryEntry;
use crate::scenario::services::{replicated, transport};

type Setup = replicated::Setup<MemberSettings>;

struct Member {
    setup: Setup,
    /// The application of the master.
    master: Option<DirectoryEntry>,
    /// The chain as far as it knows; it is in none while this one does not have it.
    configuration: Configuration,
    /// It has the state that its place needs.
    is_complete: bool,
    /// It may serve until then, by its own clock.
    lease_until: Duration,
    cells: Cells,
    /// The number of the last write that it has done.
    sequence: u64,
    /// The writes that it has passed on, and that may not have reached the tail.
    sent: BTreeMap<u64, Update>,
}

/// Starts the member of this node. It has nothing: the master lets it in at the end of the chain.
pub(super) async fn start_link(
    ctx: &Context,
    setup: Setup,
    master: Option<DirectoryEntry>,
) -> StartResult {
    let options = Options::new("chain").local(setup.name);
    gen_server::start_link(ctx, options, move |ctx| async move {
        transport::serve::<KeyValueReply>(&ctx, setup.transport, setup.name);
        let member = Member {
            setup,
            master,
            configuration: Configuration::default(),
            is_complete: false,
            lease_until: Duration::ZERO,
            cells: Cells::default(),
            sequence: 0,
            sent: BTreeMap::new(),
        };
        member.ask_for_lease(&ctx);
        Ok(Init::Ok(member))
    })
    .await
}

impl GenServer for Member {
    type Call = KeyValueRequest;
    type Cast = MemberMessage;
    type Reply = KeyValueReply;

    /// Whichever member a client asks, the head or the tail answers.
    async fn handle_call(
        &mut self,
        ctx: &Context,
        client: Caller,
        request: KeyValueRequest,
    ) -> Result<Reply<KeyValueReply>, Exit> {
        ctx.work(self.setup.settings.work).await;
        match self.server_of(&request) {
            Some(server) if server != ctx.pid() => {
                let message = MemberMessage::Request(request, client.to_term());
                gen_server::cast(ctx, server, message);
            }
            Some(_) | None => self.serve(ctx, request, &client),
        }
        Ok(Reply::no_reply())
    }

    async fn handle_cast(&mut self, ctx: &Context, message: MemberMessage) -> Result<Next, Exit> {
        match message {
            MemberMessage::Lease { configuration, asked_ns, lease_ns } => {
                self.take_place(ctx, configuration);
                if self.configuration.link(ctx.pid()).is_some() {
                    let until = Duration::from_nanos(asked_ns + lease_ns);
                    self.lease_until = self.lease_until.max(until);
                }
            }
            MemberMessage::Request(request, client) => {
                ctx.work(self.setup.settings.work).await;
                if let Some(client) = Caller::from_term(&client) {
                    self.serve(ctx, request, &client);
                }
            }
            MemberMessage::Update(number, update) if number >= self.configuration.number => {
                self.update(ctx, update);
            }
            // A predecessor that does not know the chain of today sends it again when it does.
            MemberMessage::Update(..) => {}
            MemberMessage::Done(sequence) => self.is_done(ctx, sequence),
            MemberMessage::WantState(successor) => self.send_state(ctx, successor),
            MemberMessage::State { since, sequence, cells } => {
                let is_for_it = self.configuration.link(ctx.pid()).map(|link| link.since);
                if !self.is_complete && is_for_it == Some(since) {
                    (self.is_complete, self.sequence, self.cells) = (true, sequence, cells);
                    self.say(ctx, format!("has the state of the chain, {sequence} writes"));
                }
            }
        }
        Ok(Next::Wait)
    }

    async fn handle_info(&mut self, ctx: &Context, _: Term) -> Result<Next, Exit> {
        self.ask_for_lease(ctx);
        // A message may have been lost with its connection.
        self.ask_for_state(ctx);
        self.pass_all_on(ctx);
        Ok(Next::Wait)
    }
}

/// Its place in the chain.
impl Member {
    /// Gives the master a sign of life, and asks to be let serve for another while from now on.
    fn ask_for_lease(&self, ctx: &Context) {
        ctx.send_after(self.setup.settings.heartbeat, ctx.pid(), atom!("heartbeat"));
        let Some(master) = &self.master else { return };
        let asked_ns = nanos(ctx.monotonic_time());
        let (node, member) = (ctx.node(), ctx.pid());
        let place = self.configuration.link(member).filter(|_| self.is_complete);
        let complete_since = place.map_or(0, |link| link.since);
        let alive = Alive { node, member, asked_ns, complete_since };
        for node in &master.nodes {
            gen_server::cast(ctx, (master.name, *node), &alive);
        }
    }

    /// Takes its place in a later configuration. In a new place it has nothing, unless it is the very
    /// first of all.
    fn take_place(&mut self, ctx: &Context, later: Configuration) {
        if later.number <= self.configuration.number {
            return;
        }
        let before = std::mem::replace(&mut self.configuration, later);
        let place = self.configuration.link(ctx.pid());
        if place.is_none() || place != before.link(ctx.pid()) {
            self.is_complete = before.number == 0 && place.is_some_and(|link| link.since == 1);
            (self.cells, self.sequence, self.sent) = (Cells::default(), 0, BTreeMap::new());
            self.ask_for_state(ctx);
        } else if self.configuration.tail() == Some(ctx.pid()) {
            self.become_tail(ctx);
        } else {
            self.pass_all_on(ctx);
        }
    }

    fn ask_for_state(&self, ctx: &Context) {
        if let (false, Some(before)) = (self.is_complete, self.configuration.before(ctx.pid())) {
            gen_server::cast(ctx, before, MemberMessage::WantState(ctx.pid()));
        }
    }

    fn send_state(&self, ctx: &Context, successor: Pid) {
        if !self.is_complete || self.configuration.after(ctx.pid()) != Some(successor) {
            return;
        }
        if let Some(link) = self.configuration.link(successor) {
            let (since, sequence, cells) = (link.since, self.sequence, self.cells.clone());
            gen_server::cast(ctx, successor, MemberMessage::State { since, sequence, cells });
        }
        self.pass_all_on(ctx);
    }

    /// All that it has passed on has reached the tail now: itself.
    fn become_tail(&mut self, ctx: &Context) {
        for update in std::mem::take(&mut self.sent).into_values() {
            self.answer(ctx, &update);
        }
    }
}

/// Reads and writes.
impl Member {
    /// The member that answers, or begins, a request.
    fn server_of(&self, request: &KeyValueRequest) -> Option<Pid> {
        match request.change {
            Change::Get => self.configuration.tail(),
            Change::Put(_) | Change::Cas(..) => self.configuration.head(),
        }
    }

    fn serve(&mut self, ctx: &Context, request: KeyValueRequest, client: &Caller) {
        let may_serve = self.is_complete && ctx.monotonic_time() < self.lease_until;
        if !may_serve || self.server_of(&request) != Some(ctx.pid()) {
            gen_server::reply(ctx, client, KeyValueReply::Error(KeyValueFailure::Elsewhere));
        } else if request.change == Change::Get {
            let value = KeyValueAnswer::Value(self.cells.value(&request.key));
            gen_server::reply(ctx, client, KeyValueReply::Ok(value));
        } else {
            let client = client.to_term();
            self.update(ctx, Update { sequence: self.sequence + 1, request, client });
        }
    }

    /// Does a write, and passes it on; the tail answers. One that it has done comes again when the
    /// chain has changed.
    fn update(&mut self, ctx: &Context, update: Update) {
        if !self.is_complete || update.sequence > self.sequence + 1 {
            return;
        }
        let is_new = update.sequence > self.sequence;
        if is_new {
            self.sequence = update.sequence;
            self.cells.apply(&update.request);
            let is_early = self.setup.settings.mutation == ChainMutation::AnswerAtHead;
            if is_early && self.configuration.head() == Some(ctx.pid()) {
                self.answer(ctx, &update);
            }
        }
        match self.configuration.after(ctx.pid()) {
            Some(successor) if is_new => {
                self.pass_on(ctx, successor, &update);
                self.sent.insert(update.sequence, update);
            }
            Some(_) if self.sent.contains_key(&update.sequence) => {}
            Some(_) => self.tell_done(ctx, update.sequence),
            None => {
                self.answer(ctx, &update);
                self.tell_done(ctx, update.sequence);
            }
        }
    }

    /// Passes on again what may not have reached the tail.
    fn pass_all_on(&self, ctx: &Context) {
        if let Some(successor) = self.configuration.after(ctx.pid()) {
            for update in self.sent.values() {
                self.pass_on(ctx, successor, update);
            }
        }
    }

    fn pass_on(&self, ctx: &Context, successor: Pid, update: &Update) {
        let message = MemberMessage::Update(self.configuration.number, update.clone());
        gen_server::cast(ctx, successor, message);
    }

    fn is_done(&mut self, ctx: &Context, sequence: u64) {
        self.sent = self.sent.split_off(&(sequence + 1));
        self.tell_done(ctx, sequence);
    }

    fn tell_done(&self, ctx: &Context, sequence: u64) {
        if let Some(predecessor) = self.configuration.before(ctx.pid()) {
            gen_server::cast(ctx, predecessor, MemberMessage::Done(sequence));
        }
    }

    /// Answers the client of a write that it has done. A client whose request came twice has the
    /// answer of the first.
    fn answer(&self, ctx: &Context, update: &Update) {
        let Some(client) = Caller::from_term(&update.client) else { return };
        let answer = self.cells.known_answer(&update.request);
        let stale = KeyValueReply::Error(KeyValueFailure::Stale);
        gen_server::reply(ctx, &client, answer.map_or(stale, KeyValueReply::Ok));
    }

    fn say(&self, ctx: &Context, text: String) {
        self.setup.report.line(ctx, self.setup.name, text);
    }
}
