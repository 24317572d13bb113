//! The process of an operation: rounds about its key, until one succeeds or the time is up.

use std::collections::BTreeMap;
use std::time::Duration;

use rand::RngExt;

use super::cell::Cell;
use super::hints::Hints;
use super::protocol::{
    Ballot, KeyValueAnswer, KeyValueFailure, KeyValueReply, KeyValueRequest, ReplicaAnswer,
    ReplicaRequest, Vote,
};
use super::{Quorum, Setup};
use crate::engine::runtime::Context;
use crate::engine::term::{Atom, from_term};
use crate::otp::gen_server;

/// The longest pause before the second try; two that get in each other's way draw apart.
const PAUSE_MS: u64 = 10;

/// The longest pause before a later one.
const PAUSE_MS_MAX: u64 = 200;

/// An operation that is under way.
struct Round<'a> {
    ctx: &'a Context,
    setup: &'a Setup,
    request: &'a KeyValueRequest,
    /// The time at which the client stops waiting, by the node's monotonic clock.
    deadline: Duration,
    /// True if a replica may have accepted the effect of the operation.
    may_be_done: bool,
}

/// The reason why a try has failed.
enum RoundFailure {
    /// There is a later ballot.
    Outvoted(Ballot),
    /// Too few replicas have answered.
    TooFew,
    /// The client has had something later done.
    Stale,
}

/// Does what a request asks for.
pub(super) async fn perform(
    ctx: &Context,
    setup: &Setup,
    request: &KeyValueRequest,
) -> KeyValueReply {
    let deadline = ctx.monotonic_time() + Duration::from_millis(request.within_ms);
    Round { ctx, setup, request, deadline, may_be_done: false }.perform().await
}

impl Round<'_> {
    async fn perform(&mut self) -> KeyValueReply {
        let hints = self.ctx.node_local::<Hints>();
        let mut longest = PAUSE_MS;
        loop {
            let ballot = Ballot(hints.next(&self.request.key), self.ctx.pid());
            hints.learn(&self.request.key, ballot);
            match self.attempt(ballot).await {
                Ok(answer) => return KeyValueReply::Ok(answer),
                Err(RoundFailure::Stale) => return KeyValueReply::Error(KeyValueFailure::Stale),
                Err(RoundFailure::Outvoted(later)) => hints.learn(&self.request.key, later),
                Err(RoundFailure::TooFew) => {}
            }
            let pause = self.ctx.with_rng(|rng| rng.random_range(1..=longest));
            let pause = Duration::from_millis(pause);
            if self.ctx.monotonic_time() + pause >= self.deadline {
                let is_open = self.may_be_done;
                let failure =
                    if is_open { KeyValueFailure::Unclear } else { KeyValueFailure::NoMajority };
                return KeyValueReply::Error(failure);
            }
            self.ctx.sleep(pause).await;
            longest = PAUSE_MS_MAX.min(2 * longest);
        }
    }

    /// One ballot.
    async fn attempt(&mut self, ballot: Ballot) -> Result<KeyValueAnswer, RoundFailure> {
        let key = &self.request.key;
        let promises = self.ask(&ReplicaRequest::Prepare(key.clone(), ballot)).await?;
        let mut cell = latest(promises);
        let answer = cell.apply(self.request).ok_or(RoundFailure::Stale)?;
        if self.ctx.monotonic_time() >= self.deadline {
            return Err(RoundFailure::TooFew);
        }
        self.may_be_done = true;
        self.ask(&ReplicaRequest::Accept(key.clone(), ballot, cell)).await?;
        Ok(answer)
    }

    /// Asks the replicas, and waits until enough of them agree.
    async fn ask(&self, ask: &ReplicaRequest) -> Result<Vec<ReplicaAnswer>, RoundFailure> {
        let asked = self.asked();
        // Those out of reach as well, so that they are connected again when they can be.
        for node in self.setup.nodes.iter() {
            gen_server::cast(self.ctx, (self.setup.store, *node), ask);
        }
        let patience = self.ctx.monotonic_time() + self.setup.settings.round_timeout;
        let end = patience.min(self.deadline);
        let mut votes: BTreeMap<Atom, Option<ReplicaAnswer>> = BTreeMap::new();
        while !self.are_enough(agreeing(&votes), asked.len()) && votes.len() < asked.len() {
            let Some(Vote { node, ballot: _, said }) = self.next_vote(ask, end).await else {
                break;
            };
            match said {
                ReplicaAnswer::Refused(later) => return Err(RoundFailure::Outvoted(later)),
                ReplicaAnswer::Unable => votes.insert(node, None),
                ReplicaAnswer::Promised(_) | ReplicaAnswer::Accepted => {
                    votes.insert(node, Some(said))
                }
            };
        }
        let agreeing = agreeing(&votes);
        let is_alone = agreeing < self.setup.majority();
        if !is_alone || end == patience {
            self.ctx.node_local::<Hints>().tell_whether_alone(self.ctx, self.setup, is_alone);
        }
        let needed = match self.setup.settings.quorum {
            Quorum::Majority => self.setup.majority(),
            Quorum::None => 1,
        };
        if agreeing < needed {
            Err(RoundFailure::TooFew)
        } else {
            Ok(votes.into_values().flatten().collect())
        }
    }

    /// The nodes whose replicas are waited for.
    fn asked(&self) -> Vec<Atom> {
        let in_reach = |node: &Atom| match self.setup.settings.quorum {
            Quorum::Majority => true,
            Quorum::None => *node == self.ctx.node() || self.ctx.is_connected(*node),
        };
        self.setup.nodes.iter().copied().filter(in_reach).collect()
    }

    /// True if no more votes have to be waited for.
    fn are_enough(&self, agreeing: usize, asked: usize) -> bool {
        match self.setup.settings.quorum {
            Quorum::Majority => agreeing >= self.setup.majority(),
            Quorum::None => agreeing >= asked,
        }
    }

    /// The next vote about this; `None` if none comes in time.
    async fn next_vote(&self, ask: &ReplicaRequest, end: Duration) -> Option<Vote> {
        let (_, ballot) = ask.about();
        loop {
            let left = end.saturating_sub(self.ctx.monotonic_time());
            let wanted = self.ctx.receive_where(|message| message.tagged("kv_vote").is_some());
            let message = wanted.within(left).await?;
            let vote = message.tagged("kv_vote").and_then(<[_]>::first);
            let vote: Vote = from_term(vote?).ok()?;
            let is_about = match &vote.said {
                ReplicaAnswer::Promised(_) => matches!(ask, ReplicaRequest::Prepare(..)),
                ReplicaAnswer::Accepted => matches!(ask, ReplicaRequest::Accept(..)),
                ReplicaAnswer::Refused(_) | ReplicaAnswer::Unable => true,
            };
            if is_about && vote.ballot == ballot {
                return Some(vote);
            }
        }
    }
}

/// The number of replicas that agree.
fn agreeing(votes: &BTreeMap<Atom, Option<ReplicaAnswer>>) -> usize {
    votes.values().flatten().count()
}

/// The value of the key after the latest ballot, as far as these replicas know.
fn latest(promises: Vec<ReplicaAnswer>) -> Cell {
    let accepted = promises.into_iter().filter_map(|said| match said {
        ReplicaAnswer::Promised(accepted) => accepted,
        ReplicaAnswer::Accepted | ReplicaAnswer::Refused(_) | ReplicaAnswer::Unable => None,
    });
    accepted.max_by_key(|(ballot, _)| *ballot).map(|(_, cell)| cell).unwrap_or_default()
}
