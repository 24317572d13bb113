//! Dates of the Gregorian calendar, and the days between them.

/// The days from the first of March of the year 0 to that of 1970's first of January.
const DAYS_TO_1970: i64 = 719_468;
/// The days of 400 years.
const ERA: i64 = 146_097;
/// A year, a month and a day.
pub(super) type Date = [i64; 3];

/// The megaseconds, the seconds and the microseconds of a time in microseconds.
pub(super) fn timestamp_of(microseconds: i64) -> [i64; 3] {
    let seconds = microseconds / 1_000_000;
    [seconds / 1_000_000, seconds % 1_000_000, microseconds % 1_000_000]
}

/// The date that is this many days after the first of January 1970.
pub(super) fn date_of(days: i64) -> Date {
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
pub(super) fn days_to([year, month, day]: Date) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, year) = (year.div_euclid(400), year.rem_euclid(400));
    let month = if month > 2 { month - 3 } else { month + 9 };
    let day = (153 * month + 2) / 5 + day - 1;
    era * ERA + year * 365 + year / 4 - year / 100 + day - DAYS_TO_1970
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
