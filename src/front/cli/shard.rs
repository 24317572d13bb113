//! This machine's part of the runs: the one on the command line, or else the one that the variables
//! of the common engines say.

use std::env;
use std::fmt;
use std::io::{self, Write};

use crate::explore::Shard;

/// The variables in which an engine says which of several like jobs this is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Engine {
    name: &'static str,
    index: &'static str,
    /// The number of the first job, or the variable that has it.
    first: First,
    count: &'static str,
}

#[derive(Clone, Copy, Debug)]
enum First {
    Number(i64),
    Variable { name: &'static str, last: &'static str, step: &'static str },
}

/// The engines that are known, with where they say so.
///
/// GitLab: "predefined CI/CD variables"; CircleCI: "built-in environment variables"; Buildkite:
/// "environment variables"; Kubernetes: "Indexed Job for parallel processing with static work
/// assignment" (the number of jobs is in no variable: the manifest has to set it); Slurm: "job array
/// support".
pub(super) const ENGINES: [Engine; 5] = [
    Engine {
        name: "GitLab",
        index: "CI_NODE_INDEX",
        first: First::Number(1),
        count: "CI_NODE_TOTAL",
    },
    Engine {
        name: "CircleCI",
        index: "CIRCLE_NODE_INDEX",
        first: First::Number(0),
        count: "CIRCLE_NODE_TOTAL",
    },
    Engine {
        name: "Buildkite",
        index: "BUILDKITE_PARALLEL_JOB",
        first: First::Number(0),
        count: "BUILDKITE_PARALLEL_JOB_COUNT",
    },
    Engine {
        name: "Kubernetes",
        index: "JOB_COMPLETION_INDEX",
        first: First::Number(0),
        count: "JOB_COMPLETIONS",
    },
    Engine {
        name: "Slurm",
        index: "SLURM_ARRAY_TASK_ID",
        first: First::Variable {
            name: "SLURM_ARRAY_TASK_MIN",
            last: "SLURM_ARRAY_TASK_MAX",
            step: "SLURM_ARRAY_TASK_STEP",
        },
        count: "SLURM_ARRAY_TASK_COUNT",
    },
];

/// A shard, and who says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Chosen {
    pub(super) shard: Shard,
    /// The engine and its variables, if it is one that says so.
    pub(super) source: Option<String>,
}

/// The reason why the variables of a CI engine do not name a shard.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{engine} do not name a shard: {why}; choose one with --shard, or --shard 1/1 for all runs"
)]
pub(super) struct Unclear {
    engine: String,
    why: String,
}

impl Chosen {
    /// The shard that was asked for, or else the engine's, or else everything.
    pub(super) fn new(asked: Option<Shard>) -> Result<Chosen, Unclear> {
        match asked {
            Some(shard) => Ok(Chosen { shard, source: None }),
            None => Chosen::from_engine(|name| env::var(name).ok()),
        }
    }

    /// Says which part of the runs is done, if it is not all of them.
    pub(super) fn tell(&self, out: &mut (impl Write + ?Sized)) -> io::Result<()> {
        match &self.source {
            _ if self.shard == Shard::WHOLE => Ok(()),
            None => writeln!(out, "shard {} of the runs", self.shard),
            Some(source) => writeln!(out, "shard {} of the runs, as {source} say", self.shard),
        }
    }

    fn from_engine(variable: impl Fn(&str) -> Option<String>) -> Result<Chosen, Unclear> {
        let set = |name: &str| variable(name).filter(|value| !value.is_empty());
        let found = ENGINES
            .iter()
            .find(|engine| set(engine.index).is_some() && set(engine.count).is_some());
        match found {
            None => Ok(Chosen { shard: Shard::WHOLE, source: None }),
            Some(engine) => {
                engine.shard(set).map(|shard| Chosen { shard, source: Some(engine.to_string()) })
            }
        }
    }
}

impl Engine {
    fn shard(&self, set: impl Fn(&str) -> Option<String>) -> Result<Shard, Unclear> {
        let unclear = |why: String| Unclear { engine: self.to_string(), why };
        let number = |name: &str| {
            let value = set(name).ok_or_else(|| unclear(format!("{name} is not set")))?;
            value.parse::<i64>().map_err(|_| unclear(format!("{name} is \"{value}\"")))
        };
        let (index, count) = (number(self.index)?, number(self.count)?);
        let (first, step) = match self.first {
            First::Number(first) => (first, 1),
            First::Variable { name, last, step } => {
                let (first, step) = (number(name)?, number(step)?.max(1));
                // The places of the jobs 1, 3 and 7 cannot be told from their numbers.
                if (number(last)? - first) / step + 1 != count {
                    return Err(unclear(format!("the numbers of the {count} jobs have gaps")));
                }
                (first, step)
            }
        };
        let place = (index - first) / step;
        let outside = place < 0 || place >= count || (index - first) % step != 0;
        let shard = u32::try_from(place + 1).ok().zip(u32::try_from(count).ok());
        let shard = shard.filter(|_| !outside).and_then(|(index, of)| Shard::new(index, of).ok());
        let (name, of) = (self.index, self.count);
        shard.ok_or_else(|| unclear(format!("{name} is {index} and {of} is {count}")))
    }
}

impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} and {} of {}", self.index, self.count, self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(variables: &[(&str, &str)]) -> Result<Chosen, Unclear> {
        Chosen::from_engine(|name| {
            let found = variables.iter().find(|(each, _)| *each == name);
            found.map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn each_engine_counts_in_its_own_way() {
        for (variables, shard) in [
            (&[("CI_NODE_INDEX", "1"), ("CI_NODE_TOTAL", "3")][..], "1/3"),
            (&[("CIRCLE_NODE_INDEX", "0"), ("CIRCLE_NODE_TOTAL", "3")], "1/3"),
            (&[("BUILDKITE_PARALLEL_JOB", "2"), ("BUILDKITE_PARALLEL_JOB_COUNT", "3")], "3/3"),
            (&[("JOB_COMPLETION_INDEX", "1"), ("JOB_COMPLETIONS", "3")], "2/3"),
            (
                &[
                    ("SLURM_ARRAY_TASK_ID", "14"),
                    ("SLURM_ARRAY_TASK_MIN", "10"),
                    ("SLURM_ARRAY_TASK_MAX", "16"),
                    ("SLURM_ARRAY_TASK_STEP", "2"),
                    ("SLURM_ARRAY_TASK_COUNT", "4"),
                ],
                "3/4",
            ),
        ] {
            let chosen = chosen(variables).unwrap();
            assert_eq!(chosen.shard, shard.parse().unwrap(), "{variables:?}");
            assert!(chosen.source.unwrap().starts_with(variables[0].0));
        }
    }

    #[test]
    fn without_such_variables_it_is_all_of_the_runs() {
        let whole = Chosen { shard: Shard::WHOLE, source: None };
        // A job of GitLab that is not one of several has the number of them only.
        for variables in [&[][..], &[("CI_NODE_TOTAL", "1")], &[("JOB_COMPLETION_INDEX", "0")]] {
            assert_eq!(chosen(variables), Ok(whole.clone()));
        }
    }

    #[test]
    fn variables_that_make_no_sense_are_not_guessed_at() {
        for (variables, why) in [
            (
                &[("CI_NODE_INDEX", "0"), ("CI_NODE_TOTAL", "3")][..],
                "CI_NODE_INDEX is 0 and CI_NODE_TOTAL is 3",
            ),
            (&[("CIRCLE_NODE_INDEX", "3"), ("CIRCLE_NODE_TOTAL", "3")], "CIRCLE_NODE_INDEX is 3"),
            (&[("CIRCLE_NODE_INDEX", "x"), ("CIRCLE_NODE_TOTAL", "3")], "is \"x\""),
            (
                &[("SLURM_ARRAY_TASK_ID", "7"), ("SLURM_ARRAY_TASK_COUNT", "3")],
                "SLURM_ARRAY_TASK_MIN is not set",
            ),
            (
                &[
                    ("SLURM_ARRAY_TASK_ID", "1"),
                    ("SLURM_ARRAY_TASK_MIN", "1"),
                    ("SLURM_ARRAY_TASK_MAX", "7"),
                    ("SLURM_ARRAY_TASK_STEP", "1"),
                    ("SLURM_ARRAY_TASK_COUNT", "3"),
                ],
                "the numbers of the 3 jobs have gaps",
            ),
        ] {
            let told = chosen(variables).unwrap_err().to_string();
            assert!(told.contains(why) && told.contains("--shard"), "{told}");
        }
    }
}
