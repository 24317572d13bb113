//! Predictions, and answers to questions about a page.

use std::fmt::Write as _;
use std::io::{self, BufRead, IsTerminal, Write};

use super::desk::{Desk, choices_text, next_step, said};
use super::usage;
use crate::course::{Lesson, LessonBench, LessonQuestion, Measured, QuestionKind, compare};
use crate::document::diagnostic::suggestion;
use crate::formats::progress::AnsweredJson;
use crate::front::cli::{Ending, Failure, terminal};
use crate::front::report::Styles;
use crate::scenario::services::Programs;

/// Writes predictions down: that of the words, or those that are typed.
pub(super) fn predict(
    programs: &Programs,
    desk: &mut Desk,
    words: &[String],
) -> Result<Ending, Failure> {
    let (lesson, words) = lesson_of(desk, words)?;
    if lesson.predict.is_empty() {
        return Err(usage(format!(
            "{} asks for no prediction\n  run it: nodedown learn run",
            lesson.name
        )));
    }
    let mut out = terminal::out();
    let done = desk.done(&lesson.name);
    let late = done.runs > 0;
    let mut answers = Vec::new();
    // Those that were typed before are kept.
    let mut stopped = None;
    {
        let bench = desk.bench(programs, &lesson);
        if words.is_empty() {
            let open = lesson.predict.iter();
            let open = open.filter(|question| said(&done.predictions, &question.id).is_none());
            for question in open {
                match ask(&bench, question, "predict", &mut *out) {
                    Ok(answer) => answers.push((question.id.clone(), answer)),
                    Err(failure) => {
                        stopped = Some(failure);
                        break;
                    }
                }
            }
            if answers.is_empty() && stopped.is_none() {
                writeln!(
                    out,
                    "All predictions are written down. Next: {}",
                    next_step(&lesson, &done)
                )?;
                return Ok(Ending::Pass);
            }
        } else {
            let (question, text) = question_of(&lesson.predict, &words)?;
            answers.push((question.id.clone(), read_answer(&bench, question, &text)?));
        }
    }
    let kept = desk.doing(&lesson.name);
    for (id, answer) in answers {
        kept.predictions.push(AnsweredJson { id, said: answer, late });
    }
    desk.save()?;
    if let Some(failure) = stopped {
        return Err(failure);
    }
    let done = desk.done(&lesson.name);
    for question in &lesson.predict {
        match said(&done.predictions, &question.id) {
            Some(answer) => writeln!(out, "{}: {}", question.id, shown(question, &answer.said))?,
            None => writeln!(
                out,
                "{}: not yet: nodedown learn predict {} ANSWER",
                question.id, question.id
            )?,
        }
    }
    if late {
        writeln!(out, "The lesson was run before: this is marked as late.")?;
    }
    writeln!(out, "Next: {}", next_step(&lesson, &done))?;
    Ok(Ending::Pass)
}

/// Takes an answer to a question about the page, and says whether it is right.
pub(super) fn answer(
    programs: &Programs,
    desk: &mut Desk,
    words: &[String],
) -> Result<Ending, Failure> {
    let (lesson, words) = lesson_of(desk, words)?;
    if lesson.find.is_empty() {
        return Err(usage(format!("{} asks nothing about its page", lesson.name)));
    }
    let mut out = terminal::out();
    let done = desk.done(&lesson.name);
    let mut answers = Vec::new();
    let mut all_right = true;
    {
        let bench = desk.bench(programs, &lesson);
        if words.is_empty() {
            for question in &lesson.find {
                if said(&done.answers, &question.id).is_none() {
                    answers.push((question, ask(&bench, question, "answer", &mut *out)?));
                }
            }
        } else {
            let (question, text) = question_of(&lesson.find, &words)?;
            answers.push((question, read_answer(&bench, question, &text)?));
        }
        let styles = terminal::styles();
        for (question, text) in &answers {
            let judged = judge(&bench, question, text)?;
            all_right &= judged.is_right;
            write!(out, "{}", judged.of_answer(&styles))?;
        }
    }
    let answers: Vec<_> =
        answers.into_iter().map(|(question, text)| (question.id.clone(), text)).collect();
    let kept = desk.doing(&lesson.name);
    for (id, answer) in answers {
        kept.answers.push(AnsweredJson { id, said: answer, late: false });
    }
    desk.save()?;
    if all_right {
        writeln!(out, "Next: {}", next_step(&lesson, &desk.done(&lesson.name)))?;
        Ok(Ending::Pass)
    } else {
        Ok(Ending::Violated)
    }
}

/// The lesson that the first word names, if there is more than one word and it names one.
fn lesson_of(desk: &Desk, words: &[String]) -> Result<(Lesson, Vec<String>), Failure> {
    if let [first, rest @ ..] = words
        && !rest.is_empty()
        && let Ok(name) = desk.course.find(first)
    {
        let current = desk.progress.lesson.as_deref().map(|name| desk.lesson(Some(name)));
        let is_question = current.and_then(Result::ok).is_some_and(|lesson| {
            lesson.predict.iter().chain(&lesson.find).any(|question| question.id == *first)
        });
        if !is_question {
            return Ok((desk.lesson(Some(name))?, rest.to_vec()));
        }
    }
    // A lesson alone, to be asked.
    if let [only] = words
        && let Ok(name) = desk.course.find(only)
        && (only == name || (only.starts_with('0') && only.len() > 1 && !only.contains('.')))
    {
        return Ok((desk.lesson(Some(name))?, Vec::new()));
    }
    Ok((desk.lesson(None)?, words.to_vec()))
}

/// The question that the first word names, and the answer in the others.
fn question_of<'q>(
    questions: &'q [LessonQuestion],
    words: &[String],
) -> Result<(&'q LessonQuestion, String), Failure> {
    let chosen = questions.iter().find(|question| question.id == words[0]);
    let names: Vec<&str> = questions.iter().map(|question| question.id.as_str()).collect();
    match (chosen, questions) {
        (Some(question), _) if words.len() > 1 => Ok((question, words[1..].join(" "))),
        (Some(question), _) if questions.len() > 1 => {
            Err(usage(format!("`{}` has no answer: write one behind it", question.id)))
        }
        (_, [only]) => Ok((only, words.join(" "))),
        (_, _) => Err(usage(format!(
            "there is no question `{}` here; {}",
            words[0],
            suggestion(&words[0], &names, "questions")
        ))),
    }
}

/// Asks a question until there is an answer to it. `verb` is the command that takes it as well.
fn ask(
    bench: &LessonBench<'_>,
    question: &LessonQuestion,
    verb: &str,
    out: &mut dyn Write,
) -> Result<String, Failure> {
    write!(out, "{}\n{}", question.ask, choices_text(&question.kind))?;
    loop {
        let prompt = match &question.kind {
            QuestionKind::Choice(choices) => format!("1 to {}> ", choices.len()),
            QuestionKind::Value { unit, .. } if unit.is_empty() => "> ".to_owned(),
            QuestionKind::Value { unit, .. } => format!("in {unit}> "),
        };
        write!(out, "{prompt}")?;
        out.flush()?;
        let mut line = String::new();
        if io::stdin().lock().read_line(&mut line)? == 0 {
            writeln!(out)?;
            return Err(usage(format!(
                "there is no answer to `{}`\n  type it, or write it behind the command: nodedown learn {verb} {} ANSWER",
                question.id, question.id
            )));
        }
        if !io::stdin().is_terminal() {
            writeln!(out)?;
        }
        match read_answer(bench, question, &line) {
            Ok(answer) => return Ok(answer),
            Err(Failure::Usage(why)) if io::stdin().is_terminal() => {
                // The choices stand above.
                let lines = why.iter().filter_map(|each| each.lines().next());
                writeln!(out, "{}", lines.collect::<Vec<_>>().join("\n"))?;
            }
            Err(other) => return Err(other),
        }
    }
}

/// An answer as it is kept.
fn read_answer(
    bench: &LessonBench<'_>,
    question: &LessonQuestion,
    text: &str,
) -> Result<String, Failure> {
    let text = text.trim();
    if text.is_empty() {
        return Err(usage(format!("there is no answer to `{}`", question.id)));
    }
    match &question.kind {
        QuestionKind::Choice(choices) => {
            let by_number =
                text.parse::<usize>().ok().filter(|number| (1..=choices.len()).contains(number));
            let plain = text.to_lowercase();
            let letter =
                (plain.len() == 1).then(|| plain.as_bytes()[0].wrapping_sub(b'a') as usize + 1);
            let by_letter = letter.filter(|number| (1..=choices.len()).contains(number));
            let by_text = choices.iter().position(|choice| choice.text.to_lowercase() == plain);
            let number = by_number.or(by_letter).or(by_text.map(|place| place + 1));
            number.map(|number| number.to_string()).ok_or_else(|| {
                usage(format!(
                    "`{text}` is no choice of `{}`: write a number from 1 to {}\n{}",
                    question.id,
                    choices.len(),
                    choices_text(&question.kind).trim_end()
                ))
            })
        }
        QuestionKind::Value { value, unit, tolerance } => {
            let found = bench.answer(value)?;
            compare(text, &found, unit, *tolerance).map_err(usage)?;
            Ok(text.to_owned())
        }
    }
}

/// An answer as it is shown.
fn shown(question: &LessonQuestion, said: &str) -> String {
    match &question.kind {
        QuestionKind::Choice(choices) => {
            let place = said.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
            let choice = place.and_then(|place| choices.get(place));
            choice.map_or_else(|| said.to_owned(), |choice| choice.text.clone())
        }
        QuestionKind::Value { unit, .. } => {
            let has_unit = said.ends_with(|c: char| !c.is_ascii_digit()) || unit.is_empty();
            if has_unit { said.to_owned() } else { format!("{said} {unit}") }
        }
    }
}

/// An answer that was compared with a run.
pub(super) struct JudgedAnswer {
    pub is_right: bool,
    id: String,
    said: String,
    /// The right answer, where it was wrong.
    was: String,
    /// The side on which a number is off; empty if it is right, or no number.
    side: &'static str,
    because: Option<String>,
}

impl JudgedAnswer {
    /// The same for a question whose answer is still to be found: it is not told.
    fn of_answer(&self, styles: &Styles) -> String {
        let Styles { good, bad, .. } = styles;
        let JudgedAnswer { id, said, was, .. } = self;
        if !self.is_right {
            let side = if self.side.is_empty() { "is not so" } else { self.side };
            return format!("{bad}wrong{bad:#}  {id}: {said} {side}; look again\n");
        }
        let because = self.because.as_ref().map(|because| format!("       {because}\n"));
        format!("{good}right{good:#}  {id}: {said}{was}\n{}", because.unwrap_or_default())
    }

    /// The answer, the value, and the reason.
    pub(super) fn text(&self, styles: &Styles) -> String {
        let Styles { good, bad, .. } = styles;
        let JudgedAnswer { id, said, was, .. } = self;
        let mut text = if self.is_right {
            format!("{good}right{good:#}  {id}: {said}{was}\n")
        } else {
            format!("{bad}wrong{bad:#}  {id}: you said {said}; {was}\n")
        };
        if let Some(because) = self.because.as_ref().filter(|_| !self.is_right) {
            let _ = writeln!(text, "       {because}");
        }
        text
    }
}

/// Compares an answer with the run that it is about.
pub(super) fn judge(
    bench: &LessonBench<'_>,
    question: &LessonQuestion,
    text: &str,
) -> Result<JudgedAnswer, Failure> {
    let (id, said) = (question.id.clone(), shown(question, text));
    match &question.kind {
        QuestionKind::Value { value, unit, tolerance } => {
            let found = bench.answer(value)?;
            let compared = compare(text, &found, unit, *tolerance).map_err(usage)?;
            let is = found.in_unit(unit);
            let off = if compared.off.is_empty() {
                String::new()
            } else {
                format!(" ({})", compared.off)
            };
            let was = match (compared.is_right, &found) {
                (true, Measured::Word(_) | Measured::Truth(_)) => String::new(),
                (true, _) if compared.off.is_empty() => String::new(),
                (true, _) => format!("; it was {is}"),
                (false, _) => format!("it was {is}{off}"),
            };
            let side = if compared.off.ends_with("much") {
                "is too much"
            } else if compared.off.ends_with("little") {
                "is too little"
            } else {
                ""
            };
            let because = question.because.clone();
            Ok(JudgedAnswer { is_right: compared.is_right, id, said, was, side, because })
        }
        QuestionKind::Choice(choices) => {
            let mut right = None;
            for (choice, number) in choices.iter().zip(1_usize..) {
                if bench.holds(choice)? {
                    right = Some((number, choice));
                }
            }
            let place = text.parse::<usize>().ok();
            let is_right = right.as_ref().map(|(number, _)| *number) == place;
            let chosen = place.and_then(|number| choices.get(number.checked_sub(1)?));
            let own = chosen.and_then(|choice| choice.because.clone());
            let of_right = right.as_ref().and_then(|(_, choice)| choice.because.clone());
            let because = own.or_else(|| question.because.clone()).or(of_right);
            let was = match right {
                Some((_, choice)) if !is_right => format!("it was so: {}", choice.text),
                Some(_) | None => String::new(),
            };
            Ok(JudgedAnswer { is_right, id, said, was, side: "", because })
        }
    }
}
