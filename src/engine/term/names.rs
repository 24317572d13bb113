//! The conversion of the names in Rust's types to atoms: `AddItem` is `add_item`.

use std::borrow::Cow;
use std::cell::Cell;

use super::Atom;

/// The places of the cache; a program has some hundreds of names.
const SLOTS: usize = 512;

/// The address and length of a static name, and its atom.
type Slot = Cell<Option<(usize, usize, Atom)>>;

thread_local! {
    static FIELDS: [Slot; SLOTS] = const { [const { Cell::new(None) }; SLOTS] };
    static VARIANTS: [Slot; SLOTS] = const { [const { Cell::new(None) }; SLOTS] };
}

/// The atom of a field's name: the name as it stands.
pub(super) fn field_atom(name: &'static str) -> Atom {
    FIELDS.with(|slots| cached(slots, name, Atom::new))
}

/// The atom of a variant's or a unit struct's name: [`snake_case`].
pub(super) fn variant_atom(name: &'static str) -> Atom {
    VARIANTS.with(|slots| cached(slots, name, |name| Atom::new(&snake_case(name))))
}

/// A static name never moves and never changes, so its place stands for it.
fn cached(slots: &[Slot; SLOTS], name: &'static str, make: impl Fn(&str) -> Atom) -> Atom {
    let (address, length) = (name.as_ptr() as usize, name.len());
    let slot = &slots[(address ^ (address >> 9) ^ (length << 4)) % SLOTS];
    match slot.get() {
        Some((a, l, atom)) if (a, l) == (address, length) => atom,
        _ => {
            let atom = make(name);
            slot.set(Some((address, length, atom)));
            atom
        }
    }
}

/// The name of a Rust type or variant as Erlang would write it. Names in capitals only (`DOWN`),
/// and those that start with no capital, stay as they are.
pub(super) fn snake_case(name: &str) -> Cow<'_, str> {
    let capitals = name.chars().filter(char::is_ascii_uppercase).count();
    let only_capitals = capitals > 1 && !name.chars().any(|c| c.is_ascii_lowercase());
    if !name.starts_with(|c: char| c.is_ascii_uppercase()) || only_capitals {
        return Cow::Borrowed(name);
    }
    let mut snake = String::with_capacity(name.len() + capitals);
    let mut characters = name.chars().peekable();
    let mut before = '_';
    while let Some(c) = characters.next() {
        // A word starts after a small letter, and with the last capital of an acronym.
        let after_word = !before.is_ascii_uppercase() && before != '_';
        let ends_acronym =
            before.is_ascii_uppercase() && characters.peek().is_some_and(char::is_ascii_lowercase);
        if c.is_ascii_uppercase() && (after_word || ends_acronym) {
            snake.push('_');
        }
        snake.push(c.to_ascii_lowercase());
        before = c;
    }
    Cow::Owned(snake)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_types_become_names_of_atoms() {
        for (name, expected) in [
            ("Add", "add"),
            ("AddItem", "add_item"),
            ("HTTPServer", "http_server"),
            ("V2", "v2"),
            ("A", "a"),
            ("Step2Done", "step2_done"),
            ("Already_Snake", "already_snake"),
            ("DOWN", "DOWN"),
            ("already_snake", "already_snake"),
            ("kebab-case", "kebab-case"),
        ] {
            assert_eq!(snake_case(name), expected);
            assert_eq!(variant_atom(name).as_str(), expected);
            assert_eq!(variant_atom(name).as_str(), expected, "from the cache");
            assert_eq!(field_atom(name).as_str(), name);
        }
    }
}
