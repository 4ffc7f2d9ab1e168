//! Ranks, and the tiers they give.

use super::{P, TABLE, scored};
use crate::fixture::{Input, Tyre, tyre};

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
