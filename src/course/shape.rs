//! The shapes of `course.json` and `lesson.json`.

use serde_json::{Value, json};

use crate::document::shape::{Field, NameKind, Object, Shape, factored};

/// The shape of a course.
pub(super) fn course() -> Shape {
    let about = "A word for the way through the course, with its lessons in order.";
    Shape::object(
        "a course",
        vec![
            Field::required("course", Shape::Integer { min: 1, max: 1 }, "The version: 1."),
            Field::required("title", Shape::Text, "The title."),
            Field::default("language", Shape::Text, "en", "The language of its texts."),
            Field::required("units", Shape::some(unit()), "Its units, in order."),
            Field::default("paths", Shape::map(NameKind::Atom, texts()), json!({}), about),
        ],
    )
}

fn unit() -> Shape {
    Shape::object(
        "a unit",
        vec![
            Field::required("unit", Shape::Text, "Its letter."),
            Field::required("title", Shape::Text, "Its title."),
            Field::required("lessons", texts(), "The folders of its lessons, in order."),
        ],
    )
}

fn texts() -> Shape {
    Shape::list(Shape::Text)
}

fn none() -> Value {
    json!([])
}

/// The shape of a lesson.
pub(super) fn lesson() -> Shape {
    let version = Shape::Integer { min: 1, max: 1 };
    let minutes = Shape::Integer { min: 1, max: 1_000 };
    let link = Shape::OneOf(vec![Shape::Text, look()]);
    let find = "The questions that are answered with `learn answer` after looking at the page.";
    Shape::object(
        "a lesson",
        vec![
            Field::required("lesson", version, "The version: 1."),
            Field::required("title", Shape::Text, "The title."),
            Field::default("concepts", texts(), none(), "The concepts that it teaches."),
            Field::default("after", texts(), none(), "The lessons that come before it."),
            Field::optional("minutes", minutes, "The time that it takes, in minutes."),
            Field::default("runs", Shape::list(run()), none(), "What it runs."),
            Field::default("predict", Shape::list(question()), none(), "Questions before a run."),
            Field::default("find", Shape::list(question()), none(), find),
            Field::optional("task", task(), "What the student has to change."),
            Field::default("checks", Shape::list(check()), none(), "What a solution has to meet."),
            Field::default("hints", texts(), none(), "Hints, from the first to the last."),
            Field::optional("look", link, "The part of a page that is looked at."),
        ],
    )
}

fn run() -> Shape {
    let seed = Shape::Integer { min: 0, max: i128::from(u64::MAX) };
    Shape::Object(Object {
        what: "a run",
        fields: vec![
            Field::required("name", Shape::Text, "Its name."),
            Field::optional("scenario", Shape::Text, "The file of a scenario."),
            Field::optional("transcript", Shape::Text, "The file of a transcript."),
            Field::optional("history", Shape::Text, "The file of a history."),
            Field::optional("seed", seed, "The seed; that of the scenario if left out."),
            Field::optional("model", Shape::Text, "The model of the service of a history."),
        ],
        exactly_one_of: vec![vec!["scenario", "transcript", "history"]],
        requires: vec![("model", "history")],
        ..Object::default()
    })
}

fn question() -> Shape {
    let choices = Shape::List { item: Box::new(choice()), min: 2, max: Some(9) };
    let tolerance = Shape::OneOf(vec![Shape::Number { min: 0.0 }, Shape::Text]);
    let because = "A sentence that says why, for those who were wrong.";
    Shape::Object(Object {
        what: "a question",
        fields: vec![
            Field::required("id", Shape::Text, "Its name."),
            Field::required("ask", Shape::Text, "The question."),
            Field::optional("unit", Shape::Text, "The unit of the answer: `s`, `ms`, `us`, `%`."),
            Field::optional("answer", value(), "The value that is asked for."),
            Field::optional("choices", choices, "The answers of which exactly one holds."),
            Field::optional("tolerance", tolerance, "How far off an answer may be."),
            Field::optional("because", Shape::Text, because),
        ],
        exactly_one_of: vec![vec!["answer", "choices"]],
        requires: vec![("unit", "answer"), ("tolerance", "answer")],
        ..Object::default()
    })
}

fn choice() -> Shape {
    Shape::object(
        "a choice",
        vec![
            Field::required("text", Shape::Text, "The answer."),
            Field::required("holds", condition(), "The condition under which it is right."),
            Field::optional("because", Shape::Text, "A sentence for those who chose it."),
        ],
    )
}

fn task() -> Shape {
    Shape::object(
        "a task",
        vec![
            Field::required("edit", Shape::Text, "The file that is changed."),
            Field::default("may_change", texts(), none(), "JSON pointers to what may be changed."),
            Field::required("say", Shape::Text, "The task."),
        ],
    )
}

fn look() -> Shape {
    Shape::object(
        "a look",
        vec![
            Field::optional("run", Shape::Text, "The run; the first if left out."),
            Field::required("at", Shape::Text, "`19.9s-29s`, or the link of a view."),
        ],
    )
}

/// The shape of a value that is taken from a run.
pub(super) fn value() -> Shape {
    Shape::Object(Object {
        what: "a value",
        fields: value_fields(),
        requires: value_requires(),
        ..Object::default()
    })
}

fn value_fields() -> Vec<Field> {
    let question = Shape::Choice(vec!["strongest", "first_contradiction", "linearizable"]);
    let of = ["min", "max", "median", "p99", "distinct", "passed", "failed", "points"];
    let nth = Shape::Integer { min: 1, max: 100_000 };
    vec![
        Field::optional("run", Shape::Text, "The run; the first if left out."),
        Field::optional("figure", Shape::Text, "A path into what `nodedown run --json` prints."),
        Field::optional("sweep", Shape::Text, "Seeds: the value is one over their runs."),
        Field::optional("of", Shape::Choice(of.to_vec()), "Which value of many."),
        Field::optional("answer", Shape::Text, "A command of a transcript, for its answer."),
        Field::optional("nth", nth, "Which of several; the last if left out."),
        Field::optional("history", question, "A question about a history."),
        Field::optional("order", Shape::pair(record()), "Two records, for their order."),
        Field::optional("time", record(), "A record, for its time."),
        Field::optional("prove", proof(), "A search for faults that are not masked."),
    ]
}

fn value_requires() -> Vec<(&'static str, &'static str)> {
    vec![("nth", "answer"), ("sweep", "of")]
}

fn record() -> Shape {
    let nth = Shape::Integer { min: 1, max: 10_000_000 };
    Shape::object(
        "a record",
        vec![
            Field::required("text", Shape::Text, "Words of its line."),
            Field::optional("node", Shape::Text, "Its node."),
            Field::default("nth", nth, 1, "Which of those that are alike."),
        ],
    )
}

fn proof() -> Shape {
    let count = || Shape::Integer { min: 0, max: 3 };
    Shape::object(
        "a search",
        vec![
            Field::default("crashes", count(), 1, "Most crashes in one run."),
            Field::default("partitions", count(), 0, "Most partitions in one run."),
            Field::optional("restart_after", Shape::Duration, "Time until a node starts again."),
            Field::optional("heal_after", Shape::Duration, "Time for which a node is cut off."),
            Field::optional("nodes", texts(), "The nodes that are struck."),
            Field::optional("from", Shape::Duration, "The time from which on they are struck."),
            Field::optional("before", Shape::Duration, "The time before which they are struck."),
        ],
    )
}

/// The shape of a condition. Those inside of it are checked when they are read.
pub(super) fn condition() -> Shape {
    Shape::Object(Object {
        what: "a condition",
        fields: condition_fields(),
        requires: value_requires(),
        ..Object::default()
    })
}

fn condition_fields() -> Vec<Field> {
    let number = || {
        let number = Shape::Number { min: f64::MIN };
        Shape::OneOf(vec![number, Shape::Duration, value()])
    };
    let word =
        Shape::OneOf(vec![Shape::Text, Shape::Number { min: f64::MIN }, Shape::Boolean, value()]);
    let invariant = |name| Field::optional(name, Shape::Any, "As in a scenario's invariants.");
    let mut fields = value_fields();
    fields.extend([
        Field::optional("all", Shape::some(Shape::Any), "Conditions that all hold."),
        Field::optional("any", Shape::some(Shape::Any), "Conditions of which one holds."),
        Field::optional("not", Shape::Any, "A condition that does not hold."),
    ]);
    fields.extend(INVARIANTS.map(invariant));
    fields.extend([
        Field::optional("within", Shape::Duration, "As in a scenario's invariants."),
        Field::optional("from", Shape::Duration, "As in a scenario's invariants."),
        Field::optional("then", Shape::Any, "As in a scenario's invariants."),
        Field::optional("is", word, "The value is this."),
        Field::optional("contains", Shape::Text, "The value contains this text."),
        Field::optional("at_least", number(), "The value is this or more."),
        Field::optional("at_most", number(), "The value is this or less."),
        Field::optional("more_than", number(), "The value is more than this."),
        Field::optional("less_than", number(), "The value is less than this."),
    ]);
    fields
}

/// The invariants of scenarios that conditions may use.
pub(super) const INVARIANTS: [&str; 6] =
    ["never", "eventually", "always", "at_most_one", "after", "sometimes"];

/// The shape of a check.
fn check() -> Shape {
    let mut fields = condition_fields();
    let count = || Shape::Integer { min: 0, max: 1_000_000 };
    let verdicts = Shape::Choice(vec!["pass", "violated", "inconclusive"]);
    let small = Shape::object(
        "a size",
        vec![
            Field::required("faults", count(), "The most faults."),
            Field::optional("operations", count(), "The most operations."),
        ],
    );
    let breaking = Shape::object(
        "a limit",
        vec![
            Field::required("faults_at_most", count(), "The most faults."),
            Field::optional("within", Shape::Duration, "The time from the first to the last."),
        ],
    );
    let goal = "Lines that are played after the student's transcript, as a transcript.";
    let mutants = "An application: each of its built-in defects is to be found.";
    fields.extend([
        Field::optional("say", Shape::Text, "The property, in words."),
        Field::optional("seeds", Shape::Text, "Seeds of the runs; that of the run if left out."),
        Field::optional("with", Shape::Any, "A part of a scenario that is merged into the file."),
        Field::default("hidden", Shape::Boolean, false, "True if it is told only when it fails."),
        Field::optional("verdict", verdicts, "The verdict of the run."),
        Field::optional("goal", Shape::some(Shape::Text), goal),
        Field::optional("break_it", breaking, "The file has to be violated with few faults."),
        Field::optional("shrink_to", small, "The file fails as it did, and is this small."),
        Field::optional("failed_at_most", count(), "The most faults that are not masked."),
        Field::optional("mutants", Shape::Text, mutants),
        Field::optional(
            "erlang",
            Shape::Text,
            "A module of the student's own: the run passes with it.",
        ),
    ]);
    Shape::Object(Object {
        what: "a check",
        fields,
        requires: [value_requires(), vec![("failed_at_most", "prove")]].concat(),
        ..Object::default()
    })
}

/// The JSON Schema of `lesson.json`.
#[must_use]
pub fn lesson_schema() -> Value {
    with_head(&lesson(), "lesson", "What a lesson asks, runs and checks.")
}

/// The JSON Schema of `course.json`.
#[must_use]
pub fn course_schema() -> Value {
    with_head(&course(), "course", "The lessons of a course, in units and paths.")
}

fn with_head(shape: &Shape, name: &str, about: &str) -> Value {
    let mut schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": format!("urn:nodedown:{name}:1"),
        "title": format!("nodedown {name}, version 1"),
        "description": about,
    });
    if let (Value::Object(fields), Some(head)) = (shape.schema(), schema.as_object_mut()) {
        head.extend(fields);
    }
    factored(schema)
}
