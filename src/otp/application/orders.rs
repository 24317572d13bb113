//! Orders to the controller from the process that decides on distributed applications.

use super::controller::{Controller, Instance, remove, replace, stop_instance};
use super::spec::{RestartType, StartType};
use crate::engine::runtime::Context;
use crate::engine::term::{Atom, Term};
use crate::otp::gen_server::{self, Next};

/// An order about an application.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Change {
    StartIt,
    StopIt,
    /// Its node has gone, and it may not run here.
    NotRunning,
    /// It runs on that node.
    RunsOn(Atom),
    TakeOver(Atom, Option<RestartType>),
    FailOver(Atom),
}

impl Change {
    fn from_term(term: &Term) -> Option<Change> {
        match term.as_tuple() {
            None if term.is_atom("start_it") => Some(Change::StartIt),
            None if term.is_atom("stop_it") => Some(Change::StopIt),
            None if term.is_atom("not_running") => Some(Change::NotRunning),
            Some([Term::Atom(what), Term::Atom(node), rest @ ..]) => match what.as_str() {
                "started" => Some(Change::RunsOn(*node)),
                "takeover" => {
                    let restart = rest.first().and_then(RestartType::from_term);
                    Some(Change::TakeOver(*node, restart))
                }
                "failover" => Some(Change::FailOver(*node)),
                _ => None,
            },
            _ => None,
        }
    }
}

impl Controller {
    /// Deals with a message that is not a process's end.
    pub(super) async fn take_order(&mut self, ctx: &Context, message: &Term) -> Next {
        let Some([Term::Atom(what), Term::Atom(application), order]) = message.as_tuple() else {
            return Next::Wait;
        };
        match what.as_str() {
            "ac_load_application_reply" => self.loaded_by_control(ctx, *application, order),
            "ac_start_application_reply" => return self.start_decided(ctx, *application, order),
            "ac_change_application_req" => {
                if let Some(change) = Change::from_term(order) {
                    self.change(ctx, *application, change).await;
                }
            }
            _ => {}
        }
        Next::Wait
    }

    fn loaded_by_control(&mut self, ctx: &Context, application: Atom, answer: &Term) {
        let waiting: Vec<_> =
            self.loading.extract_if(.., |(name, _)| *name == application).collect();
        for (_, client) in waiting {
            gen_server::reply(ctx, &client, answer);
        }
    }

    /// The answer to a start that was asked for on this node (F6).
    fn start_decided(&mut self, ctx: &Context, application: Atom, decision: &Term) -> Next {
        let under_way =
            |starting: &&mut super::controller::Starting| starting.application == application;
        let Some(starting) = self.starting.iter_mut().find(under_way) else { return Next::Wait };
        if decision.is_atom("not_started") {
            let restart = starting.restart;
            self.take_starting(application);
            self.answer_requests(ctx, application, &Ok(()));
            replace(&mut self.started, application, restart);
            return Next::Wait;
        }
        if decision.tagged("error").is_some() {
            return self.start_refused(ctx, application, decision);
        }
        match Change::from_term(decision) {
            Some(Change::StartIt) => {
                let start_type = starting.start_type;
                self.spawn_starter(ctx, application, start_type, start_type);
            }
            Some(Change::TakeOver(node, _)) => {
                let start_type = StartType::Takeover(node);
                starting.start_type = start_type;
                self.spawn_starter(ctx, application, start_type, start_type);
            }
            Some(Change::RunsOn(node)) => {
                let elsewhere = Instance::Elsewhere(Some(node));
                return self.start_ended(ctx, application, Ok(elsewhere));
            }
            Some(Change::StopIt | Change::NotRunning | Change::FailOver(_)) | None => {}
        }
        Next::Wait
    }

    /// The start has failed on the node that was chosen (F10).
    fn start_refused(&mut self, ctx: &Context, application: Atom, decision: &Term) -> Next {
        let result = decision.as_result().unwrap_or(Ok(()));
        let restart = self.take_starting(application);
        self.answer_requests(ctx, application, &result);
        match (restart, result) {
            (Some(RestartType::Permanent), Err(reason)) => Next::Stop(reason),
            _ => Next::Wait,
        }
    }

    async fn change(&mut self, ctx: &Context, application: Atom, change: Change) {
        match (self.instance(application), self.restart_type(application)) {
            (Some(instance), Some(restart)) => {
                self.change_running(ctx, application, change, instance, restart).await;
            }
            (instance, restart) => self.change_idle(ctx, application, change, instance, restart),
        }
    }

    /// Changes an application that was started on this node and runs here or elsewhere.
    async fn change_running(
        &mut self,
        ctx: &Context,
        application: Atom,
        change: Change,
        instance: Instance,
        restart: RestartType,
    ) {
        let here = matches!(instance, Instance::Here(_));
        match change {
            Change::StartIt | Change::TakeOver(..) | Change::FailOver(_) if here => {
                self.tell_started(ctx, application, instance, &Ok(()));
            }
            Change::RunsOn(node) => {
                stop_instance(ctx, application, instance, restart).await; // F27
                remove(&mut self.running, application);
                replace(&mut self.running, application, Instance::Elsewhere(Some(node)));
            }
            Change::StartIt => {
                let normal = StartType::Normal;
                self.start_for_control(ctx, application, None, normal, normal);
            }
            Change::TakeOver(node, restart) => {
                let takeover = StartType::Takeover(node);
                self.start_for_control(ctx, application, restart, takeover, takeover);
            }
            Change::FailOver(node) => {
                let failover = StartType::Failover(node);
                let phases =
                    self.loaded.get(&application).is_some_and(|spec| spec.phases.is_some());
                let start_type = if phases { failover } else { StartType::Normal }; // F16
                self.start_for_control(ctx, application, None, start_type, failover);
            }
            Change::StopIt => {
                stop_instance(ctx, application, instance, restart).await;
                self.tell_control(ctx, application, "ac_application_not_run", None);
                replace(&mut self.running, application, Instance::Elsewhere(None));
            }
            Change::NotRunning => remove(&mut self.running, application),
        }
    }

    /// Changes an application that does not run as far as this node knows.
    fn change_idle(
        &mut self,
        ctx: &Context,
        application: Atom,
        change: Change,
        instance: Option<Instance>,
        restart: Option<RestartType>,
    ) {
        let starting = self.starting.iter().any(|starting| starting.application == application);
        match change {
            Change::StartIt => {
                if instance.is_none() && (starting || restart.is_some()) {
                    let normal = StartType::Normal;
                    self.start_for_control(ctx, application, restart, normal, normal);
                    remove(&mut self.started, application);
                }
            }
            Change::RunsOn(node) => {
                remove(&mut self.running, application);
                replace(&mut self.running, application, Instance::Elsewhere(Some(node)));
            }
            Change::StopIt | Change::NotRunning | Change::TakeOver(..) | Change::FailOver(_) => {}
        }
    }
}
