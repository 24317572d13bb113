//! The protocols that services speak to each other.

use serde_json::{Value, json};

use crate::document::shape::{Field, Shape};
use crate::document::syntax::Node;
use crate::scenario::services::transport::Transport;

use super::reading::{Alternative, tagged};

pub(super) fn shape() -> Shape {
    let mut shapes = transport_shapes();
    shapes.push(Shape::some(Shape::OneOf(transport_shapes())));
    Shape::OneOf(shapes)
}

/// The words for a transport in a scenario file.
type TransportForm = Alternative<fn(&Node) -> Transport>;

/// All transports, in the order of the reference.
const FORMS: [TransportForm; 2] = [
    TransportForm {
        name: "distribution",
        about: "Erlang's distribution.",
        fields: |_| vec![],
        read: |_| Transport::Distribution,
    },
    TransportForm {
        name: "json_http",
        about: "Requests in JSON over HTTP.",
        fields: |_| {
            let keep_alive = "True if a connection is used for more than one request.";
            let retries = "The number of times that a request is made again whose connection closes \
                 before the \
                           answer comes, as proxies do: it may arrive twice.";
            vec![
                Field::default("keep_alive", Shape::Boolean, true, keep_alive),
                Field::default("retries", Shape::Integer { min: 0, max: 100 }, 0, retries),
            ]
        },
        read: |node| Transport::JsonHttp {
            keep_alive: node.get("keep_alive").and_then(Node::boolean).unwrap_or(true),
            retries: node.get("retries").and_then(Node::integer).unwrap_or(0),
        },
    },
];

/// The field that names the transport.
const TAG: &str = "kind";

/// The ways to write one transport.
fn transport_shapes() -> Vec<Shape> {
    let names = FORMS.iter().map(|form| form.name).collect();
    vec![Shape::Choice(names), tagged("a transport", TAG, &FORMS)]
}

pub(super) fn read(node: &Node) -> Option<Vec<Transport>> {
    match node.items() {
        [] => Some(vec![read_one(node)?]),
        several => several.iter().map(read_one).collect(),
    }
}

fn read_one(node: &Node) -> Option<Transport> {
    let name = node.get(TAG).unwrap_or(node).text();
    let form = FORMS.iter().find(|form| Some(form.name) == name)?;
    Some((form.read)(node))
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
