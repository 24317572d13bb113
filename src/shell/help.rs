//! Help for people, from the tables of what can be typed.

use super::hint;
use super::operation_words::{self, OperationWord};
use super::topic::{Area, COMMANDS, Topic};
use crate::glossary;
use crate::otp::functions::{self, NodeFunction};

const NOTES: &str = "\
In a term <p> is the process (or reference) named p, and @b the full name of node b.
`;` between operations of one process runs them in one go; `&` at the end runs them in the background.";

const REQUESTS: &str = "\
What a server understands, by call:
  {echo,T}             replies T
  {sleep,Ms,T}         sleeps in the callback, then replies T
  {reply_later,Ms,T}   replies T so many milliseconds later, and serves others meanwhile
  noreply              never replies
  {exit,R} {error,R} {throw,V}   does that
  {stop,R,Reply} {stop,R}        stops, with or without a reply
  state                replies what casts and other messages have left: [{cast,T},{info,M}]
  {trap_exit,Bool}     replies the former value
  {call,Server,Request}          replies what that server replies
  {stop_application,X}           stops an application, which may be its own
By cast: {sleep,Ms,T} {exit,R} {error,R} {stop,R}; anything else is added to its state.
init: ignore, {stop,R}, {exit,R}, {error,R}, {throw,V}, {sleep,Ms}; {needs,NAME} stops, and
  {ignores_without,NAME} ignores, unless a process of the node has that name";

const CHILD: &str = "\
A child of a supervisor: {ID,RESTART}, {ID,RESTART,SHUTDOWN} or {ID,RESTART,SHUTDOWN,OPTIONS}
RESTART is permanent, transient or temporary; SHUTDOWN is milliseconds, infinity or brutal_kill.
It is a server that is registered under its id. OPTIONS is a list of
  trap_exit            it traps exits
  significant          its end may end the supervisor
  {init,I}             what it does first, see `help init`
  {tell,NAME} {tell,{NAME,@NODE}}   sends that name {starts,ID}, and {ends,ID,REASON} at its end
  {slow,Ms}            takes so long to clean up
  {global,N}           is registered in the cluster instead
  {via,MODULE,N}       is registered in a registry instead; `global` is one
  {supervisor,{STRATEGY,INTENSITY,PERIOD},[CHILD,...]}   is a supervisor";

const APPLICATION: &str = "\
An application is a supervisor X_sup with a server X. It is distributed over its nodes, which load it
when they boot; the first has priority, and {a,b} are equals. With `local` it is not distributed: each
node knows it, and loads it when it is told to.
  type=T               permanent, transient or temporary (the default)
  timeout=T            how long its nodes wait for one that went down
  differs_on=NODE      that node has the list of nodes the other way round
  absent_on=NODE       that node does not have the application
  fails_on=NODE        its start fails there
  needs=Y,Z            what must be started before it
  env=[{KEY,VALUE}]    its environment
  start=ignore start={error,R} start={child,INIT}   what its start does instead
  phases phases=p,q    its start phases; fails_in=p: that one fails
  tell=NAME tell={NAME,@NODE}   sends that name {start,X,TYPE}, {start_phase,X,PHASE,TYPE},
                       {prep_stop,X} and {stop,X}; its server traps exits and tells as well
  stray                starts a process X_stray outside of its tree, which traps exits";

const FUNCTIONS: &str = "\
What another node can be asked to run:
  {echo,T}             returns T
  node                 returns the name of its node
  {sleep,Ms,T}         sleeps, then returns T
  {send,P,T}           sends T to the process <P>, and returns it
  {exit,R} {error,R} {throw,V}   raises that
  kill                 is killed by a signal
  MODULE:FUNCTION(ARGUMENT, ...)   calls a function that each node has: `help modules`";

/// The words that begin commands.
pub(super) fn commands() -> impl Iterator<Item = &'static str> {
    COMMANDS.iter().filter_map(|topic| topic.words().next())
}

/// Commands, then operations.
fn all_topics() -> impl Iterator<Item = &'static Topic> {
    COMMANDS.iter().chain(operation_words::all().map(|word| &word.topic))
}

/// Returns the usage of a command or an operation; of the command, if there are both.
pub(super) fn usage(word: &str) -> Option<&'static str> {
    all_topics().find(|topic| topic.words().any(|other| other == word)).map(|topic| topic.usage)
}

/// All that can be typed, or all about one word.
pub(super) fn help(topic: Option<&str>) -> Vec<String> {
    let Some(word) = topic else { return overview() };
    match word {
        "all" => return everything(),
        "modules" => return modules(),
        _ => {}
    }
    if let Some((_, text)) = TEXTS.iter().find(|(topic, _)| *topic == word) {
        return text.lines().map(str::to_owned).collect();
    }
    if let Some(area) = Area::ALL.into_iter().find(|area| area.name() == word) {
        return lines_of(area);
    }
    let lines = about(word);
    if !lines.is_empty() {
        return lines;
    }
    if let Some(entry) = glossary::entry(word) {
        return vec![format!("{}: {}", entry.word, entry.text)];
    }
    vec![format!("there is no help on `{word}`{}", hint(word, topics()))]
}

/// A command or an operation with the functions that it calls, or the functions of a name.
fn about(word: &str) -> Vec<String> {
    let topics = all_topics().filter(|topic| topic.words().any(|other| other == word));
    let mut lines: Vec<String> = topics.map(line).collect();
    let called = operation_words::find(word).and_then(OperationWord::function);
    let named = |function: &&NodeFunction| {
        if let Some(called) = called {
            return (function.module, function.name) == called;
        }
        let (module, name) = word.split_once(':').unwrap_or((word, ""));
        lines.is_empty() && function.module == module && [function.name, ""].contains(&name)
    };
    let functions: Vec<String> = functions::all().filter(named).map(function_line).collect();
    lines.extend(functions);
    lines
}

fn function_line(function: &NodeFunction) -> String {
    format!("    {function}\n        {}", function.does)
}

/// The modules with the names of their functions.
fn modules() -> Vec<String> {
    let mut lines = vec!["`P MODULE:FUNCTION(ARGUMENT, ...)` calls one of".to_owned()];
    let mut of_module: Vec<(&str, Vec<&str>)> = Vec::new();
    for function in functions::all() {
        match of_module.iter_mut().find(|(module, _)| *module == function.module) {
            Some((_, names)) if names.contains(&function.name) => {}
            Some((_, names)) => names.push(function.name),
            None => of_module.push((function.module, vec![function.name])),
        }
    }
    lines
        .extend(of_module.iter().map(|(module, names)| format!("  {module}: {}", names.join(" "))));
    lines.push(
        "`help MODULE:` lists them with their arguments, `help MODULE:FUNCTION` one.".to_owned(),
    );
    lines
}

/// The topics that there is help on.
pub(super) fn topics() -> impl Iterator<Item = &'static str> {
    let texts = TEXTS.iter().map(|(topic, _)| *topic);
    let areas = Area::ALL.into_iter().map(Area::name);
    let words = all_topics().flat_map(Topic::words);
    texts.chain(areas).chain(words).chain(["all", "modules"])
}

/// The first help, for one screen.
fn overview() -> Vec<String> {
    let first =
        "Try `nodes a b`, `spawn p on a`, `spawn q on b`, `p send q hello`, `mailbox q`. Topics:";
    let mut lines = vec![first.to_owned()];
    lines.extend(Area::ALL.map(|area| format!("  {:<12}  {}", area.name(), area.about())));
    lines.push(
        "`help TOPIC` says more, `help COMMAND` how a command is written, `help all` everything."
            .to_owned(),
    );
    lines
}

/// All commands and operations.
fn everything() -> Vec<String> {
    let mut lines: Vec<String> = COMMANDS.iter().map(line).collect();
    lines.push(OPERATIONS.to_owned());
    lines.extend(operation_words::all().map(|word| line(&word.topic)));
    lines.extend(NOTES.lines().map(str::to_owned));
    lines
}

const OPERATIONS: &str = "The operations of a process P:";

/// The commands and operations of an area.
fn lines_of(area: Area) -> Vec<String> {
    let mut lines: Vec<String> =
        COMMANDS.iter().filter(|topic| topic.area == area).map(line).collect();
    let operations = operation_words::all().map(|word| &word.topic);
    let operations: Vec<String> = operations.filter(|topic| topic.area == area).map(line).collect();
    if !operations.is_empty() {
        lines.push(OPERATIONS.to_owned());
        lines.extend(operations);
    }
    lines
}

/// Topics that are neither commands nor operations.
const TEXTS: [(&str, &str); 5] = [
    ("requests", REQUESTS),
    ("init", REQUESTS),
    ("functions", FUNCTIONS),
    ("child", CHILD),
    ("application", APPLICATION),
];

fn line(topic: &Topic) -> String {
    format!("{}\n    {}", topic.usage, topic.does)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_help_is_ten_lines_whose_topics_lead_to_everything() {
        assert_eq!(overview().len(), 10);
        let areas: Vec<String> = Area::ALL.into_iter().flat_map(lines_of).collect();
        let all: Vec<&Topic> = all_topics().collect();
        assert_eq!(all.len(), COMMANDS.len() + operation_words::all().count());
        for topic in &all {
            assert!(areas.contains(&line(topic)), "{}", topic.usage);
        }
    }

    #[test]
    fn help_on_an_operation_has_the_functions_that_it_calls() {
        let text = help(Some("demonitor")).join("\n");
        for part in ["P demonitor M [flush] [info]", "erlang:demonitor(MonitorRef, Options)"] {
            assert!(text.contains(part), "{text}");
        }
        assert_eq!(help(Some("global:whereis_name")).len(), 1);
        assert!(help(Some("pg:")).len() > 15 && help(Some("modules")).len() > 10);
        assert_eq!(help(Some("pgg:")), ["there is no help on `pgg:`"]);
    }
}
