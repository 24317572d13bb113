//! The places in code that exit reasons of Erlang name: `{Reason,Stack}`.

use std::fmt;

use super::{Atom, Term};

/// The place in a stack trace at which a process ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CrashLocation {
    module: Atom,
    function: Atom,
    arity: usize,
    file: Option<String>,
    line: Option<i64>,
}

/// Modules of OTP whose functions are called with what is wrong: the place is with their caller.
const CALLED: [&str; 14] = [
    "binary",
    "dict",
    "erlang",
    "erpc",
    "ets",
    "gen",
    "gen_event",
    "gen_server",
    "gen_statem",
    "lists",
    "maps",
    "proc_lib",
    "rpc",
    "string",
];

/// The reason without its stack trace, and the place that the stack trace names. The exit of a call
/// whose server crashed names the server's place.
pub(crate) fn crash_site(reason: &Term) -> Option<(&Term, CrashLocation)> {
    let (why, stack) = match reason.as_tuple()? {
        // `erpc` tells of an exception on another node.
        [tag, exit] if tag.is_atom("exception") => return crash_site(exit),
        [tag, why, stack] if tag.is_atom("exception") => (why, stack),
        [why, stack] => (why, stack),
        _ => return None,
    };
    if let Some([module, function, _]) = stack.as_tuple()
        && module.as_atom().is_some()
        && function.as_atom().is_some()
    {
        return crash_site(why);
    }
    let frames: Vec<CrashLocation> = stack.as_list()?.iter().map(frame).collect::<Option<_>>()?;
    let is_own =
        |site: &&CrashLocation| site.line.is_some() && !CALLED.contains(&site.module.as_str());
    let site = frames.iter().find(is_own).or(frames.first())?;
    // The place of a process in Rust is no function of Erlang's.
    (site.module.as_str() != "nodedown").then(|| (why, site.clone()))
}

/// `{Module,Function,ArityOrArguments,Location}`.
fn frame(term: &Term) -> Option<CrashLocation> {
    let [module, function, arity, location] = term.as_tuple()? else { return None };
    let arity = match arity.as_list() {
        Some(arguments) => arguments.len(),
        None => usize::try_from(arity.as_integer()?).ok()?,
    };
    let location = location.as_list()?;
    let of = |name: &str| location.iter().find_map(|pair| pair.tagged(name)?.first());
    let (module, function) = (module.as_atom()?, function.as_atom()?);
    let line = of("line").and_then(Term::as_integer);
    Some(CrashLocation { module, function, arity, file: of("file").and_then(short), line })
}

/// A file with the folder that it is in: compilers write down where it was on their machine.
fn short(file: &Term) -> Option<String> {
    let characters = file
        .as_list()?
        .iter()
        .map(|character| char::from_u32(u32::try_from(character.as_integer()?).ok()?));
    let whole: String = characters.collect::<Option<_>>()?;
    let mut parts: Vec<&str> = whole.rsplit('/').take(2).collect();
    parts.reverse();
    Some(parts.join("/"))
}

impl fmt::Display for CrashLocation {
    /// As in `bank_server:handle_call/3 (src/bank_server.erl, line 57)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let CrashLocation { module, function, arity, file, line } = self;
        write!(f, "{module}:{function}/{arity}")?;
        match (file, line) {
            (Some(file), Some(line)) => write!(f, " ({file}, line {line})"),
            (Some(file), None) => write!(f, " ({file})"),
            (None, _) => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(reason: &str, expected: Option<(&str, &str)>) {
        let reason: Term = reason.parse().unwrap();
        let found = crash_site(&reason).map(|(why, site)| (why.to_string(), site.to_string()));
        let found = found.as_ref().map(|(why, site)| (why.as_str(), site.as_str()));
        assert_eq!(found, expected, "{reason}");
    }

    #[test]
    fn a_stack_trace_names_the_place_in_the_users_own_code() {
        let frames = r#"[{lists,map,[a,b],[{file,"lists.erl"},{line,1}]},
            {bank,put,2,[{file,"/home/me/bank/src/bank.erl"},{line,57}]},
            {proc_lib,init_p,3,[{file,"proc_lib.erl"},{line,240}]}]"#;
        let site = "bank:put/2 (src/bank.erl, line 57)";
        check(&format!("{{badarg,{frames}}}"), Some(("badarg", site)));
        let server = format!("{{{{{{badmatch,1}},{frames}}},{{gen_server,call,[bank,get]}}}}");
        check(&server, Some(("{badmatch,1}", site)));
        check(&format!("{{exception,badarg,{frames}}}"), Some(("badarg", site)));
        check(&format!("{{exception,{server}}}"), Some(("{badmatch,1}", site)));
        check("{undef,[{bank,gone,[],[]}]}", Some(("undef", "bank:gone/0")));
        for other in
            ["killed", "{shutdown,{failed,a}}", "{a,[b]}", "{noproc,{gen_server,call,[a]}}"]
        {
            check(other, None);
        }
    }
}
