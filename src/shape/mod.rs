//! What a JSON value may be.

mod quantity;

pub use quantity::{
    BandwidthError, FractionError, Rate, RateError, format_bandwidth, format_fraction,
    format_signed_duration, fraction_ppm, parse_bandwidth, parse_fraction, parse_signed_duration,
};
