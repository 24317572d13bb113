//! A program's settings as Rust values: how serde reads those that JSON has no type for.
//!
//! ```
//! use nodedown::prelude::*;
//! use nodedown::services::settings;
//!
//! #[derive(Deserialize)]
//! #[serde(crate = "nodedown::serde")]
//! struct Settings {
//!     #[serde(deserialize_with = "settings::duration")]
//!     pause: Duration,
//! }
//!
//! let settings: Settings = nodedown::serde_json::from_str(r#"{ "pause": "500ms" }"#)?;
//! assert_eq!(settings.pause, Duration::from_millis(500));
//! # Ok::<(), nodedown::serde_json::Error>(())
//! ```

use std::time::Duration;

use serde::de::{Deserialize, DeserializeOwned, Deserializer, Error};
use serde_json::{Map, Value};

use crate::document::shape::{Presence, ProgramInfo, fraction_ppm, parse_fraction};
use crate::engine::time::parse_duration;

/// Reads settings. What is not given has the default that the program's description names, which
/// is the one place where defaults are.
///
/// # Panics
/// If the settings are not of the shape that the program describes: scenarios are checked
/// against it before anything runs.
pub(super) fn read<T: DeserializeOwned>(info: &ProgramInfo, given: &Value) -> T {
    let defaults = info.config.iter().filter_map(|field| match &field.presence {
        Presence::Default(value) => Some((field.name.to_owned(), value.clone())),
        Presence::Required | Presence::Optional => None,
    });
    let mut settings: Map<String, Value> = defaults.collect();
    settings.extend(given.as_object().cloned().unwrap_or_default());
    serde_json::from_value(Value::Object(settings))
        .unwrap_or_else(|error| panic!("settings of {}: {error}", info.name))
}

/// Reads `"500ms"`, for a [`Shape::Duration`](crate::document::shape::Shape::Duration).
///
/// # Errors
/// If it is not a duration.
pub fn duration<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    let text = String::deserialize(deserializer)?;
    parse_duration(&text).map_err(D::Error::custom)
}

/// Reads `"500ms"`, or `"infinity"` as `None`.
///
/// # Errors
/// If it is neither.
pub fn timeout<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Duration>, D::Error> {
    let text = String::deserialize(deserializer)?;
    match text.as_str() {
        "infinity" => Ok(None),
        text => parse_duration(text).map(Some).map_err(D::Error::custom),
    }
}

/// Reads `0.05` or `"5%"` in parts per million.
///
/// # Errors
/// If it is not a fraction.
pub fn fraction<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    match Value::deserialize(deserializer)? {
        Value::String(text) => parse_fraction(&text).map_err(D::Error::custom),
        number => fraction_ppm(number.as_f64().unwrap_or(f64::NAN)).map_err(D::Error::custom),
    }
}
