//! Random transcripts carried out by the simulator and by real nodes.

use std::env;
use std::fs;
use std::ops::Range;
use std::path::Path;
use std::sync::Mutex;
use std::thread;

use nodedown::shell::{Transcript, TranscriptEntry};

use super::random;
use super::recorder::recorded;

/// How many times the usual rest real nodes get between commands: several recordings share the
/// machine.
const PATIENCE: u8 = 2;

/// The rest for a second look, and for shrinking.
const MORE_PATIENCE: u8 = 5;

/// How many transcripts there are without a word about it: a few seconds' worth.
const USUAL: u64 = 6;

/// A transcript as the simulator answers it, and as real nodes do, or why they cannot.
type Answered = (Transcript, Result<Transcript, String>);

/// The seeds to try, and how many recordings run side by side.
pub(crate) struct Campaign {
    seeds: Range<u64>,
    jobs: usize,
}

impl Campaign {
    pub(crate) fn from_environment() -> Campaign {
        let number = |key: &str, usual: u64| match env::var(key) {
            Ok(text) => text.parse().unwrap_or_else(|_| panic!("{key}: {text} is no number")),
            Err(_) => usual,
        };
        let first = number("NODEDOWN_SEED", 0);
        let seeds = first..first + number("NODEDOWN_TRANSCRIPTS", USUAL);
        Campaign { seeds, jobs: usize::try_from(number("NODEDOWN_JOBS", 8)).unwrap() }
    }

    /// The shortest transcripts that are answered differently, as texts with the differences.
    pub(crate) fn run(&self) -> Vec<String> {
        let transcripts = self.transcripts();
        let commands: usize = transcripts.iter().map(|each| each.entries.len() - 1).sum();
        println!("{} random transcripts, {commands} commands", transcripts.len());
        let doubtful = self.different(&transcripts, PATIENCE);
        println!("{} differ at first", doubtful.len());
        let doubtful: Vec<Transcript> = doubtful.into_iter().map(|(mine, _)| mine).collect();
        let different = self.different(&doubtful, MORE_PATIENCE);
        println!("{} differ again", different.len());
        for found in &different {
            keep(found);
            println!("{}", differences(found).lines().take(8).collect::<Vec<_>>().join("\n"));
        }
        different.into_iter().map(|found| keep(&self.shrunk(found))).collect()
    }

    /// The simulator's part of the work, on all cores.
    fn transcripts(&self) -> Vec<Transcript> {
        let all = Mutex::new(Vec::new());
        let cores = thread::available_parallelism().map_or(1, Into::into);
        thread::scope(|scope| {
            for worker in 0..cores {
                let (all, seeds) = (&all, self.seeds.clone().skip(worker).step_by(cores));
                scope.spawn(move || {
                    for seed in seeds {
                        let transcript = random::transcript(seed);
                        all.lock().unwrap().push((seed, transcript));
                    }
                });
            }
        });
        let mut all = all.into_inner().unwrap();
        all.sort_unstable_by_key(|(seed, _)| *seed);
        all.into_iter().map(|(_, transcript)| transcript).collect()
    }

    /// Those that real nodes answer differently, or cannot carry out. Where silence is noticed after
    /// some time, more rest between the commands would change what they mean.
    fn different(&self, transcripts: &[Transcript], patience: u8) -> Vec<Answered> {
        let (timed, others): (Vec<Transcript>, Vec<Transcript>) =
            transcripts.iter().cloned().partition(is_timed);
        let groups = [(others, patience), (timed, 1)];
        let both = groups.into_iter().flat_map(|(transcripts, patience)| {
            let real = recorded(&transcripts, self.jobs, patience);
            transcripts.into_iter().zip(real).collect::<Vec<Answered>>()
        });
        both.filter(|both| first_difference(both).is_some()).collect()
    }

    /// Leaves out what is not needed for a difference: halves at first, single commands at last.
    /// All candidates of a round are carried out side by side, and the first that still differs is
    /// gone on with.
    fn shrunk(&self, mut best: Answered) -> Answered {
        if let Some(last) = first_difference(&best) {
            best.0.entries.truncate(last + 1);
        }
        let mut size = best.0.entries.len() / 2;
        while size > 0 {
            let candidates: Vec<Transcript> = (0..best.0.entries.len())
                .step_by(size)
                .map(|start| random::certain(without(&best.0, start, size)))
                .collect();
            match self.different(&candidates, MORE_PATIENCE).into_iter().next() {
                Some(shorter) => {
                    best = shorter;
                    size = size.min(best.0.entries.len() / 2);
                }
                None => size /= 2,
            }
        }
        best
    }
}

/// Whether its nodes stop hearing of each other.
fn is_timed(transcript: &Transcript) -> bool {
    transcript.entries.iter().any(|entry| match entry {
        TranscriptEntry::Step { command, .. } => {
            command.starts_with("partition") || command.starts_with("pause")
        }
        TranscriptEntry::Comment(_) => false,
    })
}

fn without(transcript: &Transcript, start: usize, size: usize) -> Transcript {
    let mut shorter = transcript.clone();
    let end = (start + size).min(shorter.entries.len());
    shorter.entries.drain(start..end);
    shorter
}

/// The first entry that real nodes answer differently; the last one, if they cannot answer.
fn first_difference((simulated, real): &Answered) -> Option<usize> {
    let Ok(real) = real else { return simulated.entries.len().checked_sub(1) };
    // A recording begins with a line that says which release it is from.
    let steps = real.entries.iter().filter(|entry| matches!(entry, TranscriptEntry::Step { .. }));
    let mut answers = steps.map(answer);
    let mine = simulated.entries.iter().enumerate();
    mine.filter(|(_, entry)| matches!(entry, TranscriptEntry::Step { .. }))
        .find_map(|(index, entry)| (Some(answer(entry)) != answers.next()).then_some(index))
}

fn answer(entry: &TranscriptEntry) -> &[String] {
    match entry {
        TranscriptEntry::Step { answer, .. } => answer,
        TranscriptEntry::Comment(_) => &[],
    }
}

/// What differs.
fn differences((simulated, real): &Answered) -> String {
    match real {
        Ok(real) => {
            let real = Transcript { path: simulated.path.clone(), ..real.clone() };
            real.differences(1).iter().map(ToString::to_string).collect()
        }
        Err(complaint) => {
            format!("{}: cannot be carried out: {complaint}\n", simulated.path.display())
        }
    }
}

/// Writes a difference into a file: the transcript as real nodes answer it, and what differs.
fn keep(found: &Answered) -> String {
    let (simulated, real) = found;
    let text = format!("{}\n{}", real.as_ref().unwrap_or(simulated), differences(found));
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/differences");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join(&simulated.path), &text).unwrap();
    text
}
