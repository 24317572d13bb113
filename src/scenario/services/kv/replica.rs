//! A replica: promises, accepts, and remembers both.

use std::time::Duration;

use super::hints::Hints;
use super::protocol::{ReplicaAnswer, ReplicaRequest, Vote};
use super::registers::{Register, Registers, record};
use super::{Setup, Storage};
use crate::engine::runtime::{Context, DiskError, Exit};
use crate::engine::term::{Term, to_term};
use crate::otp::gen_server::{self, Caller, GenServer, Init, Next, Options, Reply, StartResult};
use crate::{atom, map, tuple};

/// The file is written anew when it has this many more records than keys.
const SUPERFLUOUS_MAX: usize = 1_000;

/// The pause before a replica tries again to rewrite its file.
const REWRITE_PAUSE: Duration = Duration::from_secs(1);

/// Says that a replica with its memory in memory has voted on this node.
const VOTED: &str = "voted";

struct Replica {
    setup: Setup,
    registers: Registers,
    /// True if it still knows everything that it has said.
    votes: bool,
    /// The number of records in its file.
    records: usize,
    /// The disk was full when it last wanted to write.
    is_full: bool,
}

/// Starts the replica of this node, with what its disk has.
pub(super) async fn start_link(ctx: &Context, setup: Setup) -> StartResult {
    let options = Options::new("kv_store").local(setup.store);
    gen_server::start_link(ctx, options, |ctx| async move {
        Ok(Init::Ok(Replica::recall(&ctx, setup).await))
    })
    .await
}

impl GenServer for Replica {
    type Call = ();
    type Cast = ReplicaRequest;
    type Reply = ();

    fn state(&self) -> Option<Term> {
        Some(map! {
            atom!("votes") => self.votes,
            atom!("records") => self.records as u64,
            atom!("full") => self.is_full,
        })
    }

    async fn handle_call(&mut self, _: &Context, _: Caller, (): ()) -> Result<Reply<()>, Exit> {
        Err(Exit::function_clause())
    }

    async fn handle_cast(&mut self, ctx: &Context, ask: ReplicaRequest) -> Result<Next, Exit> {
        let (key, ballot) = ask.about();
        ctx.node_local::<Hints>().learn(key, ballot);
        let said = match self.registers.judge(&ask) {
            _ if !self.votes => ReplicaAnswer::Unable,
            Err(promised) => ReplicaAnswer::Refused(promised),
            Ok(register) => self.take(ctx, &ask, register).await?,
        };
        let vote = Vote { node: ctx.node(), ballot, said };
        let vote = to_term(&vote).expect("a vote holds text and numbers");
        ctx.send(ballot.1, tuple![atom!("kv_vote"), vote]);
        Ok(Next::Wait)
    }
}

impl Replica {
    /// The remains of the replica of this node.
    async fn recall(ctx: &Context, setup: Setup) -> Replica {
        match setup.settings.storage {
            Storage::Memory => Replica::without_memory(ctx, setup).await,
            Storage::Disk => Replica::from_disk(ctx, setup).await,
        }
    }

    async fn without_memory(ctx: &Context, setup: Setup) -> Replica {
        let file = file(&setup);
        let votes = ctx.disk_read(&file) == Ok(Vec::new());
        if votes {
            replace(ctx, &file, || vec![Term::atom(VOTED)]).await;
        } else {
            let text = "does not vote any more: what it promised was in memory";
            setup.report.line(ctx, setup.name, text);
        }
        Replica { setup, registers: Registers::default(), votes, records: 0, is_full: false }
    }

    /// Rewrites the file: after a sync that failed, what was read may be in a cache only.
    async fn from_disk(ctx: &Context, setup: Setup) -> Replica {
        let file = file(&setup);
        let (registers, votes) = match ctx.disk_read(&file) {
            Ok(records) => (Registers::replay(&records), true),
            Err(error) => {
                let text = format!("does not vote any more: {error}");
                setup.report.line(ctx, setup.name, text);
                (Registers::default(), false)
            }
        };
        let records = registers.len();
        if votes && records > 0 {
            replace(ctx, &file, || registers.records()).await;
        }
        Replica { setup, registers, votes, records, is_full: false }
    }

    /// Makes a key what it is to be, here and on the disk.
    ///
    /// # Errors
    /// The process ends when a sync fails: nobody knows any more what is on the disk.
    async fn take(
        &mut self,
        ctx: &Context,
        ask: &ReplicaRequest,
        register: Register,
    ) -> Result<ReplicaAnswer, Exit> {
        let (key, _) = ask.about();
        match self.keep(ctx, key, &register).await {
            Ok(()) => {
                self.tell_whether_full(ctx, false);
                let said = register.said(ask);
                self.registers.set(key, register);
                Ok(said)
            }
            Err(DiskError::Full) => {
                self.tell_whether_full(ctx, true);
                Ok(ReplicaAnswer::Unable)
            }
            Err(error @ (DiskError::SyncFailed | DiskError::Corrupt(_))) => {
                let text = format!("crashes: {error}");
                self.setup.report.line(ctx, self.setup.name, text);
                Err(Exit::error(reason(error)))
            }
        }
    }

    async fn keep(
        &mut self,
        ctx: &Context,
        key: &str,
        register: &Register,
    ) -> Result<(), DiskError> {
        if self.setup.settings.storage == Storage::Memory {
            return Ok(());
        }
        let file = file(&self.setup);
        if self.records > self.registers.len() + SUPERFLUOUS_MAX {
            ctx.disk_replace(&file, self.registers.records()).await?;
            self.records = self.registers.len();
        }
        ctx.disk_append(&file, record(key, register))?;
        self.records += 1;
        ctx.disk_sync(&file).await
    }

    fn tell_whether_full(&mut self, ctx: &Context, is_full: bool) {
        if self.is_full != is_full {
            self.is_full = is_full;
            let text = if is_full { "cannot vote: its disk is full" } else { "votes again" };
            self.setup.report.line(ctx, self.setup.name, text);
        }
    }
}

/// Writes a file anew, however often that takes.
async fn replace(ctx: &Context, file: &str, records: impl Fn() -> Vec<Term>) {
    while ctx.disk_replace(file, records()).await.is_err() {
        ctx.sleep(REWRITE_PAUSE).await;
    }
}

/// The file of a replica.
fn file(setup: &Setup) -> String {
    format!("{}.log", setup.store.as_str())
}

/// The reason why a replica ends.
fn reason(error: DiskError) -> Term {
    tuple![atom!("disk"), error.to_string()]
}
