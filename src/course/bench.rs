//! The runs of a lesson, each done once.

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::BTreeMap;
use std::path::Path;
use std::rc::Rc;

use serde_json::Value;
use tempfile::TempDir;

use crate::consistency::history::{Format, Recording};
use crate::document::syntax::{Json, Member, Span};
use crate::document::{Document, Node};
use crate::engine::trace::Detail;
use crate::formats::run::RunJson;
use crate::scenario::services::Programs;
use crate::scenario::simulation::{Run, Simulation};
use crate::scenario::{self, Scenario};
use crate::shell::{Session, Transcript};
use crate::verdict::{Verdict, check};

use super::files::CourseFiles;
use super::lesson::{Lesson, LessonRun, RunSource};
use super::modules::{self, Sources};
use super::records::RecordLines;
use super::trouble::Trouble;

/// The way from a run to the document that `nodedown run --json` prints.
pub type RunDocument = fn(&Run, &Verdict) -> RunJson;

/// The runs of a lesson, with the file that a student has changed or without it.
pub struct LessonBench<'a> {
    pub(super) programs: &'a Programs,
    pub(super) files: &'a CourseFiles,
    pub(super) lesson: &'a Lesson,
    pub(super) document_of: RunDocument,
    /// The text of the file that the student changes, instead of the one handed out.
    edited: Option<(String, String)>,
    done: RefCell<BTreeMap<RunKey, Rc<DoneRun>>>,
    sessions: RefCell<BTreeMap<String, Rc<PlayedTranscript>>>,
    /// The folder with the compiled modules, once they are compiled.
    modules: OnceCell<TempDir>,
    lines: RefCell<BTreeMap<TraceKey, Rc<RecordLines>>>,
    /// The steps of all runs so far.
    steps: Cell<u64>,
    /// True while a check looks at what a student has made of the file.
    pub(super) is_checking: Cell<bool>,
}

/// A trace of a lesson: of a run, with a seed.
type TraceKey = (String, Option<u64>);

/// A run that has been done: of a file, with a seed, with all records, with its twin, and with what was
/// merged into it, by its place.
type RunKey = (String, Option<u64>, bool, bool, Option<usize>);

/// A run with its verdict.
pub struct DoneRun {
    /// The run.
    pub run: Run,
    /// Its verdict.
    pub verdict: Verdict,
    document: OnceCell<Value>,
}

/// A transcript that has been played.
pub struct PlayedTranscript {
    /// The transcript with the answers that were given.
    pub played: Transcript,
    /// The session after it.
    pub session: Session,
}

/// The thing that a value is taken from.
#[derive(Clone, Copy)]
pub(super) struct Aim<'r> {
    pub run: Option<&'r LessonRun>,
    pub seed: Option<u64>,
    pub with: Option<&'r Node>,
}

impl Aim<'_> {
    /// The first run, as it was handed out.
    pub(super) const FIRST: Aim<'static> = Aim { run: None, seed: None, with: None };
}

impl<'a> LessonBench<'a> {
    /// The runs of a lesson as it was handed out.
    #[must_use]
    pub fn new(
        programs: &'a Programs,
        files: &'a CourseFiles,
        lesson: &'a Lesson,
        document: RunDocument,
    ) -> LessonBench<'a> {
        LessonBench {
            programs,
            files,
            lesson,
            document_of: document,
            edited: None,
            done: RefCell::default(),
            sessions: RefCell::default(),
            modules: OnceCell::new(),
            lines: RefCell::default(),
            steps: Cell::default(),
            is_checking: Cell::default(),
        }
    }

    /// The steps of all simulations that were run for what was asked so far.
    pub(super) fn steps(&self) -> u64 {
        self.steps.get()
    }

    /// Counts the steps of one more run.
    pub(super) fn take_steps(&self, steps: u64) {
        self.steps.set(self.steps.get().saturating_add(steps));
    }

    /// The same with the text of the file that the student changes, and its name in messages.
    #[must_use]
    pub fn edited(self, file_name: &str, text: String) -> LessonBench<'a> {
        LessonBench { edited: Some((file_name.to_owned(), text)), ..self }
    }

    fn is_edited(&self, file: &str) -> bool {
        self.edited.is_some() && self.lesson.task.as_ref().is_some_and(|task| task.edit == file)
    }

    /// The text of a file, and its name in messages.
    pub(super) fn text(&self, file: &str, at: &Span) -> Result<(String, String), Trouble> {
        if let Some((name, text)) = self.edited.as_ref().filter(|_| self.is_edited(file)) {
            return Ok((name.clone(), text.clone()));
        }
        let path = format!("{}/{file}", self.lesson.name);
        let text = self.files.read(&path).ok_or_else(|| {
            let message = format!("there is no file `{file}`");
            let help = "paths are relative to the folder of the lesson";
            Trouble::at(self.lesson, at, &message, help)
        })?;
        Ok((self.files.shown(&path), text))
    }

    /// The text of a scenario, and its name: that beside the compiled modules where there are some.
    fn scenario_file(&self, file: &str, at: &Span) -> Result<(String, String), Trouble> {
        let (name, text) = self.text(file, at)?;
        let Some(task) = self.lesson.module_task() else { return Ok((name, text)) };
        if self.modules.get().is_none() {
            let own = format!("{}/", self.lesson.name);
            let mut files = Vec::new();
            for path in self.files.files(&self.lesson.name) {
                let file = path.strip_prefix(&own).filter(|file| !file.contains('/'));
                if let Some(file) = file.filter(|file| !file.starts_with("solution.")) {
                    files.push((file.to_owned(), self.text(file, at)?.1));
                }
            }
            let shown = self.text(&task.edit, at)?.0;
            let sources = Sources { files: &files, edited: (&task.edit, &shown) };
            // It is set once: nothing else compiles.
            let _ = self.modules.set(modules::build(&sources)?);
        }
        let folder = self.modules.get().map(TempDir::path);
        Ok((folder.map_or(name, |folder| folder.join(file).display().to_string()), text))
    }

    /// A scenario, with a part of another merged into it.
    pub(super) fn scenario(
        &self,
        file: &str,
        with: Option<&Node>,
        at: &Span,
    ) -> Result<Scenario, Trouble> {
        let (name, text) = self.scenario_file(file, at)?;
        let catalogue = self.programs.catalogue();
        let own = Scenario::parse(&text, &name, &catalogue)?;
        let Some(with) = with else { return Ok(own) };
        let mut diagnostics = self.lesson.diagnostics();
        let base = Document::parse(&text, &name).root;
        let both = base.map(|base| merged(base, with));
        let scenario =
            both.and_then(|both| scenario::within(&both, &name, &catalogue, &mut diagnostics));
        diagnostics.sort();
        match scenario {
            Some(scenario) if !diagnostics.has_errors() => Ok(scenario),
            Some(_) | None => Err(diagnostics.into()),
        }
    }

    /// The text of a scenario with a part of another merged into it.
    pub(super) fn scenario_text(
        &self,
        file: &str,
        with: Option<&Node>,
        at: &Span,
    ) -> Result<(String, String), Trouble> {
        let (name, text) = self.scenario_file(file, at)?;
        let Some(with) = with else { return Ok((name, text)) };
        let base = Document::parse(&text, &name).root;
        let both = base.map(|base| merged(base, with).to_json().to_string());
        Ok((name, both.unwrap_or(text)))
    }

    /// A run that is wanted, done.
    pub(super) fn run(
        &self,
        aim: Aim<'_>,
        at: &Span,
        detail: Detail,
        with_twin: bool,
    ) -> Result<Rc<DoneRun>, Trouble> {
        let (file, own) = self.scenario_of(aim, at)?;
        let full = detail == Detail::Full;
        let (seed, with) = (aim.seed.or(own), aim.with.map(|with| with.span.start));
        let key = |twin| (file.to_owned(), seed, full, twin, with);
        // One that has its twin does for those who want none.
        let known = [with_twin, true].map(|twin| self.done.borrow().get(&key(twin)).cloned());
        if let Some(done) = known.into_iter().flatten().next() {
            return Ok(done);
        }
        let scenario = self.scenario(file, aim.with, at)?;
        let seed = seed.unwrap_or(scenario.seed);
        let simulation = Simulation::new(scenario.plan(seed), self.programs).detail(detail);
        let simulation = if with_twin { simulation.with_twin() } else { simulation };
        let run = simulation.run();
        let others = run.comparisons.twin.iter().map(|twin| twin.steps);
        let others = others.chain(run.comparisons.fault_free.iter().map(|each| each.run.steps));
        let placements = run.comparisons.placements.iter().flatten();
        let others = others.chain(placements.map(|each| each.run.steps));
        self.take_steps(run.steps + others.sum::<u64>());
        let verdict = check(&run);
        let done = Rc::new(DoneRun { run, verdict, document: OnceCell::new() });
        self.done.borrow_mut().insert(key(with_twin), Rc::clone(&done));
        Ok(done)
    }

    /// The run of a lesson, with all its records or with the story alone.
    ///
    /// # Errors
    /// [`Trouble`] if it cannot be run.
    pub fn done(&self, run: &LessonRun, detail: Detail) -> Result<Rc<DoneRun>, Trouble> {
        let aim = Aim { run: Some(run), ..Aim::FIRST };
        self.run(aim, &run.at, detail, true)
    }

    /// The file and the seed of the scenario that is run.
    pub(super) fn scenario_of<'r>(
        &'r self,
        aim: Aim<'r>,
        at: &Span,
    ) -> Result<(&'r str, Option<u64>), Trouble> {
        match aim.run.or_else(|| self.lesson.runs.first()).map(|run| &run.source) {
            Some(RunSource::Scenario { file, seed }) => Ok((file, *seed)),
            Some(RunSource::Transcript { file, .. } | RunSource::History { file, .. }) => {
                let message = format!("this is asked of a scenario, and `{file}` is none");
                Err(Trouble::at(self.lesson, at, &message, "name a run of a scenario with `run`"))
            }
            None => Err(Trouble::at(self.lesson, at, "the lesson runs nothing", "")),
        }
    }

    /// The document of a run that was done.
    pub(super) fn document<'d>(&self, done: &'d DoneRun) -> &'d Value {
        done.document.get_or_init(|| {
            let document = (self.document_of)(&done.run, &done.verdict);
            serde_json::to_value(document).expect("a document of a run is JSON")
        })
    }

    /// A transcript of the lesson.
    ///
    /// # Errors
    /// [`Trouble`] if it is none.
    pub fn transcript(&self, run: &LessonRun) -> Result<Transcript, Trouble> {
        let (name, text) = self.text(run.source.file(), &run.at)?;
        Transcript::parse(Path::new(&name), &text)
            .map_err(|error| unreadable(&name, &text, &error.to_string()))
    }

    /// A transcript of the lesson, played.
    ///
    /// # Errors
    /// [`Trouble`] if the run is that of something else.
    pub fn played(&self, run: &LessonRun) -> Result<Rc<PlayedTranscript>, Trouble> {
        let RunSource::Transcript { seed, .. } = &run.source else {
            let message = format!("this is asked of a transcript, and `{}` is none", run.name);
            return Err(Trouble::at(self.lesson, &run.at, &message, "name another `run`"));
        };
        if let Some(played) = self.sessions.borrow().get(&run.name) {
            return Ok(Rc::clone(played));
        }
        let mut played = self.transcript(run)?;
        let mut session = played.session(*seed);
        play(&mut played, &mut session);
        let done = Rc::new(PlayedTranscript { played, session });
        self.sessions.borrow_mut().insert(run.name.clone(), Rc::clone(&done));
        Ok(done)
    }

    /// A history of the lesson.
    pub(super) fn history(&self, run: &LessonRun) -> Result<Recording, Trouble> {
        let (name, text) = self.text(run.source.file(), &run.at)?;
        Ok(Recording::read(&text, &name, Format::of(&text))?)
    }

    /// The records of a run, all of them.
    pub(super) fn lines(&self, aim: Aim<'_>, at: &Span) -> Result<Rc<RecordLines>, Trouble> {
        let run = aim.run.or_else(|| self.lesson.runs.first());
        let key = (run.map_or(String::new(), |run| run.name.clone()), aim.seed);
        if let Some(lines) = self.lines.borrow().get(&key).filter(|_| aim.with.is_none()) {
            return Ok(Rc::clone(lines));
        }
        let lines = Rc::new(match run {
            Some(run) if matches!(run.source, RunSource::Transcript { .. }) => {
                RecordLines::of(&self.played(run)?.session.trace())
            }
            Some(_) | None => RecordLines::of(&self.run(aim, at, Detail::Full, false)?.run.trace),
        });
        if aim.with.is_none() {
            self.lines.borrow_mut().insert(key, Rc::clone(&lines));
        }
        Ok(lines)
    }
}

/// Has a session answer the commands of a transcript.
pub(super) fn play(transcript: &mut Transcript, session: &mut Session) {
    for entry in &mut transcript.entries {
        if let crate::shell::TranscriptEntry::Step { command, answer, .. } = entry {
            *answer = session.answer(command).unwrap_or_else(|error| vec![error.to_string()]);
        }
    }
}

/// A transcript that cannot be read, with the line that its error names.
fn unreadable(name: &str, text: &str, error: &str) -> Trouble {
    let rest = error.strip_prefix(name).unwrap_or(error).trim_start_matches(':');
    let (line, message) = rest.split_once(": ").unwrap_or(("1", rest));
    let line: usize = line.parse().unwrap_or(1);
    let start = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    let end = text[start..].find('\n').map_or(text.len(), |length| start + length);
    let mut diagnostics = crate::document::diagnostic::Diagnostics::new(name, text);
    diagnostics.error(&(start..end), message);
    diagnostics.into()
}

/// A value with another merged into it: objects member by member, lists one after the other.
fn merged(base: Node, with: &Node) -> Node {
    match (base.json, &with.json) {
        (Json::Object(mut members), Json::Object(more)) => {
            for Member { name, value, .. } in more {
                match members.iter().position(|member| member.name == *name) {
                    Some(place) => {
                        let own = std::mem::replace(&mut members[place].value.json, Json::Null);
                        let own = Node { span: members[place].value.span.clone(), json: own };
                        members[place].value = merged(own, value);
                    }
                    None => members.extend(with.member(name).cloned()),
                }
            }
            Node { span: base.span, json: Json::Object(members) }
        }
        (Json::List(mut items), Json::List(more)) => {
            items.extend(more.iter().cloned());
            Node { span: base.span, json: Json::List(items) }
        }
        (_, _) => with.clone(),
    }
}
