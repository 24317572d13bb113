//! Registries of names besides Erlang's own: `{via,Module,Name}`.

use std::fmt;
use std::pin::Pin;
use std::rc::Rc;

use super::global;
use crate::engine::runtime::{Context, Exit};
use crate::engine::term::{Atom, Pid, Term};
use crate::{atom, tuple};

/// The future result of a function of a registry.
pub type Answered<'a, T> = Pin<Box<dyn Future<Output = Result<T, Exit>> + 'a>>;

/// A registry of names: the functions that Erlang calls of `Module` in `{via,Module,Name}`.
///
/// ```
/// use std::cell::RefCell;
/// use std::collections::BTreeMap;
/// use std::rc::Rc;
///
/// use nodedown::otp::gen_server::{Answered, Registry, ServerRef, Via};
/// use nodedown::prelude::*;
///
/// /// The names of each node, in a table that all its processes can read.
/// #[derive(Default)]
/// struct Rooms(RefCell<BTreeMap<(Atom, Term), Pid>>);
///
/// impl Registry for Rooms {
///     fn module(&self) -> Atom {
///         atom!("rooms")
///     }
///
///     fn whereis_name(&self, ctx: &Context, name: &Term) -> Result<Option<Pid>, Exit> {
///         let holder = self.0.borrow().get(&(ctx.node(), name.clone())).copied();
///         Ok(holder.filter(|pid| ctx.is_process_alive(*pid) == Ok(true)))
///     }
///
///     fn register_name<'a>(
///         &'a self,
///         ctx: &'a Context,
///         name: &'a Term,
///         pid: Pid,
///     ) -> Answered<'a, bool> {
///         Box::pin(async move {
///             let free = self.whereis_name(ctx, name)?.is_none();
///             if free {
///                 self.0.borrow_mut().insert((ctx.node(), name.clone()), pid);
///             }
///             Ok(free)
///         })
///     }
///
///     fn unregister_name<'a>(&'a self, ctx: &'a Context, name: &'a Term) -> Answered<'a, ()> {
///         Box::pin(async move {
///             self.0.borrow_mut().remove(&(ctx.node(), name.clone()));
///             Ok(())
///         })
///     }
/// }
///
/// let lobby: ServerRef = Via::new(Rc::new(Rooms::default()), "lobby").into();
/// assert_eq!(lobby.to_string(), "{via,rooms,<<\"lobby\">>}");
/// ```
pub trait Registry {
    /// The name of the module, as terms show it.
    fn module(&self) -> Atom;

    /// The process that has a name, by a look into a table: it waits for nobody.
    ///
    /// # Errors
    /// Any exception of the function, for instance because the registry does not run.
    fn whereis_name(&self, ctx: &Context, name: &Term) -> Result<Option<Pid>, Exit>;

    /// Gives a process a name; `false` when the name is taken.
    fn register_name<'a>(
        &'a self,
        ctx: &'a Context,
        name: &'a Term,
        pid: Pid,
    ) -> Answered<'a, bool>;

    /// Takes a name away from whoever has it.
    fn unregister_name<'a>(&'a self, ctx: &'a Context, name: &'a Term) -> Answered<'a, ()>;

    /// Sends a message to the process with a name, and returns the process.
    ///
    /// # Errors
    /// `exit:{badarg,{Name,Message}}` when nobody has the name.
    fn send(&self, ctx: &Context, name: &Term, message: Term) -> Result<Pid, Exit> {
        let Some(pid) = self.whereis_name(ctx, name)? else {
            return Err(Exit::exit(tuple![atom!("badarg"), tuple![name, message]]));
        };
        ctx.send(pid, message);
        Ok(pid)
    }
}

/// A name in a registry: `{via,Module,Name}`. Two are the same if module and name are.
#[derive(Clone)]
pub struct Via {
    registry: Rc<dyn Registry>,
    name: Term,
}

impl Via {
    /// A name in this registry.
    #[must_use]
    pub fn new(registry: Rc<dyn Registry>, name: impl Into<Term>) -> Via {
        Via { registry, name: name.into() }
    }

    /// A name in a module of Erlang's own: `global`, which is a registry. Any other is one that is
    /// not there, all functions of which fail with `undef`.
    #[must_use]
    pub fn of_module(module: Atom, name: impl Into<Term>) -> Via {
        let is_global = module.as_str() == "global";
        let registry: Rc<dyn Registry> =
            if is_global { Rc::new(Global) } else { Rc::new(Undefined(module)) };
        Via::new(registry, name)
    }

    /// `{via,Module,Name}`.
    #[must_use]
    pub fn to_term(&self) -> Term {
        tuple![atom!("via"), self.registry.module(), &self.name]
    }

    /// The process that has the name.
    ///
    /// # Errors
    /// Any exception that the registry raises.
    pub fn whereis(&self, ctx: &Context) -> Result<Option<Pid>, Exit> {
        self.registry.whereis_name(ctx, &self.name)
    }

    /// Sends a message to the process that has the name, and returns the process.
    ///
    /// # Errors
    /// Any exception that the registry raises: `exit:{badarg,{Name,Message}}` when nobody has the
    /// name.
    pub fn send(&self, ctx: &Context, message: impl Into<Term>) -> Result<Pid, Exit> {
        self.registry.send(ctx, &self.name, message.into())
    }

    /// Takes the name for this process; `false` when it is taken.
    pub(super) async fn register(&self, ctx: &Context) -> Result<bool, Exit> {
        self.registry.register_name(ctx, &self.name, ctx.pid()).await
    }

    /// Gives the name up.
    pub(super) async fn unregister(&self, ctx: &Context) -> Result<(), Exit> {
        self.registry.unregister_name(ctx, &self.name).await
    }
}

impl PartialEq for Via {
    fn eq(&self, other: &Via) -> bool {
        (self.registry.module(), &self.name) == (other.registry.module(), &other.name)
    }
}

impl fmt::Debug for Via {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.to_term())
    }
}

/// The names of the cluster, as a registry.
struct Global;

impl Registry for Global {
    fn module(&self) -> Atom {
        atom!("global")
    }

    fn whereis_name(&self, ctx: &Context, name: &Term) -> Result<Option<Pid>, Exit> {
        let found = global::whereis_name(ctx, name);
        if found.is_none() {
            ctx.missed_global_name(name);
        }
        Ok(found)
    }

    fn register_name<'a>(
        &'a self,
        ctx: &'a Context,
        name: &'a Term,
        pid: Pid,
    ) -> Answered<'a, bool> {
        Box::pin(async move { Ok(global::register_name(ctx, name, pid).await) })
    }

    fn unregister_name<'a>(&'a self, ctx: &'a Context, name: &'a Term) -> Answered<'a, ()> {
        Box::pin(async move {
            global::unregister_name(ctx, name).await;
            Ok(())
        })
    }
}

/// A module that is not there.
struct Undefined(Atom);

impl Undefined {
    fn fail<'a, T: 'a>() -> Answered<'a, T> {
        Box::pin(async { Err(Exit::error(atom!("undef"))) })
    }
}

impl Registry for Undefined {
    fn module(&self) -> Atom {
        self.0
    }

    fn whereis_name(&self, _: &Context, _: &Term) -> Result<Option<Pid>, Exit> {
        Err(Exit::error(atom!("undef")))
    }

    fn register_name<'a>(&'a self, _: &'a Context, _: &'a Term, _: Pid) -> Answered<'a, bool> {
        Undefined::fail()
    }

    fn unregister_name<'a>(&'a self, _: &'a Context, _: &'a Term) -> Answered<'a, ()> {
        Undefined::fail()
    }
}
