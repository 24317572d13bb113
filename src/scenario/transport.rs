//! The protocols that services speak to each other.

use serde_json::{Value, json};

use crate::document::shape::{Field, Object, Shape, Variant, Variants};
use crate::document::syntax::Node;
use crate::scenario::services::transport::Transport;

use super::reading::unknown_choice;

pub(super) fn shape() -> Shape {
    let mut shapes = transport_shapes();
    shapes.push(Shape::some(Shape::OneOf(transport_shapes())));
    Shape::OneOf(shapes)
}

/// The ways to write one transport.
fn transport_shapes() -> Vec<Shape> {
    let keep_alive = Field::default(
        "keep_alive",
        Shape::Boolean,
        true,
        "Whether a connection is used for more than one request.",
    );
    let retries = Field::default(
        "retries",
        Shape::Integer { min: 0, max: 100 },
        0,
        "How often a request is made again whose connection closes before the answer comes, as proxies do: \
         it may arrive twice.",
    );
    let variant = |name, about, fields| Variant { name, about, fields };
    let variants = vec![
        variant("distribution", "Erlang's distribution.", vec![]),
        variant("json_http", "Requests in JSON over HTTP.", vec![keep_alive, retries]),
    ];
    let object = Object {
        what: "a transport",
        variants: Variants::Tagged("kind", variants),
        ..Object::default()
    };
    vec![Shape::Choice(vec!["distribution", "json_http"]), Shape::Object(object)]
}

pub(super) fn read(node: &Node) -> Option<Vec<Transport>> {
    match node.items() {
        [] => Some(vec![transport(node)?]),
        several => several.iter().map(transport).collect(),
    }
}

fn transport(node: &Node) -> Option<Transport> {
    let kind = node.get("kind").unwrap_or(node).text()?;
    Some(match kind {
        "distribution" => Transport::Distribution,
        "json_http" => {
            let keep_alive = node.get("keep_alive").and_then(Node::boolean).unwrap_or(true);
            let retries = node.get("retries").and_then(Node::integer).unwrap_or(0);
            Transport::JsonHttp { keep_alive, retries }
        }
        other => unknown_choice(other),
    })
}

/// One by itself, several in a list.
pub(super) fn write(transports: &[Transport]) -> Value {
    match transports {
        [only] => write_one(*only),
        several => several.iter().copied().map(write_one).collect(),
    }
}

fn write_one(transport: Transport) -> Value {
    match transport {
        Transport::Distribution => json!("distribution"),
        Transport::JsonHttp { keep_alive: true, retries: 0 } => json!("json_http"),
        Transport::JsonHttp { keep_alive, retries } => {
            json!({ "kind": "json_http", "keep_alive": keep_alive, "retries": retries })
        }
    }
}
