use super::*;

fn close(actual: f64, expected: f64) {
    assert!((actual - expected).abs() < 1e-9, "{actual} is not {expected}");
}

/// Items of these labels and scores.
fn items(labels: &[f64], scores: &[f64]) -> Vec<Item> {
    assert_eq!(labels.len(), scores.len());
    labels.iter().zip(scores).map(|(&label, &score)| Item { label, score }).collect()
}

/// Items in the order of their labels as written.
fn in_order(labels: &[f64]) -> Vec<Item> {
    let falling: Vec<f64> = (0..labels.len()).map(|i| -(i as f64)).collect();
    items(labels, &falling)
}

fn fixed(items: &[Item], k: usize) -> f64 {
    let mut scratch = Scratch::default();
    ndcg(items, k, Gain::Exponential, Ideal::Group, Ties::Worst, &mut scratch).expect("a number")
}

fn linear(items: &[Item], k: usize, ideal: Ideal) -> f64 {
    ndcg(items, k, Gain::Linear, ideal, Ties::Order, &mut Scratch::default()).expect("a number")
}

fn recall(items: &[Item], k: usize) -> f64 {
    graded_recall(items, k, Relevance::Binary)
}

fn graded_recall(items: &[Item], k: usize, relevance: Relevance) -> f64 {
    recall_at(items, k, relevance, Ties::Worst, &mut Scratch::default()).expect("a number")
}

fn precision(items: &[Item], k: usize, ties: Ties) -> f64 {
    precision_at(items, k, ties, &mut Scratch::default())
}

fn average(items: &[Item]) -> f64 {
    average_precision(items, Ties::Worst, &mut Scratch::default())
}

fn reciprocal(items: &[Item], ties: Ties) -> f64 {
    reciprocal_rank(items, ties, &mut Scratch::default())
}

fn area(items: &[Item]) -> Option<f64> {
    auc(items, &mut Scratch::default())
}

/// The textbook's example of graded relevance, 3 2 3 0 1 2.
#[test]
fn graded_relevance() {
    let labels = [3., 2., 3., 0., 1., 2.];
    close(dcg(&labels, Gain::Exponential), 13.848_263_63);
    close(fixed(&in_order(&labels), 6), 0.948_810_748_6);
    close(fixed(&in_order(&labels), 3), 0.959_453_514_6);
}

#[test]
fn ndcgs_of_small_groups() {
    close(fixed(&in_order(&[0., 1., 1.]), 2), 0.386_852_807_2);
    close(fixed(&in_order(&[0., 0., 1.]), 2), 0.);
    close(fixed(&in_order(&[0.5, 1.]), 2), 0.828_597_838);
    close(fixed(&in_order(&[0., 0.]), 2), 0.);
    close(fixed(&in_order(&[1., 0.]), 0), 0.);
}

#[test]
fn recalls() {
    close(recall(&in_order(&[2., 0., 1., 1.]), 2), 1. / 3.);
    close(recall(&in_order(&[0.7, 0.2, 1.9]), 1), 1. / 3.);
    close(recall(&in_order(&[-1., 1.]), 1), 0.);
    close(recall(&in_order(&[0., 0.]), 1), 0.);
    close(recall(&in_order(&[1., 1.]), 10), 1.);
    // Graded: labels count in full, without their fractions.
    close(graded_recall(&in_order(&[2., 0., 1., 1.]), 2, Relevance::Graded), 0.5);
    close(graded_recall(&in_order(&[0.7, 0.2, 1.9]), 1, Relevance::Graded), 0.);
}

#[test]
fn means_over_two_groups() {
    let a = items(&[3., 2., 0., 1.], &[0.9, 0.8, 0.7, 0.6]);
    let b = items(&[0., 2., 1.], &[0.5, 0.4, 0.3]);
    let mean = |metric: &dyn Fn(&[Item]) -> f64| (metric(&a) + metric(&b)) / 2.;
    close(mean(&|i| fixed(i, 1)), 0.5);
    close(mean(&|i| fixed(i, 3)), 0.802_884_740_5);
    close(mean(&|i| fixed(i, 5)), 0.825_810_654_5);
    close(mean(&|i| recall(i, 1)), 1. / 6.);
    close(mean(&|i| recall(i, 3)), 5. / 6.);
    close(mean(&average), 0.75);
}

/// D-MET-1: within the retrieved items the order is right, but better ones stand behind.
#[test]
fn the_ideal_of_the_retrieved_is_too_easy() {
    let group = in_order(&[1., 0., 3.]);
    close(linear(&group, 2, Ideal::Retrieved), 1.0);
    let best = 3. + 1. / 3_f64.log2();
    close(linear(&group, 2, Ideal::Group), 1. / best);
}

#[test]
fn average_precisions() {
    close(average(&in_order(&[1., 0., 1., 0., 1.])), 0.755_555_555_6);
    close(average(&in_order(&[0., 0., 1.])), 1. / 3.);
    close(average(&in_order(&[0., 0.])), 0.);
}

#[test]
fn empty_and_irrelevant_groups_are_zero() {
    for group in [vec![], items(&[0., 0.], &[1., 2.])] {
        assert_eq!(fixed(&group, 3), 0.);
        assert_eq!(recall(&group, 3), 0.);
        assert_eq!(precision(&group, 3, Ties::Worst), 0.);
        assert_eq!(reciprocal(&group, Ties::Worst), 0.);
        assert_eq!(area(&group), None);
    }
}

#[test]
fn equal_scores_keep_their_order_or_put_the_lower_label_first() {
    let relevant_first = items(&[1., 0.], &[5., 5.]);
    assert_eq!(reciprocal(&relevant_first, Ties::Order), 1.);
    assert_eq!(reciprocal(&relevant_first, Ties::Worst), 0.5);
    assert_eq!(precision(&relevant_first, 1, Ties::Order), 1.);
    assert_eq!(precision(&relevant_first, 1, Ties::Worst), 0.);
    let zeros = items(&[1., 0.], &[-0.0, 0.0]);
    assert_eq!(reciprocal(&zeros, Ties::Order), 1.);
    let many: Vec<Item> = (0..100).map(|i| Item { label: f64::from(i % 7), score: 1. }).collect();
    let best_last = ranked_labels(&many, Ties::Worst);
    assert!(best_last.is_sorted());
    assert_eq!(ranked_labels(&many, Ties::Order)[..8], [0., 1., 2., 3., 4., 5., 6., 0.]);
}

fn ranked_labels(items: &[Item], ties: Ties) -> Vec<f64> {
    let mut scratch = Scratch::default();
    ranked(items, items.len(), ties, &mut scratch);
    scratch.labels
}

#[test]
fn missing_scores_come_last_and_missing_labels_are_zero() {
    assert_eq!(reciprocal(&items(&[1., 0.], &[f64::NAN, f64::NEG_INFINITY]), Ties::Order), 0.5);
    assert_eq!(precision(&items(&[f64::NAN, 1.], &[2., 1.]), 1, Ties::Order), 0.);
    assert_eq!(precision(&items(&[1., 1.], &[2., 1.]), 10, Ties::Order), 0.2);
    assert_eq!(precision(&items(&[1.], &[2.]), 0, Ties::Order), 0.);
}

#[test]
fn infinite_labels_have_no_ndcg() {
    let group = in_order(&[f64::INFINITY, 1.]);
    let mut scratch = Scratch::default();
    let value = ndcg(&group, 2, Gain::Linear, Ideal::Group, Ties::Worst, &mut scratch);
    assert_eq!(value, None);
    assert_eq!(recall_at(&group, 2, Relevance::Graded, Ties::Worst, &mut scratch), None);
}

#[test]
fn areas_count_ties_half() {
    close(area(&items(&[0., 0., 1., 1.], &[0.1, 0.4, 0.35, 0.8])).unwrap(), 0.75);
    close(area(&items(&[1., 0., 1., 1., 0.], &[0.9, 0.6, 0.4, 0.7, 0.1])).unwrap(), 5. / 6.);
    assert_eq!(area(&items(&[1., 0.], &[0.1, 0.9])), Some(0.));
    assert_eq!(area(&items(&[1., 0., 1.], &[0.5, 0.5, 0.5])), Some(0.5));
    assert_eq!(area(&items(&[1., 0., 0.], &[0.5, f64::NAN, 0.1])), Some(1.));
}

/// Made with scikit-learn 1.9: `lab = [(i * 37) % 5 for i in range(60)]`,
/// `sc = [((i * 7919) % 1009) / 1009 for i in range(60)]`; `ndcg_score([lab], [sc], k=k)`,
/// `ndcg_score([2 ** lab - 1], [sc], k=k)`, `average_precision_score(lab > 2, sc)`,
/// `roc_auc_score(lab > 2, sc)`, and that of `floor(10 * sc)`, which has ties.
#[test]
fn metrics_are_those_of_scikit_learn() {
    let label = |i: i32| f64::from((i * 37) % 5);
    let score = |i: i32| f64::from((i * 7919) % 1009) / 1009.;
    let group: Vec<Item> = (0..60).map(|i| Item { label: label(i), score: score(i) }).collect();
    for (k, expected_linear, exponential) in [
        (1, 0.25, 0.066_666_666_666_666_67),
        (5, 0.273_253_426_820_312_45, 0.179_984_370_370_068),
        (10, 0.461_017_912_097_711_8, 0.341_804_074_744_901_3),
        (60, 0.780_760_209_083_948_4, 0.688_753_926_690_826_6),
    ] {
        close(linear(&group, k, Ideal::Group), expected_linear);
        close(fixed(&group, k), exponential);
    }
    let relevant = |i: i32| f64::from(u8::from(label(i) > 2.));
    let binary: Vec<Item> = (0..60).map(|i| Item { label: relevant(i), score: score(i) }).collect();
    close(average(&binary), 0.415_635_315_194_105_57);
    close(area(&binary).unwrap(), 0.511_574_074_074_074_1);
    let tied: Vec<Item> =
        binary.iter().map(|item| Item { score: (10. * item.score).floor(), ..*item }).collect();
    close(area(&tied).unwrap(), 0.512_731_481_481_481_5);
}

mod random {
    use super::*;
    use proptest::prelude::*;

    /// The order by its definition: a stable sort of whole items.
    fn by_definition(items: &[Item], ties: Ties) -> Vec<f64> {
        let mut sorted = items.to_vec();
        if ties == Ties::Worst {
            sorted.sort_by(|a, b| a.relevance().total_cmp(&b.relevance()));
        }
        sorted.sort_by(|a, b| match (a.score.is_nan(), b.score.is_nan()) {
            (false, false) => b.score.partial_cmp(&a.score).expect("no NaN"),
            (a_missing, b_missing) => a_missing.cmp(&b_missing),
        });
        sorted.iter().map(Item::relevance).collect()
    }

    fn group() -> impl Strategy<Value = Vec<Item>> {
        let score = prop_oneof![
            6 => (-3_i8..4).prop_map(f64::from),
            3 => -1e9..1e9,
            1 => prop::sample::select(vec![f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -0.0]),
        ];
        let label = prop_oneof![9 => (-1_i8..5).prop_map(f64::from), 1 => Just(f64::NAN)];
        let item = (label, score).prop_map(|(label, score)| Item { label, score });
        prop::collection::vec(item, 0..120)
    }

    proptest! {
        #[test]
        fn the_order_is_that_of_its_definition(group in group(), k in 0_usize..130) {
            for ties in [Ties::Order, Ties::Worst] {
                let mut scratch = Scratch::default();
                ranked(&group, k, ties, &mut scratch);
                let expected: Vec<f64> =
                    by_definition(&group, ties).into_iter().take(k).collect();
                prop_assert_eq!(&scratch.labels, &expected);
            }
        }

        #[test]
        fn rows_may_come_in_any_order(
            (group, shuffled) in group().prop_flat_map(|g| (Just(g.clone()), Just(g).prop_shuffle())),
            k in 0_usize..130
        ) {
            prop_assert_eq!(fixed(&group, k), fixed(&shuffled, k));
            prop_assert_eq!(average(&group), average(&shuffled));
            prop_assert_eq!(recall(&group, k), recall(&shuffled, k));
            prop_assert_eq!(area(&group), area(&shuffled));
        }

        #[test]
        fn areas_are_shares_of_pairs(group in group()) {
            let scored = || group.iter().filter(|item| !item.score.is_nan());
            let (mut won, mut pairs) = (0.0, 0.0);
            for better in scored().filter(|item| item.label > 0.0) {
                for other in scored().filter(|item| item.label.is_nan() || item.label <= 0.0) {
                    pairs += 1.0;
                    won += if better.score > other.score { 1.0 }
                        else if better.score == other.score { 0.5 } else { 0.0 };
                }
            }
            match area(&group) {
                None => prop_assert_eq!(pairs, 0.0),
                Some(area) => prop_assert!((area - won / pairs).abs() < 1e-12),
            }
        }
    }
}
