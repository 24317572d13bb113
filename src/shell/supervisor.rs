//! Supervisors as sessions start them: each child is a server or a supervisor registered under its id.

use std::time::Duration;

use super::server::{Beginning, ServerStart, Teller, init_in, milliseconds, via_in};
use super::template::Template;
use super::words::Words;
use super::{CommandError, expected};
use crate::engine::runtime::Context;
use crate::engine::term::{Atom, Term};
use crate::otp::gen_server::{ServerName, StartResult};
use crate::otp::supervisor::{self, AutoShutdown, ChildSpec, Flags, Restart, Shutdown, Strategy};
use crate::spelling::Choice;
use crate::tuple;

/// The options of a supervisor's start.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct SupervisorStart {
    /// Its name in the session.
    pub name: String,
    /// The name that it registers on its node.
    pub registered: Option<Atom>,
    /// Its flags.
    pub flags: Flags,
    /// Its children.
    pub children: Vec<Child>,
}

/// A child of a supervisor: a server or a supervisor registered under its id.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Child {
    id: Atom,
    restart: Restart,
    shutdown: Shutdown,
    significant: bool,
    /// The name that it has instead.
    registered: Option<ServerName>,
    beginning: Beginning,
    /// Its flags and children, if it is a supervisor.
    inner: Option<(Flags, Vec<Child>)>,
}

impl SupervisorStart {
    pub(super) fn parse(
        name: String,
        words: &mut Words<'_>,
    ) -> Result<SupervisorStart, CommandError> {
        let flags = words.term("{STRATEGY,INTENSITY,PERIOD}")?.plain();
        let flags = flags_of(&flags.ok_or_else(|| expected(FLAGS, None))?)?;
        let children = words.term("a list of children")?.plain();
        let children = children_of(&children.ok_or_else(|| expected("a list of children", None))?)?;
        if flags.strategy == Strategy::SimpleOneForOne && children.len() != 1 {
            return Err(expected("one child, which is a template", None));
        }
        let mut start = SupervisorStart { name, registered: None, flags, children };
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
        let [template] = self.children.as_slice() else {
            return start_supervisor(ctx, name, self.flags, &self.children).await;
        };
        if self.flags.strategy != Strategy::SimpleOneForOne {
            return start_supervisor(ctx, name, self.flags, &self.children).await;
        }
        let (spec, template) = (template.spec(), template.clone());
        supervisor::start_link_simple(ctx, name, self.flags, spec, move |ctx, options| {
            template.clone().start_unnamed(ctx, options)
        })
        .await
    }
}

async fn start_supervisor(
    ctx: &Context,
    name: Option<ServerName>,
    flags: Flags,
    children: &[Child],
) -> StartResult {
    let children = children.iter().map(Child::spec).collect();
    supervisor::start_link(ctx, name, flags, children).await
}

fn children_of(term: &Term) -> Result<Vec<Child>, CommandError> {
    let children = term.as_list();
    let children =
        children.ok_or_else(|| expected("a list of children", Some(&term.to_string())))?;
    children.iter().map(Child::of_term).collect()
}

const FLAGS: &str = "{STRATEGY,INTENSITY,PERIOD}, such as {one_for_one,1,5}";

fn flags_of(term: &Term) -> Result<Flags, CommandError> {
    let wrong = || expected(FLAGS, Some(&term.to_string()));
    let Some([strategy, intensity, period]) = term.as_tuple() else { return Err(wrong()) };
    let strategy = match strategy.as_atom().ok_or_else(wrong)?.as_str() {
        "one_for_one" => Strategy::OneForOne,
        "one_for_all" => Strategy::OneForAll,
        "rest_for_one" => Strategy::RestForOne,
        "simple_one_for_one" => Strategy::SimpleOneForOne,
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
            registered: None,
            beginning: Beginning::default(),
            inner: None,
        }
    }

    /// As it does first.
    pub(super) fn beginning(self, beginning: Beginning) -> Child {
        Child { beginning, ..self }
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
        let restart = restart.as_atom().ok_or_else(wrong)?;
        child.restart = Restart::of_word(restart.as_str()).ok_or_else(wrong)?;
        if let Some(shutdown) = more.first() {
            child.shutdown = shutdown_of(shutdown).ok_or_else(wrong)?;
        }
        child.set_all(more.get(1))?;
        Ok(child)
    }

    fn set_all(&mut self, options: Option<&Term>) -> Result<(), CommandError> {
        let mut options = options.and_then(Term::as_list).unwrap_or_default().iter();
        options.try_for_each(|option| self.set(option))
    }

    fn set(&mut self, option: &Term) -> Result<(), CommandError> {
        if option.is_atom("trap_exit") {
            self.beginning.trap_exit = true;
        } else if option.is_atom("significant") {
            self.significant = true;
        } else if let Some([init]) = option.tagged("init") {
            self.beginning.init = Some(init_in(init.clone())?);
        } else if let Some([to]) = option.tagged("tell") {
            self.beginning.tells = Some(Teller::new(self.id, to)?);
        } else if let Some([time]) = option.tagged("slow") {
            self.beginning.slow = milliseconds(time);
        } else if let Some([name]) = option.tagged("global") {
            self.registered = Some(ServerName::Global(name.clone()));
        } else if let Some([module, name]) = option.tagged("via") {
            let via = via_in(&tuple![module, name])?;
            self.registered = Some(ServerName::Via(via));
        } else if let Some([flags, children]) = option.tagged("supervisor") {
            self.inner = Some((flags_of(flags)?, children_of(children)?));
        } else {
            let wanted = "`trap_exit`, `significant`, `{init,_}`, `{tell,_}`, `{slow,Ms}`, `{global,_}`, `{via,_,_}` or `{supervisor,FLAGS,CHILDREN}`";
            return Err(expected(wanted, Some(&option.to_string())));
        }
        Ok(())
    }

    /// Its specification.
    pub(super) fn spec(&self) -> ChildSpec {
        let child = self.clone();
        let id = self.id;
        let spec = match self.inner.clone() {
            Some((flags, children)) => ChildSpec::supervisor(id.as_str(), move |ctx| {
                let children = children.clone();
                let name = Some(ServerName::Local(id));
                async move { start_supervisor(&ctx, name, flags, &children).await }
            }),
            None => ChildSpec::worker(id.as_str(), move |ctx: Context| {
                let start = child.to_start(Some(id));
                async move { start.start_link(&ctx).await }
            }),
        };
        let spec = spec.restart(self.restart).shutdown(self.shutdown);
        if self.significant { spec.significant() } else { spec }
    }

    fn to_start(&self, registered: Option<Atom>) -> ServerStart {
        ServerStart {
            name: self.id.as_str().to_owned(),
            registered: self.registered.clone().or(registered.map(ServerName::Local)),
            timeout: None,
            beginning: self.beginning.clone(),
        }
    }

    /// Starts a child after this template, with more options.
    async fn start_unnamed(mut self, ctx: Context, options: Term) -> StartResult {
        self.set_all(Some(&options)).map_err(|error| Term::from(error.to_string().as_str()))?;
        self.to_start(None).start_link(&ctx).await
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
