//! The words of a line, as a shell parts them.

/// The rules by which a line is parted that differ from those of a shell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LineSyntax {
    /// A command for a shell: a backslash between apostrophes stands for itself.
    Shell,
    /// A line of a `vm.args`: a backslash counts everywhere, and what follows `#` is a comment.
    VmArgs,
}

/// The words of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct LineWords {
    pub(super) words: Vec<String>,
    /// Each quotation in it ends.
    pub(super) is_closed: bool,
}

/// Parts a line into its words.
pub(super) fn words_of(line: &str, syntax: LineSyntax) -> LineWords {
    let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None);
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        match (character, quote) {
            (end, Some(open)) if end == open => quote = None,
            ('\'' | '"', None) => {
                quote = Some(character);
                word.get_or_insert_default();
            }
            ('\\', _) if syntax == LineSyntax::VmArgs || quote != Some('\'') => {
                word.get_or_insert_default().extend(characters.next());
            }
            ('#', None) if syntax == LineSyntax::VmArgs && word.is_none() => break,
            (space, None) if space.is_whitespace() => words.extend(word.take()),
            (other, _) => word.get_or_insert_default().push(other),
        }
    }
    words.extend(word);
    LineWords { words, is_closed: quote.is_none() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(syntax: LineSyntax, line: &str, words: &[&str]) {
        assert_eq!(words_of(line, syntax).words, words, "{line}");
    }

    #[test]
    fn a_command_is_parted_as_by_a_shell() {
        check(LineSyntax::Shell, "", &[]);
        check(
            LineSyntax::Shell,
            "\"erl\" -detached  -sname a@x",
            &["erl", "-detached", "-sname", "a@x"],
        );
        let quoted = "a 'b c' \"d \\\" e\" f\\ g ''";
        check(LineSyntax::Shell, quoted, &["a", "b c", "d \" e", "f g", ""]);
        check(LineSyntax::Shell, "'a\\b' # c", &["a\\b", "#", "c"]);
    }

    #[test]
    fn a_line_of_arguments_has_comments() {
        check(LineSyntax::VmArgs, "-a 'b\\'c' d#e # f", &["-a", "b'c", "d#e"]);
        assert!(!words_of("-a 'b", LineSyntax::VmArgs).is_closed);
    }
}
