//! The rules of the selection, each on the smallest set of candidates that shows it.

use super::*;
use crate::waves::contract::is_product_id;
use std::collections::HashSet;

/// A front brand's MidRange summer tyre of the second tier, never sold, at the usual price.
fn tyre(product_id: i64) -> Candidate {
    Candidate {
        tyre_score: "2.BETTER TYRE SCORE".into(),
        product_id,
        grade: "MidRange".into(),
        brand: "Hankook".into(),
        model: format!("Model {product_id}"),
        season: "Summer".into(),
        segment: "City Car".into(),
        vehicle: "AUDIA3".into(),
        size: "225/40 R18 Y".into(),
        price: Some(500.0),
        offer: "NORMAL".into(),
        price_fluctuation: 1.0,
        goldilocks_zone: Some(100.0),
        sales_status: "Potential".into(),
        ..Candidate::default()
    }
}

fn budget(product_id: i64) -> Candidate {
    Candidate { grade: "Budget".into(), brand: "Zeetex".into(), ..tyre(product_id) }
}

fn audi() -> Cam {
    Cam::new("AUDIA3", "225/40 R18")
}

fn recommend(candidates: Vec<Candidate>, params: &Params) -> CamResult {
    Engine::new(candidates).recommend(&audi(), params)
}

fn slots(result: &CamResult) -> Vec<&str> {
    let skus = result.skus.iter().flatten().map(String::as_str);
    result.hotboxes().into_iter().flatten().chain(skus).collect()
}

/// Tyres 10000000, 10000001, …, changed by their number.
fn tyres(count: i64, change: impl Fn(i64, &mut Candidate)) -> Vec<Candidate> {
    (0..count)
        .map(|number| {
            let mut candidate = tyre(10_000_000 + number);
            change(number, &mut candidate);
            candidate
        })
        .collect()
}

#[test]
fn enough_candidates_give_24_unique_products() {
    let result = recommend(tyres(40, |_, _| ()), &Params::default());
    let slots = slots(&result);
    assert!(result.success && result.error_code.is_none());
    assert_eq!(slots.len(), 24);
    assert!(slots.iter().all(|slot| is_product_id(slot)));
    assert_eq!(slots.iter().collect::<HashSet<_>>().len(), 24);
}

#[test]
fn few_candidates_leave_gaps_at_the_end() {
    let result = recommend(tyres(6, |_, _| ()), &Params::default());
    assert!(result.success);
    assert_eq!(slots(&result)[3..8], ["10000003", "10000004", "10000005", "-", "-"]);
}

#[test]
fn fewer_than_four_candidates_are_an_upstream_error() {
    let result = recommend(tyres(3, |_, _| ()), &Params::default());
    assert_eq!(result.error_code.as_deref(), Some("UPSTREAM_ERROR"));
    assert_eq!(slots(&result)[..5], ["10000000", "10000001", "10000002", "-", "-"]);
    assert!(!result.success && result.usage.is_some());
}

/// Three rows of the vehicle are too few: the second attempt, paid as well, sees those of the size.
#[test]
fn incomplete_hotboxes_are_tried_again_with_the_whole_size() {
    let mut candidates = tyres(3, |_, _| ());
    candidates.extend(tyres(6, |number, candidate| {
        candidate.product_id += 100;
        candidate.vehicle = "BMW3 SERIES".into();
        candidate.units = number;
    }));
    let result = recommend(candidates, &Params::default());
    assert!(result.success);
    assert_eq!(slots(&result).iter().filter(|slot| **slot != GAP).count(), 9);
    let prompt = (4_000 + 3 * 100) + (4_000 + 9 * 100);
    let expected = Usage {
        prompt_token_count: prompt,
        candidates_token_count: 2 * 222,
        total_token_count: prompt + 2 * 222,
    };
    assert_eq!(result.usage, Some(expected));
}

#[test]
fn products_of_other_lengths_are_never_shown() {
    let mut candidates = tyres(5, |_, _| ());
    candidates.extend([tyre(999_999), tyre(100_000_000), tyre(-1_000_000)]);
    let result = recommend(candidates, &Params::default());
    assert_eq!(slots(&result).iter().filter(|slot| **slot != GAP).count(), 5);
}

#[test]
fn the_vehicle_goes_before_the_size() {
    let mut candidates = tyres(8, |_, _| ());
    candidates.extend(tyres(4, |number, candidate| {
        candidate.product_id += 100;
        candidate.vehicle = "BMW3 SERIES".into();
        candidate.tyre_score = "1.BEST TYRE SCORE".into();
        candidate.units = number;
    }));
    let engine = Engine::new(candidates);
    let own = engine.recommend(&audi(), &Params::default());
    assert!(slots(&own).iter().all(|slot| *slot < "10000100"));
    let spelt = engine.recommend(&Cam::new("Audi A-3", "225/40r18"), &Params::default());
    assert_eq!(slots(&spelt), slots(&own));
    assert_eq!((spelt.vehicle.as_str(), spelt.size.as_str()), ("Audi A-3", "225/40r18"));
    let other = engine.recommend(&Cam::new("FIATPANDA", "225/40 R18"), &Params::default());
    assert_eq!(slots(&other)[0], "10000103");
}

#[test]
fn nothing_of_the_size_is_no_results() {
    let result = Engine::new(tyres(5, |_, _| ()))
        .recommend(&Cam::new("AUDIA3", "205/55 R16"), &Params::default());
    assert_eq!(result.error_code.as_deref(), Some("NO_RESULTS"));
    assert_eq!(result.hotboxes(), [Some("Error"); 4]);
    assert_eq!(result.skus, Some(vec!["-".to_owned(); 20]));
    assert!(!result.success);
}

#[test]
fn a_missing_cell_is_invalid_input() {
    let engine = Engine::new(tyres(5, |_, _| ()));
    for (vehicle, size) in [("", "225/40 R18"), ("AUDIA3", " "), ("nan", "225/40 R18")] {
        let result = engine.recommend(&Cam::new(vehicle, size), &Params::default());
        assert_eq!(result.error_code.as_deref(), Some("INVALID_INPUT"), "{vehicle:?} {size:?}");
        assert_eq!((result.hotboxes(), &result.skus), ([None; 4], &None));
    }
}

#[test]
fn score_orders_the_front() {
    let params = Params { goldilocks_zone_pct: 10, ..Params::default() };
    let candidates = tyres(6, |number, candidate| match number {
        0 => candidate.price_fluctuation = 1.2,
        1 => candidate.sales_status = "Active".into(),
        2 => candidate.offer = "ONOFFER".into(),
        3 => candidate.price_fluctuation = 0.8,
        4 => candidate.price = Some(110.0),
        _ => candidate.tyre_score = "1.BEST TYRE SCORE".into(),
    });
    // 4 and 5 score 4, 2 and 3 score 3.5: ties keep candidate order (tier first).
    let result = recommend(candidates, &params);
    assert_eq!(slots(&result)[..4], ["10000005", "10000004", "10000002", "10000003"], "{result:?}");
}

#[test]
fn parameters_out_of_range_count_as_defaults() {
    let candidates = || {
        tyres(30, |number, candidate| {
            candidate.price = Some(80.0 + number as f64);
            candidate.price_fluctuation = 0.7 + number as f64 / 50.0;
        })
    };
    let wild = Params {
        goldilocks_zone_pct: 51,
        price_fluctuation_upper: 0.99,
        price_fluctuation_lower: 1.01,
        ..Params::default()
    };
    assert_eq!(recommend(candidates(), &wild), recommend(candidates(), &Params::default()));
    let narrow = Params { goldilocks_zone_pct: 5, ..Params::default() };
    assert_ne!(recommend(candidates(), &narrow), recommend(candidates(), &Params::default()));
}

#[test]
fn the_front_relaxes_brands_before_grades() {
    let candidates = tyres(5, |number, candidate| match number {
        0 => {}
        1 => candidate.brand = "Wanli".into(),
        2 => candidate.grade = "Economy".into(),
        _ => candidate.grade = "Budget".into(),
    });
    let result = recommend(candidates, &Params::default());
    assert_eq!(slots(&result)[..4], ["10000000", "10000001", "10000002", "10000003"]);
}

#[test]
fn a_budget_tyre_stands_in_the_fourth_hotbox_above_35_percent() {
    for (share, expected) in [(34.9, 0), (35.0, 0), (35.1, 1), (80.0, 1)] {
        let mut candidates = tyres(6, |_, _| ());
        // The budget tyres have the better score.
        candidates.extend((0..3).map(|number| Candidate {
            tyre_score: "1.BEST TYRE SCORE".into(),
            ..budget(10_000_100 + number)
        }));
        candidates.iter_mut().for_each(|candidate| candidate.budget_share = share);
        let result = recommend(candidates, &Params::default());
        let is_budget = |slot: &&str| *slot >= "10000100";
        let slots = slots(&result);
        assert_eq!(slots[..3].iter().filter(|slot| is_budget(slot)).count(), 0, "{share}");
        assert_eq!(slots[3..4].iter().filter(|slot| is_budget(slot)).count(), expected, "{share}");
    }
}

#[test]
fn the_fourth_hotbox_admits_more_brands_than_the_front() {
    let candidates = tyres(6, |number, candidate| {
        if number < 2 {
            candidate.brand = ["Wanli", "Accelera"][number as usize].into();
            candidate.tyre_score = "1.BEST TYRE SCORE".into();
        }
    });
    let result = recommend(candidates, &Params::default());
    assert_eq!(slots(&result)[..4], ["10000002", "10000003", "10000004", "10000001"]);
}

#[test]
fn the_most_popular_product_replaces_the_weakest_front() {
    let result = recommend(
        tyres(8, |number, candidate| {
            candidate.tyre_score = "1.BEST TYRE SCORE".into();
            if number == 7 {
                candidate.tyre_score = "Unclassified".into();
                candidate.units = 9;
            }
        }),
        &Params::default(),
    );
    assert_eq!(slots(&result)[..4], ["10000000", "10000001", "10000007", "10000002"]);
}

#[test]
fn a_popular_budget_tyre_is_seen_where_the_rule_allows() {
    for (share, slot) in [(50.0, 3), (10.0, 4)] {
        let mut candidates = tyres(6, |_, _| ());
        candidates.extend([budget(10_000_100), budget(10_000_101)]);
        candidates[7].units = 9;
        candidates.iter_mut().for_each(|candidate| candidate.budget_share = share);
        let result = recommend(candidates, &Params::default());
        assert_eq!(slots(&result)[slot], "10000101", "{share}");
    }
}

#[test]
fn an_enhanced_product_takes_the_fourth_hotbox() {
    let candidates = || {
        tyres(9, |number, candidate| match number {
            6 => candidate.brand = "BFGoodrich".into(),
            7 => candidate.model = "CrossClimate 2".into(),
            8 => candidate.season = "AllSeason".into(),
            _ => {}
        })
    };
    let wish = |brand: &str, model: &str, season: &str| Params {
        brand_enhancer: brand.into(),
        model_enhancer: model.into(),
        season: season.into(),
        ..Params::default()
    };
    for (params, slot, product) in [
        (wish("bf goodrich", "", ""), 3, "10000006"),
        (wish("", " crossclimate 2 ", ""), 3, "10000007"),
        (wish("", "", "AllSeason"), 3, "10000008"),
        // Nothing meets both: the fourth is filled as usual, the best match comes next.
        (wish("Hankook", "", "Winter"), 3, "10000003"),
        (wish("Hankook", "", "Winter"), 4, "10000004"),
        // A season that does not exist has no effect, an unknown brand finds nothing.
        (wish("", "", "Spring"), 4, "10000004"),
        (wish("Acme", "", ""), 3, "10000003"),
        (wish("Acme", "", "AllSeason"), 4, "10000008"),
    ] {
        assert_eq!(slots(&recommend(candidates(), &params))[slot], product, "{params:?}");
    }
}

#[test]
fn an_enhanced_product_obeys_the_budget_rule() {
    let mut candidates = tyres(6, |_, candidate| candidate.budget_share = 50.0);
    candidates[5].brand = "Michelin".into();
    candidates.extend([budget(10_000_100), budget(10_000_101)]);
    candidates[7].season = "Winter".into();
    let brand = Params { brand_enhancer: "Michelin".into(), ..Params::default() };
    let result = recommend(candidates.clone(), &brand);
    assert_eq!(slots(&result)[3..5], ["10000100", "10000005"]);
    let season = Params { season: "Winter".into(), ..Params::default() };
    assert_eq!(slots(&recommend(candidates, &season))[3], "10000101");
}

#[test]
fn best_sellers_come_before_the_rest() {
    let result = recommend(
        tyres(20, |number, candidate| {
            if number >= 10 {
                candidate.tyre_score = "4.FAIR TYRE SCORE".into();
                candidate.units = number;
            }
        }),
        &Params::default(),
    );
    let slots = slots(&result);
    assert_eq!(slots[2], "10000019");
    assert_eq!(slots[4..9], ["10000018", "10000017", "10000016", "10000015", "10000014"]);
    assert_eq!(slots[9], "10000003");
}

#[test]
fn repeated_rows_count_once_and_a_prompt_holds_100() {
    let usage = |candidates| recommend(candidates, &Params::default()).usage.unwrap();
    let mut twice = tyres(7, |_, _| ());
    twice.extend(tyres(7, |_, candidate| candidate.units = 3));
    let expected = |prompt| Usage {
        prompt_token_count: prompt,
        candidates_token_count: 222,
        total_token_count: prompt + 222,
    };
    assert_eq!(usage(twice), expected(4_700));
    assert_eq!(usage(tyres(250, |_, _| ())), expected(14_000));
}

#[test]
fn order_of_the_rows_does_not_matter() {
    let candidates = tyres(60, |number, candidate| candidate.units = number % 7);
    let mut reversed = candidates.clone();
    reversed.reverse();
    let first = recommend(candidates, &Params::default());
    assert_eq!(first, recommend(reversed, &Params::default()));
}

#[test]
fn lists_vehicles_segments_and_sizes() {
    let cam = |vehicle: &str, size: &str, segment: &str| Candidate {
        vehicle: vehicle.into(),
        size: size.into(),
        segment: segment.into(),
        ..tyre(10_000_000)
    };
    let engine = Engine::new([
        cam("BMW3 SERIES", "225/40 R18 Y", "Sports"),
        cam("AUDIA3", "225/40 R18 Y", "City Car"),
        cam("AUDIA3", "225/40R18 W", "City Car"),
        cam("AUDIA3", "31/1050 R15", "City Car"),
        cam("FIATPANDA", "175/65 R14 T", "NO SALES YET"),
        cam("NO SALES YET", "255/35 R19 Y", "NO SALES YET"),
    ]);
    assert_eq!(engine.segments(), ["City Car", "Sports"]);
    assert_eq!(engine.sizes_of("audia3"), ["31/1050 R15", "225/40 R18"]);
    assert!(engine.sizes_of("NO SALES YET").is_empty());
    assert_eq!(engine.cams(Some("city car")).count(), 2);
    let all: Vec<&str> = engine.cams(None).map(|cam| cam.vehicle.as_str()).collect();
    assert_eq!(all, ["AUDIA3", "AUDIA3", "BMW3 SERIES", "FIATPANDA"]);
}

/// Ten thousand CAMs of 400 sizes and 250 vehicles over 100,000 rows must take well under a second.
#[test]
fn ten_thousand_recommendations_are_quick() {
    let engine = Engine::new((0..100_000_i64).map(|number| Candidate {
        vehicle: format!("VEHICLE {}", number % 250),
        size: format!("{}/55 R16 V", 100 + number / 250),
        units: number % 13,
        ..tyre(10_000_000 + number % 1_500)
    }));
    let params = Params::default();
    let start = std::time::Instant::now();
    let filled = (0..10_000)
        .map(|number| {
            let size = format!("{}/55 R16", 100 + number % 400);
            let vehicle = if number % 2 == 0 {
                "ANOTHER".to_owned()
            } else {
                format!("VEHICLE {}", number % 250)
            };
            engine.recommend(&Cam::new(vehicle, size), &params)
        })
        .filter(|result| result.success)
        .count();
    let elapsed = start.elapsed();
    println!("10,000 recommendations in {elapsed:?}");
    // A vehicle has one row of each size: the second attempt fills its hotboxes.
    assert_eq!(filled, 10_000);
    assert!(elapsed.as_secs() < 1, "{elapsed:?}");
}
