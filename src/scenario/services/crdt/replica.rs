//! A replica: answers alone, and tells the others its state now and then.

use std::collections::BTreeMap;

use rand::seq::IndexedRandom;

use super::values::{Act, MergeValue};
use super::{CrdtRequest, Setup, Stamps};
use crate::engine::runtime::{Context, Exit};
use crate::engine::term::{Atom, Term, from_term};
use crate::engine::time::nanos;
use crate::otp::gen_server::{self, Caller, GenServer, Init, Next, Options, Reply, StartResult};
use crate::{atom, tuple};

struct Replica {
    setup: Setup,
    values: BTreeMap<Term, MergeValue>,
    /// The number of things that it has added to sets.
    acts: u64,
}

/// Starts the replica of this node, with nothing.
pub(super) async fn start_link(ctx: &Context, setup: Setup) -> StartResult {
    let options = Options::new("crdt").local(setup.name);
    gen_server::start_link(ctx, options, |ctx| async move {
        ctx.send_after(setup.settings.interval, ctx.pid(), atom!("exchange"));
        Ok(Init::Ok(Replica { setup, values: BTreeMap::new(), acts: 0 }))
    })
    .await
}

impl GenServer for Replica {
    type Call = CrdtRequest;
    type Cast = BTreeMap<Term, MergeValue>;
    type Reply = Term;

    async fn handle_call(
        &mut self,
        ctx: &Context,
        _: Caller,
        request: CrdtRequest,
    ) -> Result<Reply<Term>, Exit> {
        Ok(Reply::now(self.perform(ctx, request)))
    }

    /// Merges the state of another replica, and says what is another value now.
    async fn handle_cast(
        &mut self,
        ctx: &Context,
        others: BTreeMap<Term, MergeValue>,
    ) -> Result<Next, Exit> {
        let mutation = self.setup.settings.mutation;
        for (key, other) in others {
            let own = self.value(key.clone());
            let before = own.shown();
            own.merge(&other, mutation);
            let after = own.shown();
            if before != after {
                let text = format!("{key} is {after} after a merge, was {before}");
                self.setup.report.line(ctx, self.setup.name, text);
            }
        }
        Ok(Next::Wait)
    }

    /// Sends its state to one of the others.
    async fn handle_info(&mut self, ctx: &Context, _: Term) -> Result<Next, Exit> {
        ctx.send_after(self.setup.settings.interval, ctx.pid(), atom!("exchange"));
        let others: Vec<Atom> =
            self.setup.nodes.iter().copied().filter(|node| *node != ctx.node()).collect();
        if let Some(other) = ctx.with_rng(|rng| others.choose(rng).copied()) {
            gen_server::cast(ctx, (self.setup.name, other), &self.values);
        }
        Ok(Next::Wait)
    }
}

impl Replica {
    fn value(&mut self, key: Term) -> &mut MergeValue {
        let kind = self.setup.settings.kind;
        self.values.entry(key).or_insert_with(|| MergeValue::new(kind))
    }

    /// Does what is asked for: `ok`, `{ok,Value}`, or `{error,Reason}`.
    fn perform(&mut self, ctx: &Context, request: CrdtRequest) -> Term {
        let stamp = (self.time(ctx), ctx.pid());
        self.acts += 1;
        let act = Act(ctx.pid(), self.acts);
        match request {
            CrdtRequest::Read(key) => return tuple![atom!("ok"), self.value(key).shown()],
            CrdtRequest::Add(key, value) => match self.value(key) {
                MergeValue::Counter(counter) => match from_term::<i64>(&value) {
                    Ok(number) => counter.add(ctx.pid(), number),
                    Err(_) => return tuple![atom!("error"), atom!("badarg")],
                },
                MergeValue::Set(set) => set.add(act, value),
                MergeValue::Register(_) => return unsupported(),
            },
            CrdtRequest::Remove(key, value) => match self.value(key) {
                MergeValue::Set(set) => set.remove(&value),
                MergeValue::Counter(_) | MergeValue::Register(_) => return unsupported(),
            },
            CrdtRequest::Write(key, value) => match self.value(key) {
                MergeValue::Register(register) => register.write(stamp, value),
                MergeValue::Counter(_) | MergeValue::Set(_) => return unsupported(),
            },
        }
        Term::atom("ok")
    }

    /// The time by which a write is stamped.
    fn time(&self, ctx: &Context) -> u64 {
        let clock = nanos(ctx.system_time());
        let written = self.values.values().map(|value| match value {
            MergeValue::Register(register) => register.written_at(),
            MergeValue::Counter(_) | MergeValue::Set(_) => 0,
        });
        match self.setup.settings.stamps {
            Stamps::Clock => clock,
            Stamps::Hybrid => written.max().map_or(clock, |latest| clock.max(latest + 1)),
        }
    }
}

/// The answer to a request that the type of the values does not have.
fn unsupported() -> Term {
    tuple![atom!("error"), atom!("unsupported")]
}
