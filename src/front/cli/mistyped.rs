//! Tips for arguments that are not understood.

use std::path::Path;

use clap::builder::StyledStr;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{CommandFactory, Error};

use super::nearby::found;
use super::{Arguments, files};
use crate::explore::{Seeds, quoted};
use crate::spelling::nearest;
use crate::verdict::record::is_record;

/// The error with tips that lead to something: what would do if it were typed. `typed` are the
/// arguments behind the name of the program.
pub(super) fn with_better_tips(error: Error, typed: &[String]) -> Error {
    match error.kind() {
        ErrorKind::InvalidSubcommand => {
            let Some(word) = text(&error, ContextKind::InvalidSubcommand) else { return error };
            match command_for(&word, typed) {
                Some(tip) => with_tips(error, vec![tip]),
                None => error,
            }
        }
        ErrorKind::UnknownArgument => {
            let Some(word) = text(&error, ContextKind::InvalidArg) else { return error };
            let Some(command) = typed.iter().find(|word| !word.starts_with('-')) else {
                return error;
            };
            let Some(options) = Options::of(command) else { return error };
            let tips = options.tips(&word, typed);
            with_usage(with_tips(error, tips), command)
        }
        ErrorKind::MissingRequiredArgument if typed.first().is_some_and(|it| it == "check") => {
            with_choices(error)
        }
        _ => error,
    }
}

/// The error with the values that the missing option may have: the models of `check`, the formats of
/// `export`.
fn with_choices(error: Error) -> Error {
    let missing = match error.get(ContextKind::InvalidArg) {
        Some(ContextValue::Strings(missing)) => missing.join(" "),
        _ => return error,
    };
    if missing.contains("--model") {
        let all = format!("the models are {}", values_of("check", "model"));
        let more = "`nodedown check --help` tells the operations of each; weaker claims need no \
                    model: --claim";
        return with_tips(error, vec![all, more.to_owned()]);
    }
    if missing.contains("--as") {
        let all = format!("the formats are {}", values_of("export", "format"));
        return with_tips(error, vec![all]);
    }
    error
}

/// The values that an option of a command may have.
fn values_of(command: &str, option: &str) -> String {
    let all = Arguments::command();
    let values = all.find_subcommand(command).and_then(|command| {
        let option = command.get_arguments().find(|argument| argument.get_id() == option)?;
        let values = option.get_possible_values().into_iter();
        Some(values.map(|value| value.get_name().to_owned()).collect::<Vec<_>>().join(", "))
    });
    values.unwrap_or_default()
}

fn text(error: &Error, kind: ContextKind) -> Option<String> {
    match error.get(kind)? {
        ContextValue::String(text) => Some(text.clone()),
        _ => None,
    }
}

/// The error with these tips and no others.
fn with_tips(mut error: Error, tips: Vec<String>) -> Error {
    use ContextKind::{Suggested, SuggestedArg, SuggestedCommand, SuggestedSubcommand};
    for kind in [Suggested, SuggestedArg, SuggestedCommand, SuggestedSubcommand] {
        error.remove(kind);
    }
    if !tips.is_empty() {
        let tips = tips.into_iter().map(StyledStr::from).collect();
        error.insert(Suggested, ContextValue::StyledStrs(tips));
    }
    error
}

/// The error with the usage of the command, whatever it took for meant.
fn with_usage(mut error: Error, command: &str) -> Error {
    let mut all = Arguments::command();
    all.build();
    if let Some(command) = all.find_subcommand_mut(command) {
        let usage = command.render_usage();
        error.insert(ContextKind::Usage, ContextValue::StyledStr(usage));
    }
    error
}

/// Words that other programs have for what one of the commands does.
const COMMANDS: [(&str, &str); 13] = [
    ("simulate", "run"),
    ("start", "run"),
    ("exec", "run"),
    ("fuzz", "sweep"),
    ("minimize", "shrink"),
    ("minimise", "shrink"),
    ("reduce", "shrink"),
    ("compare", "diff"),
    ("repl", "shell"),
    ("console", "shell"),
    ("verify", "check"),
    ("glossary", "explain"),
    ("why", "explain"),
];

/// The command line that was meant by one that begins with something else than a command.
fn command_for(word: &str, typed: &[String]) -> Option<String> {
    let rest = || {
        let rest: Vec<String> = typed
            .iter()
            .skip_while(|other| *other != word)
            .skip(1)
            .flat_map(|word| [" ".to_owned(), quoted(word)])
            .collect();
        rest.concat()
    };
    if let Some((_, command)) = COMMANDS.iter().find(|(other, _)| *other == word) {
        return Some(format!("did you mean 'nodedown {command}{}'?", rest()));
    }
    let path = found(word.into());
    let command = command_of(&path)?;
    Some(format!(
        "did you mean 'nodedown {command} {}{}'?",
        quoted(&path.display().to_string()),
        rest()
    ))
}

/// The command for a file or a folder; nothing for what looks like neither.
fn command_of(path: &Path) -> Option<&'static str> {
    if path.is_dir() {
        return Some("test");
    }
    if files::is_standard(path) {
        return Some("run");
    }
    let is_record = || files::read_text(path).is_ok_and(|text| is_record(&text));
    match path.extension()?.to_str()? {
        "json" if path.is_file() && is_record() => Some("replay"),
        "json" => Some("run"),
        "transcript" => Some("shell"),
        "jsonl" | "edn" => Some("check --model MODEL"),
        _ => None,
    }
}

/// Words that other programs have for what one of the options does.
const SYNONYMS: [(&str, &str); 22] = [
    ("count", "seeds"),
    ("runs", "seeds"),
    ("iterations", "seeds"),
    ("number", "seeds"),
    ("random-seed", "seed"),
    ("threads", "jobs"),
    ("workers", "jobs"),
    ("parallel", "jobs"),
    ("concurrency", "jobs"),
    ("output", "out"),
    ("output-file", "out"),
    ("format", "json"),
    ("timeout", "max-time"),
    ("time-limit", "max-time"),
    ("duration", "max-time"),
    ("fail-fast", "stop-on-first"),
    ("failfast", "stop-on-first"),
    ("silent", "quiet"),
    ("log", "trace"),
    ("save", "record"),
    ("save", "out"),
    ("transcript", "check"),
];

/// The options of a command.
struct Options {
    command: String,
    names: Vec<String>,
}

impl Options {
    /// The options of a command; `None` if there is no such command.
    fn of(command: &str) -> Option<Options> {
        let all = Arguments::command();
        let own = all.find_subcommand(command)?;
        let names = own.get_arguments().filter_map(|argument| argument.get_long());
        let names = names.map(str::to_owned).chain(["help".to_owned()]).collect();
        Some(Options { command: command.to_owned(), names })
    }

    fn has(&self, name: &str) -> bool {
        self.names.iter().any(|other| other == name)
    }

    /// Tips for an option that the command does not have.
    fn tips(&self, word: &str, typed: &[String]) -> Vec<String> {
        let (option, value) = split(word, typed);
        match option.trim_start_matches('-') {
            "seeds" if self.has("seed") => self.one_seed(value.as_deref(), typed),
            "seed" if self.has("seeds") => vec![several_seeds(value.as_deref())],
            name => {
                let meant =
                    if option.starts_with("--") { self.long(name) } else { self.short(name) };
                let meant = meant.map(|meant| format!("a similar argument exists: '--{meant}'"));
                let file = Path::new(word).is_file();
                let file = file.then(|| format!("to read the file '{word}', write './{word}'"));
                meant.into_iter().chain(file).collect()
            }
        }
    }

    /// Instead of `--seeds` for a command that takes one seed.
    fn one_seed(&self, value: Option<&str>, typed: &[String]) -> Vec<String> {
        let seeds: Option<Seeds> = value.and_then(|value| value.parse().ok());
        let (Some(seeds), Some(value)) = (seeds, value) else {
            return vec![format!("'nodedown {}' takes one seed: '--seed N'", self.command)];
        };
        let first = seeds.iter().next().unwrap_or_default();
        let one = if value.parse::<u64>().is_ok() { value.to_owned() } else { first.to_string() };
        let mut tips = vec![format!("for one seed, write '--seed {one}'")];
        let file = typed.iter().skip_while(|word| **word != self.command).nth(1);
        let file = file.filter(|file| !file.starts_with('-') || *file == "-");
        let file = file.map_or("FILE".to_owned(), |file| quoted(file));
        tips.insert(0, format!("for several runs, 'nodedown sweep {file} --seeds {value}'"));
        tips
    }

    /// The option that a long name is near to.
    fn long(&self, name: &str) -> Option<&str> {
        let mut synonyms = SYNONYMS.iter().filter(|(other, _)| *other == name);
        if let Some((_, meant)) = synonyms.find(|(_, meant)| self.has(meant)) {
            return Some(meant);
        }
        nearest(name, self.names.iter().map(String::as_str))
    }

    /// The option that a letter may stand for: the usual one, or the only one that begins with it.
    fn short(&self, letters: &str) -> Option<&str> {
        let letter = letters.get(..1)?;
        let usual = [("n", "seeds"), ("s", "seed")];
        if let Some((_, name)) =
            usual.into_iter().find(|(short, name)| *short == letter && self.has(name))
        {
            return Some(name);
        }
        let mut names = self.names.iter().filter(|name| name.starts_with(letter));
        names.next().filter(|_| names.next().is_none()).map(String::as_str)
    }
}

/// An argument and its value, which stands behind `=` or comes next.
fn split(word: &str, typed: &[String]) -> (String, Option<String>) {
    let with_value = format!("{word}=");
    let place = typed.iter().position(|other| other == word || other.starts_with(&with_value));
    let value = place.and_then(|place| match typed[place].strip_prefix(&with_value) {
        Some(value) => Some(value.to_owned()),
        None => typed.get(place + 1).filter(|next| !next.starts_with('-')).cloned(),
    });
    (word.to_owned(), value)
}

/// Instead of `--seed` for a command that takes several.
fn several_seeds(value: Option<&str>) -> String {
    match value {
        Some(value) if value.parse::<u64>().is_ok() => {
            format!("for this seed alone, write '--seeds {value}..{value}'")
        }
        Some(value) if value.parse::<Seeds>().is_ok() => format!("write '--seeds {value}'"),
        Some(_) | None => "a similar argument exists: '--seeds'".to_owned(),
    }
}
