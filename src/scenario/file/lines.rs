//! The lines of a scenario's expectations in its file.

use super::Scenario;
use crate::document::diagnostic::text::unmarked;
use crate::document::{Document, Node};

impl Scenario {
    /// The lines, counted from 1, of the scenario's expectations in the text that it was read from.
    /// The line of a claim is that of the workload.
    pub(crate) fn lines(&self, text: &str) -> Vec<usize> {
        let text = unmarked(text);
        let Some(file) = Document::parse(text, "").root else {
            return Vec::new();
        };
        let line = |node: &Node| text[..node.span.start].matches('\n').count() + 1;
        let items = |name| file.get(name).map(Node::items).unwrap_or_default().iter().map(line);
        let (mut lines, invariants): (Vec<usize>, Vec<usize>) =
            (items("expect").collect(), items("invariants").collect());
        let claims = self.expectations.len().saturating_sub(lines.len() + invariants.len());
        let workload = file.get("workload").map_or(1, line);
        lines.extend(std::iter::repeat_n(workload, claims));
        lines.extend(invariants);
        lines
    }
}
