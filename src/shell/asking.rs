//! Asking on a node: a process is started there for each question.

use std::future::Future;
use std::rc::Rc;

use super::application::Definition;
use super::command::{ApplicationOrder, ChildOrder};
use super::names::{SharedNames, Thing, full};
use super::operation::Argument;
use super::perform::{self, Outcome, Problem, fill};
use super::probe::Work;
use super::session::no_answer;
use super::{Answer, Session};
use crate::engine::runtime::Context;
use crate::engine::term::{Atom, Pid, Term};
use crate::otp::application::RestartType;
use crate::otp::functions;
use crate::otp::supervisor::{self, ChildPid};
use crate::{atom, tuple};

impl Session {
    /// Asks something on a node that is up, and waits for the answer.
    pub(super) fn ask<F, Fut>(&self, node: &str, question: F) -> Answer
    where
        F: FnOnce(Context) -> Fut + 'static,
        Fut: Future<Output = Outcome> + 'static,
    {
        let work = match self.begin(node, question) {
            Ok(work) => work,
            Err(complaint) => return Answer::Complaint(complaint),
        };
        self.run_until(|| work.borrow().done || self.usable(node).is_err());
        let answer = work.borrow_mut().answers.pop();
        match (answer, self.usable(node)) {
            (Some(answer), _) => answer,
            (None, Err(complaint)) => Answer::Complaint(complaint),
            (None, Ok(_)) => no_answer(),
        }
    }

    fn begin<F, Fut>(&self, node: &str, question: F) -> Result<Work, String>
    where
        F: FnOnce(Context) -> Fut + 'static,
        Fut: Future<Output = Outcome> + 'static,
    {
        let (id, work) = (self.usable(node)?, Work::default());
        let progress = Rc::clone(&work);
        self.world.spawn(id, "shell", move |ctx| async move {
            let answer = question(ctx).await.unwrap_or_else(Problem::into_answer);
            let mut progress = progress.borrow_mut();
            progress.answers.push(answer);
            progress.done = true;
            Ok(())
        });
        Ok(work)
    }

    /// Does something with an application on several nodes at once. One node that is named gets a
    /// bare answer.
    pub(super) fn on_nodes(
        &self,
        application: &Definition,
        what: &ApplicationOrder,
        on: Option<Vec<String>>,
    ) -> Result<Answer, String> {
        let single = on.as_ref().is_some_and(|on| on.len() == 1);
        let mut nodes = on.unwrap_or_else(|| {
            let all = application.nodes.iter().flatten().cloned();
            all.filter(|node| self.is_up(node) == Ok(true)).collect()
        });
        nodes.sort_unstable();
        let mut works = Vec::new();
        for node in &nodes {
            let (name, restart, what) = (application.atom(), application.restart, what.clone());
            works.push(self.begin(node, move |ctx| async move {
                let (function, arguments) = function_of(what, name, restart);
                let (module, function) = (atom!("application"), Atom::new(function));
                Ok(Answer::from(functions::apply(&ctx, module, function, arguments).await?))
            })?);
        }
        let is_over =
            |(node, work): (&String, &Work)| work.borrow().done || self.usable(node).is_err();
        self.run_until(|| nodes.iter().zip(&works).all(is_over));
        let answers = works.iter().map(|work| match work.borrow_mut().answers.pop() {
            Some(Answer::Terms(terms)) => terms.into_iter().next(),
            Some(_) | None => None,
        });
        let answers = answers.map(|answer| answer.unwrap_or_else(|| Term::atom("pending")));
        let mut answers = nodes.iter().zip(answers);
        if single {
            return Ok(answers.next().map_or_else(no_answer, |(_, answer)| Answer::from(answer)));
        }
        let answers = answers.map(|(node, answer)| tuple![full(node), answer]);
        Ok(Answer::from(answers.collect::<Term>()))
    }
}

/// The function of `application` that an order is, with its arguments.
fn function_of(
    what: ApplicationOrder,
    name: Atom,
    restart: RestartType,
) -> (&'static str, Vec<Term>) {
    let (name, restart) = (Term::from(name), Term::from(restart.as_atom()));
    match what {
        ApplicationOrder::Start => ("start", vec![name, restart]),
        ApplicationOrder::EnsureStarted => ("ensure_started", vec![name, restart]),
        ApplicationOrder::EnsureAllStarted => ("ensure_all_started", vec![name, restart]),
        ApplicationOrder::Stop => ("stop", vec![name]),
        ApplicationOrder::Load => ("load", vec![name]),
        ApplicationOrder::Unload => ("unload", vec![name]),
        ApplicationOrder::Takeover => ("takeover", vec![name, restart]),
        ApplicationOrder::Permit(permission) => ("permit", vec![name, permission.into()]),
        ApplicationOrder::GetEnv(key) => ("get_env", vec![name, key.into()]),
        ApplicationOrder::SetEnv(key, value) => ("set_env", vec![name, key.into(), value]),
    }
}

/// A supervisor that is asked something by a process of its node.
pub(super) struct Asked<'a> {
    pub ctx: &'a Context,
    pub supervisor: Pid,
    pub names: &'a SharedNames,
}

impl Asked<'_> {
    pub(super) async fn answer(&self, what: ChildOrder) -> Outcome {
        let Asked { ctx, supervisor, names } = *self;
        let (result, named) = match what {
            ChildOrder::Look(mut call) | ChildOrder::Call(mut call) => {
                call.arguments.insert(0, Argument::Plain(supervisor.into()));
                return perform::call(ctx, names, call).await;
            }
            ChildOrder::Start { child, named } => {
                (supervisor::start_child(ctx, supervisor, child.spec()).await?, named)
            }
            ChildOrder::StartWith { options, named } => {
                let options = fill(&options, names)?;
                (supervisor::start_child_with(ctx, supervisor, options).await?, named)
            }
        };
        if let (Ok(Some(pid)), Some(name)) = (&result, named) {
            names.borrow_mut().bind(&name, Thing::Process(*pid, None));
        }
        Ok(Answer::from(Term::from(result.map(ChildPid))))
    }
}
