//! The functions of a module, and which functions each of them calls.

use std::collections::{BTreeMap, BTreeSet};

use crate::beam::FunctionName;
use crate::beam::atom::AtomIndex;
use crate::beam::external::decode;
use crate::beam::file::{Instruction, Module, Operand};
use crate::beam::heap::Heap;
use crate::beam::value::Value;

/// A function of a module.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Body {
    /// The functions that it calls or makes a fun of; those that it calls by `apply` are not known.
    pub(super) calls: BTreeSet<FunctionName>,
    /// It has no code of its own and waits for a library in C.
    pub(super) is_stub: bool,
}

/// The functions of a module, by name.
pub(super) type Bodies = BTreeMap<FunctionName, Body>;

/// The functions of a module, and what they call.
pub(super) fn bodies(module: &Module) -> Bodies {
    let names = Names::of(module);
    let mut bodies = Bodies::new();
    let mut current = None;
    for instruction in &module.code {
        if let Some(name) = names.function(instruction) {
            bodies.entry(name).or_default();
            current = Some(name);
        }
        let Some(body) = current.and_then(|name| bodies.get_mut(&name)) else { continue };
        body.is_stub |= instruction.opcode == NIF_START;
        body.calls.extend(names.called(instruction));
        for operand in &instruction.operands {
            body.calls.extend(names.named(operand));
        }
    }
    // Before OTP 25 compilers did not mark them.
    if !bodies.values().any(|body| body.is_stub) {
        for body in bodies.values_mut() {
            let mut calls = body.calls.iter();
            body.is_stub = !body.calls.is_empty() && calls.all(|call| is_nif_error(*call));
        }
    }
    bodies
}

/// Does a function only say that its library is not there?
fn is_nif_error(name: FunctionName) -> bool {
    name.module().as_str() == "erlang" && name.function().as_str() == "nif_error"
}

const LABEL: u8 = 1;
const FUNC_INFO: u8 = 2;
const NIF_START: u8 = 179;

/// The meanings of the numbers in the instructions of a module.
struct Names<'a> {
    module: &'a Module,
    name: AtomIndex,
    /// The function that each label is in.
    labels: BTreeMap<u32, FunctionName>,
    /// The functions that literals name, as `fun lists:map/2`.
    literals: BTreeMap<u32, Vec<FunctionName>>,
}

impl<'a> Names<'a> {
    fn of(module: &'a Module) -> Names<'a> {
        let (labels, literals) = (BTreeMap::new(), literal_funs(module));
        let mut names = Names { module, name: AtomIndex::new(&module.name), labels, literals };
        let mut current = None;
        for instruction in &module.code {
            current = names.function(instruction).or(current);
            if let (LABEL, [Operand::Unsigned(label)], Some(name)) =
                (instruction.opcode, instruction.operands.as_slice(), current)
            {
                names.labels.insert(*label as u32, name);
            }
        }
        names
    }

    fn atom(&self, index: u32) -> AtomIndex {
        AtomIndex::new(self.module.atom(index))
    }

    /// The function that an instruction `func_info` begins.
    fn function(&self, instruction: &Instruction) -> Option<FunctionName> {
        match (instruction.opcode, instruction.operands.as_slice()) {
            (FUNC_INFO, [_, Operand::Atom(name), Operand::Unsigned(arity)]) => {
                let function = self.atom(*name);
                Some(FunctionName::new(self.name, function, u8::try_from(*arity).ok()?))
            }
            _ => None,
        }
    }

    /// The functions that an operand names.
    fn named(&self, operand: &Operand) -> Vec<FunctionName> {
        match operand {
            Operand::Literal(index) => self.literals.get(index).cloned().unwrap_or_default(),
            Operand::List(operands) => operands.iter().flat_map(|it| self.named(it)).collect(),
            Operand::Unsigned(_)
            | Operand::Integer(_)
            | Operand::BigInteger(_)
            | Operand::Atom(_)
            | Operand::Nil
            | Operand::X(_)
            | Operand::Y(_)
            | Operand::Label(_)
            | Operand::Character(_)
            | Operand::FloatRegister(_)
            | Operand::AllocationList(_) => Vec::new(),
        }
    }

    /// The function that an instruction calls, or makes a fun of.
    fn called(&self, instruction: &Instruction) -> Option<FunctionName> {
        let number = |place: usize| match instruction.operands.get(place) {
            Some(Operand::Unsigned(number)) => usize::try_from(*number).ok(),
            Some(Operand::Label(label)) => Some(*label as usize),
            _ => None,
        };
        match instruction.opcode {
            // call, call_last, call_only
            4..=6 => self.labels.get(&(number(1)? as u32)).copied(),
            // call_ext, call_ext_last, bif1, bif2, call_ext_only, bif3
            7 | 8 | 10 | 11 | 78 | 185 => self.imported(number(1)?),
            // bif0
            9 => self.imported(number(0)?),
            // gc_bif1, gc_bif2, gc_bif3
            124 | 125 | 152 => self.imported(number(2)?),
            // make_fun2, make_fun3
            103 | 171 => {
                let fun = self.module.funs.get(number(0)?)?;
                self.labels.get(&fun.label).copied()
            }
            _ => None,
        }
    }

    fn imported(&self, index: usize) -> Option<FunctionName> {
        let import = self.module.imports.get(index)?;
        Some(FunctionName::new(self.atom(import.module), self.atom(import.function), import.arity))
    }
}

/// The functions that the literals of a module name.
fn literal_funs(module: &Module) -> BTreeMap<u32, Vec<FunctionName>> {
    let has_fun = |bytes: &Vec<u8>| bytes.contains(&EXTERNAL_FUN);
    let candidates = (0..).zip(&module.literals).filter(|(_, bytes)| has_fun(bytes));
    let funs = candidates.filter_map(|(index, bytes)| {
        let mut heap = Heap::new();
        let (value, _) = decode(&mut heap, bytes).ok()?;
        let funs = funs_in(&heap, value);
        (!funs.is_empty()).then_some((index, funs))
    });
    funs.collect()
}

/// The byte that begins the name of a function in the external format.
const EXTERNAL_FUN: u8 = 113;

/// The functions that a term names.
fn funs_in(heap: &Heap, value: Value) -> Vec<FunctionName> {
    let (mut open, mut funs) = (vec![value], Vec::new());
    while let Some(value) = open.pop() {
        if let Some(fun) = heap.as_external_fun(value) {
            funs.push(FunctionName::new(fun.module, fun.function, fun.arity));
        } else if let Some((head, tail)) = heap.as_cons(value) {
            open.extend([head, tail]);
        } else if let Some(elements) = heap.as_tuple(value) {
            open.extend(elements);
        } else if let Some(pairs) = heap.map_pairs(value) {
            open.extend(pairs.into_iter().flat_map(|(key, value)| [key, value]));
        }
    }
    funs
}
