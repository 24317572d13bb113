//! The code of a node: which modules are loaded, and where their functions are.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::beam::atom::{AtomIndex, EMPTY};
use crate::beam::function::FunctionName;
use crate::beam::image::Image;
use crate::beam::value::{Value, tag};

/// The bits of an export before its number of arguments.
const ARITY_SHIFT: u32 = 56;
/// The images that there may be.
const IMAGES_MAX: u32 = 1 << 24;

/// A place in the code: an image and an instruction of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::beam) struct Place {
    pub(in crate::beam) image: u32,
    pub(in crate::beam) pc: u32,
}

impl Place {
    /// The place as a word of a stack.
    #[inline]
    pub(super) fn word(self, tag: u64) -> Value {
        Value::tagged(tag, u64::from(self.image) << 32 | u64::from(self.pc))
    }

    #[inline]
    pub(super) fn of(word: Value) -> Place {
        Place { image: (word.payload() >> 32) as u32, pc: word.payload() as u32 }
    }

    #[inline]
    pub(super) fn return_word(self) -> Value {
        self.word(tag::CODE)
    }
}

/// A change of the code of a module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodeChange {
    /// The current code becomes old.
    Delete(AtomIndex),
    /// The old code is gone.
    Purge(AtomIndex),
}

/// The code of a node.
#[derive(Default)]
pub struct Code {
    /// By their numbers.
    images: Vec<Option<Arc<Image>>>,
    /// By the numbers of the functions' names: the number of arguments and the place of each in one word, or
    /// 0.
    exports: Vec<u64>,
    /// The image of each module that is loaded.
    modules: BTreeMap<AtomIndex, u32>,
    /// The image that each module had before, until it is purged.
    old: BTreeMap<AtomIndex, u32>,
    /// Images that were purged: funs of theirs cannot be called.
    purged: BTreeSet<u32>,
    /// Modules that were deleted.
    deleted: BTreeSet<AtomIndex>,
    /// Modules that are not to be found.
    absent: BTreeSet<AtomIndex>,
}

impl Code {
    /// Makes the functions of an image those of its module.
    pub(super) fn load(&mut self, image: Arc<Image>) {
        assert!(image.number < IMAGES_MAX, "{IMAGES_MAX} images at the most");
        let number = image.number as usize;
        self.purged.remove(&image.number);
        if self.modules.get(&image.name) != Some(&image.number) {
            self.unload(image.name);
        }
        if self.images.len() <= number {
            self.images.resize(number + 1, None);
        }
        for (name, pc) in &image.exports {
            let index = name.index() as usize;
            if self.exports.len() <= index {
                self.exports.resize(index + 1, 0);
            }
            let arity = u64::from(name.parts().2);
            self.exports[index] =
                arity << ARITY_SHIFT | u64::from(image.number) << 32 | u64::from(*pc);
        }
        self.absent.remove(&image.name);
        // The natives are no module.
        if image.name != EMPTY {
            self.modules.insert(image.name, image.number);
        }
        self.images[number] = Some(image);
    }

    /// Takes the functions of a module away; who runs its code goes on. It is old code then.
    fn unload(&mut self, module: AtomIndex) {
        let Some(number) = self.modules.remove(&module) else { return };
        for (name, _) in &self.image(number).exports.clone() {
            self.exports[name.index() as usize] = 0;
        }
        if let Some(older) = self.old.insert(module, number) {
            self.purged.insert(older);
        }
    }

    /// Changes which code a module has.
    pub(super) fn change(&mut self, change: CodeChange) {
        match change {
            CodeChange::Delete(module) => {
                self.unload(module);
                self.deleted.insert(module);
            }
            CodeChange::Purge(module) => {
                if let Some(old) = self.old.remove(&module) {
                    self.purged.insert(old);
                }
            }
        }
    }

    /// Was there a module of this name, which was deleted?
    pub(in crate::beam) fn was_deleted(&self, module: AtomIndex) -> bool {
        self.deleted.contains(&module)
    }

    /// The number of the old code of a module.
    pub(in crate::beam) fn old(&self, module: AtomIndex) -> Option<u32> {
        self.old.get(&module).copied()
    }

    #[inline]
    pub(in crate::beam) fn image(&self, number: u32) -> &Image {
        self.images[number as usize].as_ref().expect("what is run was loaded")
    }

    /// The image with a number, if it was loaded here.
    #[inline]
    pub(super) fn find_image(&self, number: u32) -> Option<&Image> {
        let is_purged = !self.purged.is_empty() && self.purged.contains(&number);
        if is_purged { None } else { self.images.get(number as usize)?.as_deref() }
    }

    /// The image of a module that is loaded.
    pub(in crate::beam) fn module(&self, name: AtomIndex) -> Option<&Image> {
        self.modules.get(&name).map(|number| self.image(*number))
    }

    /// The names of the modules that are loaded.
    pub fn modules(&self) -> impl Iterator<Item = AtomIndex> {
        self.modules.keys().copied()
    }

    /// The place where a function begins, if it is loaded.
    #[inline]
    pub(in crate::beam) fn export(&self, name: FunctionName) -> Option<Place> {
        self.callable(name).map(|(place, _)| place)
    }

    /// The same with the number of its arguments.
    #[inline]
    pub(super) fn callable(&self, name: FunctionName) -> Option<(Place, u8)> {
        match self.exports.get(name.index() as usize) {
            None | Some(0) => None,
            Some(word) => {
                let image = (word >> 32) as u32 & (IMAGES_MAX - 1);
                Some((Place { image, pc: *word as u32 }, (word >> ARITY_SHIFT) as u8))
            }
        }
    }

    pub(in crate::beam) fn is_absent(&self, module: AtomIndex) -> bool {
        self.absent.contains(&module)
    }

    pub(super) fn set_absent(&mut self, module: AtomIndex) {
        self.absent.insert(module);
    }
}
