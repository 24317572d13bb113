//! Values and conditions of a lesson, evaluated on its runs.

use std::ops::Range;

use crate::consistency::claims::{Claim, Examination};
use crate::consistency::history::Recording;
use crate::consistency::model::{MultiRegister, OrderOf, Question, Specification};
use crate::consistency::{Judgement, Limits, Numbered};
use crate::document::Node;
use crate::document::syntax::{Json, Member};
use crate::engine::time::{Time, decimal_duration, nanos};
use crate::engine::trace::Detail;
use crate::explore::{Batch, Proof, Prover, ScenarioText, Seeds};
use crate::scenario::Expectation;
use crate::verdict::{Conclusion, finding_of};

use super::bench::{Aim, LessonBench};
use super::lesson::{
    ComparedWith, ConditionKind, HistoryQuestion, LessonCondition, LessonValue, ProofQuestion,
    RecordPick, RunSource, SweepOf, ValueKind,
};
use super::measured::Measured;
use super::path::{FigurePath, FoundValue};
use super::records::RecordLines;
use super::trouble::Trouble;

/// A place in the file.
type At = Range<usize>;

/// The most memory for the search of a history.
const MEMORY: usize = 1 << 28;

/// A condition, evaluated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Held {
    pub(super) holds: bool,
    /// The reason, in a sentence.
    pub(super) why: String,
}

impl LessonBench<'_> {
    /// The value of a question, from the first run or the one that it names.
    ///
    /// # Errors
    /// [`Trouble`] if it has none.
    pub fn answer(&self, value: &LessonValue) -> Result<Measured, Trouble> {
        match self.value(value, Aim::FIRST)? {
            Measured::Nothing(why) => {
                let help = "ask for something that the run has";
                Err(self.trouble(&value.at, &format!("the answer has no value: {why}"), help))
            }
            found if found.number().is_some_and(|number| !number.is_finite()) => {
                Err(self.trouble(&value.at, "the answer is no finite number", ""))
            }
            found => Ok(found),
        }
    }

    /// True if a choice of a question holds.
    ///
    /// # Errors
    /// [`Trouble`] if that cannot be said.
    pub fn holds(&self, choice: &super::lesson::Choosable) -> Result<bool, Trouble> {
        Ok(self.condition(&choice.holds, Aim::FIRST)?.holds)
    }

    pub(super) fn trouble(&self, at: &At, message: &str, help: &str) -> Trouble {
        Trouble::at(self.lesson, at, message, help)
    }

    /// A value of a run.
    pub(super) fn value(&self, value: &LessonValue, aim: Aim<'_>) -> Result<Measured, Trouble> {
        let named = self.lesson.run_named(value.run.as_deref());
        let run = if value.run.is_some() || aim.run.is_none() { named } else { aim.run };
        let aim = Aim { run, ..aim };
        match &value.kind {
            ValueKind::Figure(path) => self.figure(path, aim, &value.at),
            ValueKind::Answer { command, nth } => self.said(command, *nth, aim, &value.at),
            ValueKind::History(question) => self.of_history(*question, aim, &value.at),
            ValueKind::Order(one, other) => {
                let lines = self.lines(aim, &value.at)?;
                match (self.place(&lines, one)?, self.place(&lines, other)?) {
                    (Ok(one), Ok(other)) => Ok(Measured::Word(lines.order(one, other).to_owned())),
                    (Err(why), _) | (_, Err(why)) => Ok(Measured::Nothing(why)),
                }
            }
            ValueKind::Time(pick) => {
                let lines = self.lines(aim, &value.at)?;
                match self.place(&lines, pick)? {
                    Ok(found) => Ok(Measured::Time(lines.at(found) as f64)),
                    Err(why) => Ok(Measured::Nothing(why)),
                }
            }
            ValueKind::Sweep { seeds, figure, of } => {
                self.sweep(seeds, figure.as_ref(), *of, aim, &value.at)
            }
            ValueKind::Prove(question) => {
                let total = self.prove(question, aim, &value.at)?.total();
                let count = if question.points { total.points } else { total.failed };
                Ok(Measured::Count(count as f64))
            }
        }
    }

    /// The place of a record. In the run of a student it need not be there; in what is handed out it
    /// was misspelt.
    fn place(
        &self,
        lines: &RecordLines,
        pick: &RecordPick,
    ) -> Result<Result<usize, String>, Trouble> {
        match lines.find(pick) {
            Err(why) if !self.is_checking.get() => Err(self.trouble(&pick.at, &why, RECORD_HELP)),
            found => Ok(found),
        }
    }

    fn figure(&self, path: &FigurePath, aim: Aim<'_>, at: &At) -> Result<Measured, Trouble> {
        // Nothing else of the document depends on the run without faults.
        let with_twin = path.text().contains("twin");
        let done = self.run(aim, at, Detail::Story, with_twin)?;
        match path.find(self.document(&done)) {
            Ok(Ok(FoundValue::Single(value))) => Ok(Measured::of_json(value, path.last())),
            Ok(Ok(FoundValue::Length(length))) => Ok(Measured::Count(length as f64)),
            Ok(Err(why)) => Ok(Measured::Nothing(why)),
            Err(why) => {
                let message = format!("there is no figure `{}`", path.text());
                Err(self.trouble(at, &message, &why))
            }
        }
    }

    /// The answer of a transcript to a command.
    fn said(
        &self,
        command: &str,
        nth: Option<usize>,
        aim: Aim<'_>,
        at: &At,
    ) -> Result<Measured, Trouble> {
        let Some(run) = aim.run else {
            return Err(self.trouble(at, "the lesson runs nothing", ""));
        };
        if !matches!(run.source, RunSource::Transcript { .. }) {
            let message = "this is asked of a transcript, and the run is none";
            return Err(self.trouble(at, message, "name the run of a transcript with `run`"));
        }
        let played = self.played(run)?;
        let same = |text: &str| text.split_whitespace().eq(command.split_whitespace());
        let answers: Vec<&Vec<String>> = played
            .played
            .entries
            .iter()
            .filter_map(|entry| match entry {
                crate::shell::TranscriptEntry::Step { command, answer, .. } if same(command) => {
                    Some(answer)
                }
                crate::shell::TranscriptEntry::Step { .. }
                | crate::shell::TranscriptEntry::Comment(_) => None,
            })
            .collect();
        let place = nth.unwrap_or(answers.len()).checked_sub(1);
        let found = place.and_then(|place| answers.get(place));
        let Some(answer) = found else {
            let message = format!(
                "the transcript has `{command}` {} times, not {}",
                answers.len(),
                nth.unwrap_or(1)
            );
            return Err(self.trouble(at, &message, "write the command as it stands there"));
        };
        Ok(Measured::Word(answer.join("\n")))
    }

    fn of_history(
        &self,
        question: HistoryQuestion,
        aim: Aim<'_>,
        at: &At,
    ) -> Result<Measured, Trouble> {
        let Some((run, RunSource::History { model, .. })) = aim.run.map(|run| (run, &run.source))
        else {
            let message = "this is asked of a history, and the run is none";
            return Err(self.trouble(at, message, "name the run of a history with `run`"));
        };
        let recording = self.history(run)?;
        let judge = |order| self.judge(&recording, model.as_deref(), order, at);
        match question {
            HistoryQuestion::Linearizable => {
                Ok(Measured::Truth(judge(OrderOf::RealTime)? == Judgement::Explained))
            }
            HistoryQuestion::FirstContradiction => match judge(OrderOf::RealTime)? {
                Judgement::Unexplained(refutation) => {
                    let (begun, ended) = recording.lines(refutation.operation);
                    Ok(Measured::Count(ended.unwrap_or(begun) as f64))
                }
                Judgement::Explained | Judgement::Undecided(_) => {
                    Ok(Measured::Nothing("nothing in the history contradicts".to_owned()))
                }
            },
            HistoryQuestion::Strongest => {
                for (order, word) in
                    [(OrderOf::RealTime, "linearizable"), (OrderOf::Clients, "sequential")]
                {
                    if judge(order)? == Judgement::Explained {
                        return Ok(Measured::Word(word.to_owned()));
                    }
                }
                Ok(Measured::Word(strongest_claim(&recording).to_owned()))
            }
        }
    }

    fn judge(
        &self,
        recording: &Recording,
        model: Option<&str>,
        order: OrderOf,
        at: &At,
    ) -> Result<Judgement, Trouble> {
        let operations: Vec<Numbered> = recording.history.iter().collect();
        let limits = Limits::memory(MEMORY);
        let question = Question { operations: &operations, initial: None, order, limits };
        let Some(model) = model else {
            let message = "the run of a history needs its `model` for this";
            return Err(self.trouble(at, message, "write \"model\": \"register\", say, beside it"));
        };
        let judged = match Specification::named(&model.replace('-', "_")) {
            Some(specification) => specification.judge(&question),
            None if model.replace('_', "-") == "multi-register" => question.answer(&MultiRegister),
            None => {
                let help = "the models are those of `nodedown check --model`";
                return Err(self.trouble(at, &format!("unknown model `{model}`"), help));
            }
        };
        judged.map_err(|(_, unfit)| self.trouble(at, &unfit.to_string(), "name another `model`"))
    }

    fn sweep(
        &self,
        seeds: &Seeds,
        figure: Option<&FigurePath>,
        of: SweepOf,
        aim: Aim<'_>,
        at: &At,
    ) -> Result<Measured, Trouble> {
        let wanted = match of {
            SweepOf::Passed => Some(Conclusion::Pass),
            SweepOf::Failed => Some(Conclusion::Violated),
            SweepOf::Min | SweepOf::Max | SweepOf::Median | SweepOf::P99 | SweepOf::Distinct => {
                None
            }
        };
        if let Some(wanted) = wanted {
            let mut count = 0.0;
            for seed in seeds.iter() {
                let done = self.run(Aim { seed: Some(seed), ..aim }, at, Detail::Story, false)?;
                count += f64::from(u8::from(done.verdict.conclusion == wanted));
            }
            return Ok(Measured::Count(count));
        }
        let Some(figure) = figure else { return Err(self.trouble(at, "of which figure?", "")) };
        let mut values = Vec::new();
        for seed in seeds.iter() {
            match self.figure(figure, Aim { seed: Some(seed), ..aim }, at)? {
                Measured::Nothing(_) => {}
                value => values.push(value),
            }
        }
        Ok(over_many(&values, of))
    }

    /// A search for faults that are not masked.
    pub(super) fn prove(
        &self,
        question: &ProofQuestion,
        aim: Aim<'_>,
        at: &At,
    ) -> Result<Proof, Trouble> {
        let (file, own) = self.scenario_of(aim, at)?;
        // What is wrong with it is told with its places.
        let scenario = self.scenario(file, aim.with, at)?;
        let (name, text) = self.scenario_text(file, aim.with, at)?;
        let unprovable = |error: &dyn ToString| self.trouble(at, &error.to_string(), "");
        let prover = Prover::new(self.programs, ScenarioText::new(&name, &text));
        let mut prover = prover
            .map_err(|error| unprovable(&error))?
            .crashes(question.crashes)
            .partitions(question.partitions)
            .restart_after(question.restart_after)
            .heal_after(question.heal_after)
            .between(question.from, question.before)
            .seed(aim.seed.or(own).unwrap_or(scenario.seed))
            .batch(Batch::new());
        if !question.nodes.is_empty() {
            let nodes = question.nodes.iter().map(String::as_str);
            prover = prover.nodes(nodes).map_err(|error| unprovable(&error))?;
        }
        let proof = prover.run(|_, _| {});
        // Each of its runs is about as long as the one that it begins with.
        let own = self.run(aim, at, Detail::Story, false)?.run.steps;
        self.take_steps(own.saturating_mul(proof.total().tried() + 1));
        Ok(proof)
    }

    /// A condition on a run.
    pub(super) fn condition(
        &self,
        condition: &LessonCondition,
        aim: Aim<'_>,
    ) -> Result<Held, Trouble> {
        match &condition.kind {
            ConditionKind::All(all) => self.several(all, aim, false),
            ConditionKind::Any(any) => self.several(any, aim, true),
            ConditionKind::Not(inner) => {
                let Held { holds, why } = self.condition(inner, aim)?;
                Ok(Held { holds: !holds, why })
            }
            ConditionKind::Invariant { run, object } => {
                let run = self.lesson.run_named(run.as_deref()).filter(|_| run.is_some());
                let aim = Aim { run: run.or(aim.run), ..aim };
                self.invariant(object, aim, &condition.at)
            }
            ConditionKind::Compare { value, how, with } => {
                let found = self.value(value, aim)?;
                let other = match with {
                    ComparedWith::Number(number) => found.with_number(*number),
                    ComparedWith::Time(time) => match found {
                        Measured::Word(_) => Measured::Word(decimal_duration(*time)),
                        _ => Measured::Time(nanos(*time) as f64),
                    },
                    ComparedWith::Text(text) => Measured::Word(text.clone()),
                    ComparedWith::Truth(truth) => Measured::Truth(*truth),
                    ComparedWith::Value(value) => self.value(value, aim)?,
                };
                let holds = found.compares(*how, &other).ok_or_else(|| {
                    let message = format!("`{found}` cannot be compared with `{other}`");
                    self.trouble(
                        &condition.at,
                        &message,
                        "compare numbers with numbers, and texts with texts",
                    )
                })?;
                let what = value_words(value);
                let why = format!(
                    "{what} is {}; wanted: {} {}",
                    found.exact(),
                    how.words(),
                    other.exact()
                );
                Ok(Held { holds, why })
            }
        }
    }

    /// The first of several conditions that decides.
    fn several(
        &self,
        conditions: &[LessonCondition],
        aim: Aim<'_>,
        deciding: bool,
    ) -> Result<Held, Trouble> {
        let mut last = Held { holds: !deciding, why: String::new() };
        for each in conditions {
            last = self.condition(each, aim)?;
            if last.holds == deciding {
                return Ok(last);
            }
        }
        Ok(last)
    }

    /// An invariant of scenarios, checked on a run.
    fn invariant(&self, object: &Node, aim: Aim<'_>, at: &At) -> Result<Held, Trouble> {
        let (file, _) = self.scenario_of(aim, at)?;
        let done = self.run(aim, at, Detail::Story, false)?;
        let end = decimal_duration(done.run.plan.scenario.duration);
        let with = wrapped(object, &end);
        // The cluster is the same with and without what is merged into it; only names are looked up.
        let judged = self.scenario(file, Some(&with), at)?;
        let last = judged.expectations.last();
        let Some(invariant) = last.filter(|each| matches!(each, Expectation::Invariant(_))) else {
            return Err(self.trouble(
                at,
                "this is no invariant",
                "write one as in a scenario file",
            ));
        };
        let finding = finding_of(&done.run, invariant);
        let holds = finding.result == Conclusion::Pass;
        Ok(Held { holds, why: format!("{invariant}: {}", finding.summary) })
    }
}

const RECORD_HELP: &str =
    "write words of its line as `nodedown run --trace` has them, as in \"node_down db1@a\"";

/// The invariant as the only one of a scenario, with an end where it needs one.
fn wrapped(object: &Node, end: &str) -> Node {
    let mut members = object.members().to_vec();
    let is = |name: &str| object.get(name).is_some();
    if (is("eventually") || is("after")) && !is("within") {
        let value = Node { span: object.span.clone(), json: Json::Text(end.to_owned()) };
        let name_span = object.span.clone();
        members.push(Member { name: "within".to_owned(), name_span, value });
    }
    let invariant = Node { span: object.span.clone(), json: Json::Object(members) };
    let list = Node { span: object.span.clone(), json: Json::List(vec![invariant]) };
    let (name, name_span) = ("invariants".to_owned(), object.span.clone());
    let json = Json::Object(vec![Member { name, name_span, value: list }]);
    Node { span: object.span.clone(), json }
}

/// One value of many.
fn over_many(values: &[Measured], of: SweepOf) -> Measured {
    let Some(first) = values.first() else {
        return Measured::Nothing("no run has this figure".to_owned());
    };
    if of == SweepOf::Distinct {
        let mut texts: Vec<String> = values.iter().map(ToString::to_string).collect();
        texts.sort();
        texts.dedup();
        return Measured::Count(texts.len() as f64);
    }
    let mut numbers: Vec<f64> = values.iter().filter_map(Measured::number).collect();
    numbers.sort_by(f64::total_cmp);
    let at = |share: f64| {
        let rank = (share * numbers.len() as f64).ceil() as usize;
        numbers.get(rank.clamp(1, numbers.len().max(1)) - 1).copied()
    };
    let number = match of {
        SweepOf::Min => numbers.first().copied(),
        SweepOf::Max => numbers.last().copied(),
        SweepOf::Median => at(0.5),
        SweepOf::P99 => at(0.99),
        SweepOf::Distinct | SweepOf::Passed | SweepOf::Failed => None,
    };
    number.map_or_else(
        || Measured::Nothing("the figure is no number".to_owned()),
        |number| first.with_number(number),
    )
}

/// The first claim that holds, from the strongest to the weakest that need no model.
fn strongest_claim(recording: &Recording) -> &'static str {
    let eventual = Claim::Eventual { healed: Time::ZERO, within: std::time::Duration::ZERO };
    let claims = [
        (Claim::ReadYourWrites, "read_your_writes"),
        (Claim::MonotonicReads, "monotonic_reads"),
        (Claim::MonotonicWrites, "monotonic_writes"),
        (Claim::WritesFollowReads, "writes_follow_reads"),
        (eventual, "eventual"),
    ];
    let holds = |claim: Claim| claim.examine(recording.history.iter()) == Examination::Holds;
    claims.into_iter().find(|(claim, _)| holds(*claim)).map_or("none", |(_, word)| word)
}

/// A value in words.
fn value_words(value: &LessonValue) -> String {
    match &value.kind {
        ValueKind::Figure(path) => format!("`{}`", path.text()),
        ValueKind::Answer { command, .. } => format!("the answer to `{command}`"),
        ValueKind::History(HistoryQuestion::Strongest) => "the strongest claim".to_owned(),
        ValueKind::History(HistoryQuestion::FirstContradiction) => {
            "the line of the first contradiction".to_owned()
        }
        ValueKind::History(HistoryQuestion::Linearizable) => "linearizable".to_owned(),
        ValueKind::Order(..) => "the order of the two records".to_owned(),
        ValueKind::Time(pick) => format!("the time of `{}`", pick.words.join(" ")),
        ValueKind::Sweep { seeds, figure: Some(path), .. } => {
            format!("`{}` over seeds {seeds}", path.text())
        }
        ValueKind::Sweep { seeds, figure: None, .. } => format!("the number of seeds of {seeds}"),
        ValueKind::Prove(_) => "the number of faults".to_owned(),
    }
}
