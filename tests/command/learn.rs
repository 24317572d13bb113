//! `nodedown learn`, as a student and as a teacher type it, without a terminal.

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use nodedown::formats::progress::ProgressJson;

use crate::formats::assert_fits;

struct Class {
    folder: tempfile::TempDir,
}

impl Class {
    /// A folder with the course of `learn new`, and a student's copy of it.
    fn new() -> Class {
        let class = Class { folder: tempfile::tempdir().unwrap() };
        class.says(&["new", "mine"], 0, &["mine/01-first/lesson.json"]);
        let told =
            ["My course: 1 lessons, in ./nodedown-course", "Next: nodedown learn start 01-first"];
        class.says(&["--course", "mine"], 0, &told);
        class
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::cargo_bin("nodedown").unwrap();
        command.env("NO_COLOR", "1").current_dir(self.folder.path()).arg("learn").args(words);
        command
    }

    /// Runs it; all that it prints, which has these texts in it.
    #[track_caller]
    fn says(&self, words: &[&str], code: i32, told: &[&str]) -> String {
        let output = self.command(words).assert().code(code).get_output().clone();
        let printed = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        for each in told {
            assert!(printed.contains(each), "{words:?}: not told: {each}\n{printed}");
        }
        printed
    }

    fn change(&self, old: &str, new: &str) {
        let file = self.path("nodedown-course/01-first/start.json");
        let text = fs::read_to_string(&file).unwrap();
        assert!(text.contains(old), "{text}");
        fs::write(file, text.replace(old, new)).unwrap();
    }

    fn progress(&self) -> ProgressJson {
        let text = fs::read_to_string(self.path("nodedown-course/learn-progress.json")).unwrap();
        serde_json::from_str(&text).unwrap()
    }
}

#[test]
fn a_student_who_is_wrong_at_first_gets_an_answer_and_gets_there() {
    let class = Class::new();
    class.says(&[], 0, &["0 of 1 lessons done", "Next: nodedown learn start 01-first"]);
    let told =
        ["Gone without a word", "When does another node notice?", "Next: nodedown learn predict"];
    class.says(&["start"], 0, &told);
    // Nothing runs before the predictions.
    class.says(&["run"], 64, &["nothing runs before the prediction is written down: when"]);
    class.says(&["look"], 64, &["write the prediction down first"]);
    class.says(
        &["predict", "when", "50ms"],
        0,
        &["when: 50ms", "noticed: not yet: nodedown learn predict noticed ANSWER"],
    );
    class.says(&["predict", "noticed", "no"], 0, &["noticed: no", "Next: nodedown learn run"]);
    let told = [
        "b@two",
        "wrong  when: you said 50ms; it was ",
        "too little)",
        "Silence is certain only after the tick time",
        "wrong  noticed: you said no; it was so: yes",
        "It does, by its silence.",
        "Only this may be changed: /network/net_ticktime",
        "Next: change the file, then nodedown learn check",
    ];
    class.says(&["run"], 0, &told);
    let told = [
        "no  the power cut is noticed within 6 s",
        "wanted: is at most 6 s",
        "with seed 1; look: nodedown view nodedown-course/01-first/start.json --seed 1",
        "A hint: nodedown learn hint",
    ];
    class.says(&["check"], 1, &told);
    class.says(&["hint"], 0, &["1 of 1: After which time"]);
    class.change("\"30s\"", "\"40s\"");
    class.says(
        &["check"],
        1,
        &["no  only /network/net_ticktime changes", "/duration is \"40s\" now"],
    );
    class.says(
        &["reset"],
        0,
        &["What you had is in nodedown-course/01-first/start.before-reset.json"],
    );
    class.change("\"8s\"", "\"4s\"");
    class.says(
        &["check"],
        0,
        &["ok  the power cut is noticed within 6 s", "It passes. Next: nodedown learn next"],
    );
    class.says(&["watch"], 0, &["It passes."]);
    class.says(&["list"], 0, &["A  Beginnings", "done  01-first"]);
    class.says(&["next"], 0, &["01-first is the last lesson"]);
    class.says(&["solution"], 0, &["the whole is nodedown-course/01-first/solution.json"]);
    let kept = &class.progress().lessons["01-first"];
    assert_eq!((kept.runs, kept.hints, kept.passed, kept.solution), (1, 1, true, true));
    assert!(kept.predictions.iter().all(|answer| !answer.late));
}

#[test]
fn predictions_are_typed_and_late_ones_are_marked() {
    let class = Class::new();
    class.says(&["start", "1"], 0, &[]);
    let output =
        class.command(&["predict"]).write_stdin("8\n1\n").assert().code(0).get_output().clone();
    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(printed.contains("in s> ") && printed.contains("1 to 2> "), "{printed}");
    assert!(printed.contains("when: 8 s") && printed.contains("noticed: yes"), "{printed}");
    class.says(&["run"], 0, &["right  noticed: yes"]);
    class.says(&["predict", "when", "7.5"], 0, &["this is marked as late"]);
    let kept = class.progress().lessons["01-first"].predictions.clone();
    assert_eq!(kept.iter().map(|answer| answer.late).collect::<Vec<_>>(), [false, false, true]);
    let page = class.says(&["look"], 0, &["file://", "#t=4.6-20", "until you press r"]);
    assert!(class.path("nodedown-course/01-first/start.html").is_file(), "{page}");
}

#[test]
fn bad_input_of_each_kind_gets_an_answer() {
    let class = Class::new();
    for (words, code, told) in [
        (["start", "02"].as_slice(), 64, "there is no lesson `02`; the lessons are `01-first`"),
        (&["start", "frist"], 64, "did you mean `01-first`?"),
        (&["check"], 64, "no lesson was begun"),
        (
            &["list", "--path", "al"],
            64,
            "there is no path `al` through the course; did you mean `all`?",
        ),
        (&["frobnicate"], 64, "unrecognized subcommand"),
        (&["new", "mine"], 64, "mine exists already"),
        (&["check-course", "nowhere"], 64, "nowhere: there is no such folder"),
        (&["check-course", "nodedown-course"], 64, "there is no course.json in it"),
        (&["grade", "mine/course.json"], 64, "was not written by `nodedown learn export`"),
        (&["grade", "none.json"], 66, "cannot read none.json"),
    ] {
        class.says(words, code, &[told]);
    }
    class.says(&["start"], 0, &[]);
    for (words, told) in [
        (
            ["predict", "when", "soon"].as_slice(),
            "`soon` is no number: write one as in `7.5`, in s",
        ),
        (
            &["predict", "noticed", "perhaps"],
            "`perhaps` is no choice of `noticed`: write a number from 1 to 2",
        ),
        (&["predict", "noticed", "3"], "1  yes"),
        (&["predict", "wen", "3"], "there is no question `wen` here; did you mean `when`?"),
        (&["predict", "when"], "`when` has no answer"),
        (&["predict"], "there is no answer to `when`"),
        (&["answer", "3"], "01-first asks nothing about its page"),
        (&["run", "--run", "strat"], "nothing runs before"),
    ] {
        class.says(words, 64, &[told]);
    }
    class.says(&["predict", "when", "8"], 0, &[]);
    class.says(&["predict", "noticed", "1"], 0, &[]);
    class.change("{", "{ \"duraton\": 3,");
    class.says(&["check"], 64, &["did you mean `duration`?", "start.json:1:3"]);
    let elsewhere = tempfile::tempdir().unwrap();
    let mut command = Command::cargo_bin("nodedown").unwrap();
    command.current_dir(elsewhere.path()).args(["learn", "start"]).assert().code(64);
}

#[test]
fn nothing_tells_what_was_right_before_the_lesson_runs() {
    let class = Class::new();
    class.says(&["start"], 0, &[]);
    class.says(&["check"], 64, &["the check would tell: write the prediction down first: when"]);
    // Of the lessons that nodedown carries, one has no task.
    let other = tempfile::tempdir().unwrap();
    let says = |words: &[&str], code: i32, told: &str| {
        let mut command = Command::cargo_bin("nodedown").unwrap();
        let output = command.env("NO_COLOR", "1").current_dir(other.path()).arg("learn");
        let output = output.args(words).assert().code(code).get_output().clone();
        let printed = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        assert!(printed.contains(told), "{words:?}: not told: {told}\n{printed}");
    };
    says(&[], 0, "Next: nodedown learn start");
    says(&["start", "24", "--language", "fr"], 0, "There is no translation to `fr`");
    says(&["check"], 64, "the check would tell: write the prediction down first: second");
    for (id, said) in [("second", "12s"), ("served", "1"), ("order", "1"), ("heal", "1")] {
        says(&["predict", id, said], 0, "");
    }
    says(&["check"], 64, "the check tells what was right: run it first");
    says(&["answer"], 64, "nodedown learn answer both ANSWER");
    let mine = class.path("mine").display().to_string();
    let told = "nodedown-course is a copy of another course, Distribution, by failing";
    says(&["--course", &mine], 64, told);
}

#[test]
fn what_was_typed_is_kept_and_what_was_saved_is_not_overwritten() {
    let class = Class::new();
    class.says(&["start"], 0, &[]);
    class.command(&["predict"]).write_stdin("8\n").assert().code(64);
    let kept = class.progress().lessons["01-first"].predictions.clone();
    assert_eq!(kept.iter().map(|answer| answer.id.as_str()).collect::<Vec<_>>(), ["when"]);
    class.change("\"8s\"", "\"4s\"");
    class.says(&["reset"], 0, &["What you had is in"]);
    let again = class.says(&["reset"], 0, &["as it was handed out"]);
    assert!(!again.contains("What you had"), "{again}");
    let before = class.path("nodedown-course/01-first/start.before-reset.json");
    assert!(fs::read_to_string(before).unwrap().contains("\"4s\""));
}

#[test]
fn what_is_handed_in_is_run_again_and_cannot_be_made_up() {
    let class = Class::new();
    class.says(&["start"], 0, &[]);
    class.says(&["predict", "when", "8"], 0, &[]);
    class.says(&["predict", "noticed", "yes"], 0, &[]);
    class.says(&["run"], 0, &[]);
    class.says(&["export", "--out", "alan.json"], 0, &["1 lessons are in alan.json"]);
    class.change("\"8s\"", "\"4s\"");
    class.says(&["check"], 0, &[]);
    class.says(&["export", "--out", "ada.json"], 0, &[]);
    let ada = fs::read_to_string(class.path("ada.json")).unwrap();
    assert!(assert_fits("progress", &serde_json::from_str(&ada).unwrap()) > 10);
    // Somebody says that it passed, and hands in another file.
    let made_up = ada.replace("\\\"4s\\\"", "\\\"5s\\\"");
    assert_ne!(ada, made_up);
    fs::write(class.path("eve.json"), made_up).unwrap();
    let grade = |files: &[&str], code: i32, told: &[&str]| {
        let words = [&["--course", "mine", "grade"], files].concat();
        class.says(&words, code, told)
    };
    grade(
        &["ada.json"],
        0,
        &["ada  01-first  done: predicted 2 of 2, task passed", "1 of 1 lessons are done"],
    );
    let told = [
        "alan  01-first  open: predicted 2 of 2, task not passed",
        "eve  01-first  open",
        "the run is not the one that was handed in",
        "1 of 3 lessons are done",
    ];
    grade(&["ada.json", "alan.json", "eve.json", "--csv", "g.csv", "--junit", "g.xml"], 1, &told);
    let csv = fs::read_to_string(class.path("g.csv")).unwrap();
    assert_eq!(csv.lines().count(), 4, "{csv}");
    assert!(csv.contains("ada,01-first,true,2,2,0,0,0,true,true,0,false,"), "{csv}");
    let junit = fs::read_to_string(class.path("g.xml")).unwrap();
    assert!(junit.contains("tests=\"3\" skipped=\"0\" failures=\"2\""), "{junit}");
    // It is of another course than the one that nodedown carries.
    class.says(&["grade", "ada.json"], 64, &[]);
}

#[test]
fn a_new_course_is_right_and_its_pages_need_no_server() {
    let class = Class::new();
    class.says(
        &["check-course", "mine"],
        0,
        &["ok  01-first", "lessons: 1, values: 1, choices: 2, checks: 2"],
    );
    class.says(
        &["--course", "mine", "pages", "site"],
        0,
        &["1 lessons and 1 runs: site/index.html"],
    );
    let read = |name: &str| fs::read_to_string(class.path("site").join(name)).unwrap();
    let index = read("index.html");
    assert!(index.contains("<a href=\"01-first.html\">Gone without a word</a>"), "{index}");
    let lesson = read("01-first.html");
    for each in [
        "default-src 'none'",
        "<h2>Why it is so</h2>",
        "href=\"01-first-run-start.html#t=4.6-20\"",
        "<li>yes</li>",
    ] {
        assert!(lesson.contains(each), "{each}\n{lesson}");
    }
    assert!(read("01-first-run-start.html").starts_with("<!doctype html>"));
    // A course is not taken for scenarios.
    let mut test = Command::cargo_bin("nodedown").unwrap();
    test.current_dir(class.folder.path()).args(["test", ".", "--list"]);
    let listed = test.assert().get_output().stdout.clone();
    assert!(!String::from_utf8(listed).unwrap().contains("mine/"));
    // A wrong lesson is told with its place.
    let file = class.path("mine/01-first/lesson.json");
    let misspelt = fs::read_to_string(&file).unwrap().replace("\"minutes\"", "\"minuets\"");
    fs::write(&file, misspelt).unwrap();
    class.says(
        &["check-course", "mine"],
        1,
        &["no  01-first", "did you mean `minutes`?", "1 thing is wrong"],
    );
    assert!(Path::new(&file).is_file());
}
