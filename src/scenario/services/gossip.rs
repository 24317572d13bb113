//! Rumours: what one node hears, all come to know, and nobody is in charge.
//!
//! ```text
//!  calls ──call──▶ gossip (on each node) ◀──cast── rumours ──▶ a few others, drawn at random
//! ```
//!
//! A node that hears something new tells `fanout` others of it in each round. Whoever knows it already
//! says so, and a node that has been told so `lose_interest_after` times stops telling it (Demers and
//! others, *Epidemic algorithms for replicated database maintenance*, 1987: rumour mongering with
//! feedback and a counter). The number of nodes that know a rumour doubles, or more, in each round; the
//! end is uncertain: some node may never be told. For these there is `repair`: now and then a node
//! compares all that it knows with another one (anti-entropy, as they call it).
//!
//! Nodes keep nothing on disks: one that starts again has to hear it all anew, by `repair`. The counts
//! `sent`, the messages with rumours, and `heard`, what nodes learnt, are in the report of a run.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use rand::seq::SliceRandom;
use serde::{Deserialize, Serialize};

use super::registry::{Service, ServiceSetup};
use super::{replicated, settings};
use crate::document::shape::{Field, ProgramInfo, Shape};
use crate::engine::runtime::{Context, Exit};
use crate::engine::term::{Atom, Term};
use crate::otp::application::ApplicationSpec;
use crate::otp::gen_server::{self, Caller, GenServer, Init, Next, Options, Reply, StartResult};
use crate::{atom, tuple};

/// The service `gossip`.
#[derive(Clone, Copy, Debug)]
pub struct Gossip;

#[derive(Clone, Copy, Debug, Deserialize)]
struct Settings {
    fanout: usize,
    lose_interest_after: u32,
    #[serde(deserialize_with = "settings::duration")]
    round: Duration,
    #[serde(deserialize_with = "settings::timeout")]
    repair: Option<Duration>,
}

type Setup = replicated::Setup<Settings>;

/// A request: `{add,Key,Value}` tells a node something, `{read,Key}` asks what it knows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum GossipRequest {
    Add(Term, Term),
    Read(Term),
}

/// Something that can be told: the key and the value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Rumour(Term, Term);

/// A message from one node to another.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum GossipMessage {
    /// A node tells rumours, each with the number of steps by which it has come.
    Rumours(Atom, Vec<(Rumour, u32)>),
    /// The other knew these before.
    Known(Vec<Rumour>),
    /// A node says all that it knows, and wants what it lacks.
    Compare(Atom, BTreeSet<Rumour>),
}

impl Service for Gossip {
    fn info(&self) -> ProgramInfo {
        ProgramInfo {
            name: "gossip",
            about: "Spreads what is told to one of its nodes to all of them, by rumours: the requests are \
                    `{add, Key, Value}` and `{read, Key}`.",
            config: vec![
                Field::default(
                    "fanout",
                    Shape::Integer { min: 1, max: 1_000 },
                    2,
                    "The number of others that a node tells in each round.",
                ),
                Field::default(
                    "lose_interest_after",
                    Shape::Integer { min: 1, max: 1_000 },
                    2,
                    "A node stops telling a rumour when this many others have said that they knew it.",
                ),
                Field::default(
                    "round",
                    Shape::Duration,
                    "200ms",
                    "The time between two rounds of a node that has something to tell.",
                ),
                Field::default(
                    "repair",
                    Shape::Timeout,
                    "infinity",
                    "The time after which a node compares all that it knows with another one, again and \
                     again; never if \"infinity\".",
                ),
            ],
            operations: vec![],
        }
    }

    fn application(&self, setup: &ServiceSetup) -> ApplicationSpec {
        Setup::new(&self.info(), setup)
            .application(|ctx, setup, _| async move { start_link(&ctx, setup).await })
    }
}

struct Node {
    setup: Setup,
    known: BTreeSet<Rumour>,
    /// The rumours that it tells.
    hot: BTreeMap<Rumour, Interest>,
}

/// The interest of a node in telling a rumour.
struct Interest {
    /// The number of steps by which it has come here.
    steps: u32,
    /// The number of those who said that they knew it.
    in_vain: u32,
}

async fn start_link(ctx: &Context, setup: Setup) -> StartResult {
    let options = Options::new("gossip").local(setup.name);
    gen_server::start_link(ctx, options, |ctx| async move {
        if let Some(repair) = setup.settings.repair {
            ctx.send_after(repair, ctx.pid(), atom!("repair"));
        }
        Ok(Init::Ok(Node { setup, known: BTreeSet::new(), hot: BTreeMap::new() }))
    })
    .await
}

impl GenServer for Node {
    type Call = GossipRequest;
    type Cast = GossipMessage;
    type Reply = Term;

    async fn handle_call(
        &mut self,
        ctx: &Context,
        _: Caller,
        request: GossipRequest,
    ) -> Result<Reply<Term>, Exit> {
        Ok(Reply::now(match request {
            GossipRequest::Add(key, value) => {
                self.hear(ctx, Rumour(key, value), 0);
                Term::atom("ok")
            }
            GossipRequest::Read(key) => {
                let of_key = self.known.iter().filter(|rumour| rumour.0 == key);
                let values: Term = of_key.map(|rumour| rumour.1.clone()).collect();
                tuple![atom!("ok"), values]
            }
        }))
    }

    async fn handle_cast(&mut self, ctx: &Context, message: GossipMessage) -> Result<Next, Exit> {
        match message {
            GossipMessage::Rumours(from, told) => {
                let mut known = Vec::new();
                for (rumour, steps) in told {
                    if !self.hear(ctx, rumour.clone(), steps) {
                        known.push(rumour);
                    }
                }
                if !known.is_empty() {
                    self.tell(ctx, from, &GossipMessage::Known(known));
                }
            }
            GossipMessage::Known(rumours) => {
                for rumour in rumours {
                    self.tell_in_vain(&rumour);
                }
            }
            GossipMessage::Compare(from, theirs) => {
                let lacks = self.known.difference(&theirs);
                let lacking: Vec<_> = lacks.map(|rumour| (rumour.clone(), 0)).collect();
                if !lacking.is_empty() {
                    self.send_rumours(ctx, from, lacking);
                }
                for rumour in theirs {
                    self.hear(ctx, rumour, 0);
                }
            }
        }
        Ok(Next::Wait)
    }

    async fn handle_info(&mut self, ctx: &Context, message: Term) -> Result<Next, Exit> {
        match self.setup.settings.repair {
            Some(repair) if message.is_atom("repair") => {
                ctx.send_after(repair, ctx.pid(), atom!("repair"));
                for other in self.draw(ctx, 1) {
                    let all = GossipMessage::Compare(ctx.node(), self.known.clone());
                    self.tell(ctx, other, &all);
                }
            }
            Some(_) | None => self.round(ctx),
        }
        Ok(Next::Wait)
    }
}

impl Node {
    /// Takes a rumour in: true if it was new.
    fn hear(&mut self, ctx: &Context, rumour: Rumour, steps: u32) -> bool {
        if !self.known.insert(rumour.clone()) {
            return false;
        }
        let text = format!("hears {} of {} after {steps} steps", rumour.1, rumour.0);
        self.setup.report.line(ctx, self.setup.name, text);
        self.setup.report.count(self.setup.name, "heard");
        if self.hot.is_empty() {
            ctx.send_after(self.setup.settings.round, ctx.pid(), atom!("round"));
        }
        self.hot.insert(rumour, Interest { steps, in_vain: 0 });
        true
    }

    /// Tells some others all that it has to tell.
    fn round(&mut self, ctx: &Context) {
        if self.hot.is_empty() {
            return;
        }
        ctx.send_after(self.setup.settings.round, ctx.pid(), atom!("round"));
        let told = self.hot.iter().map(|(rumour, hot)| (rumour.clone(), hot.steps + 1));
        let told: Vec<(Rumour, u32)> = told.collect();
        for other in self.draw(ctx, self.setup.settings.fanout) {
            self.send_rumours(ctx, other, told.clone());
        }
    }

    fn tell_in_vain(&mut self, rumour: &Rumour) {
        if let Some(hot) = self.hot.get_mut(rumour) {
            hot.in_vain += 1;
            if hot.in_vain >= self.setup.settings.lose_interest_after {
                self.hot.remove(rumour);
            }
        }
    }

    fn send_rumours(&self, ctx: &Context, to: Atom, told: Vec<(Rumour, u32)>) {
        self.setup.report.count(self.setup.name, "sent");
        self.tell(ctx, to, &GossipMessage::Rumours(ctx.node(), told));
    }

    fn tell(&self, ctx: &Context, to: Atom, message: &GossipMessage) {
        gen_server::cast(ctx, (self.setup.name, to), message);
    }

    /// Some of the others, each at most once.
    fn draw(&self, ctx: &Context, number: usize) -> Vec<Atom> {
        let mut others: Vec<Atom> =
            self.setup.nodes.iter().copied().filter(|node| *node != ctx.node()).collect();
        ctx.with_rng(|rng| others.shuffle(rng));
        others.truncate(number);
        others
    }
}
