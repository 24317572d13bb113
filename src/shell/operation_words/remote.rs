//! Calls of functions on other nodes.

use super::super::CommandError;
use super::super::call::limit;
use super::super::operation::{Call, Interface, Operation, RemoteOperation};
use super::super::template::Template;
use super::super::topic::Area;
use super::super::words::Words;
use super::{OperationWord, calls, other};

pub(super) const CALLS: [OperationWord; 8] = [
    other(
        Area::Calls,
        "P erpc_call NODE FUNCTION [timeout=T]",
        "erpc:call; `help functions` says what runs there",
        |words| remote_call(Interface::Erpc, words),
    ),
    other(
        Area::Calls,
        "P erpc_multicall on NODE... with FUNCTION [timeout=T]",
        "erpc:multicall",
        |words| multicall(Interface::Erpc, words),
    ),
    other(Area::Calls, "P erpc_cast NODE FUNCTION", "erpc:cast", |words| {
        cast(Interface::Erpc, words)
    }),
    other(Area::Calls, "P rpc_call NODE FUNCTION [timeout=T]", "rpc:call", |words| {
        remote_call(Interface::Rpc, words)
    }),
    other(
        Area::Calls,
        "P rpc_multicall on NODE... with FUNCTION [timeout=T]",
        "rpc:multicall",
        |words| multicall(Interface::Rpc, words),
    ),
    other(Area::Calls, "P rpc_cast NODE FUNCTION", "rpc:cast", |words| cast(Interface::Rpc, words)),
    calls(
        "rpc",
        "sbcast",
        Area::Calls,
        "P rpc_sbcast NAME on NODE... with TERM",
        "rpc:sbcast",
        Call::broadcast,
    ),
    other(
        Area::Calls,
        "P spawn_request NODE FUNCTION [link] [monitor] as R",
        "spawn_request: a message says what came of it",
        |words| {
            let (node, function) = (words.name("a node")?, function(words)?);
            let (link, monitor) = (words.eat("link"), words.eat("monitor"));
            words.keyword("as")?;
            let name = words.name("a name for the request")?;
            let request = RemoteOperation::SpawnRequest { node, function, link, monitor, name };
            Ok(Operation::Remote(request))
        },
    ),
];

/// A function that another node runs, as a term: `{Module,Function,Arguments}` for the call of one.
fn function(words: &mut Words<'_>) -> Result<Template, CommandError> {
    let what = "a function; `help functions` lists them";
    let word = words.word(what)?;
    if Call::parse(word).is_none() {
        return Template::parse(word);
    }
    let called = word.strip_suffix(')').and_then(|word| word.split_once('('));
    let (name, arguments) = called.unwrap_or((word, ""));
    Template::parse(&format!("{{{},[{arguments}]}}", name.replacen(':', ",", 1)))
}

fn remote_call(interface: Interface, words: &mut Words<'_>) -> Result<Operation, CommandError> {
    let (node, function) = (words.name("a node")?, function(words)?);
    let timeout = limit(words)?;
    Ok(Operation::Remote(RemoteOperation::Call { node, function, timeout, interface }))
}

fn multicall(interface: Interface, words: &mut Words<'_>) -> Result<Operation, CommandError> {
    words.keyword("on")?;
    let nodes = words.names("a node")?;
    words.keyword("with")?;
    let (function, timeout) = (function(words)?, limit(words)?);
    Ok(Operation::Remote(RemoteOperation::Multicall { nodes, function, timeout, interface }))
}

fn cast(interface: Interface, words: &mut Words<'_>) -> Result<Operation, CommandError> {
    let (node, function) = (words.name("a node")?, function(words)?);
    Ok(Operation::Remote(RemoteOperation::Cast { node, function, interface }))
}
