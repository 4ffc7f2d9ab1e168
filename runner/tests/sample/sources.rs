//! The source files: products, sales, runlist, overrides.

use super::fixture::{SAMPLE, ask, assert_between, share};
use super::{CONFIG, RUNLIST, SALES, TYRES};

#[test]
fn csv_files_have_their_headers() {
    let header = |file: &str| SAMPLE.text(file).lines().next().unwrap_or_default().to_owned();
    assert_eq!(header(SALES), "ProductId,CarMake,CarModel,Width,Profile,Rim,Orders,Units,AvgPrice");
    assert_eq!(
        header(TYRES),
        "ProductId,Grade,Size,Manufacturer,Model,WetGrip,Fuel,Noise,Price,PrevPrice7,PrevPrice28,\
         Season,Offer,OE,AwardScore"
    );
    assert_eq!(header(RUNLIST), "Vehicle,Size,PriorityRank");
}

#[test]
fn overrides_are_the_defaults_of_the_user_interface() {
    let config: serde_json::Value = serde_json::from_str(&SAMPLE.text(CONFIG)).expect("JSON");
    let expected = serde_json::json!({
        "RUN_MODE": "GLOBAL", "TOTAL_PER_SEGMENT": 1000, "TOTAL_OVERALL": 10000, "BATCH_SIZE": 50,
        "GOLDILOCKS_ZONE_PCT": 15, "PRICE_FLUCTUATION_UPPER": 1.1,
        "PRICE_FLUCTUATION_LOWER": 0.9, "BRAND_ENHANCER": "", "MODEL_ENHANCER": "", "SEASON": "",
        "LIMIT_TO_SEGMENTS": ""
    });
    assert_eq!(config, expected);
}

#[test]
fn products_have_the_shape_of_the_real_range() {
    let database = SAMPLE.database();
    let distinct: i64 = ask(&database, "select count(distinct ProductId) from tyres");
    assert_eq!(distinct, 1_500);
    let tyres = |condition: &str| share(&database, "tyres", condition);
    assert_eq!(tyres("ProductId::int between 20000000 and 49400000"), 1.0);
    assert_eq!(tyres("Price::double between 55.96 and 277.50"), 1.0);
    assert_eq!(tyres("Noise similar to '[67][0-9]-[ABC12]'"), 1.0);
    assert_eq!(tyres("Grade in ('Premium', 'MidRange', 'Budget')"), 1.0);
    assert_eq!(tyres("OE in ('Yes', 'No') and AwardScore in ('Award', 'No')"), 1.0);
    assert_eq!(tyres("Offer in ('ONOFFER', 'NORMAL')"), 1.0);
    assert_between(tyres("Season = 'Summer'"), 0.82, 0.88);
    assert_between(tyres("Noise similar to '.*-[12]'"), 0.01, 0.05);
    assert_between(tyres("PrevPrice7 = ''"), 0.01, 0.06);
    assert_between(tyres("PrevPrice7 = '0.00' and PrevPrice28 = '0.00'"), 0.005, 0.03);
    assert_between(tyres("Size similar to '\\d+/\\d+ZR\\d+ Y'"), 0.003, 0.04);
    for size in ["31/1050 R15%", "275/0 R18%", "%R17.5%", "MT90/0 R16%"] {
        assert!(tyres(&format!("Size like '{size}'")) > 0.0, "{size}");
    }
    let brands: i64 = ask(&database, "select count(distinct Manufacturer) from tyres");
    assert_between(brands as f64, 30.0, 34.0);
    let grades: i64 = ask(
        &database,
        "select max(n) from (
             select count(distinct Grade) as n from tyres group by Manufacturer)",
    );
    assert_eq!(grades, 1, "a brand has one grade");
}

#[test]
fn scores_spread_over_all_tiers() {
    // The points of the attributes that count; real tiers end at about 17.5, 10.5, 8 and 5.5.
    let points = "
        select
            10 * (AwardScore = 'Award')::int + 10 * (OE = 'Yes')::int
            + case Fuel when 'A' then 10 when 'B' then 9 when 'C' then 5 when 'D' then 2.5
                when 'E' then 1 else 0 end
            + case right(Noise, 2) when '-A' then 1 when '-B' then 0.5 when '-C' then 0.1 else 0 end
            + case WetGrip when 'A' then 5 when 'B' then 4.5 when 'C' then 2.5 when 'D' then 1.25
                when 'E' then 0.5 else 0 end as points
        from tyres";
    let database = SAMPLE.database();
    for (share, expected) in [(0.75, 17.5), (0.5, 10.5), (0.25, 8.0), (0.1, 5.5)] {
        let query = format!("select quantile_disc(points, {share})::double from ({points})");
        assert_between(ask(&database, &query), expected - 1.5, expected + 1.5);
    }
}

#[test]
fn sales_are_of_products_in_the_sizes_of_their_vehicles() {
    let database = SAMPLE.database();
    let known = share(&database, "sales", "ProductId in (select ProductId from tyres)");
    assert_between(known, 0.97, 0.995);
    let fitting = share(
        &database,
        "sales join tyres using (ProductId)",
        "regexp_matches(Size, '^' || Width || '/' || Profile || ' ?Z?R' || Rim)",
    );
    assert_between(fitting, 0.995, 0.9999);
    let repeated = "select count(*) - count(distinct (ProductId, CarMake, CarModel)) from sales";
    assert!(ask::<i64>(&database, repeated) > 1_000);
}

#[test]
fn sales_rows_are_numbers_but_for_a_few() {
    let database = SAMPLE.database();
    let sales = |condition: &str| share(&database, "sales", condition);
    for (column, most) in [("Orders", 450), ("Units", 1100)] {
        assert_eq!(
            sales(&format!("coalesce(try_cast({column} as int), 0) between 0 and {most}")),
            1.0
        );
        assert_between(sales(&format!("try_cast({column} as int) is null")), 0.00005, 0.002);
    }
    assert_eq!(sales("AvgPrice::double between 50 and 300"), 1.0);
    assert_between(sales("CarModel = ''"), 0.001, 0.01);
    assert_between(sales("CarModel = 'UNKNOWN'"), 0.001, 0.02);
    assert_eq!(sales("CarMake = upper(CarMake) and CarModel = upper(CarModel)"), 1.0);
    for model in ["MODEL 3", "3 SERIES", "C-CLASS", "A3"] {
        assert!(sales(&format!("CarModel = '{model}'")) > 0.0, "{model}");
    }
    assert!(sales("Width = 'MT90'") > 0.0);
}

#[test]
fn the_runlist_is_ranked_and_a_few_rows_are_mistyped() {
    let database = SAMPLE.database();
    let runlist = |condition: &str| share(&database, "runlist", condition);
    assert_eq!(runlist("PriorityRank::int between 1 and 1000"), 1.0);
    for mistyped in [
        "Vehicle like ' % ' and Size like ' % '",
        "regexp_matches(Size, '^\\S+/\\d+R\\S+$')",
        "Size like '% 92Y'",
        "regexp_matches(Vehicle, '^.+ \\S+/\\d+ R[0-9.]+$') and Size = '-'",
    ] {
        assert_between(runlist(mistyped), 0.002, 0.003);
    }
    assert!(runlist("Vehicle = 'TESLAMODEL 3'") > 0.0);
    let offered = share(
        &database,
        "runlist",
        "exists (select 1 from tyres where starts_with(tyres.Size, runlist.Size))",
    );
    assert_between(offered, 0.97, 1.0);
}
