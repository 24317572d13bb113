//! Expectations: what a run must show.

use crate::document::syntax::{Member, Node};
use crate::scenario::placement::Layout;
use crate::scenario::reading::{Resolver, unknown_choice, values};
use crate::scenario::{ApplicationConfig, Placement};

use super::Expectation;

impl Resolver<'_> {
    pub(in crate::scenario) fn expectations(
        &mut self,
        file: &Node,
        applications: Option<&[ApplicationConfig]>,
    ) -> Option<Vec<Expectation>> {
        for expectation in file.get("expect").map(Node::items).unwrap_or_default() {
            self.several_instances(expectation, applications.unwrap_or_default());
        }
        values(file, "expect", expectation)
    }

    /// Reports an application that runs on several nodes by its very placement.
    fn several_instances(&mut self, expectation: &Node, applications: &[ApplicationConfig]) {
        let [single, two] = ["single_instance", "two_primaries"].map(|name| expectation.get(name));
        let name = single.or(two);
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
        "transparent" | "masking" => {
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
        "fail_safe" => Expectation::FailSafe { workload: subject? },
        "nonmasking" => Expectation::Nonmasking {
            workload: subject?,
            within: duration("within")?,
            after: duration("after")?,
        },
        "progress" => Expectation::Progress {
            workload: subject?,
            within: duration("within"),
            after: duration("after")?,
        },
        "rpo" => Expectation::RecoveryPoint { workload: subject?, at_most: duration("at_most")? },
        "error_budget" => Expectation::ErrorBudget {
            workload: subject?,
            objective_ppm: node.get("objective")?.ppm()?,
            at_most_permille: permille(node.get("at_most")?)?,
        },
        "p99_against_twin" => Expectation::P99AgainstTwin {
            workload: subject?,
            at_most_permille: permille(node.get("at_most")?)?,
        },
        "two_primaries" => {
            Expectation::TwoPrimaries { application: subject?, at_most: duration("at_most")? }
        }
        "location_transparent" => Expectation::LocationTransparent {
            workload: subject?,
            placements: node.get("placements")?.integer().unwrap_or(Layout::ALL.len() as u32),
        },
        other => unknown_choice(other),
    })
}

/// A factor in thousandths; what is greater than any that fits is no limit.
fn permille(node: &Node) -> Option<u32> {
    Some(libm::round(node.float()? * 1_000.0) as u32)
}
