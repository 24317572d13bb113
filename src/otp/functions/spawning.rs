//! Starting processes that call a function by its name.

use super::arguments::{atom, badarg, elements};
use super::functions;
use crate::engine::runtime::{Context, Exit, ExitResult, SpawnOptions, SpawnReplies};
use crate::engine::term::{Atom, Pid, Ref, Term};
use crate::tuple;

functions! { ERLANG, "erlang", |ctx|
    "Starts a process that calls a function."
    waits "spawn" (module, function, args) {
        let started = Spawn::read(module, function, args)?.start(ctx, ctx.node()).await;
        Ok(Term::from(started.0))
    }

    "Starts a process on a node that calls a function there."
    waits "spawn" (node, module, function, args) {
        let spawn = Spawn::read(module, function, args)?;
        Ok(Term::from(spawn.start(ctx, atom(node)?).await.0))
    }

    "Starts a process that is linked to the caller."
    waits "spawn_link" (module, function, args) {
        let spawn = Spawn::read(module, function, args)?.link();
        Ok(Term::from(spawn.start(ctx, ctx.node()).await.0))
    }

    "Starts a process on a node, linked to the caller."
    waits "spawn_link" (node, module, function, args) {
        let spawn = Spawn::read(module, function, args)?.link();
        Ok(Term::from(spawn.start(ctx, atom(node)?).await.0))
    }

    "Starts a process that the caller monitors: `{Pid,MonitorRef}`."
    waits "spawn_monitor" (module, function, args) {
        let spawn = Spawn::read(module, function, args)?.monitor();
        Ok(shown(spawn.start(ctx, ctx.node()).await))
    }

    "Starts a process on a node that the caller monitors: `{Pid,MonitorRef}`."
    waits "spawn_monitor" (node, module, function, args) {
        let spawn = Spawn::read(module, function, args)?.monitor();
        Ok(shown(spawn.start(ctx, atom(node)?).await))
    }

    "Starts a process with the options `link` and `monitor`."
    waits "spawn_opt" (module, function, args, options) {
        let spawn = Spawn::read(module, function, args)?.options(options)?;
        Ok(shown(spawn.start(ctx, ctx.node()).await))
    }

    "Starts a process on a node with the options `link` and `monitor`."
    waits "spawn_opt" (node, module, function, args, options) {
        let spawn = Spawn::read(module, function, args)?.options(options)?;
        Ok(shown(spawn.start(ctx, atom(node)?).await))
    }

    "Asks for a process; a message `{spawn_reply,ReqId,_,_}` says what came of it."
    now "spawn_request" (module, function, args) {
        Ok(Spawn::read(module, function, args)?.request(ctx, ctx.node()))
    }

    "Asks for a process on a node; a message `{spawn_reply,ReqId,_,_}` says what came of it."
    now "spawn_request" (node, module, function, args) {
        if function.as_list().is_some() {
            // `spawn_request(Module, Function, Args, Options)`
            let spawn = Spawn::read(node, module, function)?.options(args)?;
            return Ok(spawn.request(ctx, ctx.node()));
        }
        Ok(Spawn::read(module, function, args)?.request(ctx, atom(node)?))
    }

    "As `spawn_request/4`, with the options `link` and `monitor`."
    now "spawn_request" (node, module, function, args, options) {
        let spawn = Spawn::read(module, function, args)?.options(options)?;
        Ok(spawn.request(ctx, atom(node)?))
    }
}

/// A function to call in a new process, and how that is started.
struct Spawn {
    module: Atom,
    function: Atom,
    args: Vec<Term>,
    options: SpawnOptions,
}

impl Spawn {
    fn read(module: &Term, function: &Term, args: &Term) -> Result<Spawn, Exit> {
        let (module, function) = (atom(module)?, atom(function)?);
        let args = elements(args)?.to_vec();
        let label = format!("{module}:{function}/{}", args.len());
        let label = label.get(..label.len().min(255)).unwrap_or("process");
        Ok(Spawn { module, function, options: SpawnOptions::new(label), args })
    }

    fn link(self) -> Spawn {
        Spawn { options: self.options.link(), ..self }
    }

    fn monitor(self) -> Spawn {
        Spawn { options: self.options.monitor(), ..self }
    }

    fn options(mut self, options: &Term) -> Result<Spawn, Exit> {
        for option in elements(options)? {
            match badarg(option.as_atom())?.as_str() {
                "link" => self.options.link = true,
                "monitor" => self.options.monitor = true,
                _ => return Err(Exit::badarg()),
            }
        }
        Ok(self)
    }

    /// The life of the new process.
    fn body(self) -> (SpawnOptions, impl AsyncFnOnce(Context) -> ExitResult) {
        let Spawn { module, function, args, options } = self;
        let body = async move |ctx: Context| super::run(ctx, module, function, args).await;
        (options, body)
    }

    async fn start(self, ctx: &Context, node: Atom) -> (Pid, Option<Ref>) {
        let (options, body) = self.body();
        let life = move |ctx| async move { body(ctx).await };
        if node == ctx.node() {
            ctx.spawn_with(options, life)
        } else {
            ctx.spawn_on(node, options, life).await
        }
    }

    fn request(self, ctx: &Context, node: Atom) -> Term {
        let (options, body) = self.body();
        let life = move |ctx| async move { body(ctx).await };
        Term::from(ctx.spawn_request(node, options, SpawnReplies::Always, life))
    }
}

/// A pid, or `{Pid,MonitorRef}`.
fn shown((pid, monitor): (Pid, Option<Ref>)) -> Term {
    match monitor {
        Some(monitor) => tuple![pid, monitor],
        None => Term::from(pid),
    }
}
