//! A participant: promises, and waits for the decision.

use std::collections::BTreeMap;

use super::protocol::{CoordinatorSays, ParticipantSays, PhaseRecord, TwoPhaseRequest};
use super::{Setup, TwoPhaseMutation, disk_exit};
use crate::engine::runtime::{Context, Exit};
use crate::engine::term::{Ref, Term, from_term};
use crate::otp::gen_server::{self, Caller, GenServer, Init, Next, Options, Reply, StartResult};
use crate::{atom, tuple};

/// The number of questions after which a participant is in doubt for long.
const LONG: u32 = 2;

struct Participant {
    setup: Setup,
    values: BTreeMap<Term, Term>,
    in_doubt: BTreeMap<Ref, Promise>,
    /// Those who wait for a key that is in doubt.
    readers: Vec<(Term, Caller)>,
}

/// A write to which it has said yes.
struct Promise {
    key: Term,
    value: Term,
    /// The number of times that it has asked what became of it.
    asked: u32,
}

/// Starts the participant of this node, with what its disk has: it may be in doubt.
pub(super) async fn start_link(ctx: &Context, setup: Setup) -> StartResult {
    let options = Options::new("two_phase").local(setup.name);
    gen_server::start_link(ctx, options, |ctx| async move {
        let records = ctx.disk_read(&setup.file()).map_err(disk_exit)?;
        let (values, in_doubt) = (BTreeMap::new(), BTreeMap::new());
        let mut participant = Participant { setup, values, in_doubt, readers: Vec::new() };
        for record in records {
            participant.apply(&from_term(&record)?);
        }
        participant.ask(&ctx);
        Ok(Init::Ok(participant))
    })
    .await
}

impl GenServer for Participant {
    type Call = TwoPhaseRequest;
    type Cast = CoordinatorSays;
    type Reply = Term;

    async fn handle_call(
        &mut self,
        ctx: &Context,
        client: Caller,
        request: TwoPhaseRequest,
    ) -> Result<Reply<Term>, Exit> {
        let TwoPhaseRequest::Get(key) = request else {
            return Ok(Reply::now(tuple![atom!("error"), atom!("not_the_coordinator")]));
        };
        self.readers.push((key, client));
        self.answer_readers(ctx);
        Ok(Reply::no_reply())
    }

    async fn handle_cast(&mut self, ctx: &Context, message: CoordinatorSays) -> Result<Next, Exit> {
        match message {
            CoordinatorSays::Prepare(write, key, value) => {
                let is_free = !self.is_in_doubt(&key);
                if is_free {
                    self.keep(ctx, PhaseRecord::Prepared(write, key, value)).await?;
                }
                self.say(ctx, &ParticipantSays::Vote(write, ctx.node(), is_free));
            }
            CoordinatorSays::Decided(write, commits) => {
                if let Some(promise) = self.in_doubt.get(&write) {
                    if promise.asked >= LONG {
                        let what = if commits { "committed" } else { "aborted" };
                        let text = format!("is told that {} is {what}", promise.key);
                        self.setup.report.line(ctx, self.setup.name, text);
                    }
                    self.keep(ctx, PhaseRecord::Ended(write, commits)).await?;
                    self.answer_readers(ctx);
                }
            }
        }
        Ok(Next::Wait)
    }

    async fn handle_info(&mut self, ctx: &Context, _: Term) -> Result<Next, Exit> {
        if self.setup.settings.mutation == TwoPhaseMutation::GiveUp {
            let is_long =
                |(write, promise): (&Ref, &Promise)| (promise.asked >= LONG).then_some(*write);
            let given_up: Vec<Ref> = self.in_doubt.iter().filter_map(is_long).collect();
            for write in given_up {
                self.keep(ctx, PhaseRecord::Ended(write, false)).await?;
            }
            self.answer_readers(ctx);
        }
        self.ask(ctx);
        Ok(Next::Wait)
    }
}

impl Participant {
    fn is_in_doubt(&self, key: &Term) -> bool {
        self.in_doubt.values().any(|promise| promise.key == *key)
    }

    async fn keep(&mut self, ctx: &Context, record: PhaseRecord) -> Result<(), Exit> {
        ctx.disk_append(&self.setup.file(), record.to_term()).map_err(disk_exit)?;
        ctx.disk_sync(&self.setup.file()).await.map_err(disk_exit)?;
        self.apply(&record);
        Ok(())
    }

    fn apply(&mut self, record: &PhaseRecord) {
        match record {
            PhaseRecord::Prepared(write, key, value) => {
                let promise = Promise { key: key.clone(), value: value.clone(), asked: 0 };
                self.in_doubt.insert(*write, promise);
            }
            PhaseRecord::Ended(write, commits) => {
                if let Some(promise) = self.in_doubt.remove(write).filter(|_| *commits) {
                    self.values.insert(promise.key, promise.value);
                }
            }
        }
    }

    /// Asks what became of the writes that it is in doubt of, and does so again after a while.
    fn ask(&mut self, ctx: &Context) {
        ctx.send_after(self.setup.settings.ask_again, ctx.pid(), atom!("ask"));
        for (write, promise) in &mut self.in_doubt {
            promise.asked += 1;
            if promise.asked == LONG {
                let text = format!("is in doubt about {}, and waits", promise.key);
                self.setup.report.line(ctx, self.setup.name, text);
            }
            if let Some(coordinator) = self.setup.coordinator() {
                let question = ParticipantSays::Ask(*write, ctx.node());
                gen_server::cast(ctx, (self.setup.name, coordinator), &question);
            }
        }
    }

    fn say(&self, ctx: &Context, message: &ParticipantSays) {
        if let Some(coordinator) = self.setup.coordinator() {
            gen_server::cast(ctx, (self.setup.name, coordinator), message);
        }
    }

    /// Answers the readers of keys that are not in doubt.
    fn answer_readers(&mut self, ctx: &Context) {
        for (key, client) in std::mem::take(&mut self.readers) {
            if self.is_in_doubt(&key) {
                self.readers.push((key, client));
            } else {
                let value = self.values.get(&key).cloned();
                let value = value.unwrap_or_else(|| Term::atom("undefined"));
                gen_server::reply(ctx, &client, tuple![atom!("ok"), value]);
            }
        }
    }
}
