//! Exit reasons of processes, and the places in the source where they arose.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::fmt;
use std::future::{Future, poll_fn};
use std::panic::{self, Location};
use std::pin::pin;
use std::sync::Once;
use std::task::Poll;

use crate::engine::term::{Atom, Term};
use crate::{atom, list, tuple};

/// The result of a process: nothing worth keeping, or the exception that ended it.
pub type ExitResult = Result<(), Exit>;

/// An exception of Erlang's. One that is not caught is the exit reason of its process (A19).
///
/// `?` turns any [`std::error::Error`] into one of class `error`.
#[derive(Clone, PartialEq)]
pub struct Exit(Box<Exception>);

#[derive(Clone, PartialEq)]
struct Exception {
    class: Class,
    reason: Term,
    place: Place,
    /// The stack trace, if the exception is not one of a place in the source.
    stack: Option<Term>,
}

/// The class of an exception.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// `exit(Reason)`: the process wants to end.
    Exit,
    /// `error(Reason)`: something broke.
    Error,
    /// `throw(Term)`: a caller should have caught it.
    Throw,
}

impl Class {
    /// Its name in Erlang.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Class::Exit => "exit",
            Class::Error => "error",
            Class::Throw => "throw",
        }
    }
}

#[derive(Clone, PartialEq, Eq)]
struct Place {
    file: String,
    line: u32,
}

impl Exit {
    /// `exit(Reason)`.
    #[track_caller]
    #[expect(clippy::self_named_constructors, reason = "Erlang's name for it")]
    pub fn exit(reason: impl Into<Term>) -> Exit {
        Exit::new(Class::Exit, reason.into(), Place::of(Location::caller()))
    }

    /// `exit(normal)`.
    #[track_caller]
    pub fn normal() -> Exit {
        Exit::exit(atom!("normal"))
    }

    /// `error(Reason)`.
    #[track_caller]
    pub fn error(reason: impl Into<Term>) -> Exit {
        Exit::new(Class::Error, reason.into(), Place::of(Location::caller()))
    }

    /// `error(badarg)`.
    #[track_caller]
    pub fn badarg() -> Exit {
        Exit::error(atom!("badarg"))
    }

    /// `error(function_clause)`.
    #[track_caller]
    pub fn function_clause() -> Exit {
        Exit::error(atom!("function_clause"))
    }

    /// `error(undef)`: there is no function of this name with this many arguments.
    #[track_caller]
    pub fn undef(module: Atom, function: Atom, arguments: Vec<Term>) -> Exit {
        let mut exit = Exit::error(atom!("undef"));
        let entry = tuple![module, function, arguments, list![]];
        exit.0.stack = Some(list![entry]);
        exit
    }

    /// `throw(Term)`.
    #[track_caller]
    pub fn throw(term: impl Into<Term>) -> Exit {
        Exit::new(Class::Throw, term.into(), Place::of(Location::caller()))
    }

    fn new(class: Class, reason: Term, place: Place) -> Exit {
        Exit(Box::new(Exception { class, reason, place, stack: None }))
    }

    /// Its class.
    pub fn class(&self) -> Class {
        self.0.class
    }

    /// The argument of `exit`, `error` or `throw`.
    pub fn reason(&self) -> &Term {
        &self.0.reason
    }

    /// The same exception with the stack trace of compiled code.
    #[must_use]
    pub(crate) fn with_stack(mut self, stack: Term) -> Exit {
        self.0.stack = Some(stack);
        self
    }

    /// The stack trace, if it is not one of a place in the source.
    pub(crate) fn stack(&self) -> Option<&Term> {
        self.0.stack.as_ref()
    }

    /// The message of a panic, and its place in the source, as `src/counter.rs:12`; none for other
    /// exceptions.
    pub(super) fn as_panic(&self) -> Option<(String, String)> {
        let [text] = self.reason().tagged("panic")? else { return None };
        let Place { file, line } = &self.0.place;
        let text = String::from_utf8_lossy(text.as_binary()?).into_owned();
        (self.class() == Class::Error).then(|| (text, format!("{file}:{line}")))
    }

    /// The value of `catch` (A20).
    pub fn caught(self) -> Term {
        match self.class() {
            Class::Throw => self.0.reason,
            Class::Exit | Class::Error => tuple![atom!("EXIT"), self.into_exit_reason()],
        }
    }

    /// The exit reason of a process that does not catch it: errors and throws carry the place in
    /// the source as Erlang's carry a stack (A19).
    pub fn into_exit_reason(self) -> Term {
        let Exception { class, reason, place, stack } = *self.0;
        let stack = || stack.unwrap_or_else(|| place.as_stack());
        match class {
            Class::Exit => reason,
            Class::Error => tuple![reason, stack()],
            Class::Throw => tuple![tuple![atom!("nocatch"), reason], stack()],
        }
    }
}

impl fmt::Debug for Exit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Exit {
    /// As Erlang's shell reports it: `exception exit: noproc`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "exception {}: {}", self.0.class.name(), self.0.reason)
    }
}

impl<E: std::error::Error> From<E> for Exit {
    #[track_caller]
    fn from(error: E) -> Exit {
        let text: Term = error.to_string().as_str().into();
        Exit::new(Class::Error, text, Place::of(Location::caller()))
    }
}

impl Place {
    fn of(location: &Location<'_>) -> Place {
        Place { file: portable(location.file()), line: location.line() }
    }

    /// The place in the form of a stack trace's only entry.
    fn as_stack(&self) -> Term {
        let file = Term::from(
            self.file.bytes().map(|byte| Term::from(i64::from(byte))).collect::<Vec<Term>>(),
        );
        let location =
            list![tuple![atom!("file"), file], tuple![atom!("line"), i64::from(self.line)]];
        list![tuple![atom!("nodedown"), atom!("process"), 0, location]]
    }
}

/// A path of the source that is the same on every machine.
fn portable(path: &str) -> String {
    let path = path.replace('\\', "/");
    let start = path.rfind("src/").filter(|_| path.starts_with('/') || path.contains(':'));
    path[start.unwrap_or(0)..].to_owned()
}

thread_local! {
    static INSIDE_PROCESS: Cell<bool> = const { Cell::new(false) };
    static LAST_PANIC: RefCell<Option<Place>> = const { RefCell::new(None) };
}

/// True if processes often end with this reason, and without an error of their own: `normal`,
/// `shutdown` or `killed`.
pub(crate) fn is_usual(reason: &Term) -> bool {
    ["normal", "shutdown", "killed"].iter().any(|usual| reason.is_atom(usual))
}

/// The text of a panic, if it has one.
pub(crate) fn panic_text(payload: &(dyn Any + Send)) -> Option<&str> {
    let text = payload.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| payload.downcast_ref::<&str>().copied())
}

/// Runs a future that its process survives: a panic in it is an error like any other.
pub(super) async fn survive<T>(future: impl Future<Output = Result<T, Exit>>) -> Result<T, Exit> {
    let mut future = pin!(future);
    poll_fn(|task| {
        catch_panic(|| future.as_mut().poll(task)).unwrap_or_else(|exit| Poll::Ready(Err(exit)))
    })
    .await
}

/// Runs a step of a process. A panic in it is the exit reason `{panic,Text}` with its place, and
/// prints nothing.
#[inline]
pub(super) fn catch_panic<T>(step: impl FnOnce() -> T) -> Result<T, Exit> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let usual = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if INSIDE_PROCESS.get() {
                LAST_PANIC.set(info.location().map(Place::of));
            } else {
                usual(info);
            }
        }));
    });
    let outer = INSIDE_PROCESS.replace(true);
    let result = panic::catch_unwind(panic::AssertUnwindSafe(step));
    INSIDE_PROCESS.replace(outer);
    result.map_err(|payload| {
        let text = panic_text(&*payload).unwrap_or("?");
        let place = LAST_PANIC.take().unwrap_or(Place { file: "?".to_owned(), line: 0 });
        Exit::new(Class::Error, tuple![atom!("panic"), text], place)
    })
}
