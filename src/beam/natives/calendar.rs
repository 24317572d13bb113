//! Dates and times of day. Nodes are in UTC: their local time is the universal one.

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
/// The days from the first of March of the year 0 to that of 1970's first of January.
const DAYS_TO_1970: i64 = 719_468;
/// The days of 400 years.
const ERA: i64 = 146_097;
/// The years that have a place on the clocks of operating systems.
const SECONDS_MAX: i64 = 67_768_036_191_676_799;

/// A year, a month and a day.
type Date = [i64; 3];

/// The date that is this many days after the first of January 1970.
pub(in crate::beam) fn date_of(days: i64) -> Date {
    let days = days + DAYS_TO_1970;
    let (era, day) = (days.div_euclid(ERA), days.rem_euclid(ERA));
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    // Years begin in March here, so that the leap day is the last.
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    [year + era * 400 + i64::from(month <= 2), month, day]
}

/// The number of days from the first of January 1970 to a date.
fn days_to([year, month, day]: Date) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, year) = (year.div_euclid(400), year.rem_euclid(400));
    let month = if month > 2 { month - 3 } else { month + 9 };
    let day = (153 * month + 2) / 5 + day - 1;
    era * ERA + year * 365 + year / 4 - year / 100 + day - DAYS_TO_1970
}

/// `{{Year, Month, Day}, {Hour, Minute, Second}}`
fn parsed(heap: &Heap, value: Value) -> Result<(Date, [i64; 3]), Raise> {
    let numbers = |value: Value| match heap.as_tuple(value) {
        Some([a, b, c]) => Some([a.as_small()?, b.as_small()?, c.as_small()?]),
        Some(_) | None => None,
    };
    let Some(&[date, time]) = heap.as_tuple(value) else { return Err(Raise::BADARG) };
    let (date, time) = numbers(date).zip(numbers(time)).ok_or(Raise::BADARG)?;
    let is_date = (1..=9999).contains(&date[0]) && date_of(days_to(date)) == date;
    let in_time = time.iter().zip([24, 60, 60]).all(|(number, limit)| (0..limit).contains(number));
    if is_date && in_time { Ok((date, time)) } else { Err(Raise::BADARG) }
}

fn checked(heap: &mut Heap, value: Value) -> NativeResult {
    parsed(heap, value)?;
    Ok(value)
}

fn to_seconds(heap: &mut Heap, args: &[Value]) -> NativeResult {
    let (date, [hour, minute, second]) = parsed(heap, args[0])?;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_have_their_dates_and_dates_their_days() {
        for (day, date) in
            [(0, [1970, 1, 1]), (59, [1970, 3, 1]), (11_016, [2000, 2, 29]), (-1, [1969, 12, 31])]
        {
            assert_eq!((date_of(day), days_to(date)), (date, day));
        }
    }
}
