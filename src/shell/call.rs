//! Reading the arguments of a call from the words of a command.

use std::time::Duration;

use super::operation::{Argument, Call, Limit, Shown, Target};
use super::template::Template;
use super::words::{Words, atom_in, is_name, name_in, timeout_in};
use super::{CommandError, expected};
use crate::engine::term::{Atom, Term};
use crate::otp::global::Resolver;
use crate::tuple;

/// A call, or why the words are none.
pub(super) type Read = Result<Call, CommandError>;

impl Call {
    pub(super) fn new(module: &str, function: &str) -> Call {
        let (module, function) = (Atom::new(module), Atom::new(function));
        Call { module, function, arguments: Vec::new(), named: None, shown: Shown::All }
    }

    /// Reads a call as Erlang writes it: `erlang:whereis(name)`.
    ///
    /// # Errors
    /// If the arguments are no terms.
    pub(super) fn parse(word: &str) -> Option<Read> {
        let (name, arguments) = word.strip_suffix(')')?.split_once('(')?;
        let (module, function) = name.split_once(':')?;
        if ![module, function].into_iter().all(is_name) {
            return None;
        }
        let arguments = Template::parse(&format!("[{arguments}]"));
        Some(arguments.map(|arguments| {
            let arguments = arguments.elements().map(Argument::Term).collect();
            Call { arguments, ..Call::new(module, function) }
        }))
    }

    /// With another function of the same module.
    pub(super) fn function(self, function: &str) -> Call {
        Call { function: Atom::new(function), ..self }
    }

    pub(super) fn with(mut self, argument: Argument) -> Call {
        self.arguments.push(argument);
        self
    }

    pub(super) fn plain(self, term: impl Into<Term>) -> Call {
        self.with(Argument::Plain(term.into()))
    }

    /// An addressee.
    pub(super) fn target(self, words: &mut Words<'_>) -> Read {
        Ok(self.with(Argument::Target(target(words)?)))
    }

    pub(super) fn term(self, words: &mut Words<'_>, what: &str) -> Read {
        Ok(self.with(Argument::Term(words.term(what)?)))
    }

    pub(super) fn atom(self, words: &mut Words<'_>, what: &str) -> Read {
        Ok(self.plain(words.atom(what)?))
    }

    pub(super) fn node(self, words: &mut Words<'_>) -> Read {
        Ok(self.with(Argument::Node(words.name("a node")?)))
    }

    /// `true` or `false`.
    pub(super) fn truth(self, words: &mut Words<'_>) -> Read {
        Ok(self.plain(words.truth()?))
    }

    /// A duration, in milliseconds.
    pub(super) fn milliseconds(self, words: &mut Words<'_>) -> Read {
        Ok(self.plain(words.duration()?.as_millis()))
    }

    /// A reference or a request, by its name in the session.
    pub(super) fn reference(self, words: &mut Words<'_>, what: &str) -> Read {
        Ok(self.with(Argument::Reference(words.name(what)?)))
    }

    /// A process if one is named, otherwise the one that calls.
    pub(super) fn process(self, words: &mut Words<'_>) -> Read {
        Ok(self.with(Argument::Process(process(words)?)))
    }

    pub(super) fn processes(self, words: &mut Words<'_>) -> Read {
        let mut processes = Vec::new();
        while let Some(next) = process(words)? {
            processes.push(next);
        }
        Ok(self.with(Argument::Processes(processes)))
    }

    /// `NAME on NODE... with TERM`, as nodes, name and term.
    pub(super) fn broadcast(self, words: &mut Words<'_>) -> Read {
        let name = words.atom("a registered name")?;
        words.keyword("on")?;
        let nodes = words.names("a node")?;
        words.keyword("with")?;
        self.with(Argument::Nodes(nodes)).plain(name).term(words, "a term")
    }

    /// The time limit of a setting, if it is there.
    pub(super) fn timeout_if_given(self, words: &mut Words<'_>) -> Read {
        let limit = words.setting("timeout").map(limit_in).transpose()?;
        Ok(match limit {
            Some(limit) => self.plain(limit.into_term()),
            None => self,
        })
    }

    /// The time limit of a setting, `infinity` without it.
    pub(super) fn timeout(self, words: &mut Words<'_>) -> Read {
        Ok(self.plain(limit(words)?.into_term()))
    }

    /// A list of those of these options that are there.
    pub(super) fn flags(self, words: &mut Words<'_>, known: &[&str]) -> Call {
        let mut flags = Vec::new();
        while let Some(flag) = known.iter().find(|flag| words.eat(flag)) {
            flags.push(Term::atom(flag));
        }
        self.plain(flags)
    }

    /// `[scope=S]`, which comes first.
    pub(super) fn scope(mut self, words: &mut Words<'_>) -> Read {
        let scope = words.setting("scope").map(|word| atom_in(word, "a scope")).transpose()?;
        let scope = scope.unwrap_or_else(|| Atom::new("pg"));
        self.arguments.insert(0, Argument::Plain(scope.into()));
        Ok(self)
    }

    /// `RESOURCE REQUESTER [on NODE…] [retries=N]`
    pub(super) fn lock(self, words: &mut Words<'_>) -> Read {
        let (resource, requester) = (words.term("a resource")?, words.term("a requester")?);
        let call = self.with(Argument::Lock(resource, requester));
        if words.eat("on") {
            let nodes = words.names("a node")?;
            return Ok(call.with(Argument::Nodes(nodes)));
        }
        Ok(call)
    }

    /// `[as NAME]`
    pub(super) fn named(self, words: &mut Words<'_>) -> Read {
        Ok(Call { named: words.as_name()?, ..self })
    }

    /// `as NAME`
    pub(super) fn must_be_named(self, words: &mut Words<'_>) -> Read {
        words.keyword("as")?;
        Ok(Call { named: Some(words.name("a name")?), ..self })
    }

    pub(super) fn shown(self, shown: Shown) -> Call {
        Call { shown, ..self }
    }
}

/// A process, if one is named.
fn process(words: &mut Words<'_>) -> Result<Option<Target>, CommandError> {
    match words.peek() {
        Some(word) if word != ";" && !word.contains('=') => target(words).map(Some),
        Some(_) | None => Ok(None),
    }
}

/// The addressee of something.
pub(super) fn target(words: &mut Words<'_>) -> Result<Target, CommandError> {
    target_in(words.word("a process, a name, or {name,node}")?)
}

pub(super) fn target_in(word: &str) -> Result<Target, CommandError> {
    if is_name(word) {
        name_in(word, "a name").map(Target::Word)
    } else {
        Template::parse(word).map(Target::Term)
    }
}

/// `timeout=…`, for ever without it.
pub(super) fn limit(words: &mut Words<'_>) -> Result<Limit, CommandError> {
    words.setting("timeout").map_or(Ok(Limit::Forever), limit_in)
}

/// A duration, `infinity`, or a negative number, which Erlang does not take for a timeout.
fn limit_in(word: &str) -> Result<Limit, CommandError> {
    if word.starts_with('-') {
        let bad = Template::parse(word)?.plain();
        return bad.map(Limit::Bad).ok_or_else(|| expected("a timeout", Some(word)));
    }
    Ok(timeout_in(word)?.map_or(Limit::Forever, Limit::Within))
}

pub(super) fn number_in(word: &str) -> Result<u32, CommandError> {
    word.parse().map_err(|_| expected("a number", Some(word)))
}

/// `[retries=N]`
pub(super) fn retries(words: &mut Words<'_>) -> Result<Option<u32>, CommandError> {
    words.setting("retries").map(number_in).transpose()
}

/// `[tag=T] [alias=MODE] [as NAME]` of a monitor, in any order.
pub(super) fn monitor_options(mut call: Call, words: &mut Words<'_>) -> Read {
    let mut options = Vec::new();
    loop {
        if let Some(found) = words.as_name()? {
            call.named = Some(found);
        } else if let Some(word) = words.setting("tag") {
            options.push(tuple![Term::atom("tag"), atom_in(word, "a tag")?]);
        } else if let Some(word) = words.setting("alias") {
            options.push(tuple![Term::atom("alias"), alias_mode(word)?]);
        } else {
            return Ok(if options.is_empty() { call } else { call.plain(options) });
        }
    }
}

fn alias_mode(word: &str) -> Result<Term, CommandError> {
    let modes = ["explicit_unalias", "demonitor", "reply_demonitor"];
    if modes.contains(&word) {
        return Ok(Term::atom(word));
    }
    Err(expected("`explicit_unalias`, `demonitor` or `reply_demonitor`", Some(word)))
}

/// The options of `monitor_nodes` up to the end of the operation: a map with `map`.
pub(super) fn node_options(words: &mut Words<'_>) -> Result<Option<Term>, CommandError> {
    let (mut options, mut is_map) = (Vec::new(), false);
    while let Some(word) = words.peek().filter(|word| *word != ";") {
        match word.split_once('=') {
            None if word == "map" => is_map = true,
            None => options.push((Term::from(atom_in(word, "an option")?), Term::from(true))),
            Some((key, value)) => {
                let (key, value) = (atom_in(key, "an option")?, atom_in(value, "an option")?);
                options.push((Term::from(key), Term::from(value)));
            }
        }
        words.take();
    }
    if is_map {
        return Ok(Some(Term::Map(options.into())));
    }
    let pair =
        |(key, value): (Term, Term)| if value.is_atom("true") { key } else { tuple![key, value] };
    let options: Vec<Term> = options.into_iter().map(pair).collect();
    Ok((!options.is_empty()).then(|| Term::from(options)))
}

pub(super) fn resolver_in(word: &str) -> Result<Resolver, CommandError> {
    match word {
        "random_exit" => Ok(Resolver::RandomExit),
        "random_notify" => Ok(Resolver::RandomNotify),
        "notify_all" => Ok(Resolver::NotifyAll),
        "own" | "other" | "none" | "crash" => Ok(Resolver::Own(Atom::new(word))),
        other => Err(expected(
            "`random_exit`, `random_notify`, `notify_all`, `own`, `other`, `none` or `crash`",
            Some(other),
        )),
    }
}

/// A minute: the time that a change of the net tick time takes if nothing else is said.
pub(super) const TRANSITION: Duration = Duration::from_mins(1);
