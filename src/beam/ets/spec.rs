//! Match specifications: patterns, guards and what is made of a row that fits.
//!
//! All its values lie on the heap of the tables, and what it makes is made there.

use std::collections::BTreeSet;

use crate::beam::AtomIndex;
use crate::beam::heap::{Heap, ValueKind};
use crate::beam::native::{Natives, Pure, Raise};
use crate::beam::value::Value;

/// The depth to which a specification may be nested.
const DEPTH_MAX: usize = 500;

/// A match specification: the clauses are tried in their order.
pub(super) struct Spec {
    clauses: Vec<Clause>,
}

struct Clause {
    /// The pattern as it is written.
    written: Value,
    pattern: Pattern,
    guards: Vec<Expression>,
    body: Vec<Expression>,
}

/// A pattern that a term is compared with.
pub(super) enum Pattern {
    Any,
    Variable(usize),
    /// A term without variables.
    Constant(Value),
    Tuple(Vec<Pattern>),
    List(Vec<Pattern>, Box<Pattern>),
    /// Keys, which are no patterns, and their values.
    Map(Vec<(Value, Pattern)>),
}

/// An expression over the variables.
enum Expression {
    Constant(Value),
    Variable(usize),
    /// `$_`: the whole row.
    Row,
    /// `$$`: the variables, in their order.
    Variables,
    Tuple(Vec<Expression>),
    List(Vec<Expression>, Box<Expression>),
    Map(Vec<(Expression, Expression)>),
    Call(Pure, Vec<Expression>),
    /// `andalso` and `orelse`: the first operand that is this value decides.
    Until(bool, Vec<Expression>),
    /// `and` and `or`, which compute all operands.
    All(bool, Vec<Expression>),
    /// `self()`, `node()`.
    Of(Surrounding),
    IsRecord(Box<Expression>, Value, usize),
}

#[derive(Clone, Copy)]
enum Surrounding {
    Process,
    Node,
}

/// The surroundings that a specification may ask about, as values of the heap of the tables.
#[derive(Clone, Copy)]
pub(super) struct Surroundings {
    pub(super) pid: Value,
    pub(super) node: Value,
}

/// The highest number of a variable.
const VARIABLE_MAX: usize = 100_000_000;

/// Functions that guards and bodies may call, beside those with a form of their own.
const FUNCTIONS: [(&str, &[u8]); 49] = [
    ("is_atom", &[1]),
    ("is_float", &[1]),
    ("is_integer", &[1]),
    ("is_list", &[1]),
    ("is_number", &[1]),
    ("is_pid", &[1]),
    ("is_port", &[1]),
    ("is_reference", &[1]),
    ("is_tuple", &[1]),
    ("is_map", &[1]),
    ("is_binary", &[1]),
    ("is_bitstring", &[1]),
    ("is_boolean", &[1]),
    ("is_function", &[1, 2]),
    ("is_map_key", &[2]),
    ("abs", &[1]),
    ("element", &[2]),
    ("hd", &[1]),
    ("length", &[1]),
    ("round", &[1]),
    ("size", &[1]),
    ("tuple_size", &[1]),
    ("map_size", &[1]),
    ("map_get", &[2]),
    ("bit_size", &[1]),
    ("byte_size", &[1]),
    ("binary_part", &[2, 3]),
    ("tl", &[1]),
    ("trunc", &[1]),
    ("float", &[1]),
    ("ceil", &[1]),
    ("floor", &[1]),
    ("+", &[1, 2]),
    ("-", &[1, 2]),
    ("*", &[2]),
    ("/", &[2]),
    ("div", &[2]),
    ("rem", &[2]),
    ("band", &[2]),
    ("bor", &[2]),
    ("bxor", &[2]),
    ("bnot", &[1]),
    ("bsl", &[2]),
    ("bsr", &[2]),
    (">", &[2]),
    (">=", &[2]),
    ("<", &[2]),
    ("not", &[1]),
    ("xor", &[2]),
];
/// As [`FUNCTIONS`], of any two terms.
const COMPARISONS: [&str; 5] = ["=<", "=:=", "==", "=/=", "/="];

/// The number of a variable `$1`.
pub(super) fn variable(atom: AtomIndex) -> Option<usize> {
    let digits = atom.as_str().strip_prefix('$')?;
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    if is_number { digits.parse().ok().filter(|number| *number <= VARIABLE_MAX) } else { None }
}

impl Spec {
    /// Reads a specification.
    pub(super) fn parse(heap: &Heap, natives: &Natives, spec: Value) -> Result<Spec, Raise> {
        let written = heap.as_list(spec).ok_or(Raise::BADARG)?;
        let clause = |clause: Value| match heap.as_tuple(clause) {
            Some(&[pattern, guards, body]) => Clause::parse(heap, natives, pattern, guards, body),
            Some(_) | None => Err(Raise::BADARG),
        };
        Ok(Spec { clauses: written.into_iter().map(clause).collect::<Result<_, _>>()? })
    }

    /// The key that a row must have to fit, if it is only one. It is equal as a whole, as a map too.
    pub(super) fn key(&self, heap: &Heap, key_place: usize) -> Option<Value> {
        let [clause] = self.clauses.as_slice() else { return None };
        match &clause.pattern {
            Pattern::Tuple(elements) if elements.get(key_place)?.is_bound() => {
                heap.as_tuple(clause.written)?.get(key_place).copied()
            }
            Pattern::Any
            | Pattern::Variable(_)
            | Pattern::Constant(_)
            | Pattern::Tuple(_)
            | Pattern::List(..)
            | Pattern::Map(_) => None,
        }
    }

    /// The result of a row by the first clause that it fits; `None` when it fits none.
    pub(super) fn run(&self, heap: &mut Heap, row: Value, around: Surroundings) -> Option<Value> {
        self.clauses.iter().find_map(|clause| clause.run(heap, row, around))
    }
}

impl Clause {
    fn parse(
        heap: &Heap,
        natives: &Natives,
        pattern: Value,
        guards: Value,
        body: Value,
    ) -> Result<Clause, Raise> {
        let written = pattern;
        let mut reader = Reader { heap, natives, bound: BTreeSet::new() };
        let pattern = reader.pattern(pattern, 0)?;
        let body = heap.as_list(body).filter(|body| !body.is_empty()).ok_or(Raise::BADARG)?;
        let guards = heap.as_list(guards).ok_or(Raise::BADARG)?;
        Ok(Clause {
            written,
            pattern,
            guards: reader.expressions(&guards, 0)?,
            body: reader.expressions(&body, 0)?,
        })
    }

    fn run(&self, heap: &mut Heap, row: Value, around: Surroundings) -> Option<Value> {
        let mut bindings = Vec::new();
        if !self.pattern.matches(heap, row, &mut bindings) {
            return None;
        }
        let mut run = Run { heap, row, around, bindings, catches: false };
        for guard in &self.guards {
            if run.value(guard).ok()?.as_boolean() != Some(true) {
                return None;
            }
        }
        run.catches = true;
        let mut made = Value::NIL;
        for expression in &self.body {
            made = run.value(expression).ok()?;
        }
        Some(made)
    }
}

struct Reader<'a> {
    heap: &'a Heap,
    natives: &'a Natives,
    /// The variables of the head.
    bound: BTreeSet<usize>,
}

impl Reader<'_> {
    fn pattern(&mut self, term: Value, depth: usize) -> Result<Pattern, Raise> {
        if depth > DEPTH_MAX {
            return Err(Raise::SYSTEM_LIMIT);
        }
        let heap = self.heap;
        let parts = |reader: &mut Self, parts: &[Value]| -> Result<Vec<Pattern>, Raise> {
            parts.iter().map(|part| reader.pattern(*part, depth + 1)).collect()
        };
        let pattern = match heap.kind(term) {
            ValueKind::Atom => match term.as_atom() {
                Some(atom) if atom.as_str() == "_" => Pattern::Any,
                Some(atom) => match variable(atom) {
                    Some(number) => {
                        self.bound.insert(number);
                        Pattern::Variable(number)
                    }
                    None => Pattern::Constant(term),
                },
                None => Pattern::Constant(term),
            },
            ValueKind::Tuple => {
                Pattern::Tuple(parts(self, heap.as_tuple(term).unwrap_or_default())?)
            }
            ValueKind::List => {
                let mut elements = heap.elements(term);
                let heads: Vec<Value> = elements.by_ref().collect();
                let tail = self.pattern(elements.rest(), depth + 1)?;
                Pattern::List(parts(self, &heads)?, Box::new(tail))
            }
            ValueKind::Map => {
                let pairs = heap.map_pairs(term).unwrap_or_default();
                let pair = |(key, value): (Value, Value)| match key.as_atom() {
                    Some(atom) if atom.as_str() == "_" || variable(atom).is_some() => {
                        Err(Raise::BADARG)
                    }
                    Some(_) | None => Ok((key, self.pattern(value, depth + 1)?)),
                };
                Pattern::Map(pairs.into_iter().map(pair).collect::<Result<_, _>>()?)
            }
            ValueKind::Integer
            | ValueKind::Float
            | ValueKind::Reference
            | ValueKind::Fun
            | ValueKind::Port
            | ValueKind::Pid
            | ValueKind::Nil
            | ValueKind::Bits => Pattern::Constant(term),
        };
        // A row that must be equal as a whole is compared as a whole; maps are no such thing.
        let is_constant = match &pattern {
            Pattern::Tuple(parts) => depth > 0 && parts.iter().all(Pattern::is_constant),
            Pattern::List(parts, tail) => {
                tail.is_constant() && parts.iter().all(Pattern::is_constant)
            }
            Pattern::Any | Pattern::Variable(_) | Pattern::Constant(_) | Pattern::Map(_) => false,
        };
        Ok(if is_constant { Pattern::Constant(term) } else { pattern })
    }

    fn expressions(&self, terms: &[Value], depth: usize) -> Result<Vec<Expression>, Raise> {
        terms.iter().map(|term| self.expression(*term, depth + 1)).collect()
    }

    fn expression(&self, term: Value, depth: usize) -> Result<Expression, Raise> {
        if depth > DEPTH_MAX {
            return Err(Raise::SYSTEM_LIMIT);
        }
        let heap = self.heap;
        if let Some(atom) = term.as_atom() {
            return match (atom.as_str(), variable(atom)) {
                ("$_", _) => Ok(Expression::Row),
                ("$$", _) => Ok(Expression::Variables),
                (_, Some(number)) if self.bound.contains(&number) => {
                    Ok(Expression::Variable(number))
                }
                (_, Some(_)) => Err(Raise::BADARG),
                (_, None) => Ok(Expression::Constant(term)),
            };
        }
        if let Some(parts) = heap.as_tuple(term) {
            return self.tuple(parts, depth);
        }
        if term.is_cons() {
            let mut elements = heap.elements(term);
            let heads: Vec<Value> = elements.by_ref().collect();
            let tail = self.expression(elements.rest(), depth + 1)?;
            return Ok(Expression::List(self.expressions(&heads, depth)?, Box::new(tail)));
        }
        if let Some(pairs) = heap.map_pairs(term) {
            let pair = |(key, value)| {
                Ok((self.expression(key, depth + 1)?, self.expression(value, depth + 1)?))
            };
            return Ok(Expression::Map(pairs.into_iter().map(pair).collect::<Result<_, _>>()?));
        }
        Ok(Expression::Constant(term))
    }

    /// `{{…}}`, `{const, Term}`, or the call of a function.
    fn tuple(&self, parts: &[Value], depth: usize) -> Result<Expression, Raise> {
        let [first, operands @ ..] = parts else { return Err(Raise::BADARG) };
        if let (Some(elements), []) = (self.heap.as_tuple(*first), operands) {
            return Ok(Expression::Tuple(self.expressions(elements, depth)?));
        }
        let name = first.as_atom().ok_or(Raise::BADARG)?.as_str();
        match (name, operands) {
            ("const", [term]) => return Ok(Expression::Constant(*term)),
            ("self", []) => return Ok(Expression::Of(Surrounding::Process)),
            ("node", []) => return Ok(Expression::Of(Surrounding::Node)),
            ("is_record", [term, tag, size]) => {
                let size = self.heap.as_size(*size).ok_or(Raise::BADARG)?;
                let term = self.expression(*term, depth + 1)?;
                return Ok(Expression::IsRecord(Box::new(term), *tag, size));
            }
            _ => {}
        }
        let operands = self.expressions(operands, depth)?;
        match name {
            "andalso" if !operands.is_empty() => return Ok(Expression::Until(false, operands)),
            "orelse" if !operands.is_empty() => return Ok(Expression::Until(true, operands)),
            "and" if !operands.is_empty() => return Ok(Expression::All(false, operands)),
            "or" if !operands.is_empty() => return Ok(Expression::All(true, operands)),
            _ => {}
        }
        let arity = operands.len() as u8;
        let is_known =
            FUNCTIONS.iter().any(|(known, arities)| *known == name && arities.contains(&arity))
                || COMPARISONS.contains(&name) && arity == 2;
        let native = self.natives.get(AtomIndex::new("erlang"), AtomIndex::new(name), arity);
        match native.filter(|_| is_known) {
            Some(native) => Ok(Expression::Call(native, operands)),
            None => Err(Raise::BADARG),
        }
    }
}

/// The variables that have a value so far.
type Bindings = Vec<(usize, Value)>;

fn bound_to(bindings: &Bindings, number: usize) -> Option<Value> {
    bindings.iter().find(|(bound, _)| *bound == number).map(|(_, value)| *value)
}

impl Pattern {
    fn is_constant(&self) -> bool {
        matches!(self, Pattern::Constant(_))
    }

    /// Is there no variable in it?
    fn is_bound(&self) -> bool {
        match self {
            Pattern::Any | Pattern::Variable(_) => false,
            Pattern::Constant(_) => true,
            Pattern::Tuple(parts) => parts.iter().all(Pattern::is_bound),
            Pattern::List(parts, tail) => tail.is_bound() && parts.iter().all(Pattern::is_bound),
            Pattern::Map(pairs) => pairs.iter().all(|(_, pattern)| pattern.is_bound()),
        }
    }

    fn matches(&self, heap: &Heap, term: Value, bindings: &mut Bindings) -> bool {
        let mut each = |pattern: &Pattern, term| pattern.matches(heap, term, bindings);
        match self {
            Pattern::Any => true,
            Pattern::Constant(constant) => heap.equals(*constant, term),
            Pattern::Variable(number) => {
                if let Some(bound) = bound_to(bindings, *number) {
                    return heap.equals(bound, term);
                }
                bindings.push((*number, term));
                true
            }
            Pattern::Tuple(patterns) => heap.as_tuple(term).is_some_and(|terms| {
                terms.len() == patterns.len()
                    && patterns.iter().zip(terms).all(|(pattern, term)| each(pattern, *term))
            }),
            Pattern::List(heads, tail) => {
                let mut rest = term;
                let fits = heads.iter().all(|head| match heap.as_cons(rest) {
                    Some((term, after)) => {
                        rest = after;
                        each(head, term)
                    }
                    None => false,
                });
                fits && each(tail, rest)
            }
            Pattern::Map(pairs) => {
                heap.is_map(term)
                    && pairs.iter().all(|(key, pattern)| {
                        heap.map_get(term, *key).is_some_and(|value| each(pattern, value))
                    })
            }
        }
    }
}

/// A row that fits the head of a clause.
struct Run<'a> {
    heap: &'a mut Heap,
    row: Value,
    around: Surroundings,
    bindings: Bindings,
    /// A failure is `'EXIT'`, as in bodies.
    catches: bool,
}

impl Run<'_> {
    fn values(&mut self, expressions: &[Expression]) -> Result<Vec<Value>, Raise> {
        expressions.iter().map(|expression| self.value(expression)).collect()
    }

    fn value(&mut self, expression: &Expression) -> Result<Value, Raise> {
        let value = self.computed(expression);
        if self.catches { Ok(value.unwrap_or(crate::beam::atom::UPPER_EXIT.into())) } else { value }
    }

    fn computed(&mut self, expression: &Expression) -> Result<Value, Raise> {
        match expression {
            Expression::Constant(value) => Ok(*value),
            Expression::Variable(number) => bound_to(&self.bindings, *number).ok_or(Raise::BADARG),
            Expression::Row => Ok(self.row),
            Expression::Variables => {
                let mut bound = self.bindings.clone();
                bound.sort_by_key(|(number, _)| *number);
                let bound: Vec<Value> = bound.into_iter().map(|(_, value)| value).collect();
                Ok(self.heap.list(&bound))
            }
            Expression::Tuple(elements) => {
                let elements = self.values(elements)?;
                Ok(self.heap.tuple(&elements))
            }
            Expression::List(heads, tail) => {
                let (heads, tail) = (self.values(heads)?, self.value(tail)?);
                Ok(self.heap.list_with_tail(&heads, tail))
            }
            Expression::Map(pairs) => {
                let pairs: Result<Vec<_>, Raise> = pairs
                    .iter()
                    .map(|(key, value)| Ok((self.value(key)?, self.value(value)?)))
                    .collect();
                Ok(self.heap.map(&pairs?))
            }
            Expression::Call(native, operands) => {
                let operands = self.values(operands)?;
                native(self.heap, &operands)
            }
            Expression::Until(decides, operands) => self.until(*decides, operands),
            Expression::All(decides, operands) => {
                let operands = self.values(operands)?.into_iter();
                let truths: Option<Vec<bool>> = operands.map(Value::as_boolean).collect();
                let truths = truths.ok_or(Raise::BADARG)?;
                Ok((truths.contains(decides) == *decides).into())
            }
            Expression::Of(Surrounding::Process) => Ok(self.around.pid),
            Expression::Of(Surrounding::Node) => Ok(self.around.node),
            Expression::IsRecord(term, tag, size) => {
                let term = self.value(term)?;
                let is_record = self.heap.as_tuple(term).is_some_and(|elements| {
                    elements.len() == *size && elements.first() == Some(tag)
                });
                Ok(is_record.into())
            }
        }
    }

    /// The operands up to the first that decides; the last may be anything.
    fn until(&mut self, decides: bool, operands: &[Expression]) -> Result<Value, Raise> {
        let mut value = Value::boolean(!decides);
        for (index, operand) in operands.iter().enumerate() {
            value = self.value(operand)?;
            match value.as_boolean() {
                Some(truth) if truth == decides => return Ok(value),
                Some(_) => {}
                None if index + 1 == operands.len() => {}
                None => return Err(Raise::BADARG),
            }
        }
        Ok(value)
    }
}
