//! The specification of an application.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;

use crate::engine::runtime::Context;
use crate::engine::term::{Atom, Pid, Term};
use crate::otp::proc_lib::StartResult;
use crate::spelling::{Choice, words};
use crate::{atom, list, tuple};

/// The reason for the start of an application: the first argument of its start function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StartType {
    /// Nobody ran it.
    Normal,
    /// The node that ran it went down, and the application has start phases (F16).
    Failover(Atom),
    /// That node runs it, and will stop it when the start is done (F27).
    Takeover(Atom),
}

/// The effect of an application's end on its node (E9).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RestartType {
    /// The node goes down, whatever the reason.
    Permanent,
    /// The node goes down unless the reason is `normal`.
    Transient,
    /// The node goes on.
    #[default]
    Temporary,
}

words!(RestartType {
    Permanent => "permanent",
    Transient => "transient",
    Temporary => "temporary",
});

impl StartType {
    /// `normal`, `{failover,Node}` or `{takeover,Node}`.
    #[must_use]
    pub fn to_term(self) -> Term {
        match self {
            StartType::Normal => Term::atom("normal"),
            StartType::Failover(node) => tuple![atom!("failover"), node],
            StartType::Takeover(node) => tuple![atom!("takeover"), node],
        }
    }
}

impl RestartType {
    /// `permanent`, `transient` or `temporary`.
    #[must_use]
    pub fn as_atom(self) -> Atom {
        Atom::new(self.word())
    }

    pub(in crate::otp) fn from_term(term: &Term) -> Option<RestartType> {
        RestartType::of_word(term.as_atom()?.as_str())
    }
}

/// The result of an application's start function: its top supervisor, and a state for
/// `prep_stop` and `stop`.
#[derive(Clone, Debug, PartialEq)]
pub struct ApplicationStart(pub(super) Result<Option<(Pid, Term)>, Term>);

impl From<StartResult> for ApplicationStart {
    /// As a supervisor is started; the state is `[]` (E7).
    fn from(result: StartResult) -> ApplicationStart {
        ApplicationStart(result.map(|top| top.map(|pid| (pid, list![]))))
    }
}

impl From<Result<(Pid, Term), Term>> for ApplicationStart {
    fn from(result: Result<(Pid, Term), Term>) -> ApplicationStart {
        ApplicationStart(result.map(Some))
    }
}

type Promise<T> = Pin<Box<dyn Future<Output = T>>>;
type Start = Rc<dyn Fn(Context, StartType) -> Promise<ApplicationStart>>;
type PrepStop = Rc<dyn Fn(Context, Term) -> Promise<Term>>;
type Stop = Rc<dyn Fn(Context, Term) -> Promise<()>>;
type StartPhase = Rc<dyn Fn(Context, Atom, StartType, Term) -> Promise<Result<(), Term>>>;

/// The phases that follow the start of an application, and what runs them.
#[derive(Clone)]
pub(super) struct Phases {
    pub phases: Vec<(Atom, Term)>,
    pub run: StartPhase,
}

/// An application: its name, what it needs, and its callbacks.
///
/// ```
/// use nodedown::otp::application::{ApplicationSpec, StartType};
/// use nodedown::otp::supervisor::{self, Flags};
/// use nodedown::runtime::Context;
///
/// async fn start(ctx: Context, _: StartType) -> supervisor::StartResult {
///     supervisor::start_link(&ctx, None, Flags::default(), vec![]).await
/// }
///
/// let http = ApplicationSpec::new("http", start)
///     .depends_on(["log"])
///     .env("port", 8080)
///     .stop(|ctx, _| async move { ctx.log(nodedown::trace::Level::Info, "http has stopped") });
/// assert_eq!(http.depends_on, ["log"]);
/// ```
#[derive(Clone)]
pub struct ApplicationSpec {
    /// Its name.
    pub name: Atom,
    /// The applications that must be started before it (E1); `kernel` and `stdlib` always are.
    pub depends_on: Vec<Atom>,
    /// The defaults of its environment (E15).
    pub env: Vec<(Atom, Term)>,
    pub(super) start: Start,
    pub(super) prep_stop: Option<PrepStop>,
    pub(super) stop: Option<Stop>,
    pub(super) phases: Option<Phases>,
}

impl ApplicationSpec {
    /// An application that `start` starts, in a process of its own (E5). The future gives the
    /// [`StartResult`] of its top supervisor, or the supervisor's pid and a state.
    #[must_use]
    pub fn new<F, Fut>(name: &str, start: F) -> ApplicationSpec
    where
        F: Fn(Context, StartType) -> Fut + 'static,
        Fut: Future + 'static,
        Fut::Output: Into<ApplicationStart>,
    {
        ApplicationSpec {
            name: Atom::new(name),
            depends_on: Vec::new(),
            env: Vec::new(),
            start: Rc::new(move |ctx, start_type| {
                let started = start(ctx, start_type);
                Box::pin(async { started.await.into() })
            }),
            prep_stop: None,
            stop: None,
            phases: None,
        }
    }

    /// With applications that must be started before it.
    #[must_use]
    pub fn depends_on<A: Into<Atom>>(
        mut self,
        applications: impl IntoIterator<Item = A>,
    ) -> ApplicationSpec {
        self.depends_on.extend(applications.into_iter().map(Into::into));
        self
    }

    /// With a value in its environment.
    #[must_use]
    pub fn env(mut self, key: &str, value: impl Into<Term>) -> ApplicationSpec {
        self.env.push((Atom::new(key), value.into()));
        self
    }

    /// With something to do before it is stopped, which may change the state (E7).
    #[must_use]
    pub fn prep_stop<F, Fut>(self, prep_stop: F) -> ApplicationSpec
    where
        F: Fn(Context, Term) -> Fut + 'static,
        Fut: Future<Output = Term> + 'static,
    {
        let prep_stop: PrepStop = Rc::new(move |ctx, state| Box::pin(prep_stop(ctx, state)));
        ApplicationSpec { prep_stop: Some(prep_stop), ..self }
    }

    /// With something to do when it has stopped (E7).
    #[must_use]
    pub fn stop<F, Fut>(self, stop: F) -> ApplicationSpec
    where
        F: Fn(Context, Term) -> Fut + 'static,
        Fut: Future<Output = ()> + 'static,
    {
        let stop: Stop = Rc::new(move |ctx, state| Box::pin(stop(ctx, state)));
        ApplicationSpec { stop: Some(stop), ..self }
    }

    /// With phases that follow the start, each with an argument (E12).
    #[must_use]
    pub fn start_phases<F, Fut>(
        self,
        phases: impl IntoIterator<Item = (Atom, Term)>,
        run: F,
    ) -> ApplicationSpec
    where
        F: Fn(Context, Atom, StartType, Term) -> Fut + 'static,
        Fut: Future<Output = Result<(), Term>> + 'static,
    {
        let run: StartPhase = Rc::new(move |ctx, phase, start_type, args| {
            Box::pin(run(ctx, phase, start_type, args))
        });
        let phases = Phases { phases: phases.into_iter().collect(), run };
        ApplicationSpec { phases: Some(phases), ..self }
    }

    /// `{Name,start,[StartType,[]]}`, which the errors of a start name (E6).
    pub(super) fn start_call(&self, start_type: StartType) -> Term {
        tuple![self.name, atom!("start"), list![start_type.to_term(), list![]]]
    }

    /// Starts it: its top supervisor and its state.
    pub(super) async fn run_start(
        &self,
        ctx: &Context,
        start_type: StartType,
    ) -> Result<(Pid, Term), Term> {
        let ApplicationStart(result) = (self.start)(ctx.clone(), start_type).await;
        let call = self.start_call(start_type);
        match result {
            Ok(Some(started)) => Ok(started),
            Ok(None) => Err(tuple![atom!("bad_return"), tuple![call, atom!("ignore")]]),
            Err(reason) => Err(tuple![reason, call]),
        } // E6
    }

    /// Runs its start phases (E12).
    pub(super) async fn run_phases(
        &self,
        ctx: &Context,
        start_type: StartType,
    ) -> Result<(), Term> {
        let Some(Phases { phases, run }) = &self.phases else { return Ok(()) };
        for (phase, argument) in phases {
            let done = run(ctx.clone(), *phase, start_type, argument.clone()).await;
            done.map_err(|reason| {
                let arguments = list![*phase, start_type.to_term(), argument];
                tuple![reason, tuple![self.name, atom!("start_phase"), arguments]]
            })?;
        }
        Ok(())
    }
}

impl fmt::Debug for ApplicationSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApplicationSpec")
            .field("name", &self.name)
            .field("depends_on", &self.depends_on)
            .field("env", &self.env)
            .finish_non_exhaustive()
    }
}
