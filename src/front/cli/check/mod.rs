//! `nodedown check`: the checkers alone, on histories that were recorded before or elsewhere.
//!
//! - `arguments`: models, claims and limits
//! - `judgement`: the judgement on a file, for people and for programs
//! - `reasons`: the reason why an answer cannot be explained, in a sentence

mod arguments;
mod judgement;
mod reasons;

use std::io::Write;
#[expect(
    clippy::disallowed_types,
    reason = "the patience of the user, not a simulation's time"
)]
use std::time::Instant;

use super::files::{print_json, read_text};
use super::{Ending, Failure, terminal};
use crate::consistency::history::{Action, Format, OperationId, Recording};
use crate::consistency::model::{MultiRegister, OrderOf, Question, Unfit};
use crate::consistency::{Judgement, Limits, Numbered, SequentialSpec, abridged};
use crate::document::diagnostic::{Diagnostics, suggestion};
use crate::engine::term::Term;
use crate::formats::Version;
use crate::formats::check::CheckJson;

use arguments::{ClaimName, ModelName, NilReads};
use judgement::{FileJudgement, operation_text};

pub(super) use arguments::CheckArguments;

/// A history, and the file that it was read from.
struct Input {
    file_name: String,
    text: String,
    format: Format,
    recording: Recording,
}

pub(super) fn check(arguments: &CheckArguments) -> Result<Ending, Failure> {
    let inputs = read(arguments)?;
    let (mut ending, mut files) = (Ending::Pass, Vec::new());
    let mut out = terminal::out();
    for input in &inputs {
        let judged = judge_file(input, arguments);
        let judged = judged.map_err(|mistakes| Failure::Mistakes(vec![mistakes]))?;
        ending = ending.worse(judged.ending);
        if arguments.json {
            files.push(judged.json(input));
        } else {
            write!(out, "{}", judged.text(&input.file_name))?;
        }
    }
    if arguments.json {
        print_json(&CheckJson {
            check: Version,
            claim: arguments.claim().name(),
            model: arguments.model.map(ModelName::name),
            files,
        })?;
    }
    Ok(ending)
}

/// Reads all histories before one is checked, so that all mistakes in them are reported.
fn read(arguments: &CheckArguments) -> Result<Vec<Input>, Failure> {
    let (mut inputs, mut mistakes) = (Vec::new(), Vec::new());
    for path in &arguments.files {
        let text = read_text(path)?;
        let file_name = path.display().to_string();
        let format = arguments.format.map_or_else(|| Format::of(&text), Format::from);
        match Recording::read(&text, &file_name, format) {
            Ok(recording) => {
                let recording = match arguments.nil_reads {
                    NilReads::Nothing => recording,
                    NilReads::Unknown => recording.without_nil_reads(),
                };
                inputs.push(Input { file_name, text, format, recording });
            }
            Err(found) => mistakes.push(found),
        }
    }
    if mistakes.is_empty() { Ok(inputs) } else { Err(Failure::Mistakes(mistakes)) }
}

fn judge_file(input: &Input, arguments: &CheckArguments) -> Result<FileJudgement, Diagnostics> {
    let history = &input.recording.history;
    if history.operations().is_empty() {
        return Ok(FileJudgement::unknown("there are no operations in it"));
    }
    if !history.operations().iter().any(|each| each.is_ok() && each.action != Action::Other) {
        return Ok(FileJudgement::unknown("nothing in it was answered"));
    }
    let judged = if let Some(claim) = arguments.simple_claim() {
        let initial = arguments.initial().unwrap_or_else(|| Term::atom("undefined"));
        let examination = claim.examine_from(&initial, history.iter());
        FileJudgement::of_examination(input, arguments.claim(), &examination)
    } else {
        let model = arguments.model.unwrap_or_else(|| unreachable!("the claim needs a model"));
        FileJudgement::of_search(input, arguments, &judge(model, input, arguments)?)
    };
    // An operation that was perhaps done, nobody knows with which value, may explain anything.
    match input.recording.without_value() {
        [first, ..] if judged.ending == Ending::Violated => {
            let operation = operation_text(&history.operations()[first.0 as usize]);
            let (line, _) = input.recording.lines(*first);
            Ok(FileJudgement::unknown(format!(
                "nobody knows with which value this was done, if it was: {operation}, begun in line {line}"
            )))
        }
        _ => Ok(judged),
    }
}

#[expect(clippy::disallowed_types, reason = "the patience of the user, not a simulation's time")]
fn judge(
    model: ModelName,
    input: &Input,
    arguments: &CheckArguments,
) -> Result<Judgement, Diagnostics> {
    let (began, initial) = (Instant::now(), arguments.initial());
    let interrupted = || began.elapsed() > arguments.max_time;
    let limits = Limits { memory: arguments.memory, interrupted: &interrupted };
    let order = match arguments.claim() {
        ClaimName::Sequential => OrderOf::Clients,
        ClaimName::Linearizable
        | ClaimName::ReadYourWrites
        | ClaimName::MonotonicReads
        | ClaimName::MonotonicWrites
        | ClaimName::WritesFollowReads
        | ClaimName::Eventual
        | ClaimName::AtMostOnce
        | ClaimName::AtLeastOnce
        | ClaimName::TotalQueue => OrderOf::RealTime,
    };
    if let Some(value) = initial.as_ref().filter(|value| !can_begin_with(model, value)) {
        return Err(unfit_beginning(input, value));
    }
    let operations: Vec<Numbered> = input.recording.history.iter().collect();
    let question = Question { operations: &operations, initial: initial.as_ref(), order, limits };
    let judgement = match model {
        ModelName::Specified(specification) => specification.judge(&question),
        ModelName::MultiRegister => question.answer(&MultiRegister),
    };
    judgement.map_err(|(id, unfit)| misfit(input, id, &unfit))
}

fn can_begin_with(model: ModelName, value: &Term) -> bool {
    match model {
        ModelName::Specified(specification) => specification.can_begin_with(value),
        ModelName::MultiRegister => MultiRegister.state_of(value).is_some(),
    }
}

/// Says that a service of this kind cannot begin with such a value.
fn unfit_beginning(input: &Input, value: &Term) -> Diagnostics {
    let mut diagnostics = Diagnostics::new(&input.file_name, &input.text);
    let value = abridged(value);
    let message = format!("`--initial`: a service of this model cannot begin with {value}");
    diagnostics.error(&(0..0), message).help(
        "a register and a map begin with any value, an append-map with a text, a counter with a \
         whole number, a queue, a set and a log with a list, a bank and a multi-register with a map, a \
         mutex with `free` or `held`",
    );
    diagnostics
}

fn misfit(input: &Input, id: OperationId, unfit: &Unfit) -> Diagnostics {
    let mut diagnostics = Diagnostics::new(&input.file_name, &input.text);
    let error = diagnostics.error(&input.recording.bytes(id), unfit.to_string());
    if let Unfit::Operation { name, known, .. } = unfit {
        error.help(suggestion(name, known, "operations"));
    }
    diagnostics
}
