//! A service that the simulator knows nothing of: a till, which fetches what it has sold from
//! a vault when it starts, and its customers, who find it by its global name.

use crate::consistency::history::{Action, Invocation, Outcome};
use crate::engine::runtime::BoxedProcess;
use crate::prelude::*;

/// The name of the till in the cluster.
const NAME: &str = "till";

/// The time that the vault needs to report its sales.
const VAULT_WORK: Duration = Duration::from_millis(30);

struct Till {
    sold: i64,
}

impl GenServer for Till {
    type Call = Term;
    type Cast = Term;
    type Reply = i64;

    async fn handle_call(&mut self, _: &Context, _: Caller, _: Term) -> Result<Reply<i64>, Exit> {
        self.sold += 1;
        Ok(Reply::now(self.sold))
    }
}

struct Vault;

impl GenServer for Vault {
    type Call = Term;
    type Cast = Term;
    type Reply = i64;

    async fn handle_call(&mut self, ctx: &Context, _: Caller, _: Term) -> Result<Reply<i64>, Exit> {
        ctx.work(VAULT_WORK).await;
        Ok(Reply::now(100))
    }
}

/// Starts a till, which asks the vault.
async fn open(ctx: Context, link: bool) -> StartResult {
    let options = gen_server::Options::new("cashier").global(NAME);
    let init = |ctx: Context| async move {
        // The name under which a fault finds it.
        ctx.register(Atom::new("cashier"), ctx.pid())?;
        let vault = gen_server::ServerRef::Global(Term::from("vault"));
        let sold = gen_server::call(&ctx, vault, Term::atom("sold")).await.unwrap_or(0);
        Ok(Init::Ok(Till { sold }))
    };
    if link {
        gen_server::start_link(&ctx, options, init).await
    } else {
        gen_server::start(&ctx, options, init).await
    }
}

fn info(name: &'static str) -> ProgramInfo {
    ProgramInfo { name, about: "For a test.", config: vec![], operations: vec![] }
}

/// The till as an application, which is to be distributed.
pub(super) struct TillService;

impl Service for TillService {
    fn info(&self) -> ProgramInfo {
        info("till")
    }

    fn application(&self, setup: &ServiceSetup) -> ApplicationSpec {
        ApplicationSpec::new(setup.name.as_str(), |ctx, _| async move {
            let till = ChildSpec::worker("till", |ctx| open(ctx, true));
            supervisor::start_link(&ctx, None, supervisor::Flags::default(), vec![till]).await
        })
    }
}

pub(super) struct VaultService;

impl Service for VaultService {
    fn info(&self) -> ProgramInfo {
        info("vault")
    }

    fn application(&self, setup: &ServiceSetup) -> ApplicationSpec {
        ApplicationSpec::new(setup.name.as_str(), |ctx, _| async move {
            let vault = ChildSpec::worker("vault", |ctx| async move {
                let options = gen_server::Options::new("vault").global("vault");
                gen_server::start_link(&ctx, options, |_| async { Ok(Init::Ok(Vault)) }).await
            });
            supervisor::start_link(&ctx, None, supervisor::Flags::default(), vec![vault]).await
        })
    }
}

/// A process on each node that opens a till as soon as there is none: no application moves.
pub(super) struct StandbyService;

impl Service for StandbyService {
    fn info(&self) -> ProgramInfo {
        info("standby")
    }

    fn application(&self, setup: &ServiceSetup) -> ApplicationSpec {
        ApplicationSpec::new(setup.name.as_str(), |ctx, _| async move {
            let standby = ChildSpec::worker("standby", |ctx| async move {
                Ok(Some(ctx.spawn_link("standby", stand_by)))
            });
            supervisor::start_link(&ctx, None, supervisor::Flags::default(), vec![standby]).await
        })
    }
}

async fn stand_by(ctx: Context) -> ExitResult {
    loop {
        let holder = match open(ctx.clone(), false).await {
            Ok(started) => started,
            Err(reason) => reason.tagged("already_started").and_then(|found| found[0].as_pid()),
        };
        let Some(holder) = holder else { continue };
        let monitor = Term::from(ctx.monitor(holder));
        let is_down = move |message: &Term| {
            message.tagged("DOWN").is_some_and(|down| down.first() == Some(&monitor))
        };
        ctx.receive_where(is_down).await;
    }
}

/// A customer who buys, and retries every 50 ms until a till answers.
pub(super) struct Customer;

impl Client for Customer {
    fn info(&self) -> ProgramInfo {
        ProgramInfo { operations: vec!["buy"], ..info("customer") }
    }

    fn start(&self, setup: ClientSetup) -> Box<dyn FnOnce(Context) -> BoxedProcess> {
        Box::new(|ctx| Box::pin(buy(ctx, setup)))
    }
}

async fn buy(ctx: Context, setup: ClientSetup) -> ExitResult {
    loop {
        ctx.receive_where(|message| message.tagged("operation").is_some()).await;
        let invocation = Invocation {
            workload: setup.workload,
            client: setup.client,
            name: Atom::new("buy"),
            action: Action::Other,
            key: Term::from(NAME),
            value: Term::atom("undefined"),
            timeout: setup.timeout,
        };
        let id = setup.history.invoke(&ctx, invocation);
        loop {
            let till = gen_server::ServerRef::Global(Term::from(NAME));
            if let Ok(answer) = gen_server::call::<i64>(&ctx, till, Term::atom("buy")).await {
                setup.history.complete(&ctx, id, Outcome::Ok(answer.into()));
                break;
            }
            ctx.sleep(Duration::from_millis(50)).await;
        }
    }
}
