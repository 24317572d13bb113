//! The functions that a node of a simulation has, by module, name and number of arguments: Erlang's
//! own, with Erlang's arguments, results and exceptions.
//!
//! One table serves whoever has a function's name instead of Rust code: the shell's commands,
//! [`erpc`](super::erpc) and [`rpc`](super::rpc), `spawn/3`, and compiled code. A function that is not
//! in it fails with `undef`, as in Erlang.
//!
//! ```
//! use nodedown::otp::functions;
//! use nodedown::prelude::*;
//!
//! let mut world = World::new(WorldConfig::default());
//! let host = world.add_host("rack");
//! let node = world.add_node(NodeConfig::new("a@rack", host));
//! world.start_node(node);
//! let found = world.run(node, |ctx| async move {
//!     let own = vec![Term::atom("me"), ctx.pid().into()];
//!     functions::apply(&ctx, atom!("erlang"), atom!("register"), own).await?;
//!     functions::apply(&ctx, atom!("erlang"), atom!("whereis"), vec![Term::atom("me")]).await
//! });
//! assert!(found?.as_pid().is_some());
//! # Ok::<(), Exit>(())
//! ```
//!
//! - `code_of_node`: a node that has code of its own instead
//! - `arguments`: terms as the values that functions take
//! - `messages`, `links`, `names`, `timers`, `processes`, `spawning`, `nodes`: what the runtime does
//! - `servers`, `supervisors`, `applications`, `remote`, `cluster`, `groups`: what OTP does

mod applications;
mod arguments;
mod cluster;
mod code_of_node;
mod groups;
mod links;
mod messages;
mod names;
mod nodes;
mod processes;
mod remote;
mod servers;
mod spawning;
mod supervisors;
#[cfg(test)]
mod tests;
mod timers;

use std::fmt;
use std::future::Future;
use std::pin::Pin;

use crate::engine::runtime::{Context, Exit, ExitResult};
use crate::engine::term::{Atom, Term};

pub(crate) use code_of_node::{CodeOfNode, has_code_of_its_own, set_code_of_node};

/// A function that every node has.
pub struct NodeFunction {
    /// Its module.
    pub module: &'static str,
    /// Its name.
    pub name: &'static str,
    /// The names of its arguments.
    pub arguments: &'static [&'static str],
    /// A sentence about it.
    pub does: &'static str,
    code: Code,
}

/// A call that is under way.
type Running = Pin<Box<dyn Future<Output = Result<Term, Exit>>>>;

/// The code of a function.
#[derive(Clone, Copy)]
enum Code {
    /// Waits for nobody.
    Immediate(fn(&Context, &[Term]) -> Result<Term, Exit>),
    /// May wait.
    Waiting(fn(Context, Vec<Term>) -> Running),
}

/// Writes a table of functions of one module: for each its sentence, whether it waits, its name, its
/// arguments, and its code.
macro_rules! functions {
    ($table:ident, $module:literal, |$ctx:ident| $($does:literal $kind:ident $name:literal ($($argument:ident),*) $body:block)*) => {
        pub(super) const $table: &[$crate::otp::functions::NodeFunction] = &[$(
            $crate::otp::functions::NodeFunction {
                module: $module,
                name: $name,
                arguments: &[$(stringify!($argument)),*],
                does: $does,
                code: functions!(@$kind $ctx ($($argument),*) $body),
            }
        ),*];
    };
    (@now $ctx:ident ($($argument:ident),*) $body:block) => {
        $crate::otp::functions::Code::Immediate(|$ctx, arguments| {
            let _ = $ctx;
            let [$($argument),*] = arguments else { return Err(Exit::badarg()) };
            $body
        })
    };
    (@waits $ctx:ident ($($argument:ident),*) $body:block) => {
        $crate::otp::functions::Code::Waiting(|$ctx, arguments| Box::pin(async move {
            let $ctx = &$ctx;
            let [$($argument),*] = arguments.as_slice() else { return Err(Exit::badarg()) };
            $body
        }))
    };
}
use functions;

/// All functions, by their modules.
const TABLES: [&[NodeFunction]; 19] = [
    messages::ERLANG,
    links::ERLANG,
    names::ERLANG,
    timers::ERLANG,
    timers::TIMER,
    processes::ERLANG,
    spawning::ERLANG,
    nodes::ERLANG,
    nodes::NET_KERNEL,
    nodes::NET_ADM,
    nodes::INIT,
    servers::GEN_SERVER,
    supervisors::SUPERVISOR,
    applications::APPLICATION,
    remote::ERPC,
    remote::RPC,
    cluster::GLOBAL,
    groups::PG,
    groups::PG_SCOPED,
];

/// All functions; those of a module follow one another.
pub fn all() -> impl Iterator<Item = &'static NodeFunction> {
    TABLES.into_iter().flatten()
}

/// Returns the function with this name.
#[must_use]
pub fn find(module: Atom, name: Atom, arity: usize) -> Option<&'static NodeFunction> {
    let (module, name) = (module.as_str(), name.as_str());
    all().find(|each| each.module == module && each.name == name && each.arity() == arity)
}

/// Calls a function, as `apply/3` does.
///
/// # Errors
/// The exception that the function raises; `error:undef` if there is none of this name.
pub async fn apply(
    ctx: &Context,
    module: Atom,
    name: Atom,
    arguments: Vec<Term>,
) -> Result<Term, Exit> {
    if let Some(code) = code_of_node::of(ctx) {
        return code.apply(ctx.clone(), (module, name), arguments).await;
    }
    match find(module, name, arguments.len()) {
        Some(function) => function.call(ctx, arguments).await,
        None => Err(Exit::undef(module, name, arguments)),
    }
}

/// Calls a function as the whole life of a process, as `spawn/3` has it.
///
/// # Errors
/// As [`apply`].
pub async fn run(ctx: Context, module: Atom, name: Atom, arguments: Vec<Term>) -> ExitResult {
    match code_of_node::of(&ctx) {
        Some(code) => code.run(ctx, (module, name), arguments).await,
        None => apply(&ctx, module, name, arguments).await.map(drop),
    }
}

impl NodeFunction {
    /// The number of its arguments.
    #[must_use]
    pub const fn arity(&self) -> usize {
        self.arguments.len()
    }

    /// Calls the function in this process.
    ///
    /// # Errors
    /// The exception that it raises.
    pub async fn call(&self, ctx: &Context, arguments: Vec<Term>) -> Result<Term, Exit> {
        let result = match self.code {
            Code::Immediate(code) => code(ctx, &arguments),
            Code::Waiting(code) => code(ctx.clone(), arguments).await,
        };
        // One that is suspended waits (A7), one that has ended itself goes no further.
        if ctx.is_suspended(ctx.pid()) || ctx.is_process_alive(ctx.pid()) != Ok(true) {
            ctx.yield_now().await;
        }
        result
    }

    /// Calls the function if it is one that never waits.
    ///
    /// # Errors
    /// The exception that it raises.
    pub fn call_now(&self, ctx: &Context, arguments: &[Term]) -> Option<Result<Term, Exit>> {
        match self.code {
            Code::Immediate(code) => Some(code(ctx, arguments)),
            Code::Waiting(_) => None,
        }
    }
}

impl fmt::Display for NodeFunction {
    /// As a call: `erlang:send(Dest, Msg)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}(", self.module, self.name)?;
        for (place, argument) in self.arguments.iter().enumerate() {
            let comma = if place == 0 { "" } else { ", " };
            write!(f, "{comma}{}", variable(argument))?;
        }
        write!(f, ")")
    }
}

impl fmt::Debug for NodeFunction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The name of an argument as a variable of Erlang's: `BadNodes` for `bad_nodes`.
fn variable(argument: &str) -> String {
    let words = argument.split('_');
    let capital = |word: &str| {
        let mut letters = word.chars();
        let first = letters.next().into_iter().flat_map(char::to_uppercase);
        first.chain(letters).collect::<String>()
    };
    words.map(capital).collect()
}
