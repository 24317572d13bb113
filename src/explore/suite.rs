//! The scenarios of a folder, each with the seeds that it is tested with.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::results::{BrokenFile, BrokenFileReason};
use super::seed_file::SeedFile;
use super::seeds::Seeds;
use super::text::ScenarioText;
use crate::document::diagnostic::{Diagnostics, Severity};
use crate::document::shape::Catalogue;
use crate::scenario::ScenarioError;

/// Scenarios to be tested, and the files that are not valid ones.
///
/// ```
/// use nodedown::explore::{BrokenFileReason, Suite, TestSeeds};
/// use nodedown::services::Programs;
///
/// let suite = Suite::collect(["scenarios"], &TestSeeds::Count(10), &Programs::builtin().catalogue());
/// assert!(suite.scenarios.len() > 10);
/// // Those of compiled code are skipped where it is not built.
/// assert!(suite.broken.iter().all(|file| file.why == BrokenFileReason::Skipped));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Suite {
    /// The scenarios in the order of their files.
    pub scenarios: Vec<(ScenarioText, Seeds)>,
    /// The files that are not valid scenarios.
    pub broken: Vec<BrokenFile>,
}

/// The seeds that each scenario is tested with. Those that have failed before, kept in the
/// scenario's [`SeedFile`], come first in any case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TestSeeds {
    /// This many, beginning with the scenario's own.
    Count(u64),
    /// The same for all.
    These(Seeds),
}

impl TestSeeds {
    /// The seeds for a scenario whose own seed is this one.
    #[must_use]
    pub fn of(&self, own: u64) -> Seeds {
        match self {
            TestSeeds::Count(0) => Seeds::default(),
            TestSeeds::Count(count) => Seeds::from(own..=own.saturating_add(count - 1)),
            TestSeeds::These(seeds) => seeds.clone(),
        }
    }
}

impl Suite {
    /// Collects all scenarios in these folders, with their subfolders, and these files.
    ///
    /// Hidden folders, courses (with a `course.json`) and schemas (`*.schema.json`) are skipped; every other JSON file of a folder
    /// has to be a scenario. Files and folders that cannot be read are among the
    /// [`broken`](Self::broken) ones.
    pub fn collect(
        paths: impl IntoIterator<Item = impl AsRef<Path>>,
        seeds: &TestSeeds,
        catalogue: &Catalogue,
    ) -> Suite {
        let (mut files, mut suite) = (Vec::new(), Suite::default());
        for path in paths {
            let path = path.as_ref();
            if path.is_dir() {
                scenarios_below(path, &mut files, &mut suite.broken);
            } else {
                files.push(path.to_owned());
            }
        }
        let mut known = Vec::new();
        for file in files {
            if !known.contains(&file) {
                suite.add(&file, seeds, catalogue);
                known.push(file);
            }
        }
        suite
    }

    fn add(&mut self, file: &Path, seeds: &TestSeeds, catalogue: &Catalogue) {
        let text = match ScenarioText::read(file) {
            Ok(text) => text,
            Err(ScenarioError::Read { path, source }) => {
                return self.broken.push(BrokenFile::unreadable(&path, &source));
            }
            Err(ScenarioError::Invalid(diagnostics)) => {
                return self.broken.push(BrokenFile::of(file, &diagnostics));
            }
            Err(ScenarioError::NoErlang(why)) => {
                return self.broken.push(BrokenFile::skipped(file, &why));
            }
        };
        let failed_before = self.failed_before(file);
        self.add_text(text, failed_before, seeds, catalogue);
    }

    /// Adds a scenario from its text, with the seeds that it has failed with before. If it is not
    /// valid, it is one of the broken ones.
    pub fn add_text(
        &mut self,
        text: ScenarioText,
        failed_before: Vec<u64>,
        seeds: &TestSeeds,
        catalogue: &Catalogue,
    ) {
        match text.parse(catalogue) {
            Ok(scenario) => {
                let seeds = seeds.of(scenario.seed).after(failed_before);
                self.scenarios.push((text, seeds));
            }
            Err(ScenarioError::Invalid(diagnostics)) => {
                self.broken.push(BrokenFile::of(Path::new(text.file()), &diagnostics));
            }
            Err(ScenarioError::Read { path, source }) => {
                self.broken.push(BrokenFile::unreadable(&path, &source));
            }
            Err(ScenarioError::NoErlang(why)) => {
                self.broken.push(BrokenFile::skipped(Path::new(text.file()), &why));
            }
        }
    }

    /// The seeds with which a scenario has failed before.
    fn failed_before(&mut self, file: &Path) -> Vec<u64> {
        let beside = SeedFile::beside(file);
        match beside.read() {
            Ok(Ok(seeds)) => return seeds,
            Ok(Err(diagnostics)) => self.broken.push(BrokenFile::of(beside.path(), &diagnostics)),
            Err(error) => self.broken.push(BrokenFile::unreadable(beside.path(), &error)),
        }
        Vec::new()
    }
}

/// The scenario files of a folder and of the folders in it, in the order of their names; seeds
/// whose scenario is not there are reported.
fn scenarios_below(folder: &Path, files: &mut Vec<PathBuf>, broken: &mut Vec<BrokenFile>) {
    let entries = fs::read_dir(folder).and_then(Iterator::collect::<io::Result<Vec<_>>>);
    let entries = match entries {
        Ok(entries) => entries,
        Err(error) => return broken.push(BrokenFile::unreadable(folder, &error)),
    };
    let mut paths: Vec<PathBuf> = entries.into_iter().map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name.starts_with('.') || name.ends_with(".schema.json") {
            continue;
        }
        let extension = path.extension().and_then(OsStr::to_str);
        // The files of a course are lessons.
        if path.is_dir() && path.join("course.json").is_file() {
            continue;
        }
        if path.is_dir() {
            scenarios_below(&path, files, broken);
        } else if extension == Some("json") {
            files.push(path);
        } else if extension == Some("seeds") && !path.with_extension("json").is_file() {
            let scenario = path.with_extension("json");
            let scenario = scenario.file_name().unwrap_or_default().to_string_lossy();
            let message = format!("there is no {scenario} that these seeds are for");
            let (file, why) = (path.display().to_string(), BrokenFileReason::Invalid);
            broken.push(BrokenFile { file, line: None, message, why });
        }
    }
}

impl BrokenFile {
    fn of(file: &Path, diagnostics: &Diagnostics) -> BrokenFile {
        let first = diagnostics.iter().find(|each| each.severity == Severity::Error);
        BrokenFile {
            file: file.display().to_string(),
            line: first.map(|each| each.line),
            message: diagnostics.to_string(),
            why: BrokenFileReason::Invalid,
        }
    }

    fn skipped(path: &Path, why: &str) -> BrokenFile {
        let file = path.display().to_string();
        let message = format!("{file}: {why}");
        BrokenFile { file, line: None, message, why: BrokenFileReason::Skipped }
    }

    fn unreadable(path: &Path, error: &io::Error) -> BrokenFile {
        let file = path.display().to_string();
        let message = format!("cannot read {file}: {error}");
        BrokenFile { file, line: None, message, why: BrokenFileReason::Unreadable }
    }
}
