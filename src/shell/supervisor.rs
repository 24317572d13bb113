//! Supervisors as sessions start them: each child is a server registered under its id.

use std::time::Duration;

use super::server::{Beginning, ServerStart, init_in};
use super::template::Template;
use super::words::Words;
use super::{CommandError, expected};
use crate::otp::gen_server::{ServerName, StartResult};
use crate::otp::supervisor::{AutoShutdown, ChildSpec, Flags, Restart, Shutdown, Strategy};
use crate::runtime::Context;
use crate::term::{Atom, Term};

/// How a supervisor is started.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct SupervisorStart {
    /// What the session calls it.
    pub name: String,
    /// The name that it registers on its node.
    pub registered: Option<Atom>,
    /// How it supervises.
    pub flags: Flags,
    /// Whom.
    pub children: Vec<Child>,
}

/// A child of a supervisor: a server registered under its id.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Child {
    id: Atom,
    restart: Restart,
    shutdown: Shutdown,
    significant: bool,
    beginning: Beginning,
}

impl SupervisorStart {
    pub(super) fn parse(
        name: String,
        words: &mut Words<'_>,
    ) -> Result<SupervisorStart, CommandError> {
        let flags = words.term("{STRATEGY,INTENSITY,PERIOD}")?;
        let flags = flags_of(&flags)?;
        let children = words.term("a list of children")?;
        let children = children.plain().ok_or_else(|| expected("a list of children", None))?;
        let Some(children) = children.as_list() else {
            return Err(expected("a list of children", Some(&children.to_string())));
        };
        let children: Result<_, _> = children.iter().map(Child::of_term).collect();
        let mut start = SupervisorStart { name, registered: None, flags, children: children? };
        while let Some(word) = words.take() {
            match word.split_once('=').unwrap_or((word, "")) {
                ("name", name) => start.registered = Some(super::words::atom_in(name, "a name")?),
                ("auto_shutdown", "any_significant") => {
                    start.flags.auto_shutdown = AutoShutdown::AnySignificant;
                }
                ("auto_shutdown", "all_significant") => {
                    start.flags.auto_shutdown = AutoShutdown::AllSignificant;
                }
                _ => return Err(expected("`name=` or `auto_shutdown=`", Some(word))),
            }
        }
        Ok(start)
    }

    /// Starts it, linked to this process.
    pub(super) async fn start_link(self, ctx: &Context) -> StartResult {
        let name = self.registered.map(ServerName::Local);
        let children = self.children.iter().map(Child::spec).collect();
        crate::otp::supervisor::start_link(ctx, name, self.flags, children).await
    }
}

fn flags_of(template: &Template) -> Result<Flags, CommandError> {
    let wanted = "{STRATEGY,INTENSITY,PERIOD}, such as {one_for_one,1,5}";
    let term = template.plain().ok_or_else(|| expected(wanted, None))?;
    let wrong = || expected(wanted, Some(&term.to_string()));
    let Some([strategy, intensity, period]) = term.as_tuple() else { return Err(wrong()) };
    let strategy = match strategy.as_atom().ok_or_else(wrong)?.as_str() {
        "one_for_one" => Strategy::OneForOne,
        "one_for_all" => Strategy::OneForAll,
        "rest_for_one" => Strategy::RestForOne,
        _ => return Err(wrong()),
    };
    let number = |term: &Term| term.as_integer().and_then(|number| u32::try_from(number).ok());
    let intensity = number(intensity).ok_or_else(wrong)?;
    let period = Duration::from_secs(number(period).ok_or_else(wrong)?.into());
    Ok(Flags { strategy, intensity, period, ..Flags::default() })
}

impl Child {
    /// A permanent server with five seconds to end.
    pub(super) fn permanent(id: Atom) -> Child {
        Child {
            id,
            restart: Restart::Permanent,
            shutdown: Shutdown::After(Duration::from_secs(5)),
            significant: false,
            beginning: Beginning::default(),
        }
    }

    /// # Errors
    /// Says what a child looks like.
    pub(super) fn of(template: &Template) -> Result<Child, CommandError> {
        let term = template.plain();
        Child::of_term(&term.ok_or_else(|| expected("a child without names in it", None))?)
    }

    fn of_term(term: &Term) -> Result<Child, CommandError> {
        let wanted =
            "a child: {ID,RESTART}, {ID,RESTART,SHUTDOWN} or {ID,RESTART,SHUTDOWN,OPTIONS}";
        let wrong = || expected(wanted, Some(&term.to_string()));
        let Some([id, restart, more @ ..]) = term.as_tuple() else { return Err(wrong()) };
        let mut child = Child::permanent(id.as_atom().ok_or_else(wrong)?);
        child.restart = match restart.as_atom().ok_or_else(wrong)?.as_str() {
            "permanent" => Restart::Permanent,
            "transient" => Restart::Transient,
            "temporary" => Restart::Temporary,
            _ => return Err(wrong()),
        };
        if let Some(shutdown) = more.first() {
            child.shutdown = shutdown_of(shutdown).ok_or_else(wrong)?;
        }
        for option in more.get(1).and_then(Term::as_list).unwrap_or_default() {
            child.set(option)?;
        }
        Ok(child)
    }

    fn set(&mut self, option: &Term) -> Result<(), CommandError> {
        if option.is_atom("trap_exit") {
            self.beginning.trap_exit = true;
        } else if option.is_atom("significant") {
            self.significant = true;
        } else if let Some([init]) = option.tagged("init") {
            self.beginning.init = Some(init_in(init.clone())?);
        } else {
            let wanted = "`trap_exit`, `significant` or `{init,_}`";
            return Err(expected(wanted, Some(&option.to_string())));
        }
        Ok(())
    }

    /// Its specification.
    pub(super) fn spec(&self) -> ChildSpec {
        let Child { id, restart, shutdown, significant, beginning } = self.clone();
        let spec = ChildSpec::worker(id.as_str(), move |ctx: Context| {
            let start = ServerStart {
                name: id.as_str().to_owned(),
                registered: Some(id),
                global: None,
                timeout: None,
                beginning: beginning.clone(),
            };
            async move { start.start_link(&ctx).await }
        });
        let spec = spec.restart(restart).shutdown(shutdown);
        if significant { spec.significant() } else { spec }
    }
}

fn shutdown_of(term: &Term) -> Option<Shutdown> {
    match term.as_integer() {
        Some(time) => u64::try_from(time).ok().map(Duration::from_millis).map(Shutdown::After),
        None if term.is_atom("brutal_kill") => Some(Shutdown::BrutalKill),
        None if term.is_atom("infinity") => Some(Shutdown::Infinity),
        None => None,
    }
}
