//! A short chat whose database moves when its node crashes.

/// The text of the scenario, with these further fields, which say what is expected of it.
pub(crate) fn short_chat(fields: &str) -> String {
    format!(
        r#"{{
  "name": "a short chat", "duration": "14s",
  "hosts": {{ "rack-a": {{}}, "rack-b": {{}} }},
  "nodes": {{ "web@a": {{ "host": "rack-a" }}, "db1@a": {{ "host": "rack-a" }}, "db2@b": {{ "host": "rack-b" }} }},
  "sync_nodes": {{ "optional": ["web@a", "db1@a", "db2@b"], "timeout": "1s" }},
  "applications": {{
    "database": {{ "config": {{ "replication": "sync" }},
                  "distributed": {{ "nodes": ["db1@a", "db2@b"], "timeout": "500ms" }} }},
    "http": {{ "nodes": ["web@a"] }},
  }},
  "workload": {{ "users": {{ "client": "chat_user", "on": "web@a", "count": 3, "rate": "150/s",
              "from": "4s", "until": "8s", "mix": {{ "post": 0.5, "read": 0.5 }}, "timeout": "2s" }} }},
  "faults": [{{ "at": "6s", "crash": "db1@a" }}],
  {fields}
}}"#
    )
}
