use super::hand_made::{HandMade, millis, ms, users};
use crate::verdict::check;

#[test]
fn figures_tell_what_users_saw() {
    let mut run = HandMade::chat(vec![]);
    run.quiet_posts(10_000, 20_000).crashes(20_000, "db1@a");
    run.post(20_000, 1, "a").times_out(23_500).post(20_500, 2, "b").fails(20_600);
    run.post(23_000, 3, "c").done(24_000).post(24_000, 3, "d").done(24_010);
    run.post(59_000, 4, "e").hangs();
    let figures = check(&run.run()).figures;
    let seen = figures.of(users());
    assert_eq!((seen.invoked, seen.ok, seen.failed, seen.unknown, seen.open), (105, 102, 1, 1, 1));
    assert_eq!(seen.availability_ppm, Some(980_769));
    assert_eq!((seen.p50, seen.p99, seen.slowest), [10, 10, 1_000].map(|n| Some(millis(n))).into());
    assert_eq!(seen.slow, Some(millis(100)));
    assert_eq!(seen.first_failure, Some(ms(20_600)));
    assert_eq!(seen.first_success_after_failure, Some(ms(24_000)));
    // From the post at 20.000 s to the answer at 24.000 s; later nobody waits until 59.000 s.
    assert_eq!(seen.longest_without_success, Some(millis(4_000)));
}

#[test]
fn a_time_in_which_nobody_waits_is_no_outage() {
    let mut run = HandMade::chat(vec![]);
    run.post(1_000, 1, "a").done(1_010).post(30_000, 1, "b").done(30_500);
    let figures = check(&run.run()).figures;
    assert_eq!(figures.of(users()).longest_without_success, Some(millis(500)));
    assert_eq!(figures.of(users()).first_failure, None);
}

#[test]
fn nobody_about_gives_no_figures() {
    let figures = check(&HandMade::chat(vec![]).run()).figures;
    let seen = figures.of(users());
    assert_eq!((seen.availability_ppm, seen.p99, seen.longest_without_success), (None, None, None));
}
