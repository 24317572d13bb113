//! In what two runs differ, for people.

use std::fmt::Write;

use anstyle::Style;

use super::Styles;
use super::table::mark;
use crate::record::{Difference, FindingDiffers, PartDiffers, Parting, RunDiffers, Told};
use crate::time::Time;

/// How many entries of a part are shown on each side.
const SHOWN: usize = 6;

/// The longest text of a record that is shown whole, in characters.
const LONGEST: usize = 200;

/// A difference as text: first the plans, then where the runs part, then what came of it. What is of
/// the first side only has a `-` before it, what is of the second has a `+`.
#[must_use]
pub fn difference_text(difference: &Difference, sides: [&str; 2], styles: &Styles) -> String {
    let mut text = String::new();
    for (side, name) in Side::BOTH.into_iter().zip(sides) {
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
            line(Side::One, &verdicts[0].to_string(), styles),
            line(Side::Other, &verdicts[1].to_string(), styles),
        ]
        .concat();
    }
    text
}

/// Where two lists of records part, with the last few before that.
#[must_use]
pub fn parting_text(parting: &Parting, styles: &Styles) -> String {
    let all = parting.before.iter().chain(parting.sides.iter().flatten());
    let all: Vec<&Told> = all.collect();
    let times = all.iter().map(|told| exact(told.at).len()).max().unwrap_or(0);
    let nodes = all.iter().map(|told| told.node.chars().count()).max().unwrap_or(0);
    let alike = match parting.sides.each_ref().map(|side| side.first()) {
        [Some(one), Some(other)] => alike(&one.text, &other.text),
        [_, _] => 0,
    };
    let row = |told: &Told, alike: usize| {
        let (at, node, text) = (exact(told.at), &told.node, clipped(&told.text, alike));
        format!("{at:>times$}  {node:nodes$}  {text}")
    };
    let faint = styles.faint;
    let mut text = match parting.same {
        0 => "  nothing is the same\n".to_owned(),
        same => format!("  {same} records are the same, the last of them\n"),
    };
    for told in &parting.before {
        let _ = writeln!(text, "    {faint}{}{faint:#}", row(told, 0));
    }
    text += "  then\n";
    for (side, told) in Side::BOTH.into_iter().zip(&parting.sides) {
        for (index, told) in told.iter().enumerate() {
            text += &line(side, &row(told, if index == 0 { alike } else { 0 }), styles);
        }
        if told.is_empty() {
            text += &line(side, "nothing more", styles);
        }
    }
    text
}

/// One of the two that are compared.
#[derive(Clone, Copy)]
enum Side {
    One,
    Other,
}

impl Side {
    const BOTH: [Side; 2] = [Side::One, Side::Other];

    const fn sign(self) -> char {
        match self {
            Side::One => '-',
            Side::Other => '+',
        }
    }

    const fn style(self, styles: &Styles) -> Style {
        match self {
            Side::One => styles.bad,
            Side::Other => styles.good,
        }
    }
}

fn heading(text: &str, styles: &Styles) -> String {
    let title = styles.title;
    format!("{title}{text}{title:#}\n")
}

fn line(side: Side, text: &str, styles: &Styles) -> String {
    let style = side.style(styles);
    format!("  {style}{} {text}{style:#}\n", side.sign())
}

fn part_text(part: &PartDiffers, styles: &Styles) -> String {
    let [one, other] = &part.only;
    if one.is_empty() && other.is_empty() {
        return format!("  {}: the same in another order\n", part.part);
    }
    let mut text = format!("  {}\n", part.part);
    for (side, entries) in Side::BOTH.into_iter().zip([one, other]) {
        for entry in entries.iter().take(SHOWN) {
            text += &line(side, entry, styles);
        }
        if let Some(more) = entries.len().checked_sub(SHOWN).filter(|more| *more > 0) {
            text += &line(side, &format!("and {more} more"), styles);
        }
    }
    text
}

fn run_text(run: &RunDiffers, styles: &Styles) -> String {
    let mut text = match &run.parting {
        Some(parting) => parting_text(parting, styles),
        None if run.in_full => "  all records are the same\n".to_owned(),
        None => {
            "  all records of the story are the same, but not what is between them\n".to_owned()
        }
    };
    if !run.in_full {
        text += &checkpoints_text(run);
    }
    for ((side, digest), steps) in Side::BOTH.into_iter().zip(run.digests).zip(run.steps) {
        text += &line(side, &format!("digest {digest}, {steps} steps"), styles);
    }
    text
}

/// Between which times the runs part, where their messages are not at hand.
fn checkpoints_text(run: &RunDiffers) -> String {
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

fn finding_text(finding: &FindingDiffers, styles: &Styles) -> String {
    let mut text = format!("  {}\n", finding.expectation);
    for (side, found) in Side::BOTH.into_iter().zip(&finding.sides) {
        let found = found.as_ref();
        let found = found.map(|(result, summary)| format!("{} {summary}", mark(*result)));
        text += &line(side, found.as_deref().unwrap_or("is not expected"), styles);
    }
    text
}

/// How many characters two texts have in common at their beginning.
fn alike(one: &str, other: &str) -> usize {
    one.chars().zip(other.chars()).take_while(|(one, other)| one == other).count()
}

/// A text that is not too long, in which one can see what comes after so many characters.
fn clipped(text: &str, alike: usize) -> String {
    /// How much is left of what is the same.
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
