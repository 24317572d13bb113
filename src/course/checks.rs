//! The checks of a lesson: what a student's file has to meet.

use std::time::Duration;

use serde_json::Value;

use crate::document::Document;
use crate::document::layout;
use crate::document::shape::Shape;
use crate::engine::time::{format_duration, round_duration};
use crate::engine::trace::Detail;
use crate::explore::{ExpectationFailure, Seeds};
use crate::scenario::fault::Trigger;
use crate::scenario::{Plan, Scenario};
use crate::shell::{Transcript, TranscriptEntry};
use crate::verdict::{Conclusion, Verdict};

use super::bench::{Aim, LessonBench};
use super::lesson::{CheckKind, LessonCheck, LessonRun, RunSource};
use super::trouble::Trouble;

/// A check, done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckResult {
    /// True if it is met.
    pub passed: bool,
    /// The property, in words.
    pub what: String,
    /// The reason why it is not met, in lines.
    pub why: Vec<String>,
    /// The seed of the run that does not meet it.
    pub seed: Option<u64>,
    /// True if it is told only when it fails.
    pub hidden: bool,
}

impl LessonBench<'_> {
    /// Does all checks, one after the other.
    ///
    /// # Errors
    /// [`Trouble`] with mistakes in the student's file, or in the lesson.
    pub fn check_all(&self) -> Result<Vec<CheckResult>, Trouble> {
        let mut results = Vec::new();
        results.extend(self.unwanted_changes()?);
        for check in &self.lesson.checks {
            self.is_checking.set(true);
            let result = self.check(check);
            self.is_checking.set(false);
            results.push(result?);
        }
        Ok(results)
    }

    /// Does one check.
    fn check(&self, check: &LessonCheck) -> Result<CheckResult, Trouble> {
        let run = match &check.run {
            Some(name) => self.lesson.run_named(Some(name)),
            None => self.lesson.edited_run(),
        };
        let aim = Aim { run, seed: None, with: check.with.as_ref() };
        let (why, seed) = match &check.kind {
            CheckKind::Verdict(wanted) => over_seeds(check, aim, |aim| {
                let done = self.run(aim, &check.at, Detail::Story, false)?;
                let is = done.verdict.conclusion;
                let mut why = vec![format!("the verdict is {is}, not {wanted}")];
                why.extend(reasons(&done.verdict));
                Ok(if is == *wanted { Vec::new() } else { why })
            })?,
            CheckKind::Erlang(_) => over_seeds(check, aim, |aim| {
                let done = self.run(aim, &check.at, Detail::Story, false)?;
                let is = done.verdict.conclusion;
                let mut why = vec![format!("the verdict is {is}")];
                why.extend(reasons(&done.verdict));
                Ok(if is == Conclusion::Pass { Vec::new() } else { why })
            })?,
            CheckKind::Condition(condition) => over_seeds(check, aim, |aim| {
                let held = self.condition(condition, aim)?;
                Ok(if held.holds { Vec::new() } else { vec![held.why] })
            })?,
            CheckKind::Goal(lines) => (self.goal(lines, check, run)?, None),
            CheckKind::BreakIt { faults, within } => {
                over_seeds(check, aim, |aim| self.broken(*faults, *within, aim, check))?
            }
            CheckKind::ShrinkTo { faults, operations } => {
                (self.shrunk(*faults, *operations, aim, check)?, None)
            }
            CheckKind::Prove { question, failed_at_most } => {
                let proof = self.prove(question, aim, &check.at)?;
                let total = proof.total();
                let mut why = Vec::new();
                if total.failed > *failed_at_most {
                    why.push(format!(
                        "{} of {} points where a fault could matter are not masked; at most {failed_at_most} wanted",
                        total.failed, total.points
                    ));
                    let first = proof.failed.first().and_then(|trial| trial.strikes.first());
                    why.extend(first.map(|strike| format!("the first: {strike}")));
                }
                (why, None)
            }
            CheckKind::Mutants(application) => (self.mutants(application, aim, check)?, None),
        };
        let what = check.say.clone().unwrap_or_else(|| words(check));
        Ok(CheckResult { passed: why.is_empty(), what, why, seed, hidden: check.hidden })
    }

    /// The commands after which the answers have to be these.
    fn goal(
        &self,
        lines: &[String],
        check: &LessonCheck,
        run: Option<&LessonRun>,
    ) -> Result<Vec<String>, Trouble> {
        let own = run.filter(|run| matches!(run.source, RunSource::Transcript { .. }));
        let Some(own) = own else {
            let help = "name the run of the student's transcript with `run`";
            return Err(self.trouble(&check.at, "a goal is played after a transcript", help));
        };
        let text = lines.join("\n") + "\n";
        let goal = Transcript::parse(std::path::Path::new("goal"), &text).map_err(|error| {
            self.trouble(&check.at, &format!("the goal is no transcript: {error}"), "")
        })?;
        let transcript = self.transcript(own)?;
        let mut session = transcript.session(1);
        for command in transcript.commands() {
            // Whether they are commands was looked at when they were read.
            let _ = session.answer(command);
        }
        let mut why = Vec::new();
        for entry in &goal.entries {
            let TranscriptEntry::Step { command, answer, .. } = entry else { continue };
            let found = session.answer(command).unwrap_or_else(|error| vec![error.to_string()]);
            if found != *answer {
                let shown = |lines: &[String]| match lines {
                    [] => "nothing".to_owned(),
                    lines => format!("`{}`", lines.join("`, `")),
                };
                why.push(format!(
                    "after yours, `{command}` answers {}; wanted: {}",
                    shown(&found),
                    shown(answer)
                ));
            }
        }
        Ok(why)
    }

    fn broken(
        &self,
        faults: usize,
        within: Option<Duration>,
        aim: Aim<'_>,
        check: &LessonCheck,
    ) -> Result<Vec<String>, Trouble> {
        let done = self.run(aim, &check.at, Detail::Story, false)?;
        let (plan, mut why) = (&done.run.plan, Vec::new());
        if plan.faults.len() > faults {
            why.push(format!("it has {} faults; at most {faults} wanted", plan.faults.len()));
        }
        if let Some((within, span)) =
            within.zip(span_of(plan)).filter(|(within, span)| span > within)
        {
            why.push(format!(
                "its faults are {} apart; at most {} wanted",
                round_duration(span),
                format_duration(within)
            ));
        }
        if done.verdict.conclusion != Conclusion::Violated {
            why.push(format!("the verdict is {}, not violated", done.verdict.conclusion));
        }
        Ok(why)
    }

    fn shrunk(
        &self,
        faults: usize,
        operations: Option<usize>,
        aim: Aim<'_>,
        check: &LessonCheck,
    ) -> Result<Vec<String>, Trouble> {
        let done = self.run(aim, &check.at, Detail::Story, false)?;
        let handed_out = LessonBench::new(self.programs, self.files, self.lesson, self.document_of);
        let original = handed_out.run(aim, &check.at, Detail::Story, false)?;
        self.take_steps(handed_out.steps());
        let Some(failure) = ExpectationFailure::all(&original.verdict).into_iter().next() else {
            let help = "hand out a scenario that is violated";
            return Err(self.trouble(
                &check.at,
                "the scenario that is to be shrunk does not fail",
                help,
            ));
        };
        let mut why = Vec::new();
        let is_like = |other: &ExpectationFailure| other.expectation == failure.expectation;
        if !ExpectationFailure::all(&done.verdict).iter().any(is_like) {
            why.push(format!("it no longer fails in the same way: {}", failure.expected()));
        }
        let plan = &done.run.plan;
        if plan.faults.len() > faults {
            why.push(format!("it has {} faults; at most {faults} wanted", plan.faults.len()));
        }
        if let Some(most) = operations.filter(|most| plan.operations.len() > *most) {
            why.push(format!("it has {} operations; at most {most} wanted", plan.operations.len()));
        }
        Ok(why)
    }

    /// The built-in defects of a service that the expectations do not find.
    fn mutants(
        &self,
        application: &str,
        aim: Aim<'_>,
        check: &LessonCheck,
    ) -> Result<Vec<String>, Trouble> {
        let (file, own) = self.scenario_of(aim, &check.at)?;
        let scenario = self.scenario(file, aim.with, &check.at)?;
        let defects = self.defects(&scenario, application, check)?;
        let usual = || Seeds::listed([own.unwrap_or(scenario.seed)]);
        let seeds = check.seeds.clone().unwrap_or_else(usual);
        let mut why = Vec::new();
        for defect in std::iter::once("none").chain(defects) {
            let mut mutated = scenario.clone();
            let target =
                mutated.applications.iter_mut().find(|each| each.name.as_str() == application);
            if let Some(config) = target.and_then(|target| target.config.as_object_mut()) {
                config.insert("mutation".to_owned(), Value::from(defect));
            }
            let failing = seeds.iter().find(|seed| {
                let plan = mutated.plan(*seed);
                let run = crate::scenario::simulation::Simulation::new(plan, self.programs).run();
                self.take_steps(run.steps);
                crate::verdict::check(&run).conclusion == Conclusion::Violated
            });
            match (defect, failing) {
                ("none", Some(seed)) => {
                    why.push(format!("the sound service is violated with seed {seed}"));
                }
                ("none", None) | (_, Some(_)) => {}
                (defect, None) => {
                    why.push(format!("`{defect}` is not found: no seed of {seeds} is violated"));
                }
            }
        }
        Ok(why)
    }

    /// The names of the built-in defects of an application's service.
    fn defects(
        &self,
        scenario: &Scenario,
        application: &str,
        check: &LessonCheck,
    ) -> Result<Vec<&'static str>, Trouble> {
        let found = scenario.applications.iter().find(|each| each.name.as_str() == application);
        let Some(found) = found else {
            let message = format!("the scenario has no application `{application}`");
            return Err(self.trouble(&check.at, &message, "name one of the scenario's"));
        };
        let catalogue = self.programs.catalogue();
        let service = catalogue.service(found.service.as_str());
        let field =
            service.and_then(|service| service.config.iter().find(|each| each.name == "mutation"));
        if let Some(Shape::Choice(words)) = field.map(|field| &field.shape) {
            return Ok(words.iter().copied().filter(|word| *word != "none").collect());
        }
        let message = format!("the service of `{application}` has no built-in defects");
        Err(self.trouble(&check.at, &message, "the `database` has some"))
    }

    /// A failed check for each thing that was changed and must not be.
    fn unwanted_changes(&self) -> Result<Option<CheckResult>, Trouble> {
        let Some(task) = self.lesson.task.as_ref().filter(|task| !task.may_change.is_empty())
        else {
            return Ok(None);
        };
        let (name, text) = self.text(&task.edit, &task.at)?;
        let handed_out = format!("{}/{}", self.lesson.name, task.edit);
        let Some(start) = self.files.read(&handed_out) else { return Ok(None) };
        let read = |text: &str| Document::parse(text, &name).root.map(|root| root.to_json());
        let (Some(start), Some(own)) = (read(&start), read(&text)) else { return Ok(None) };
        let mut changed = Vec::new();
        differences(&start, &own, "", &mut changed);
        let may = |place: &String| {
            task.may_change.iter().any(|allowed| {
                place
                    .strip_prefix(allowed.as_str())
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            })
        };
        changed.retain(|place| !may(place));
        let why: Vec<String> = changed
            .iter()
            .map(|place| {
                let is = own.pointer(place).map(|value| layout(value).trim_end().to_owned());
                match is.filter(|text| text.len() < 60) {
                    Some(text) => format!("{place} is {text} now"),
                    None => format!("{place} was changed"),
                }
            })
            .collect();
        let what = format!("only {} changes", task.may_change.join(", "));
        // It is told only where somebody changed something else.
        Ok((!why.is_empty()).then_some(CheckResult {
            passed: false,
            what,
            why,
            seed: None,
            hidden: false,
        }))
    }
}

/// Looks at the run of each seed until one does not meet the check.
fn over_seeds(
    check: &LessonCheck,
    aim: Aim<'_>,
    look: impl Fn(Aim<'_>) -> Result<Vec<String>, Trouble>,
) -> Result<(Vec<String>, Option<u64>), Trouble> {
    let Some(seeds) = &check.seeds else { return Ok((look(aim)?, None)) };
    for seed in seeds.iter() {
        let why = look(Aim { seed: Some(seed), ..aim })?;
        if !why.is_empty() {
            return Ok((why, Some(seed)));
        }
    }
    Ok((Vec::new(), None))
}

/// The places at which two values differ, as JSON pointers.
pub(super) fn differences(one: &Value, other: &Value, place: &str, found: &mut Vec<String>) {
    match (one, other) {
        (Value::Object(one), Value::Object(other)) => {
            let names = one.keys().chain(other.keys().filter(|name| !one.contains_key(*name)));
            for name in names {
                let place = format!("{place}/{}", name.replace('~', "~0").replace('/', "~1"));
                match (one.get(name), other.get(name)) {
                    (Some(one), Some(other)) => differences(one, other, &place, found),
                    (_, _) => found.push(place),
                }
            }
        }
        (Value::Array(one), Value::Array(other)) => {
            for index in 0..one.len().max(other.len()) {
                let place = format!("{place}/{index}");
                match (one.get(index), other.get(index)) {
                    (Some(one), Some(other)) => differences(one, other, &place, found),
                    (_, _) => found.push(place),
                }
            }
        }
        (one, other) if one == other => {}
        (_, _) => found.push(place.to_owned()),
    }
}

/// The expectations of a run that do not hold, and the doubts, a line each.
fn reasons(verdict: &Verdict) -> Vec<String> {
    let failed = verdict.findings.iter().filter(|finding| finding.result != Conclusion::Pass);
    let failed = failed
        .map(|finding| format!("{}: {}: {}", finding.result, finding.expectation, finding.summary));
    let doubts = verdict.doubts.iter().map(|doubt| format!("{}: {}", doubt.wanted, doubt.why));
    failed.chain(doubts).take(4).collect()
}

/// The time from the first to the last fault that has one.
fn span_of(plan: &Plan) -> Option<Duration> {
    let times = plan.faults.iter().filter_map(|fault| match fault.trigger {
        Trigger::At(time) => Some(time),
        Trigger::AtStep(_) | Trigger::When(_) => None,
    });
    let times: Vec<Duration> = times.collect();
    Some(times.iter().max()?.saturating_sub(*times.iter().min()?))
}

/// A check in words, where it has none of its own.
fn words(check: &LessonCheck) -> String {
    let seeds = check.seeds.as_ref().map_or_else(String::new, |seeds| format!(", seeds {seeds}"));
    let with = if check.with.is_some() { ", with more that happens" } else { "" };
    let what = match &check.kind {
        CheckKind::Verdict(wanted) => format!("the verdict is {wanted}"),
        CheckKind::Condition(_) => "what is asked of the run holds".to_owned(),
        CheckKind::Goal(lines) => {
            let asked = lines.iter().filter_map(|line| line.strip_prefix("> "));
            format!("the answers to `{}` are right", asked.collect::<Vec<_>>().join("`, `"))
        }
        CheckKind::BreakIt { faults, within } => {
            let within = within
                .map_or_else(String::new, |time| format!(" within {}", format_duration(time)));
            format!("it is violated by at most {faults} faults{within}")
        }
        CheckKind::ShrinkTo { faults, operations } => {
            let most =
                operations.map_or_else(String::new, |most| format!(" and {most} operations"));
            format!("it fails in the same way with at most {faults} faults{most}")
        }
        CheckKind::Prove { failed_at_most: 0, .. } => "a fault at every point is masked".to_owned(),
        CheckKind::Prove { failed_at_most, .. } => {
            format!("a fault at every point is masked, but for {failed_at_most}")
        }
        CheckKind::Erlang(module) => format!("the scenario passes with your {module}"),
        CheckKind::Mutants(application) => {
            format!("each built-in defect of {application} is found, and the sound one passes")
        }
    };
    format!("{what}{with}{seeds}")
}
