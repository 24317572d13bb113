//! The heading of a report: the scenario and the run.

use std::fmt::Write;

use super::Styles;
use crate::scenario::simulation::Run;

/// The name of the scenario, its description, and the seed.
#[must_use]
pub fn heading_text(run: &Run, styles: &Styles) -> String {
    let scenario = &run.plan.scenario;
    let title = styles.title;
    let mut text = format!("{title}{}{title:#}", scenario.name);
    if scenario.transports.len() > 1 {
        let _ = write!(text, " ({})", run.plan.transport);
    }
    let _ = writeln!(text, "  seed {}", run.plan.seed);
    if !scenario.description.is_empty() {
        let faint = styles.faint;
        for line in wrapped(&scenario.description, styles.width.min(96)) {
            let _ = writeln!(text, "{faint}{line}{faint:#}");
        }
    }
    text + "\n"
}

/// The words of a text in lines of at most `width` characters, as far as words allow.
pub(in crate::front) fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            Some(_) | None => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_broken_between_words() {
        assert_eq!(wrapped("one two  three", 7), ["one two", "three"]);
        assert_eq!(wrapped("incomprehensible", 4), ["incomprehensible"]);
    }
}
