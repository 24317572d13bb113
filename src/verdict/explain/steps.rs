//! Chains of causes in words.

use std::time::Duration;

use crate::consistency::history::{Operation, OperationId};
use crate::consistency::{abridged, end_text, invocation_text};
use crate::engine::term::{Atom, Pid, Term, crash_site};
use crate::engine::time::{Time, format_duration, round_duration};
use crate::engine::trace::{
    ApplicationFact, ConnectionFact, Fact, FaultFact, GlobalFact, LogFact, MessageFact, NodeFact,
    OperationFact, ProcessFact, RecordId, TraceRecord,
};
use crate::otp;
use crate::scenario::simulation::Run;

use super::chain::{Causes, Owner};
use super::instance::ServiceInstance;

/// A step between a fault and an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExplanationStep {
    /// The record that it tells of, the last of several; record 0 if there is none.
    pub record: RecordId,
    /// The time.
    pub at: Time,
    /// The time since the step that led to it; `None` for the first of a chain.
    pub after: Option<Duration>,
    /// The node, the client, or `fault`.
    pub who: String,
    /// A description, with the wait before it.
    pub what: String,
}

/// The treatment of requests and answers on the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum RequestDetail {
    Folded,
    Told,
}

/// Waits shorter than this are not mentioned.
const TOLD_FROM_NS: u64 = 1_000_000;

/// Turns the chains of one fault into steps.
pub(super) struct StepWriter<'a, 'b> {
    pub(super) run: &'a Run,
    pub(super) causes: &'b Causes<'a>,
    pub(super) fault: RecordId,
    /// The instance that replaced a lost one.
    pub(super) instance: Option<ServiceInstance>,
}

impl StepWriter<'_, '_> {
    /// The steps of the restart and of the answer, in the order of time; shared steps are listed
    /// once. The fault is listed even if nothing leads to it, and so is the first answer after the
    /// trouble.
    pub(super) fn write(
        &self,
        restart: &[&TraceRecord],
        answer: &[&TraceRecord],
        served: Option<&TraceRecord>,
    ) -> Vec<ExplanationStep> {
        let fault = self.causes.trace.get(self.fault);
        let mut told: Vec<(RecordId, ExplanationStep)> = Vec::new();
        // What the client asks and is answered is the story itself.
        let chains = [
            (fault.as_slice(), RequestDetail::Told),
            (restart, RequestDetail::Folded),
            (answer, RequestDetail::Told),
            (served.as_slice(), RequestDetail::Told),
        ];
        for (chain, questions) in chains {
            let mut previous: Option<Time> = None;
            for (id, mut step) in self.steps(chain, questions) {
                step.after = previous.map(|before| step.at.since(before));
                previous = Some(step.at);
                if told.iter().all(|(known, _)| *known != id) {
                    told.push((id, step));
                }
            }
        }
        told.extend(self.losses(answer));
        told.extend(self.never_answered(answer));
        told.sort_by_key(|(id, step)| (step.at, *id));
        told.dedup_by(|(_, later), (_, step)| {
            (later.at, &later.who, &later.what) == (step.at, &step.who, &step.what)
        });
        told.into_iter().map(|(_, step)| step).collect()
    }

    /// The steps of one chain.
    fn steps(
        &self,
        chain: &[&TraceRecord],
        questions: RequestDetail,
    ) -> Vec<(RecordId, ExplanationStep)> {
        let mut steps: Vec<(RecordId, ExplanationStep)> = Vec::new();
        let mut index = 0;
        while let Some(record) = chain.get(index) {
            if let Some(waits) = repeated(&chain[index..]) {
                steps.push(self.waits(&chain[index..index + waits], chain.get(index + waits)));
                index += waits;
                continue;
            }
            if questions == RequestDetail::Folded
                && let Some((back, step)) = self.question(chain, index)
            {
                steps.extend(step.map(|step| (chain[back].id, step)));
                index = back + 1;
                continue;
            }
            let next = chain.get(index + 1).copied();
            steps.extend(self.step(record, next).map(|step| (record.id, step)));
            index += 1;
        }
        steps
    }

    fn step(&self, record: &TraceRecord, next: Option<&TraceRecord>) -> Option<ExplanationStep> {
        let what = match &record.fact {
            Fact::Fault(FaultFact::Injected { text, .. } | FaultFact::Ended { text, .. })
            | Fact::Log(LogFact { text, .. }) => text.clone(),
            Fact::Node(fact) => node_text(fact)?,
            Fact::Connection(fact) => self.connection_text(record, fact)?,
            Fact::Process(fact) => self.process_text(fact)?,
            Fact::Application(ApplicationFact::Started { application, start_type }) => {
                format!("{application} runs ({start_type})")
            }
            Fact::Application(ApplicationFact::Stopped { application, reason }) => {
                format!("{application} has stopped ({reason})")
            }
            Fact::Operation(OperationFact::Invoked { operation }) => {
                format!("begins {}", invocation_text(self.operation(*operation)))
            }
            Fact::Operation(OperationFact::Completed { operation, .. }) => self.seen(*operation),
            Fact::Message(MessageFact::Sent { from, .. }) if self.is_ready(record) => {
                format!("{} is ready", self.causes.label(*from))
            }
            Fact::Global(GlobalFact::Registered { name, pid }) if self.is_ready(record) => {
                format!("the global name {name} belongs to {} now", self.causes.label(*pid))
            }
            Fact::Message(MessageFact::Sent { from, to, .. }) => {
                self.travels(record, next?, *from, to)?
            }
            Fact::Host(_) | Fact::Global(_) | Fact::Fault(_) | Fact::Message(_) => return None,
        };
        Some(self.new_step(record, what))
    }

    fn connection_text(&self, record: &TraceRecord, fact: &ConnectionFact) -> Option<String> {
        match fact {
            ConnectionFact::Up { peer } => Some(format!("is connected to {peer}")),
            ConnectionFact::Down { peer, reason } => {
                Some(format!("has lost {peer}{}", self.why(record, reason.as_str())))
            }
            ConnectionFact::Failed { peer } => Some(format!("cannot connect to {peer}")),
            ConnectionFact::CookieRejected { .. } => None,
        }
    }

    fn process_text(&self, fact: &ProcessFact) -> Option<String> {
        match fact {
            ProcessFact::Spawned { pid, label, parent } => self.begins(*pid, *label, *parent),
            ProcessFact::Exited { label, reason, .. } => {
                let (label, is_told) = (label.as_str(), !reason.is_atom("normal"));
                (is_told && !is_remote_result(reason)).then(|| match crash_site(reason) {
                    Some((why, site)) => format!("{label} ends: {} in {site}", abridged(why)),
                    None => format!("{label} ends: {}", abridged(reason)),
                })
            }
            ProcessFact::Panicked { label, text, place, .. } => {
                let label = label.map_or("what a process held", Atom::as_str);
                Some(format!("{label} panics at {place}: {text}"))
            }
            ProcessFact::Signalled { .. }
            | ProcessFact::TimerExpired { .. }
            | ProcessFact::State { .. } => None,
        }
    }

    /// The beginning of an application, or of the first process of an instance that is none.
    fn begins(&self, pid: Pid, label: Atom, parent: Option<Pid>) -> Option<String> {
        if let Some(application) = self.causes.application_of_master(label) {
            return Some(format!("begins to start {application}"));
        }
        let instance = self.instance.filter(|instance| instance.has(self.causes, pid))?;
        let born_after = |pid: Pid| self.causes.spawned(pid) > Some(instance.root);
        let is_first = parent.is_none_or(|parent| !born_after(parent));
        is_first.then(|| format!("begins to start {}", label.as_str()))
    }

    /// True if the instance can answer from this record on.
    fn is_ready(&self, record: &TraceRecord) -> bool {
        self.instance.is_some_and(|instance| instance.ready == record.id)
    }

    #[expect(clippy::unused_self, reason = "beside the other makers of steps")]
    fn new_step(&self, record: &TraceRecord, what: String) -> ExplanationStep {
        let who = record.node.map_or("fault", |node| node.as_str()).to_owned();
        ExplanationStep { record: record.id, at: record.at, after: None, who, what }
    }

    fn operation(&self, number: u32) -> &Operation {
        &self.run.history.operations()[OperationId(number).0 as usize]
    }

    fn seen(&self, number: u32) -> String {
        let operation = self.operation(number);
        let end = end_text(operation, self.run.ended_at);
        format!("{}/{} sees: {end}", operation.workload, operation.client)
    }

    /// The reason why the loss of a connection was noticed.
    fn why(&self, record: &TraceRecord, reason: &str) -> String {
        let nodes = self.run.plan.scenario.nodes.iter();
        let own = nodes.into_iter().find(|node| Some(node.name) == record.node);
        match (reason, own) {
            ("net_tick_timeout", Some(node)) => format!(
                ": nothing heard at four checks in a row (net_tick_timeout, net_ticktime {})",
                format_duration(node.net_ticktime)
            ),
            _ => format!(" ({reason})"),
        }
    }

    /// A message that goes to another node.
    fn travels(
        &self,
        record: &TraceRecord,
        next: &TraceRecord,
        from: Pid,
        to: &Term,
    ) -> Option<String> {
        let Fact::Message(MessageFact::Delivered { to: receiver, message, .. }) = &next.fact else {
            return None;
        };
        if next.node == record.node {
            return None;
        }
        let (sender, there) = (self.causes.label(from), next.node?);
        let receiver_name = self.causes.label(*receiver);
        let is_answer = to.as_reference().is_some() || !otp::is_gen_call(message);
        let verb = if is_answer { "answers" } else { "asks" };
        Some(format!("{sender} {verb} {receiver_name} on {there}"))
    }

    /// A question that a process asks and waits for: where the chain is back, and what to tell.
    fn question(
        &self,
        chain: &[&TraceRecord],
        index: usize,
    ) -> Option<(usize, Option<ExplanationStep>)> {
        let Fact::Message(MessageFact::Sent { from, to, message, .. }) = &chain[index].fact else {
            return None;
        };
        if !otp::is_gen_call(message) {
            return None;
        }
        let rest = chain[index + 1..]
            .iter()
            .position(|later| matches!(later.fact, Fact::Message(MessageFact::Delivered { to, .. }) if to == *from))?;
        let back = index + 1 + rest;
        let took = chain[back].at.since(chain[index].at);
        if took.is_zero() && !self.is_for_a_program(chain.get(index + 1)) {
            return Some((back, None));
        }
        let with = others_text(&chain[index..back]);
        let name = match to.as_tuple().and_then(|parts| parts.first()) {
            Some(name) => name.to_string(),
            None => to.as_pid().map_or_else(|| to.to_string(), |pid| self.label(pid)),
        };
        let waited = if took.is_zero() {
            "asked".to_owned()
        } else {
            format!("waited {} for", round_duration(took))
        };
        let what = format!("{} has {waited} {name}{with}", self.causes.label(*from));
        Some((back, Some(self.new_step(chain[back], what))))
    }

    fn label(&self, pid: Pid) -> String {
        self.causes.label(pid).to_owned()
    }

    /// True if a message is delivered to a process other than the kernel's.
    fn is_for_a_program(&self, delivery: Option<&&TraceRecord>) -> bool {
        delivery.is_some_and(|record| match record.fact {
            Fact::Message(MessageFact::Delivered { to, .. }) => {
                self.causes.owner(to) != Owner::Kernel
            }
            _ => false,
        })
    }

    /// Steps for timers of one process that follow each other.
    fn waits(
        &self,
        timers: &[&TraceRecord],
        next: Option<&&TraceRecord>,
    ) -> (RecordId, ExplanationStep) {
        let last = timers[timers.len() - 1];
        let Fact::Process(ProcessFact::TimerExpired { label, after_ns, .. }) = &last.fact else {
            unreachable!("timers only")
        };
        let each = round_duration(Duration::from_nanos(*after_ns));
        let restarts = |message: &Term| {
            let name = otp::lost_application(message)?;
            Some(format!("dist_ac has waited {each} for the lost node (the timeout of {name})"))
        };
        let what = match next.map(|next| &next.fact) {
            Some(Fact::Message(MessageFact::Delivered { message, .. })) => restarts(message),
            Some(_) | None => None,
        };
        let what = what.unwrap_or_else(|| match timers.len() {
            1 => format!("{label} has waited {each}"),
            often => format!("{label} has tried again every {each}, {often} times"),
        });
        (last.id, self.new_step(last, what))
    }

    /// A step that says that the operation has not ended.
    fn never_answered(&self, answer: &[&TraceRecord]) -> Option<(RecordId, ExplanationStep)> {
        let Fact::Operation(OperationFact::Invoked { operation }) = answer.last()?.fact else {
            return None;
        };
        let step = ExplanationStep {
            record: RecordId::default(),
            at: self.run.ended_at,
            after: None,
            who: self.operation(operation).workload.to_string(),
            what: self.seen(operation),
        };
        Some((RecordId(u32::MAX), step))
    }

    /// The steps in which a message of the operation was lost.
    fn losses(&self, answer: &[&TraceRecord]) -> Vec<(RecordId, ExplanationStep)> {
        let invoked = answer
            .iter()
            .find(|record| matches!(record.fact, Fact::Operation(OperationFact::Invoked { .. })));
        let Some(invoked) = invoked else { return Vec::new() };
        let until = answer.last().map_or(invoked.at, |last| last.at);
        let until = if until > invoked.at { until } else { self.run.ended_at };
        let sent = self.causes.descendants(invoked.id, until).into_iter().filter_map(|record| {
            let Fact::Message(MessageFact::Sent { from, to, message, .. }) = &record.fact else {
                return None;
            };
            if !otp::is_gen_call(message) {
                return None;
            }
            let arrived = self.causes.effects(record.id).iter().any(|id| {
                self.causes.trace.get(*id).is_some_and(|each| {
                    matches!(each.fact, Fact::Message(MessageFact::Delivered { .. }))
                })
            });
            let to = if let Some(pid) = to.as_pid() {
                format!("{} on {}", self.causes.label(pid), pid.node())
            } else {
                to.to_string()
            };
            let what = format!("{}'s question to {to} never arrives", self.causes.label(*from));
            (!arrived).then(|| (record.id, self.new_step(record, what)))
        });
        sent.collect()
    }
}

/// True of the exit reason by which OTP's `erpc` hands over a result: `{Ref,return,Value}`.
fn is_remote_result(reason: &Term) -> bool {
    match reason.as_tuple() {
        Some([tag, kind, ..]) => tag.as_reference().is_some() && kind.is_atom("return"),
        Some(_) | None => false,
    }
}

fn node_text(fact: &NodeFact) -> Option<String> {
    Some(match fact {
        NodeFact::Started { .. } => "the node starts".to_owned(),
        NodeFact::Stopped { .. } => "the node has stopped".to_owned(),
        NodeFact::Crashed => return None,
        NodeFact::RestartPlanned { after_ns, .. } => {
            let after = round_duration(Duration::from_nanos(*after_ns));
            format!("the node starts again in {after}")
        }
        NodeFact::RestartsExhausted { .. } => "the node is not started again".to_owned(),
        NodeFact::Paused => "the node stands still".to_owned(),
        NodeFact::Resumed => "the node goes on".to_owned(),
    })
}

/// The number of timers of one process and one length at the beginning of a chain, if there are
/// enough to be folded.
fn repeated(chain: &[&TraceRecord]) -> Option<usize> {
    let timer = |record: &TraceRecord| match &record.fact {
        Fact::Process(ProcessFact::TimerExpired { pid, after_ns, .. }) => Some((*pid, *after_ns)),
        _ => None,
    };
    let first = timer(chain.first()?).filter(|(_, after)| *after >= TOLD_FROM_NS)?;
    Some(chain.iter().take_while(|record| timer(record) == Some(first)).count())
}

/// The other nodes that a question led to.
fn others_text(records: &[&TraceRecord]) -> String {
    let own = records.first().and_then(|record| record.node);
    let mut others: Vec<&str> = (records.iter())
        .filter(|record| record.node != own)
        .filter_map(|record| record.node.map(Atom::as_str))
        .collect();
    others.sort_unstable();
    others.dedup();
    if others.is_empty() { String::new() } else { format!(", which asks {}", others.join(", ")) }
}
