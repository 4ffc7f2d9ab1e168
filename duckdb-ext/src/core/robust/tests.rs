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
    assert_eq!(robust_zscores(&[None, None], &ORIGINAL), [None, None]);
    assert_eq!(robust_zscores(&[], &ORIGINAL), []);
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
    let mut values = vec![4., f64::NAN, 1., 10., 3.];
    let stats = robust_stats(&mut values, &mut Vec::new()).expect("values are present");
    assert_eq!(stats, RobustStats { n: 4, median: 3.5, mad: 1.5, aad: 2.5 });
}
