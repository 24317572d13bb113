//! Expectations: what a run must show.

use crate::scenario::model::{ApplicationConfig, Expectation, Placement};
use crate::scenario::syntax::{Member, Node};

use super::Resolver;

impl Resolver<'_> {
    pub(super) fn expectations(
        &mut self,
        file: &Node,
        applications: Option<&[ApplicationConfig]>,
    ) -> Option<Vec<Expectation>> {
        for expectation in file.get("expect").map(Node::items).unwrap_or_default() {
            self.several_instances(expectation, applications.unwrap_or_default());
        }
        super::values(file, "expect", expectation)
    }

    /// Reports an application that runs on several nodes by its very placement.
    fn several_instances(&mut self, expectation: &Node, applications: &[ApplicationConfig]) {
        let name = expectation.get("single_instance");
        let application = name.and_then(|name| {
            applications.iter().find(|each| Some(each.name.as_str()) == name.text())
        });
        if let (Some(name), Some(application)) = (name, application)
            && let Placement::Each(nodes) = &application.placement
            && nodes.len() > 1
        {
            let text = application.name.as_str();
            let message = format!("`{text}` runs on {} nodes on purpose", nodes.len());
            let help = "give the application `distributed` instead of `nodes`";
            self.diagnostics.error(&name.span, message).help(help);
        }
    }
}

fn expectation(node: &Node) -> Option<Expectation> {
    let Member { name, value, .. } = node.members().first()?;
    let subject = value.atom();
    let duration = |name| node.get(name).and_then(Node::duration);
    let at_most = || node.get("at_most").and_then(Node::integer);
    Some(match name.as_str() {
        "transparent" => {
            Expectation::Transparent { workload: subject?, within: duration("within")? }
        }
        "linearizable" => Expectation::Linearizable { workload: subject? },
        "lost_acknowledged" => {
            Expectation::LostAcknowledged { workload: subject?, at_most: at_most()? }
        }
        "duplicated" => Expectation::Duplicated { workload: subject?, at_most: at_most()? },
        "single_instance" => Expectation::SingleInstance {
            application: subject?,
            overlap_at_most: duration("overlap_at_most")?,
        },
        "availability" => Expectation::Availability {
            workload: subject?,
            at_least_ppm: node.get("at_least")?.ppm()?,
        },
        "recovery_time" => {
            Expectation::RecoveryTime { workload: subject?, at_most: duration("at_most")? }
        }
        "detection_time" => {
            Expectation::DetectionTime { node: subject?, at_most: duration("at_most")? }
        }
        other => super::unknown_choice(other),
    })
}
