//! From `lesson.json` to a [`Lesson`]: what no shape can say is found here.

use crate::document::diagnostic::{Diagnostics, quoted, suggestion};
use crate::document::syntax::Json;
use crate::document::{Checker, Document, Names, Node};
use crate::engine::time::parse_duration;
use crate::explore::Seeds;
use crate::spelling::Choice;
use crate::verdict::Conclusion;

use super::files::CourseFiles;
use super::lesson::{
    CheckKind, Choosable, Comparator, ComparedWith, ConditionKind, HistoryQuestion, Lesson,
    LessonCheck, LessonCondition, LessonQuestion, LessonRun, LessonSource, LessonTask, LessonValue,
    Look, ProofQuestion, QuestionKind, RecordPick, RunSource, SweepOf, Tolerated, ValueKind,
};
use super::shape;

/// Reads the `lesson.json` of a lesson.
///
/// # Errors
/// All that is wrong in it.
pub(super) fn read_lesson(files: &CourseFiles, name: &str) -> Result<Lesson, Diagnostics> {
    let path = format!("{name}/lesson.json");
    let file_name = files.shown(&path);
    let Some(text) = files.read(&path) else {
        let mut missing = Diagnostics::new(&file_name, "");
        missing.error(&(0..0), "the file is not there").help("each lesson has a `lesson.json`");
        return Err(missing);
    };
    let Document { root, mut diagnostics, .. } = Document::parse(&text, &file_name);
    let lesson = root.and_then(|root| {
        let names = Names::default();
        let node = Checker::new(&names, &mut diagnostics).check(&root, &shape::lesson())?;
        let source = LessonSource {
            file_name,
            text,
            after: node.get("after").map_or(0..0, |node| node.span.clone()),
            hints: items(&node, "hints").iter().map(|hint| hint.span.clone()).collect(),
        };
        Reader { diagnostics: &mut diagnostics, names: &names }.lesson(&node, name, files, source)
    });
    diagnostics.sort();
    match lesson {
        Some(lesson) if !diagnostics.has_errors() => Ok(lesson),
        Some(_) | None => Err(diagnostics),
    }
}

/// The values of a list in a field; none if there is no such field.
pub(super) fn items<'n>(node: &'n Node, field: &str) -> &'n [Node] {
    node.get(field).map(Node::items).unwrap_or_default()
}

/// The texts of a list in a field.
pub(super) fn texts(node: &Node, field: &str) -> Vec<String> {
    items(node, field).iter().filter_map(|each| each.text().map(str::to_owned)).collect()
}

fn text(node: &Node, field: &str) -> Option<String> {
    node.get(field).and_then(Node::text).map(str::to_owned)
}

struct Reader<'a> {
    diagnostics: &'a mut Diagnostics,
    names: &'a Names,
}

impl Reader<'_> {
    fn lesson(
        &mut self,
        node: &Node,
        name: &str,
        files: &CourseFiles,
        source: LessonSource,
    ) -> Option<Lesson> {
        let runs = self.runs(node, name, files);
        let predict = self.questions(node, "predict");
        let find = self.questions(node, "find");
        self.twice(predict.iter().chain(&find).map(|each| (each.id.clone(), each.at.clone())));
        let checks = items(node, "checks").iter().map(|check| self.check(check)).collect();
        let checks: Vec<Option<LessonCheck>> = checks;
        let task = node.get("task").and_then(|task| self.task(task));
        if let (None, Some(check)) = (&task, items(node, "checks").first()) {
            let error = self.diagnostics.error(&check.span, "there is no task that is checked");
            error.help("write a `task`, or leave the `checks` out");
        }
        let lesson = Lesson {
            name: name.to_owned(),
            title: text(node, "title")?,
            concepts: texts(node, "concepts"),
            after: texts(node, "after"),
            minutes: node.get("minutes").and_then(Node::integer),
            runs,
            predict,
            find,
            task,
            checks: checks.into_iter().flatten().collect(),
            hints: texts(node, "hints"),
            look: node.get("look").and_then(|look| self.look(look)),
            source,
        };
        self.known_runs(node, &lesson);
        Some(lesson)
    }

    /// The runs that the file names, and those of `start.json` and `lesson.transcript`.
    fn runs(&mut self, node: &Node, lesson: &str, files: &CourseFiles) -> Vec<LessonRun> {
        let mut runs: Vec<LessonRun> = items(node, "runs").iter().filter_map(run).collect();
        self.twice(runs.iter().map(|run| (run.name.clone(), run.at.clone())));
        let has = |file: &str| files.read(&format!("{lesson}/{file}")).is_some();
        let usual = [
            ("start", RunSource::Scenario { file: "start.json".to_owned(), seed: None }),
            ("play", RunSource::Transcript { file: "lesson.transcript".to_owned(), seed: 1 }),
        ];
        for (name, source) in usual {
            let is_named = |run: &LessonRun| run.name == name || run.source.file() == source.file();
            if has(source.file()) && !runs.iter().any(is_named) {
                runs.push(LessonRun {
                    name: name.to_owned(),
                    source,
                    at: node.span.start..node.span.start + 1,
                });
            }
        }
        if runs.is_empty() {
            let at = node.span.start..node.span.start + 1;
            let error = self.diagnostics.error(&at, "the lesson runs nothing");
            error.help("name a scenario, a transcript or a history under `runs`, or put a `start.json` or a `lesson.transcript` beside this file");
        }
        runs
    }

    /// Reports names that are there twice.
    fn twice(&mut self, names: impl Iterator<Item = (String, std::ops::Range<usize>)>) {
        let mut seen: Vec<(String, std::ops::Range<usize>)> = Vec::new();
        for (name, at) in names {
            if let Some((_, first)) = seen.iter().find(|(other, _)| *other == name) {
                let error = self.diagnostics.error(&at, format!("`{name}` is there twice"));
                error.help("give each a name of its own").related(first, "the first is here");
            }
            seen.push((name, at));
        }
    }

    /// Reports runs that are named and not there.
    fn known_runs(&mut self, node: &Node, lesson: &Lesson) {
        let known: Vec<&str> = lesson.runs.iter().map(|run| run.name.as_str()).collect();
        let mut stack = vec![node];
        while let Some(node) = stack.pop() {
            match &node.json {
                Json::List(items) => stack.extend(items),
                Json::Object(members) => {
                    for member in members {
                        // Scenarios have fields of their own.
                        if member.name == "with" {
                            continue;
                        }
                        if member.name == "run"
                            && let Some(name) = member.value.text()
                            && !known.contains(&name)
                        {
                            let message = format!("unknown run `{name}`");
                            let error = self.diagnostics.error(&member.value.span, message);
                            error.help_with(|| suggestion(name, &known, "runs"));
                        }
                        stack.push(&member.value);
                    }
                }
                Json::Unreadable
                | Json::Null
                | Json::Boolean(_)
                | Json::Number(_)
                | Json::Text(_) => {}
            }
        }
    }

    fn questions(&mut self, node: &Node, field: &str) -> Vec<LessonQuestion> {
        let questions = items(node, field).iter().map(|question| self.question(question));
        questions.collect::<Vec<_>>().into_iter().flatten().collect()
    }

    fn question(&mut self, node: &Node) -> Option<LessonQuestion> {
        let kind = match node.get("choices") {
            Some(choices) => {
                let choices = choices.items().iter().map(|choice| self.choice(choice));
                QuestionKind::Choice(
                    choices.collect::<Vec<_>>().into_iter().collect::<Option<_>>()?,
                )
            }
            None => QuestionKind::Value {
                value: self.value(node.get("answer")?)?,
                unit: text(node, "unit").unwrap_or_default(),
                tolerance: self.tolerance(node)?,
            },
        };
        Some(LessonQuestion {
            id: text(node, "id")?,
            ask: text(node, "ask")?,
            kind,
            because: text(node, "because"),
            at: node.span.clone(),
        })
    }

    fn choice(&mut self, node: &Node) -> Option<Choosable> {
        Some(Choosable {
            text: text(node, "text")?,
            because: text(node, "because"),
            holds: self.condition(node.get("holds")?)?,
            at: node.span.clone(),
        })
    }

    fn tolerance(&mut self, question: &Node) -> Option<Tolerated> {
        let Some(node) = question.get("tolerance") else { return Some(Tolerated::Usual) };
        if let Some(number) = node.float() {
            return Some(Tolerated::Units(number));
        }
        let text = node.text()?;
        let share = text.strip_suffix('%').and_then(|number| number.trim().parse::<f64>().ok());
        if let Some(share) = share.filter(|share| (0.0..=1_000.0).contains(share)) {
            return Some(Tolerated::Share(share / 100.0));
        }
        if let Ok(time) = parse_duration(text) {
            return Some(Tolerated::Time(time));
        }
        let error = self.diagnostics.error(&node.span, format!("\"{text}\" is no tolerance"));
        error.help("write a share as in \"25%\", a time as in \"500ms\", or a number in the unit of the question");
        None
    }

    fn task(&mut self, node: &Node) -> Option<LessonTask> {
        for pointer in items(node, "may_change") {
            if pointer.text().is_some_and(|text| !text.starts_with('/')) {
                let error = self.diagnostics.error(&pointer.span, "this is no JSON pointer");
                error.help("write the way from the top, as in \"/network/net_ticktime\"");
            }
        }
        Some(LessonTask {
            edit: text(node, "edit")?,
            may_change: texts(node, "may_change"),
            say: text(node, "say")?,
            at: node.span.clone(),
        })
    }

    fn look(&mut self, node: &Node) -> Option<Look> {
        let (run, at) = match node.text() {
            Some(_) => (None, node),
            None => (text(node, "run"), node.get("at")?),
        };
        let told = at.text()?;
        let window = window(told);
        let link = match window {
            Some((from, to)) if !told.starts_with('#') => {
                // A little of what comes before it, which no curtain hides.
                let earlier = (from - 0.4 * (to - from)).max(0.0);
                format!("#t={}-{to}", (earlier * 1e3).round() / 1e3)
            }
            Some(_) | None => told.to_owned(),
        };
        if !link.starts_with('#') {
            let error =
                self.diagnostics.error(&at.span, format!("\"{told}\" is no part of a page"));
            error.help("write from when to when, as in \"19.9s-29s\", or a link, as in \"#t=19.9-29&x=order\"");
            return None;
        }
        Some(Look { run, link, window, at: at.span.clone() })
    }

    fn value(&mut self, node: &Node) -> Option<LessonValue> {
        let kind = self.value_kind(node)?;
        Some(LessonValue { run: text(node, "run"), kind, at: node.span.clone() })
    }

    fn value_kind(&mut self, node: &Node) -> Option<ValueKind> {
        const KINDS: [&str; 7] = ["sweep", "figure", "answer", "history", "order", "time", "prove"];
        let given: Vec<&str> = KINDS.into_iter().filter(|kind| node.get(kind).is_some()).collect();
        match given.as_slice() {
            ["sweep", "figure"] | [_] => {}
            [] => {
                let error = self
                    .diagnostics
                    .error(&opening(node), "a value needs a field that says what it is");
                error.help(format!("write one of {}", quoted(&KINDS)));
                return None;
            }
            [first, second, ..] => {
                let second = node.member(second)?;
                let message = format!("`{first}` and `{}` do not go together", second.name);
                self.diagnostics.error(&second.name_span, message).help("keep one of the two");
                return None;
            }
        }
        if let Some(command) = text(node, "answer") {
            let nth = node.get("nth").and_then(Node::integer);
            return Some(ValueKind::Answer { command, nth });
        }
        if let Some(question) = node.get("history") {
            return Some(ValueKind::History(match question.text()? {
                "strongest" => HistoryQuestion::Strongest,
                "linearizable" => HistoryQuestion::Linearizable,
                _ => HistoryQuestion::FirstContradiction,
            }));
        }
        if let Some(order) = node.get("order") {
            let [first, second] = order.items() else { return None };
            return Some(ValueKind::Order(pick(first)?, pick(second)?));
        }
        if let Some(record) = node.get("time") {
            return Some(ValueKind::Time(pick(record)?));
        }
        let of = node.get("of").and_then(Node::text);
        if let Some(prove) = node.get("prove") {
            let points = of == Some("points");
            if !points && of.is_some_and(|of| of != "failed") {
                let at = node.get("of").map_or(0..0, |of| of.span.clone());
                let error = self.diagnostics.error(&at, "a search counts other things");
                error.help("write \"failed\" or \"points\"");
            }
            return Some(ValueKind::Prove(proof(prove, points)));
        }
        let figure = match node.get("figure") {
            Some(figure) => Some(self.path(figure)?),
            None => None,
        };
        let Some(sweep) = node.get("sweep") else { return figure.map(ValueKind::Figure) };
        let seeds = self.seeds(sweep)?;
        let of_node = node.get("of")?;
        let of = match of? {
            "min" => SweepOf::Min,
            "max" => SweepOf::Max,
            "median" => SweepOf::Median,
            "p99" => SweepOf::P99,
            "distinct" => SweepOf::Distinct,
            "passed" => SweepOf::Passed,
            "failed" => SweepOf::Failed,
            other => {
                let error =
                    self.diagnostics.error(&of_node.span, format!("a sweep has no {other}"));
                error.help(
                    "write one of `min`, `max`, `median`, `p99`, `distinct`, `passed`, `failed`",
                );
                return None;
            }
        };
        if figure.is_none() && !matches!(of, SweepOf::Passed | SweepOf::Failed) {
            let error = self.diagnostics.error(&of_node.span, "of which figure?");
            error.help("write a `figure` as well");
            return None;
        }
        Some(ValueKind::Sweep { seeds, figure, of })
    }

    fn path(&mut self, node: &Node) -> Option<super::path::FigurePath> {
        let text = node.text()?;
        match text.parse() {
            Ok(path) => Some(path),
            Err(help) => {
                let error = self
                    .diagnostics
                    .error(&node.span, format!("\"{text}\" is no path to a figure"));
                error.help(help);
                None
            }
        }
    }

    fn seeds(&mut self, node: &Node) -> Option<Seeds> {
        match node.text()?.parse::<Seeds>() {
            Ok(seeds) if !seeds.is_endless() && seeds.count() <= 10_000 => Some(seeds),
            Ok(_) => {
                self.diagnostics
                    .error(&node.span, "these are too many seeds")
                    .help("write a range, as in \"1..20\"");
                None
            }
            Err(error) => {
                self.diagnostics
                    .error(&node.span, error.to_string())
                    .help("write a range, as in \"1..20\"");
                None
            }
        }
    }

    /// A condition inside of another, which is checked here.
    fn inner(&mut self, node: &Node) -> Option<LessonCondition> {
        let checked = Checker::new(self.names, self.diagnostics).check(node, &shape::condition());
        self.condition(&checked?)
    }

    fn condition(&mut self, node: &Node) -> Option<LessonCondition> {
        let kind = self.condition_kind(node)?;
        Some(LessonCondition { kind, at: node.span.clone() })
    }

    fn condition_kind(&mut self, node: &Node) -> Option<ConditionKind> {
        if let Some(list) = node.get("all").or_else(|| node.get("any")) {
            let inner: Vec<_> = list.items().iter().map(|each| self.inner(each)).collect();
            let inner: Vec<LessonCondition> = inner.into_iter().collect::<Option<_>>()?;
            let all = node.get("all").is_some();
            return Some(if all { ConditionKind::All(inner) } else { ConditionKind::Any(inner) });
        }
        if let Some(not) = node.get("not") {
            return Some(ConditionKind::Not(Box::new(self.inner(not)?)));
        }
        if shape::INVARIANTS.iter().any(|name| node.get(name).is_some()) {
            let is_part = |name: &str| {
                shape::INVARIANTS.contains(&name) || ["within", "from", "then"].contains(&name)
            };
            let members = node.members().iter().filter(|member| is_part(&member.name));
            let object =
                Node { span: node.span.clone(), json: Json::Object(members.cloned().collect()) };
            return Some(ConditionKind::Invariant { run: text(node, "run"), object });
        }
        let given: Vec<_> = Comparator::ALL
            .iter()
            .filter_map(|(name, how)| Some((node.get(name)?, *how)))
            .collect();
        let names = Comparator::ALL.map(|(name, _)| name);
        match given.as_slice() {
            [(with, how)] => {
                let value = self.value(node)?;
                let with = self.operand(with)?;
                Some(ConditionKind::Compare { value, how: *how, with })
            }
            [] => {
                let error = self
                    .diagnostics
                    .error(&opening(node), "there is nothing that the value is compared with");
                error.help(format!("write one of {}", quoted(&names)));
                None
            }
            [_, (second, _), ..] => {
                let error = self.diagnostics.error(&second.span, "one comparison is enough");
                error.help("write an `all` of two conditions");
                None
            }
        }
    }

    fn operand(&mut self, node: &Node) -> Option<ComparedWith> {
        Some(match &node.json {
            Json::Number(number) => ComparedWith::Number(number.as_f64()?),
            Json::Boolean(truth) => ComparedWith::Truth(*truth),
            Json::Text(text) => match parse_duration(text) {
                Ok(time) => ComparedWith::Time(time),
                Err(_) => ComparedWith::Text(text.clone()),
            },
            Json::Object(_) => ComparedWith::Value(Box::new(self.value(node)?)),
            Json::Unreadable | Json::Null | Json::List(_) => return None,
        })
    }

    fn check(&mut self, node: &Node) -> Option<LessonCheck> {
        let kind = self.check_kind(node)?;
        if let Some(with) = node.get("with")
            && !matches!(with.json, Json::Object(_))
        {
            let error = self.diagnostics.error(&with.span, "this is no part of a scenario");
            error.help("write an object, as in { \"faults\": [...] }");
        }
        let seeds = match node.get("seeds") {
            Some(seeds) => Some(self.seeds(seeds)?),
            None => None,
        };
        Some(LessonCheck {
            hidden: node.get("hidden").and_then(Node::boolean).unwrap_or_default(),
            say: text(node, "say"),
            seeds,
            with: node.get("with").cloned(),
            run: text(node, "run"),
            kind,
            at: node.span.clone(),
        })
    }

    fn check_kind(&mut self, node: &Node) -> Option<CheckKind> {
        if let Some(verdict) = node.get("verdict") {
            let wanted = crate::scenario::ExpectedVerdict::of_word(verdict.text()?)?;
            return Some(CheckKind::Verdict(Conclusion::from(wanted)));
        }
        if node.get("goal").is_some() {
            return Some(CheckKind::Goal(texts(node, "goal")));
        }
        if let Some(limit) = node.get("break_it") {
            let faults = limit.get("faults_at_most")?.integer()?;
            return Some(CheckKind::BreakIt {
                faults,
                within: limit.get("within").and_then(Node::duration),
            });
        }
        if let Some(size) = node.get("shrink_to") {
            let operations = size.get("operations").and_then(Node::integer);
            return Some(CheckKind::ShrinkTo {
                faults: size.get("faults")?.integer()?,
                operations,
            });
        }
        if let Some(most) = node.get("failed_at_most") {
            let question = proof(node.get("prove")?, false);
            return Some(CheckKind::Prove { question, failed_at_most: most.integer()? });
        }
        if let Some(application) = text(node, "mutants") {
            return Some(CheckKind::Mutants(application));
        }
        if let Some(module) = text(node, "erlang") {
            return Some(CheckKind::Erlang(module));
        }
        self.condition(node).map(CheckKind::Condition)
    }
}

/// The beginning of an object, as the place of something that it lacks.
fn opening(node: &Node) -> std::ops::Range<usize> {
    node.span.start..(node.span.start + 1).min(node.span.end)
}

fn run(node: &Node) -> Option<LessonRun> {
    let seed: Option<u64> = node.get("seed").and_then(Node::integer);
    let source = if let Some(file) = text(node, "scenario") {
        RunSource::Scenario { file, seed }
    } else if let Some(file) = text(node, "transcript") {
        RunSource::Transcript { file, seed: seed.unwrap_or(1) }
    } else {
        RunSource::History { file: text(node, "history")?, model: text(node, "model") }
    };
    Some(LessonRun { name: text(node, "name")?, source, at: node.span.clone() })
}

fn pick(node: &Node) -> Option<RecordPick> {
    Some(RecordPick {
        words: node.get("text")?.text()?.split_whitespace().map(str::to_owned).collect(),
        node: text(node, "node"),
        nth: node.get("nth")?.integer()?,
        at: node.span.clone(),
    })
}

fn proof(node: &Node, points: bool) -> ProofQuestion {
    let duration = |field: &str| node.get(field).and_then(Node::duration);
    let count = |field: &str| node.get(field).and_then(Node::integer).unwrap_or_default();
    ProofQuestion {
        crashes: count("crashes"),
        partitions: count("partitions"),
        restart_after: duration("restart_after"),
        heal_after: duration("heal_after"),
        nodes: texts(node, "nodes"),
        from: duration("from"),
        before: duration("before"),
        points,
    }
}

/// The seconds from which to which a part of a page goes: `19.9s-29s`, `#t=19.9-29&x=order`.
fn window(text: &str) -> Option<(f64, f64)> {
    let seconds = |text: &str| {
        let text = text.trim();
        let time = parse_duration(text).ok().map(|time| time.as_secs_f64());
        time.or_else(|| text.parse::<f64>().ok()).filter(|seconds| *seconds >= 0.0)
    };
    let range = match text.strip_prefix('#') {
        Some(link) => link.split('&').find_map(|part| part.strip_prefix("t="))?,
        None => text,
    };
    let (from, to) = range.split_once('-')?;
    Some((seconds(from)?, seconds(to)?)).filter(|(from, to)| from < to)
}

#[cfg(test)]
mod tests {
    use super::window;

    #[test]
    fn a_window_is_read_in_both_forms() {
        assert_eq!(window("19.9s-29s"), Some((19.9, 29.0)));
        assert_eq!(window("500ms-1m"), Some((0.5, 60.0)));
        assert_eq!(window("#x=order&t=1-2.5"), Some((1.0, 2.5)));
        for wrong in ["", "5s", "29s-19s", "#x=order", "a-b"] {
            assert_eq!(window(wrong), None, "{wrong}");
        }
    }
}
