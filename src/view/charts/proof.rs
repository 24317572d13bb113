//! The charts of a search for faults that are not masked.

use std::collections::BTreeSet;
use std::fmt::Write;

use crate::engine::time::Time;
use crate::formats::proof::{BlowJson, LevelJson, ProofJson, StrikeJson, TrialJson, TriedJson};
use crate::formats::{EndedJson, StoppedJson};
use crate::view::html::escaped;
use crate::view::ticks::round_times;

use super::plot::{Form, Plot};

pub(super) fn body(proof: &ProofJson) -> String {
    let mut text = format!(
        "<h1>{}</h1>\n<p class=\"soft\">{}, seed {}: {} events of the run without faults could \
         matter</p>\n",
        escaped(&proof.name),
        escaped(&proof.file),
        proof.seed,
        proof.events
    );
    text += &conclusion(proof);
    text += &levels(proof);
    let most = proof.tried.iter().map(|each| each.strikes.len()).max().unwrap_or_default();
    for faults in 1..=most {
        text += &heat_map(proof, faults);
    }
    text + &trials("Not masked", &proof.failed) + &trials("Not tested", &proof.open)
}

/// The outcome of the search, in a sentence.
fn conclusion(proof: &ProofJson) -> String {
    let sum = |of: fn(&LevelJson) -> u64| proof.levels.iter().map(of).sum::<u64>();
    let (planned, failed, open) =
        (sum(|level| level.planned), sum(|level| level.failed), sum(|level| level.open));
    let tried = sum(|level| level.masked) + failed + open;
    let runs = if planned > tried {
        format!("{tried} of {planned} runs with faults were made")
    } else {
        format!("{tried} runs with faults were made")
    };
    let found = match (failed, open) {
        (0, 0) => "all was as expected in each of them".to_owned(),
        (0, open) => format!("none of them failed, but {open} tested nothing"),
        (failed, _) => format!("{failed} of them did not go as expected"),
    };
    let stopped = match proof.stopped {
        Some(StoppedJson::FirstFailure) => " The first failure ended the search.",
        Some(StoppedJson::TimeUp) => " Then the time was up.",
        Some(StoppedJson::Interrupted) => " Then the search was interrupted.",
        None => "",
    };
    format!("<p>{runs}: {found}.{stopped}</p>\n")
}

fn levels(proof: &ProofJson) -> String {
    let mut rows = String::new();
    for (place, level) in proof.levels.iter().enumerate() {
        let cells = [
            place as u64 + 1,
            level.points,
            level.classes,
            level.planned,
            level.masked,
            level.failed,
            level.open,
            level.hopeless,
        ];
        let cells = cells.map(|cell| format!("<td class=\"n\">{cell}</td>")).concat();
        let _ = writeln!(rows, "<tr>{cells}</tr>");
    }
    format!(
        "<table><thead><tr><th>faults</th><th>points</th><th>classes</th><th>to be tried</th>\
         <th>masked</th><th>not masked</th><th>not tested</th><th>left out</th></tr></thead>\
         <tbody>\n{rows}</tbody></table>\n<p class=\"soft\">A point is an instant at which a \
         fault could make a difference; the points of a class look the same to every node, and one \
         of each is tried. Points are left out where no node would be left.</p>\n"
    )
}

const fn form(ended: EndedJson) -> Form {
    match ended {
        EndedJson::Pass => Form::Dot,
        EndedJson::Inconclusive => Form::Ring,
        EndedJson::Violated | EndedJson::Panicked => Form::Cross,
    }
}

const fn word(ended: EndedJson) -> &'static str {
    match ended {
        EndedJson::Pass => "masked",
        EndedJson::Inconclusive => "not tested",
        EndedJson::Violated | EndedJson::Panicked => "not masked",
    }
}

const fn blow(blow: BlowJson) -> &'static str {
    match blow {
        BlowJson::Crash => "crash of",
        BlowJson::Partition => "cut around",
    }
}

fn row_of(strike: &StrikeJson) -> String {
    format!("{} {}", blow(strike.blow), strike.node)
}

/// The time of the last fault: that in the run, or for several that since the fault before.
fn time_of(tried: &TriedJson) -> u64 {
    match tried.strikes.as_slice() {
        [.., before, last] => last.at.saturating_sub(before.at),
        [only] => only.at,
        [] => 0,
    }
}

/// A point for each run: when its last fault struck, on which node, and what came of it.
fn heat_map(proof: &ProofJson, faults: usize) -> String {
    let own: Vec<&TriedJson> =
        proof.tried.iter().filter(|each| each.strikes.len() == faults).collect();
    let rows: BTreeSet<String> =
        own.iter().filter_map(|each| each.strikes.last()).map(row_of).collect();
    let rows: Vec<String> = rows.into_iter().collect();
    let times = || own.iter().map(|each| time_of(each));
    let (from, to) = (times().min().unwrap_or_default(), times().max().unwrap_or(1));
    let x = |at: u64| 0.01 + 0.98 * (at - from) as f64 / (to - from).max(1) as f64;
    let mut plot = Plot::new(1_160.0, 40.0 + 64.0 * rows.len() as f64, 150.0);
    let part = 1.0 / rows.len().max(1) as f64;
    for (place, row) in rows.iter().enumerate() {
        if place % 2 == 0 {
            plot.stripe(place as f64 * part, (place as f64 + 1.0) * part);
        }
        plot.tick_y((place as f64 + 0.5) * part, row);
    }
    let (ticks, step) = round_times(from, to, 8);
    for at in ticks {
        plot.tick_x(x(at), &tick_text(at, step));
    }
    // Those that failed are drawn last, so that none is hidden.
    let mut own = own;
    own.sort_by_key(|each| (each.ended == EndedJson::Violated, time_of(each)));
    for (place, tried) in own.iter().enumerate() {
        let Some(last) = tried.strikes.last() else { continue };
        let row = rows.iter().position(|row| *row == row_of(last)).unwrap_or_default();
        // Those of one time do not lie upon each other.
        let within = 0.15 + 0.7 * ((place * 7) % 16) as f64 / 15.0;
        let strikes: Vec<String> = tried.strikes.iter().map(strike_text).collect();
        let title = format!("{}: {}", word(tried.ended), strikes.join("; then "));
        let y = (row as f64 + within) * part;
        plot.point((x(time_of(tried)), y), form(tried.ended), 3.5, &title);
    }
    let (heading, axis) = if faults == 1 {
        ("One fault".to_owned(), "time of the fault")
    } else {
        (format!("{faults} faults"), "time of the last fault since the one before")
    };
    format!(
        "<h2>{heading}: {} runs</h2>\n<p class=\"soft\">Dot: masked, cross: not masked, ring: not \
         tested. Along the axis: {axis}.</p>\n{}",
        own.len(),
        plot.finish(&heading)
    )
}

/// A time in seconds, with so many digits that two ticks do not read alike.
fn tick_text(at: u64, step: u64) -> String {
    let digits = 9_usize.saturating_sub(step.max(1).ilog10() as usize).min(9);
    format!("{:.digits$} s", at as f64 / 1e9)
}

fn strike_text(strike: &StrikeJson) -> String {
    format!("{} at {}, {}", row_of(strike), Time::from_nanos(strike.at), strike.moment)
}

/// The runs one by one, each with the faults as a scenario has them.
fn trials(title: &str, trials: &[TrialJson]) -> String {
    if trials.is_empty() {
        return String::new();
    }
    let mut text = format!("<h2>{title}: {}</h2>\n", trials.len());
    for trial in trials {
        let strikes: Vec<String> = trial.strikes.iter().map(strike_text).collect();
        let strikes =
            if strikes.is_empty() { "no fault at all".to_owned() } else { strikes.join("; then ") };
        let _ = writeln!(text, "<details><summary>{}</summary>", escaped(&strikes));
        for finding in &trial.shown {
            let lines: Vec<&str> = [finding.what.as_str(), finding.summary.as_str()]
                .into_iter()
                .chain(finding.witness.iter().map(String::as_str))
                .collect();
            let _ = writeln!(text, "<pre>{}</pre>", escaped(&lines.join("\n")));
        }
        if !trial.faults.is_empty() {
            let faults = trial.faults.join(",\n  ");
            let _ = writeln!(text, "<pre>\"faults\": [\n  {}\n]</pre>", escaped(&faults));
        }
        text += "</details>\n";
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbouring_ticks_differ() {
        assert_eq!(tick_text(10_000_000_000, 50_000_000), "10.00 s");
        assert_eq!(tick_text(10_050_000_000, 50_000_000), "10.05 s");
        assert_eq!(tick_text(20_000_000_000, 2_000_000_000), "20 s");
    }
}
