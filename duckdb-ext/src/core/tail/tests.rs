use super::{Tail, TailError};
use std::f64::consts::PI;

/// The probability, where there is one.
fn tail_probability(z: f64, df: f64, tail: Tail) -> Option<f64> {
    super::tail_probability(z, df, tail).expect("degrees of freedom above 0")
}

const INF: f64 = f64::INFINITY;

const ZS: [f64; 7] = [0.01, 0.5, 1.7, 3.0, 10.0, 30.0, 37.5];

/// Upper tails at [`ZS`] by degrees of freedom, made with SciPy 1.17.1:
///
/// ```python
/// from scipy import stats
/// for df in [0.5, 1, 2, 3, 5, 10, 30, 100, 1000, 9999, 10000, 1e6, 1e10]:
///     print(f"({float(df)}, {[stats.t.sf(z, df).item() for z in [0.01, 0.5, 1.7, 3, 10, 30, 37.5]]}),")
/// print(f"(INF, {[stats.norm.sf(z).item() for z in [0.01, 0.5, 1.7, 3, 10, 30, 37.5]]}),")
/// ```
#[rustfmt::skip]
const SCIPY: &[(f64, [f64; 7])] = &[
    (0.5, [0.49730337181805234, 0.37865903646471827, 0.24006756495788475, 0.1836540779929717, 0.10133867638566559, 0.058546841490053445, 0.05236745738782639]),
    (1.0, [0.496817007235093, 0.35241638234956674, 0.1692530273303327, 0.10241638234956672, 0.03172551743055357, 0.010606402405535426, 0.008486252456738484]),
    (2.0, [0.4964645544791005, 0.33333333333333337, 0.11561671310078561, 0.04773298313335456, 0.004926228511662845, 0.0005546313409798295, 0.00035517674523009835]),
    (3.0, [0.496324555706426, 0.3257239824240755, 0.09384532077670502, 0.02883444281121865, 0.0010641995292070751, 4.067640213581979e-05, 2.0856252203218025e-05]),
    (5.0, [0.49620400902129097, 0.31914943582046457, 0.074938393424162, 0.015049623948731293, 8.547378787148181e-05, 3.8593243102480265e-07, 1.2700309352638612e-07]),
    (10.0, [0.4961089874954857, 0.3139468028714865, 0.059984672954510175, 0.006671827511284785, 7.947765877982062e-07, 1.9808961710156623e-11, 2.1659709290996493e-12]),
    (30.0, [0.49604374628658887, 0.3103615024425636, 0.04973893779425843, 0.0026949820328259727, 2.287625704114809e-11, 3.125895815304445e-24, 4.5855755501735045e-27]),
    (100.0, [0.49602060511721424, 0.3090867829154433, 0.04611966350150963, 0.0017039576716647233, 4.950844492297065e-17, 4.190166279344164e-52, 5.243078399293256e-61]),
    (1000.0, [0.4960116409660936, 0.30859254041693734, 0.04472094347962005, 0.0013833545221190963, 8.335351479300069e-23, 7.687343722021547e-142, 3.521757920998946e-193]),
    (9999.0, [0.4960107434346527, 0.30854304021175677, 0.044581012918862684, 0.0013532244278561733, 9.816650753247004e-24, 1.0240140260932965e-189, 2.200407844951688e-288]),
    (10000.0, [0.4960107434246779, 0.30854303966161684, 0.04458101136385251, 0.001353224094998833, 9.81640371433191e-24, 1.0221635237126803e-189, 2.191293133457315e-288]),
    (1000000.0, [0.4960106446827738, 0.3085375937361857, 0.04456561824517442, 0.0013499312707109, 7.63930538408909e-24, 6.010047116832059e-198, 7.552234466797216e-308]),
    (10000000000.0, [0.4960106436854681, 0.30853753873148804, 0.044565462774091714, 0.001349898034953979, 7.619854967046964e-24, 4.906813509790267e-198, 4.605581020541221e-308]),
    (INF, [0.4960106436853684, 0.3085375387259869, 0.04456546275854304, 0.0013498980316300933, 7.61985302416047e-24, 4.906713927147908e-198, 4.605353009581954e-308]),
];

/// What the module's documentation promises.
fn tolerance(df: f64) -> f64 {
    match df {
        ..=10.0 => 3e-13,
        ..10_000.0 => 1e-11,
        INF => 3e-13,
        _ => 1e-12,
    }
}

fn assert_close(actual: Option<f64>, expected: f64, tolerance: f64) {
    let actual = actual.expect("a probability");
    let close = (actual - expected).abs() <= tolerance * expected;
    assert!(close && (actual > 0.0) == (expected > 0.0), "{actual:e} vs {expected:e}");
}

#[test]
fn tails_are_those_of_scipy() {
    for (df, expected) in SCIPY {
        for (z, expected) in ZS.into_iter().zip(*expected) {
            assert_close(tail_probability(z, *df, Tail::Upper), expected, tolerance(*df));
            assert_close(tail_probability(-z, *df, Tail::Lower), expected, tolerance(*df));
            assert_close(tail_probability(z, *df, Tail::Two), 2.0 * expected, tolerance(*df));
            assert_close(tail_probability(-z, *df, Tail::Two), 2.0 * expected, tolerance(*df));
            assert_close(tail_probability(-z, *df, Tail::Upper), 1.0 - expected, tolerance(*df));
            assert_close(tail_probability(z, *df, Tail::Lower), 1.0 - expected, tolerance(*df));
        }
    }
}

/// With 1 and 2 degrees of freedom there are closed forms.
#[test]
fn far_tails_are_not_zero() {
    assert_close(tail_probability(1e200, 1.0, Tail::Two), 2.0 / PI * 1e-200, 1e-13);
    assert_close(tail_probability(1e300, 1.0, Tail::Upper), 1e-300 / PI, 1e-13);
    assert_close(tail_probability(1e100, 2.0, Tail::Upper), 0.5e-200, 1e-13);
    // The last doubles above 0.
    assert!(tail_probability(38.4, INF, Tail::Upper).is_some_and(|p| p > 0.0));
    assert_eq!(tail_probability(39.0, INF, Tail::Upper), Some(0.0));
}

/// p = 1 − 2/π · arctan z for 1 degree of freedom: the difference from 1 keeps the digits of z.
#[test]
fn near_zero_the_digits_of_z_are_kept() {
    for z in [1e-3_f64, 1e-5, 1e-7] {
        let expected = 2.0 / PI * z.atan();
        let p = tail_probability(z, 1.0, Tail::Two).expect("a probability");
        assert!(((1.0 - p) - expected).abs() <= 2.0 * f64::EPSILON, "{z}: {p}");
    }
}

#[test]
fn the_ends_are_exact() {
    for df in [1e-300, 5e-324, 0.5, 3.0, 1e5, 1e308, INF] {
        assert_eq!(tail_probability(0.0, df, Tail::Two), Some(1.0));
        assert_eq!(tail_probability(-0.0, df, Tail::Upper), Some(0.5));
        assert_eq!(tail_probability(INF, df, Tail::Two), Some(0.0));
        assert_eq!(tail_probability(-INF, df, Tail::Upper), Some(1.0));
        assert_eq!(tail_probability(-INF, df, Tail::Lower), Some(0.0));
    }
}

/// Over 13 orders of magnitude of either, rarer z are never likelier, and fewer degrees of freedom
/// never make the tail thinner; the forms meet where they change over.
#[test]
fn tails_shrink_with_z_and_with_degrees_of_freedom() {
    let steps = |from: i32| (from..=from + 130).map(|step| 10_f64.powf(f64::from(step) / 10.0));
    let two = |z, df| tail_probability(z, df, Tail::Two).expect("a probability");
    for df in steps(-20).chain([99.999, 9_999.999, INF]) {
        for (z, next) in steps(-60).zip(steps(-59)) {
            let (p, smaller) = (two(z, df), two(next, df));
            assert!((0.0..=1.0).contains(&p), "{p} at {z}, {df}");
            assert!(smaller <= p * (1.0 + 1e-12), "{p} {smaller} at {z}, {df}");
            assert!(two(z, 2.0 * df) <= p * (1.0 + 1e-10), "{z}, {df}");
        }
    }
}

#[test]
fn what_is_no_number_has_no_probability() {
    assert_eq!(tail_probability(f64::NAN, INF, Tail::Two), None);
    for df in [0.0, -1.0, -INF] {
        assert_eq!(super::tail_probability(1.0, df, Tail::Two), Err(TailError::Df(df)));
    }
    assert!(super::tail_probability(1.0, f64::NAN, Tail::Two).is_err());
}

#[test]
fn sides_have_names() {
    assert_eq!("two".parse(), Ok(Tail::Two));
    assert_eq!("upper".parse(), Ok(Tail::Upper));
    assert_eq!("lower".parse(), Ok(Tail::Lower));
    assert_eq!("left".parse::<Tail>(), Err(TailError::Tail("left".into())));
}
