//! Conflicts of names: two processes have the same one when their clusters meet (G9-G13).

use std::rc::Rc;

use super::table;
use crate::engine::runtime::{Context, Exit};
use crate::engine::term::{Atom, Pid, Term};
use crate::engine::trace::{Level, LogReport};
use crate::{atom, tuple};

/// The way to settle a conflict of two processes with one name, when their clusters meet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Resolver {
    /// The process whose node sorts first keeps the name, the other one is killed (G10).
    #[default]
    RandomExit,
    /// The process whose node sorts first keeps the name, the other one gets
    /// `{global_name_conflict,Name}` (G11).
    RandomNotify,
    /// Nobody keeps it, and both get `{global_name_conflict,Name,OtherPid}` (G12).
    NotifyAll,
    /// The decision of the function that [`define_resolver`] has given this name on the node of the
    /// process (G13).
    Own(Atom),
}

/// A function of a user that settles conflicts.
pub(super) type OwnResolver = Rc<dyn Fn(&Context, &Term, Pid, Pid) -> Result<Option<Pid>, Exit>>;

/// Gives this node the function behind [`Resolver::Own`]. As functions cannot be sent, every node
/// whose processes have names with that resolver defines it.
///
/// It is called with the name, the process of the other side and the process of this one, and
/// says who keeps the name (G9). If it fails, the other side's process keeps it.
pub fn define_resolver(
    ctx: &Context,
    name: Atom,
    function: impl Fn(&Context, &Term, Pid, Pid) -> Result<Option<Pid>, Exit> + 'static,
) {
    table::of(ctx).borrow_mut().resolvers.insert(name, Rc::new(function));
}

impl From<Resolver> for Term {
    fn from(resolver: Resolver) -> Term {
        match resolver {
            Resolver::RandomExit => atom!("random_exit_name").into(),
            Resolver::RandomNotify => atom!("random_notify_name").into(),
            Resolver::NotifyAll => atom!("notify_all_name").into(),
            Resolver::Own(name) => tuple![atom!("resolver"), name],
        }
    }
}

/// Applies a resolver, on the node of `own`.
pub(super) fn resolve(
    ctx: &Context,
    method: &Term,
    name: &Term,
    other: Pid,
    own: Pid,
) -> Result<Option<Pid>, Exit> {
    if let Some([Term::Atom(function)]) = method.tagged("resolver") {
        return resolve_by_own(ctx, *function, name, other, own);
    }
    let (first, last) = if other.node() < own.node() { (other, own) } else { (own, other) };
    match method.as_atom().map(Atom::as_str) {
        Some("random_notify_name") => {
            ctx.send(last, tuple![atom!("global_name_conflict"), name]);
            Ok(Some(first))
        }
        Some("notify_all_name") => {
            ctx.send(other, tuple![atom!("global_name_conflict"), name, own]);
            ctx.send(own, tuple![atom!("global_name_conflict"), name, other]);
            Ok(None)
        }
        _ => {
            let conflict = tuple![name, last];
            let text = format!("global: Name conflict terminating {conflict}");
            ctx.log_report(Level::Info, LogReport::NameConflict, text);
            ctx.exit_signal(last, atom!("kill"));
            Ok(Some(first))
        }
    }
}

fn resolve_by_own(
    ctx: &Context,
    function: Atom,
    name: &Term,
    other: Pid,
    own: Pid,
) -> Result<Option<Pid>, Exit> {
    let found = table::of(ctx).borrow().resolvers.get(&function).cloned();
    match found {
        Some(found) => found(ctx, name, other, own),
        None => Err(Exit::error(atom!("undef"))),
    }
}
