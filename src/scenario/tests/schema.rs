//! The published schema.

use serde_json::Value;

use crate::scenario::Scenario;

use super::catalogue;

/// Set to write the schema anew.
const UPDATE: &str = "UPDATE_SCHEMA";

#[test]
fn the_published_schema_is_in_step() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/scenario.schema.json");
    let mut text = serde_json::to_string_pretty(&Scenario::schema(&catalogue())).unwrap();
    text.push('\n');
    if std::env::var_os(UPDATE).is_some() {
        std::fs::write(path, &text).unwrap();
    }
    let published = std::fs::read_to_string(path).unwrap_or_default();
    assert!(published == text, "run the tests with {UPDATE}=1 and look at {path}");
}

#[test]
fn the_schema_knows_the_settings_of_each_program() {
    let schema = Scenario::schema(&catalogue());
    let conditions = &schema["properties"]["applications"]["additionalProperties"]["allOf"];
    let database = conditions
        .as_array()
        .unwrap()
        .iter()
        .find(|condition| condition["if"]["properties"]["service"]["const"] == "database");
    let config = &database.unwrap()["then"]["properties"]["config"];
    assert_eq!(config["properties"]["replication"]["default"], "sync");
    assert_eq!(config["additionalProperties"], Value::Bool(false));
}
