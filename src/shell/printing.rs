//! Answers in Erlang's print, with names in the place of what differs from run to run.

use super::names::Names;
use super::template::transform;
use crate::engine::runtime::Exit;
use crate::engine::term::{Atom, Term};
use crate::{atom, tuple};

/// The stand-ins for `<` and `>` until the term is text: characters that need no quotes.
const OPEN: &str = "x@@@open_";
const CLOSE: &str = "_close@@@";

/// The stand-in for the number sign of a process without a name until then.
const NUMBER: &str = "number_";

/// Prints a term: pids and references as `<p>`, nodes by their short names, stacks as `<stack>`.
pub(super) fn print(term: &Term, names: &mut Names) -> String {
    let shown = transform(term, &mut |term| stand_in(term, names));
    let text = shown.to_string();
    text.replace(OPEN, "<").replace(CLOSE, ">").replace(&format!("<{NUMBER}"), "<#")
}

/// Prints what an operation has raised.
pub(super) fn print_exception(exit: &Exit, names: &mut Names) -> String {
    format!("** exception {}: {}", exit.class().name(), print(exit.reason(), names))
}

fn stand_in(term: &Term, names: &mut Names) -> Option<Term> {
    if term.as_list().is_some_and(is_stack) {
        return Some(bracketed("stack"));
    }
    match term {
        Term::Pid(_) | Term::Reference(_) => {
            Some(bracketed(&names.label(term).replace('#', NUMBER)))
        }
        Term::Atom(atom) => names.short(*atom).map(Term::atom),
        Term::Tuple(_) if let Some([timer, Term::Integer(_)]) = term.tagged("cancel_timer") => {
            let timer = stand_in(timer, names)?;
            Some(tuple![atom!("cancel_timer"), timer, bracketed("left")])
        }
        _ => None,
    }
}

fn bracketed(text: &str) -> Term {
    Term::Atom(Atom::new(&format!("{OPEN}{text}{CLOSE}")))
}

/// Returns whether these are the entries of a stack trace: `{Module,Function,Arity,Place}`.
fn is_stack(entries: &[Term]) -> bool {
    let is_entry = |entry: &Term| match entry.as_tuple() {
        Some([module, function, arguments, place]) => {
            module.as_atom().is_some()
                && function.as_atom().is_some()
                && (arguments.as_integer().is_some() || arguments.as_list().is_some())
                && place.as_list().is_some()
        }
        Some(_) | None => false,
    };
    !entries.is_empty() && entries.iter().all(is_entry)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::term::{Incarnation, Pid, Ref};
    use crate::list;
    use crate::shell::names::{Thing, full};

    #[test]
    fn what_differs_from_run_to_run_prints_as_a_name() {
        let mut names = Names::default();
        names.add_node("a");
        let pid = |number| Pid::new(full("a"), 1, number, 0);
        let reference = |id| Ref::of(Incarnation::new(full("a"), 1), id);
        names.bind("p", Thing::Process(pid(1), None));
        names.bind("m", Thing::Reference(reference(7)));
        let mut check = |term: Term, text: &str| assert_eq!(print(&term, &mut names), text);
        check(tuple![atom!("EXIT"), pid(1), atom!("boom")], "{'EXIT',<p>,boom}");
        check(tuple![reference(7), reference(8), pid(2)], "{<m>,<#1>,<#2>}");
        check(list![pid(2), full("a"), full("b")], "[<#2>,a,b@b]");
        check(list![104, 105], "\"hi\"");
        let stack = list![tuple![atom!("lists"), atom!("map"), 2, list![]]];
        check(tuple![atom!("badarith"), stack], "{badarith,<stack>}");
    }
}
