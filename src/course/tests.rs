//! Courses that are wrong in one way each, and one that is right.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use tempfile::TempDir;

use super::{
    AuditCounts, Course, CourseFiles, LessonBench, STEPS_MAX, audit_course, audit_lesson, compare,
};
use super::{Measured, QuestionKind, Tolerated, course_schema, lesson_schema};
use crate::front::report::run_json;
use crate::scenario::services::Programs;

/// A course with a lesson of each kind: of a scenario, of a transcript, of a history.
const COURSE: [(&str, &str); 10] = [
    (
        "course.json",
        r#"{ "course": 1, "title": "Three", "units": [
             { "unit": "A", "title": "All", "lessons": ["01-first", "02-order", "03-promise"] } ],
             "paths": { "short": ["01-first"] } }"#,
    ),
    ("01-first/lesson.md", include_str!("../front/cli/learn/template/lesson.md")),
    ("01-first/lesson.json", include_str!("../front/cli/learn/template/lesson.json")),
    ("01-first/start.json", include_str!("../front/cli/learn/template/start.json")),
    ("01-first/solution.json", include_str!("../front/cli/learn/template/solution.json")),
    (
        "02-order/lesson.md",
        "# Order\n\n## Question\n\nWho?\n\n## Do\n\nPlay it.\n\n## Why it is so\n\nIt is.\n",
    ),
    (
        "02-order/lesson.json",
        r#"{ "lesson": 1, "title": "Order", "after": ["01-first"],
             "predict": [{ "id": "what", "ask": "What does q get?", "choices": [
                 { "text": "nothing", "holds": { "answer": "mailbox q", "nth": 1, "is": "" } },
                 { "text": "hello", "holds": { "answer": "mailbox q", "nth": 1, "contains": "hello" } } ] }],
             "find": [{ "id": "order", "ask": "Which is first?", "answer": { "order": [
                 { "text": "sent message=hello" }, { "text": "delivered message=hello" } ] } }],
             "task": { "edit": "lesson.transcript", "say": "Have q get two messages." },
             "checks": [{ "goal": ["> mailbox q", "hello", "hello"] }],
             "hints": ["A message is sent as often as it is sent."] }"#,
    ),
    (
        "02-order/lesson.transcript",
        "> nodes a\n> spawn p on a\n> spawn q on a\n> p send q hello\n> mailbox q\nhello\n",
    ),
    (
        "02-order/solution.transcript",
        "> nodes a\n> spawn p on a\n> spawn q on a\n> p send q hello\n> p send q hello\n",
    ),
    (
        "03-promise/lesson.md",
        "# Promise\n\n## Question\n\nIs it?\n\n## Do\n\nRead it.\n\n## Why it is so\n\nIt is.\n",
    ),
];

const HISTORY: [(&str, &str); 2] = [
    (
        "03-promise/lesson.json",
        r#"{ "lesson": 1, "title": "Promise", "runs": [{ "name": "h", "history": "h.edn", "model": "register" }],
             "find": [{ "id": "is", "ask": "Linearizable?", "answer": { "history": "linearizable" } },
                      { "id": "line", "ask": "Where not?", "answer": { "history": "first_contradiction" } }] }"#,
    ),
    (
        "03-promise/h.edn",
        "{:process 0, :type :invoke, :f :write, :value 3}\n{:process 0, :type :ok, :f :write, :value 3}\n\
         {:process 1, :type :invoke, :f :read, :value nil}\n{:process 1, :type :ok, :f :read, :value 4}\n",
    ),
];

/// Writes the course with one text replaced by another; a file whose new text is empty is left out.
fn write(folder: &Path, file: &str, old: &str, new: &str) {
    for (path, text) in COURSE.iter().chain(&HISTORY) {
        let text = if *path == file {
            assert!(text.contains(old), "{file} has no {old}");
            text.replacen(old, new, 1)
        } else {
            (*text).to_owned()
        };
        if *path == file && old.is_empty() {
            continue;
        }
        let path = folder.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
}

/// Everything that is wrong with the course, as text, and what was looked at.
fn audit(folder: &Path) -> (String, AuditCounts) {
    let programs = Programs::builtin();
    let course = match Course::read(CourseFiles::Folder(folder.to_owned())) {
        Ok(course) => course,
        Err(mistakes) => return (mistakes.to_string(), AuditCounts::default()),
    };
    let (mut text, mut counts) = (String::new(), AuditCounts::default());
    for mistakes in audit_course(&course) {
        writeln!(text, "{mistakes}").unwrap();
    }
    for name in course.lessons() {
        let audit = audit_lesson(&programs, &course.files, &course, (name, STEPS_MAX), run_json);
        counts.add(audit.counts);
        for mistakes in audit.mistakes {
            writeln!(text, "{mistakes}").unwrap();
        }
        assert!(audit.skipped.is_empty(), "{:?}", audit.skipped);
    }
    (text, counts)
}

#[test]
fn a_lesson_that_simulates_too_much_is_a_mistake_on_every_machine() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "none", "", "");
    let course = Course::read(CourseFiles::Folder(folder.path().to_owned())).unwrap();
    let programs = Programs::builtin();
    let audit = |steps_max| {
        audit_lesson(&programs, &course.files, &course, ("01-first", steps_max), run_json)
    };
    let steps = audit(STEPS_MAX).simulated;
    assert!(steps > 0 && audit(steps).mistakes.is_empty());
    let told = audit(steps - 1).mistakes.iter().map(ToString::to_string).collect::<String>();
    let expected = format!("the lesson simulates {steps} steps; at most {}", steps - 1);
    assert!(told.contains(&expected) && told.contains("fewer seeds"), "{told}");
}

fn changed(file: &str, old: &str, new: &str) -> (TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), file, old, new);
    let (text, _) = audit(folder.path());
    (folder, text)
}

#[test]
fn a_course_that_is_right_has_nothing_wrong_with_it() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "none", "", "");
    let (text, counts) = audit(folder.path());
    assert_eq!(text, "");
    let AuditCounts { lessons, values, choices, checks, steps } = counts;
    assert_eq!((lessons, values, choices, checks, steps), (3, 4, 4, 3, 5));
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table of mistakes")]
fn each_mistake_in_a_course_is_told_with_its_place() {
    let lesson = "01-first/lesson.json";
    for (file, old, new, told) in [
        // The course.
        ("course.json", r#""02-order""#, r#""02-oder""#, "there is no lesson `02-oder`"),
        ("course.json", r#", "03-promise""#, "", "no unit names the lesson `03-promise`"),
        (
            "course.json",
            r#""short": ["01-first"]"#,
            r#""short": ["01-frist"]"#,
            "did you mean `01-first`?",
        ),
        ("course.json", r#""title": "Three""#, r#""titel": "Three""#, "did you mean `title`?"),
        // The fields of a lesson.
        (lesson, r#""minutes": 10"#, r#""minuets": 10"#, "did you mean `minutes`?"),
        (lesson, r#""tolerance": "25%""#, r#""tolerance": "a lot""#, "no tolerance"),
        (lesson, r#"{ "at": "9s-20s" }"#, r#"{ "at": "late" }"#, "no part of a page"),
        (
            lesson,
            r#"{ "at": "9s-20s" }"#,
            r#"{ "run": "strat", "at": "9s-20s" }"#,
            "did you mean `start`?",
        ),
        // Values and conditions.
        (
            lesson,
            "detection[0].first.after_ns\" },",
            "detection[0].frist.after_ns\" },",
            "did you mean `first`?",
        ),
        (
            lesson,
            "figures.faults[0].detection[0].first.after_ns\" },",
            "figures.faults[7].text\" },",
            "has no value",
        ),
        (
            lesson,
            "figures.faults[0].detection[0].first.after_ns\" },",
            "figures.faults\" },",
            "is a list",
        ),
        (lesson, r#""unit": "s""#, r#""unit": "nodes""#, "the unit is `nodes`"),
        (
            lesson,
            r#"{ "never": { "nodedown": "b@two", "seen_by": "a@one" } }"#,
            r#"{ "sometimes": { "nodedown": "b@two" } }"#,
            "two choices of `noticed` hold",
        ),
        (
            lesson,
            r#"{ "eventually": { "nodedown": "b@two", "seen_by": "a@one" } }"#,
            r#"{ "never": { "nodedown": "b@two" } }"#,
            "no choice of `noticed` holds",
        ),
        (
            lesson,
            r#"{ "never": { "nodedown": "b@two""#,
            r#"{ "never": { "nodedown": "c@two""#,
            "unknown node `c@two`",
        ),
        (lesson, r#""at_most": "6s""#, r#""at_mots": "6s""#, "did you mean `at_most`?"),
        // The task.
        (lesson, r#""at_most": "6s""#, r#""at_most": "60s""#, "passes as it is handed out"),
        (
            "01-first/solution.json",
            r#""4s""#,
            r#""8s""#,
            "the solution does not pass: the power cut is noticed within 6 s",
        ),
        (
            "01-first/solution.json",
            r#""duration": "30s""#,
            r#""duration": "31s""#,
            "only /network/net_ticktime changes",
        ),
        ("01-first/solution.json", "", "", "there is no `solution.json`"),
        (
            lesson,
            "After which time of silence",
            "Is 4s not better? After which time of silence",
            "the hint tells the solution: `4s`",
        ),
        (lesson, r#"{ "at": "9s-20s" }"#, r#"{ "at": "11s-12s" }"#, "nothing happens in `start`"),
        // The text.
        (
            "01-first/lesson.md",
            "## Why it is so",
            "## Why is it so",
            "unknown heading `Why is it so`",
        ),
        ("01-first/lesson.md", "## Question", "## Do", "the heading `## Question` is missing"),
        ("01-first/lesson.md", "", "", "the file is not there"),
        // The start.
        ("01-first/start.json", r#""two""#, r#""tow""#, "unknown host `two`"),
        // Transcripts and histories.
        (
            "02-order/lesson.transcript",
            "mailbox q\nhello",
            "mailbox q\nbye",
            "does not answer as it is written",
        ),
        ("02-order/lesson.transcript", "> mailbox q", "> mailbx q", "did you mean `mailbox`?"),
        ("02-order/lesson.json", "sent message=hello", "sent message=hullo", "0 records have"),
        (
            "02-order/lesson.json",
            r#""after": ["01-first"]"#,
            r#""after": ["02-order"]"#,
            "comes after itself",
        ),
        (
            "02-order/lesson.json",
            r#""after": ["01-first"]"#,
            r#""after": ["01-frist"]"#,
            "did you mean `01-first`?",
        ),
        (
            "03-promise/lesson.json",
            r#""model": "register""#,
            r#""model": "rigister""#,
            "unknown model `rigister`",
        ),
        ("03-promise/h.edn", ":value 4", ":value 3", "nothing in the history contradicts"),
        ("03-promise/lesson.json", "h.edn", "g.edn", "there is no file `g.edn`"),
    ] {
        let (_folder, text) = changed(file, old, new);
        assert!(text.contains(told), "{file}: {old} -> {new}: not told: {told}\n{text}");
    }
}

#[test]
fn several_mistakes_are_told_at_once_with_line_and_column() {
    let folder = tempfile::tempdir().unwrap();
    write(
        folder.path(),
        "01-first/lesson.json",
        r#""minutes": 10"#,
        r#""minuets": 10, "hint": []"#,
    );
    let (text, _) = audit(folder.path());
    assert!(text.contains("`minuets`") && text.contains("`hint`"), "{text}");
    assert!(text.contains("lesson.json:5:3"), "{text}");
}

#[test]
fn answers_are_those_of_the_run() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "none", "", "");
    let course = Course::read(CourseFiles::Folder(folder.path().to_owned())).unwrap();
    let programs = Programs::builtin();
    let find = |name: &str, id: &str| {
        let lesson = course.lesson(name).unwrap();
        let bench = LessonBench::new(&programs, &course.files, &lesson, run_json);
        let questions = lesson.predict.iter().chain(&lesson.find);
        let question = questions.into_iter().find(|question| question.id == id).unwrap();
        let QuestionKind::Value { value, .. } = &question.kind else { panic!("{id}") };
        bench.answer(value).unwrap()
    };
    let when = find("01-first", "when");
    let Measured::Time(nanos) = when else { panic!("{when:?}") };
    assert!((6e9..=10e9).contains(&nanos), "{nanos}");
    assert!(compare("8", &when, "s", Tolerated::Share(0.25)).unwrap().is_right);
    assert_eq!(find("02-order", "order"), Measured::Word("before".to_owned()));
    assert_eq!(find("03-promise", "is"), Measured::Truth(false));
    assert_eq!(find("03-promise", "line"), Measured::Count(4.0));
}

#[test]
fn a_lesson_is_found_by_its_name_its_number_and_a_part() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "none", "", "");
    let course = Course::read(CourseFiles::Folder(folder.path().to_owned())).unwrap();
    for name in ["02-order", "02", "2", "order", "02-o"] {
        assert_eq!(course.find(name).unwrap(), "02-order", "{name}");
    }
    for (name, told) in [
        ("oder", "there is no lesson `oder`; did you mean `02-order`?"),
        ("9", "there is no lesson `9`; the lessons are `01-first`, `02-order`, `03-promise`"),
        ("", "there is no lesson ``; the lessons are `01-first`, `02-order`, `03-promise`"),
    ] {
        assert_eq!(course.find(name).unwrap_err().to_string(), told);
    }
}

#[test]
fn the_schemas_name_the_fields() {
    let lesson = lesson_schema().to_string();
    for field in ["predict", "may_change", "failed_at_most", "break_it"] {
        assert!(lesson.contains(field), "{field}");
    }
    assert!(course_schema().to_string().contains("\"units\""));
}

/// The course that nodedown carries, checked as its students would do it.
#[test]
fn the_shipped_course_is_right() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/lessons");
    let course =
        Course::read(CourseFiles::Folder(folder)).unwrap_or_else(|mistakes| panic!("{mistakes}"));
    assert!(audit_course(&course).is_empty(), "{:?}", audit_course(&course));
    let names: Vec<String> = course.lessons().map(str::to_owned).collect();
    let (mut counts, mut wrong) = (AuditCounts::default(), Vec::new());
    let audited = |programs: &mut Programs, name: String| {
        let audit = audit_lesson(programs, &course.files, &course, (&name, STEPS_MAX), run_json);
        (audit.counts, audit.mistakes.iter().map(ToString::to_string).collect::<Vec<_>>())
    };
    let jobs = crate::explore::pool::available_jobs();
    crate::explore::pool::in_order(jobs, names, Programs::builtin, audited, |(count, mistakes)| {
        counts.add(count);
        wrong.extend(mistakes);
        std::ops::ControlFlow::Continue(())
    });
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(counts.lessons, course.lessons().count());
    assert!(counts.lessons >= 48 && counts.values + counts.choices > 300, "{counts:?}");
}
