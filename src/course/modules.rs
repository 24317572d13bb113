//! The modules of a lesson, the student's among them, compiled by the `erlc` on the path.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use crate::document::diagnostic::Diagnostics;

use super::trouble::Trouble;

/// The files of a lesson that are compiled.
pub(super) struct Sources<'a> {
    /// All its files, by their names.
    pub(super) files: &'a [(String, String)],
    /// The one that the student changes, and its name in messages.
    pub(super) edited: (&'a str, &'a str),
}

/// Compiles the modules of a lesson into the folder `ebin` of a folder with all its files.
///
/// # Errors
/// [`Trouble`] with the mistakes that the compiler finds, or if there is none.
pub(super) fn build(sources: &Sources<'_>) -> Result<TempDir, Trouble> {
    let failed = |error: io::Error| Trouble::Skipped(format!("nothing can be compiled: {error}"));
    let folder = tempfile::tempdir().map_err(failed)?;
    let modules = copy(sources, folder.path()).map_err(failed)?;
    let mut erlc = Command::new("erlc");
    erlc.args(["-o", "ebin"]).args(&modules).current_dir(folder.path());
    let output = match erlc.output() {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let why = "there is no erlc on the path: install Erlang/OTP (apt install erlang)";
            return Err(Trouble::Skipped(why.to_owned()));
        }
        output => output.map_err(failed)?,
    };
    if output.status.success() {
        return Ok(folder);
    }
    let (file, name) = sources.edited;
    let text = sources.files.iter().find(|(each, _)| each == file);
    let text = text.map_or("", |(_, text)| text.as_str());
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    Err(mistakes(name, text, file, &said).into())
}

/// Writes the files of the lesson into a folder, and returns the names of those to compile.
fn copy(sources: &Sources<'_>, folder: &Path) -> io::Result<Vec<String>> {
    let ebin = folder.join("ebin");
    fs::create_dir(&ebin)?;
    let mut modules = Vec::new();
    for (file, text) in sources.files {
        fs::write(folder.join(file), text)?;
        match Path::new(file).extension().and_then(|ending| ending.to_str()) {
            Some("erl") => modules.push(file.clone()),
            Some("app") => fs::write(ebin.join(file), text)?,
            Some(_) | None => {}
        }
    }
    Ok(modules)
}

/// The mistakes that a compiler found: `counter.erl:12:5: syntax error before: '->'`.
fn mistakes(name: &str, text: &str, file: &str, said: &str) -> Diagnostics {
    let mut diagnostics = Diagnostics::new(name, text);
    let starts: Vec<usize> =
        std::iter::once(0).chain(text.match_indices('\n').map(|(end, _)| end + 1)).collect();
    for line in said.lines() {
        let Some((number, message)) =
            line.strip_prefix(file).and_then(|rest| rest.strip_prefix(':')?.split_once(':'))
        else {
            continue;
        };
        let place = number.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
        let Some(start) = place.and_then(|place| starts.get(place)) else { continue };
        let column = message.trim_start_matches(|c: char| c.is_ascii_digit());
        let message = column.strip_prefix(':').unwrap_or(message).trim();
        if !message.starts_with("Warning:") {
            let end = text[*start..].find('\n').map_or(text.len(), |length| start + length);
            diagnostics.error(&(*start..end), message.to_owned());
        }
    }
    if !diagnostics.has_errors() {
        let error = diagnostics.error(&(0..0), "the modules of the lesson do not compile");
        error.help(said.trim().to_owned());
    }
    diagnostics
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_compiler_says_is_shown_where_it_is() {
        let text = "-module(a).\nf( -> 1.\ng() -> X.\n";
        let said = "a.erl:2:4: syntax error before: '->'\n%    2| f( -> 1.\na.erl:3:8: Warning: unused\n\
                    a.erl:3:8: variable 'X' is unbound\n";
        let shown = mistakes("course/a.erl", text, "a.erl", said).to_string();
        for expected in ["syntax error before: '->'", "course/a.erl:2", "variable 'X' is unbound"] {
            assert!(shown.contains(expected), "{expected}\n{shown}");
        }
        assert_eq!(shown.matches("error:").count(), 2, "{shown}");
        let shown = mistakes("course/a.erl", text, "a.erl", "b.erl:1: no\n").to_string();
        assert!(shown.contains("b.erl:1: no"), "{shown}");
    }
}
