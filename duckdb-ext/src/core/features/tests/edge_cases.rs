//! What a definition leaves to be settled: short, gappy, constant and infinite input.

use super::*;

const FULL: Listing = Listing {
    title_length: 80.0,
    bullet_count: 6.0,
    image_count: 7.0,
    attributes: [Some(true); 3],
    has_a_plus: Some(true),
};

fn slope(ys: &[f64]) -> f64 {
    Line::of_all(ys, None).slope(0)
}

#[test]
fn the_slope_of_a_window() {
    assert_close(&[slope(&[1., 1. / 2., 1. / 3., 1. / 4., 1. / 5.])], &[-0.185]);
    assert_close(&[slope(&[3., 1., 4., 1., 5., 9., 2.])], &[0.5]);
    assert_close(&[slope(&[1., 2.])], &[1.]);
    assert_close(&[slope(&[2., 2., 2.])], &[0.]);
    assert_close(&[slope(&[5.])], &[0.]);
    assert_close(&[slope(&[1., NO, 3.]), slope(&[NO]), slope(&[])], &[NO; 3]);
}

#[test]
fn a_slope_needs_places_that_differ_and_exist() {
    let slope = |ys: &[f64], xs: &[f64]| Line::of_all(ys, Some(xs)).slope(0);
    assert_close(&[slope(&[1., 2.], &[3., 3.]), slope(&[1., 2.], &[3., NO])], &[NO; 2]);
    assert_close(&[slope(&[1., 2.], &[3., f64::INFINITY]), slope(&[1.], &[NO])], &[NO; 2]);
    assert_close(&[slope(&[1., f64::INFINITY], &[0., 1.])], &[NO]);
    assert_close(&[slope(&[-1.], &[7.])], &[0.]);
    assert!(slope(&[-1.], &[-7.]).is_sign_positive());
}

#[test]
fn a_window_needs_seventy_percent_of_its_rows() {
    let windows = [1, 2, 3, 5, 7, 10, 14, 20, 21, 28, 30, 60, 90];
    let expected = [1, 2, 3, 4, 5, 7, 10, 14, 15, 20, 21, 42, 63];
    assert_eq!(windows.map(minimum_count), expected);
    assert!(minimum_count(usize::MAX) < usize::MAX);
    for window in 0..2000 {
        assert_eq!(minimum_count(window), (window as f64 * 0.7).ceil() as usize, "{window}");
    }
}

#[test]
fn bsr_trends() {
    let trend = |bsrs: &[f64]| usual(rolling_bsr_trend, bsrs, 7);
    assert_close(
        &trend(&[1., 2., 3., 4., 5., 6., 7.]),
        &[NO, NO, NO, NO, -0.185, -0.147_142_857_142_857, -0.120_408_163_265_306],
    );
    assert_close(
        &trend(&[1000., 900., 800., 750., 700., 650., 600., 590.]),
        &[
            NO,
            NO,
            NO,
            NO,
            0.000_107_936_507_9,
            0.000_106_514_913_7,
            0.000_108_331_153,
            9.963_835_599e-5,
        ],
    );
    let gap = trend(&[100., 90., NO, 80., 70., 60., 50., 40., 30., 20., 10., 5.]);
    assert_close(&gap[..9], &[NO; 9]);
    assert_close(&gap[9..], &[0.005_676_020_408, 0.012_040_816_33, 0.026_25]);
    let zero = trend(&[100., 0., 80., 70., 60., 50., 40., 30., 20.]);
    assert_close(&zero[..8], &[NO; 8]);
    assert_close(&zero[8..], &[0.005_676_020_408]);
    assert_eq!(trend(&[250.; 6])[4..], [0., 0.]);
    // An infinite rank has the reciprocal 0, one too small has none.
    assert_close(&usual(rolling_bsr_trend, &[1., f64::INFINITY], 2), &[NO, -1.]);
    assert_close(&usual(rolling_bsr_trend, &[1., f64::MIN_POSITIVE / 8.], 2), &[NO; 2]);
}

#[test]
fn rows_count_not_days_unless_told() {
    let bsrs = [100., 90., 80., 70., 60., 50.];
    let january = dated(&[0, 1, 4, 8, 19, 59]);
    assert_close(
        &usual(rolling_bsr_trend, &bsrs, 7),
        &[NO, NO, NO, NO, 0.001_650_793_651, 0.001_955_782_313],
    );
    assert_close(&roll(rolling_bsr_trend, &bsrs, days(&january, 7), 5), &[NO; 6]);
    // Three rows within seven days: slope per day, of 1/100, 1/90 and 1/80 at days 0, 1 and 4.
    let xs = [0., 1., 4.];
    let ys = [1. / 100., 1. / 90., 1. / 80.];
    let expected = Line::of_all(&ys, Some(&xs)).slope(0);
    assert_close(
        &roll(rolling_bsr_trend, &bsrs, days(&january, 7), 3),
        &[NO, NO, expected, NO, NO, NO],
    );
}

#[test]
fn price_volatilities() {
    let volatility = |prices: &[f64]| usual(rolling_volatility, prices, 7);
    assert_close(
        &volatility(&[10., 11., 12., 13., 14., 15., 16., 30.]),
        &[NO, NO, NO, NO, 0.131_761_569_2, 0.149_666_295_5, 0.166_172_838_4, 0.407_767_559_4],
    );
    assert_eq!(volatility(&[10.; 6])[4..], [0., 0.]);
    assert_close(
        &volatility(&[10., NO, 12., 13., NO, 15., 16., 17., NO]),
        &[NO, NO, NO, NO, NO, NO, 0.180_868_733_1, 0.142_030_420_2, 0.142_030_420_2],
    );
    // Infinite prices count as missing; a mean of 0 leaves nothing to divide by.
    assert_close(&usual(rolling_volatility, &[1., f64::INFINITY, 1.], 3), &[NO; 3]);
    assert_close(&roll(rolling_volatility, &[-1., 1.], rows(2), 2), &[NO; 2]);
}

#[test]
fn means() {
    assert_close(
        &usual(rolling_mean, &[4., 4.1, 4.2, NO, 4.3, 4.4, 4.5, 4.6], 7),
        &[NO, NO, NO, NO, NO, 4.2, 4.25, 4.35],
    );
    let sales: Vec<f64> = (0..31).map(f64::from).collect();
    let means = usual(rolling_mean, &sales, 30);
    assert_close(&[19, 20, 21, 29, 30].map(|at| means[at]), &[NO, 10., 10.5, 14.5, 15.5]);
    assert_close(&usual(rolling_mean, &[NO, NO], 30), &[NO; 2]);
    assert_close(&roll(rolling_mean, &[NO, f64::NEG_INFINITY], rows(1), 0), &[NO; 2]);
}

#[test]
fn differences() {
    let counts: Vec<f64> = (0..14).map(f64::from).chain([40., 10., NO]).collect();
    let velocities = difference(&counts, None, 14);
    assert_close(&velocities[13..], &[NO, 40., 9., NO]);
    assert_close(&difference(&[1., f64::INFINITY, 3.], None, 1), &[NO; 3]);
    assert_close(&difference(&[1., 2.], None, 0), &[0., 0.]);
    assert_close(&difference(&[1., 2.], None, usize::MAX), &[NO; 2]);
}

#[test]
fn calendar_differences_look_for_the_day() {
    let counts = [1., 2., 4., 8., 16., 32.];
    // The third day before the fifth row's is missing; of the two rows of day 4, the later counts.
    let dates = dated(&[1, 4, 4, 6, 7, 8]);
    assert_close(&difference(&counts, Some(&dates), 3), &[NO, 1., 3., NO, 12., NO]);
    let undated = [Some(1), Some(4), None, None, None, None];
    assert_close(&difference(&counts, Some(&undated), 3), &[NO, 1., NO, NO, NO, NO]);
    let ends = dated(&[-i32::MAX, i32::MAX]);
    assert_close(&difference(&[1., 2.], Some(&ends), usize::MAX), &[NO; 2]);
}

#[test]
fn the_smallest_windows() {
    let prices = [1., 2., 3.];
    assert_eq!(usual(rolling_bsr_trend, &prices, 1), [0., 0., 0.]);
    assert_close(&usual(rolling_volatility, &prices, 1), &[NO; 3]);
    assert_close(&usual(rolling_mean, &[4., 4., 4.], 1), &[4., 4., 4.]);
    assert_close(&usual(rolling_bsr_trend, &[1., 2., 4.], 2), &[NO, -0.5, -0.25]);
    let expected = [NO, 0.471_404_520_8, 0.471_404_520_8];
    assert_close(&usual(rolling_volatility, &[1., 2., 4.], 2), &expected);
    for rolling in [rolling_trend, rolling_bsr_trend, rolling_volatility, rolling_mean] {
        assert_close(&usual(rolling, &[], 7), &[]);
    }
    assert_close(&difference(&[], None, 14), &[]);
}

#[test]
fn windows_of_days() {
    let means = |dates: &[Option<i32>], span| {
        let values: Vec<f64> = (1_u32..).map(f64::from).take(dates.len()).collect();
        roll(rolling_mean, &values, days(dates, span), 1)
    };
    assert_close(&means(&dated(&[1, 2, 9, 10, 10]), 3), &[1., 1.5, 3., 3.5, 4.]);
    assert_close(&means(&dated(&[1, 2, 9, 10, 10]), 1), &[1., 2., 3., 4., 4.5]);
    // Rows without a day come last, and have no window.
    assert_close(&means(&[Some(1), Some(2), None, None], 7), &[1., 1.5, NO, NO]);
    assert_close(&means(&[None], 7), &[NO]);
    assert_close(&means(&dated(&[-i32::MAX, 0, i32::MAX]), usize::MAX), &[1., 1.5, 2.]);
    // Rows of one day have no slope, unless there is but one.
    let dates = dated(&[5, 5]);
    assert_close(&roll(rolling_trend, &[1., 2.], days(&dates, 7), 1), &[0., NO]);
}

#[test]
fn a_spike_leaves_nothing_behind() {
    let mut prices = vec![19.99; 60];
    prices[20] = 1e12;
    let bsrs: Vec<f64> = prices.iter().map(|price| 1e-9 * price).collect();
    for window in [7, 14, 30] {
        assert_eq!(
            usual(rolling_volatility, &prices, window)[20 + window..],
            vec![0.; 40 - window]
        );
        assert_eq!(usual(rolling_bsr_trend, &bsrs, window)[20 + window..], vec![0.; 40 - window]);
        let means = usual(rolling_mean, &prices, window);
        assert_close(&means[20 + window..], &vec![19.99; 40 - window]);
    }
}

#[test]
fn huge_and_tiny_values() {
    assert_close(&usual(rolling_mean, &[f64::MAX, f64::MAX], 2), &[NO; 2]);
    assert_eq!(usual(rolling_volatility, &[f64::MAX; 2], 2)[1..], [0.]);
    assert_close(&usual(rolling_volatility, &[1e200, 3e200], 2), &[NO; 2]);
    assert_close(&usual(rolling_volatility, &[1e-200, 3e-200], 2), &[NO, 0.]);
    assert_close(&usual(rolling_trend, &[-f64::MAX, f64::MAX], 2), &[NO; 2]);
    let tiny = f64::MIN_POSITIVE / 4.;
    assert_eq!(usual(rolling_mean, &[tiny, tiny], 2)[1..], [tiny]);
    assert_close(&difference(&[f64::MAX, -f64::MAX], None, 1), &[NO; 2]);
}

#[test]
fn the_ends_of_a_set_of_points() {
    let ends = |points: &[(f64, f64)]| {
        points.iter().map(|(x, value)| Ends::of(*x, *value)).fold(Ends::default(), Ends::merge)
    };
    let points = [(2., 20.), (1., 10.), (4., 45.), (3., 0.)];
    assert_close(&[ends(&points).difference(None), ends(&points).difference(Some(3.))], &[35.; 2]);
    assert_close(&[ends(&points).difference(Some(2.)), ends(&[]).difference(None)], &[NO; 2]);
    assert_close(&[ends(&[(1., 5.)]).difference(None)], &[0.]);
    // Missing at an end, in the middle, and a place that is missing.
    assert_close(&[ends(&[(1., NO), (2., 1.)]).difference(None)], &[NO]);
    assert_close(&[ends(&[(1., 1.), (2., NO), (3., 5.)]).difference(None)], &[4.]);
    for at in 0..4 {
        let mut broken = points;
        broken[at].0 = NO;
        assert_close(&[ends(&broken).difference(None)], &[NO]);
    }
    // Of points that share an x, the older one is the first, the newer one the last.
    assert_close(&[ends(&[(1., 1.), (1., 2.), (2., 10.), (2., 20.)]).difference(None)], &[19.]);
}

fn listing(numbers: [f64; 3], flags: [Option<bool>; 4]) -> Listing {
    let [title_length, bullet_count, image_count] = numbers;
    let [material, size, use_case, has_a_plus] = flags;
    let attributes = [material, size, use_case];
    Listing { title_length, bullet_count, image_count, attributes, has_a_plus }
}

fn both(listing: &Listing) -> [f64; 2] {
    [MissingInput::TrueOrNull, MissingInput::Zero].map(|missing| listing_quality(listing, missing))
}

#[test]
fn listing_qualities_of_complete_input() {
    let (yes, no) = (Some(true), Some(false));
    let cases = [
        (FULL, 1.),
        (listing([40., 3., 3.], [yes, no, no, no]), 0.398_809_523_8),
        (listing([200., 10., 12.], [yes, yes, yes, no]), 0.875),
        (listing([0., 0., 0.], [no; 4]), 0.),
        (listing([80., 6., 6.], [yes; 4]), 0.964_285_714_3),
        (listing([60., 4., 5.], [yes, no, yes, yes]), 0.741_071_428_6),
    ];
    for (listing, expected) in cases {
        assert_close(&both(&listing), &[expected; 2]);
        assert_eq!(listing.missing(), 0);
    }
}

/// Each case as older results have it, and as it should be.
#[test]
fn listing_qualities_of_missing_input() {
    let negative = Listing { title_length: -80., ..FULL };
    assert_close(&both(&negative), &[0.5, 0.75]);
    let no_title = Listing { title_length: NO, ..FULL };
    assert_close(&both(&no_title), &[NO, 0.75]);
    assert_eq!(no_title.missing(), 1);
    let no_images = Listing { image_count: NO, ..FULL };
    assert_close(&both(&no_images), &[NO, 0.75]);
    let no_flags = listing([80., 6., 7.], [None; 4]);
    assert_close(&both(&no_flags), &[1., 0.75]);
    assert_eq!(no_flags.missing(), 4);
    let no = Some(false);
    assert_close(&both(&listing([80., 6., 7.], [None, no, no, no])), &[0.791_666_666_7, 0.75]);
    assert_close(&both(&listing([80., 6., 7.], [no; 4])), &[0.75; 2]);
    let nothing = listing([NO; 3], [None; 4]);
    assert_close(&both(&nothing), &[NO, 0.]);
    assert_eq!(nothing.missing(), 7);
}

#[test]
fn listing_qualities_of_extreme_input() {
    let endless = Listing { title_length: f64::INFINITY, ..FULL };
    assert_close(&both(&endless), &[1., 1.]);
    let less = Listing { bullet_count: f64::NEG_INFINITY, ..FULL };
    assert_close(&both(&less), &[NO, 0.75]);
    let tiny = Listing { image_count: f64::MIN_POSITIVE / 2., ..FULL };
    assert_close(&both(&tiny), &[0.75, 0.75]);
}
