//! Names of servers, and who waits for an answer.

use std::fmt;

use super::global;
use super::via::Via;
use crate::engine::runtime::{Context, Exit};
use crate::engine::term::{Atom, Pid, Ref, Term};
use crate::{atom, tuple};

/// The name that a server is started under.
#[derive(Clone, Debug, PartialEq)]
pub enum ServerName {
    /// Known on its node: `{local,Name}`.
    Local(Atom),
    /// Known in the whole cluster: `{global,Name}`.
    Global(Term),
    /// Known in a registry: `{via,Module,Name}`.
    Via(Via),
}

/// The address of a server.
#[derive(Clone, Debug, PartialEq)]
pub enum ServerRef {
    /// By its identity.
    Pid(Pid),
    /// By a name of this node.
    Local(Atom),
    /// By a name of the node that follows it: `{Name,Node}`.
    Remote(Atom, Atom),
    /// By a name of the cluster: `{global,Name}`.
    Global(Term),
    /// By a name in a registry: `{via,Module,Name}`.
    Via(Via),
}

impl ServerRef {
    /// The reference as Erlang writes it.
    #[must_use]
    pub fn to_term(&self) -> Term {
        match self {
            ServerRef::Pid(pid) => Term::from(*pid),
            ServerRef::Local(name) => Term::from(*name),
            ServerRef::Remote(name, node) => tuple![*name, *node],
            ServerRef::Global(name) => tuple![atom!("global"), name],
            ServerRef::Via(via) => via.to_term(),
        }
    }

    /// The process, or the name on another node, that stands behind the reference now.
    ///
    /// # Errors
    /// Any exception that a registry raises.
    pub(super) fn resolve(&self, ctx: &Context) -> Result<Option<Address>, Exit> {
        Ok(match self {
            ServerRef::Pid(pid) => Some(Address::Pid(*pid)),
            ServerRef::Remote(name, node) if *node != ctx.node() => {
                Some(Address::Remote(*name, *node))
            }
            ServerRef::Local(name) | ServerRef::Remote(name, _) => {
                let found = ctx.whereis(*name).map(Address::Pid);
                found.or_else(|| {
                    ctx.missed_name(*name);
                    None
                })
            }
            ServerRef::Global(name) => {
                let found = global::whereis_name(ctx, name).map(Address::Pid);
                found.or_else(|| {
                    ctx.missed_global_name(name);
                    None
                })
            }
            ServerRef::Via(via) => via.whereis(ctx)?.map(Address::Pid),
        })
    }
}

impl fmt::Display for ServerRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.to_term())
    }
}

impl From<Pid> for ServerRef {
    fn from(pid: Pid) -> ServerRef {
        ServerRef::Pid(pid)
    }
}

impl From<Atom> for ServerRef {
    fn from(name: Atom) -> ServerRef {
        ServerRef::Local(name)
    }
}

impl From<&str> for ServerRef {
    /// A name of this node.
    fn from(name: &str) -> ServerRef {
        ServerRef::Local(Atom::new(name))
    }
}

impl From<(Atom, Atom)> for ServerRef {
    fn from((name, node): (Atom, Atom)) -> ServerRef {
        ServerRef::Remote(name, node)
    }
}

impl From<ServerName> for ServerRef {
    fn from(name: ServerName) -> ServerRef {
        match name {
            ServerName::Local(name) => ServerRef::Local(name),
            ServerName::Global(name) => ServerRef::Global(name),
            ServerName::Via(via) => ServerRef::Via(via),
        }
    }
}

impl From<Via> for ServerRef {
    fn from(via: Via) -> ServerRef {
        ServerRef::Via(via)
    }
}

impl From<&ServerRef> for ServerRef {
    fn from(server: &ServerRef) -> ServerRef {
        server.clone()
    }
}

impl ServerName {
    /// Takes the name for this process; whoever holds it otherwise.
    ///
    /// # Errors
    /// Any exception that a registry raises.
    pub(super) async fn register(&self, ctx: &Context) -> Result<Result<(), Option<Pid>>, Exit> {
        let taken = match self {
            ServerName::Local(name) => ctx.register(*name, ctx.pid()).is_ok(),
            ServerName::Global(name) => global::register_name(ctx, name, ctx.pid()).await,
            ServerName::Via(via) => via.register(ctx).await?,
        };
        Ok(if taken { Ok(()) } else { Err(self.holder(ctx)?) })
    }

    /// Gives the name up.
    pub(super) async fn unregister(&self, ctx: &Context) -> Result<(), Exit> {
        match self {
            ServerName::Local(name) => ctx.unregister(*name),
            ServerName::Global(name) => {
                global::unregister_name(ctx, name).await;
                Ok(())
            }
            ServerName::Via(via) => {
                // A registry that fails here is none of the server's business.
                let _ = via.unregister(ctx).await;
                Ok(())
            }
        }
    }

    /// The process that has the name.
    ///
    /// # Errors
    /// Any exception that a registry raises.
    pub(crate) fn holder(&self, ctx: &Context) -> Result<Option<Pid>, Exit> {
        match self {
            ServerName::Local(name) => Ok(ctx.whereis(*name)),
            ServerName::Global(name) => Ok(global::whereis_name(ctx, name)),
            ServerName::Via(via) => via.whereis(ctx),
        }
    }
}

/// The destination of a message.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Address {
    Pid(Pid),
    Remote(Atom, Atom),
}

impl Address {
    pub(super) fn node(self) -> Atom {
        match self {
            Address::Pid(pid) => pid.node(),
            Address::Remote(_, node) => node,
        }
    }

    pub(super) fn send(self, ctx: &Context, message: Term) {
        match self {
            Address::Pid(pid) => ctx.send(pid, message),
            Address::Remote(name, node) => ctx.send((name, node), message),
        }
    }
}

/// The caller of a request, who waits for the reply: Erlang's `From`. (Rust has a trait of that name
/// in every scope.)
///
/// A caller is addressed by an alias of its process, so that a reply that comes too late reaches
/// nobody (C3).
#[derive(Clone, Debug, PartialEq)]
pub struct Caller {
    /// The process that asked.
    pub pid: Pid,
    tag: Term,
}

impl Caller {
    /// The caller behind the alias `reference` of this process.
    pub(super) fn with_alias(ctx: &Context, reference: Ref) -> Caller {
        let tag = Term::list_with_tail(vec![Term::atom("alias")], reference.into());
        Caller { pid: ctx.pid(), tag }
    }

    /// `{Pid,[alias|Ref]}`.
    #[must_use]
    pub fn to_term(&self) -> Term {
        tuple![self.pid, &self.tag]
    }

    /// The client that a term stands for.
    #[must_use]
    pub fn from_term(term: &Term) -> Option<Caller> {
        let [pid, tag] = term.as_tuple()? else { return None };
        Some(Caller { pid: pid.as_pid()?, tag: tag.clone() })
    }

    /// Sends the reply (C14).
    pub(super) fn reply(&self, ctx: &Context, reply: Term) {
        let message = tuple![&self.tag, reply];
        match self.tag.as_improper_list() {
            Some((_, Term::Reference(alias))) => ctx.send(*alias, message),
            _ => ctx.send(self.pid, message),
        }
    }
}
