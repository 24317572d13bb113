//! Dates and times of day. Nodes are in UTC: their local time is the universal one.

use std::ops::RangeInclusive;

use crate::beam::date::{Date, date_of, days_to};
use crate::beam::heap::Heap;
use crate::beam::native::{NativeResult, Pure, Raise};
use crate::beam::value::Value;

pub(super) const ERLANG: &[(&str, u8, Pure)] = &[
    ("localtime_to_universaltime", 2, |heap, args| checked(heap, args[0])),
    ("posixtime_to_universaltime", 1, from_seconds),
    ("universaltime_to_localtime", 1, |heap, args| checked(heap, args[0])),
    ("universaltime_to_posixtime", 1, to_seconds),
];

const DAY: i64 = 86_400;
/// The years that have a place on the clocks of operating systems.
const SECONDS_MAX: i64 = 67_768_036_191_676_799;

/// The years that there are.
const YEARS: RangeInclusive<i64> = 1..=9999;
/// Those of which the operating system tells the local time.
const LOCAL_YEARS: RangeInclusive<i64> = 1902..=2_147_483_647;

/// `{{Year, Month, Day}, {Hour, Minute, Second}}`
fn parsed(
    heap: &Heap,
    value: Value,
    years: &RangeInclusive<i64>,
) -> Result<(Date, [i64; 3]), Raise> {
    let numbers = |value: Value| match heap.as_tuple(value) {
        Some([a, b, c]) => Some([a.as_small()?, b.as_small()?, c.as_small()?]),
        Some(_) | None => None,
    };
    let Some(&[date, time]) = heap.as_tuple(value) else { return Err(Raise::BADARG) };
    let (date, time) = numbers(date).zip(numbers(time)).ok_or(Raise::BADARG)?;
    let is_date = years.contains(&date[0]) && date_of(days_to(date)) == date;
    let in_time = time.iter().zip([24, 60, 60]).all(|(number, limit)| (0..limit).contains(number));
    if is_date && in_time { Ok((date, time)) } else { Err(Raise::BADARG) }
}

fn checked(heap: &mut Heap, value: Value) -> NativeResult {
    parsed(heap, value, &LOCAL_YEARS)?;
    Ok(value)
}

fn to_seconds(heap: &mut Heap, args: &[Value]) -> NativeResult {
    let (date, [hour, minute, second]) = parsed(heap, args[0], &YEARS)?;
    Ok(heap.integer(days_to(date) * DAY + hour * 3600 + minute * 60 + second))
}

fn from_seconds(heap: &mut Heap, args: &[Value]) -> NativeResult {
    let seconds = heap.as_integer(args[0]).filter(|seconds| seconds.abs() <= SECONDS_MAX);
    let seconds = seconds.ok_or(Raise::BADARG)?;
    let (days, rest) = (seconds.div_euclid(DAY), seconds.rem_euclid(DAY));
    let date = date_of(days).map(|number| heap.integer(number));
    let time = [rest / 3600, rest / 60 % 60, rest % 60].map(Value::small);
    let parts = [heap.tuple(&date), heap.tuple(&time)];
    Ok(heap.tuple(&parts))
}
