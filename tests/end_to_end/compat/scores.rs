//! Stage 3.

use super::{SCORES, assert_lines, both, lines};
use crate::fixture::{Input, Sale, Tyre, sale, tyre};

/// Original runs lose the first tyre: this one.
const LOST: u32 = 9;

fn input() -> Input {
    Input::empty().tyre(Tyre { wet_grip: "", ..tyre(LOST) })
}

fn query(columns: &str) -> String {
    format!("select \"ProductId\", {columns} from {SCORES} order by all")
}

/// D-07: several sales of one product and vehicle were as many rows, and a key that stands twice in a
/// reference table doubled what met it.
#[test]
fn rows_that_repeat_a_key() {
    let units = |id, units| Sale { units, ..sale(id, "AUDI", "A3") };
    let grade = |id, grade, price| Tyre { grade, price, ..tyre(id) };
    let roots = both(
        &input()
            .tyre(grade(1, "Premium", "80"))
            .tyre(grade(1, "Premium", "90"))
            .tyre(grade(2, "Budget", "80"))
            .tyre(Tyre { size: "195/65 R15", ..tyre(2) })
            .sale(units(1, "10"))
            .sale(units(2, "4"))
            .sale(Sale { orders: "3", ..units(2, "2") })
            .catalogue(1, "No")
            .catalogue(2, "RunFlat")
            .catalogue(2, "No")
            .table(
                "nexus_tyrescore/tyrescore-influence",
                "select 'AudiA3' as \"Vehicle\", unnest(['S', 'T']) as \"Segment\", 1 as \"PRICE_pct\", \
                 1 as \"GRADE_pct\", 1 as \"FUEL_pct\", 1 as \"WET_GRIP_pct\", 1 as \"AWARD_SCORE_pct\"",
            ),
        "1,3",
    );
    let columns = query(
        "\"SIZE\", \"RunflatStatus\", \"Segment\", \"Orders\", \"Units\", \"PRICE\", \"PremiumShare\", \
         \"BudgetShare\", \"RunflatShare\"",
    );
    let [fixed, original] = lines(&roots, &columns);
    // Of two sizes of a product the first counts: 195/65 R15, of which 6 units were sold.
    assert_eq!(
        fixed,
        [
            "1|205/55 R16 V|Non-Runflat|S|2|10|85.0|100.0|0.0|0.0",
            "2|195/65 R15|Runflat|S|5|6|80.0|0.0|0.0|100.0",
        ]
    );
    // In 205/55 R16 product 1 counts 20 units, as it stands twice in the file, and product 2 another 6. Of
    // these the catalogue makes 6 run-flat and 6 not, so 6 of 32; in 195/65 R15 it is 6 of 12.
    let expected = |id: u32, size, status, sales: &[(u32, u32)], shares: &str| {
        let row = |segment, (orders, units)| {
            let price = if id == 1 { "85.0" } else { "80.0" };
            format!("{id}|{size}|{status}|{segment}|{orders}|{units}|{price}|{shares}")
        };
        let rows = ["S", "T"]
            .into_iter()
            .flat_map(|segment| sales.iter().map(move |&sold| (segment, sold)));
        rows.map(|(segment, sold)| row(segment, sold)).collect::<Vec<_>>()
    };
    let twice = [(2, 4), (3, 2)];
    let shares = "76.92|23.08|18.75";
    let rows = [
        expected(1, "205/55 R16 V", "Non-Runflat", &[(2, 10)], shares),
        expected(2, "195/65 R15", "Non-Runflat", &twice, "0.0|0.0|50.0"),
        expected(2, "195/65 R15", "Runflat", &twice, "0.0|0.0|50.0"),
        expected(2, "205/55 R16 V", "Non-Runflat", &twice, shares),
        expected(2, "205/55 R16 V", "Runflat", &twice, shares),
    ];
    assert_eq!(original, rows.concat());
}

/// D-47: a previous price of 0 counted as one.
#[test]
fn previous_prices_of_nothing() {
    let priced = |id, previous_7, previous_28| Tyre { previous_7, previous_28, ..tyre(id) };
    let tyres =
        input().tyre(priced(1, "0", "80")).tyre(priced(2, "0", "0")).tyre(priced(3, "", "80"));
    assert_lines(
        &both(&tyres, "1,3"),
        &query("\"PRICEFLUCTUATION\""),
        &["1|1.0", "2|1.0", "3|1.0"],
        &["1|2.0", "2|1.0", "3|1.0"],
    );
}

/// D-49: the rims of `ZR` sizes were mixed.
#[test]
fn sizes_of_two_letters() {
    let sized = |id, size| Tyre { size, ..tyre(id) };
    let sold = |id, price| Sale { price, ..sale(id, "BMW", "X") };
    let tyres = input().tyre(sized(1, "225/40ZR18 Y")).tyre(sized(2, "225/40ZR19 Y"));
    assert_lines(
        &both(&tyres.sale(sold(1, "100")).sale(sold(2, "200")), "1,3"),
        &query("\"GoldilocksZone\""),
        &["1|100.0", "2|200.0"],
        &["1|150.0", "2|150.0"],
    );
}

/// D-08: who of equals gets the better tier was arbitrary. The tyres of this file are alike but for their
/// products; in both positions the smaller number wins.
#[test]
fn ties_between_tiers() {
    let roots = both(&(1..=101).rev().fold(input(), |input, n| input.tyre(tyre(100 + n))), "1,3");
    // With the tyre without a wet grip there are 102 in fixed: percentiles 1 and 2 have two each.
    let tiers = format!(
        "select \"TyreScore\", min(\"ProductId\"), max(\"ProductId\") from {SCORES} group by 1 order by 1"
    );
    assert_lines(
        &roots,
        &tiers,
        &[
            "1.BEST TYRE SCORE|101|127",
            "2.BETTER TYRE SCORE|128|152",
            "3.GOOD TYRE SCORE|153|177",
            "4.FAIR TYRE SCORE|178|192",
            "Unclassified|193|201",
        ],
        &[
            "1.BEST TYRE SCORE|101|126",
            "2.BETTER TYRE SCORE|127|151",
            "3.GOOD TYRE SCORE|152|176",
            "4.FAIR TYRE SCORE|177|191",
            "Unclassified|192|201",
        ],
    );
}
