//! Functions as values.

use super::Heap;
use super::object::kind;
use crate::beam::atom::AtomIndex;
use crate::beam::value::Value;

/// An anonymous function: which one of which module, and the variables that it closes over (`F`:
/// themselves, or how many they are).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fun<F> {
    /// The module that it was made in.
    pub module: AtomIndex,
    /// Its number in the module.
    pub index: u32,
    /// The hash of its code.
    pub uniq: u32,
    /// The number of its arguments.
    pub arity: u8,
    /// The image of the code that it was made in.
    pub(in crate::beam) image: u32,
    /// The variables that it closes over.
    pub free: F,
}

/// A function of a module by its name: `fun lists:map/2`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ExternalFun {
    /// The module.
    pub module: AtomIndex,
    /// The function.
    pub function: AtomIndex,
    /// The number of its arguments.
    pub arity: u8,
}

/// The words of a fun before the variables that it closes over.
pub(in crate::beam) const FUN_WORDS: usize = 5;

impl Heap {
    /// The anonymous function as a value.
    pub fn fun(&mut self, fun: Fun<&[Value]>) -> Value {
        let value = self.begin_fun(Fun {
            module: fun.module,
            index: fun.index,
            uniq: fun.uniq,
            arity: fun.arity,
            image: fun.image,
            free: fun.free.len(),
        });
        self.words.extend_from_slice(fun.free);
        value
    }

    /// Begins the anonymous function, whose variables are then given with [`Heap::push`].
    pub(in crate::beam) fn begin_fun(&mut self, fun: Fun<usize>) -> Value {
        let value = self.begin(kind::FUN, FUN_WORDS + fun.free);
        self.push(Value::atom(fun.module));
        for number in [fun.index, fun.uniq, fun.arity.into(), fun.image] {
            self.push(Value::small(number.into()));
        }
        value
    }

    /// The anonymous function.
    #[must_use]
    #[inline]
    pub fn as_fun(&self, value: Value) -> Option<Fun<&[Value]>> {
        let words = self.as_object(value, kind::FUN)?;
        let (words, free) = words.split_at(FUN_WORDS);
        let number = |index: usize| words[index].small_value() as u32;
        Some(Fun {
            module: AtomIndex::from_index(words[0].payload() as u32),
            index: number(1),
            uniq: number(2),
            arity: number(3) as u8,
            image: number(4),
            free,
        })
    }

    /// `fun module:function/arity` as a value.
    pub fn external_fun(&mut self, fun: ExternalFun) -> Value {
        let arity = Value::small(fun.arity.into());
        self.make(kind::EXTERNAL_FUN, &[fun.module.into(), fun.function.into(), arity])
    }

    /// The function that is named by module, function and arity.
    #[must_use]
    pub fn as_external_fun(&self, value: Value) -> Option<ExternalFun> {
        let words = self.as_object(value, kind::EXTERNAL_FUN)?;
        Some(ExternalFun {
            module: words[0].as_atom()?,
            function: words[1].as_atom()?,
            arity: words[2].as_small()? as u8,
        })
    }

    /// The number of arguments of a function.
    #[must_use]
    pub fn fun_arity(&self, value: Value) -> Option<u8> {
        match self.as_fun(value) {
            Some(fun) => Some(fun.arity),
            None => self.as_external_fun(value).map(|fun| fun.arity),
        }
    }
}
