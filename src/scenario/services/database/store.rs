//! A store: the log as one node has it.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::protocol::{
    Append, Epoch, LeaderNotice, LogEntry, StoreNotice, StoreReply, StoreRequest,
};
use super::{Mutation, Setup};
use crate::engine::runtime::{Context, DiskError, Exit};
use crate::engine::term::{Term, from_term, to_term};
use crate::otp::gen_server::{self, Caller, GenServer, Init, Next, Options, Reply, StartResult};
use crate::{atom, map, tuple};

/// The longest time that a written term waits for the operating system to write it to the disk by
/// itself, where nobody syncs.
const WRITE_BACK: Duration = Duration::from_secs(5);

/// The pause before a store tries again to rewrite its file.
const REWRITE_PAUSE: Duration = Duration::from_secs(1);

/// The log as one node has it.
#[derive(Debug)]
struct Store {
    setup: Setup,
    log: Log,
    /// True if the operating system is going to write something back.
    dirty: bool,
    /// True if its disk was damaged, and it has had no complete log since.
    damaged: bool,
}

/// A log with the leader that it is from and the leader that it follows.
#[derive(Debug)]
struct Log {
    /// Nothing is taken from leaders of earlier epochs.
    follows: Epoch,
    /// The leader that the entries are from.
    epoch: Epoch,
    entries: Vec<LogEntry>,
}

/// A record on the disk. A term is on the disk as a whole or not at all.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Record {
    Elect(Epoch),
    Append(Append),
}

/// Starts the store of this node, with what its disk has.
pub(super) async fn start_link(ctx: &Context, setup: Setup) -> StartResult {
    let options = Options::new("database_store").local(setup.store);
    gen_server::start_link(ctx, options, |ctx| async move {
        let store = Store::recall(&ctx, setup).await;
        Ok(Init::Then(store, Next::Continue(Term::atom("announce"))))
    })
    .await
}

/// The reason why a store ends.
fn reason(error: DiskError) -> Term {
    tuple![atom!("disk"), error.to_string()]
}

impl GenServer for Store {
    type Call = StoreRequest;
    type Cast = StoreNotice;
    type Reply = StoreReply;

    fn state(&self) -> Option<Term> {
        Some(map! {
            atom!("follows") => self.log.follows.0,
            atom!("epoch") => self.log.epoch.0,
            atom!("entries") => self.log.entries.len() as u64,
            atom!("unwritten") => self.dirty,
        })
    }

    async fn handle_call(
        &mut self,
        ctx: &Context,
        _: Caller,
        request: StoreRequest,
    ) -> Result<Reply<StoreReply>, Exit> {
        Ok(Reply::now(self.perform(ctx, request).await?))
    }

    async fn handle_cast(&mut self, ctx: &Context, notice: StoreNotice) -> Result<Next, Exit> {
        match notice {
            StoreNotice::Append(append, leader) => {
                let reply = self.perform(ctx, StoreRequest::Append(append)).await?;
                if reply != StoreReply::Appended {
                    gen_server::cast(ctx, leader, LeaderNotice::NotAppended(ctx.node(), reply));
                }
            }
            StoreNotice::Ask(request, leader, mark) => {
                let reply = to_term(&self.perform(ctx, request).await?)?;
                ctx.send(leader, tuple![atom!("store_reply"), mark, ctx.node(), reply]);
            }
        }
        Ok(Next::Wait)
    }

    /// Tells the leader, wherever it is, that this store may lack something.
    async fn handle_continue(&mut self, ctx: &Context, _: Term) -> Result<Next, Exit> {
        let notice = LeaderNotice::StoreUp(ctx.node());
        gen_server::abcast(ctx, &self.setup.nodes, self.setup.name, notice);
        Ok(Next::Wait)
    }

    async fn handle_info(&mut self, ctx: &Context, _: Term) -> Result<Next, Exit> {
        self.dirty = false;
        let file = self.setup.file();
        ctx.spawn("write_back", move |ctx| async move {
            // The operating system does so by itself, and has nobody to tell of an error.
            let _ = ctx.disk_sync(&file).await;
            Ok(())
        });
        Ok(Next::Wait)
    }
}

impl Store {
    /// The log as the disk of this node has it, if the store is kept there. It may be in a
    /// cache only, after a sync that failed, so it is written anew.
    async fn recall(ctx: &Context, setup: Setup) -> Store {
        let never = Epoch(0, ctx.node());
        let log = Log { follows: never, epoch: never, entries: Vec::new() };
        let mut store = Store { setup, log, dirty: false, damaged: false };
        if !store.setup.settings.is_on_disk() {
            return store;
        }
        let file = store.setup.file();
        match ctx.disk_read(&file) {
            Ok(records) => {
                store.log.replay(&records);
                if !records.is_empty() && store.setup.settings.syncs() {
                    store.rewrite(ctx, &file).await;
                }
            }
            Err(error) => {
                store.damaged = true;
                let text = format!("the store has lost its log: {error}");
                store.setup.report.line(ctx, store.setup.name, text);
            }
        }
        store
    }

    /// Writes the file anew, however often that takes.
    async fn rewrite(&self, ctx: &Context, file: &str) {
        loop {
            let records = self.log.records().into_iter().map(|record| record.to_term());
            match ctx.disk_replace(file, records.collect()).await {
                Ok(()) => return,
                Err(_) => ctx.sleep(REWRITE_PAUSE).await,
            }
        }
    }

    /// Does what it is asked for.
    ///
    /// # Errors
    /// The process ends when a sync fails: nobody knows any more what is on the disk.
    async fn perform(&mut self, ctx: &Context, request: StoreRequest) -> Result<StoreReply, Exit> {
        let done = match request {
            StoreRequest::Latest if self.damaged => Ok(StoreReply::Damaged),
            StoreRequest::Latest => Ok(StoreReply::Follows(self.log.follows)),
            StoreRequest::Elect(epoch) => self.elect(ctx, epoch).await,
            StoreRequest::Append(append) => self.append(ctx, append).await,
        };
        match done {
            Ok(reply) => Ok(reply),
            Err(DiskError::Full) => Ok(StoreReply::Full),
            Err(error @ (DiskError::SyncFailed | DiskError::Corrupt(_))) => {
                let text = format!("the store crashes: {error}");
                self.setup.report.line(ctx, self.setup.name, text);
                Err(Exit::error(reason(error)))
            }
        }
    }

    async fn elect(&mut self, ctx: &Context, epoch: Epoch) -> Result<StoreReply, DiskError> {
        if self.damaged && self.setup.settings.is_consistent() {
            return Ok(StoreReply::Damaged);
        }
        if epoch.0 <= self.log.follows.0 {
            return Ok(StoreReply::Fenced(self.log.follows));
        }
        self.keep(ctx, &Record::Elect(epoch)).await?;
        self.log.follows = epoch;
        if self.damaged {
            return Ok(StoreReply::Damaged);
        }
        Ok(StoreReply::Elected(self.log.epoch, self.log.entries.clone()))
    }

    async fn append(&mut self, ctx: &Context, append: Append) -> Result<StoreReply, DiskError> {
        if self.damaged && self.setup.settings.is_consistent() {
            return Ok(StoreReply::Damaged);
        }
        let blind = self.setup.settings.mutation == Mutation::IgnoreEpoch;
        let reply = match self.log.judge(&append) {
            _ if blind && append.at <= self.log.entries.len() as u64 => StoreReply::Appended,
            StoreReply::Appended if self.damaged && append.at > 0 => StoreReply::Behind,
            reply => reply,
        };
        // In one epoch a place of the log always has the same entry, unless a leader may go back on
        // what it could not get to its stores.
        let known = self.setup.settings.is_consistent() && self.log.has(&append);
        if reply == StoreReply::Appended && !known {
            let record = Record::Append(append);
            if self.damaged {
                self.mend(ctx, &record).await?;
            } else {
                self.keep(ctx, &record).await?;
            }
            self.log.apply(record);
        }
        Ok(reply)
    }

    /// Puts a whole log in the place of the damaged file.
    async fn mend(&mut self, ctx: &Context, record: &Record) -> Result<(), DiskError> {
        let records = vec![Record::Elect(self.log.follows).to_term(), record.to_term()];
        ctx.disk_replace(&self.setup.file(), records).await?;
        self.damaged = false;
        self.setup.report.line(ctx, self.setup.name, "the store has the whole log again");
        Ok(())
    }

    /// Writes a record to the disk, if this store has one.
    async fn keep(&mut self, ctx: &Context, record: &Record) -> Result<(), DiskError> {
        if !self.setup.settings.is_on_disk() {
            return Ok(());
        }
        let file = self.setup.file();
        ctx.disk_append(&file, record.to_term())?;
        if self.setup.settings.syncs() {
            let mut synced = ctx.disk_sync(&file).await;
            while synced.is_err() && self.setup.settings.mutation == Mutation::RetryFsync {
                synced = ctx.disk_sync(&file).await;
            }
            return synced;
        }
        if !self.dirty {
            self.dirty = true;
            ctx.send_after(WRITE_BACK, ctx.pid(), atom!("write_back"));
        }
        Ok(())
    }
}

impl Record {
    fn to_term(&self) -> Term {
        to_term(self).expect("a record holds text and numbers")
    }
}

impl Log {
    fn replay(&mut self, records: &[Term]) {
        for record in records {
            self.apply(from_term(record).expect("the store wrote the record"));
        }
    }

    /// The shortest file that comes to the same.
    fn records(&self) -> [Record; 2] {
        let (epoch, entries) = (self.epoch, self.entries.clone());
        [Record::Append(Append { epoch, at: 0, entries }), Record::Elect(self.follows)]
    }

    /// True if it has these entries of this epoch.
    fn has(&self, append: &Append) -> bool {
        let end = append.at + append.entries.len() as u64;
        append.epoch == self.epoch && end <= self.entries.len() as u64
    }

    /// True if the entries follow on those that are here, and come from the latest leader.
    fn judge(&self, append: &Append) -> StoreReply {
        let fits = append.at == 0
            || (append.epoch == self.epoch && append.at <= self.entries.len() as u64);
        if append.epoch < self.follows {
            StoreReply::Fenced(self.follows)
        } else if fits {
            StoreReply::Appended
        } else {
            StoreReply::Behind
        }
    }

    fn apply(&mut self, record: Record) {
        match record {
            Record::Elect(epoch) => self.follows = epoch,
            Record::Append(Append { epoch, at, entries }) => {
                self.follows = epoch;
                self.epoch = epoch;
                self.entries.truncate(at as usize);
                self.entries.extend(entries);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::term::Atom;

    fn epoch(number: u64) -> Epoch {
        Epoch(number, Atom::new("a@h"))
    }

    fn entry(text: &str) -> LogEntry {
        let (room, text) = ("lobby".to_owned(), text.to_owned());
        LogEntry { epoch: epoch(1), room, sequence: 1, text, key: None }
    }

    fn check(append: &Append, expected: &StoreReply) {
        let log = Log { follows: epoch(3), epoch: epoch(2), entries: vec![entry("x"), entry("y")] };
        assert_eq!(&log.judge(append), expected, "{append:?}");
    }

    #[test]
    fn a_store_takes_what_follows_on_its_log_from_the_latest_leader() {
        let append = |number, at| Append { epoch: epoch(number), at, entries: vec![entry("z")] };
        check(&append(2, 2), &StoreReply::Fenced(epoch(3)));
        check(&append(2, 0), &StoreReply::Fenced(epoch(3)));
        check(&append(3, 2), &StoreReply::Behind);
        check(&append(3, 0), &StoreReply::Appended);
        check(&append(4, 0), &StoreReply::Appended);
        check(&append(4, 2), &StoreReply::Behind);
    }

    #[test]
    fn a_piece_of_the_log_replaces_what_was_there() {
        let mut log = Log { follows: epoch(1), epoch: epoch(1), entries: vec![] };
        let append = |at, text| Append { epoch: epoch(1), at, entries: vec![entry(text)] };
        for (at, text) in [(0, "a"), (1, "b"), (1, "c")] {
            assert_eq!(log.judge(&append(at, text)), StoreReply::Appended);
            log.apply(Record::Append(append(at, text)));
        }
        assert_eq!(log.judge(&append(3, "d")), StoreReply::Behind);
        assert_eq!(log.entries, [entry("a"), entry("c")]);
    }
}
