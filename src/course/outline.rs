//! A course: its units, its paths, and where its lessons are.

use std::collections::BTreeMap;

use crate::document::diagnostic::{Diagnostics, suggestion};
use crate::document::{Checker, Document, Names, Node};
use crate::spelling::nearest;

use super::files::CourseFiles;
use super::lesson::Lesson;
use super::reading::{items, read_lesson, texts};
use super::shape;

/// A course, as its `course.json` says.
#[derive(Clone, Debug)]
pub struct Course {
    /// Its title.
    pub title: String,
    /// The language of its texts.
    pub language: String,
    /// Its units, in order.
    pub units: Vec<Unit>,
    /// The ways through it, each with its lessons in order.
    pub paths: Vec<(String, Vec<String>)>,
    /// Its files.
    pub files: CourseFiles,
}

/// A part of a course.
#[derive(Clone, Debug)]
pub struct Unit {
    /// Its letter.
    pub letter: String,
    /// Its title.
    pub title: String,
    /// Its lessons, in order.
    pub lessons: Vec<String>,
}

/// The name of the file that makes a folder a course.
pub const COURSE_FILE: &str = "course.json";

/// The reason why there is no such lesson.
#[derive(Debug, thiserror::Error)]
pub enum NoLesson {
    /// The course has none of this name.
    #[error("there is no lesson `{0}`; {1}")]
    Unknown(String, String),
    /// The lesson has mistakes.
    #[error("{0}")]
    Mistakes(Diagnostics),
}

impl Course {
    /// Reads a course.
    ///
    /// # Errors
    /// All that is wrong in its `course.json`.
    pub fn read(files: CourseFiles) -> Result<Course, Diagnostics> {
        let file_name = files.shown(COURSE_FILE);
        let Some(text) = files.read(COURSE_FILE) else {
            let mut missing = Diagnostics::new(&file_name, "");
            let error = missing.error(&(0..0), "the file is not there");
            error.help(
                "a folder with a course has a `course.json`; `nodedown learn new DIR` makes one",
            );
            return Err(missing);
        };
        let Document { root, mut diagnostics, .. } = Document::parse(&text, &file_name);
        let course = root.and_then(|root| {
            let names = Names::default();
            let node = Checker::new(&names, &mut diagnostics).check(&root, &shape::course())?;
            check_names(&node, &files, &mut diagnostics);
            course(&node, files)
        });
        diagnostics.sort();
        match course {
            Some(course) if !diagnostics.has_errors() => Ok(course),
            Some(_) | None => Err(diagnostics),
        }
    }

    /// All lessons, in the order of the units.
    pub fn lessons(&self) -> impl Iterator<Item = &str> {
        self.units.iter().flat_map(|unit| unit.lessons.iter().map(String::as_str))
    }

    /// The whole name of a lesson that is named by its beginning, by its number or by a part.
    ///
    /// # Errors
    /// [`NoLesson::Unknown`] with the nearest name.
    pub fn find(&self, name: &str) -> Result<&str, NoLesson> {
        let all: Vec<&str> = self.lessons().collect();
        let number = |text: &str| text.split('-').next().and_then(|text| text.parse::<u32>().ok());
        let by = |fits: &dyn Fn(&str) -> bool| {
            let mut found = all.iter().copied().filter(|lesson| fits(lesson));
            let first = found.next();
            first.filter(|_| found.next().is_none())
        };
        let found = by(&|lesson| lesson == name)
            .or_else(|| by(&|lesson| number(name).is_some() && number(lesson) == number(name)))
            .or_else(|| by(&|lesson| lesson.starts_with(name)))
            .or_else(|| by(&|lesson| lesson.contains(name)));
        found.filter(|_| !name.is_empty()).ok_or_else(|| {
            let words = all.iter().filter_map(|lesson| lesson.split_once('-'));
            let by_word = nearest(name, words.clone().map(|(_, word)| word));
            let whole = by_word.and_then(|word| words.clone().find(|(_, other)| *other == word));
            let near = whole.map(|(number, word)| format!("{number}-{word}"));
            let help = match near {
                Some(near) => format!("did you mean `{near}`?"),
                None => suggestion(name, &all, "lessons"),
            };
            NoLesson::Unknown(name.to_owned(), help)
        })
    }

    /// Reads a lesson, by its whole name.
    ///
    /// # Errors
    /// [`NoLesson::Mistakes`] with all that is wrong in its `lesson.json`.
    pub fn lesson(&self, name: &str) -> Result<Lesson, NoLesson> {
        read_lesson(&self.files, name).map_err(NoLesson::Mistakes)
    }

    /// The text of a lesson, in another language where there is a translation.
    #[must_use]
    pub fn text(&self, name: &str, language: Option<&str>) -> String {
        let translated =
            language.and_then(|language| self.files.read(&format!("{name}/{language}/lesson.md")));
        let text = translated.or_else(|| self.files.read(&format!("{name}/lesson.md")));
        text.unwrap_or_default()
    }

    /// True if the text of a lesson is there in this language.
    #[must_use]
    pub fn is_in(&self, name: &str, language: &str) -> bool {
        self.language == language
            || self.files.read(&format!("{name}/{language}/lesson.md")).is_some()
    }

    /// The lesson after this one, in the order of the units.
    #[must_use]
    pub fn next(&self, name: &str) -> Option<&str> {
        self.lessons().skip_while(|lesson| *lesson != name).nth(1)
    }
}

fn course(node: &Node, files: CourseFiles) -> Option<Course> {
    let text = |node: &Node, field: &str| Some(node.get(field)?.text()?.to_owned());
    let units = items(node, "units").iter().filter_map(|unit| {
        let (letter, title) = (text(unit, "unit")?, text(unit, "title")?);
        Some(Unit { letter, title, lessons: texts(unit, "lessons") })
    });
    let paths = node.get("paths").map(Node::members).unwrap_or_default();
    let paths = paths.iter().map(|path| {
        let lessons = path.value.items().iter().filter_map(|each| each.text().map(str::to_owned));
        (path.name.clone(), lessons.collect())
    });
    Some(Course {
        title: text(node, "title")?,
        language: text(node, "language")?,
        units: units.collect(),
        paths: paths.collect(),
        files,
    })
}

/// Reports lessons that are not there, that are there twice, and that no unit names.
fn check_names(node: &Node, files: &CourseFiles, diagnostics: &mut Diagnostics) {
    let folders = files.folders();
    let known: Vec<&str> = folders.iter().map(String::as_str).collect();
    let mut seen: BTreeMap<String, Node> = BTreeMap::new();
    for lesson in items(node, "units").iter().flat_map(|unit| items(unit, "lessons")) {
        let Some(name) = lesson.text() else { continue };
        if !known.contains(&name) {
            let error = diagnostics.error(&lesson.span, format!("there is no lesson `{name}`"));
            error.help_with(|| suggestion(name, &known, "folders"));
        }
        if let Some(first) = seen.insert(name.to_owned(), lesson.clone()) {
            let error = diagnostics.error(&lesson.span, format!("`{name}` is there twice"));
            error.help("name it once").related(&first.span, "the first is here");
        }
    }
    for name in &folders {
        let is_lesson = files.read(&format!("{name}/lesson.json")).is_some();
        if is_lesson && !seen.contains_key(name) {
            let at = node.get("units").map_or(0..1, |units| units.span.start..units.span.start + 1);
            let error = diagnostics.error(&at, format!("no unit names the lesson `{name}`"));
            error.help("name it under `lessons` of a unit, or take the folder away");
        }
    }
    let named: Vec<&str> = seen.keys().map(String::as_str).collect();
    let paths = node.get("paths").map(Node::members).unwrap_or_default();
    for lesson in paths.iter().flat_map(|path| path.value.items()) {
        let Some(name) = lesson.text() else { continue };
        if !named.contains(&name) {
            let error = diagnostics.error(&lesson.span, format!("there is no lesson `{name}`"));
            error.help_with(|| suggestion(name, &named, "lessons"));
        }
    }
}
