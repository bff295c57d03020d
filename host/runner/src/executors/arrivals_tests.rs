use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use serde_json::{Value, json};

use super::*;
use crate::options::Options;

const SECOND: u64 = 1_000_000_000;

/// The arrivals of a scenario in a part of the test; none if the part has nothing to do.
fn arrivals(scenario: &Value, segment: &str, sequence: &str) -> Option<Arrivals> {
    let value = json!({
        "scenarios": {"s": scenario}, "executionSegment": segment, "executionSegmentSequence": sequence
    });
    let (options, _) = Options::from_json(&value).unwrap();
    let share = options.share().unwrap();
    let scenario = Scenario { share, ..options.scenarios().unwrap().remove(0) };
    scenario.has_work().then(|| Arrivals::new(&scenario)).flatten()
}

fn whole(scenario: &Value) -> Arrivals {
    arrivals(scenario, "0:1", "0,1").unwrap()
}

fn constant(rate: Value, time_unit: &str, duration: &str) -> Value {
    json!({
        "executor": "constant-arrival-rate", "rate": rate, "timeUnit": time_unit, "duration": duration,
        "preAllocatedVUs": 12
    })
}

fn ramp(start: u64, time_unit: &str, stages: &[(&str, u64)]) -> Value {
    let stage = |&(duration, target): &(&str, u64)| json!({"duration": duration, "target": target});
    json!({
        "executor": "ramping-arrival-rate", "startRate": start, "timeUnit": time_unit,
        "stages": stages.iter().map(stage).collect::<Vec<_>>(), "preAllocatedVUs": 12
    })
}

fn nanoseconds(arrivals: &Arrivals) -> Vec<u64> {
    arrivals.times().map(nanos).collect()
}

#[test]
fn a_constant_rate_begins_at_the_start_and_ends_before_the_end() {
    let times = nanoseconds(&whole(&constant(json!(10), "1s", "1s")));
    assert_eq!(times, (0..10).map(|n| n * SECOND / 10).collect::<Vec<_>>());
    let times = nanoseconds(&whole(&constant(json!(3), "1s", "2s")));
    assert_eq!(times, [0, 333_333_334, 666_666_667, SECOND, 1_333_333_334, 1_666_666_667]);
}

#[test]
fn rates_of_all_sizes_keep_to_their_grid() {
    // The rate, its unit, the duration, how many there are, and the number of nanoseconds and of arrivals in
    // which they repeat.
    let cases = [
        (json!(0.5), "1s", "1h", 1_800, 2 * SECOND, 1),
        (json!(1), "2s", "1h", 1_800, 2 * SECOND, 1),
        (json!(7), "3ms", "1s", 2_334, 3_000_000, 7),
        (json!(7), "1h", "24h", 168, 3_600 * SECOND, 7),
        (json!(1e5), "1s", "2s", 200_000, 10_000, 1),
        (json!(0.000001), "1ms", "1s", 1, 1_000 * SECOND, 1),
        (json!(33.333333), "1s", "1s", 34, 1_000_000 * SECOND, 33_333_333),
    ];
    for (rate, time_unit, duration, count, period, arrivals) in cases {
        let times = nanoseconds(&whole(&constant(rate.clone(), time_unit, duration)));
        let expected: Vec<_> = (0..count)
            .map(|n: u64| {
                let exact = u128::from(n) * u128::from(period);
                u64::try_from(exact.div_ceil(arrivals)).unwrap()
            })
            .collect();
        assert_eq!(times, expected, "{rate} in {time_unit}");
    }
}

#[test]
fn a_day_of_a_hundred_thousand_in_a_second_does_not_drift() {
    let arrivals = whole(&constant(json!(100_000), "1s", "24h"));
    let last = 100_000 * 86_400 - 1;
    assert_eq!(arrivals.after(last), Some(Duration::from_nanos(86_400 * SECOND - 10_000)));
    assert_eq!(arrivals.after(last + 1), None);
    assert_eq!(arrivals.due(Duration::from_secs(86_400)), last + 1);
    assert_eq!(arrivals.due(Duration::from_nanos(86_400 * SECOND - 10_001)), last);
}

#[test]
fn a_ramp_is_due_when_the_area_below_it_is_complete() {
    // The area after t seconds is t², so iteration n is due at the square root of n.
    let times = nanoseconds(&whole(&ramp(0, "1s", &[("10s", 20)])));
    assert_eq!(times.len(), 100);
    for (n, time) in (1_u128..).zip(times) {
        // The first nanosecond whose square has reached n, in whole numbers.
        let goal = n * u128::from(SECOND) * u128::from(SECOND);
        assert_eq!(u128::from(time), goal.isqrt() + u128::from(goal.isqrt().pow(2) < goal), "{n}");
    }
}

#[test]
fn a_ramp_that_falls_mirrors_one_that_rises() {
    let rising = nanoseconds(&whole(&ramp(0, "1s", &[("10s", 20)])));
    let falling = nanoseconds(&whole(&ramp(20, "1s", &[("10s", 0)])));
    // What is complete at the end of the one is complete at the start of the other.
    assert_eq!(falling.last(), Some(&(10 * SECOND)));
    for (up, down) in rising.iter().rev().skip(1).zip(&falling) {
        assert!((10 * SECOND - up).abs_diff(*down) <= 1, "{up} {down}");
    }
}

#[test]
fn parts_of_iterations_are_carried_from_stage_to_stage() {
    // 9.8 in the first stage: the tenth is due when another 0.2 are complete, at 3 in a second.
    let times = nanoseconds(&whole(&ramp(2, "1s", &[("4.9s", 2), ("0s", 3), ("1s", 3)])));
    assert_eq!(times[..2], [SECOND / 2, SECOND]);
    assert_eq!(times[8], 4_500_000_000);
    assert_eq!(times[9], 4_900_000_000 + 66_666_667);
    assert_eq!(times.len(), 12);
}

#[test]
fn nothing_is_due_while_the_rate_is_zero() {
    let times = nanoseconds(&whole(&ramp(
        0,
        "1s",
        &[("5s", 0), ("0s", 1), ("2s", 1), ("0s", 0), ("5s", 0)],
    )));
    assert_eq!(times, [6 * SECOND, 7 * SECOND]);
    assert_eq!(nanoseconds(&whole(&ramp(0, "1s", &[("5s", 0)]))), [0; 0]);
    assert_eq!(nanoseconds(&whole(&ramp(9, "1s", &[("0s", 0)]))), [0; 0]);
}

#[test]
fn the_extremes_fit() {
    let long = ramp(0, "1s", &[("1000000h", 10_000_000), ("1000000h", 0)]);
    let arrivals = whole(&long);
    let middle = Duration::from_secs(3_600_000_000);
    assert_eq!(arrivals.due(middle), 18_000_000_000_000_000);
    assert_eq!(arrivals.after(18_000_000_000_000_000 - 1), Some(middle));
    assert_eq!(arrivals.due(middle * 2), 36_000_000_000_000_000);
    let slow = whole(&constant(json!(0.000001), "2000000h", "2000000h"));
    assert_eq!(nanoseconds(&slow), [0]);
}

/// A random ramp, with jumps, level stages and stages of odd lengths.
fn random_ramp(random: &mut StdRng) -> Value {
    let stages = (0..random.random_range(1..6)).map(|_| {
        let length = [0, 1, 17, 999, 2_500][random.random_range(0..5_usize)];
        (
            format!("{}us", length * random.random_range(1..2_000_u64)),
            random.random_range(0..4) * 40,
        )
    });
    let stages: Vec<_> = stages.collect();
    let stages: Vec<_> = stages.iter().map(|(length, target)| (length.as_str(), *target)).collect();
    let unit = ["1s", "7ms", "1m"][random.random_range(0..3_usize)];
    ramp(random.random_range(0..3) * 50, unit, &stages)
}

#[test]
fn each_is_due_in_the_first_nanosecond_that_counts_it() {
    let mut random = StdRng::seed_from_u64(3);
    for _ in 0..60 {
        let scenario = random_ramp(&mut random);
        let arrivals = whole(&scenario);
        for (number, time) in (0..).zip(arrivals.times().take(400).map(nanos)) {
            assert!(arrivals.schedule.due(time) > number, "{number} at {time}: {scenario}");
            assert!(arrivals.schedule.due(time - 1) <= number, "{number} at {time}: {scenario}");
        }
    }
}

#[test]
fn the_arrivals_of_all_processes_are_those_of_the_whole() {
    let mut random = StdRng::seed_from_u64(5);
    for round in 0..40 {
        let scenario = match round % 2 {
            0 => constant(json!(random.random_range(1..500)), "1s", "2s"),
            _ => random_ramp(&mut random),
        };
        let cut = |at: u32| format!("{at}/97");
        let (one, two) = (random.random_range(1..40), random.random_range(41..96));
        let ends = ["0".to_owned(), cut(one), cut(two), "1".to_owned()];
        let sequence = ends.join(",");
        let mut parts: Vec<_> = ends
            .windows(2)
            .filter_map(|ends| arrivals(&scenario, &ends.join(":"), &sequence))
            .flat_map(|part| part.times().take(3_000).collect::<Vec<_>>())
            .collect();
        parts.sort_unstable();
        let all: Vec<_> = whole(&scenario).times().take(3_000).collect();
        assert_eq!(parts[..all.len()], all, "{sequence} {scenario}");
    }
}

#[test]
fn the_rate_of_a_moment_is_known() {
    let scenario = ramp(0, "1m", &[("10s", 600), ("10s", 600)]);
    let arrivals = whole(&scenario);
    let rates = [0, 5, 10, 15, 30].map(|seconds| arrivals.rate(Duration::from_secs(seconds)));
    assert_eq!(rates, [0.0, 5.0, 10.0, 10.0, 10.0]);
}
