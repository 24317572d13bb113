//! Terms as they are typed: `<p>` in them stands for a process or a reference, `@b` for a node.

use super::CommandError;
use super::names::{Names, full};
use super::words::{Scan, is_name};
use crate::engine::term::{Atom, Pid, Term};

/// A term with names in it that are looked up when the command is carried out.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Template {
    term: Term,
    /// The names that the placeholders stand for, by their numbers.
    names: Vec<String>,
}

/// The node of the pids that hold the places of names.
const PLACEHOLDER: &str = "shell";

/// The beginning of the atom in the place of a node.
const NODE: &str = "@@";

impl Template {
    /// # Errors
    /// When the text is no term.
    pub(super) fn parse(text: &str) -> Result<Template, CommandError> {
        let (text, names) = with_placeholders(text);
        match text.parse() {
            Ok(term) => Ok(Template { term, names }),
            Err(error) => Err(CommandError::new(format!("`{text}` is no term: {error}"))),
        }
    }

    /// The term, if there are no names in it.
    #[must_use]
    pub(super) fn plain(&self) -> Option<Term> {
        self.names.is_empty().then(|| self.term.clone())
    }

    /// The elements of a list.
    pub(super) fn elements(&self) -> impl Iterator<Item = Template> {
        let elements = self.term.as_list().unwrap_or_default().iter();
        elements.map(|term| Template { term: term.clone(), names: self.names.clone() })
    }

    /// The term with the names looked up.
    ///
    /// # Errors
    /// Says which name is nobody's.
    pub(super) fn fill(&self, names: &Names) -> Result<Term, String> {
        let mut missing = None;
        let filled = transform(&self.term, &mut |term| match self.fill_one(term, names) {
            Some(Ok(found)) => Some(found),
            Some(Err(error)) => {
                missing.get_or_insert(error);
                None
            }
            None => None,
        });
        missing.map_or(Ok(filled), Err)
    }

    fn fill_one(&self, term: &Term, names: &Names) -> Option<Result<Term, String>> {
        if let Term::Pid(pid) = term
            && pid.node().as_str() == PLACEHOLDER
        {
            return Some(names.thing(&self.names[pid.number() as usize]));
        }
        let node = term.as_atom()?.as_str().strip_prefix(NODE)?;
        Some(names.node(node).map(Term::from))
    }
}

/// A copy of a term with full names in the place of `@b`.
pub(super) fn with_full_names(term: &Term) -> Term {
    transform(term, &mut |term| {
        term.as_atom()?.as_str().strip_prefix(NODE).map(|node| Term::from(full(node)))
    })
}

/// A copy of a term in which `replace` has put others in the place of some.
pub(super) fn transform(term: &Term, replace: &mut dyn FnMut(&Term) -> Option<Term>) -> Term {
    replace(term).unwrap_or_else(|| term.map_elements(&mut |element| transform(element, replace)))
}

/// Writes pids in the place of `<p>`, and quotes `@b`, where they stand outside of quotes.
fn with_placeholders(text: &str) -> (String, Vec<String>) {
    let (mut out, mut names, mut scan) = (String::new(), Vec::new(), Scan::default());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if scan.is_unquoted() {
            if let Some((name, behind)) = angled(rest) {
                out.push_str(&placeholder(names.len()).to_string());
                names.push(name.to_owned());
                rest = behind;
                continue;
            }
            let fresh = !out.ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == '@');
            if let Some((node, behind)) = node_mark(rest).filter(|_| fresh) {
                out.extend(["'", NODE, node, "'"]);
                rest = behind;
                continue;
            }
        }
        // What the brackets are worth is the term parser's to say.
        let _ = scan.read(c);
        out.push(c);
        rest = &rest[c.len_utf8()..];
    }
    (out, names)
}

/// `<p>` at the beginning of a text: the name, and what stands behind it.
fn angled(text: &str) -> Option<(&str, &str)> {
    let (name, behind) = text.strip_prefix('<')?.split_once('>')?;
    is_name(name).then_some((name, behind))
}

/// `@b` at the beginning of a text.
fn node_mark(text: &str) -> Option<(&str, &str)> {
    let rest = text.strip_prefix('@')?;
    let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
    let (name, behind) = rest.split_at(end);
    is_name(name).then_some((name, behind))
}

fn placeholder(number: usize) -> Pid {
    Pid::new(Atom::new(PLACEHOLDER), 0, number as u32, 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_quotes_are_text() {
        let check = |text: &str, names: &[&str]| {
            assert_eq!(Template::parse(text).unwrap().names, names, "{text}");
        };
        check("{<p>,[<q>,'<r>'],\"<s>\",<<\"<t>\">>}", &["p", "q"]);
        check("<<1,2>>", &[]);
        check("<p>", &["p"]);
    }

    #[test]
    fn a_node_is_marked_by_an_at() {
        let term = |text: &str| Template::parse(text).unwrap().plain().unwrap().to_string();
        assert_eq!(term("{x,@b}"), "{x,'@@b'}");
        assert_eq!(term("x@b"), "x@b");
        assert_eq!(term("'@b'"), "'@b'");
    }
}
