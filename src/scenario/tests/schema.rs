//! The published schema.

use serde_json::Value;

use crate::scenario::Scenario;

use super::catalogue;

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
