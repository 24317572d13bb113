//! The explanation of a run, for people.

use std::fmt::Write;

use super::Styles;
use super::columns::{Cells, aligned};
use super::table::doubts_text;
use crate::consistency::history::OperationId;
use crate::engine::time::round_duration;
use crate::verdict::explain::{
    Contradiction, Damage, Explanation, ExplanationStep, FaultExplanation, FaultTransition,
    FirstAnswer, Harm, Phase, PhaseDuration, UnexplainedTrouble,
};

/// The width of the bar of a recovery time, in characters.
const BAR_WIDTH: u128 = 60;

/// The mark of a phase in a bar.
const fn mark(phase: Phase) -> char {
    match phase {
        Phase::OrderlyStop => '-',
        Phase::Repair => '~',
        Phase::Detection => '░',
        Phase::Agreement => '▒',
        Phase::Start => '▓',
        Phase::StateTransfer => '█',
        Phase::ClientRetry => '·',
    }
}

/// An explanation as text: what no fault is the reason for, each fault with its steps and its times,
/// then what contradicts itself; before all that, what keeps the run from being conclusive.
#[must_use]
pub fn explanation_text(explanation: &Explanation, styles: &Styles) -> String {
    let without = explanation.without_fault.iter().map(|each| without_fault_text(each, styles));
    let faults = explanation.faults.iter().map(|fault| fault_text(fault, styles));
    let contradictions =
        explanation.contradictions.iter().map(|each| contradiction_text(each, styles));
    let parts: Vec<String> = without.chain(faults).chain(contradictions).collect();
    let doubts = doubts_text(&explanation.doubts, styles);
    let between = if doubts.is_empty() { "" } else { "\n" };
    let rest = if parts.is_empty() {
        "No fault took anything away.\n".to_owned()
    } else {
        parts.join("\n")
    };
    doubts + between + &rest
}

fn without_fault_text(without: &UnexplainedTrouble, styles: &Styles) -> String {
    let title = styles.title;
    let UnexplainedTrouble { failed, late, damage, steps } = without;
    let about = match (failed.first(), late.first()) {
        (Some(_), _) => "the first answer that a user did not get",
        (None, Some(_)) => "the first answer that came late",
        (None, None) => "the first read that does not show what it should",
    };
    let mut text = format!("{title}Not due to any fault: {about}{title:#}\n");
    text += &harm_text(failed, late, damage);
    text + &steps_text(steps, styles)
}

fn fault_text(fault: &FaultExplanation, styles: &Styles) -> String {
    let title = styles.title;
    let about = match (fault.operation, fault.harm) {
        (_, Harm::Failed) => "the first answer that a user did not get",
        (_, Harm::Late) => "the first answer that came late",
        (_, Harm::Lost) => "the first read that does not show what it should",
        (Some(_), Harm::Already) => {
            "users were not served when it struck; the first answer after it"
        }
        (None, Harm::Already) => "users were not served when it struck, nor after it",
        (Some(_), Harm::None) => "all answers came in time; the slowest",
        (None, Harm::None) if fault.touched == 0 => "nobody asked for anything",
        (None, Harm::None) => "what went wrong then is attributed to another change",
    };
    let mut text = format!("{title}{} at {}: {about}{title:#}\n", fault.text, fault.at);
    text += &harm_text(&fault.failed, &fault.late, &fault.damage);
    text += &steps_text(&fault.steps, styles);
    text + &times_text(fault, styles)
}

/// The effect on the users, in numbers.
fn harm_text(failed: &[OperationId], late: &[OperationId], damage: &Damage) -> String {
    let counted = [
        (failed.len(), "not answered"),
        (late.len(), "answered late"),
        (damage.lost.len(), "acknowledged, then lost"),
        (damage.out_of_sight.len(), "acknowledged, then out of sight for a while"),
        (damage.duplicated.len(), "shown more often than written"),
    ];
    let told = counted.iter().filter(|(count, _)| *count > 0);
    let told: Vec<String> = told.map(|(count, what)| format!("{count} {what}")).collect();
    if told.is_empty() { String::new() } else { format!("  operations: {}\n", told.join(", ")) }
}

fn steps_text(steps: &[ExplanationStep], styles: &Styles) -> String {
    let faint = styles.faint;
    let times = steps.iter().map(|step| step.at.to_string().len()).max().unwrap_or(0);
    let names = steps.iter().map(|step| step.who.chars().count()).max().unwrap_or(0);
    let mut text = String::new();
    for step in steps {
        let after = step.after.filter(|after| !after.is_zero());
        let after = after.map_or(String::new(), |after| format!("+{}", round_duration(after)));
        let (at, who, what) = (step.at.to_string(), &step.who, &step.what);
        let _ = writeln!(text, "  {at:>times$}  {faint}{after:>8}{faint:#}  {who:names$}  {what}");
    }
    text
}

/// The time to the answer, the instance that gave it, and the phases.
fn times_text(fault: &FaultExplanation, styles: &Styles) -> String {
    let from = match fault.change {
        FaultTransition::Injected => "the fault",
        FaultTransition::Ended => "its end",
    };
    let is_harmed = matches!(fault.harm, Harm::Failed | Harm::Late | Harm::Already);
    let mut text = String::new();
    if !fault.parts.is_empty() {
        text += &parts_text(fault, from, styles);
    }
    let is_told = !fault.parts.is_empty()
        && fault.answer.as_ref().is_some_and(|answer| answer.at == fault.at + fault.total());
    match &fault.answer {
        Some(answer) if !is_told => {
            let took = round_duration(answer.at.since(fault.at));
            let _ = writeln!(
                text,
                "\n  {took} from {from} to the first {} answered after it{}",
                answer.name,
                place_text(answer)
            );
        }
        None if is_harmed => text += "\n  no such operation was answered after it\n",
        Some(_) | None => {}
    }
    text
}

/// The instance that gave an answer.
fn place_text(answer: &FirstAnswer) -> String {
    let place = answer.place.as_ref();
    place.map_or(String::new(), |(node, label)| format!(", by {label} on {node}"))
}

/// The phases of the time: a bar, and a table with the mark of each phase.
fn parts_text(fault: &FaultExplanation, from: &str, styles: &Styles) -> String {
    let (title, total) = (styles.title, fault.total());
    let first = fault.answer.as_ref().filter(|answer| answer.at == fault.at + total);
    let what = match first {
        Some(answer) => {
            format!("the first {} answered after it{}", answer.name, place_text(answer))
        }
        None => "the answer".to_owned(),
    };
    let mut text =
        format!("\n  {title}{} from {from} to {what}{title:#}\n  ", round_duration(total));
    text.extend(bar(&fault.parts));
    text.push('\n');
    let row = |part: &PhaseDuration| {
        let percent = part.took.as_nanos() * 1_000 / total.as_nanos().max(1);
        vec![
            format!("{} {}", mark(part.phase), part.phase.name()),
            round_duration(part.took),
            format!("{}.{}%", percent / 10, percent % 10),
        ]
    };
    let rows: Vec<Vec<String>> = fault.parts.iter().map(row).collect();
    text + &aligned(&rows, Cells::Right)
}

/// A bar of the parts in their proportions; whatever took any time has at least one character.
fn bar(parts: &[PhaseDuration]) -> Vec<char> {
    let total = parts.iter().map(|part| part.took.as_nanos()).sum::<u128>().max(1);
    let marks = parts.iter().flat_map(|part| {
        let took = part.took.as_nanos();
        let width = (took * BAR_WIDTH / total).max(u128::from(took > 0));
        std::iter::repeat_n(mark(part.phase), width as usize)
    });
    marks.collect()
}

fn contradiction_text(contradiction: &Contradiction, styles: &Styles) -> String {
    let bad = styles.bad;
    let Contradiction { expectation, summary, operations } = contradiction;
    let mut text = format!("{bad}✗{bad:#} {expectation}\n    {summary}\n");
    for operation in operations {
        let _ = writeln!(text, "    {}", operation.text);
        let place = match &operation.place {
            Some((record, at, node, label)) => {
                format!("took effect at {at} in {label} on {node} (record {})", record.0)
            }
            None => "no answer shows where it took effect".to_owned(),
        };
        let _ = writeln!(text, "      {place}");
    }
    text
}
