//! Why a run went as it did, for people.

use std::fmt::Write;

use super::Styles;
use super::columns::{Cells, aligned};
use crate::explain::{Change, Contradiction, Explanation, FaultExplained, Harm, Part, Phase};
use crate::time::round_duration;

/// How many characters the bar of a recovery time has.
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

/// An explanation as text: each fault with its steps and its times, then what contradicts itself.
#[must_use]
pub fn explanation_text(explanation: &Explanation, styles: &Styles) -> String {
    let faults = explanation.faults.iter().map(|fault| fault_text(fault, styles));
    let contradictions =
        explanation.contradictions.iter().map(|each| contradiction_text(each, styles));
    let parts: Vec<String> = faults.chain(contradictions).collect();
    if parts.is_empty() { "No fault took anything away.\n".to_owned() } else { parts.join("\n") }
}

fn fault_text(fault: &FaultExplained, styles: &Styles) -> String {
    let (title, faint) = (styles.title, styles.faint);
    let about = match (fault.operation, fault.harm) {
        (None, _) => "nobody asked for anything",
        (Some(_), Harm::Failed) => "the first answer that a user did not get",
        (Some(_), Harm::Late) => "the first answer that came late",
        (Some(_), Harm::None) => "no user was harmed; the slowest answer",
    };
    let mut text = format!("{title}{} at {}: {about}{title:#}\n", fault.text, fault.at);
    let times = fault.steps.iter().map(|step| step.at.to_string().len()).max().unwrap_or(0);
    let names = fault.steps.iter().map(|step| step.who.chars().count()).max().unwrap_or(0);
    for step in &fault.steps {
        let after = step.after.filter(|after| !after.is_zero());
        let after = after.map_or(String::new(), |after| format!("+{}", round_duration(after)));
        let (at, who, what) = (step.at.to_string(), &step.who, &step.what);
        let _ = writeln!(text, "  {at:>times$}  {faint}{after:>8}{faint:#}  {who:names$}  {what}");
    }
    if !fault.parts.is_empty() {
        text += &parts_text(fault, styles);
    }
    text
}

/// Where the time went: a bar, and a table with the mark of each phase.
fn parts_text(fault: &FaultExplained, styles: &Styles) -> String {
    let (title, total) = (styles.title, fault.total());
    let what = if fault.harm == Harm::Failed { "the first answer after it" } else { "the answer" };
    let from = match fault.change {
        Change::Injected => "the fault",
        Change::Ended => "its end",
    };
    let mut text =
        format!("\n  {title}{} from {from} to {what}{title:#}\n  ", round_duration(total));
    text.extend(bar(&fault.parts));
    text.push('\n');
    let row = |part: &Part| {
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
fn bar(parts: &[Part]) -> Vec<char> {
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
            None => "no answer tells where it took effect".to_owned(),
        };
        let _ = writeln!(text, "      {place}");
    }
    text
}
