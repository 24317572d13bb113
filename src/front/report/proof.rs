//! The result of a search for faults that are not masked: as text, and for programs.

use std::fmt::Write;

use super::Styles;
use super::columns::{Cells, table};
use super::sweep::{count, ended_style, mark};
use crate::engine::time::{format_duration, nanos};
use crate::explore::{
    InjectionPoint, LevelResults, Proof, ProofFault, ProofSettings, RunConclusion, StopReason,
    Trial,
};
use crate::formats::proof::{
    BlowJson, LevelJson, ProofJson, ProofSettingsJson, StrikeJson, TrialFindingJson, TrialJson,
    TriedJson,
};
use crate::formats::{StoppedJson, Version};

/// The most ways of failing that are shown.
const WAYS_MAX: usize = 20;

/// The most lines of a witness that are shown.
const WITNESS_MAX: usize = 4;

/// The settings of the search, its progress, the faults that were not masked, and the conclusion.
#[must_use]
pub fn proof_text(proof: &Proof, styles: &Styles) -> String {
    let title = styles.title;
    let mut text = format!("{title}{}{title:#}\n", proof.name);
    let _ = writeln!(text, "{}  seed {}: {}\n", proof.file, proof.seed, tried(&proof.settings));
    if !proof.levels.is_empty() {
        text += &levels_text(proof, styles);
    }
    text += &ways_text(&proof.failed, styles);
    text += &ways_text(&proof.open, styles);
    text + &conclusion_text(proof, styles)
}

/// `at most 2 crashes, each for 10s, of db1@a, db2@b`.
fn tried(settings: &ProofSettings) -> String {
    let lasting = |time: Option<_>| {
        time.map_or("for good".to_owned(), |time| format!("for {}", format_duration(time)))
    };
    let mut parts = Vec::new();
    if let crashes @ 1.. = settings.crashes {
        let crashes = count(crashes as u64, "crash").replace("crashs", "crashes");
        parts.push(format!("{crashes} {}", lasting(settings.restart_after)));
    }
    if let partitions @ 1.. = settings.partitions {
        let partitions = count(partitions as u64, "partition");
        parts.push(format!("{partitions} {}", lasting(settings.heal_after)));
    }
    if parts.is_empty() {
        return "no faults".to_owned();
    }
    let nodes: Vec<&str> = settings.nodes.iter().map(|node| node.as_str()).collect();
    format!("up to {}, of {}", parts.join(" and "), nodes.join(", "))
}

fn levels_text(proof: &Proof, styles: &Styles) -> String {
    let title = styles.title;
    let header =
        ["faults", "points", "classes", "trials", "masked", "failed", "untested", "left out"];
    let mut rows = vec![header.map(str::to_owned).to_vec()];
    for (level, faults) in proof.levels.iter().zip(1..) {
        let LevelResults { points, classes, planned, masked, failed, open, hopeless } = level;
        let numbers = [points, classes, planned, masked, failed, open, hopeless];
        let numbers = numbers.map(u64::to_string);
        rows.push([vec![faults.to_string()], numbers.to_vec()].concat());
    }
    let events = proof.events;
    let mut text = format!("{title}Where a fault could matter{title:#}\n");
    let _ = writeln!(text, "  {events} messages, signals and changes of state on these nodes");
    text + &table(&rows, Cells::Right, styles) + "\n"
}

/// Groups trials with the same failures of the same expectations and faults on the same nodes.
fn ways_text(trials: &[Trial], styles: &Styles) -> String {
    let mut ways: Vec<(String, Vec<&Trial>)> = Vec::new();
    for trial in trials {
        let nodes = trial.strikes.iter().map(|strike| strike.node.as_str());
        let shown = trial.shown.iter().map(|shown| shown.what.as_str());
        let way: Vec<&str> = nodes.chain(shown).collect();
        let way = way.join("\n");
        match ways.iter_mut().find(|(known, _)| *known == way) {
            Some((_, trials)) => trials.push(trial),
            None => ways.push((way, vec![trial])),
        }
    }
    let told = ways.iter().take(WAYS_MAX);
    let mut text: String = told.map(|(_, trials)| way_text(trials, styles)).collect();
    if let more @ 1.. = ways.len().saturating_sub(WAYS_MAX) {
        let _ = writeln!(text, "… and {more} more ways\n");
    }
    text
}

fn way_text(trials: &[&Trial], styles: &Styles) -> String {
    let Some(first) = trials.first() else { return String::new() };
    let (faint, style) = (styles.faint, ended_style(first.ended, styles));
    let mut text = format!("{style}{}{style:#} ", mark(first.ended));
    let strikes: Vec<String> = first.strikes.iter().map(ToString::to_string).collect();
    text += &if strikes.is_empty() { "without any fault".to_owned() } else { strikes.join("\n  ") };
    if let more @ 1.. = trials.len() - 1 {
        let _ = write!(text, "\n  and so in {}", count(more as u64, "more run"));
    }
    text.push('\n');
    for shown in &first.shown {
        let _ = writeln!(text, "    {}: {}", shown.what, shown.summary);
        for line in shown.witness.iter().take(WITNESS_MAX) {
            let _ = writeln!(text, "      {faint}{line}{faint:#}");
        }
    }
    if !first.faults.is_empty() {
        let _ = writeln!(text, "    \"faults\": [{}]", first.faults.join(", "));
    }
    text + "\n"
}

fn conclusion_text(proof: &Proof, styles: &Styles) -> String {
    let total = proof.total();
    let LevelResults { planned, masked, failed, open, .. } = total;
    let ended = proof.ended();
    let style = ended.map_or(styles.doubtful, |ended| ended_style(ended, styles));
    let mut text = String::new();
    match proof.stopped {
        Some(StopReason::TimeUp) => text += "the time is up: ",
        Some(StopReason::Interrupted) => text += "interrupted: ",
        Some(StopReason::FirstFailure) => text += "stopped at the first failure: ",
        None => {}
    }
    let tried = total.tried();
    if tried < planned {
        let _ = write!(text, "{tried} of {planned} tried, ");
    }
    let trials = |number| count(number, "trial");
    let _ = match ended {
        None => write!(text, "{style}nothing was tried{style:#}: no fault could matter"),
        Some(RunConclusion::Violated | RunConclusion::Panicked) if planned == 0 => {
            write!(text, "{style}violated{style:#} without any fault")
        }
        Some(RunConclusion::Violated | RunConclusion::Panicked) => {
            write!(text, "{style}{failed} of {} not masked{style:#}", trials(tried))
        }
        Some(RunConclusion::Inconclusive) if open > 0 => {
            let them = format!("{open} of {}", trials(tried));
            write!(text, "{style}{them} put nothing to the test{style:#}, {masked} masked")
        }
        Some(RunConclusion::Inconclusive) => write!(text, "{style}{masked} masked so far{style:#}"),
        Some(RunConclusion::Pass) => write!(text, "{style}all {} masked{style:#}", trials(tried)),
    };
    text + "\n"
}

/// The same for programs.
#[must_use]
pub fn proof_json(proof: &Proof) -> ProofJson {
    ProofJson {
        proof: Version,
        file: proof.file.clone(),
        name: proof.name.clone(),
        seed: proof.seed,
        settings: settings_json(&proof.settings),
        events: proof.events,
        levels: proof.levels.iter().map(level_json).collect(),
        failed: proof.failed.iter().map(trial_json).collect(),
        open: proof.open.iter().map(trial_json).collect(),
        tried: proof.tried.iter().map(tried_json).collect(),
        stopped: proof.stopped.map(StoppedJson::from),
    }
}

fn settings_json(settings: &ProofSettings) -> ProofSettingsJson {
    ProofSettingsJson {
        crashes: settings.crashes as u64,
        partitions: settings.partitions as u64,
        restart_after_ns: settings.restart_after.map(nanos),
        heal_after_ns: settings.heal_after.map(nanos),
        each: settings.each.get() as u64,
        nodes: settings.nodes.iter().map(|node| node.as_str().to_owned()).collect(),
    }
}

fn level_json(level: &LevelResults) -> LevelJson {
    let LevelResults { points, classes, planned, masked, failed, open, hopeless } = *level;
    LevelJson { points, classes, planned, masked, failed, open, hopeless }
}

fn trial_json(trial: &Trial) -> TrialJson {
    let shown = trial.shown.iter().map(|found| TrialFindingJson {
        what: found.what.clone(),
        summary: found.summary.clone(),
        witness: found.witness.clone(),
    });
    TrialJson {
        strikes: trial.strikes.iter().map(strike_json).collect(),
        ended: trial.ended.into(),
        shown: shown.collect(),
        faults: trial.faults.clone(),
    }
}

fn tried_json((strikes, ended): &(Vec<InjectionPoint>, RunConclusion)) -> TriedJson {
    TriedJson { strikes: strikes.iter().map(strike_json).collect(), ended: (*ended).into() }
}

fn strike_json(strike: &InjectionPoint) -> StrikeJson {
    StrikeJson {
        blow: match strike.fault {
            ProofFault::Crash => BlowJson::Crash,
            ProofFault::Partition => BlowJson::Partition,
        },
        node: strike.node.as_str().to_owned(),
        step: strike.step,
        at: strike.at.as_nanos(),
        moment: strike.moment.clone(),
    }
}
