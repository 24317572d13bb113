//! The judgement on a history, for people and for programs.

use super::arguments::{CheckArguments, ClaimName, format_bytes};
use super::{Input, reasons};
use crate::consistency::claims::Examination;
use crate::consistency::history::{Format, Operation, OperationId, Recording};
use crate::consistency::text::seen_of;
use crate::consistency::{Judgement, Limit, Refutation, abridged};
use crate::engine::term::Term;
use crate::engine::time::format_duration;
use crate::formats::check::{CheckResultJson, CheckedFileJson};
use crate::front::cli::{Ending, terminal};
use crate::front::report::Styles;

/// The judgement on the history in a file.
pub(super) struct FileJudgement {
    pub(super) ending: Ending,
    /// The claim, its opposite, or `unknown`.
    conclusion: String,
    why: Option<String>,
    /// The lines of the witness, indented.
    witness: Vec<String>,
}

impl FileJudgement {
    /// The claim is neither borne out nor refuted.
    pub(super) fn unknown(why: impl Into<String>) -> FileJudgement {
        let (conclusion, why) = ("unknown".to_owned(), Some(why.into()));
        FileJudgement { ending: Ending::Inconclusive, conclusion, why, witness: Vec::new() }
    }

    fn holds(claim: &str) -> FileJudgement {
        let (conclusion, witness) = (claim.to_owned(), Vec::new());
        FileJudgement { ending: Ending::Pass, conclusion, why: None, witness }
    }

    fn violated(claim: &str, why: Option<String>, witness: Vec<String>) -> FileJudgement {
        FileJudgement { ending: Ending::Violated, conclusion: format!("not {claim}"), why, witness }
    }

    /// The judgement on a claim that needs no model.
    pub(super) fn of_examination(
        input: &Input,
        claim: ClaimName,
        examination: &Examination,
    ) -> FileJudgement {
        let claim = claim.description();
        match examination {
            Examination::Holds => FileJudgement::holds(claim),
            Examination::Inconclusive(why) => FileJudgement::unknown(format!("{claim}: {why}")),
            Examination::Violated(why, shown) => {
                let shown = shown.iter().map(|id| {
                    let operation = &input.recording.history.operations()[id.0 as usize];
                    let (line, _) = input.recording.lines(*id);
                    format!("    {}, begun in line {line}", operation_text(operation))
                });
                FileJudgement::violated(claim, Some(why.clone()), shown.collect())
            }
        }
    }

    /// The judgement of a search for an order.
    pub(super) fn of_search(
        input: &Input,
        arguments: &CheckArguments,
        judgement: &Judgement,
    ) -> FileJudgement {
        let claim = arguments.claim();
        match judgement {
            Judgement::Explained => FileJudgement::holds(claim.description()),
            Judgement::Unexplained(refutation) => {
                let witness = refutation_text(input, claim, refutation);
                let witness = witness.lines().map(str::to_owned).collect();
                FileJudgement::violated(claim.description(), None, witness)
            }
            Judgement::Undecided(limit) => {
                let limit = match limit {
                    Limit::Memory => format_bytes(arguments.memory),
                    Limit::Interrupted => format_duration(arguments.max_time),
                };
                FileJudgement::unknown(format!("it takes more than {limit}"))
            }
        }
    }

    /// A line, and the witness below it.
    pub(super) fn text(&self, file: &str) -> String {
        let Styles { good, bad, doubtful, .. } = terminal::styles();
        let style = match self.ending {
            Ending::Pass => good,
            Ending::Violated => bad,
            _ => doubtful,
        };
        let why = self.why.as_ref().map_or_else(String::new, |why| format!(": {why}"));
        let witness = self.witness.iter().map(|line| format!("{line}\n"));
        format!("{file}: {style}{}{style:#}{why}\n", self.conclusion) + &witness.collect::<String>()
    }

    /// The same for programs.
    pub(super) fn json(&self, input: &Input) -> CheckedFileJson {
        CheckedFileJson {
            file: input.file_name.clone(),
            operations: input.recording.history.operations().len() as u64,
            result: match self.ending {
                Ending::Pass => CheckResultJson::Holds,
                Ending::Violated => CheckResultJson::Violated,
                _ => CheckResultJson::Unknown,
            },
            conclusion: self.conclusion.clone(),
            why: self.why.clone(),
            witness: self.witness.iter().map(|line| line.trim().to_owned()).collect(),
        }
    }
}

/// The lines about a history that has no order.
fn refutation_text(input: &Input, claim: ClaimName, refutation: &Refutation) -> String {
    let contradiction = contradiction_text(input, &refutation.contradicting);
    match (claim, contradiction.is_empty()) {
        (ClaimName::Sequential, false) => contradiction,
        (ClaimName::Sequential, true) => {
            let all = || "what was seen of all keys".to_owned();
            let seen = refutation.key.as_ref().map_or_else(all, seen_of);
            format!("    no order explains {seen}\n")
        }
        _ => {
            let why = reasons::why(&input.recording, refutation.operation);
            let why = why.map_or_else(String::new, |why| format!("    {why}\n"));
            prefix_text(input, refutation) + &why + &contradiction
        }
    }
}

/// The beginning of a history that has no order.
fn prefix_text(input: &Input, refutation: &Refutation) -> String {
    let Refutation { operation: id, until, shortest, states, .. } = refutation;
    let (begun, ended) = input.recording.lines(*id);
    let which =
        if *shortest { "the shortest prefix" } else { "a prefix, perhaps not the shortest," };
    let end = match input.format {
        Format::Json => format!("{until} (line {begun})"),
        Format::Edn | Format::Jepsen => format!("line {}", ended.unwrap_or(begun)),
    };
    let operation = &input.recording.history.operations()[id.0 as usize];
    let begun = match input.format {
        Format::Json => String::new(),
        Format::Edn | Format::Jepsen => format!(", begun in line {begun}"),
    };
    let states = if states.is_empty() {
        String::new()
    } else {
        format!("; right before its end there could be {}", states.join(" or "))
    };
    let shown = operation_text(operation);
    format!("    {which} that cannot be explained ends at {end}:\n    {shown}{begun}{states}\n")
}

/// The most operations shown of those that contradict each other.
const SHOWN_MAX: usize = 8;

/// The operations that contradict each other, if it takes several.
fn contradiction_text(input: &Input, operations: &[OperationId]) -> String {
    if operations.len() < 2 {
        return String::new();
    }
    let shown = operations.iter().take(SHOWN_MAX).map(|id| {
        let operation = &input.recording.history.operations()[id.0 as usize];
        let lines = lines_text(&input.recording, *id);
        format!("      {}, {lines}\n", operation_text(operation))
    });
    let rest = operations.len().saturating_sub(SHOWN_MAX);
    let rest = if rest == 0 { String::new() } else { format!("      and {rest} more\n") };
    let shown: String = shown.collect();
    format!(
        "    no order explains these, whatever became of all others begun by then:\n{shown}{rest}"
    )
}

/// The lines of the file with an operation.
pub(super) fn lines_text(recording: &Recording, id: OperationId) -> String {
    match recording.lines(id) {
        (begun, Some(ended)) if ended != begun => format!("lines {begun} to {ended}"),
        (begun, _) => format!("line {begun}"),
    }
}

pub(super) fn operation_text(operation: &Operation) -> String {
    let Operation { workload, client, name, key, value, .. } = operation;
    let part = |before: &str, term: &Term| {
        if term.is_atom("undefined") {
            String::new()
        } else {
            format!("{before}{}", abridged(term))
        }
    };
    let answer = operation.answer().map(|answer| format!(" answered {}", abridged(answer)));
    let (value, key) = (part(" ", value), part(" of ", key));
    format!("{workload} {client}: {name}{value}{key}{}", answer.unwrap_or_default())
}
