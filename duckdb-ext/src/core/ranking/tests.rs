use super::*;

fn close(actual: f64, expected: f64) {
    assert!((actual - expected).abs() < 1e-9, "{actual} is not {expected}");
}

/// Scores that keep labels in the order they are written.
fn falling(n: usize) -> Vec<f64> {
    (0..n).map(|i| -(i as f64)).collect()
}

fn fixed(labels: &[f64], scores: &[f64], k: usize) -> f64 {
    ndcg(labels, scores, k, Gain::Exponential, Ideal::Group)
}

/// The textbook's example of graded relevance, 3 2 3 0 1 2.
#[test]
fn graded_relevance() {
    let labels = [3., 2., 3., 0., 1., 2.];
    close(dcg(&labels, 6, Gain::Exponential), 13.848_263_63);
    close(fixed(&labels, &falling(6), 6), 0.948_810_748_6);
    close(fixed(&labels, &falling(6), 3), 0.959_453_514_6);
}

#[test]
fn means_over_two_groups() {
    let a: (&[f64], &[f64]) = (&[3., 2., 0., 1.], &[0.9, 0.8, 0.7, 0.6]);
    let b: (&[f64], &[f64]) = (&[0., 2., 1.], &[0.5, 0.4, 0.3]);
    let mean = |metric: &dyn Fn(&[f64], &[f64]) -> f64| (metric(a.0, a.1) + metric(b.0, b.1)) / 2.;
    close(mean(&|l, s| fixed(l, s, 1)), 0.5);
    close(mean(&|l, s| fixed(l, s, 3)), 0.802_884_740_5);
    close(mean(&|l, s| fixed(l, s, 5)), 0.825_810_654_5);
    close(mean(&|l, s| recall_at(l, s, 1)), 1. / 6.);
    close(mean(&|l, s| recall_at(l, s, 3)), 5. / 6.);
    close(mean(&|l, s| average_precision(l, s)), 0.75);
}

/// D-MET-1: within the retrieved items the order is right, but better ones stand behind.
#[test]
fn the_ideal_of_the_retrieved_is_too_easy() {
    let (labels, scores) = ([1., 0., 3.], falling(3));
    close(ndcg(&labels, &scores, 2, Gain::Linear, Ideal::Retrieved), 1.0);
    let best = 3. + 1. / 3_f64.log2();
    close(ndcg(&labels, &scores, 2, Gain::Linear, Ideal::Group), 1. / best);
}

#[test]
fn average_precisions() {
    close(average_precision(&[1., 0., 1., 0., 1.], &falling(5)), 0.755_555_555_6);
    close(average_precision(&[0., 0., 1.], &falling(3)), 1. / 3.);
    close(average_precision(&[0., 0.], &falling(2)), 0.);
}

#[test]
fn empty_and_irrelevant_groups_are_zero() {
    for (labels, scores) in [(&[][..], &[][..]), (&[0., 0.][..], &[1., 2.][..])] {
        assert_eq!(fixed(labels, scores, 3), 0.);
        assert_eq!(recall_at(labels, scores, 3), 0.);
        assert_eq!(precision_at(labels, scores, 3), 0.);
        assert_eq!(reciprocal_rank(labels, scores), 0.);
        assert_eq!(auc(labels, scores), None);
    }
}

#[test]
fn equal_scores_keep_their_order_and_missing_ones_come_last() {
    assert_eq!(reciprocal_rank(&[0., 1.], &[5., 5.]), 0.5);
    assert_eq!(reciprocal_rank(&[1., 0.], &[f64::NAN, f64::NEG_INFINITY]), 0.5);
    assert_eq!(precision_at(&[f64::NAN, 1.], &[2., 1.], 1), 0.);
    assert_eq!(precision_at(&[1., 1.], &[2., 1.], 10), 0.2);
    assert_eq!(precision_at(&[1.], &[2.], 0), 0.);
}

#[test]
fn areas_count_ties_half() {
    close(auc(&[1., 0., 1., 1., 0.], &[0.9, 0.6, 0.4, 0.7, 0.1]).unwrap(), 5. / 6.);
    assert_eq!(auc(&[1., 0.], &[0.1, 0.9]), Some(0.));
    assert_eq!(auc(&[1., 0., 1.], &[0.5, 0.5, 0.5]), Some(0.5));
    assert_eq!(auc(&[1., 0., 0.], &[0.5, f64::NAN, 0.1]), Some(1.));
}
