//! Terms as the values that functions take.

use std::time::Duration;

use crate::engine::runtime::{AliasMode, Context, Destination, Exit, MonitorTarget};
use crate::engine::term::{Atom, Pid, Ref, Term};
use crate::otp::gen_server::{ServerRef, Via};
use crate::{atom, list, tuple};

/// The value, or `badarg`.
#[track_caller]
pub(super) fn badarg<T>(value: Option<T>) -> Result<T, Exit> {
    value.ok_or_else(Exit::badarg)
}

/// The value, or `function_clause`: no clause of the function takes the argument.
#[track_caller]
pub(super) fn clause<T>(value: Option<T>) -> Result<T, Exit> {
    value.ok_or_else(Exit::function_clause)
}

#[track_caller]
pub(super) fn pid(term: &Term) -> Result<Pid, Exit> {
    badarg(term.as_pid())
}

#[track_caller]
pub(super) fn atom(term: &Term) -> Result<Atom, Exit> {
    badarg(term.as_atom())
}

#[track_caller]
pub(super) fn reference(term: &Term) -> Result<Ref, Exit> {
    badarg(term.as_reference())
}

#[track_caller]
pub(super) fn boolean(term: &Term) -> Result<bool, Exit> {
    badarg(term.as_bool())
}

#[track_caller]
pub(super) fn elements(term: &Term) -> Result<&[Term], Exit> {
    badarg(term.as_list())
}

/// A number of milliseconds that is not negative.
pub(super) fn milliseconds(term: &Term) -> Option<Duration> {
    u64::try_from(term.as_integer()?).ok().map(Duration::from_millis)
}

/// A time limit, or none.
#[derive(Clone, Copy)]
pub(super) struct Timeout(pub Option<Duration>);

impl Timeout {
    pub(super) const INFINITY: Timeout = Timeout(None);
}

/// A time limit: milliseconds, or `infinity`.
pub(super) fn timeout(term: &Term) -> Option<Timeout> {
    if term.is_atom("infinity") {
        return Some(Timeout::INFINITY);
    }
    milliseconds(term).map(|time| Timeout(Some(time)))
}

/// A list of atoms.
pub(super) fn atoms(term: &Term) -> Option<Vec<Atom>> {
    term.as_list()?.iter().map(Term::as_atom).collect()
}

/// The recipient of a message: a pid, an alias, a name of this node or of another one.
pub(super) enum Recipient {
    To(Destination),
    /// A name of this node, which somebody must have (A2).
    Named(Atom),
}

#[track_caller]
pub(super) fn recipient(term: &Term) -> Result<Recipient, Exit> {
    Ok(match term {
        Term::Pid(pid) => Recipient::To((*pid).into()),
        Term::Reference(alias) => Recipient::To((*alias).into()),
        Term::Atom(name) => Recipient::Named(*name),
        term => Recipient::To(badarg(name_on(term))?.into()),
    })
}

/// `{Name,Node}`.
pub(super) fn name_on(term: &Term) -> Option<(Atom, Atom)> {
    match term.as_tuple()? {
        [Term::Atom(name), Term::Atom(node)] => Some((*name, *node)),
        _ => None,
    }
}

/// A process to monitor: a pid, a name, or `{Name,Node}`.
#[track_caller]
pub(super) fn monitored(ctx: &Context, term: &Term) -> Result<MonitorTarget, Exit> {
    let target = match term {
        Term::Pid(pid) => MonitorTarget::from(*pid),
        Term::Atom(name) => MonitorTarget::from(*name),
        term => badarg(name_on(term))?.into(),
    };
    ctx.may_monitor(target)?;
    Ok(target)
}

/// The mode of an alias, as an option of a monitor names it.
pub(super) fn alias_mode(term: &Term) -> Option<AliasMode> {
    match term.as_atom()?.as_str() {
        "explicit_unalias" => Some(AliasMode::ExplicitUnalias),
        "demonitor" => Some(AliasMode::Demonitor),
        "reply_demonitor" => Some(AliasMode::ReplyDemonitor),
        _ => None,
    }
}

/// The server that a term stands for.
pub(super) fn server(term: &Term) -> Option<ServerRef> {
    match term {
        Term::Pid(pid) => Some(ServerRef::Pid(*pid)),
        Term::Atom(name) => Some(ServerRef::Local(*name)),
        term => match term.as_tuple()? {
            [tag, name] if tag.is_atom("global") => Some(ServerRef::Global(name.clone())),
            [Term::Atom(name), Term::Atom(node)] => Some(ServerRef::Remote(*name, *node)),
            [tag, Term::Atom(module), name] if tag.is_atom("via") => {
                Some(ServerRef::Via(Via::of_module(*module, name)))
            }
            _ => None,
        },
    }
}

/// The atom, as what a function returns.
#[expect(clippy::unnecessary_wraps, reason = "the last line of functions that can fail")]
pub(super) fn answer(name: &str) -> Result<Term, Exit> {
    Ok(Term::atom(name))
}

/// A pid, or `undefined`.
pub(super) fn or_undefined(pid: Option<Pid>) -> Term {
    pid.map_or_else(|| Term::atom("undefined"), Term::from)
}

/// A list of atoms as a term.
pub(super) fn names(names: Vec<Atom>) -> Term {
    names.into_iter().map(Term::from).collect()
}

/// `{ok,Value}`.
pub(super) fn ok(value: impl Into<Term>) -> Term {
    tuple![atom!("ok"), value.into()]
}

/// `{error,Reason}`.
pub(super) fn error(reason: impl Into<Term>) -> Term {
    tuple![atom!("error"), reason.into()]
}

/// The exit of a call to `function` of `module` that has no clause for its arguments.
pub(super) fn exit_of_call(module: &str, function: &str, arguments: &[Term]) -> Exit {
    let called = tuple![Term::atom(module), Term::atom(function), Term::from(arguments.to_vec())];
    Exit::exit(tuple![Exit::function_clause().into_exit_reason(), called])
}

/// A list of no terms.
pub(super) fn nil() -> Term {
    list![]
}
