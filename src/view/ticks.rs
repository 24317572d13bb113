//! Round numbers for an axis.

/// Round numbers from the least to the most, about as many as are wanted, and the distance between two.
pub(super) fn round_ticks(least: i64, most: i64, wanted: i64) -> (Vec<i64>, i64) {
    let rough = ((most - least) / wanted).max(1);
    let power = 10_i64.pow(rough.ilog10());
    let step = [1, 2, 5].map(|times| times * power).into_iter().find(|step| *step >= rough);
    let step = step.unwrap_or(10 * power);
    let first = least.div_euclid(step) + i64::from(least.rem_euclid(step) > 0);
    ((first..=most.div_euclid(step)).map(|place| place * step).collect(), step)
}

/// The same for times from the beginning of a run on.
pub(super) fn round_times(from: u64, to: u64, wanted: i64) -> (Vec<u64>, u64) {
    let [from, to] = [from, to].map(|at| i64::try_from(at).unwrap_or(i64::MAX));
    let (ticks, step) = round_ticks(from, to, wanted);
    (ticks.into_iter().map(i64::unsigned_abs).collect(), step.unsigned_abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_within() {
        for (least, most, expected, step) in [
            (10_002, 10_290, vec![10_050, 10_100, 10_150, 10_200, 10_250], 50),
            (-35, 70, vec![-20, 0, 20, 40, 60], 20),
            (-7, -2, vec![-7, -6, -5, -4, -3, -2], 1),
            (3, 3, vec![3], 1),
        ] {
            assert_eq!(round_ticks(least, most, 8), (expected, step), "{least} to {most}");
        }
    }
}
