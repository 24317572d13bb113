//! A student's copy of a course, and what was done in it.

use std::fs;
use std::path::{Path, PathBuf};

use super::{course_of, usage};
use crate::course::{COURSE_FILE, Course, Lesson, LessonBench, QuestionKind, RunSource, normal};
use crate::document::layout;
use crate::formats::progress::{AnsweredJson, LessonProgressJson, ProgressJson};
use crate::front::cli::Failure;
use crate::front::report;
use crate::scenario::services::Programs;

/// The folder that the course is copied to.
pub(super) const COPY: &str = "nodedown-course";

/// The file that holds what was done.
const PROGRESS: &str = "learn-progress.json";

/// The folder in the copy with files of the scenarios around the course.
const SHARED: &str = "shared";

/// A student's copy of a course.
pub(super) struct Desk {
    /// The folder of the copy.
    pub root: PathBuf,
    /// The course that it was copied from.
    pub course: Course,
    /// The work so far.
    pub progress: ProgressJson,
}

impl Desk {
    /// The copy here, or in a folder above.
    pub(super) fn open() -> Result<Desk, Failure> {
        Desk::find()?.ok_or_else(|| {
            usage("there is no course here or in a folder above\n  `nodedown learn` copies the course to ./nodedown-course")
        })
    }

    /// The copy here, in a folder above, or in the usual folder; `None` if there is none.
    pub(super) fn find() -> Result<Option<Desk>, Failure> {
        let here = std::env::current_dir().unwrap_or_default();
        let above = here.ancestors().map(Path::to_owned);
        let candidates = above.chain([here.join(COPY)]);
        let found = candidates.into_iter().find(|folder| folder.join(PROGRESS).is_file());
        let Some(root) = found else { return Ok(None) };
        let path = root.join(PROGRESS);
        let text = fs::read_to_string(&path)
            .map_err(|error| Failure::Read { path: path.clone(), error })?;
        let progress: ProgressJson = serde_json::from_str(&text).map_err(|error| {
            usage(format!(
                "{}: this is not what a student has done: {error}\n  take the file away and type `nodedown learn` to begin anew",
                path.display()
            ))
        })?;
        let course = course_of(progress.from.as_deref().map(Path::new))?;
        Ok(Some(Desk { root, course, progress }))
    }

    /// Copies a course to the usual folder.
    pub(super) fn copy(from: Option<&Path>) -> Result<Desk, Failure> {
        let course = course_of(from)?;
        let root = std::env::current_dir().unwrap_or_default().join(COPY);
        if root.exists() {
            return Err(usage(format!(
                "{COPY} is there already and is no copy of a course\n  take it away, or go to another folder"
            )));
        }
        let whole = from.map(|from| fs::canonicalize(from).unwrap_or_else(|_| from.to_owned()));
        let progress = ProgressJson {
            course: course.title.clone(),
            from: whole.map(|path| path.display().to_string()),
            ..ProgressJson::default()
        };
        let desk = Desk { root, course, progress };
        let names: Vec<String> = desk.course.lessons().map(str::to_owned).collect();
        for name in names {
            desk.hand_out(&name)?;
        }
        desk.save()?;
        Ok(desk)
    }

    /// Writes the files of a lesson as they are handed out.
    pub(super) fn hand_out(&self, name: &str) -> Result<(), Failure> {
        let files = &self.course.files;
        for path in files.files(name) {
            let last = path.rsplit('/').next().unwrap_or_default();
            if last == "lesson.json" || last.starts_with("solution.") {
                continue;
            }
            if let Some(text) = files.read(&path) {
                self.write(&path, &text)?;
            }
        }
        let Ok(lesson) = self.course.lesson(name) else { return Ok(()) };
        for run in &lesson.runs {
            let file = run.source.file();
            let Some(around) = around(name, file) else { continue };
            if let Some(text) = files.read(&format!("{name}/{file}")) {
                self.write(&format!("{SHARED}/{around}"), &text)?;
            }
        }
        Ok(())
    }

    fn write(&self, path: &str, text: &str) -> Result<(), Failure> {
        let path = self.root.join(path);
        let written = path.parent().map_or(Ok(()), fs::create_dir_all);
        let written = written.and_then(|()| fs::write(&path, text));
        written.map_err(|error| Failure::Create { path, error })
    }

    /// Keeps what was done.
    pub(super) fn save(&self) -> Result<(), Failure> {
        let value = serde_json::to_value(&self.progress).expect("what was done is JSON");
        self.write(PROGRESS, &layout(&value))
    }

    /// The lesson of this name, or the one that the student is at.
    pub(super) fn lesson(&self, name: Option<&str>) -> Result<Lesson, Failure> {
        let name = match name {
            Some(name) => self.course.find(name)?,
            None => self.progress.lesson.as_deref().ok_or_else(|| {
                usage("no lesson was begun\n  begin one: nodedown learn start 01")
            })?,
        };
        Ok(self.course.lesson(name)?)
    }

    /// The work so far in a lesson.
    pub(super) fn done(&self, lesson: &str) -> LessonProgressJson {
        self.progress.lessons.get(lesson).cloned().unwrap_or_default()
    }

    /// The work so far in a lesson, to add to it.
    pub(super) fn doing(&mut self, lesson: &str) -> &mut LessonProgressJson {
        self.progress.lesson = Some(lesson.to_owned());
        self.progress.lessons.entry(lesson.to_owned()).or_default()
    }

    /// The file that the student changes.
    pub(super) fn work(&self, lesson: &Lesson) -> Option<PathBuf> {
        let task = lesson.task.as_ref()?;
        Some(self.root.join(&lesson.name).join(&task.edit))
    }

    /// The runs of a lesson as it was handed out.
    pub(super) fn bench<'a>(
        &'a self,
        programs: &'a Programs,
        lesson: &'a Lesson,
    ) -> LessonBench<'a> {
        LessonBench::new(programs, &self.course.files, lesson, report::run_json)
    }

    /// The runs of a lesson with the file that the student has changed.
    pub(super) fn own_bench<'a>(
        &'a self,
        programs: &'a Programs,
        lesson: &'a Lesson,
    ) -> Result<LessonBench<'a>, Failure> {
        let bench = self.bench(programs, lesson);
        let Some(path) = self.work(lesson) else { return Ok(bench) };
        let text = fs::read_to_string(&path)
            .map_err(|error| Failure::Read { path: path.clone(), error })?;
        Ok(bench.edited(&shown(&path), text))
    }
}

/// A path from here, if it lies here.
pub(super) fn shown(path: &Path) -> String {
    let here = std::env::current_dir().unwrap_or_default();
    path.strip_prefix(&here).unwrap_or(path).display().to_string()
}

/// The path of a file outside of the course, from the folder around it.
fn around(lesson: &str, file: &str) -> Option<String> {
    let path = normal(&format!("lessons/{lesson}/{file}"))?;
    Some(path).filter(|path| !path.starts_with("lessons/"))
}

/// The last answer to a question that was given in time, or else the last.
pub(super) fn said<'a>(answers: &'a [AnsweredJson], id: &str) -> Option<&'a AnsweredJson> {
    let of = || answers.iter().filter(|answer| answer.id == id);
    of().rfind(|answer| !answer.late).or_else(|| of().next_back())
}

/// The next thing to type in a lesson.
pub(super) fn next_step(lesson: &Lesson, done: &LessonProgressJson) -> &'static str {
    let open = |answers: &[AnsweredJson], id: &str| said(answers, id).is_none();
    if lesson.predict.iter().any(|question| open(&done.predictions, &question.id)) {
        "nodedown learn predict"
    } else if done.runs == 0 && can_run(lesson) {
        "nodedown learn run"
    } else if lesson.find.iter().any(|question| open(&done.answers, &question.id)) {
        "nodedown learn look, then nodedown learn answer"
    } else if lesson.task.is_some() && !done.passed {
        "change the file, then nodedown learn check"
    } else {
        "nodedown learn next"
    }
}

/// True if nothing is left to do in a lesson.
pub(super) fn is_done(lesson: &Lesson, done: &LessonProgressJson) -> bool {
    next_step(lesson, done) == "nodedown learn next"
}

/// True if a lesson has something that runs, and not histories alone.
pub(super) fn can_run(lesson: &Lesson) -> bool {
    lesson.runs.iter().any(|run| !matches!(run.source, RunSource::History { .. }))
}

/// The choices of a question, numbered, a line each.
pub(super) fn choices_text(kind: &QuestionKind) -> String {
    match kind {
        QuestionKind::Choice(choices) => {
            let lines = choices.iter().zip(1..);
            let lines = lines.map(|(choice, number)| format!("  {number}  {}", choice.text));
            lines.collect::<Vec<_>>().join("\n") + "\n"
        }
        QuestionKind::Value { .. } => String::new(),
    }
}

/// True if a folder is the source of a course.
pub(super) fn is_course(folder: &Path) -> bool {
    folder.join(COURSE_FILE).is_file()
}
