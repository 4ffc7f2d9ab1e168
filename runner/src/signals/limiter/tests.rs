use super::*;
use governor::clock::FakeRelativeClock;

/// A request: when, by whom, how many tokens, how long it waits, all in seconds.
type Request = (f64, &'static str, u32, f64);

fn limit(burst: u32, per_minute: u32) -> Limit {
    let number = |number| NonZeroU32::new(number).expect("not zero");
    Limit { per_minute: number(per_minute), burst: number(burst) }
}

/// When each request had its tokens, or gave up, in seconds; one after the other, under a clock that only waits
/// move.
fn times(burst: u32, per_minute: u32, requests: &[Request]) -> Vec<(bool, f64)> {
    let limit = limit(burst, per_minute);
    let mut buckets = HashMap::new();
    let mut now = Duration::ZERO;
    let mut times = Vec::new();
    for &(at, tenant, count, timeout) in requests {
        now = now.max(Duration::from_secs_f64(at));
        let deadline = now + Duration::from_secs_f64(timeout);
        let clock = FakeRelativeClock::default();
        let (clock, limiter) = buckets.entry(tenant).or_insert_with(|| {
            (clock.clone(), RateLimiter::direct_with_clock(quota(limit), clock))
        });
        let count = NonZeroU32::new(count).expect("not zero");
        let got = loop {
            clock.advance(now - Duration::from(clock.now()));
            match limiter.check_n(count) {
                Ok(Ok(())) => break true,
                Ok(Err(not_yet)) => {
                    let ready = now + not_yet.wait_time_from(clock.now());
                    now = ready.min(deadline);
                    if ready > deadline {
                        break false;
                    }
                }
                Err(_) => break false,
            }
        };
        times.push((got, now.as_secs_f64()));
    }
    times
}

fn expect(burst: u32, per_minute: u32, requests: &[Request], expected: &[(bool, f64)]) {
    let times = times(burst, per_minute, requests);
    assert_eq!(times.len(), expected.len());
    for ((got, at), (ok, expected)) in times.iter().zip(expected) {
        assert!(got == ok && (at - expected).abs() < 1e-6, "{times:?}, not {expected:?}");
    }
}

#[test]
fn a_full_bucket_is_spent_at_once_then_tokens_drip() {
    let requests = [(0.0, "a", 1, 10.0); 4];
    expect(2, 60, &requests, &[(true, 0.0), (true, 0.0), (true, 1.0), (true, 2.0)]);
    let requests = [(0.0, "a", 1, 10.0); 203];
    let last: Vec<_> = times(200, 200, &requests).split_off(200);
    let expected = [0.3, 0.6, 0.9];
    assert!(
        last.iter().zip(expected).all(|((ok, at), t)| *ok && (at - t).abs() < 1e-6),
        "{last:?}"
    );
}

#[test]
fn tenants_have_buckets_of_their_own() {
    let requests =
        [(0.0, "a", 1, 10.0), (0.0, "b", 1, 10.0), (0.0, "a", 1, 10.0), (0.0, "b", 1, 10.0)];
    expect(1, 60, &requests, &[(true, 0.0), (true, 0.0), (true, 1.0), (true, 1.0)]);
}

#[test]
fn who_waits_too_long_gives_up_and_spends_nothing() {
    let requests = [(0.0, "a", 1, 5.0), (0.0, "a", 1, 5.0), (5.0, "a", 1, 5.0)];
    expect(1, 6, &requests, &[(true, 0.0), (false, 5.0), (true, 10.0)]);
    let requests = [(0.0, "a", 1, 0.0), (0.0, "a", 1, 0.0), (0.5, "a", 1, 0.0), (1.0, "a", 1, 0.0)];
    expect(1, 60, &requests, &[(true, 0.0), (false, 0.0), (false, 0.5), (true, 1.0)]);
}

#[test]
fn a_pause_fills_the_bucket_and_no_more() {
    let requests = [(0.0, "a", 3, 10.0), (100.0, "a", 3, 10.0), (100.0, "a", 1, 10.0)];
    expect(3, 60, &requests, &[(true, 0.0), (true, 100.0), (true, 101.0)]);
    let requests = [(0.0, "a", 5, 10.0), (1.0, "a", 1, 10.0)];
    expect(5, 30, &requests, &[(true, 0.0), (true, 2.0)]);
}

/// D-ING-11: it waited for the whole time limit.
#[test]
fn more_than_ever_fails_at_once() {
    expect(2, 60, &[(0.0, "a", 3, 4.0)], &[(false, 0.0)]);
}

/// D-ING-10: a waiter held the bucket while it slept, and others with it.
#[tokio::test]
async fn waiters_are_served_in_order_and_do_not_hold_each_other_up() {
    // A token in 0.5 s: a loaded machine must not change who comes first.
    let limiters = Limiters::default();
    let start = Instant::now();
    let wait = |timeout: f64| {
        let limiter = limiters.get("service", "tenant", limit(1, 120));
        tokio::spawn(async move {
            let got = limiter.acquire(NonZeroU32::MIN, Duration::from_secs_f64(timeout)).await;
            (got.is_ok(), start.elapsed().as_secs_f64())
        })
    };
    let all = [wait(60.0), wait(60.0), wait(0.05), wait(60.0)];
    let mut ends = Vec::new();
    for end in all {
        ends.push(end.await.expect("ended"));
    }
    let got: Vec<bool> = ends.iter().map(|end| end.0).collect();
    assert_eq!(got, [true, true, false, true], "{ends:?}");
    assert!(ends[2].1 < ends[1].1 && ends[1].1 < ends[3].1, "{ends:?}");
    assert!(ends[3].1 >= 0.999, "{ends:?}");
    let limiter = limiters.get("service", "another", limit(2, 120));
    let three = NonZeroU32::new(3).expect("not zero");
    let error = limiter.acquire(three, Duration::from_secs(60)).await;
    assert_eq!(error, Err(NoToken::Ever { asked: 3, burst: 2 }));
}

/// Whatever the rate, no window holds more than the bucket and what drips into it.
#[test]
fn no_window_holds_more_than_the_limit() {
    for (burst, per_minute) in [(1, 7), (3, 50), (20, 3_000)] {
        let times = times(burst, per_minute, &vec![(0.0, "a", 1, 1e6); 300]);
        let rate = f64::from(per_minute) / 60.0;
        for (at, (_, begin)) in times.iter().enumerate() {
            for (count, (_, end)) in times[at..].iter().enumerate() {
                let most = f64::from(burst) + (end - begin) * rate;
                assert!((count + 1) as f64 <= most + 1e-6, "{burst} {per_minute} {at} {count}");
            }
        }
        // And it is used up.
        let bound = f64::from(300 - burst) / rate;
        assert!((times[299].1 - bound).abs() < 1e-6 * bound, "{} {bound}", times[299].1);
    }
}

#[tokio::test]
async fn a_service_has_one_bucket_until_its_limit_changes() {
    let limiters = Limiters::default();
    let five = limiters.get("service", "tenant", limit(5, 5));
    assert!(Arc::ptr_eq(&five, &limiters.get("service", "tenant", limit(5, 5))));
    assert!(!Arc::ptr_eq(&five, &limiters.get("service", "another", limit(5, 5))));
    let more = NonZeroU32::new(6).expect("not zero");
    assert!(five.acquire(more, Duration::ZERO).await.is_err());
    let changed = limiters.get("service", "tenant", limit(99, 5));
    assert_eq!(changed.acquire(more, Duration::ZERO).await, Ok(()));
}

/// There is no shortest wait: tokens come as fast as the limit says.
#[test]
fn fast_services_are_not_slowed_down() {
    let requests = [(0.0, "a", 1, 10.0); 3];
    expect(1, 60_000, &requests, &[(true, 0.0), (true, 0.001), (true, 0.002)]);
}
