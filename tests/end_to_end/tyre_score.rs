//! Stages 1 and 3: the source files, and the score table made of them.

use crate::fixture::{Event, Input, Item, Root, Sale, Tyre, item, sale, tyre, view};

const TABLE: &str = "nexus_tyrescore.\"TyreScore_algorithm_output\"";

const P: u32 = 20_000_000;

/// Runs what the table needs.
fn scored(input: &Input) -> Root {
    let root = input.root();
    root.run_with(&["--stage", "1,3"]).ok();
    root
}

/// The given columns of every row, in order of products.
fn rows(root: &Root, columns: &str) -> Vec<String> {
    root.lines(&format!(
        "select \"ProductId\" - {P}, {columns} from {TABLE} order by \"ProductId\", \"Vehicle\""
    ))
}

#[test]
fn columns_have_their_names_places_and_types() {
    let root = scored(&Input::working());
    let expected = [
        "TyreScore VARCHAR",
        "ProductId BIGINT",
        "GRADE VARCHAR",
        "BRAND VARCHAR",
        "Model VARCHAR",
        "WET_GRIP VARCHAR",
        "FUEL VARCHAR",
        "NOISE_REDUCTION VARCHAR",
        "SEASONAL_PERFORMANCE VARCHAR",
        "OE VARCHAR",
        "AWARD_SCORE VARCHAR",
        "RunflatStatus VARCHAR",
        "Segment VARCHAR",
        "PRICE_pct VARCHAR",
        "GRADE_pct VARCHAR",
        "FUEL_pct VARCHAR",
        "WET_GRIP_pct VARCHAR",
        "AWARD_SCORE_pct VARCHAR",
        "Vehicle VARCHAR",
        "SIZE VARCHAR",
        "PRICE DOUBLE",
        "OFFER VARCHAR",
        "PRICEFLUCTUATION DOUBLE",
        "Orders BIGINT",
        "Units BIGINT",
        "GoldilocksZone DOUBLE",
        "PremiumShare DOUBLE",
        "MidRangeShare DOUBLE",
        "BudgetShare DOUBLE",
        "RunflatShare DOUBLE",
        "SalesStatus VARCHAR",
        "PRODUCTLISTVIEWS BIGINT",
        "CLICKSTREAMRATE DOUBLE",
    ];
    assert_eq!(root.columns("nexus_tyrescore.TyreScore_algorithm_output"), expected);
}

#[test]
fn values_of_the_source_files_reach_their_columns() {
    let input = Input::empty()
        .tyre(Tyre {
            grade: "Premium",
            size: "225/40 R18 Y",
            brand: "Michelin",
            model: "Pilot Sport 4 Acoustic",
            wet_grip: "A",
            fuel: "B",
            noise: "68-A",
            season: "Winter",
            offer: "ONOFFER",
            oe: "Yes",
            award: "Award",
            price: "101.5",
            ..tyre(P + 1)
        })
        .sale(Sale { orders: "3", units: "12", price: "99.995", ..sale(P + 1, "BMW", "3 SERIES") })
        .catalogue(P + 1, "runflat");
    // 101.5 / 80 is 1.26875; 99.995 is a little less as a double.
    assert_eq!(
        scored(&input).lines(&format!("select * from {TABLE}")),
        ["1.BEST TYRE SCORE|20000001|Premium|Michelin|Pilot Sport 4 Acoustic|A|B|68-A|Winter|Yes|\
          Award|Runflat|NO SALES YET|NO SALES YET|NO SALES YET|NO SALES YET|NO SALES YET|\
          NO SALES YET|BMW3 SERIES|225/40 R18 Y|101.5|ONOFFER|1.27|3|12|100.0|100.0|0.0|0.0|100.0|\
          Active|0|0.0"]
    );
}

/// 103 tyres: percentiles 1 to 3 hold two of them each, so the tiers hold 28, 25, 25, 15 and 10.
#[test]
fn tiers_follow_rank_then_product() {
    // Award alone is 10 points; fuel C, noise B and wet grip B are 5 + 0.5 + 4.5, the same.
    let award = |id| Tyre { award: "Award", fuel: "", noise: "", wet_grip: "F", ..tyre(id) };
    let labels = |id| Tyre { fuel: "C", noise: "71-B", wet_grip: "B", ..tyre(id) };
    let tied = (1..=100).map(|n| if n % 2 == 0 { award(P + n) } else { labels(P + n) });
    // 10 + 10 + 1 + 10 + 5 points.
    let best = Tyre {
        award: "Award",
        fuel: "A",
        noise: "69-A",
        oe: "Yes",
        wet_grip: "A",
        ..tyre(P + 900)
    };
    // Takes the second place, and is not shown: it has no wet grip.
    let hidden = Tyre { award: "Award", fuel: "A", oe: "Yes", wet_grip: "", ..tyre(P + 901) };
    // Nothing of it earns a point, although its product comes first.
    let worst = Tyre { fuel: "", noise: "71-2", wet_grip: "F", ..tyre(P) };
    let root = scored(&Input::empty().tyres(tied).tyres([best, hidden, worst]));
    assert_eq!(
        root.lines(&format!(
            "select \"TyreScore\", count(*), \
             min(id) filter (where id between 1 and 100), max(id) filter (where id between 1 and 100), \
             list(id order by id) filter (where id not between 1 and 100) \
             from (select *, \"ProductId\" - {P} as id from {TABLE}) group by 1 order by 1"
        )),
        [
            "1.BEST TYRE SCORE|27|1|26|[900]",
            "2.BETTER TYRE SCORE|25|27|51|NULL",
            "3.GOOD TYRE SCORE|25|52|76|NULL",
            "4.FAIR TYRE SCORE|15|77|91|NULL",
            "Unclassified|10|92|100|[0]",
        ]
    );
}

#[test]
fn tiers_have_their_sizes() {
    let root = Input::empty().root();
    for (tyres, expected) in [
        (3, "3|0|0|0|0"),
        (9, "9|0|0|0|0"),
        (99, "25|25|25|15|9"),
        (100, "25|25|25|15|10"),
        (250, "75|75|50|30|20"),
    ] {
        Input::empty().tyres((1..=tyres).map(|n| tyre(P + n))).write_to(&root);
        root.run_with(&["--stage", "1,3"]).ok();
        let count =
            |first| format!("count(*) filter (where starts_with(\"TyreScore\", '{first}'))");
        let counts = ["1.", "2.", "3.", "4.", "U"].map(count).join(", ");
        assert_eq!(root.value(&format!("select {counts} from {TABLE}")), expected, "{tyres}");
    }
}

/// Points and weights, seen through the order they give: of 100 tyres of five kinds, each kind fills
/// one tier. The better kinds have the higher products, so that equal ranks would mix them.
#[test]
fn labels_earn_their_points() {
    let root = Input::empty().root();
    let kinds = [
        ["Award", "A", "69-A", "Yes", "A"], // 10 + 10 + 1 + 10 + 5 = 36
        ["No", "B", "70-A", "No", "A"],     // 9 + 1 + 5 = 15
        ["", "C", "71-B", "No", "B"],       // 5 + 0.5 + 4.5 = 10
        ["award", "C", "71-B", "yes", "C"], // 5 + 0.5 + 2.5 = 8: the rest is case-sensitive
        ["No", "D", "72-B", "No", "C"],     // 2.5 + 0.5 + 2.5 = 5.5
        ["No", "E", "73-C", "No", "D"],     // 1 + 0.1 + 1.25 = 2.35
        ["No", "F", "71-A", "No", "E"],     // 1 + 0.5 = 1.5
        ["No", "a", "71-C", "No", "b"],     // 0.1
        ["No", "", "71-2", "No", "F"],      // 0
    ];
    for (first, kinds) in [kinds[..5].iter(), kinds[4..].iter()].into_iter().enumerate() {
        let mut tyres = Vec::new();
        for (tier, (kind, count)) in kinds.zip([25, 25, 25, 15, 10]).enumerate() {
            let [award, fuel, noise, oe, wet_grip] = *kind;
            let id = P + 100 * (5 - tier as u32);
            tyres.extend((0..count).map(|n| Tyre {
                award,
                fuel,
                noise,
                oe,
                wet_grip,
                ..tyre(id + n)
            }));
        }
        Input::empty().tyres(tyres).write_to(&root);
        root.run_with(&["--stage", "1,3"]).ok();
        let kinds = format!(
            "select \"TyreScore\", list(distinct (\"ProductId\" - {P}) // 100) \
             from {TABLE} group by 1 order by 1"
        );
        let tiers =
            ["1.BEST", "2.BETTER", "3.GOOD", "4.FAIR"].map(|tier| format!("{tier} TYRE SCORE"));
        let tiers = tiers.into_iter().chain(["Unclassified".to_owned()]);
        let expected: Vec<String> =
            tiers.zip([5, 4, 3, 2, 1]).map(|(tier, kind)| format!("{tier}|[{kind}]")).collect();
        assert_eq!(root.lines(&kinds), expected, "the kinds from {}", first * 4);
    }
}

#[test]
fn prices_are_averages_and_fluctuate_against_previous_ones() {
    let priced = |id, price, previous_7, previous_28| Tyre {
        price,
        previous_7,
        previous_28,
        ..tyre(P + id)
    };
    let root = scored(
        &Input::empty()
            .tyre(priced(1, "100", "100", "100"))
            .tyre(priced(1, "110", "100", "100"))
            .tyre(priced(2, "99", "120", "100"))
            // A previous price of 0 is none (D-47: 80 against 0 and 80 was 2.0).
            .tyre(priced(3, "80", "0", "80"))
            .tyre(priced(4, "50", "", "50"))
            .tyre(priced(5, "120", "0", "0"))
            .tyre(priced(6, "105", "0", "100"))
            .tyre(priced(6, "105", "100", "100"))
            .tyre(priced(7, "1.125", "1", "1"))
            .tyre(priced(8, "cheap", "1", "1")),
    );
    assert_eq!(
        rows(&root, "\"PRICE\", \"PRICEFLUCTUATION\""),
        [
            "1|105.0|1.05",
            "2|99.0|0.9",
            "3|80.0|1.0",
            "4|50.0|1.0",
            "5|120.0|1.0",
            "6|105.0|1.05",
            "7|1.125|1.13",
            "8|NULL|1.0",
        ]
    );
}

#[test]
fn sales_are_summed_per_product_and_vehicle() {
    let sold = |id, model, orders, units, price| Sale {
        orders,
        units,
        price,
        ..sale(P + id, "AUDI", model)
    };
    let root = scored(
        &Input::empty()
            .tyres((1..=5).map(|n| tyre(P + n)))
            .tyre(Tyre { wet_grip: "", ..tyre(P + 6) })
            .sale(sold(2, "", "1", "2", "80"))
            .sale(sold(3, "A3", "x", "4", "100"))
            .sale(sold(4, "A3", "2", "4", "90"))
            // Two rows of one vehicle are one (D-07: each gave a row of its own).
            .sale(Sale { make: "audi", ..sold(4, "a3", "3", "5", "110") })
            // Numbers that are none count as nothing (D-48: they ended the job).
            .sale(sold(5, "A3", "1", "2.5", "1000"))
            .sale(sold(5, "A4", "1", "1", "dear"))
            .sale(sold(6, "A3", "1", "0", "1000"))
            .sale(sold(99, "A3", "9", "9", "1000")),
    );
    // The size's average is (80 + 100 + 90 + 110) / 4, the A3's (100 + 90 + 110) / 3.
    assert_eq!(
        rows(&root, "\"Vehicle\", \"Orders\", \"Units\", \"SalesStatus\", \"GoldilocksZone\""),
        [
            "1|NO SALES YET|0|0|Potential|95.0",
            "2|NO SALES YET|1|2|Potential|95.0",
            "3|AUDIA3|0|4|Active|100.0",
            "4|AUDIA3|5|9|Active|100.0",
            "5|AUDIA3|1|0|Active|100.0",
            "5|AUDIA4|1|1|Active|95.0",
        ]
    );
    assert_eq!(
        root.lines(
            "select reason, content ->> 'Orders', content ->> 'Units', content ->> 'AvgPrice' \
             from \"AIM\".\"aim-rejected-rows\" order by all"
        ),
        [
            "AvgPrice is no number and counts as missing|1|1|dear",
            "Orders is no whole number and counts as 0|x|4|100",
            "Units is no whole number and counts as 0|1|2.5|1000",
        ]
    );
}

#[test]
fn goldilocks_is_of_the_vehicle_and_size_else_of_the_size() {
    let sized = |id, size| Tyre { size, ..tyre(P + id) };
    let sold = |id, make, price| Sale { price, ..sale(P + id, make, "X") };
    let root = scored(
        &Input::empty()
            .tyre(sized(1, "205/55 R16 V"))
            .tyre(sized(2, "205/55 R16 H"))
            .tyre(sized(3, "31x10.50 R15"))
            .tyre(sized(4, "225/40ZR18 Y"))
            .tyre(sized(5, "225/40ZR19 Y"))
            .sale(sold(1, "MINI", "0"))
            .sale(sold(2, "BMW", "80.01"))
            .sale(sold(3, "JEEP", "200"))
            // Rims of two-letter sizes are told apart (D-49: both were 225/40).
            .sale(sold(4, "BMW", "100"))
            .sale(sold(5, "BMW", "200")),
    );
    assert_eq!(
        rows(&root, "\"Vehicle\", \"GoldilocksZone\", \"MidRangeShare\""),
        [
            // An average of nothing is none: (0 + 80.01) / 2, half away from zero.
            "1|MINIX|40.01|100.0",
            "2|BMWX|80.01|100.0",
            "3|JEEPX|NULL|0.0",
            "4|BMWX|100.0|100.0",
            "5|BMWX|200.0|100.0",
        ]
    );
}

#[test]
fn shares_are_of_the_units_of_vehicle_and_size() {
    let graded = |id, grade| Tyre { grade, ..tyre(P + id) };
    let units = |id, model, units| Sale { units, ..sale(P + id, "AUDI", model) };
    let root = scored(
        &Input::empty()
            // A product that stands twice in the file counts once (D-07: its units doubled).
            .tyre(graded(1, "Premium"))
            .tyre(Tyre { price: "90", ..graded(1, "Premium") })
            .tyre(graded(2, "Premium"))
            .tyre(graded(3, "MidRange"))
            .tyre(graded(4, "Budget"))
            .tyre(graded(5, "Premium+"))
            .sale(units(1, "A3", "10"))
            .sale(units(2, "A3", "2"))
            .sale(units(3, "A3", "6"))
            .sale(units(4, "A3", "4"))
            // Another grade counts in the total only; another vehicle has shares of its own.
            .sale(units(4, "A4", "1"))
            .sale(units(5, "A4", "1"))
            // So does a product that stands twice in the catalogue.
            .catalogue(P + 1, "No")
            .catalogue(P + 2, "RUNFLAT")
            .catalogue(P + 2, "")
            .catalogue(P + 2, "RunFlat"),
    );
    let shares = "\"Vehicle\", \"RunflatStatus\", \"PremiumShare\", \"MidRangeShare\", \
        \"BudgetShare\", \"RunflatShare\"";
    // Of 22: 12, 6, 4, and 2 run-flat.
    assert_eq!(
        rows(&root, shares),
        [
            "1|AUDIA3|Non-Runflat|54.55|27.27|18.18|9.09",
            "2|AUDIA3|Runflat|54.55|27.27|18.18|9.09",
            "3|AUDIA3|Non-Runflat|54.55|27.27|18.18|9.09",
            "4|AUDIA3|Non-Runflat|54.55|27.27|18.18|9.09",
            "4|AUDIA4|Non-Runflat|0.0|0.0|50.0|0.0",
            "5|AUDIA4|Non-Runflat|0.0|0.0|50.0|0.0",
        ]
    );
}

#[test]
fn influence_is_text_in_its_shortest_form() {
    let root = scored(
        &Input::empty()
            .tyre(tyre(P + 1))
            .tyre(tyre(P + 2))
            .sale(sale(P + 1, "TESLA", "MODEL 3"))
            .sale(sale(P + 2, "AUDI", "A3"))
            .table(
                "nexus_tyrescore/tyrescore-influence",
                "select 'TeslaModel3' as \"Vehicle\", 'EV' as \"Segment\", \
                 null::double as \"PRICE_pct\", 0::double as \"GRADE_pct\", \
                 90::double as \"FUEL_pct\", 97.77::double as \"WET_GRIP_pct\", \
                 100::double as \"AWARD_SCORE_pct\" \
                 union all select 'TESLAMODEL3', 'EV', null, 1, 1, 1, 1",
            ),
    );
    // Two rows of one vehicle do not double its tyres (D-07).
    assert_eq!(
        rows(
            &root,
            "\"Vehicle\", \"Segment\", \"PRICE_pct\", \"GRADE_pct\", \"FUEL_pct\", \
             \"WET_GRIP_pct\", \"AWARD_SCORE_pct\""
        ),
        [
            "1|TESLAMODEL 3|EV|NO SALES YET|0|90|97.77|100",
            "2|AUDIA3|NO SALES YET|NO SALES YET|NO SALES YET|NO SALES YET|NO SALES YET|NO SALES YET",
        ]
    );
}

#[test]
fn views_and_rates() {
    let day = "2026-03-14";
    let seen = |second, id, times| view(day, second, "u", &[Item { times, ..item(id) }]);
    let ordered = |id, orders| Sale { orders, ..sale(P + id, "AUDI", "A3") };
    let tesla = Item { vehicle: Some("Tesla Model 3"), times: 50, ..item("20000007") };
    let elsewhere = Item { list: Some("225-40-18"), times: 3, ..item("20000006") };
    let input = Input::empty()
        .tyres((1..=7).map(|n| tyre(P + n)))
        .sale(ordered(1, "5"))
        .sale(ordered(2, "5"))
        .sale(ordered(3, "5"))
        .sale(ordered(4, "5"))
        .sale(ordered(5, "3"))
        .sale(ordered(6, "0"))
        .sale(sale(P + 7, "TESLA", "MODEL 3"))
        .event(seen(1, "20000001", 3))
        .event(seen(2, "20000002", 600))
        .event(seen(3, "20000003", 500))
        .event(seen(4, "20000005", 1000))
        // Two lists of one product are one row with all views (D-07: two rows).
        .event(seen(5, "20000006", 2))
        .event(view(day, 6, "u", &[elsewhere]))
        // Blanks in the model do not matter (D-06: it had no views).
        .event(view(day, 7, "u", &[tesla]))
        // None of these is a view of a product with a vehicle.
        .event(Event { name: "add_to_cart", ..seen(8, "20000004", 5) })
        .event(seen(9, "(not set)", 5))
        .event(view(day, 10, "u", &[Item { vehicle: None, ..item("20000004") }]));
    let root = scored(&input);
    // 1 % and more stays (D-09: it became 0.14).
    assert_eq!(
        rows(&root, "\"PRODUCTLISTVIEWS\", \"CLICKSTREAMRATE\""),
        ["1|3|166.667", "2|600|0.833", "3|500|1.0", "4|0|0.0", "5|1000|0.3", "6|5|0.0", "7|50|4.0"]
    );
    let capped = scored(&input.env("AIM_CLICKSTREAM_RATE_CAP", "0.9"));
    assert_eq!(
        rows(&capped, "\"CLICKSTREAMRATE\""),
        ["1|0.9", "2|0.833", "3|0.9", "4|0.0", "5|0.3", "6|0.0", "7|0.9"]
    );
}

#[test]
fn views_of_three_calendar_months_count() {
    let seen = |day, times| view(day, 1, "u", &[Item { times, ..item("20000001") }]);
    let intraday = "select '20260315' as event_date, 'view_item_list' as event_name, \
        [{'item_id': '20000001', 'item_category5': 'Audi A3'}] as items";
    let root = scored(
        &Input::empty()
            .tyre(tyre(P + 1))
            .sale(sale(P + 1, "AUDI", "A3"))
            .event(seen("2025-12-14", 1000))
            .event(seen("2025-12-15", 1))
            .event(seen("2026-03-15", 10))
            .event(seen("2026-03-16", 1000))
            .table("analytics/events_intraday_20260315", intraday),
    );
    assert_eq!(rows(&root, "\"PRODUCTLISTVIEWS\""), ["1|11"]);
}

#[test]
fn without_clicks_there_are_no_views() {
    let root = scored(&Input::empty().tyre(tyre(P + 1)));
    assert_eq!(rows(&root, "\"PRODUCTLISTVIEWS\", \"CLICKSTREAMRATE\""), ["1|0|0.0"]);
}

/// The first line is data as well (D-01: it was lost), whether the sales file has a header or not.
#[test]
fn every_line_of_the_source_files_is_read() {
    let header = "\u{feff} ProductId ,Grade,Size,Manufacturer,Model,WetGrip,Fuel,Noise,Price,\
        PrevPrice7,PrevPrice28,Season,Offer,OE,AwardScore,Load-Index 1.a";
    let line = |id: &str| {
        format!("{id},Premium,205/55 R16 V,\"Tyres, Ltd\",M,B,C,71-B,80,80,80,S,N,No,No,91")
    };
    let sales = "20000001,AUDI,A3,205,55,16,1,2,80\n\n20000002,\"AUDI\",\"A 4\",205,55,16,1,2,80";
    let root = scored(
        &Input::empty()
            .source(
                "TyreScore.csv",
                [header, &line("20000001"), &line("20000002"), &line("2000000x")].join("\r\n"),
            )
            .source("CarMakeModelSales.csv", sales),
    );
    assert_eq!(
        rows(&root, "\"Vehicle\", \"BRAND\""),
        ["1|AUDIA3|Tyres, Ltd", "2|AUDIA 4|Tyres, Ltd"]
    );
    assert_eq!(
        root.columns("nexus_tyrescore.TyreScore"),
        [
            "ProductId BIGINT",
            "Grade VARCHAR",
            "Size VARCHAR",
            "Manufacturer VARCHAR",
            "Model VARCHAR",
            "WetGrip VARCHAR",
            "Fuel VARCHAR",
            "Noise VARCHAR",
            "Price DOUBLE",
            "PrevPrice7 DOUBLE",
            "PrevPrice28 DOUBLE",
            "Season VARCHAR",
            "Offer VARCHAR",
            "OE VARCHAR",
            "AwardScore VARCHAR",
            "Load_Index_1_a VARCHAR"
        ]
    );
    // What no table takes is kept where it can be looked at.
    let rejected = "select run_id, source, reason, content like '%\"2000000x\"%' \
        from \"AIM\".\"aim-rejected-rows\"";
    assert_eq!(
        root.lines(rejected),
        ["20260315_071500|TyreScore|ProductId is no whole number|true"]
    );

    let headed = format!("ProductId,Make,Model,W,P,R,Orders,Units,Price\n{sales}\n");
    root.write("tyrescore-AWS3-daily-files/CarMakeModelSales.csv", &headed);
    let run = root.run_with(&["--stage", "1,3"]).ok();
    assert!(run.stdout.contains("       1  TyreScore: ProductId is no whole number"), "{run:?}");
    assert_eq!(rows(&root, "\"Vehicle\""), ["1|AUDIA3", "2|AUDIA 4"]);
}

/// The newest file counts (D-05: the oldest did), and only files of that name.
#[test]
fn the_newest_source_files_are_read() {
    let tyres = |id: u32| {
        let line = format!("{id},Premium,205/55 R16 V,B,M,B,C,71-B,80,80,80,S,N,No,No");
        format!(
            "ProductId,Grade,Size,Manufacturer,Model,WetGrip,Fuel,Noise,Price,PrevPrice7,\
             PrevPrice28,Season,Offer,OE,AwardScore\n{line}\n"
        )
    };
    let root = scored(
        &Input::empty()
            .without("tyrescore-AWS3-daily-files/TyreScore.csv")
            .source("TyreScore_20251231.csv", tyres(P + 1))
            .source("archive/2026-02-28-TyreScore.csv", tyres(P + 2))
            .source("TyreScore_20260131.csv", tyres(P + 3))
            .source("ZOldTyreScore.csv", tyres(P + 4))
            .source("TyreScore_20260301.csv.bak", tyres(P + 5)),
    );
    assert_eq!(rows(&root, "\"Vehicle\""), ["2|NO SALES YET"]);
}
