//! A server that does as each request says.
//!
//! Its state is a list, empty at first. By call it understands
//!
//! | request | does |
//! |---|---|
//! | `{echo,T}` | replies T |
//! | `{sleep,Ms,T}` | sleeps this many milliseconds in the callback, then replies T |
//! | `{reply_later,Ms,T}` | does not reply at once; replies T this many milliseconds later |
//! | `noreply` | never replies |
//! | `{exit,R}` `{error,R}` `{throw,V}` | does that in the callback; what is thrown counts as returned |
//! | `{stop,R,Reply}` `{stop,R}` | stops with the reason R, with or without a reply |
//! | `state` | replies the state |
//! | `{trap_exit,Bool}` | sets the flag and replies its former value |
//! | `{call,Server,Request}` | replies what that server replies |
//! | `{stop_application,X}` | stops an application, which may be its own |
//!
//! and no other request: it ends with `function_clause`. A cast of `{sleep,Ms,T}`, `{exit,R}`,
//! `{error,R}` or `{stop,R}` does the same; any other one is added to the state as `{cast,T}`, and
//! any other message as `{info,M}`.

use std::time::Duration;

use super::template::Template;
use super::thrown;
use super::words::{Words, duration_in};
use super::{CommandError, expected};
use crate::engine::runtime::{Class, Context, Exit, ExitResult};
use crate::engine::term::{Atom, Term};
use crate::otp::application;
use crate::otp::gen_server::{
    self, Caller, GenServer, Init, Next, Options, Reply, ServerName, ServerRef, StartResult, Via,
};
use crate::{atom, list, tuple};

/// The options of a start.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct ServerStart {
    /// Its name in the session.
    pub name: String,
    /// The name that it registers.
    pub registered: Option<ServerName>,
    /// The time that its start may take.
    pub timeout: Option<Duration>,
    /// Its first steps.
    pub beginning: Beginning,
}

/// The first steps of a server.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Beginning {
    /// The result of its start function, if that returns no state.
    pub init: Option<Term>,
    /// It traps exits.
    pub trap_exit: bool,
    /// The process that it informs of its start and its end.
    pub tells: Option<Teller>,
    /// The time that it takes to end.
    pub slow: Duration,
}

/// The process that is informed that something starts and ends.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Teller {
    /// The name of the thing that starts and ends.
    pub id: Atom,
    /// The address of the process: a name of the node, or a name and a node.
    pub to: Term,
}

impl Teller {
    /// # Errors
    /// If nobody can be told so.
    pub(super) fn new(id: Atom, to: &Term) -> Result<Teller, CommandError> {
        let to = super::template::with_full_names(to);
        if server_ref(&to).is_some_and(|to| !matches!(to, ServerRef::Pid(_) | ServerRef::Via(_))) {
            Ok(Teller { id, to })
        } else {
            Err(expected("a registered name, or {NAME,@NODE}", Some(&to.to_string())))
        }
    }

    /// Tells it.
    pub(super) fn tell(&self, ctx: &Context, message: Term) {
        match server_ref(&self.to) {
            Some(ServerRef::Remote(name, node)) => ctx.send((name, node), message),
            Some(ServerRef::Local(name)) => ctx.send((name, ctx.node()), message),
            Some(ServerRef::Pid(_) | ServerRef::Global(_) | ServerRef::Via(_)) | None => {}
        }
    }
}

impl ServerStart {
    pub(super) fn parse(name: String, words: &mut Words<'_>) -> Result<ServerStart, CommandError> {
        let beginning = Beginning::default();
        let mut start = ServerStart { name, registered: None, timeout: None, beginning };
        while let Some(word) = words.take() {
            match word.split_once('=').unwrap_or((word, "")) {
                ("name", name) => {
                    let name = super::words::atom_in(name, "a name")?;
                    start.registered = Some(ServerName::Local(name));
                }
                ("global", name) => start.registered = Some(ServerName::Global(plain(name)?)),
                ("via", name) => start.registered = Some(ServerName::Via(via_in(&plain(name)?)?)),
                ("init", what) => start.beginning.init = Some(init_in(plain(what)?)?),
                ("timeout", time) => start.timeout = Some(duration_in(time)?),
                ("trap_exit", "") => start.beginning.trap_exit = true,
                _ => {
                    let wanted = "`name=`, `global=`, `via=`, `init=`, `timeout=` or `trap_exit`";
                    return Err(expected(wanted, Some(word)));
                }
            }
        }
        Ok(start)
    }

    /// Starts it, linked to this process.
    pub(super) async fn start_link(self, ctx: &Context) -> StartResult {
        let (options, beginning) = (self.options(), self.beginning);
        gen_server::start_link(ctx, options, |ctx| async move { beginning.init(&ctx).await }).await
    }

    /// Starts it on its own.
    pub(super) async fn start(self, ctx: &Context) -> StartResult {
        let (options, beginning) = (self.options(), self.beginning);
        gen_server::start(ctx, options, |ctx| async move { beginning.init(&ctx).await }).await
    }

    fn options(&self) -> Options {
        let options = Options { timeout: self.timeout, ..Options::new(&self.name) };
        options.named(self.registered.clone())
    }

    /// Fails as Erlang does where the start itself asks the registry of the name.
    pub(super) fn ask_registry(&self, ctx: &Context) -> Result<(), Exit> {
        match &self.registered {
            Some(ServerName::Via(via)) => via.whereis(ctx).map(drop),
            Some(ServerName::Local(_) | ServerName::Global(_)) | None => Ok(()),
        }
    }
}

/// The name in a registry that `{Module,Name}` is.
pub(super) fn via_in(term: &Term) -> Result<Via, CommandError> {
    match term.as_tuple() {
        Some([Term::Atom(module), name]) => Ok(Via::of_module(*module, name)),
        _ => Err(expected("{MODULE,NAME}, such as {global,n}", Some(&term.to_string()))),
    }
}

fn plain(word: &str) -> Result<Term, CommandError> {
    Template::parse(word)?.plain().ok_or_else(|| expected("a term without names", Some(word)))
}

/// Reads the result of a server's start function.
pub(super) fn init_in(term: Term) -> Result<Term, CommandError> {
    let tag = term.as_tuple().and_then(|tuple| tuple.first()?.as_atom());
    let known = ["stop", "exit", "error", "throw", "sleep", "needs", "ignores_without"];
    let is_known = term.is_atom("ignore") || tag.is_some_and(|tag| known.contains(&tag.as_str()));
    if is_known {
        Ok(term)
    } else {
        let wanted = "`ignore`, `{stop,R}`, `{exit,R}`, `{error,R}`, `{throw,V}`, `{sleep,Ms}`, `{needs,NAME}` or `{ignores_without,NAME}`";
        Err(expected(wanted, Some(&term.to_string())))
    }
}

impl Beginning {
    async fn init(self, ctx: &Context) -> Result<Init<ScriptedServer>, Exit> {
        ctx.trap_exit(self.trap_exit);
        if let Some(teller) = &self.tells {
            teller.tell(ctx, tuple![atom!("starts"), teller.id]);
        }
        let (tells, slow) = (self.tells, self.slow);
        let server = ScriptedServer { state: list![], tells, slow };
        let Some(init) = self.init else { return Ok(Init::Ok(server)) };
        if init.is_atom("ignore") {
            return Ok(Init::Ignore);
        }
        if let Some([reason]) = init.tagged("stop") {
            return Ok(Init::Stop(reason.clone()));
        }
        if let Some([Term::Atom(name)]) = init.tagged("needs")
            && ctx.whereis(*name).is_none()
        {
            return Ok(Init::Stop(init));
        }
        if let Some([Term::Atom(name)]) = init.tagged("ignores_without")
            && ctx.whereis(*name).is_none()
        {
            return Ok(Init::Ignore);
        }
        if let Some([time]) = init.tagged("sleep") {
            ctx.sleep(milliseconds(time)).await;
        }
        match raised(&init) {
            None => Ok(Init::Ok(server)),
            Some(exit) => thrown::init(exit.reason(), server)
                .filter(|_| exit.class() == Class::Throw)
                .ok_or(exit),
        }
    }
}

/// The server.
pub(super) struct ScriptedServer {
    pub(super) state: Term,
    tells: Option<Teller>,
    slow: Duration,
}

impl ScriptedServer {
    pub(super) fn with_state(self, state: &Term) -> ScriptedServer {
        ScriptedServer { state: state.clone(), ..self }
    }

    /// Adds to the state, which something thrown may have made anything but a list.
    fn note(&mut self, what: Term) -> Result<(), Exit> {
        let mut all = self.state.as_list().ok_or_else(Exit::badarg)?.to_vec();
        all.push(what);
        self.state = Term::from(all);
        Ok(())
    }
}

impl GenServer for ScriptedServer {
    type Call = Term;
    type Cast = Term;
    type Reply = Term;

    async fn handle_call(
        &mut self,
        ctx: &Context,
        client: Caller,
        request: Term,
    ) -> Result<Reply<Term>, Exit> {
        if let Some(exit) = raised(&request) {
            let is_throw = exit.class() == Class::Throw;
            let returned = if is_throw { self.reply_with(exit.reason()) } else { None };
            return returned.ok_or(exit);
        }
        if request.is_atom("state") {
            return Ok(Reply::now(self.state.clone()));
        }
        if request.is_atom("noreply") {
            return Ok(Reply::no_reply());
        }
        let Some([tag, arguments @ ..]) = request.as_tuple() else { return no_clause() };
        let tag = tag.as_atom().unwrap_or(atom!("undefined"));
        match (tag.as_str(), arguments) {
            ("echo", [term]) => Ok(Reply::now(term.clone())),
            ("sleep", [time, term]) => {
                ctx.sleep(milliseconds(time)).await;
                Ok(Reply::now(term.clone()))
            }
            ("reply_later", [time, term]) => {
                let order = tuple![atom!("$reply_later"), client.to_term(), term];
                ctx.send_after(milliseconds(time), ctx.pid(), order);
                Ok(Reply::no_reply())
            }
            ("stop", [reason, reply]) => Ok(Reply::stop(reason, reply.clone())),
            ("stop", [reason]) => Ok(Reply::stop_silently(reason)),
            ("trap_exit", [on]) => {
                Ok(Reply::now(Term::from(ctx.trap_exit(on.as_bool().unwrap_or_default()))))
            }
            ("stop_application", [Term::Atom(name)]) => match application::stop(ctx, *name).await {
                Err(reason) if reason.is_atom("terminating") => Err(Exit::exit(reason)),
                Ok(()) | Err(_) => Ok(Reply::now(Term::atom("ok"))),
            },
            ("call", [server, request]) => call(ctx, server, request).await.map(Reply::now),
            _ => no_clause(),
        }
    }

    async fn handle_cast(&mut self, ctx: &Context, request: Term) -> Result<Next, Exit> {
        if let Some(exit) = raised(&request).filter(|exit| exit.class() != Class::Throw) {
            return Err(exit);
        }
        match (request.tagged("stop"), request.tagged("sleep")) {
            (Some([reason]), _) => return Ok(Next::Stop(reason.clone())),
            (_, Some([time, _])) => ctx.sleep(milliseconds(time)).await,
            _ => self.note(tuple![atom!("cast"), request])?,
        }
        Ok(Next::Wait)
    }

    async fn handle_info(&mut self, ctx: &Context, message: Term) -> Result<Next, Exit> {
        match message.tagged("$reply_later") {
            Some([client, term]) => {
                if let Some(client) = Caller::from_term(client) {
                    gen_server::reply(ctx, &client, term);
                }
            }
            _ => self.note(tuple![atom!("info"), message])?,
        }
        Ok(Next::Wait)
    }

    async fn handle_continue(&mut self, _: &Context, _: Term) -> Result<Next, Exit> {
        Err(Exit::error(atom!("undef")))
    }

    async fn terminate(&mut self, ctx: &Context, reason: &Term) -> ExitResult {
        ctx.sleep(self.slow).await;
        if let Some(teller) = &self.tells {
            teller.tell(ctx, tuple![atom!("ends"), teller.id, reason]);
        }
        Ok(())
    }
}

async fn call(ctx: &Context, server: &Term, request: &Term) -> Result<Term, Exit> {
    let server = server_ref(server).ok_or_else(Exit::badarg)?;
    gen_server::call(ctx, server, request).await
}

/// The server that a term stands for.
fn server_ref(term: &Term) -> Option<ServerRef> {
    if let Some(pid) = term.as_pid() {
        return Some(ServerRef::Pid(pid));
    }
    if let Some(name) = term.as_atom() {
        return Some(ServerRef::Local(name));
    }
    match term.as_tuple()? {
        [tag, name] if tag.is_atom("global") => Some(ServerRef::Global(name.clone())),
        [name, node] => Some(ServerRef::Remote(name.as_atom()?, node.as_atom()?)),
        [tag, Term::Atom(module), name] if tag.is_atom("via") => {
            Some(ServerRef::Via(Via::of_module(*module, name)))
        }
        _ => None,
    }
}

/// Returns the exception of `{exit,R}`, `{error,R}` or `{throw,V}`.
pub(super) fn raised(request: &Term) -> Option<Exit> {
    if let Some([reason]) = request.tagged("exit") {
        return Some(Exit::exit(reason));
    }
    if let Some([reason]) = request.tagged("error") {
        return Some(Exit::error(reason));
    }
    match request.tagged("throw") {
        Some([value]) => Some(Exit::throw(value)),
        _ => None,
    }
}

fn no_clause<T>() -> Result<T, Exit> {
    Err(Exit::function_clause())
}

/// A duration that is given in milliseconds; none if the term is no such number.
pub(super) fn milliseconds(term: &Term) -> Duration {
    let time = term.as_integer().and_then(|time| u64::try_from(time).ok());
    Duration::from_millis(time.unwrap_or_default())
}
