use super::*;

fn weights(pairs: &[(&str, f64)]) -> Weights {
    Weights::new(pairs.iter().map(|&(metric, weight)| (metric, Some(weight)))).expect("weights")
}

fn reason(weights: &Weights, zs: &[Option<f64>]) -> String {
    let mut out = String::new();
    weights.write_reason(zs, &mut out);
    out
}

const DEFAULT: [(&str, f64); 5] = [
    ("bsr_trend_30", 0.35),
    ("est_sales_30", 0.25),
    ("review_vel_14", 0.20),
    ("price_vol_30", -0.10),
    ("listing_quality", 0.30),
];

#[test]
fn the_score_is_the_sum_from_left_to_right() {
    let zs = [0.0, 5.0, 3.75, -7.666_666_666_666_667, 1.0].map(Some);
    let score = 0.0 + 0.35 * 0.0 + 0.25 * 5.0 + 0.2 * 3.75 + -0.1 * zs[3].expect("z") + 0.3 * 1.0;
    assert_eq!(weights(&DEFAULT).score(&zs, MissingZ::Null), Some(score));
    // In another order the last bit would differ: 0.1 + 0.2 + 0.3 is not 0.3 + 0.2 + 0.1.
    let ones = weights(&[("a", 0.1), ("b", 0.2), ("c", 0.3)]);
    assert_eq!(ones.score(&[Some(1.0); 3], MissingZ::Zero), Some(0.600_000_000_000_000_1));
    let ones = weights(&[("c", 0.3), ("b", 0.2), ("a", 0.1)]);
    assert_eq!(ones.score(&[Some(1.0); 3], MissingZ::Zero), Some(0.6));
}

#[test]
fn the_sum_starts_at_zero_not_at_minus_zero() {
    let score = weights(&[("a", -1.0)]).score(&[Some(0.0)], MissingZ::Zero).expect("a score");
    assert!(score.is_sign_positive());
}

#[test]
fn a_missing_z_counts_zero_or_removes_the_score() {
    let weights = weights(&[("a", 2.0), ("b", 3.0), ("c", 5.0)]);
    for missing in [None, Some(f64::NAN)] {
        let zs = [Some(1.0), missing, Some(-1.0)];
        assert_eq!(weights.score(&zs, MissingZ::Zero), Some(-3.0));
        assert_eq!(weights.score(&zs, MissingZ::Null), None);
        assert_eq!(weights.missing(&zs).collect::<Vec<_>>(), [1]);
        assert_eq!(weights.contributions(&zs).collect::<Vec<_>>(), [Some(2.0), None, Some(-5.0)]);
        let none = [None, missing, None];
        assert_eq!(weights.score(&none, MissingZ::Zero), None);
        assert_eq!(weights.missing(&none).count(), 3);
    }
}

#[test]
fn infinite_scores_are_as_computed() {
    let weights = weights(&[("a", 1.0), ("b", -1.0), ("c", 0.0)]);
    let infinity = Some(f64::INFINITY);
    assert_eq!(weights.score(&[infinity, Some(1.0), Some(1.0)], MissingZ::Zero), infinity);
    assert_eq!(weights.score(&[infinity, infinity, Some(1.0)], MissingZ::Zero), None);
    assert_eq!(weights.score(&[Some(1.0), Some(1.0), infinity], MissingZ::Zero), None);
}

#[test]
fn weights_are_numbers() {
    let new = |pairs: &[(&'static str, Option<f64>)]| Weights::new(pairs.iter().copied());
    assert_eq!(new(&[]), Err(WeightError::Empty));
    assert_eq!(new(&[("a", Some(1.0)), ("b", None)]), Err(WeightError::Missing("b".into())));
    let infinite = new(&[("a", Some(f64::INFINITY))]);
    assert_eq!(infinite, Err(WeightError::NotFinite("a".into(), f64::INFINITY)));
    assert!(new(&[("a", Some(f64::NAN))]).is_err());
}

#[test]
fn the_reason_names_weights_scores_and_what_is_missing() {
    let weights = weights(&[("b \"x\"", 0.35), ("a", -1e-7)]);
    assert_eq!(
        reason(&weights, &[Some(1.0), Some(-2.5)]),
        r#"{"w": {"b \"x\"": 0.35, "a": -1e-07}, "z": {"b \"x\"": 1.0, "a": -2.5}}"#
    );
    assert_eq!(
        reason(&weights, &[None, Some(f64::INFINITY)]),
        r#"{"w": {"b \"x\"": 0.35, "a": -1e-07}, "z": {"b \"x\"": null, "a": "Infinity"}, "missing": ["b \"x\""]}"#
    );
}

mod properties {
    use super::*;
    use proptest::collection::vec;
    use proptest::option;
    use proptest::prelude::*;

    /// Metrics of any name, with weights and z-scores of any size, some of them missing.
    fn metrics() -> impl Strategy<Value = Vec<(String, f64, Option<f64>)>> {
        let finite = || any::<f64>().prop_filter("finite", |x| x.is_finite());
        vec((any::<String>(), finite(), option::of(finite())), 1..8).prop_map(|mut metrics| {
            for (at, (name, ..)) in metrics.iter_mut().enumerate() {
                // Distinct, as the databases want names.
                name.push_str(&at.to_string());
            }
            metrics
        })
    }

    fn split(metrics: &[(String, f64, Option<f64>)]) -> (Weights, Vec<Option<f64>>) {
        let weights = Weights::new(metrics.iter().map(|(name, w, _)| (name.as_str(), Some(*w))));
        (weights.expect("finite weights"), metrics.iter().map(|(_, _, z)| *z).collect())
    }

    /// The reader used here is right to the last digit but one; the writer's own tests go by bits.
    fn same(read: &serde_json::Value, expected: Option<f64>) -> bool {
        match (read.as_f64(), expected) {
            (Some(a), Some(b)) => {
                let last_digit = (f64::EPSILON * b.abs()).max(f64::from_bits(1));
                (a - b).abs() <= 4.0 * last_digit
            }
            _ => read.is_null() && expected.is_none(),
        }
    }

    proptest! {
        #[test]
        fn a_reason_is_json_with_every_metric_in_order(metrics in metrics()) {
            let (weights, zs) = split(&metrics);
            let reason: serde_json::Value = serde_json::from_str(&reason(&weights, &zs)).unwrap();
            for part in ["w", "z"] {
                let members = reason[part].as_object().expect("an object");
                prop_assert_eq!(members.len(), metrics.len());
                for ((key, value), (name, w, z)) in members.iter().zip(&metrics) {
                    prop_assert_eq!(key, name);
                    let expected = if part == "w" { Some(*w) } else { *z };
                    prop_assert!(same(value, expected), "{value} {expected:?}");
                }
            }
            let missing = metrics.iter().filter(|(.., z)| z.is_none()).map(|(name, ..)| name.as_str());
            let named = reason["missing"].as_array().into_iter().flatten();
            prop_assert!(named.map(|name| name.as_str().unwrap_or_default()).eq(missing));
        }

        #[test]
        fn a_score_is_the_sum_of_its_contributions(metrics in metrics()) {
            let (weights, zs) = split(&metrics);
            let mut sum = 0.0;
            for (_, w, z) in &metrics {
                sum += z.map_or(0.0, |z| w * z);
            }
            let some = zs.iter().any(Option::is_some);
            let expected = (some && !sum.is_nan()).then_some(sum);
            prop_assert_eq!(weights.score(&zs, MissingZ::Zero), expected);
            let all = zs.iter().all(Option::is_some);
            prop_assert_eq!(weights.score(&zs, MissingZ::Null), expected.filter(|_| all));
        }

        #[test]
        fn a_missing_metric_changes_no_score(metrics in metrics(), weight in -10.0..10.0) {
            let (weights, zs) = split(&metrics);
            let more = [metrics, vec![("more".to_owned(), weight, None)]].concat();
            let (more, more_zs) = split(&more);
            prop_assert_eq!(
                more.score(&more_zs, MissingZ::Zero),
                weights.score(&zs, MissingZ::Zero)
            );
            prop_assert_eq!(more.score(&more_zs, MissingZ::Null), None);
        }
    }
}
