//! The coordinator: asks all, and decides.

use std::collections::{BTreeMap, BTreeSet};

use super::protocol::{CoordinatorSays, ParticipantSays, PhaseRecord, TwoPhaseRequest};
use super::{Setup, TwoPhaseMutation, disk_exit};
use crate::engine::runtime::{Context, Exit};
use crate::engine::term::{Atom, Ref, Term, from_term};
use crate::otp::gen_server::{self, Caller, GenServer, Init, Next, Options, Reply, StartResult};
use crate::{atom, tuple};

struct Coordinator {
    setup: Setup,
    /// The writes that not all have answered yet.
    undecided: BTreeMap<Ref, Undecided>,
    /// The writes that were committed. All others were not.
    committed: BTreeSet<Ref>,
}

/// A write in its first phase.
struct Undecided {
    client: Caller,
    yes: BTreeSet<Atom>,
}

/// Starts the coordinator with the decisions that are on its disk.
pub(super) async fn start_link(ctx: &Context, setup: Setup) -> StartResult {
    let options = Options::new("two_phase").local(setup.name);
    gen_server::start_link(ctx, options, |ctx| async move {
        let mut committed = BTreeSet::new();
        for record in ctx.disk_read(&setup.file()).map_err(disk_exit)? {
            if let PhaseRecord::Ended(write, true) = from_term(&record)? {
                committed.insert(write);
            }
        }
        Ok(Init::Ok(Coordinator { setup, undecided: BTreeMap::new(), committed }))
    })
    .await
}

impl GenServer for Coordinator {
    type Call = TwoPhaseRequest;
    type Cast = ParticipantSays;
    type Reply = Term;

    async fn handle_call(
        &mut self,
        ctx: &Context,
        client: Caller,
        request: TwoPhaseRequest,
    ) -> Result<Reply<Term>, Exit> {
        let TwoPhaseRequest::Put(key, value) = request else {
            return Ok(Reply::now(tuple![atom!("error"), atom!("not_a_participant")]));
        };
        let write = ctx.make_ref();
        ctx.send_after(
            self.setup.settings.prepare_timeout,
            ctx.pid(),
            tuple![atom!("late"), write],
        );
        self.undecided.insert(write, Undecided { client, yes: BTreeSet::new() });
        self.tell_all(ctx, &CoordinatorSays::Prepare(write, key, value));
        Ok(Reply::no_reply())
    }

    async fn handle_cast(&mut self, ctx: &Context, message: ParticipantSays) -> Result<Next, Exit> {
        match message {
            ParticipantSays::Vote(write, _, false) => self.abort(ctx, write),
            ParticipantSays::Vote(write, participant, true) => {
                if let Some(undecided) = self.undecided.get_mut(&write) {
                    undecided.yes.insert(participant);
                    if undecided.yes.len() == self.setup.nodes.len() - 1 {
                        self.commit(ctx, write).await?;
                    }
                }
            }
            ParticipantSays::Ask(write, participant) => {
                if !self.undecided.contains_key(&write) {
                    let decided = CoordinatorSays::Decided(write, self.committed.contains(&write));
                    gen_server::cast(ctx, (self.setup.name, participant), &decided);
                }
            }
        }
        Ok(Next::Wait)
    }

    async fn handle_info(&mut self, ctx: &Context, message: Term) -> Result<Next, Exit> {
        if let Some([write]) = message.tagged("late") {
            self.abort(ctx, from_term(write)?);
        }
        Ok(Next::Wait)
    }
}

impl Coordinator {
    /// Decides: when the record is on the disk, the write is committed, whoever knows it.
    async fn commit(&mut self, ctx: &Context, write: Ref) -> Result<(), Exit> {
        if self.setup.settings.mutation != TwoPhaseMutation::ForgetDecision {
            let record = PhaseRecord::Ended(write, true);
            ctx.disk_append(&self.setup.file(), record.to_term()).map_err(disk_exit)?;
            ctx.disk_sync(&self.setup.file()).await.map_err(disk_exit)?;
        }
        self.committed.insert(write);
        self.tell_all(ctx, &CoordinatorSays::Decided(write, true));
        if let Some(undecided) = self.undecided.remove(&write) {
            gen_server::reply(ctx, &undecided.client, atom!("ok"));
        }
        Ok(())
    }

    /// Gives up a write that is not decided. Nothing is written down: what is not there is aborted.
    fn abort(&mut self, ctx: &Context, write: Ref) {
        if let Some(undecided) = self.undecided.remove(&write) {
            self.tell_all(ctx, &CoordinatorSays::Decided(write, false));
            gen_server::reply(ctx, &undecided.client, tuple![atom!("error"), atom!("aborted")]);
        }
    }

    fn tell_all(&self, ctx: &Context, message: &CoordinatorSays) {
        for participant in self.setup.nodes.iter().skip(1) {
            gen_server::cast(ctx, (self.setup.name, *participant), message);
        }
    }
}
