//! Runs made by hand: a chat of four nodes, with what happened and what its users saw.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::consistency::history::{Action, Completion, History, Operation, OperationId, Outcome};
use crate::document::shape::{Catalogue, ProgramInfo};
use crate::engine::network::Traffic;
use crate::engine::runtime;
use crate::engine::term::{Atom, Incarnation, Pid, Term};
use crate::engine::time::Time;
use crate::engine::trace::{
    ApplicationFact, ConnectionFact, Detail, Fact, FaultFact, NodeFact, ProcessFact, RecordId,
    Trace,
};
use crate::scenario::fault::{Fault, Trigger};
use crate::scenario::services::{ReportLine, Summary};
use crate::scenario::simulation::{
    ClientEnd, Comparisons, FaultFreeRun, InvariantResult, PlacementRun, RecordSteps, Run,
    UnknownOutcome,
};
use crate::scenario::{
    Consistency, Expectation, Layout, NodeSpec, Plan, Scenario, ScheduledFault, Unplaceable,
    WorkloadConfig,
};

/// The length of a run that says nothing else.
const LENGTH: u64 = 60_000;

/// A run in the making. All times are milliseconds; facts and operations are given in their order.
#[derive(Clone)]
pub(crate) struct HandMade {
    run: Run,
    /// The workload of the operations that follow.
    workload: Atom,
    /// The key of the operations that follow.
    key: Term,
}

/// An operation in the making.
pub(crate) struct Begun<'a> {
    run: &'a mut HandMade,
    id: OperationId,
}

/// The instant this many milliseconds after the start.
pub(crate) const fn ms(millis: u64) -> Time {
    Time::from_nanos(millis * 1_000_000)
}

/// The time from the start to that instant.
pub(crate) const fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

pub(crate) fn users() -> Atom {
    Atom::new("users")
}

pub(crate) fn node(name: &str) -> Atom {
    Atom::new(name)
}

/// The process of a client.
fn pid_of(client: u32) -> Pid {
    Pid::of(Incarnation::new(node("user@o"), 1), client, 1)
}

fn scenario() -> Scenario {
    let program = |name, operations| ProgramInfo { name, about: "", config: vec![], operations };
    let catalogue = Catalogue {
        services: vec![program("database", vec![]), program("http", vec![])],
        clients: vec![program("chat_user", vec!["post", "read"])],
    };
    let text = include_str!("chat.json");
    Scenario::parse(text, "chat.json", &catalogue).unwrap_or_else(|error| panic!("{error}"))
}

impl HandMade {
    /// The chat, up and running: all are connected, the database runs on `db1@a`.
    pub(crate) fn chat(expectations: Vec<Expectation>) -> HandMade {
        let scenario = Scenario { expectations, ..scenario() };
        let nodes: Vec<Atom> = scenario.nodes.iter().map(|node| node.name).collect();
        let plan = Plan { operations: Vec::new(), ..scenario.plan(7) };
        let run = Run {
            plan,
            outcome: runtime::RunOutcome::Deadline,
            ended_at: ms(LENGTH),
            trace: Trace::new(Detail::Story),
            history: History::default(),
            reports: Vec::new(),
            summary: Summary::default(),
            traffic: Traffic { packets: 400, bytes: 51_200, connections: 6 },
            steps: 1_234,
            record_steps: RecordSteps::default(),
            checkpoints: Vec::new(),
            invariants: Vec::new(),
            unregistered_names: Vec::new(),
            comparisons: Comparisons::default(),
            clients: Vec::new(),
            services: BTreeMap::new(),
            nobodies: BTreeMap::new(),
        };
        let mut made = HandMade { run, workload: users(), key: "lobby".into() };
        for name in &nodes {
            made.fact(0, name.as_str(), Fact::Node(NodeFact::Started { creation: 1 }));
        }
        for name in &nodes {
            for peer in nodes.iter().filter(|peer| *peer != name) {
                made.fact(10, name.as_str(), Fact::Connection(ConnectionFact::Up { peer: *peer }));
            }
        }
        made.starts(100, "database", "db1@a", "normal").starts(200, "http", "web@a", "normal");
        made
    }

    /// One more node, which is up, and to which nobody is connected.
    pub(crate) fn node(&mut self, name: &str) -> &mut HandMade {
        let nodes = &mut self.run.plan.scenario.nodes;
        let host = Atom::new(name.split_once('@').map_or("", |(_, host)| host));
        let more = NodeSpec { name: node(name), host, ..nodes[0].clone() };
        nodes.push(more);
        self.fact(300, name, Fact::Node(NodeFact::Started { creation: 1 }))
    }

    /// Something that happened on a node.
    pub(crate) fn fact(&mut self, at: u64, on: &str, fact: Fact) -> &mut HandMade {
        self.run.trace.record(ms(at), RecordId::default(), Some(node(on)), fact);
        self
    }

    /// An application starts.
    pub(crate) fn starts(&mut self, at: u64, name: &str, on: &str, start: &str) -> &mut HandMade {
        let start_type: Term = start.parse().unwrap();
        self.fact(
            at,
            on,
            Fact::Application(ApplicationFact::Started {
                application: Atom::new(name),
                start_type,
            }),
        )
    }

    /// An application stops.
    pub(crate) fn stops(&mut self, at: u64, name: &str, on: &str) -> &mut HandMade {
        let (application, reason) = (Atom::new(name), Term::atom("stopped"));
        self.fact(at, on, Fact::Application(ApplicationFact::Stopped { application, reason }))
    }

    /// A node notices the loss of another.
    pub(crate) fn notices(&mut self, at: u64, on: &str, lost: &str) -> &mut HandMade {
        let (peer, reason) = (node(lost), Atom::new("connection_closed"));
        self.fact(at, on, Fact::Connection(ConnectionFact::Down { peer, reason }))
    }

    /// A fault is injected; its number is its place in the order of these calls.
    pub(crate) fn inject(&mut self, at: u64, fault: Fault) -> &mut HandMade {
        let number = self.run.plan.faults.len() as u32;
        let text = fault.to_string();
        let trigger = Trigger::At(millis(at));
        self.run.plan.faults.push(ScheduledFault { label: None, trigger, fault, undo: None });
        let fact = Fact::Fault(FaultFact::Injected { fault: number, text, scope: None });
        self.run.trace.record(ms(at), RecordId::default(), None, fact);
        self
    }

    /// A fault changes nothing.
    pub(crate) fn in_vain(&mut self, at: u64, fault: Fault, why: &str) -> &mut HandMade {
        let number = self.run.plan.faults.len() as u32;
        let (text, why) = (fault.to_string(), why.to_owned());
        let trigger = Trigger::At(millis(at));
        self.run.plan.faults.push(ScheduledFault { label: None, trigger, fault, undo: None });
        let fact = Fact::Fault(FaultFact::WithoutEffect { fault: number, text, why });
        self.run.trace.record(ms(at), RecordId::default(), None, fact);
        self
    }

    /// A client of the users, with numbers of operations that were planned and that were not read.
    pub(crate) fn client(&mut self, client: u32, planned: u32, unread: u32) -> &mut HandMade {
        let (workload, pid) = (users(), Some(pid_of(client)));
        let end = ClientEnd { workload, client, pid, is_alive: true, planned, unread };
        self.run.clients.push(end);
        self
    }

    /// A client panics.
    pub(crate) fn panics(&mut self, at: u64, client: u32, text: &str) -> &mut HandMade {
        let (pid, label) = (Some(pid_of(client)), Some(Atom::new("chat_user")));
        let (text, place) = (text.to_owned(), "src/chat.rs:12".to_owned());
        self.fact(at, "user@o", Fact::Process(ProcessFact::Panicked { pid, label, text, place }));
        let mut clients = self.run.clients.iter_mut();
        if let Some(end) = clients.find(|end| end.pid == pid) {
            end.is_alive = false;
        }
        self
    }

    /// A node crashes, because of a fault.
    pub(crate) fn crashes(&mut self, at: u64, name: &str) -> &mut HandMade {
        self.inject(at, Fault::CrashNode(node(name))).fact(at, name, Fact::Node(NodeFact::Crashed))
    }

    /// A fault is ended.
    pub(crate) fn ends(&mut self, at: u64, fault: u32, text: &str) -> &mut HandMade {
        let fact = Fact::Fault(FaultFact::Ended { fault, text: text.to_owned() });
        self.run.trace.record(ms(at), RecordId::default(), None, fact);
        self
    }

    /// A client begins to post.
    pub(crate) fn post(&mut self, at: u64, client: u32, text: &str) -> Begun<'_> {
        self.begin(at, client, "post", Action::Append, text.into())
    }

    /// A client begins to read.
    pub(crate) fn read(&mut self, at: u64, client: u32) -> Begun<'_> {
        self.begin(at, client, "read", Action::Read, Term::atom("undefined"))
    }

    /// A client begins something that no model looks into.
    pub(crate) fn ask(&mut self, at: u64, client: u32, question: &str) -> Begun<'_> {
        self.begin(at, client, "ask", Action::Other, question.into())
    }

    /// The service claims this to its users.
    pub(crate) fn claiming(&mut self, claims: &[Consistency]) -> &mut HandMade {
        self.run.plan.scenario.workloads[0].claims = claims.to_vec();
        self
    }

    /// Makes the operations that follow those of other users, with this client. Those before stay
    /// with the first workload.
    pub(crate) fn by(&mut self, workload: &str, client: &str) -> &mut HandMade {
        self.workload = Atom::new(workload);
        let workloads = &mut self.run.plan.scenario.workloads;
        if workloads.iter().all(|each| each.name != self.workload) {
            let (name, client) = (self.workload, Atom::new(client));
            workloads.push(WorkloadConfig { name, client, ..workloads[0].clone() });
        }
        self
    }

    /// Makes the operations that follow use this key.
    pub(crate) fn about(&mut self, key: &str) -> &mut HandMade {
        self.key = key.into();
        self
    }

    /// A client begins to replace the value of a key.
    pub(crate) fn write(&mut self, at: u64, client: u32, text: &str) -> Begun<'_> {
        self.begin(at, client, "write", Action::Write, text.into())
    }

    /// The service claims this to the users of a workload.
    pub(crate) fn claiming_to(&mut self, workload: &str, claims: &[Consistency]) -> &mut HandMade {
        let workloads = &mut self.run.plan.scenario.workloads;
        let found = workloads.iter_mut().find(|each| each.name.as_str() == workload);
        found.expect("a workload").claims = claims.to_vec();
        self
    }

    /// The clients of a workload say which application they use.
    pub(crate) fn uses(&mut self, workload: &str, application: &str) -> &mut HandMade {
        self.run.services.insert(Atom::new(workload), Atom::new(application));
        self
    }

    /// The same run without faults, as `twin` tells it.
    pub(crate) fn beside(&mut self, twin: &HandMade) -> &mut HandMade {
        self.run.comparisons.twin = Some(Box::new(twin.run()));
        self
    }

    /// The same users with the applications somewhere.
    pub(crate) fn placed(&mut self, layout: Layout, other: &HandMade) -> &mut HandMade {
        let placements = self.run.comparisons.placements.as_mut().unwrap();
        placements.push(PlacementRun { layout, run: other.run() });
        self
    }

    /// The applications cannot be anywhere else.
    pub(crate) fn unplaceable(&mut self, why: Unplaceable) -> &mut HandMade {
        self.run.comparisons.placements = Err(why);
        self
    }

    /// A run without faults that does again what was done here.
    pub(crate) fn could_be(&mut self, unknown: UnknownOutcome, other: &HandMade) -> &mut HandMade {
        self.run.comparisons.fault_free.push(FaultFreeRun { unknown, run: other.run() });
        self
    }

    fn begin(
        &mut self,
        at: u64,
        client: u32,
        name: &str,
        action: Action,
        value: Term,
    ) -> Begun<'_> {
        let id = self.run.history.invoke(Operation {
            workload: self.workload,
            client,
            name: Atom::new(name),
            action,
            key: self.key.clone(),
            value,
            invoked: ms(at),
            timeout: millis(5_000),
            completion: None,
        });
        Begun { run: self, id }
    }

    /// Clients post and are answered after 10 ms: one each 100 ms, from a time to another.
    pub(crate) fn quiet_posts(&mut self, from: u64, to: u64) -> &mut HandMade {
        for at in (from..to).step_by(100) {
            self.post(at, 9, &format!("at {at}")).done(at + 10);
        }
        self
    }

    /// The reporting service says something.
    pub(crate) fn reports(&mut self, at: u64, text: &str) -> &mut HandMade {
        let application = Atom::new("reporting");
        let line = ReportLine { at: ms(at), node: node("web@a"), application, text: text.into() };
        self.run.reports.push(line);
        self
    }

    /// Something was asked of the world at each step.
    pub(crate) fn checks(&mut self, checked: InvariantResult) -> &mut HandMade {
        self.run.invariants.push(checked);
        self
    }

    /// No process ever had this name.
    pub(crate) fn nobody_is(&mut self, name: &str, near: Option<&str>) -> &mut HandMade {
        self.run.nobodies.insert(Atom::new(name), near.map(Term::atom));
        self
    }

    /// The run is given up at its end.
    pub(crate) fn runs_out_of_budget(&mut self) -> &mut HandMade {
        self.run.outcome = runtime::RunOutcome::BudgetExhausted { busy: Vec::new() };
        self
    }

    pub(crate) fn run(&self) -> Run {
        self.run.clone()
    }
}

impl<'a> Begun<'a> {
    /// Answered without an error.
    pub(crate) fn done(self, at: u64) -> &'a mut HandMade {
        self.ends(at, Outcome::Ok(Term::atom("ok")))
    }

    /// Answered with these messages.
    pub(crate) fn shows(self, at: u64, texts: &[&str]) -> &'a mut HandMade {
        let answer: Vec<Term> = texts.iter().map(|text| Term::from(*text)).collect();
        self.ends(at, Outcome::Ok(answer.into()))
    }

    /// Answered with this term.
    pub(crate) fn answers(self, at: u64, answer: &str) -> &'a mut HandMade {
        self.ends(at, Outcome::Ok(answer.parse().unwrap()))
    }

    /// Certainly not done.
    pub(crate) fn fails(self, at: u64) -> &'a mut HandMade {
        self.ends(at, Outcome::Failed(Term::atom("refused")))
    }

    /// Perhaps done, perhaps not.
    pub(crate) fn times_out(self, at: u64) -> &'a mut HandMade {
        self.ends(at, Outcome::Unknown(Term::atom("timeout")))
    }

    /// Never answered.
    pub(crate) fn hangs(self) -> &'a mut HandMade {
        self.run
    }

    fn ends(self, at: u64, outcome: Outcome) -> &'a mut HandMade {
        self.run.run.history.complete(self.id, Completion { at: ms(at), outcome });
        self.run
    }
}
