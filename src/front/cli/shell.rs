//! `nodedown shell`: a live cluster to type at, and transcripts.

use std::fs;
use std::io::{self, BufRead, IsTerminal, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use rustyline::completion::Completer;
use rustyline::error::ReadlineError;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::history::MemHistory;
use rustyline::validate::Validator;
use rustyline::{Config, Editor, Helper};

use super::files::{OutputFile, Outputs, is_standard, read_text};
use super::numbers::parse_seed;
use super::view::{place_text, session_picture, stem};
use super::{Ending, Failure};
use crate::shell::{CompiledOtp, Session, Transcript, TranscriptEntry, Vocabulary};
use crate::view::{PageLimits, page};

#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  nodedown shell
  nodedown shell lesson.transcript --step --explain
  nodedown shell --check lesson.transcript
  nodedown shell --check lesson.transcript --compiled")]
#[expect(clippy::struct_excessive_bools, reason = "each is an option of the command line")]
pub(super) struct ShellArguments {
    /// Transcript to play
    file: Option<PathBuf>,
    /// Wait for the Enter key before each command of the transcript
    #[arg(long, requires = "file")]
    step: bool,
    /// Check that the cluster still gives the answers in these transcripts
    #[arg(
        long, value_name = "FILE", num_args = 1.., conflicts_with_all = ["file", "update"],
        help_heading = "Transcripts"
    )]
    check: Vec<PathBuf>,
    /// Replace the answers in these transcripts by those that the cluster gives now
    #[arg(
        long, alias = "bless", value_name = "FILE", num_args = 1.., conflicts_with = "file",
        help_heading = "Transcripts"
    )]
    update: Vec<PathBuf>,
    /// Run the transcripts on the compiled code of the installed OTP, on simulated nodes
    #[arg(long, requires = "check", help_heading = "Transcripts")]
    compiled: bool,
    /// Show the virtual time before each answer
    #[arg(long, alias = "time")]
    show_time: bool,
    /// Show the effects of each command: signals sent, delivered and lost
    #[arg(long)]
    explain: bool,
    /// Seed of all random choices
    #[arg(
        long, value_name = "N", default_value_t = 1, value_parser = parse_seed,
        allow_negative_numbers = true
    )]
    seed: u64,
    /// Write a page that shows the session to a file, as `nodedown view` makes it
    #[arg(long, value_name = "PAGE", conflicts_with_all = ["check", "update"])]
    view: Option<PathBuf>,
}

pub(super) fn shell(arguments: &ShellArguments) -> Result<Ending, Failure> {
    if arguments.compiled {
        return check_compiled(arguments);
    }
    if !arguments.check.is_empty() {
        return check(arguments);
    }
    if !arguments.update.is_empty() {
        return update(arguments);
    }
    let mut outputs = Outputs::beside(arguments.file.as_slice());
    if arguments.view.is_some() {
        outputs.take_standard_output("the session")?;
    }
    let page = outputs.open_if("--view", arguments.view.as_deref())?;
    match &arguments.file {
        Some(file) => play(file, arguments, page),
        None if io::stdin().is_terminal() => converse(arguments, page),
        None => read_lines(arguments, page),
    }
}

/// The transcript in a file, or from standard input.
fn transcript(file: &Path) -> Result<Transcript, Failure> {
    Ok(Transcript::parse(file, &read_text(file)?)?)
}

/// Compares the answers of transcripts.
fn check(arguments: &ShellArguments) -> Result<Ending, Failure> {
    let mut out = anstream::stdout().lock();
    let mut ending = Ending::Pass;
    for file in &arguments.check {
        let transcript = transcript(file)?;
        if transcript.commands().next().is_none() {
            writeln!(out, "{}: there are no commands in it", file.display())?;
            ending = if ending == Ending::Pass { Ending::NothingRan } else { ending };
            continue;
        }
        let differences = transcript.differences(arguments.seed);
        if differences.is_empty() {
            writeln!(out, "{}: the same answers", file.display())?;
        } else {
            ending = Ending::Violated;
        }
        for difference in differences {
            write!(out, "{difference}")?;
        }
    }
    Ok(ending)
}

/// Compares the answers of compiled OTP with those of transcripts.
fn check_compiled(arguments: &ShellArguments) -> Result<Ending, Failure> {
    let transcripts: Result<Vec<Transcript>, Failure> =
        arguments.check.iter().map(|file| transcript(file)).collect();
    let transcripts = transcripts?;
    let compiled = CompiledOtp::new(&transcripts)?;
    let mut out = anstream::stdout().lock();
    let mut ending = Ending::NothingRan;
    for (number, file) in arguments.check.iter().enumerate() {
        let differences = match compiled.differences(number, arguments.seed) {
            Ok(Some(differences)) => differences,
            Ok(None) => {
                writeln!(
                    out,
                    "{}: it was recorded with another release of Erlang/OTP",
                    file.display()
                )?;
                continue;
            }
            Err(problem) => {
                writeln!(out, "{problem}")?;
                ending = Ending::Violated;
                continue;
            }
        };
        if differences.is_empty() {
            writeln!(out, "{}: the same answers", file.display())?;
            ending = if ending == Ending::NothingRan { Ending::Pass } else { ending };
        } else {
            ending = Ending::Violated;
        }
        for difference in differences {
            write!(out, "{difference}")?;
        }
    }
    Ok(ending)
}

/// Replaces the answers in transcripts by those of now.
fn update(arguments: &ShellArguments) -> Result<Ending, Failure> {
    let mut out = anstream::stdout().lock();
    for file in &arguments.update {
        let transcript = transcript(file)?;
        let played = transcript.played(arguments.seed);
        if is_standard(file) {
            write!(out, "{played}")?;
        } else if played == transcript {
            writeln!(out, "{}: the same answers", file.display())?;
        } else {
            fs::write(file, played.to_string())
                .map_err(|error| Failure::Write { path: file.clone(), error })?;
            writeln!(out, "{}: written anew", file.display())?;
        }
    }
    Ok(Ending::Pass)
}

/// Shows a transcript: its comments, its commands, and what is answered to them now.
fn play(
    file: &Path,
    arguments: &ShellArguments,
    page: Option<OutputFile>,
) -> Result<Ending, Failure> {
    let transcript = transcript(file)?;
    let mut session = transcript.session(arguments.seed);
    for entry in &transcript.entries {
        let mut out = anstream::stdout().lock();
        match entry {
            TranscriptEntry::Comment(text) => writeln!(out, "{text}")?,
            TranscriptEntry::Step { command, .. } => {
                write!(out, "> {command}")?;
                out.flush()?;
                if arguments.step && io::stdin().lock().read_line(&mut String::new())? == 0 {
                    return Ok(Ending::Pass);
                }
                if !(arguments.step && io::stdin().is_terminal()) {
                    writeln!(out)?;
                }
                answer(&mut session, command, arguments, &mut out)?;
            }
        }
    }
    show(&session, &stem(file), page)?;
    Ok(Ending::Pass)
}

/// Writes the page of a session, if it is wanted.
fn show(session: &Session, name: &str, file: Option<OutputFile>) -> Result<(), Failure> {
    let Some(file) = file else { return Ok(()) };
    let picture = session_picture(name, session);
    let page = page(&picture, &PageLimits::default()).map_err(Failure::TooLarge)?;
    let path = file.path().map(Path::to_owned);
    file.write(|out| out.write_all(page.html.as_bytes()))?;
    if let Some(path) = path {
        writeln!(anstream::stderr(), "look: {}", place_text(&path))?;
    }
    Ok(())
}

/// Takes commands from a person.
fn converse(arguments: &ShellArguments, page: Option<OutputFile>) -> Result<Ending, Failure> {
    let editor = Editor::<Words, MemHistory>::with_history(Config::default(), MemHistory::new());
    let mut editor = editor.map_err(to_io)?;
    let mut session = Session::new(arguments.seed);
    writeln!(
        anstream::stdout(),
        "A simulated cluster. `nodes a b` starts two nodes; `help`; `quit`."
    )?;
    loop {
        editor.set_helper(Some(Words(session.vocabulary())));
        let line = match editor.readline("> ") {
            Ok(line) => line,
            Err(ReadlineError::Interrupted) => continue,
            Err(ReadlineError::Eof) => break,
            Err(error) => return Err(to_io(error).into()),
        };
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        // A line that cannot be remembered is carried out all the same.
        let _ = editor.add_history_entry(line);
        if Session::is_quit(line) {
            break;
        }
        answer(&mut session, line, arguments, &mut anstream::stdout().lock())?;
    }
    show(&session, "session", page)?;
    Ok(Ending::Pass)
}

/// Takes commands from a file or a pipe; what is written is a transcript of them.
fn read_lines(arguments: &ShellArguments, page: Option<OutputFile>) -> Result<Ending, Failure> {
    let mut session = Session::new(arguments.seed);
    let mut ending = Ending::Pass;
    for line in io::stdin().lock().lines() {
        let line = line?;
        let line = line.trim();
        let mut out = anstream::stdout().lock();
        if line.is_empty() || line.starts_with('#') {
            writeln!(out, "{line}")?;
            continue;
        }
        if Session::is_quit(line) {
            break;
        }
        writeln!(out, "> {line}")?;
        if !answer(&mut session, line, arguments, &mut out)? {
            ending = Ending::Usage;
        }
    }
    show(&session, "session", page)?;
    Ok(ending)
}

/// Carries a command out and shows the answer. Returns whether it was a command.
fn answer(
    session: &mut Session,
    command: &str,
    arguments: &ShellArguments,
    out: &mut impl Write,
) -> Result<bool, Failure> {
    let lines = match session.answer(command) {
        Ok(lines) => lines,
        Err(error) => {
            writeln!(out, "error: {error}")?;
            return Ok(false);
        }
    };
    if arguments.show_time {
        writeln!(out, "# {}", session.now())?;
    }
    if arguments.explain {
        for line in session.explain() {
            writeln!(out, "# {line}")?;
        }
    }
    for line in lines {
        writeln!(out, "{line}")?;
    }
    Ok(true)
}

fn to_io(error: ReadlineError) -> io::Error {
    match error {
        ReadlineError::Io(error) => error,
        other => io::Error::other(other.to_string()),
    }
}

/// The completions of words.
struct Words(Vocabulary);

impl Completer for Words {
    type Candidate = String;

    fn complete(
        &self,
        line: &str,
        position: usize,
        _: &rustyline::Context<'_>,
    ) -> rustyline::Result<(usize, Vec<String>)> {
        let typed = &line[..position];
        let belongs = |c: char| c.is_alphanumeric() || c == '_';
        let begun = typed.chars().rev().take_while(|c| belongs(*c)).map(char::len_utf8);
        Ok((position - begun.sum::<usize>(), self.0.next_words(typed)))
    }
}

impl Hinter for Words {
    type Hint = String;
}

impl Highlighter for Words {}

impl Validator for Words {}

impl Helper for Words {}
