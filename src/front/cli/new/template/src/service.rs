//! The service `store`: a number for each key, kept on the disk of its node.

use std::collections::BTreeMap;

use nodedown::prelude::*;

/// A request to the store. It travels as an Erlang term.
#[derive(Serialize, Deserialize)]
#[serde(crate = "nodedown::serde")]
pub(crate) enum Request {
    Put { key: String, value: u64 },
    Get { key: String },
}

/// The store's answer to both: the value that the key has now.
pub(crate) type Answer = Option<u64>;

/// The service, as scenarios know it.
pub(crate) struct Store;

/// Settings of the service, from `"config"` in the scenario.
#[derive(Clone, Copy, Deserialize)]
#[serde(crate = "nodedown::serde")]
struct Settings {
    fsync: bool,
}

impl Service for Store {
    fn info(&self) -> ProgramInfo {
        let fsync = "Whether a put is answered only when it is safe on the disk.";
        ProgramInfo {
            name: "store",
            about: "Keeps a number for each key, on the disk of its node.",
            config: vec![Field::default("fsync", Shape::Boolean, true, fsync)],
            operations: vec![],
        }
    }

    /// An application with a supervisor at its top, as in Erlang.
    fn application(&self, setup: &ServiceSetup) -> ApplicationSpec {
        let (name, settings) = (setup.name, setup.settings(&self.info()));
        ApplicationSpec::new(name.as_str(), move |ctx, _start_type| async move {
            let server = ChildSpec::worker("store", move |ctx| start(ctx, name, settings));
            supervisor::start_link(&ctx, None, supervisor::Flags::default(), vec![server]).await
        })
    }
}

/// Starts the server under the name of its application.
async fn start(ctx: Context, name: Atom, settings: Settings) -> StartResult {
    let options = gen_server::Options::new("store").local(name);
    let init = move |ctx| async move { Ok(Init::Ok(Server::open(&ctx, settings)?)) };
    gen_server::start_link(&ctx, options, init).await
}

/// The state of the server.
struct Server {
    values: BTreeMap<String, u64>,
    settings: Settings,
}

/// The file with all puts, oldest first.
const FILE: &str = "store";

impl Server {
    /// Reads what is on the disk from an earlier life of the node. What cannot be read is an exit
    /// reason: the supervisor sees it.
    fn open(ctx: &Context, settings: Settings) -> Result<Server, Exit> {
        let puts = ctx.disk_read(FILE)?;
        let values = puts.iter().map(from_term).collect::<Result<_, _>>()?;
        Ok(Server { values, settings })
    }
}

impl GenServer for Server {
    type Call = Request;
    type Cast = Term;
    type Reply = Answer;

    async fn handle_call(
        &mut self,
        ctx: &Context,
        _from: Caller,
        request: Request,
    ) -> Result<Reply<Answer>, Exit> {
        match request {
            Request::Get { key } => Ok(Reply::now(self.values.get(&key).copied())),
            Request::Put { key, value } => {
                ctx.disk_append(FILE, to_term(&(&key, value))?)?;
                if self.settings.fsync {
                    ctx.disk_sync(FILE).await?;
                }
                self.values.insert(key, value);
                Ok(Reply::now(Some(value)))
            }
        }
    }
}
