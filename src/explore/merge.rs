//! Merges the results of the shards of one sweep into those of a single run over everything.

use std::collections::{BTreeMap, VecDeque};

use super::results::{Results, ScenarioResults};
use super::shard::Shard;
use super::summary::RunSummary;

/// The reasons why results cannot be merged. Files are named as the caller names them.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MergeError {
    /// There are no results.
    #[error("there is nothing to put together")]
    Nothing,
    /// The results are from different versions of nodedown, which may not give the same runs.
    #[error("{file} is of nodedown {version}, {first} of {wanted}")]
    Version {
        /// The file.
        file: String,
        /// Its version.
        version: String,
        /// The first file.
        first: String,
        /// Its version.
        wanted: String,
    },
    /// The results are from different numbers of shards.
    #[error("{file} is shard {shard}, {first} is shard {wanted}")]
    Number {
        /// The file.
        file: String,
        /// Its shard.
        shard: Shard,
        /// The first file.
        first: String,
        /// Its shard.
        wanted: Shard,
    },
    /// A shard is there more than once.
    #[error("{file} and {other} are both shard {shard}")]
    Twice {
        /// The shard.
        shard: Shard,
        /// One file.
        file: String,
        /// The other.
        other: String,
    },
    /// Some shards are missing.
    #[error("missing: shard {}", .0.iter().map(Shard::to_string).collect::<Vec<_>>().join(", "))]
    Missing(Vec<Shard>),
    /// The results are of other scenarios, or other seeds.
    #[error("{file} and {first} are not of the same runs: {what}")]
    Other {
        /// The file.
        file: String,
        /// The first file.
        first: String,
        /// The difference.
        what: String,
    },
    /// A shard does not have the runs that it should.
    #[error("{file} does not have the runs of its shard: {scenario} --seed {seed} is missing")]
    Incomplete {
        /// The file.
        file: String,
        /// The scenario.
        scenario: String,
        /// The first seed that is missing.
        seed: u64,
    },
    /// A shard has runs that it should not.
    #[error("{file} has runs that are not of its shard: {scenario} --seed {seed}")]
    Surplus {
        /// The file.
        file: String,
        /// The scenario.
        scenario: String,
        /// The first seed that is too many.
        seed: u64,
    },
}

/// Merges the results of all shards, each with the name of its file; their order does not matter.
/// Shards that were stopped may lack runs; then the whole counts as stopped too.
///
/// ```
/// use nodedown::explore::{ScenarioText, Seeds, Shard, Sweep, merge};
/// use nodedown::services::Programs;
///
/// let programs = Programs::builtin();
/// let run = |shard| {
///     let text = ScenarioText::read("scenarios/takeover.json").unwrap();
///     let sweep = Sweep::new(&programs).shard(shard);
///     sweep.scenario(text, Seeds::from(1..4)).unwrap().run(|_| {})
/// };
/// let [one, two] = [(1, 2), (2, 2)].map(|(index, count)| run(Shard::new(index, count).unwrap()));
/// let merged = merge(vec![("two".to_owned(), two), ("one".to_owned(), one)]).unwrap();
/// assert_eq!(merged, run(Shard::WHOLE));
/// ```
///
/// # Errors
/// All the reasons why they do not belong together.
pub fn merge(mut parts: Vec<(String, Results)>) -> Result<Results, Vec<MergeError>> {
    parts.sort_by_key(|(_, results)| results.shard);
    let errors = mismatches(&parts);
    if !errors.is_empty() {
        return Err(errors);
    }
    let first = &parts[0].1;
    let mut merged = Results { shard: Shard::WHOLE, ..first.clone() };
    merged.stopped = parts.iter().filter_map(|(_, part)| part.stopped).max();
    let mut place = 0;
    for (number, scenario) in merged.scenarios.iter_mut().enumerate() {
        let runs = in_order(&parts, number, place).map_err(|error| vec![error])?;
        scenario.runs = runs;
        place = place.wrapping_add(scenario.seeds.count());
        for (_, part) in &parts[1..] {
            let more = &part.scenarios[number];
            scenario.coverage.merge(&more.coverage);
            scenario.merge_ways(&more.ways);
        }
        scenario.sort_ways();
    }
    Ok(merged)
}

/// All the reasons why parts do not belong together.
fn mismatches(parts: &[(String, Results)]) -> Vec<MergeError> {
    let Some((first, one)) = parts.first() else { return vec![MergeError::Nothing] };
    let mut errors = Vec::new();
    let mut seen: BTreeMap<Shard, &String> = BTreeMap::new();
    for (file, part) in parts {
        let (file, first) = (file.clone(), first.clone());
        if part.nodedown != one.nodedown {
            let (version, wanted) = (part.nodedown.clone(), one.nodedown.clone());
            errors.push(MergeError::Version { file, version, first, wanted });
        } else if part.shard.of() != one.shard.of() {
            let (shard, wanted) = (part.shard, one.shard);
            errors.push(MergeError::Number { file, shard, first, wanted });
        } else if let Some(what) = difference(one, part) {
            errors.push(MergeError::Other { file, first, what });
        }
    }
    for (file, part) in parts {
        if let Some(other) = seen.insert(part.shard, file) {
            let (file, other) = (other.clone(), file.clone());
            errors.push(MergeError::Twice { shard: part.shard, file, other });
        }
    }
    let all = (1..=one.shard.of()).filter_map(|index| Shard::new(index, one.shard.of()).ok());
    let missing: Vec<Shard> = all.filter(|shard| !seen.contains_key(shard)).collect();
    if !missing.is_empty() {
        errors.push(MergeError::Missing(missing));
    }
    errors
}

/// The first difference between two shards that should be of the same runs.
fn difference(one: &Results, other: &Results) -> Option<String> {
    if one.kind != other.kind {
        return Some("one is of a sweep, one of a test".to_owned());
    }
    if one.broken != other.broken {
        return Some("not the same files are broken".to_owned());
    }
    let files = |results: &Results| -> Vec<String> {
        results.scenarios.iter().map(|scenario| scenario.file.clone()).collect()
    };
    if files(one) != files(other) {
        let [one, other] = [files(one), files(other)].map(|files| files.join(", "));
        return Some(format!("the scenarios are {other} and {one}"));
    }
    let mut pairs = one.scenarios.iter().zip(&other.scenarios);
    pairs.find_map(|(one, other)| {
        let file = &one.file;
        if one.hash != other.hash {
            Some(format!("{file} is not the same text ({} and {})", other.hash, one.hash))
        } else if one.seeds != other.seeds {
            Some(format!("the seeds of {file} are {} and {}", other.seeds, one.seeds))
        } else {
            None
        }
    })
}

/// The runs of a scenario in their order, each from the shard that has it.
fn in_order(
    parts: &[(String, Results)],
    number: usize,
    first_place: u64,
) -> Result<Vec<RunSummary>, MergeError> {
    let scenario = &parts[0].1.scenarios[number];
    let runs = |part: &Results| part.scenarios[number].runs.iter().cloned().collect();
    let mut queues: Vec<VecDeque<RunSummary>> = parts.iter().map(|(_, part)| runs(part)).collect();
    let mut left: usize = queues.iter().map(VecDeque::len).sum();
    let mut merged = Vec::with_capacity(left);
    for (place, seed) in (first_place..).zip(scenario.seeds.iter()) {
        let shard = (place % parts.len() as u64) as usize;
        let (queue, (file, part)) = (&mut queues[shard], &parts[shard]);
        let before = merged.len();
        while queue.front().is_some_and(|run| run.seed == seed) {
            merged.extend(queue.pop_front());
        }
        left -= merged.len() - before;
        if merged.len() == before && part.stopped.is_none() {
            let (file, scenario) = (file.clone(), scenario.file.clone());
            return Err(MergeError::Incomplete { file, scenario, seed });
        }
        if left == 0 && parts.iter().any(|(_, part)| part.stopped.is_some()) {
            break;
        }
    }
    for (queue, (file, _)) in queues.iter().zip(parts) {
        if let Some(run) = queue.front() {
            let (file, scenario) = (file.clone(), scenario.file.clone());
            return Err(MergeError::Surplus { file, scenario, seed: run.seed });
        }
    }
    Ok(merged)
}

impl ScenarioResults {
    /// Adds the ways in which the runs of another shard failed.
    fn merge_ways(&mut self, more: &[super::FailureMode]) {
        for way in more {
            match self.ways.iter_mut().find(|own| own.id == way.id) {
                None => self.ways.push(way.clone()),
                Some(own) => {
                    own.runs += way.runs;
                    own.failures += way.failures;
                    way.examples.iter().for_each(|example| own.add_example(example.clone()));
                }
            }
        }
    }
}
