//! From the fields of a workload to its calls.

use std::ops::Range;
use std::rc::Rc;
use std::sync::Arc;

use crate::consistency::model::{Nothing, Specification, SpecifiedOperation};
use crate::document::diagnostic::{quoted, suggestion};
use crate::document::syntax::{Member, Node};
use crate::engine::term::Atom;
use crate::scenario::InstalledCode;
use crate::scenario::reading::Resolver;
use crate::scenario::services::{
    CALLS, CallOperation, Calls, Draw, Expression, GIVEN, RemoteCall, SourceText, SyntaxError,
    Variable, evaluate,
};
use crate::spelling::nearest;

use crate::consistency::history::Action;

/// The variables that have values without a `draw`.
const USUAL: [&str; 4] = ["Key", "Value", "Old", "New"];

/// The variables of a transfer.
const TRANSFER: [&str; 3] = ["From", "To", "Amount"];

/// The functions that a call may be of.
#[derive(Clone, Debug)]
pub(in crate::scenario) enum Callable {
    /// Any: the code is not here, and it shows when it is called whether there is such a function.
    Anything,
    /// Those of this code.
    Compiled(Arc<InstalledCode>),
    /// Those that a node can call whose services are in Rust.
    Known,
}

/// The surroundings of the operations of one workload.
struct Frame {
    model: Option<Specification>,
    draws: Vec<(Atom, Draw)>,
    callable: Callable,
}

impl Frame {
    /// The names of the variables that an operation may have.
    fn variables(&self, specified: Option<&SpecifiedOperation>) -> Vec<&'static str> {
        let mut all = [USUAL.as_slice(), &GIVEN].concat();
        if self.model == Some(Specification::Bank) {
            all.extend(TRANSFER);
        }
        all.extend(self.draws.iter().map(|(name, _)| name.as_str()));
        // What the service answers is not drawn.
        all.retain(|name| *name != "Value" || specified.is_none_or(|it| !it.gives_value));
        all.sort_unstable();
        all.dedup();
        all
    }
}

impl Resolver<'_> {
    /// The calls of a workload; `None` if an error has been reported.
    pub(in crate::scenario) fn calls(
        &mut self,
        workload: &Node,
        callable: Callable,
    ) -> Option<Rc<Calls>> {
        let model = workload.get("model").and_then(Node::text).and_then(Specification::named);
        let draws = self.draws(workload);
        let initial = match (workload.get("initial"), model) {
            (Some(node), Some(model)) => Some(self.initial(node, model)?),
            (Some(node), None) => {
                let error = self.diagnostics.error(&node.span, "`initial` goes with `model` only");
                error.help("write `model` as well, or leave `initial` out");
                return None;
            }
            (None, _) => None,
        };
        let members = self.definitions(workload)?;
        let frame = Frame { model, draws: draws?, callable };
        let operations: Vec<Option<CallOperation>> =
            members.iter().map(|member| self.call_operation(member, &frame)).collect();
        let operations = operations.into_iter().collect::<Option<Vec<CallOperation>>>()?;
        self.unmodelled(workload, &operations, &frame)?;
        self.idle_draws(workload, &operations);
        Some(Calls { model, initial, operations, draws: frame.draws }.shared())
    }

    /// The operations as they are written.
    fn definitions<'a>(&mut self, workload: &'a Node) -> Option<&'a [Member]> {
        let help = "write what each operation is: `\"operations\": { \"get\": { \"call\": \
                    \"bank:get(Key)\", \"ok\": \"{ok, Value}\" } }`";
        match workload.get("operations") {
            Some(operations) if !operations.members().is_empty() => Some(operations.members()),
            Some(operations) => {
                let message = "expected an object (the calls), found a list";
                self.diagnostics.error(&operations.span, message).help(help);
                None
            }
            None => {
                let span = workload.span.start..workload.span.start + 1;
                let message = "`operations` is missing in a workload of calls";
                self.diagnostics.error(&span, message).help(help);
                None
            }
        }
    }

    fn initial(&mut self, node: &Node, model: Specification) -> Option<crate::engine::term::Term> {
        let value = node.term()?;
        if model.can_begin_with(&value) {
            return Some(value);
        }
        let message = format!("a service of the model {} cannot begin with {value}", model.name());
        let help = "a register and a map begin with any term, an append_map with a binary, a counter \
                    with a whole number, a queue, a set and a log with a list, a bank with a map, a \
                    mutex with `free` or `held`";
        self.diagnostics.error(&node.span, message).help(help);
        None
    }

    fn draws(&mut self, workload: &Node) -> Option<Vec<(Atom, Draw)>> {
        let members = workload.get("draw").map(Node::members).unwrap_or_default();
        let draws: Vec<Option<(Atom, Draw)>> =
            members.iter().map(|member| self.draw(member)).collect();
        draws.into_iter().collect()
    }

    fn draw(&mut self, member: &Member) -> Option<(Atom, Draw)> {
        let name = member.name.as_str();
        if GIVEN.contains(&name) {
            let error = self.diagnostics.error(&member.name_span, format!("`{name}` is given"));
            error.help(
                "`Client` is the client, and `Number` the number of its request; leave it out",
            );
            return None;
        }
        if !is_variable(name) {
            let message = format!("`{name}` is not the name of a variable");
            let help = "begin it with a capital letter, as Erlang's variables do";
            self.diagnostics.error(&member.name_span, message).help(help);
            return None;
        }
        let value = &member.value;
        let draw = match value.text() {
            Some("unique") => Some(Draw::Unique),
            Some("unique_binary") => Some(Draw::UniqueBinary),
            Some("known") => Some(Draw::Known),
            Some(text) => between(text),
            None => value.items().iter().map(Node::term).collect::<Option<_>>().map(Draw::OneOf),
        };
        if draw.is_none() {
            let message = format!("{} does not say how to draw `{name}`", value.describe());
            let help = "write a list of terms, `\"unique\"`, `\"unique_binary\"`, `\"known\"` (what the client knows the key \
                        to have), or whole numbers as in `\"1..100\"`";
            self.diagnostics.error(&value.span, message).help(help);
        }
        Some((Atom::new(name), draw?))
    }

    fn call_operation(&mut self, member: &Member, frame: &Frame) -> Option<CallOperation> {
        let specified = self.specified(member, frame)?;
        let node = &member.value;
        let call = self.remote_call(node.get("call")?, frame);
        let done = self.patterns(node, "ok");
        let nothing = self.patterns(node, "none");
        let failed = self.patterns(node, "failed");
        let action = specified.map_or(Action::Other, |specified| specified.action);
        let operation = CallOperation {
            name: member.atom()?,
            action,
            call: call?,
            ok: done?,
            none: nothing?,
            failed: failed?,
        };
        let fine = [
            self.call_variables(&operation, node, specified, frame),
            self.pattern_variables(&operation, node, specified),
            self.value_is_given(&operation, node, specified),
            self.nothing_has_a_meaning(member, specified),
        ];
        fine.iter().all(|fine| *fine).then_some(operation)
    }

    /// The model's own description of an operation, if it has it.
    #[expect(clippy::option_option, reason = "`None` is a mistake, which has been reported")]
    fn specified(
        &mut self,
        member: &Member,
        frame: &Frame,
    ) -> Option<Option<&'static SpecifiedOperation>> {
        let Some(model) = frame.model else { return Some(None) };
        if let Some(found) = model.operation(&member.name) {
            return Some(Some(found));
        }
        let known: Vec<&str> = model.operations().iter().map(|each| each.name).collect();
        let Some(near) = nearest(&member.name, known.iter().copied()) else {
            return Some(None);
        };
        let message = format!("the model {} has no operation `{}`", model.name(), member.name);
        let help = format!("did you mean `{near}`? It has {}", quoted(&known));
        self.diagnostics.error(&member.name_span, message).help(help);
        None
    }

    /// A model that has none of the operations judges nothing.
    fn unmodelled(
        &mut self,
        workload: &Node,
        operations: &[CallOperation],
        frame: &Frame,
    ) -> Option<()> {
        let Some(model) = frame.model else { return Some(()) };
        if operations.iter().any(|operation| operation.action != Action::Other) {
            return Some(());
        }
        let known: Vec<&str> = model.operations().iter().map(|each| each.name).collect();
        let message = format!("none of the operations is one of the model {}", model.name());
        let help = format!("it has {}; leave `model` out if none describes them", quoted(&known));
        self.diagnostics.error(&workload.get("model")?.span, message).help(help);
        None
    }

    fn remote_call(&mut self, node: &Node, frame: &Frame) -> Option<SourceText<RemoteCall>> {
        let text = node.text()?;
        let value = match RemoteCall::parse(text) {
            Ok(value) => value,
            Err(error) => {
                self.syntax_error(node, &error);
                return None;
            }
        };
        let arity = value.arguments.len();
        let (module, function) = (value.module, value.function);
        let wrong = match &frame.callable {
            Callable::Anything => None,
            Callable::Compiled(code) => code.lacks(module, function, arity),
            Callable::Known if evaluate::is_known(module, function, arity) => None,
            Callable::Known => {
                let name = format!("{module}:{function}/{arity}");
                let known = evaluate::known_functions();
                let known: Vec<&str> = known.iter().map(String::as_str).collect();
                let help = suggestion(&name, &known, "functions");
                Some((format!("a node whose services are in Rust cannot call {name}"), help))
            }
        };
        if let Some((message, help)) = wrong {
            let span = self.diagnostics.inside(&node.span, &value.place);
            self.diagnostics.error(&span, message).help(help);
            return None;
        }
        Some(SourceText { text: text.to_owned(), value })
    }

    /// The patterns in a field; none if it is not there.
    fn patterns(&mut self, node: &Node, field: &str) -> Option<Vec<SourceText<Expression>>> {
        let Some(node) = node.get(field) else { return Some(Vec::new()) };
        let patterns: Vec<Option<SourceText<Expression>>> =
            node.items().iter().map(|item| self.pattern(item)).collect();
        patterns.into_iter().collect()
    }

    fn pattern(&mut self, node: &Node) -> Option<SourceText<Expression>> {
        let text = node.text()?;
        match Expression::parse(text) {
            Ok(value) => Some(SourceText { text: text.to_owned(), value }),
            Err(error) => {
                self.syntax_error(node, &error);
                None
            }
        }
    }

    fn syntax_error(&mut self, node: &Node, error: &SyntaxError) {
        let span = self.diagnostics.inside(&node.span, &error.place);
        self.diagnostics
            .error(&span, error.message.clone())
            .help("write Erlang: `bank:put(Key, {amount, Value})`, `{ok, Value}`, `{error, _}`");
    }

    fn call_variables(
        &mut self,
        operation: &CallOperation,
        node: &Node,
        specified: Option<&SpecifiedOperation>,
        frame: &Frame,
    ) -> bool {
        let known = frame.variables(specified);
        let mut fine = true;
        for variable in operation.call.value.variables() {
            let name = variable.name.as_str();
            if known.contains(&name) {
                continue;
            }
            let near = nearest(name, known.iter().copied());
            let (message, help) = if name == "Value" {
                let message = format!("`Value` is what `{}` answers", operation.name.as_str());
                (message, "call it with other variables".to_owned())
            } else if let Some(near) = near {
                (format!("unknown variable `{name}`"), format!("did you mean `{near}`?"))
            } else {
                let message = format!("unknown variable `{name}`");
                (message, format!("say in `draw` what it is, as in `\"{name}\": \"1..100\"`"))
            };
            self.variable_error(node.get("call"), variable, &message, &help);
            fine = false;
        }
        let unknown = operation.call.value.arguments.iter();
        if unknown.into_iter().any(has_anything) {
            let span = node.get("call").map(|call| call.span.clone()).unwrap_or_default();
            let error = self.diagnostics.error(&span, "`_` has no value");
            error.help("write a term or a variable; `_` is for the patterns of answers");
            fine = false;
        }
        fine
    }

    /// A pattern's variables are those of the call, and what the model says that it answers.
    fn pattern_variables(
        &mut self,
        operation: &CallOperation,
        node: &Node,
        specified: Option<&SpecifiedOperation>,
    ) -> bool {
        let mut bound: Vec<&str> =
            operation.drawn_variables().into_iter().map(Atom::as_str).collect();
        bound.extend(GIVEN);
        let mut fine = true;
        for (field, patterns) in
            [("ok", &operation.ok), ("none", &operation.none), ("failed", &operation.failed)]
        {
            let mut known = bound.clone();
            if field == "ok" && specified.is_some_and(|specified| specified.gives_value) {
                known.push("Value");
            }
            let nodes = node.get(field).map(Node::items).unwrap_or_default();
            for (pattern, node) in patterns.iter().zip(nodes) {
                for variable in pattern.value.variables() {
                    let name = variable.name.as_str();
                    if known.contains(&name) {
                        continue;
                    }
                    let near = nearest(name, known.iter().copied());
                    let help = near.map_or_else(
                        || "write `_` for what does not matter".to_owned(),
                        |near| format!("did you mean `{near}`? `_` is for what does not matter"),
                    );
                    let message = format!("`{name}` has no value in this answer");
                    self.variable_error(Some(node), variable, &message, &help);
                    fine = false;
                }
            }
        }
        fine
    }

    /// Checks that a value that is read is in the answer, and one that is written in the call.
    fn value_is_given(
        &mut self,
        operation: &CallOperation,
        node: &Node,
        specified: Option<&SpecifiedOperation>,
    ) -> bool {
        let Some(specified) = specified else { return true };
        let mut fine = true;
        if specified.gives_value {
            let nodes = node.get("ok").map(Node::items).unwrap_or_default();
            for (pattern, node) in operation.ok.iter().zip(nodes) {
                if !has_variable(&pattern.value.variables(), "Value") {
                    let message = format!("`{}` answers a value", specified.name);
                    let error = self.diagnostics.error(&node.span, message);
                    error.help("write where it is, as in `{ok, Value}`");
                    fine = false;
                }
            }
        }
        for part in specified.takes {
            if !has_variable(&operation.call.value.variables(), part) {
                let message = format!("`{}` needs `{part}` in its call", specified.name);
                let span = node.get("call").map(|call| call.span.clone()).unwrap_or_default();
                let error = self.diagnostics.error(&span, message);
                error.help("the model has to know what is written");
                fine = false;
            }
        }
        fine
    }

    /// `none` is for operations that may find nothing.
    fn nothing_has_a_meaning(
        &mut self,
        member: &Member,
        specified: Option<&SpecifiedOperation>,
    ) -> bool {
        let Some(node) = member.value.get("none") else { return true };
        let nothing: Option<Nothing> = specified.and_then(|specified| specified.nothing);
        if nothing.is_some() {
            return true;
        }
        let message = format!("`none` means nothing for `{}`", member.name);
        let help =
            "write answers under `failed` that say that it was not done, and others under `ok`";
        self.diagnostics.error(&node.span, message).help(help);
        false
    }

    fn variable_error(
        &mut self,
        node: Option<&Node>,
        variable: &Variable,
        message: &str,
        help: &str,
    ) {
        let Some(node) = node else { return };
        let span = self.diagnostics.inside(&node.span, &variable.place);
        self.diagnostics.error(&span, message).help(help);
    }

    /// Warns of what is drawn for nothing.
    fn idle_draws(&mut self, workload: &Node, operations: &[CallOperation]) {
        for member in workload.get("draw").map(Node::members).unwrap_or_default() {
            let name = Atom::new(&member.name);
            let used = |operation: &CallOperation| operation.drawn_variables().contains(&name);
            let transfers = |operation: &CallOperation| operation.action == Action::Transfer;
            let accounts = member.name == "Key" && operations.iter().any(transfers);
            if !operations.iter().any(used) && !accounts {
                let message = format!("no call has the variable `{}`", member.name);
                self.diagnostics.warn(&member.name_span, message).help("leave it out");
            }
        }
    }

    /// Fields that go with the client `calls` only.
    pub(in crate::scenario) fn no_calls(&mut self, workload: &Node, client: &str) {
        for name in super::shape::OWN {
            if let Some(member) = workload.member(name) {
                let message = format!("`{name}` does not go with `{client}`");
                let help = format!("it goes with `\"client\": \"{CALLS}\"`");
                self.diagnostics.error(&member.name_span, message).help(help);
            }
        }
        if let Some(operations) =
            workload.get("operations").filter(|operations| !operations.members().is_empty())
        {
            let message = "expected a list of operations, found an object";
            let help = format!("what each operation is goes with `\"client\": \"{CALLS}\"`");
            self.diagnostics.error(&operations.span, message).help(help);
        }
    }
}

fn has_variable(variables: &[&Variable], name: &str) -> bool {
    variables.iter().any(|variable| variable.name.as_str() == name)
}

fn has_anything(expression: &Expression) -> bool {
    match expression {
        Expression::Anything => true,
        Expression::Term(_) | Expression::Variable(_) => false,
        Expression::Tuple(elements) => elements.iter().any(has_anything),
        Expression::List(elements, tail) => elements.iter().any(has_anything) || has_anything(tail),
        Expression::Map(pairs) => {
            pairs.iter().any(|(key, value)| has_anything(key) || has_anything(value))
        }
    }
}

fn is_variable(name: &str) -> bool {
    name.starts_with(char::is_uppercase)
        && name.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '@')
}

/// Whole numbers: `1..100`.
fn between(text: &str) -> Option<Draw> {
    let (first, last) = text.split_once("..")?;
    let range: Range<i64> = first.trim().parse().ok()?..last.trim().parse().ok()?;
    (range.start <= range.end).then_some(Draw::Between(range.start, range.end))
}
