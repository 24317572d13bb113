//! From checked values to a [`Scenario`](super::Scenario): what no shape can say is found here.
//!
//! A part that cannot be resolved gives nothing, and its reason has been reported, here or by the
//! check before; the other parts are looked at all the same.

use std::path::PathBuf;

use serde_json::Value;

use crate::document::check::Checker;
use crate::document::diagnostic::Diagnostics;
use crate::document::names::Names;
use crate::document::shape::{Catalogue, Field, Object, ProgramInfo, Shape, Variant, Variants};
use crate::document::syntax::{Member, Node};

/// The knowledge that resolving needs, and the reports that it makes.
pub(super) struct Resolver<'a> {
    pub(super) catalogue: &'a Catalogue,
    pub(super) names: &'a Names,
    pub(super) diagnostics: &'a mut Diagnostics,
    /// The folder of the file, from the root of the disk.
    pub(super) folder: PathBuf,
}

impl Resolver<'_> {
    /// The settings of a program: what the file says, checked, and the defaults.
    pub(super) fn config(&mut self, thing: &Node, program: &ProgramInfo) -> Option<Value> {
        let config = thing.get("config")?;
        let mut checker = Checker::new(self.names, self.diagnostics);
        checker.check(config, &program.config_shape()).map(|config| config.to_json())
    }

    /// Checks that each name is there once.
    pub(super) fn no_repetition(&mut self, names: &[Node]) -> Option<()> {
        let mut fine = Some(());
        for (index, name) in names.iter().enumerate() {
            let first = names[..index].iter().find(|other| other.text() == name.text());
            if let (Some(first), Some(text)) = (first, name.text()) {
                let message = format!("`{text}` is there twice");
                let error = self.diagnostics.error(&name.span, message).help("name it once");
                error.related(&first.span, "the first is here");
                fine = None;
            }
        }
        fine
    }
}

/// One of the things that an object in a file can be: the words for it, and the way to read it.
///
/// `read` is a function; what it takes depends on the topic.
pub(super) struct Alternative<R> {
    /// The name of the field, or the value of the tag, that says that it is this one.
    pub(super) name: &'static str,
    /// A sentence about it.
    pub(super) about: &'static str,
    /// Its fields, made with its name: a field that says that it is this one comes first.
    pub(super) fields: fn(&'static str) -> Vec<Field>,
    /// The way from a checked object to what it says.
    pub(super) read: R,
}

impl<R> Alternative<R> {
    /// Its part of a shape.
    pub(super) fn variant(&self) -> Variant {
        Variant { name: self.name, about: self.about, fields: (self.fields)(self.name) }
    }
}

/// The shape of an object that is one of these, named by its first field.
pub(super) fn keyed<'a, R: 'a>(
    what: &'static str,
    all: impl IntoIterator<Item = &'a Alternative<R>>,
) -> Shape {
    let variants = Variants::Keyed(all.into_iter().map(Alternative::variant).collect());
    Shape::Object(Object { what, variants, ..Object::default() })
}

/// The shape of an object that is one of these, named by the value of a field.
pub(super) fn tagged<'a, R: 'a>(
    what: &'static str,
    tag: &'static str,
    all: impl IntoIterator<Item = &'a Alternative<R>>,
) -> Shape {
    let variants = Variants::Tagged(tag, all.into_iter().map(Alternative::variant).collect());
    Shape::Object(Object { what, variants, ..Object::default() })
}

/// The alternative that a checked object is, with the value of the field that names it.
pub(super) fn chosen<'a, 'n, R>(
    all: impl IntoIterator<Item = &'a Alternative<R>>,
    node: &'n Node,
) -> Option<(&'a Alternative<R>, &'n Node)> {
    let Member { name, value, .. } = node.members().first()?;
    let found = all.into_iter().find(|each| each.name == name);
    found.map(|alternative| (alternative, value))
}

/// All members of an object in a field, unless one cannot be resolved; each is looked at.
pub(super) fn members<T>(
    file: &Node,
    field: &str,
    mut resolve: impl FnMut(&Member) -> Option<T>,
) -> Option<Vec<T>> {
    let members = file.get(field)?.members();
    let resolved: Vec<Option<T>> = members.iter().map(&mut resolve).collect();
    resolved.into_iter().collect()
}

/// All values of a list in a field, unless one cannot be resolved; each is looked at.
pub(super) fn values<T>(
    file: &Node,
    field: &str,
    mut resolve: impl FnMut(&Node) -> Option<T>,
) -> Option<Vec<T>> {
    let resolved: Vec<Option<T>> = file.get(field)?.items().iter().map(&mut resolve).collect();
    resolved.into_iter().collect()
}

/// The value of a field, or `None` if it is wrong; inside, `None` if the field is not there.
#[expect(clippy::option_option, reason = "`None` is a mistake, which has been reported")]
pub(super) fn given<T>(
    node: &Node,
    field: &str,
    read: impl FnOnce(&Node) -> Option<T>,
) -> Option<Option<T>> {
    node.get(field).map_or(Some(None), |value| read(value).map(Some))
}

/// A choice that the shape allows and this code does not know.
pub(super) fn unknown_choice(choice: &str) -> ! {
    unreachable!("the shape allows the choice {choice}")
}
