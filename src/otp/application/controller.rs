//! The process `application_controller`: which applications are loaded, started and running on a
//! node, and who asked for it.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::master::{self, Order};
use super::spec::{ApplicationSpec, RestartType, StartType};
use super::{Environment, controller_name, terminating};
use crate::engine::runtime::{Context, Exit, ExitResult};
use crate::engine::term::{Atom, Pid, Ref, Term};
use crate::engine::trace::Level;
use crate::otp::gen_server::{self, Caller, GenServer, Next, Reply};
use crate::otp::proc_lib::{StartResult, is_down};
use crate::otp::request::is_gen_call;
use crate::{atom, tuple};

/// The state of the controller. Lists have the latest first, as `which_applications` shows them.
pub(in crate::otp) struct Controller {
    /// The applications that could be loaded: the `.app` files of a node.
    known: BTreeMap<Atom, Rc<ApplicationSpec>>,
    pub(super) loaded: BTreeMap<Atom, Rc<ApplicationSpec>>,
    pub(super) loading: Vec<(Atom, Caller)>,
    pub(super) starting: Vec<Starting>,
    /// The callers that wait for the start of an application, by application.
    requests: Vec<(Atom, Option<Caller>)>,
    pub(super) started: Vec<(Atom, RestartType)>,
    pub(super) running: Vec<(Atom, Instance)>,
    /// The applications that another process decides on: the distributed ones.
    control: Vec<(Atom, Pid)>,
    /// The applications that may not run on this node, of those that it decides on itself.
    pub(super) denied: BTreeSet<Atom>,
    /// Those of them that have been asked for: they start when they may.
    pub(super) put_off: Vec<(Atom, RestartType)>,
}

/// The instance of an application that was started on this node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Instance {
    /// On this node, under this process.
    Here(Pid),
    /// On this node, without a process.
    Library,
    /// On another node, or on none for the time being.
    Elsewhere(Option<Atom>),
}

/// A start that is under way.
#[derive(Clone, Copy, Debug)]
pub(super) struct Starting {
    pub application: Atom,
    pub restart: RestartType,
    pub start_type: StartType,
}

/// The end of a start.
enum Started {
    Yes(Instance),
    No(Term),
    /// A dependency does not run; not worth a report.
    Unready(Term),
}

/// Takes an application away from the controller, for this process to decide on.
pub(in crate::otp) async fn control(ctx: &Context, application: Atom) -> Result<(), Exit> {
    let request = tuple![atom!("control_application"), application];
    gen_server::call_within::<Term>(ctx, controller_name(), request, None).await.map(|_| ())
}

impl Controller {
    /// A controller that knows these applications and has `kernel` and `stdlib` started.
    pub(in crate::otp) fn new(
        known: impl IntoIterator<Item = ApplicationSpec>,
        permissions: &[(Atom, bool)],
    ) -> Controller {
        let denied = permissions.iter().filter(|(_, may)| !may).map(|(name, _)| *name).collect();
        let known = known.into_iter().map(|spec| (spec.name, Rc::new(spec))).collect();
        let basic = [atom!("stdlib"), atom!("kernel")];
        Controller {
            known,
            loaded: BTreeMap::new(),
            loading: Vec::new(),
            starting: Vec::new(),
            requests: Vec::new(),
            started: basic.map(|name| (name, RestartType::Permanent)).into(),
            running: basic.map(|name| (name, Instance::Library)).into(),
            control: Vec::new(),
            denied,
            put_off: Vec::new(),
        }
    }

    fn load(&mut self, ctx: &Context, application: Atom) -> Result<(), Term> {
        if self.loaded.contains_key(&application) {
            return Err(tuple![atom!("already_loaded"), application]); // E4
        }
        let Some(spec) = self.known.get(&application) else {
            return Err(no_such_file(application)); // E1
        };
        let environment = ctx.node_local::<Environment>();
        for (key, value) in &spec.env {
            environment.0.borrow_mut().insert((application, *key), value.clone()); // E15
        }
        self.loaded.insert(application, Rc::clone(spec));
        Ok(())
    }

    fn unload(&mut self, ctx: &Context, application: Atom) -> Result<(), Term> {
        if self.instance(application).is_some() {
            return Err(tuple![atom!("running"), application]);
        }
        if self.loaded.remove(&application).is_none() {
            return Err(tuple![atom!("not_loaded"), application]);
        }
        let environment = ctx.node_local::<Environment>();
        environment.0.borrow_mut().retain(|(owner, _), _| *owner != application);
        self.tell_control(ctx, application, "ac_application_unloaded", None);
        Ok(())
    }

    /// Returns whether an application may be started now (E1).
    fn check_start(&self, application: Atom, restart: &Term) -> Result<RestartType, Term> {
        let restart = RestartType::from_term(restart)
            .ok_or_else(|| tuple![atom!("invalid_restart_type"), restart])?;
        let spec = self.loaded.get(&application);
        let spec = spec.ok_or_else(|| tuple![atom!("not_loaded"), application])?;
        if self.instance(application).is_some() {
            return Err(tuple![atom!("already_started"), application]);
        }
        for dependency in &spec.depends_on {
            if self.restart_type(*dependency).is_none() {
                return Err(tuple![atom!("not_started"), *dependency]);
            }
        }
        Ok(restart)
    }

    fn start(
        &mut self,
        ctx: &Context,
        client: Caller,
        application: Atom,
        restart: &Term,
    ) -> Reply<Term> {
        let waiting = self.requests.iter().any(|(name, _)| *name == application);
        if !waiting {
            let restart = match self.check_start(application, restart) {
                Ok(restart) => restart,
                Err(reason) => return Reply::now(Term::from(Err::<(), Term>(reason))),
            };
            let start_type = StartType::Normal;
            if self.denied.contains(&application) && !self.is_controlled(application) {
                self.put_off.insert(0, (application, restart));
                return Reply::now(Term::atom("ok"));
            }
            self.starting.push(Starting { application, restart, start_type });
            if !self.tell_control(ctx, application, "ac_start_application_req", None) {
                self.spawn_starter(ctx, application, start_type, start_type);
            }
        }
        self.expect_start(application, client);
        Reply::no_reply()
    }

    /// Lets somebody wait for the end of a start.
    pub(super) fn expect_start(&mut self, application: Atom, client: Caller) {
        self.requests.push((application, Some(client)));
    }

    /// Returns whether another process decides on an application.
    pub(super) fn is_controlled(&self, application: Atom) -> bool {
        self.control.iter().any(|(name, _)| *name == application)
    }

    /// Returns whether a start is under way.
    pub(super) fn is_starting(&self, application: Atom) -> bool {
        self.starting.iter().any(|starting| starting.application == application)
    }

    /// Starts an application in a process of its own, so that the controller goes on.
    pub(super) fn spawn_starter(
        &self,
        ctx: &Context,
        application: Atom,
        start_type: StartType,
        cause: StartType,
    ) {
        let Some(spec) = self.loaded.get(&application).cloned() else { return };
        let missing = spec.depends_on.iter().find(|name| self.instance(**name).is_none()).copied();
        let controller = ctx.pid();
        ctx.spawn_link("application_starter", move |ctx| async move {
            ctx.trap_exit(true);
            let result = if let Some(name) = missing {
                tuple![atom!("info"), tuple![atom!("not_running"), name]]
            } else {
                let order = Order { spec, start_type, cause };
                started_to_term(master::start(&ctx, controller, order).await)
            };
            let message = tuple![atom!("application_started"), application, result];
            gen_server::cast(&ctx, controller, message);
            Ok(())
        });
    }

    /// Starts an application on behalf of the process that controls it.
    pub(super) fn start_for_control(
        &mut self,
        ctx: &Context,
        application: Atom,
        restart: Option<RestartType>,
        start_type: StartType,
        cause: StartType,
    ) {
        if self.requests.iter().any(|(name, _)| *name == application) {
            return;
        }
        let restart = restart.or_else(|| self.restart_type(application)).unwrap_or_default();
        self.spawn_starter(ctx, application, start_type, cause);
        if !self.starting.iter().any(|starting| starting.application == application) {
            self.starting.push(Starting { application, restart, start_type });
        }
        self.requests.push((application, None));
    }

    /// Deals with the end of a start.
    pub(super) fn start_ended(
        &mut self,
        ctx: &Context,
        application: Atom,
        instance: Result<Instance, Term>,
    ) -> Next {
        let result = match instance {
            Ok(instance) => Started::Yes(instance),
            Err(reason) => Started::No(reason),
        };
        self.finish_start(ctx, application, result)
    }

    fn finish_start(&mut self, ctx: &Context, application: Atom, result: Started) -> Next {
        let Some(restart) = self.take_starting(application) else { return Next::Wait };
        let answer = match &result {
            Started::Yes(_) => Ok(()),
            Started::No(reason) | Started::Unready(reason) => Err(reason.clone()),
        };
        self.answer_requests(ctx, application, &answer);
        match result {
            Started::Yes(instance) => {
                replace(&mut self.running, application, instance);
                replace(&mut self.started, application, restart);
                self.tell_started(ctx, application, instance, &Ok(()));
                Next::Wait
            }
            Started::No(reason) => {
                report_exit(ctx, application, &reason, restart);
                self.start_failed(ctx, application, restart, reason)
            }
            Started::Unready(reason) => self.start_failed(ctx, application, restart, reason),
        }
    }

    /// A start that failed takes the node down unless the application is temporary (E11). A
    /// transient one does so as well, as OTP 25 has it.
    fn start_failed(
        &mut self,
        ctx: &Context,
        application: Atom,
        restart: RestartType,
        reason: Term,
    ) -> Next {
        let result = Term::from(Err::<(), Term>(reason.clone()));
        self.tell_control(ctx, application, "ac_application_run", Some(result));
        match restart {
            RestartType::Temporary => Next::Wait,
            RestartType::Transient | RestartType::Permanent => {
                Next::Stop(tuple![atom!("application_start_failure"), application, reason])
            }
        }
    }

    pub(super) fn take_starting(&mut self, application: Atom) -> Option<RestartType> {
        let found =
            self.starting.iter().position(|starting| starting.application == application)?;
        Some(self.starting.remove(found).restart)
    }

    pub(super) fn answer_requests(
        &mut self,
        ctx: &Context,
        application: Atom,
        result: &Result<(), Term>,
    ) {
        let answer = Term::from(result.clone());
        for (_, client) in self.requests.extract_if(.., |(name, _)| *name == application) {
            if let Some(client) = client {
                gen_server::reply(ctx, &client, &answer);
            }
        }
    }

    async fn stop(&mut self, ctx: &Context, application: Atom) -> Result<(), Term> {
        let Some(restart) = self.restart_type(application) else {
            return Err(tuple![atom!("not_started"), application]); // E3
        };
        if let Some(instance) = self.instance(application) {
            stop_instance(ctx, application, instance, restart).await;
        }
        remove(&mut self.running, application);
        remove(&mut self.started, application);
        self.tell_control(ctx, application, "ac_application_stopped", None);
        Ok(())
    }

    /// Tells the process that controls an application something; whether there is one.
    pub(super) fn tell_control(
        &self,
        ctx: &Context,
        application: Atom,
        what: &str,
        with: Option<Term>,
    ) -> bool {
        let Some((_, pid)) = self.control.iter().find(|(name, _)| *name == application) else {
            return false;
        };
        let what = Atom::new(what);
        let message = match with {
            Some(with) => tuple![what, application, with],
            None => tuple![what, application],
        };
        ctx.send(*pid, message);
        true
    }

    pub(super) fn tell_started(
        &self,
        ctx: &Context,
        application: Atom,
        instance: Instance,
        result: &Result<(), Term>,
    ) {
        if !matches!(instance, Instance::Elsewhere(_)) {
            let result = Term::from(result.clone());
            self.tell_control(ctx, application, "ac_application_run", Some(result));
        }
    }

    pub(super) fn instance(&self, application: Atom) -> Option<Instance> {
        find(&self.running, application)
    }

    pub(super) fn restart_type(&self, application: Atom) -> Option<RestartType> {
        find(&self.started, application)
    }

    /// An application has ended by itself, or the process that controls some has (E9, E10).
    fn process_ended(&mut self, ctx: &Context, pid: Pid, reason: &Term) -> Next {
        self.control.retain(|(_, controller)| *controller != pid);
        let found = self.running.iter().find(|(_, instance)| *instance == Instance::Here(pid));
        let Some((application, _)) = found.copied() else { return Next::Wait };
        remove(&mut self.running, application);
        self.tell_control(ctx, application, "ac_application_stopped", None);
        let restart = self.restart_type(application).unwrap_or_default();
        report_exit(ctx, application, reason, restart);
        let goes_on = match restart {
            RestartType::Temporary => true,
            RestartType::Transient => reason.is_atom("normal"),
            RestartType::Permanent => false,
        };
        if goes_on {
            return Next::Wait;
        }
        Next::Stop(tuple![atom!("application_terminated"), application, reason])
    }

    async fn answer(&mut self, ctx: &Context, client: Caller, request: &Term) -> Reply<Term> {
        let (what, application) = match request.as_tuple() {
            Some([Term::Atom(what), Term::Atom(application), ..]) => (*what, *application),
            _ => return Reply::now(self.answer_question(request)),
        };
        let result = match what.as_str() {
            "load_application" => {
                let result = self.load(ctx, application);
                let told = result.is_ok()
                    && self.tell_control(ctx, application, "ac_load_application_req", None);
                if told {
                    self.loading.push((application, client));
                    return Reply::no_reply();
                }
                result
            }
            "unload_application" => self.unload(ctx, application),
            "start_application" => {
                let restart = request.as_tuple().and_then(<[Term]>::last).expect("a tuple");
                return self.start(ctx, client, application, restart);
            }
            "stop_application" => self.stop(ctx, application).await,
            "control_application" => {
                let _ = ctx.link(client.pid);
                replace(&mut self.control, application, client.pid);
                Ok(())
            }
            "permit_application" => {
                let permission = request.as_tuple().and_then(<[Term]>::last);
                let permission = permission.and_then(Term::as_bool) == Some(true);
                return self.permit(ctx, client, application, permission).await;
            }
            _ => Err(Term::atom("undef")),
        };
        Reply::now(Term::from(result))
    }

    fn answer_question(&self, question: &Term) -> Term {
        if question.is_atom("loaded_applications") {
            return self.loaded.keys().map(|name| Term::from(*name)).collect();
        }
        let here = |(name, instance): &(Atom, Instance)| match instance {
            Instance::Here(_) | Instance::Library => Some(Term::from(*name)),
            Instance::Elsewhere(_) => None,
        };
        self.running.iter().filter_map(here).collect() // E13
    }

    fn read_start_report(&mut self, ctx: &Context, report: &[Term]) -> Next {
        let [Term::Atom(application), result] = report else { return Next::Wait };
        let started = match result.as_tuple() {
            Some([_, Term::Pid(master)]) => Started::Yes(Instance::Here(*master)),
            Some([tag, reason]) if tag.is_atom("info") => Started::Unready(reason.clone()),
            Some([_, reason]) => Started::No(reason.clone()),
            _ => Started::No(result.clone()),
        };
        self.finish_start(ctx, *application, started)
    }
}

impl GenServer for Controller {
    type Call = Term;
    type Cast = Term;
    type Reply = Term;

    async fn handle_call(
        &mut self,
        ctx: &Context,
        client: Caller,
        request: Term,
    ) -> Result<Reply<Term>, Exit> {
        Ok(self.answer(ctx, client, &request).await)
    }

    async fn handle_cast(&mut self, ctx: &Context, request: Term) -> Result<Next, Exit> {
        match request.tagged("application_started") {
            Some(report) => Ok(self.read_start_report(ctx, report)),
            None => Ok(Next::Wait),
        }
    }

    async fn handle_info(&mut self, ctx: &Context, message: Term) -> Result<Next, Exit> {
        if let Some([Term::Pid(pid), reason]) = message.tagged("EXIT") {
            return Ok(self.process_ended(ctx, *pid, reason));
        }
        if let Some([Term::Pid(top)]) = message.tagged("kernel_started") {
            ctx.link(*top)?;
            replace(&mut self.running, atom!("kernel"), Instance::Here(*top));
            return Ok(Next::Wait);
        }
        Ok(self.take_order(ctx, &message).await)
    }

    /// Stops what runs, the latest first (E10, E14).
    async fn terminate(&mut self, ctx: &Context, _: &Term) -> ExitResult {
        // The processes of `kernel` go with the node.
        self.running.retain(|(name, _)| *name != atom!("kernel"));
        for (_, instance) in std::mem::take(&mut self.running) {
            if let Instance::Here(master) = instance {
                let monitor = ctx.monitor(master);
                ctx.unlink(master);
                ctx.exit_signal(master, atom!("shutdown"));
                refuse_until_down(ctx, monitor).await;
            }
        }
        Ok(())
    }
}

/// Waits for an end. From OTP 26 on whoever calls in the meantime is told that it is too late (E14).
async fn refuse_until_down(ctx: &Context, monitor: Ref) {
    let answers = ctx.otp_release().answers_while_stopping();
    let is_call = move |message: &Term| answers && is_gen_call(message);
    loop {
        let wanted = move |message: &Term| is_down(message, monitor) || is_call(message);
        let message = ctx.receive_where(wanted).await;
        let Some([client, _]) = message.tagged("$gen_call") else { return };
        if let Some(client) = Caller::from_term(client) {
            gen_server::reply(ctx, &client, terminating());
        }
    }
}

/// Stops an application; waits until nothing is left of it.
pub(super) async fn stop_instance(
    ctx: &Context,
    application: Atom,
    instance: Instance,
    restart: RestartType,
) {
    match instance {
        Instance::Here(master) => {
            ctx.unlink(master);
            master::stop(ctx, master).await;
            report_exit(ctx, application, &Term::atom("stopped"), restart);
        }
        Instance::Library => report_exit(ctx, application, &Term::atom("stopped"), restart),
        Instance::Elsewhere(_) => {}
    }
}

fn report_exit(ctx: &Context, application: Atom, reason: &Term, restart: RestartType) {
    let restart = restart.as_atom();
    ctx.log(Level::Info, format!("application {application} exited: {reason}, type: {restart}"));
}

fn started_to_term(result: StartResult) -> Term {
    match result {
        Ok(master) => tuple![atom!("ok"), master.map_or_else(|| Term::atom("ignore"), Term::from)],
        Err(reason) => tuple![atom!("error"), reason],
    }
}

/// `{"no such file or directory","Name.app"}`.
fn no_such_file(application: Atom) -> Term {
    let text = |text: &str| text.bytes().map(Term::from).collect::<Term>();
    tuple![text("no such file or directory"), text(&format!("{}.app", application.as_str()))]
}

fn find<T: Copy>(list: &[(Atom, T)], key: Atom) -> Option<T> {
    list.iter().find(|(name, _)| *name == key).map(|(_, value)| *value)
}

/// Sets the value of a key, which becomes the first if it is new.
pub(super) fn replace<T>(list: &mut Vec<(Atom, T)>, key: Atom, value: T) {
    match list.iter_mut().find(|(name, _)| *name == key) {
        Some(entry) => entry.1 = value,
        None => list.insert(0, (key, value)),
    }
}

pub(super) fn remove<T>(list: &mut Vec<(Atom, T)>, key: Atom) {
    list.retain(|(name, _)| *name != key);
}
