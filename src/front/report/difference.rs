//! The difference between two runs, for people.

use std::fmt::Write;

use anstyle::Style;

use super::Styles;
use super::table::mark;
use crate::engine::time::Time;
use crate::verdict::record::{
    Divergence, FindingDifference, PlanDifference, RecordDifference, RunDifference, StoryEvent,
};

/// The number of entries of a part that are shown on each side.
const SHOWN: usize = 6;

/// The longest text of a record that is shown whole, in characters.
const LONGEST: usize = 200;

/// A difference as text: first the plans, then the place where the runs diverge, then the findings.
/// Entries of the first side only are marked `-`, those of the second `+`.
#[must_use]
pub fn difference_text(difference: &RecordDifference, sides: [&str; 2], styles: &Styles) -> String {
    let mut text = String::new();
    for (side, name) in DifferenceSide::BOTH.into_iter().zip(sides) {
        let style = side.style(styles);
        let _ = writeln!(text, "{style}{} {name}{style:#}", side.sign().to_string().repeat(3));
    }
    if !difference.plan.is_empty() {
        text += &heading("What was to happen", styles);
        difference.plan.iter().for_each(|part| text += &part_text(part, styles));
    }
    if let Some(run) = &difference.run {
        text += &heading("What happened", styles);
        text += &run_text(run, styles);
    }
    if difference.verdicts.is_some() || !difference.findings.is_empty() {
        text += &heading("What came of it", styles);
        difference.findings.iter().for_each(|finding| text += &finding_text(finding, styles));
    }
    if let Some(verdicts) = difference.verdicts {
        text += &[
            "  verdict\n".to_owned(),
            line(DifferenceSide::One, &verdicts[0].to_string(), styles),
            line(DifferenceSide::Other, &verdicts[1].to_string(), styles),
        ]
        .concat();
    }
    text
}

/// The place where two lists of records diverge, after the last few that they share.
#[must_use]
pub fn divergence_text(divergence: &Divergence, styles: &Styles) -> String {
    let all = divergence.before.iter().chain(divergence.sides.iter().flatten());
    let all: Vec<&StoryEvent> = all.collect();
    let times = all.iter().map(|event| exact(event.at).len()).max().unwrap_or(0);
    let nodes = all.iter().map(|event| event.node.chars().count()).max().unwrap_or(0);
    let alike = match divergence.sides.each_ref().map(|side| side.first()) {
        [Some(one), Some(other)] => alike(&one.text, &other.text),
        [_, _] => 0,
    };
    let row = |event: &StoryEvent, alike: usize| {
        let (at, node, text) = (exact(event.at), &event.node, clipped(&event.text, alike));
        format!("{at:>times$}  {node:nodes$}  {text}")
    };
    let faint = styles.faint;
    let mut text = match divergence.same {
        0 => "  nothing is the same\n".to_owned(),
        same => format!("  {same} records are the same, the last of them\n"),
    };
    for event in &divergence.before {
        let _ = writeln!(text, "    {faint}{}{faint:#}", row(event, 0));
    }
    text += "  then\n";
    for (side, event) in DifferenceSide::BOTH.into_iter().zip(&divergence.sides) {
        for (index, event) in event.iter().enumerate() {
            text += &line(side, &row(event, if index == 0 { alike } else { 0 }), styles);
        }
        if event.is_empty() {
            text += &line(side, "nothing more", styles);
        }
    }
    text
}

/// A side of the comparison.
#[derive(Clone, Copy)]
enum DifferenceSide {
    One,
    Other,
}

impl DifferenceSide {
    const BOTH: [DifferenceSide; 2] = [DifferenceSide::One, DifferenceSide::Other];

    const fn sign(self) -> char {
        match self {
            DifferenceSide::One => '-',
            DifferenceSide::Other => '+',
        }
    }

    const fn style(self, styles: &Styles) -> Style {
        match self {
            DifferenceSide::One => styles.bad,
            DifferenceSide::Other => styles.good,
        }
    }
}

fn heading(text: &str, styles: &Styles) -> String {
    let title = styles.title;
    format!("{title}{text}{title:#}\n")
}

fn line(side: DifferenceSide, text: &str, styles: &Styles) -> String {
    let style = side.style(styles);
    format!("  {style}{} {text}{style:#}\n", side.sign())
}

fn part_text(part: &PlanDifference, styles: &Styles) -> String {
    let [one, other] = &part.only;
    if one.is_empty() && other.is_empty() {
        return format!("  {}: the same in another order\n", part.part);
    }
    let mut text = format!("  {}\n", part.part);
    for (side, entries) in DifferenceSide::BOTH.into_iter().zip([one, other]) {
        for entry in entries.iter().take(SHOWN) {
            text += &line(side, entry, styles);
        }
        if let Some(more) = entries.len().checked_sub(SHOWN).filter(|more| *more > 0) {
            text += &line(side, &format!("and {more} more"), styles);
        }
    }
    text
}

fn run_text(run: &RunDifference, styles: &Styles) -> String {
    let mut text = match &run.divergence {
        Some(divergence) => divergence_text(divergence, styles),
        None if run.in_full => "  all records are the same\n".to_owned(),
        None => {
            "  all records of the story are the same, but not what is between them\n".to_owned()
        }
    };
    if !run.in_full {
        text += &checkpoints_text(run);
    }
    for ((side, digest), steps) in DifferenceSide::BOTH.into_iter().zip(run.digests).zip(run.steps)
    {
        text += &line(side, &format!("digest {digest}, {steps} steps"), styles);
    }
    text
}

/// The times between which the runs diverge, if their messages are not available.
fn checkpoints_text(run: &RunDifference) -> String {
    let same = run.same_until.map(|same| exact(same.at));
    let differ = run.differ_at.map(|differ| exact(differ.at));
    match (same, differ) {
        (Some(same), Some(differ)) => {
            format!(
                "  message by message the runs are the same up to {same}, and not up to {differ}\n"
            )
        }
        (Some(same), None) => format!("  message by message the runs are the same up to {same}\n"),
        (None, _) => String::new(),
    }
}

/// A time to the nanosecond, in columns that are easily compared.
fn exact(at: Time) -> String {
    let nanos = at.as_nanos();
    format!("{}.{:09}s", nanos / 1_000_000_000, nanos % 1_000_000_000)
}

fn finding_text(finding: &FindingDifference, styles: &Styles) -> String {
    let mut text = format!("  {}\n", finding.expectation);
    for (side, found) in DifferenceSide::BOTH.into_iter().zip(&finding.sides) {
        let found = found.as_ref();
        let found = found.map(|(result, summary)| format!("{} {summary}", mark(*result)));
        text += &line(side, found.as_deref().unwrap_or("is not expected"), styles);
    }
    text
}

/// The number of characters that two texts have in common at their beginning.
fn alike(one: &str, other: &str) -> usize {
    one.chars().zip(other.chars()).take_while(|(one, other)| one == other).count()
}

/// A text of limited length in which the part after the first `alike` characters is visible.
fn clipped(text: &str, alike: usize) -> String {
    /// The number of shared characters that are kept.
    const KEPT: usize = 60;
    let length = text.chars().count();
    if length <= LONGEST {
        return text.to_owned();
    }
    let part = |from: usize, count: usize| text.chars().skip(from).take(count).collect::<String>();
    let from = alike.saturating_sub(KEPT);
    let start = if from > KEPT { part(0, KEPT) + "..." } else { part(0, from) };
    let rest = part(from, LONGEST - KEPT);
    let end = if from + LONGEST - KEPT < length { "..." } else { "" };
    start + &rest + end
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_show_what_differs() {
        let long = |end: &str| "x".repeat(500) + end;
        assert_eq!(clipped("short", 0), "short");
        let [one, other] = [long("a"), long("b")];
        let shown = clipped(&one, alike(&one, &other));
        assert!(shown.len() <= LONGEST && shown.contains("...") && shown.ends_with('a'), "{shown}");
        let cut = clipped(&one, 0);
        assert!(cut.len() <= LONGEST && cut.ends_with("..."), "{cut}");
    }
}
