//! The shapes of the network: paths and delays.

use serde_json::json;

use crate::document::shape::{Field, NameKind, Object, Shape, Variant, Variants};

use super::{U32, upkeep};

pub(super) fn network() -> Shape {
    let path = |latency: serde_json::Value| {
        let [_, bandwidth, loss] = path_fields();
        let loss = Field { presence: crate::document::shape::Presence::Default(json!(0)), ..loss };
        let latency = Field::default("latency", self::latency(), latency, LATENCY);
        Shape::object("a path", vec![latency, bandwidth, loss])
    };
    let between = json!({ "distribution": "lognormal", "median": "500us", "p99": "3ms" });
    let fields = vec![
        Field::default(
            "net_ticktime",
            Shape::Duration,
            "60s",
            "The silence after which a connection is given up.",
        ),
        Field::default(
            "net_setuptime",
            Shape::Duration,
            "7s",
            "The time that setting a connection up may take.",
        ),
        upkeep::network_reconnect(),
        Field::default("same_host", path(json!("50us")), json!({}), "The path within a host."),
        Field::default("between_hosts", path(between), json!({}), "The path between two hosts."),
        Field::optional(
            "between_sites",
            Shape::object("a path", path_fields().into()),
            "The path between two hosts of different sites; what it does not say is as between any two \
             hosts.",
        ),
        Field::default(
            "paths",
            Shape::list(own_path()),
            json!([]),
            "The paths that are different from it.",
        ),
    ];
    Shape::object("a network", fields)
}

/// One path between two hosts or sites; what it does not say is as it would be without.
fn own_path() -> Shape {
    let mut fields = vec![
        Field::required(
            "between",
            Shape::pair(Shape::Name(NameKind::HostOrSite)),
            "Its two ends; a site stands for its hosts.",
        ),
        Field::default("one_way", Shape::Boolean, false, "Whether it is from the first only."),
    ];
    fields.extend(path_fields());
    Shape::object("a path", fields)
}

const LATENCY: &str = "The time that a packet is under way.";

/// Latency, bandwidth and loss, all of which may be left out.
pub(in crate::scenario) fn path_fields() -> [Field; 3] {
    [
        Field::optional("latency", latency(), LATENCY),
        Field::optional(
            "bandwidth",
            Shape::Bandwidth,
            "How much gets through; unlimited if left out.",
        ),
        Field::optional(
            "loss",
            Shape::Fraction,
            "The part of the packets that have to be sent again.",
        ),
    ]
}

fn latency() -> Shape {
    distribution("a latency")
}

/// A length of time that is drawn each time anew, or always the same.
pub(in crate::scenario) fn distribution(what: &'static str) -> Shape {
    let duration = |name, about| Field::required(name, Shape::Duration, about);
    let variant = |name, about, fields| Variant { name, about, fields };
    let rows = Shape::some(Shape::Row(vec![Shape::Duration, U32]));
    let variants = vec![
        variant("constant", "Always the same.", vec![duration("value", "The delay.")]),
        variant(
            "uniform",
            "Anything between two delays, equally likely.",
            vec![duration("min", "The least delay."), duration("max", "The greatest delay.")],
        ),
        variant(
            "normal",
            "The normal distribution, cut off at zero.",
            vec![duration("mean", "The mean."), duration("deviation", "The standard deviation.")],
        ),
        variant(
            "exponential",
            "The exponential distribution on top of a least delay.",
            vec![
                Field::default("min", Shape::Duration, "0s", "The least delay."),
                duration("mean", "The mean of what comes on top."),
            ],
        ),
        variant(
            "lognormal",
            "The usual shape of network delays.",
            vec![
                duration("median", "Half of the delays are below it."),
                duration("p99", "99 of 100 delays are below it."),
            ],
        ),
        variant(
            "table",
            "A measured distribution.",
            vec![Field::required("rows", rows, "Delays with their weights.")],
        ),
    ];
    let object =
        Object { what, variants: Variants::Tagged("distribution", variants), ..Object::default() };
    Shape::OneOf(vec![Shape::Duration, Shape::Object(object)])
}
