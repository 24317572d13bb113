//! Lessons: what each asks, runs and checks.

use std::time::Duration;

use crate::document::Node;
use crate::document::diagnostic::Diagnostics;
use crate::document::syntax::Span;
use crate::explore::Seeds;

use super::path::FigurePath;

/// A lesson, as its `lesson.json` says.
#[derive(Clone, Debug)]
pub struct Lesson {
    /// Its folder, which is its name.
    pub name: String,
    /// Its title.
    pub title: String,
    /// The concepts that it teaches.
    pub concepts: Vec<String>,
    /// The lessons that come before it.
    pub after: Vec<String>,
    /// The time that it takes, in minutes.
    pub minutes: Option<u32>,
    /// Its runs, at least one.
    pub runs: Vec<LessonRun>,
    /// The questions before a run.
    pub predict: Vec<LessonQuestion>,
    /// The questions after looking at the page.
    pub find: Vec<LessonQuestion>,
    /// The thing that the student has to change.
    pub task: Option<LessonTask>,
    /// The conditions that a solution has to meet.
    pub checks: Vec<LessonCheck>,
    /// Hints, from the first to the last.
    pub hints: Vec<String>,
    /// The part of a page that is looked at.
    pub look: Option<Look>,
    pub(super) source: LessonSource,
}

/// The text of a `lesson.json`, for messages with places.
#[derive(Clone, Debug)]
pub(super) struct LessonSource {
    pub(super) file_name: String,
    pub(super) text: String,
    pub(super) after: Span,
    pub(super) hints: Vec<Span>,
}

impl Lesson {
    /// An empty list of mistakes in its `lesson.json`.
    pub(super) fn diagnostics(&self) -> Diagnostics {
        Diagnostics::new(&self.source.file_name, &self.source.text)
    }

    /// The run with this name; the first if there is none.
    pub(super) fn run_named(&self, name: Option<&str>) -> Option<&LessonRun> {
        match name {
            Some(name) => self.runs.iter().find(|run| run.name == name),
            None => self.runs.first(),
        }
    }

    /// The run of the file that the student changes; the first if there is none.
    pub fn edited_run(&self) -> Option<&LessonRun> {
        let edit = self.task.as_ref().map(|task| task.edit.as_str());
        let own = self.runs.iter().find(|run| Some(run.source.file()) == edit);
        own.or_else(|| self.runs.first())
    }

    /// The task, if its file is a module, which has to be compiled.
    pub(super) fn module_task(&self) -> Option<&LessonTask> {
        self.task.as_ref().filter(|task| has_ending(&task.edit, "erl"))
    }

    /// The file that holds a solution of the task.
    pub fn solution_file(&self) -> Option<&'static str> {
        let task = self.task.as_ref()?;
        let ending = task.edit.rsplit('.').next();
        Some(match ending {
            Some("transcript") => "solution.transcript",
            Some("erl") => "solution.erl",
            Some(_) | None => "solution.json",
        })
    }
}

/// True if a file has this ending.
fn has_ending(file: &str, ending: &str) -> bool {
    std::path::Path::new(file).extension().is_some_and(|own| own == ending)
}

/// A thing that a lesson runs.
#[derive(Clone, Debug)]
pub struct LessonRun {
    /// Its name.
    pub name: String,
    /// The file.
    pub source: RunSource,
    pub(super) at: Span,
}

/// The file of a run; paths are relative to the folder of the lesson.
#[derive(Clone, Debug)]
pub enum RunSource {
    /// A scenario.
    Scenario {
        /// The file.
        file: String,
        /// The seed; the scenario's own if `None`.
        seed: Option<u64>,
    },
    /// A transcript.
    Transcript {
        /// The file.
        file: String,
        /// The seed.
        seed: u64,
    },
    /// A recorded history.
    History {
        /// The file.
        file: String,
        /// The model of the service.
        model: Option<String>,
    },
}

impl RunSource {
    /// The file.
    #[must_use]
    pub fn file(&self) -> &str {
        match self {
            RunSource::Scenario { file, .. }
            | RunSource::Transcript { file, .. }
            | RunSource::History { file, .. } => file,
        }
    }
}

/// A question.
#[derive(Clone, Debug)]
pub struct LessonQuestion {
    /// Its name.
    pub id: String,
    /// The question.
    pub ask: String,
    /// The kind of its answer.
    pub kind: QuestionKind,
    /// A sentence that says why, for those who were wrong.
    pub because: Option<String>,
    pub(super) at: Span,
}

/// The kind of an answer.
#[derive(Clone, Debug)]
pub enum QuestionKind {
    /// A value.
    Value {
        /// The value, taken from a run.
        value: LessonValue,
        /// The unit; empty if it has none.
        unit: String,
        /// The distance that an answer may be off.
        tolerance: Tolerated,
    },
    /// One of these.
    Choice(Vec<Choosable>),
}

/// The distance between an answer and the value that is still right.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Tolerated {
    /// 10% of a time or a share, nothing of anything else.
    Usual,
    /// A part of the value: 0.25.
    Share(f64),
    /// A number in the unit of the question.
    Units(f64),
    /// A length of time.
    Time(Duration),
}

/// An answer that can be chosen.
#[derive(Clone, Debug)]
pub struct Choosable {
    /// The answer.
    pub text: String,
    /// A sentence for those who chose it.
    pub because: Option<String>,
    pub(super) holds: LessonCondition,
    pub(super) at: Span,
}

/// A thing to do.
#[derive(Clone, Debug)]
pub struct LessonTask {
    /// The file that is changed.
    pub edit: String,
    /// JSON pointers to what may be changed; everything if there are none.
    pub may_change: Vec<String>,
    /// The task, in words.
    pub say: String,
    pub(super) at: Span,
}

/// A part of a page.
#[derive(Clone, Debug)]
pub struct Look {
    /// The run; the first if `None`.
    pub run: Option<String>,
    /// The link, as in the address of a page: `#t=19.9-29`.
    pub link: String,
    /// The first and the last second that are shown, if the link says so.
    pub window: Option<(f64, f64)>,
    pub(super) at: Span,
}

/// A value that is taken from a run.
#[derive(Clone, Debug)]
pub struct LessonValue {
    pub(super) run: Option<String>,
    pub(super) kind: ValueKind,
    pub(super) at: Span,
}

#[derive(Clone, Debug)]
pub(super) enum ValueKind {
    Figure(FigurePath),
    Answer { command: String, nth: Option<usize> },
    History(HistoryQuestion),
    Order(RecordPick, RecordPick),
    Time(RecordPick),
    Sweep { seeds: Seeds, figure: Option<FigurePath>, of: SweepOf },
    Prove(ProofQuestion),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum HistoryQuestion {
    Strongest,
    FirstContradiction,
    Linearizable,
}

/// A record of a trace.
#[derive(Clone, Debug)]
pub(super) struct RecordPick {
    pub(super) words: Vec<String>,
    pub(super) node: Option<String>,
    pub(super) nth: usize,
    pub(super) at: Span,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SweepOf {
    Min,
    Max,
    Median,
    P99,
    Distinct,
    Passed,
    Failed,
}

/// A search for faults that are not masked.
#[derive(Clone, Debug)]
pub(super) struct ProofQuestion {
    pub(super) crashes: usize,
    pub(super) partitions: usize,
    pub(super) restart_after: Option<Duration>,
    pub(super) heal_after: Option<Duration>,
    pub(super) nodes: Vec<String>,
    pub(super) from: Option<Duration>,
    pub(super) before: Option<Duration>,
    /// The number of points instead of that of failures.
    pub(super) points: bool,
}

/// A condition on a run.
#[derive(Clone, Debug)]
pub struct LessonCondition {
    pub(super) kind: ConditionKind,
    pub(super) at: Span,
}

#[derive(Clone, Debug)]
pub(super) enum ConditionKind {
    All(Vec<LessonCondition>),
    Any(Vec<LessonCondition>),
    Not(Box<LessonCondition>),
    /// An invariant, as the object in the file.
    Invariant {
        run: Option<String>,
        object: Node,
    },
    Compare {
        value: LessonValue,
        how: Comparator,
        with: ComparedWith,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comparator {
    Is,
    Contains,
    AtLeast,
    AtMost,
    MoreThan,
    LessThan,
}

impl Comparator {
    pub(super) const ALL: [(&'static str, Comparator); 6] = [
        ("is", Comparator::Is),
        ("contains", Comparator::Contains),
        ("at_least", Comparator::AtLeast),
        ("at_most", Comparator::AtMost),
        ("more_than", Comparator::MoreThan),
        ("less_than", Comparator::LessThan),
    ];

    /// The comparison in words, before what is compared with.
    pub(super) const fn words(self) -> &'static str {
        match self {
            Comparator::Is => "is",
            Comparator::Contains => "contains",
            Comparator::AtLeast => "is at least",
            Comparator::AtMost => "is at most",
            Comparator::MoreThan => "is more than",
            Comparator::LessThan => "is less than",
        }
    }
}

#[derive(Clone, Debug)]
pub(super) enum ComparedWith {
    Number(f64),
    Time(Duration),
    Text(String),
    Truth(bool),
    Value(Box<LessonValue>),
}

/// A thing that a solution has to meet.
#[derive(Clone, Debug)]
pub struct LessonCheck {
    /// True if it is told only when it fails.
    pub hidden: bool,
    pub(super) say: Option<String>,
    pub(super) seeds: Option<Seeds>,
    pub(super) with: Option<Node>,
    pub(super) run: Option<String>,
    pub(super) kind: CheckKind,
    pub(super) at: Span,
}

#[derive(Clone, Debug)]
pub(super) enum CheckKind {
    Verdict(crate::verdict::Conclusion),
    Condition(LessonCondition),
    Goal(Vec<String>),
    BreakIt {
        faults: usize,
        within: Option<Duration>,
    },
    ShrinkTo {
        faults: usize,
        operations: Option<usize>,
    },
    Prove {
        question: ProofQuestion,
        failed_at_most: u64,
    },
    Mutants(String),
    /// The run passes with this module of the student's own.
    Erlang(String),
}
