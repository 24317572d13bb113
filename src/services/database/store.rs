//! A store: the log as one node has it.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::protocol::{Append, Entry, Epoch, LeaderNotice, StoreNotice, StoreReply, StoreRequest};
use super::{Mutation, Setup};
use crate::atom;
use crate::otp::gen_server::{self, Client, GenServer, Init, Next, Options, Reply, StartResult};
use crate::runtime::{Context, Exit};
use crate::term::{Term, from_term, to_term};

/// How long a written term waits at the most for the operating system to write it to the disk by
/// itself, where nobody syncs.
const WRITE_BACK: Duration = Duration::from_secs(5);

/// The log as one node has it.
#[derive(Debug)]
struct Store {
    setup: Setup,
    log: Log,
    /// Whether the operating system is going to write something back.
    dirty: bool,
}

/// A log with the leader that it is from and the leader that it follows.
#[derive(Debug)]
struct Log {
    /// Nothing is taken from leaders of earlier epochs.
    follows: Epoch,
    /// The leader that the entries are from.
    epoch: Epoch,
    entries: Vec<Entry>,
}

/// What is written to the disk. A term is on the disk as a whole or not at all.
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
        let records = ctx.disk_read(&setup.file());
        let log = Log::replay(&ctx, &records);
        Ok(Init::Then(Store { setup, log, dirty: false }, Next::Continue(Term::atom("announce"))))
    })
    .await
}

impl GenServer for Store {
    type Call = StoreRequest;
    type Cast = StoreNotice;
    type Reply = StoreReply;

    async fn handle_call(
        &mut self,
        ctx: &Context,
        _: Client,
        request: StoreRequest,
    ) -> Result<Reply<StoreReply>, Exit> {
        let reply = match request {
            StoreRequest::Latest => StoreReply::Follows(self.log.follows),
            StoreRequest::Elect(epoch) => self.elect(ctx, epoch).await,
            StoreRequest::Append(append) => self.append(ctx, append).await,
        };
        Ok(Reply::now(reply))
    }

    async fn handle_cast(&mut self, ctx: &Context, notice: StoreNotice) -> Result<Next, Exit> {
        let StoreNotice::Append(append, leader) = notice;
        let reply = self.append(ctx, append).await;
        if reply != StoreReply::Appended {
            gen_server::cast(ctx, leader, LeaderNotice::NotAppended(ctx.node(), reply));
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
            ctx.disk_sync(&file).await;
            Ok(())
        });
        Ok(Next::Wait)
    }
}

impl Store {
    async fn elect(&mut self, ctx: &Context, epoch: Epoch) -> StoreReply {
        if epoch.0 <= self.log.follows.0 {
            return StoreReply::Fenced(self.log.follows);
        }
        self.log.follows = epoch;
        self.keep(ctx, &Record::Elect(epoch)).await;
        StoreReply::Elected(self.log.epoch, self.log.entries.clone())
    }

    async fn append(&mut self, ctx: &Context, append: Append) -> StoreReply {
        let blind = self.setup.settings.mutation == Mutation::IgnoreEpoch;
        let reply = match self.log.judge(&append) {
            _ if blind && append.at <= self.log.entries.len() as u64 => StoreReply::Appended,
            reply => reply,
        };
        if reply == StoreReply::Appended {
            let record = Record::Append(append);
            self.keep(ctx, &record).await;
            self.log.apply(record);
        }
        reply
    }

    /// Writes a record to the disk, if this store has one.
    async fn keep(&mut self, ctx: &Context, record: &Record) {
        if !self.setup.settings.is_on_disk() {
            return;
        }
        let file = self.setup.file();
        ctx.disk_append(&file, to_term(record).expect("a record holds text and numbers"));
        if self.setup.settings.fsync {
            ctx.disk_sync(&file).await;
        } else if !self.dirty {
            self.dirty = true;
            ctx.send_after(WRITE_BACK, ctx.pid(), atom!("write_back"));
        }
    }
}

impl Log {
    fn replay(ctx: &Context, records: &[Term]) -> Log {
        let never = Epoch(0, ctx.node());
        let mut log = Log { follows: never, epoch: never, entries: Vec::new() };
        for record in records {
            log.apply(from_term(record).expect("the store wrote the record"));
        }
        log
    }

    /// Whether the entries follow on what is here, and come from the latest leader.
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
    use crate::term::Atom;

    fn epoch(number: u64) -> Epoch {
        Epoch(number, Atom::new("a@h"))
    }

    fn entry(text: &str) -> Entry {
        let (room, text) = ("lobby".to_owned(), text.to_owned());
        Entry { epoch: epoch(1), room, sequence: 1, text, key: None }
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
