//! Asking on a node: a process is started there for each question.

use std::future::Future;
use std::rc::Rc;

use super::application::Definition;
use super::command::{ApplicationOrder, ChildOrder};
use super::names::{SharedNames, Thing, full};
use super::perform::{Outcome, Problem, fill};
use super::probe::Work;
use super::session::no_answer;
use super::{Answer, Session};
use crate::engine::runtime::Context;
use crate::engine::term::{Atom, Pid, Term};
use crate::otp::application::{self, RestartType};
use crate::otp::supervisor::{self, ChildCounts, ChildInfo, Kind, StartResult};
use crate::{atom, list, tuple};

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
                Ok(Answer::from(carry_out(&ctx, name, restart, what).await))
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

/// What an application function answers.
async fn carry_out(
    ctx: &Context,
    name: Atom,
    restart: RestartType,
    what: ApplicationOrder,
) -> Term {
    let result = match what {
        ApplicationOrder::Start => application::start(ctx, name, restart).await,
        ApplicationOrder::EnsureStarted => application::ensure_started(ctx, name, restart).await,
        ApplicationOrder::EnsureAllStarted => {
            return match application::ensure_all_started(ctx, name, restart).await {
                Ok(started) => {
                    tuple![atom!("ok"), started.into_iter().map(Term::from).collect::<Term>()]
                }
                Err(reason) => tuple![atom!("error"), reason],
            };
        }
        ApplicationOrder::Stop => application::stop(ctx, name).await,
        ApplicationOrder::Load => application::load(ctx, name).await,
        ApplicationOrder::Unload => application::unload(ctx, name).await,
        ApplicationOrder::Takeover => application::takeover(ctx, name, restart).await,
        ApplicationOrder::Permit(permission) => application::permit(ctx, name, permission).await,
        ApplicationOrder::GetEnv(key) => {
            let value = application::get_env(ctx, name, key);
            return value.map_or(Term::atom("undefined"), |value| tuple![atom!("ok"), value]);
        }
        ApplicationOrder::SetEnv(key, value) => {
            application::set_env(ctx, name, key, value);
            Ok(())
        }
    };
    result_term(&result)
}

/// A supervisor that is asked something by a process of its node.
pub(super) struct Asked<'a> {
    pub ctx: &'a Context,
    pub supervisor: Pid,
    pub names: &'a SharedNames,
}

impl Asked<'_> {
    pub(super) async fn answer(&self, what: ChildOrder) -> Outcome {
        let Asked { ctx, supervisor, .. } = *self;
        Ok(Answer::from(match what {
            ChildOrder::List => {
                let children = supervisor::which_children(ctx, supervisor).await?;
                children.into_iter().map(info_term).collect()
            }
            ChildOrder::Count => counts_term(supervisor::count_children(ctx, supervisor).await?),
            ChildOrder::Start { child, named } => {
                let result = supervisor::start_child(ctx, supervisor, child.spec()).await?;
                self.named(result, named.as_deref())
            }
            ChildOrder::StartWith { options, named } => {
                let options = fill(&options, self.names)?;
                let result = supervisor::start_child_with(ctx, supervisor, options).await?;
                self.named(result, named.as_deref())
            }
            ChildOrder::Restart(id) => {
                start_term(supervisor::restart_child(ctx, supervisor, id).await?)
            }
            ChildOrder::Terminate(which) => {
                let which = fill(&which, self.names)?;
                result_term(&supervisor::terminate_child(ctx, supervisor, which).await?)
            }
            ChildOrder::Delete(id) => {
                result_term(&supervisor::delete_child(ctx, supervisor, id).await?)
            }
        }))
    }

    /// The result of a start; what was started gets its name.
    fn named(&self, result: StartResult, name: Option<&str>) -> Term {
        if let (Ok(Some(pid)), Some(name)) = (&result, name) {
            self.names.borrow_mut().bind(name, Thing::Process(*pid, None));
        }
        start_term(result)
    }
}

fn info_term(child: ChildInfo) -> Term {
    let kind: Atom = match child.kind {
        Kind::Worker => atom!("worker"),
        Kind::Supervisor => atom!("supervisor"),
    };
    tuple![child.id, child.pid, kind]
}

fn counts_term(counts: ChildCounts) -> Term {
    list![
        tuple![atom!("specs"), counts.specs],
        tuple![atom!("active"), counts.active],
        tuple![atom!("supervisors"), counts.supervisors],
        tuple![atom!("workers"), counts.workers],
    ]
}

fn start_term(result: StartResult) -> Term {
    match result {
        Ok(pid) => tuple![atom!("ok"), super::perform::or_undefined(pid)],
        Err(reason) => tuple![atom!("error"), reason],
    }
}

fn result_term(result: &Result<(), Term>) -> Term {
    match result {
        Ok(()) => Term::atom("ok"),
        Err(reason) => tuple![atom!("error"), reason],
    }
}
