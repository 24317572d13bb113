//! Two runs side by side.

use super::picture::Picture;

impl Picture {
    /// The same with what it takes to show another run beside it: the times of the same operations
    /// there, and the first record that the two do not share. `name` is what the other is called.
    #[must_use]
    pub fn beside(mut self, name: &str, other: &Picture) -> Picture {
        self.head.parting = parting(&self, other);
        self.head.operations.compare(&other.head.operations);
        self.head.has_twin |= !other.head.operations.invoked.is_empty();
        name.clone_into(&mut self.head.beside);
        self
    }

    /// The same with words for what the two runs differ in.
    #[must_use]
    pub fn with_differences(mut self, text: String) -> Picture {
        self.head.differences = text;
        self
    }
}

/// The number of the first record that another run does not have at the same place.
fn parting(one: &Picture, other: &Picture) -> Option<u32> {
    let [mine, theirs] = [one, other].map(Parts::of);
    let differs = |place: &usize| *place >= other.records() || mine.at(*place) != theirs.at(*place);
    (0..one.records()).find(differs).map(|place| one.columns.id[place])
}

/// The records of a picture with their texts.
struct Parts<'a> {
    picture: &'a Picture,
    texts: Vec<&'a str>,
}

impl<'a> Parts<'a> {
    fn of(picture: &'a Picture) -> Parts<'a> {
        Parts { picture, texts: picture.texts.list() }
    }

    /// All that a record says, but the numbers that stand for it.
    fn at(&self, place: usize) -> (u64, &'a str, &'a str, &'a str, &'a str, u64) {
        let Picture { head, columns, processes, .. } = self.picture;
        let node = usize::from(columns.node[place]).checked_sub(1);
        let process = (columns.process[place] as usize).checked_sub(1);
        (
            columns.at[place],
            head.kinds[columns.kind[place] as usize].as_str(),
            node.map_or("", |node| head.nodes[node].name.as_str()),
            process.map_or("", |process| processes.list[process].pid.as_str()),
            self.texts[columns.text[place] as usize],
            columns.number[place],
        )
    }
}
