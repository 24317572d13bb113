//! `application:permit`: what the controller does with an application that no other process decides
//! on, and what it knows of one that is distributed (F31).

use super::controller::{Controller, Starting, remove, stop_instance};
use super::spec::{RestartType, StartType};
use crate::engine::runtime::Context;
use crate::engine::term::{Atom, Term};
use crate::otp::gen_server::{Caller, Reply};
use crate::{atom, tuple};

/// The result of a permission: done, or for the process that decides on distributed applications.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::otp) enum Permitted {
    /// The controller has dealt with it.
    Done(Result<(), Term>),
    /// It is for the process that decides on distributed applications.
    Distributed {
        /// The application has been started on this node; otherwise it is only loaded.
        started: bool,
    },
}

impl Permitted {
    pub(in crate::otp) fn from_answer(answer: &Term) -> Permitted {
        if answer.is_atom("distributed_application") {
            return Permitted::Distributed { started: true };
        }
        match answer.tagged("distributed_application") {
            Some(_) => Permitted::Distributed { started: false },
            None => Permitted::Done(answer.as_result().unwrap_or(Ok(()))),
        }
    }
}

impl Controller {
    /// Permits an application to run on this node, or no longer.
    pub(super) async fn permit(
        &mut self,
        ctx: &Context,
        client: Caller,
        application: Atom,
        permission: bool,
    ) -> Reply<Term> {
        if !self.loaded.contains_key(&application) {
            let error = Err::<(), Term>(tuple![atom!("not_loaded"), application]);
            return Reply::now(Term::from(error));
        }
        if self.is_controlled(application) {
            return Reply::now(self.state_for_control(application));
        }
        if permission {
            self.permit_local(ctx, client, application)
        } else {
            self.forbid_local(ctx, application).await;
            Reply::now(Term::atom("ok"))
        }
    }

    fn state_for_control(&self, application: Atom) -> Term {
        let distributed = atom!("distributed_application");
        if self.is_starting(application) || self.restart_type(application).is_some() {
            Term::from(distributed)
        } else {
            tuple![distributed, atom!("only_loaded")]
        }
    }

    /// An application that was stopped for want of permission, or not started, runs again: the answer
    /// is that of its start.
    fn permit_local(&mut self, ctx: &Context, client: Caller, application: Atom) -> Reply<Term> {
        if self.instance(application).is_some() {
            return Reply::now(Term::atom("ok"));
        }
        self.denied.remove(&application);
        let put_off = self.put_off.iter().position(|(name, _)| *name == application);
        let restart = match put_off {
            Some(found) => Some(self.put_off.remove(found).1),
            None => self.restart_type(application),
        };
        match restart {
            Some(restart) if !self.is_starting(application) => {
                remove(&mut self.started, application);
                self.start_permitted(ctx, client, application, restart);
                Reply::no_reply()
            }
            Some(_) | None => Reply::now(Term::atom("ok")),
        }
    }

    fn start_permitted(
        &mut self,
        ctx: &Context,
        client: Caller,
        application: Atom,
        restart: RestartType,
    ) {
        let start_type = StartType::Normal;
        self.starting.push(Starting { application, restart, start_type });
        self.spawn_starter(ctx, application, start_type, start_type);
        self.expect_start(application, client);
    }

    /// Stops an application that runs; one that does not will not be started.
    async fn forbid_local(&mut self, ctx: &Context, application: Atom) {
        let running = self.instance(application);
        let restart = self.restart_type(application).unwrap_or_default();
        if let Some(instance) = running {
            stop_instance(ctx, application, instance, restart).await;
            remove(&mut self.running, application);
        } else {
            self.denied.insert(application);
            remove(&mut self.put_off, application);
        }
    }
}
