//! The process on each node: follower, candidate or leader.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use rand::RngExt;

use super::log::{RaftLog, RaftRecord};
use super::protocol::{Position, RaftEntry, RaftMessage};
use super::{RaftMutation, Setup};
use crate::engine::runtime::{Context, DiskError, Exit};
use crate::engine::term::{Atom, Ref, Term};
use crate::otp::gen_server::{self, Caller, GenServer, Init, Next, Options, Reply, StartResult};
use crate::scenario::services::kv::{
    Cells, Change, KeyValueAnswer, KeyValueFailure, KeyValueReply, KeyValueRequest,
};
use crate::scenario::services::transport;
use crate::{atom, tuple};

/// The most entries of one message.
const ENTRIES_MAX: usize = 64;

/// The pause before a member tries again to rewrite its file.
const REWRITE_PAUSE: Duration = Duration::from_secs(1);

struct Member {
    setup: Setup,
    log: RaftLog,
    role: Role,
    /// The index up to which the log is committed, as far as it knows, and done.
    commit: u64,
    cells: Cells,
    /// Those who asked for the entries of this log that are not done yet, by index.
    waiting: BTreeMap<u64, Caller>,
    /// The timer of its role: for the next election, or the next sign of life.
    timer: Option<Ref>,
}

enum Role {
    /// Follows a leader, if it knows one.
    Follower(Option<Atom>),
    /// Has these votes.
    Candidate(BTreeSet<Atom>),
    /// Knows this of the others.
    Leader(BTreeMap<Atom, Progress>),
}

/// The knowledge of a leader about a follower.
struct Progress {
    /// The index after which the entries are that it is to get next.
    sent: u64,
    /// The index up to which it has the log.
    up_to: u64,
}

/// Starts the member of this node, with what its disk has. One whose disk is damaged stays away: it may
/// have forgotten what it said.
pub(super) async fn start_link(ctx: &Context, setup: Setup) -> StartResult {
    let options = Options::new("raft").local(setup.name);
    gen_server::start_link(ctx, options, |ctx| async move {
        let records = match ctx.disk_read(&file(&setup)) {
            Ok(records) => records,
            Err(error) => {
                setup.report.line(&ctx, setup.name, format!("stays away: {error}"));
                return Ok(Init::Ignore);
            }
        };
        let log = RaftLog::replay(&records);
        // After a sync that failed, what was read may be in a cache only.
        while !records.is_empty() && ctx.disk_replace(&file(&setup), log.records()).await.is_err() {
            ctx.sleep(REWRITE_PAUSE).await;
        }
        transport::serve::<KeyValueReply>(&ctx, setup.transport, setup.name);
        Ok(Init::Ok(Member::new(&ctx, setup, log)))
    })
    .await
}

fn file(setup: &Setup) -> String {
    format!("{}.log", setup.name.as_str())
}

impl GenServer for Member {
    type Call = KeyValueRequest;
    type Cast = RaftMessage;
    type Reply = KeyValueReply;

    async fn handle_call(
        &mut self,
        ctx: &Context,
        client: Caller,
        request: KeyValueRequest,
    ) -> Result<Reply<KeyValueReply>, Exit> {
        ctx.work(self.setup.settings.work).await;
        let Role::Leader(_) = self.role else {
            return Ok(Reply::now(KeyValueReply::Error(KeyValueFailure::Elsewhere)));
        };
        if let Some(answer) = self.known_answer(&request) {
            return Ok(Reply::now(KeyValueReply::Ok(answer)));
        }
        let entry = RaftEntry { term: self.log.term, request };
        self.write(ctx, RaftRecord::Entries(self.log.end(), vec![entry])).await?;
        self.waiting.insert(self.log.end(), client);
        self.replicate(ctx);
        self.count_copies(ctx);
        Ok(Reply::no_reply())
    }

    async fn handle_cast(&mut self, ctx: &Context, message: RaftMessage) -> Result<Next, Exit> {
        if message.term() > self.log.term {
            self.enter_term(ctx, message.term()).await?;
        }
        match message {
            RaftMessage::RequestVote { term, candidate, last } => {
                self.vote(ctx, term, candidate, last).await?;
            }
            RaftMessage::Vote { term, voter, granted } => {
                self.take_vote(ctx, term, voter, granted);
            }
            RaftMessage::Append { term, leader, previous, entries, commit } => {
                let reply = self.append(ctx, (term, leader), previous, entries, commit).await?;
                self.tell(ctx, leader, &reply);
            }
            RaftMessage::Appended { term, follower, up_to } if term == self.log.term => {
                self.note(follower, |progress| progress.up_to = progress.up_to.max(up_to));
                self.count_copies(ctx);
            }
            RaftMessage::Behind { term, follower, end } if term == self.log.term => {
                self.note(follower, |progress| progress.sent = end.max(progress.up_to));
                self.replicate_to(ctx, follower);
            }
            RaftMessage::Appended { .. } | RaftMessage::Behind { .. } => {}
        }
        Ok(Next::Wait)
    }

    async fn handle_info(&mut self, ctx: &Context, message: Term) -> Result<Next, Exit> {
        let is_current = |timer: &Term| self.timer.is_some_and(|own| *timer == Term::from(own));
        if message.tagged("timeout").and_then(<[_]>::first).is_some_and(is_current) {
            match self.role {
                Role::Leader(_) => self.send_heartbeat(ctx),
                Role::Follower(_) | Role::Candidate(_) => self.stand(ctx).await?,
            }
        }
        Ok(Next::Wait)
    }
}

/// Elections.
impl Member {
    fn new(ctx: &Context, setup: Setup, log: RaftLog) -> Member {
        let mut member = Member {
            setup,
            log,
            role: Role::Follower(None),
            commit: 0,
            cells: Cells::default(),
            waiting: BTreeMap::new(),
            timer: None,
        };
        member.wait_for_election(ctx);
        member
    }

    /// Stands for election in the next term.
    async fn stand(&mut self, ctx: &Context) -> Result<(), Exit> {
        self.say(ctx, format!("stands for election in term {}", self.log.term + 1));
        self.wait_for_election(ctx);
        self.role = Role::Candidate(BTreeSet::new());
        self.keep_vote(ctx, self.log.term + 1, Some(ctx.node())).await?;
        let last = self.log.position(self.log.end());
        let request = RaftMessage::RequestVote { term: self.log.term, candidate: ctx.node(), last };
        for member in self.others(ctx) {
            self.tell(ctx, member, &request);
        }
        self.take_vote(ctx, self.log.term, ctx.node(), true);
        Ok(())
    }

    /// Votes for a candidate whose log goes as far as its own, unless it has voted for another one.
    async fn vote(
        &mut self,
        ctx: &Context,
        term: u64,
        candidate: Atom,
        last: Position,
    ) -> Result<(), Exit> {
        let is_free = self.log.voted_for.is_none_or(|voted_for| voted_for == candidate);
        let reaches_as_far = last >= self.log.position(self.log.end());
        let granted = term == self.log.term && is_free && reaches_as_far;
        if granted {
            self.keep_vote(ctx, term, Some(candidate)).await?;
            self.wait_for_election(ctx);
        }
        let vote = RaftMessage::Vote { term: self.log.term, voter: ctx.node(), granted };
        self.tell(ctx, candidate, &vote);
        Ok(())
    }

    fn take_vote(&mut self, ctx: &Context, term: u64, voter: Atom, granted: bool) {
        if let Role::Candidate(votes) = &mut self.role
            && granted
            && term == self.log.term
        {
            votes.insert(voter);
            if votes.len() >= self.setup.majority() {
                self.lead(ctx);
            }
        }
    }

    fn lead(&mut self, ctx: &Context) {
        self.say(ctx, format!("leads in term {}", self.log.term));
        let progress = || Progress { sent: self.log.end(), up_to: 0 };
        self.role =
            Role::Leader(self.others(ctx).into_iter().map(|node| (node, progress())).collect());
        self.send_heartbeat(ctx);
    }

    /// Comes to a later term, in which it has not voted and knows no leader.
    async fn enter_term(&mut self, ctx: &Context, term: u64) -> Result<(), Exit> {
        self.keep_vote(ctx, term, None).await?;
        if let Role::Leader(_) = self.role {
            self.say(ctx, format!("does not lead any more: there is a term {term}"));
            self.wait_for_election(ctx);
        }
        self.role = Role::Follower(None);
        Ok(())
    }

    fn follow(&mut self, ctx: &Context, leader: Atom) {
        let knows = matches!(&self.role, Role::Follower(Some(known)) if *known == leader);
        if !knows {
            self.say(ctx, format!("follows {leader} in term {}", self.log.term));
        }
        self.role = Role::Follower(Some(leader));
        self.wait_for_election(ctx);
    }

    fn wait_for_election(&mut self, ctx: &Context) {
        let settings = &self.setup.settings;
        let (min, max) = (settings.election_timeout_min, settings.election_timeout_max);
        let more = (max.saturating_sub(min).as_nanos() as u64).saturating_add(1);
        let more = ctx.with_rng(|rng| rng.random_range(0..more));
        self.set_timer(ctx, min + Duration::from_nanos(more), atom!("election"));
    }
}

/// The log.
impl Member {
    fn send_heartbeat(&mut self, ctx: &Context) {
        self.set_timer(ctx, self.setup.settings.heartbeat, atom!("heartbeat"));
        self.replicate(ctx);
    }

    fn replicate(&mut self, ctx: &Context) {
        for member in self.others(ctx) {
            self.replicate_to(ctx, member);
        }
    }

    /// Sends a follower what comes next. That it arrives is assumed: what comes after it would not fit.
    fn replicate_to(&mut self, ctx: &Context, follower: Atom) {
        let Role::Leader(all) = &mut self.role else { return };
        let Some(progress) = all.get_mut(&follower) else { return };
        let previous = self.log.position(progress.sent);
        let entries = self.log.after(progress.sent, ENTRIES_MAX);
        progress.sent += entries.len() as u64;
        let (term, commit) = (self.log.term, self.commit);
        let append = RaftMessage::Append { term, leader: ctx.node(), previous, entries, commit };
        self.tell(ctx, follower, &append);
    }

    /// Takes what the leader sends, if it fits.
    async fn append(
        &mut self,
        ctx: &Context,
        (term, leader): (u64, Atom),
        previous: Position,
        entries: Vec<RaftEntry>,
        commit: u64,
    ) -> Result<RaftMessage, Exit> {
        let follower = ctx.node();
        if term == self.log.term {
            self.follow(ctx, leader);
        }
        if term < self.log.term || !self.log.has(previous) {
            let end = self.log.end().min(previous.index.saturating_sub(1));
            return Ok(RaftMessage::Behind { term: self.log.term, follower, end });
        }
        let up_to = previous.index + entries.len() as u64;
        if let Some(record) = self.log.lacks(previous.index, entries) {
            self.write(ctx, record).await?;
        }
        self.commit_up_to(ctx, commit.min(up_to));
        Ok(RaftMessage::Appended { term, follower, up_to })
    }

    fn note(&mut self, follower: Atom, note: impl FnOnce(&mut Progress)) {
        if let Role::Leader(all) = &mut self.role
            && let Some(progress) = all.get_mut(&follower)
        {
            note(progress);
        }
    }

    /// Commits what a majority has.
    fn count_copies(&mut self, ctx: &Context) {
        let Role::Leader(all) = &self.role else { return };
        let copies = all.values().map(|progress| progress.up_to).chain([self.log.end()]).collect();
        if let Some(index) = self.log.committed(copies, self.setup.settings.mutation) {
            self.commit_up_to(ctx, index);
        }
    }

    /// Does what is committed, and answers those who asked for it.
    fn commit_up_to(&mut self, ctx: &Context, index: u64) {
        while self.commit < index {
            let Some(entry) = self.log.get(self.commit + 1) else { return };
            self.commit += 1;
            let answer = self.cells.apply(&entry.request);
            if let Some(client) = self.waiting.remove(&self.commit) {
                let stale = KeyValueReply::Error(KeyValueFailure::Stale);
                gen_server::reply(ctx, &client, answer.map_or(stale, KeyValueReply::Ok));
            }
        }
    }

    /// The answer to a request that need not go into the log: it has been done before.
    fn known_answer(&self, request: &KeyValueRequest) -> Option<KeyValueAnswer> {
        match request.change {
            Change::Get if self.setup.settings.mutation == RaftMutation::LocalReads => {
                Some(KeyValueAnswer::Value(self.cells.value(&request.key)))
            }
            Change::Get | Change::Put(_) | Change::Cas(..) => self.cells.known_answer(request),
        }
    }
}

/// The disk, the others, and the timer.
impl Member {
    /// Writes a record, and what it says into memory. Those who wait for entries that it replaces
    /// learn nothing: another member may have them.
    async fn write(&mut self, ctx: &Context, record: RaftRecord) -> Result<(), Exit> {
        let file = file(&self.setup);
        let forgets = self.setup.settings.mutation == RaftMutation::ForgetVote;
        let mut kept = ctx.disk_append(&file, record.to_term());
        if kept.is_ok() && !(forgets && matches!(record, RaftRecord::Vote(..))) {
            kept = ctx.disk_sync(&file).await;
        }
        if let Err(error) = kept {
            self.say(ctx, format!("crashes: {error}"));
            return Err(Exit::error(reason(error)));
        }
        if let RaftRecord::Entries(after, _) = record {
            for client in self.waiting.split_off(&(after + 1)).into_values() {
                gen_server::reply(ctx, &client, KeyValueReply::Error(KeyValueFailure::Unclear));
            }
        }
        self.log.apply(record);
        Ok(())
    }

    async fn keep_vote(
        &mut self,
        ctx: &Context,
        term: u64,
        voted_for: Option<Atom>,
    ) -> Result<(), Exit> {
        self.write(ctx, RaftRecord::Vote(term, voted_for)).await
    }

    fn others(&self, ctx: &Context) -> Vec<Atom> {
        self.setup.nodes.iter().copied().filter(|node| *node != ctx.node()).collect()
    }

    fn tell(&self, ctx: &Context, member: Atom, message: &RaftMessage) {
        gen_server::cast(ctx, (self.setup.name, member), message);
    }

    /// Sets the timer of its role, in the place of the one that there was.
    fn set_timer(&mut self, ctx: &Context, after: Duration, what: Atom) {
        let timer = ctx.start_timer(after, ctx.pid(), what);
        if let Some(before) = self.timer.replace(timer) {
            ctx.cancel_timer(before);
        }
    }

    fn say(&self, ctx: &Context, text: String) {
        self.setup.report.line(ctx, self.setup.name, text);
    }
}

/// The reason why a member ends.
fn reason(error: DiskError) -> Term {
    tuple![atom!("disk"), error.to_string()]
}
