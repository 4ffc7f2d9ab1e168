//! Stages 1 and 3: the source files, and the score table made of them.

mod sources;
mod tiers;
mod views;

use crate::fixture::{Input, Root, Sale, Tyre, sale, tyre};

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
            "CarMake or CarModel is missing: sold for no vehicle|1|2|80",
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
