use super::*;

const ORIGINAL: ZScoreOptions =
    ZScoreOptions { scale: 1.0, clip: None, zero_mad: ZeroMad::Epsilon };

fn z(values: &[f64], options: &ZScoreOptions) -> Vec<f64> {
    let values: Vec<Option<f64>> = values.iter().copied().map(Some).collect();
    robust_zscores(&values, options).into_iter().map(|z| z.expect("a score")).collect()
}

fn assert_close(actual: &[f64], expected: &[f64]) {
    assert_eq!(actual.len(), expected.len(), "{actual:?} vs {expected:?}");
    for (a, e) in actual.iter().zip(expected) {
        let equal = a == e || (a - e).abs() <= 1e-9 * e.abs().max(1.0);
        assert!(equal, "{actual:?} vs {expected:?}");
    }
}

#[test]
fn zscores_of_plain_groups() {
    assert_close(&z(&[1., 2., 3., 4., 5.], &ORIGINAL), &[-2., -1., 0., 1., 2.]);
    assert_close(&z(&[10., 12., 11., 50., 9.], &ORIGINAL), &[-1., 1., 0., 39., -2.]);
    assert_close(
        &z(&[-3., -1., 0., 2., 7., 8.], &ORIGINAL),
        &[-4. / 3., -2. / 3., -1. / 3., 1. / 3., 2., 7. / 3.],
    );
    assert_close(&z(&[1., 2.], &ORIGINAL), &[-1., 1.]);
    assert_close(&z(&[0.1, 0.2, 0.3, 0.4, 10.], &ORIGINAL), &[-2., -1., 0., 1., 97.]);
    assert_close(&z(&[5.], &ORIGINAL), &[0.]);
    assert_close(&z(&[1., 1., 1., 1.], &ORIGINAL), &[0.; 4]);
}

#[test]
fn zero_mad_is_epsilon_or_falls_back_on_the_mean_deviation() {
    assert_close(&z(&[1., 1., 1., 2.], &ORIGINAL), &[0., 0., 0., 1e9]);
    assert_close(&z(&[0., 0., 0., 0., 0., 5., -5.], &ORIGINAL), &[0., 0., 0., 0., 0., 5e9, -5e9]);
    let fixed = ZScoreOptions::default();
    let expected = MAD_TO_SIGMA / (AAD_TO_SIGMA * 0.25);
    assert_close(&z(&[1., 1., 1., 2.], &fixed), &[0., 0., 0., expected]);
    assert_close(&z(&[7., 7., 7.], &fixed), &[0., 0., 0.]);
}

#[test]
fn a_tiny_mad_is_kept() {
    let scores = z(&[1., 1. + 1e-12, 1. + 2e-12], &ORIGINAL);
    assert_close(&scores, &[-1.000_222_074, 0., 1.]);
}

#[test]
fn missing_values_have_no_score_and_do_not_count() {
    let scores = robust_zscores(&[None, Some(1.), Some(f64::NAN), Some(2.), Some(3.)], &ORIGINAL);
    assert_eq!(scores, [None, Some(-1.), None, Some(0.), Some(1.)]);
    assert_eq!(robust_zscores(&[None, Some(4.)], &ORIGINAL), [None, Some(0.)]);
    assert_eq!(robust_zscores(&[None, None], &ORIGINAL), [None, None]);
    assert_eq!(robust_zscores(&[], &ORIGINAL), []);
    let constant = [Some(4.), Some(f64::NAN), None, Some(4.)];
    for options in [ORIGINAL, ZScoreOptions::default()] {
        assert_eq!(robust_zscores(&constant, &options), [Some(0.), None, None, Some(0.)]);
    }
    let equal = RobustStats { n: 2, median: 4., mad: 0., aad: 0. };
    assert_eq!(robust_zscore(f64::NAN, &equal, &ORIGINAL), None);
}

#[test]
fn infinite_values_have_infinite_scores() {
    assert_close(&z(&[1., 2., 3., f64::INFINITY], &ORIGINAL), &[-1.5, -0.5, 0.5, f64::INFINITY]);
    let all_infinite = robust_zscores(&[Some(f64::INFINITY), Some(f64::INFINITY)], &ORIGINAL);
    assert_eq!(all_infinite, [None, None]);
}

#[test]
fn huge_values_do_not_overflow_the_median() {
    assert_eq!(median(&mut [f64::MAX, f64::MAX]), Some(f64::MAX));
    assert_eq!(median(&mut [f64::MIN_POSITIVE / 4., 0.]), Some(f64::MIN_POSITIVE / 8.));
    assert_eq!(median(&mut []), None);
}

#[test]
fn scale_and_clip_bound_the_score() {
    let options = ZScoreOptions { scale: 2.0, clip: Some(0.75), ..ORIGINAL };
    assert_close(&z(&[1., 2., 3., 4., 5.], &options), &[-0.75, -0.5, 0., 0.5, 0.75]);
}

#[test]
fn stats_hold_count_median_and_deviations() {
    let values = [4., f64::NAN, 1., 10., 3.];
    let stats = robust_stats([&values[..]], &mut Scratch::default()).expect("values are present");
    assert_eq!(stats, RobustStats { n: 4, median: 3.5, mad: 1.5, aad: 2.5 });
}

/// Made with SciPy 1.17 and NumPy 2.4:
/// `x = [((i * 7919) % 1009) / 8 - 50 for i in range(n)]`, then `numpy.median(x)`,
/// `scipy.stats.median_abs_deviation(x)`, `numpy.mean(numpy.abs(x - median))`.
#[test]
fn statistics_are_those_of_scipy() {
    let expected = [
        (5, 18.75, 19.125, 29.05),
        (20, 7.125, 32.5625, 31.7375),
        (64, 14.375, 30.75, 31.41796875),
        (65, 14.125, 30.5, 31.348_076_923_076_924),
        (101, 14.125, 31.0, 31.945_544_554_455_445),
        (1000, 13.1875, 31.5, 31.53425),
    ];
    for (n, median, mad, aad) in expected {
        let values: Vec<f64> = (0..n).map(|i| f64::from((i * 7919) % 1009) / 8.0 - 50.0).collect();
        let stats = robust_stats([&values[..]], &mut Scratch::default());
        assert_eq!(stats, Some(RobustStats { n: n as u64, median, mad, aad }));
    }
}

#[test]
fn a_group_without_values_has_no_statistics() {
    assert_eq!(robust_stats([&[][..]], &mut Scratch::default()), None);
    assert_eq!(robust_stats([&[f64::NAN, f64::NAN][..]], &mut Scratch::default()), None);
}

#[test]
fn deviations_of_an_infinite_median_leave_out_what_is_no_number() {
    let values = [f64::INFINITY, f64::INFINITY, f64::INFINITY, 1.0];
    let stats = robust_stats([&values[..]], &mut Scratch::default()).expect("values are present");
    assert_eq!((stats.n, stats.median), (4, f64::INFINITY));
    assert_eq!((stats.mad, stats.aad), (f64::INFINITY, f64::INFINITY));
    let only = robust_stats([&[f64::INFINITY][..]], &mut Scratch::default()).expect("a value");
    assert!(only.mad.is_nan() && only.aad.is_nan());
}

#[test]
fn deviations_beyond_the_range_of_doubles_are_infinite_and_means_are_not() {
    let far = robust_stats([&[-f64::MAX, f64::MAX, f64::MAX][..]], &mut Scratch::default());
    let far = far.expect("values are present");
    assert_eq!((far.median, far.mad, far.aad), (f64::MAX, 0.0, f64::INFINITY));
    let near = robust_stats(
        [&[0.0, f64::MAX, -f64::MAX, f64::MAX, -f64::MAX][..]],
        &mut Scratch::default(),
    );
    assert_eq!(near.map(|s| s.aad), Some(f64::MAX / 5.0 * 4.0));
}

#[test]
fn denormal_values_keep_their_deviations() {
    let least = f64::from_bits(1);
    let stats = robust_stats([&[least, 3.0 * least, 5.0 * least][..]], &mut Scratch::default());
    assert_eq!(stats.map(|s| (s.median, s.mad)), Some((3.0 * least, 2.0 * least)));
}

mod random {
    use super::*;
    use proptest::prelude::*;

    /// The definition, word for word.
    fn by_definition(values: &[f64]) -> Option<RobustStats> {
        let present: Vec<f64> = values.iter().copied().filter(|x| !x.is_nan()).collect();
        let middle = |values: &[f64]| {
            let mut sorted = values.to_vec();
            sorted.sort_by(|a, b| a.partial_cmp(b).expect("no NaN"));
            let n = sorted.len();
            (n > 0).then(|| (sorted[(n - 1) / 2], sorted[n / 2])).map(|(a, b)| midpoint(a, b))
        };
        let median = middle(&present)?;
        let deviations: Vec<f64> =
            present.iter().map(|x| (x - median).abs()).filter(|d| !d.is_nan()).collect();
        let aad = deviations.iter().sum::<f64>() / deviations.len() as f64;
        let mad = middle(&deviations).unwrap_or(f64::NAN);
        Some(RobustStats { n: present.len() as u64, median, mad, aad })
    }

    fn same(a: f64, b: f64) -> bool {
        a == b || (a.is_nan() && b.is_nan())
    }

    /// Few different values, so that ties are the rule, or any at all.
    fn values() -> impl Strategy<Value = Vec<f64>> {
        let few = (-4_i8..5).prop_map(f64::from);
        let special = prop::sample::select(vec![f64::NAN, f64::INFINITY, -0.0, 1e-310]);
        let plain = prop::collection::vec(-1e6..1e6, 0..200);
        let tied = prop::collection::vec(prop_oneof![8 => few, 1 => special], 0..200);
        prop_oneof![plain, tied]
    }

    proptest! {
        #[test]
        fn statistics_are_those_of_the_definition(values in values()) {
            let actual = robust_stats([&values[..]], &mut Scratch::default());
            let expected = by_definition(&values);
            prop_assert_eq!(actual.is_some(), expected.is_some());
            if let (Some(a), Some(e)) = (actual, expected) {
                prop_assert_eq!(a.n, e.n);
                prop_assert!(same(a.median, e.median), "{} {}", a.median, e.median);
                prop_assert!(same(a.mad, e.mad), "{} {}", a.mad, e.mad);
                let close = same(a.aad, e.aad) || (a.aad - e.aad).abs() <= 1e-12 * e.aad;
                prop_assert!(close, "{} {}", a.aad, e.aad);
            }
        }

        #[test]
        fn the_order_of_values_does_not_matter(
            (values, shuffled) in values().prop_flat_map(|v| (Just(v.clone()), Just(v).prop_shuffle()))
        ) {
            let mut scratch = Scratch::default();
            let (a, b) = (robust_stats([&values[..]], &mut scratch), robust_stats([&shuffled[..]], &mut scratch));
            let bits = |s: RobustStats| [s.median, s.mad, s.aad].map(|x| (x + 0.0).to_bits());
            prop_assert_eq!(a.map(bits), b.map(bits));
        }

        #[test]
        fn scores_stay_when_a_group_is_moved_or_stretched(
            values in prop::collection::vec(-1000_i16..1000, 1..80), by in -64_i8..64
        ) {
            let group = |f: &dyn Fn(f64) -> f64| -> Vec<Option<f64>> {
                values.iter().map(|x| Some(f(f64::from(*x)))).collect()
            };
            let options = ZScoreOptions::default();
            let plain = robust_zscores(&group(&|x| x), &options);
            let moved = robust_zscores(&group(&|x| x + f64::from(by)), &options);
            let stretched = robust_zscores(&group(&|x| x * 8.0), &options);
            prop_assert_eq!(&plain, &moved);
            prop_assert_eq!(&plain, &stretched);
        }
    }
}
