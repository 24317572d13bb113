//! Answers that show a sum which nothing that was added can make: they are looked for before any order is,
//! as all orders would have to be tried to find that none explains them.

use num_bigint::{BigInt, Sign};

use super::{Step, at, numbers};
use crate::consistency::model::{Model, Summand};

/// The sums of all that has been added up to a time.
#[derive(Clone, Default)]
struct Added {
    /// Numbers above 0.
    up: BigInt,
    /// Numbers below 0.
    down: BigInt,
}

/// The sums after each of several times, in their order.
struct Additions(Vec<(u32, Added)>);

impl Additions {
    fn of(mut all: Vec<(u32, BigInt)>) -> Additions {
        all.sort_by_key(|(time, _)| *time);
        let mut sum = Added::default();
        let sums = all.into_iter().map(|(time, number)| {
            match number.sign() {
                Sign::Minus => sum.down += number,
                Sign::NoSign | Sign::Plus => sum.up += number,
            }
            (time, sum.clone())
        });
        Additions(sums.collect())
    }

    fn before(&self, time: u32) -> Added {
        let count = self.0.partition_point(|(added, _)| *added < time);
        count.checked_sub(1).map_or_else(Added::default, |last| self.0[last].1.clone())
    }
}

/// True if an answer shows more than all that can have been added by then makes, or less: what ended
/// before counts in any order, what was only begun may count or not.
pub(super) fn out_of_reach<M: Model>(model: &M, steps: &[Step<M::Call>]) -> bool {
    let Some(initial) = model.sum(&model.initial()) else { return false };
    let (mut begun, mut ended, mut shown) = (Vec::new(), Vec::new(), Vec::new());
    for step in numbers(steps).map(|number| at(steps, number)) {
        match model.summand(&step.call) {
            Some(Summand::Adds(number)) => {
                ended.extend(step.ends.filter(|_| step.required).map(|end| (end, number.clone())));
                begun.push((step.begins, number));
            }
            Some(Summand::Shows(sum)) if step.required => shown.push((step, sum)),
            Some(Summand::Shows(_)) | None => {}
        }
    }
    let (begun, ended) = (Additions::of(begun), Additions::of(ended));
    shown.into_iter().any(|(step, sum)| {
        let certain = ended.before(step.begins);
        let possible = begun.before(step.ends.unwrap_or(u32::MAX));
        let least = &initial + certain.up + possible.down;
        let most = &initial + certain.down + possible.up;
        sum < least || sum > most
    })
}
