//! Applications of a session, and how they were started.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;
use std::time::Duration;

use super::names::full;
use super::server::{Beginning, Teller};
use super::supervisor::Child;
use crate::engine::runtime::Context;
use crate::engine::term::{Atom, Term};
use crate::engine::trace::Trace;
use crate::otp::application::{ApplicationSpec, RestartType, StartType};
use crate::otp::gen_server::ServerName;
use crate::otp::kernel::{BootApplication, BootMode, Distributed};
use crate::otp::supervisor::{self, Flags, StartResult};
use crate::{atom, list, tuple};

/// An application: a supervisor with one server, which is registered under the name of the
/// application, the supervisor with `_sup` behind it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Definition {
    pub name: String,
    /// The nodes that know it. Of a distributed one the nodes in the order of priority; those of an
    /// inner list are equals.
    pub nodes: Vec<Vec<String>>,
    /// Its distribution over nodes.
    pub spread: Spread,
    pub restart: RestartType,
    /// The applications that must be started before it.
    pub needs: Vec<Atom>,
    pub env: Vec<(Atom, Term)>,
    pub phases: Vec<Atom>,
    /// The phase that fails.
    pub fails_in: Option<Atom>,
    /// The node where its start fails.
    pub fails_on: Option<String>,
    /// The result of its start function, if it does not start it.
    pub start: Option<Term>,
    /// The process that is informed of its callbacks.
    pub tells: Option<Teller>,
    /// It starts a process outside of its tree, which is registered under its name with
    /// `_stray` behind it.
    pub stray: bool,
}

/// The distribution of an application over nodes.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Spread {
    /// On each node by itself.
    Local,
    /// On one of its nodes.
    Distributed {
        /// The time that they wait for one that went down.
        timeout: Option<Duration>,
        /// The node that has the list the other way round.
        differs_on: Option<String>,
        /// The node that does not have the application.
        absent_on: Option<String>,
    },
}

/// The start type that each start was given, with its node and its application, oldest first.
pub(super) type Starts = Rc<RefCell<Vec<(Atom, Atom, StartType)>>>;

impl Definition {
    pub(super) fn new(name: String) -> Definition {
        let spread = Spread::Distributed {
            timeout: Some(Duration::ZERO),
            differs_on: None,
            absent_on: None,
        };
        Definition {
            name,
            nodes: Vec::new(),
            spread,
            restart: RestartType::Temporary,
            needs: Vec::new(),
            env: Vec::new(),
            phases: Vec::new(),
            fails_in: None,
            fails_on: None,
            start: None,
            tells: None,
            stray: false,
        }
    }

    pub(super) fn atom(&self) -> Atom {
        Atom::new(&self.name)
    }

    /// Returns whether it may run on this node.
    pub(super) fn names(&self, node: &str) -> bool {
        self.nodes.iter().flatten().any(|other| other == node)
    }

    /// The nodes that each of them waits for in its boot.
    pub(super) fn partners(&self) -> impl Iterator<Item = &String> {
        let is_distributed = self.spread != Spread::Local;
        self.nodes.iter().flatten().filter(move |_| is_distributed)
    }

    /// The kernel parameter `distributed` for it on a node.
    pub(super) fn distributed(&self, node: &str) -> Option<Distributed> {
        let Spread::Distributed { timeout, differs_on, .. } = &self.spread else { return None };
        let equals = |group: &Vec<String>| group.iter().map(|node| full(node)).collect();
        let mut nodes: Vec<Vec<Atom>> = self.nodes.iter().map(equals).collect();
        if differs_on.as_deref() == Some(node) {
            nodes.reverse();
        }
        Some(Distributed { application: self.atom(), timeout: *timeout, nodes })
    }

    /// Returns what a node knows or loads when it boots.
    pub(super) fn to_boot(&self, node: &str, starts: &Starts) -> Option<BootApplication> {
        let mode = match &self.spread {
            Spread::Local => BootMode::Known,
            Spread::Distributed { absent_on, .. } if absent_on.as_deref() == Some(node) => {
                return None;
            }
            Spread::Distributed { .. } => BootMode::Load,
        };
        Some(BootApplication { spec: self.spec(starts), mode })
    }

    fn spec(&self, starts: &Starts) -> ApplicationSpec {
        let (definition, starts) = (Rc::new(self.clone()), Rc::clone(starts));
        let [prepares, ends] = [(); 2].map(|()| Rc::clone(&definition));
        let in_phases = Rc::clone(&definition);
        let spec = ApplicationSpec::new(&self.name, move |ctx: Context, start_type| {
            starts.borrow_mut().push((ctx.node(), definition.atom(), start_type));
            let definition = Rc::clone(&definition);
            async move { definition.start(ctx, start_type).await }
        });
        let spec = spec.depends_on(self.needs.iter().copied());
        let spec = self.env.iter().fold(spec, |spec, (key, value)| spec.env(key.as_str(), value));
        let spec = spec.prep_stop(move |ctx, state| {
            prepares.tell(&ctx, |name| tuple![atom!("prep_stop"), name]);
            async move { state }
        });
        let spec = spec.stop(move |ctx, _| {
            ends.tell(&ctx, |name| tuple![atom!("stop"), name]);
            async {}
        });
        if self.phases.is_empty() {
            return spec;
        }
        let phases = self.phases.iter().map(|phase| (*phase, list![]));
        spec.start_phases(phases, move |ctx, phase, start_type, _| {
            let start_type = start_type.to_term();
            in_phases.tell(&ctx, |name| tuple![atom!("start_phase"), name, phase, start_type]);
            let fails = in_phases.fails_in == Some(phase);
            async move { if fails { Err(Term::atom("nope")) } else { Ok(()) } }
        })
    }

    fn tell(&self, ctx: &Context, message: impl FnOnce(Atom) -> Term) {
        if let Some(teller) = &self.tells {
            teller.tell(ctx, message(self.atom()));
        }
    }

    async fn start(&self, ctx: Context, start_type: StartType) -> StartResult {
        self.tell(&ctx, |name| tuple![atom!("start"), name, start_type.to_term()]);
        if self.fails_on.as_deref().map(full) == Some(ctx.node()) {
            return Err(Term::atom("nope"));
        }
        let mut init = None;
        if let Some(start) = &self.start {
            if start.is_atom("ignore") {
                return Ok(None);
            }
            match (start.tagged("error"), start.tagged("child")) {
                (Some([reason]), _) => return Err(reason.clone()),
                (_, Some([child])) => init = Some(child.clone()),
                _ => {}
            }
        }
        if self.stray {
            self.start_stray(&ctx);
        }
        let trap_exit = self.tells.is_some();
        let beginning =
            Beginning { init, trap_exit, tells: self.tells.clone(), ..Beginning::default() };
        let name = Some(ServerName::Local(Atom::new(&format!("{}_sup", self.name))));
        let flags = Flags { intensity: 0, ..Flags::default() };
        let child = Child::permanent(self.atom()).beginning(beginning);
        supervisor::start_link(&ctx, name, flags, vec![child.spec()]).await
    }

    /// Starts a process that traps exits and tells what it gets.
    fn start_stray(&self, ctx: &Context) {
        let (name, tells) = (self.atom(), self.tells.clone());
        ctx.spawn("stray", move |ctx| async move {
            ctx.trap_exit(true);
            ctx.register(Atom::new(&format!("{name}_stray")), ctx.pid())?;
            loop {
                let message = ctx.receive().await;
                if let Some(teller) = &tells {
                    teller.tell(&ctx, tuple![atom!("stray"), name, message]);
                }
            }
        });
    }
}

/// The nodes on which an application runs, as the trace says.
pub(super) fn running(application: Atom, trace: &Trace) -> BTreeSet<Atom> {
    let running = trace.timeline().running(trace.latest());
    running.filter(|each| each.application == application).map(|each| each.node).collect()
}
