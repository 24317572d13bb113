//! Expectations in scenario files.

use std::time::Duration;

use serde_json::{Value, json};

use crate::document::shape::{Field, NameKind, Shape, format_fraction};
use crate::document::syntax::Node;
use crate::engine::term::Atom;
use crate::engine::time::decimal_duration;
use crate::scenario::file::shape::U32;
use crate::scenario::placement::Layout;
use crate::scenario::reading::{Alternative, Resolver, chosen, keyed, values};
use crate::scenario::writing::number;
use crate::scenario::{ApplicationConfig, Placement, invariant};

use super::Expectation;

/// The words for an expectation: its fields, and the way from them and from its subject to it.
type ExpectationForm = Alternative<fn(&Node, Atom) -> Option<Expectation>>;

/// All expectations of `expect`, in the order of the reference.
const FORMS: [ExpectationForm; 17] = [
    ExpectationForm {
        name: "transparent",
        about: "Masking: the users cannot tell the run from one without faults.",
        fields: |name| vec![workload(name), within()],
        read: read_transparent,
    },
    ExpectationForm {
        name: "masking",
        about: "The same as `transparent`, by the name that goes with the next two.",
        fields: |name| vec![workload(name), within()],
        read: read_transparent,
    },
    ExpectationForm {
        name: "fail_safe",
        about: "What the users see can be explained without the faults, whether it is in time or not.",
        fields: |name| vec![workload(name)],
        read: |_, workload| Some(Expectation::FailSafe { workload }),
    },
    ExpectationForm {
        name: "nonmasking",
        about: "Some time after the last change everything is right and in time again.",
        fields: |name| {
            let within = duration("within", "The longest wait for an answer then.");
            vec![workload(name), within, after()]
        },
        read: |node, workload| {
            let (within, after) = (read_duration(node, "within")?, read_duration(node, "after")?);
            Some(Expectation::Nonmasking { workload, within, after })
        },
    },
    ExpectationForm {
        name: "progress",
        about: "Some time after the last change users are served again, whatever they are told.",
        fields: |name| {
            let about = "The longest wait for an answer then; as long as the clients wait if left \
                         out.";
            let within = Field::optional("within", Shape::Duration, about);
            vec![workload(name), within, after()]
        },
        read: |node, workload| {
            let (within, after) = (read_duration(node, "within"), read_duration(node, "after")?);
            Some(Expectation::Progress { workload, within, after })
        },
    },
    ExpectationForm {
        name: "linearizable",
        about: "The history has an order that the service's model accepts.",
        fields: |name| vec![workload(name)],
        read: |_, workload| Some(Expectation::Linearizable { workload }),
    },
    ExpectationForm {
        name: "lost_acknowledged",
        about: "No acknowledged operation is lost.",
        fields: |name| vec![workload(name), count()],
        read: |node, workload| {
            let at_most = node.get("at_most")?.integer()?;
            Some(Expectation::LostAcknowledged { workload, at_most })
        },
    },
    ExpectationForm {
        name: "duplicated",
        about: "Nothing that was done once is there twice.",
        fields: |name| vec![workload(name), count()],
        read: |node, workload| {
            let at_most = node.get("at_most")?.integer()?;
            Some(Expectation::Duplicated { workload, at_most })
        },
    },
    ExpectationForm {
        name: "single_instance",
        about: "A distributed application runs on one node at a time.",
        fields: |name| {
            let about = "The longest time for which it may run on two nodes.";
            vec![application(name), Field::default("overlap_at_most", Shape::Duration, "0s", about)]
        },
        read: |node, application| {
            let overlap_at_most = read_duration(node, "overlap_at_most")?;
            Some(Expectation::SingleInstance { application, overlap_at_most })
        },
    },
    ExpectationForm {
        name: "availability",
        about: "At least this share of the operations succeeds.",
        fields: |name| {
            let share = Field::required("at_least", Shape::Fraction, "The least share.");
            vec![workload(name), share]
        },
        read: |node, workload| {
            let at_least_ppm = node.get("at_least")?.ppm()?;
            Some(Expectation::Availability { workload, at_least_ppm })
        },
    },
    ExpectationForm {
        name: "recovery_time",
        about: "After a fault the users are served again in time.",
        fields: |name| vec![workload(name), duration("at_most", "The longest outage.")],
        read: |node, workload| {
            let at_most = read_duration(node, "at_most")?;
            Some(Expectation::RecoveryTime { workload, at_most })
        },
    },
    ExpectationForm {
        name: "detection_time",
        about: "The loss of a node is noticed in time.",
        fields: |name| {
            let node = Field::required(name, Shape::Name(NameKind::Node), "The node.");
            vec![node, duration("at_most", "The longest that another node may take to notice.")]
        },
        read: |file, node| {
            let at_most = read_duration(file, "at_most")?;
            Some(Expectation::DetectionTime { node, at_most })
        },
    },
    ExpectationForm {
        name: "rpo",
        about: "Acknowledged operations that are lost are no older than this at the fault.",
        fields: |name| vec![workload(name), duration("at_most", "The greatest age.")],
        read: |node, workload| {
            let at_most = read_duration(node, "at_most")?;
            Some(Expectation::RecoveryPoint { workload, at_most })
        },
    },
    ExpectationForm {
        name: "error_budget",
        about: "The operations that fail use up at most a part of those that may.",
        fields: |name| {
            let about = "The greatest part of the budget that may be used up; 1 is all of it.";
            vec![
                workload(name),
                Field::required("objective", Shape::Fraction, "The part that is to succeed."),
                Field::default("at_most", Shape::Number { min: 0.0 }, 1, about),
            ]
        },
        read: |node, workload| {
            let objective_ppm = node.get("objective")?.ppm()?;
            let at_most_permille = read_permille(node.get("at_most")?)?;
            Some(Expectation::ErrorBudget { workload, objective_ppm, at_most_permille })
        },
    },
    ExpectationForm {
        name: "p99_against_twin",
        about: "The slowest answers are not much slower than in the same run without faults.",
        fields: |name| {
            let about = "The most, as a multiple of the 99th percentile of that run.";
            vec![workload(name), Field::required("at_most", Shape::Number { min: 0.0 }, about)]
        },
        read: |node, workload| {
            let at_most_permille = read_permille(node.get("at_most")?)?;
            Some(Expectation::P99AgainstTwin { workload, at_most_permille })
        },
    },
    ExpectationForm {
        name: "location_transparent",
        about: "Where the applications run makes no difference to the users.",
        fields: |name| {
            let some = Shape::Integer { min: 1, max: 100 };
            let placements = Field::default(
                "placements",
                Shape::OneOf(vec![Shape::Choice(vec!["all"]), some]),
                "all",
                "The number of other placements: all on one node, all on one host, each on a host \
                 of its own, then random ones; `all` is the first three.",
            );
            vec![workload(name), placements]
        },
        read: |node, workload| {
            let all = Layout::ALL.len() as u32;
            let placements = node.get("placements")?.integer().unwrap_or(all);
            Some(Expectation::LocationTransparent { workload, placements })
        },
    },
    ExpectationForm {
        name: "two_primaries",
        about: "A distributed application does not run on two nodes for long.",
        fields: |name| {
            let about = "The longest time, all overlaps taken together.";
            vec![application(name), duration("at_most", about)]
        },
        read: |node, application| {
            let at_most = read_duration(node, "at_most")?;
            Some(Expectation::TwoPrimaries { application, at_most })
        },
    },
];

fn workload(name: &'static str) -> Field {
    Field::required(name, Shape::Name(NameKind::Workload), "The users concerned.")
}

fn application(name: &'static str) -> Field {
    Field::required(name, Shape::Name(NameKind::Application), "The distributed application.")
}

fn duration(name: &'static str, about: &'static str) -> Field {
    Field::required(name, Shape::Duration, about)
}

fn within() -> Field {
    duration("within", "The longest wait for an answer.")
}

fn after() -> Field {
    duration("after", "The time after the last change.")
}

fn count() -> Field {
    Field::default("at_most", U32, 0, "The greatest number of them.")
}

fn read_transparent(node: &Node, workload: Atom) -> Option<Expectation> {
    Some(Expectation::Transparent { workload, within: read_duration(node, "within")? })
}

fn read_duration(node: &Node, field: &str) -> Option<Duration> {
    node.get(field).and_then(Node::duration)
}

/// A factor in thousandths; one that is too great to fit is no limit.
fn read_permille(node: &Node) -> Option<u32> {
    Some(libm::round(node.float()? * 1_000.0) as u32)
}

/// The shape of an expectation in a file.
pub(in crate::scenario) fn shape() -> Shape {
    keyed("an expectation", &FORMS)
}

fn read(node: &Node) -> Option<Expectation> {
    let (form, subject) = chosen(&FORMS, node)?;
    (form.read)(node, subject.atom()?)
}

impl Resolver<'_> {
    pub(in crate::scenario) fn expectations(
        &mut self,
        file: &Node,
        applications: Option<&[ApplicationConfig]>,
    ) -> Option<Vec<Expectation>> {
        for expectation in file.get("expect").map(Node::items).unwrap_or_default() {
            self.several_instances(expectation, applications.unwrap_or_default());
        }
        values(file, "expect", read)
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

/// An expectation as JSON; `null` for a claim that no workload makes and for what Rust code asks.
pub(super) fn write(expectation: &Expectation) -> Value {
    let permille = |part: u32| number(f64::from(part) / 1_000.0);
    match expectation {
        Expectation::Transparent { workload, within } => {
            json!({ "transparent": workload, "within": decimal_duration(*within) })
        }
        Expectation::Linearizable { workload } => json!({ "linearizable": workload }),
        Expectation::LostAcknowledged { workload, at_most } => {
            json!({ "lost_acknowledged": workload, "at_most": at_most })
        }
        Expectation::Duplicated { workload, at_most } => {
            json!({ "duplicated": workload, "at_most": at_most })
        }
        Expectation::SingleInstance { application, overlap_at_most } => json!({
            "single_instance": application,
            "overlap_at_most": decimal_duration(*overlap_at_most),
        }),
        Expectation::Availability { workload, at_least_ppm } => {
            json!({ "availability": workload, "at_least": format_fraction(*at_least_ppm) })
        }
        Expectation::RecoveryTime { workload, at_most } => {
            json!({ "recovery_time": workload, "at_most": decimal_duration(*at_most) })
        }
        Expectation::DetectionTime { node, at_most } => {
            json!({ "detection_time": node, "at_most": decimal_duration(*at_most) })
        }
        Expectation::FailSafe { workload } => json!({ "fail_safe": workload }),
        Expectation::Nonmasking { workload, within, after } => json!({
            "nonmasking": workload,
            "within": decimal_duration(*within),
            "after": decimal_duration(*after),
        }),
        Expectation::Progress { workload, within, after } => {
            let mut fields = json!({ "progress": workload, "after": decimal_duration(*after) });
            if let Some(within) = within {
                fields["within"] = json!(decimal_duration(*within));
            }
            fields
        }
        Expectation::RecoveryPoint { workload, at_most } => {
            json!({ "rpo": workload, "at_most": decimal_duration(*at_most) })
        }
        Expectation::ErrorBudget { workload, objective_ppm, at_most_permille } => json!({
            "error_budget": workload,
            "objective": format_fraction(*objective_ppm),
            "at_most": permille(*at_most_permille),
        }),
        Expectation::P99AgainstTwin { workload, at_most_permille } => {
            json!({ "p99_against_twin": workload, "at_most": permille(*at_most_permille) })
        }
        Expectation::LocationTransparent { workload, placements } => {
            json!({ "location_transparent": workload, "placements": self::placements(*placements) })
        }
        Expectation::TwoPrimaries { application, at_most } => {
            json!({ "two_primaries": application, "at_most": decimal_duration(*at_most) })
        }
        Expectation::Invariant(invariant) => invariant::write(invariant),
        Expectation::Claim { .. } => Value::Null,
    }
}

/// A number of placements, as the word that is the default where it fits.
fn placements(placements: u32) -> Value {
    if placements as usize == Layout::ALL.len() { json!("all") } else { json!(placements) }
}
