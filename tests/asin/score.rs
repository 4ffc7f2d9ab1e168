//! Scores and ranks, figure by figure.

use crate::fixture::Folder;

const METRICS: &str = "bsr_trend_30, est_sales_30, review_vel_14, price_vol_30, listing_quality";

const FIVE: &str = "('A',0.001,100,5,0.05,0.8),('B',0.002,140,9,0.07,0.9),('C',-0.001,80,2,0.02,0.55),\
                    ('D',0.0005,300,20,0.3,0.95),('E',0,60,0,0.1,0.4)";

/// Features of some products on one day in one category.
fn features(folder: &Folder, rows: &str) {
    let query = format!(
        "select asin, 'US' as site, date '2024-01-01' as dt, 'c' as category, {METRICS} \
         from (values {rows}) t(asin, {METRICS})"
    );
    folder.table("features.parquet", &query);
}

/// Product, score to nine digits, rank; by product.
fn scores(folder: &Folder) -> Vec<Vec<String>> {
    folder.done("score --input @features.parquet --output @scores.parquet");
    let query =
        "select asin, printf('%.10g', explosive_score), rank_in_cat from {} order by asin, dt";
    folder.rows("scores.parquet", query)
}

fn expect(folder: &Folder, rows: &str, expected: &[[&str; 3]]) {
    features(folder, rows);
    assert_eq!(scores(folder), expected, "{rows}");
}

#[test]
fn scores_of_the_replaced_pipeline() {
    let folder = Folder::original();
    let two = "('A',0.1,100,5,0.05,0.8),('B',0.2,120,10,0.07,0.9)";
    expect(&folder, two, &[["A", "-1.2", "2"], ["B", "1.2", "1"]]);
    expect(&folder, "('A',0.1,100,5,0.05,0.8)", &[["A", "0", "1"]]);
    let five = [
        ["A", "0.2833333333", "3"],
        ["B", "1.7", "2"],
        ["C", "-1.991666667", "5"],
        ["D", "3.066666667", "1"],
        ["E", "-1.55", "4"],
    ];
    expect(&folder, FIVE, &five);
    let z = "json_extract(reason, '$.z.*')";
    let z = folder.row(
        "scores.parquet",
        &format!("select [round(x::double, 9) for x in {z}] from {{}} where asin = 'D'"),
    );
    assert_eq!(z, ["[0.0, 5.0, 3.75, -7.666666667, 1.0]"]);
}

/// D-SCO-1: volatile prices raised the score.
#[test]
fn the_sign_of_a_weight_counts() {
    let rows = "('A',1,1,1,0.1,1),('B',1,1,1,0.2,1),('C',1,1,1,0.3,1)";
    expect(&Folder::original(), rows, &[["A", "-0.1", "3"], ["B", "0", "2"], ["C", "0.1", "1"]]);
    expect(&Folder::new(), rows, &[["A", "0.1", "1"], ["B", "0", "2"], ["C", "-0.1", "3"]]);
}

/// D-SCO-4: one missing metric took the score away.
#[test]
fn a_missing_metric_counts_nothing_and_is_named() {
    let rows = FIVE.replace("140", "null");
    let folder = Folder::original();
    features(&folder, &rows);
    let original = [
        ["A", "0.4083333333", "2"],
        ["B", "null", "null"],
        ["C", "-1.991666667", "4"],
        ["D", "4.441666667", "1"],
        ["E", "-1.675", "3"],
    ];
    assert_eq!(scores(&folder), original);
    let folder = Folder::new();
    features(&folder, &rows);
    // 0.35 · 3 + 0.2 · 1 - 0.1 · 0 + 0.3 · 2/3
    assert_eq!(scores(&folder)[1], ["B", "1.45", "2"]);
    let missing = folder.row("scores.parquet", "select json_extract_string(reason, '$.missing[0]'), json_extract(reason, '$.z.est_sales_30') from {} where asin = 'B'");
    assert_eq!(missing, ["est_sales_30", "null"]);
}

/// D-SCO-2: a group whose middle is constant had scores of a thousand million.
#[test]
fn a_constant_middle_has_a_measure() {
    let rows = "('A',1,1,1,1,1),('B',1,1,1,1,1),('C',1,2,1,1,1)";
    expect(&Folder::original(), rows, &[["A", "0", "2"], ["B", "0", "2"], ["C", "250000000", "1"]]);
    // 1.4826022185056018 · 1 / (1.2533141373155003 · 1/3) · 0.25
    expect(&Folder::new(), rows, &[["A", "0", "2"], ["B", "0", "2"], ["C", "0.887209065", "1"]]);
    let same = "('A',1,1,1,1,1),('B',1,1,1,1,1),('C',1,1,1,1,1)";
    for folder in [Folder::new(), Folder::original()] {
        expect(&folder, same, &[["A", "0", "1"], ["B", "0", "1"], ["C", "0", "1"]]);
    }
}

#[test]
fn equal_scores_share_the_best_rank() {
    let rows = "('A',3,1,1,1,1),('B',3,1,1,1,1),('C',2,1,1,1,1),('D',1,1,1,1,1)";
    let expected =
        [["A", "0.35", "1"], ["B", "0.35", "1"], ["C", "-0.35", "3"], ["D", "-1.05", "4"]];
    expect(&Folder::original(), rows, &expected);
    expect(&Folder::new(), rows, &expected);
}

#[test]
fn ranks_behind_the_last_are_left_out() {
    let folder = Folder::original();
    folder.settings("scoring: {rank_min: 2}");
    features(&folder, FIVE);
    let ranks: Vec<String> = scores(&folder).into_iter().map(|row| row[2].clone()).collect();
    assert_eq!(ranks, ["null", "2", "null", "1", "null"]);
    // All of those that share the last rank stay.
    let rows = "('A',3,1,1,1,1),('B',2,1,1,1,1),('C',2,1,1,1,1),('D',1,1,1,1,1)";
    features(&folder, rows);
    let ranks: Vec<String> = scores(&folder).into_iter().map(|row| row[2].clone()).collect();
    assert_eq!(ranks, ["1", "2", "2", "null"]);
    let many: Vec<String> = (0..25).map(|at| format!("('A{at:02}',{at},1,1,1,1)")).collect();
    let folder = Folder::new();
    features(&folder, &many.join(","));
    scores(&folder);
    let row = folder
        .row("scores.parquet", "select count(rank_in_cat), max(rank_in_cat), count(*) from {}");
    assert_eq!(row, ["20", "20", "25"]);
}

#[test]
fn a_missing_category_is_a_group_of_its_own() {
    let folder = Folder::original();
    folder.table(
        "features.parquet",
            "select asin, site, date '2024-01-01' as dt, category, b as bsr_trend_30, 1 as est_sales_30, 1 as review_vel_14, 1 as price_vol_30, 1 as listing_quality \
             from (values ('A','US',null,1),('B','US','Z',2),('C','DE',null,3),('D','US',null,4)) t(asin, site, category, b)",
    );
    let expected = [["A", "-0.35", "2"], ["B", "0", "1"], ["C", "0", "1"], ["D", "0.35", "1"]];
    assert_eq!(scores(&folder), expected);
    let order = folder.rows("scores.parquet", "select asin from {}").concat();
    assert_eq!(order[..2], ["C", "B"]);
}

/// D-SCO-3: the days of a file were one group.
#[test]
fn each_day_is_scored_by_itself() {
    let query = "select asin, 'US' as site, dt::date as dt, 'c' as category, b as bsr_trend_30, 1 as est_sales_30, 1 as review_vel_14, 1 as price_vol_30, 1 as listing_quality \
                 from (values ('A','2024-01-01',1),('B','2024-01-01',2),('A','2024-01-02',3),('B','2024-01-02',10)) t(asin, dt, b)";
    let folder = Folder::original();
    folder.table("features.parquet", query);
    let pooled =
        [["A", "-0.525", "4"], ["A", "0.175", "2"], ["B", "-0.175", "3"], ["B", "2.625", "1"]];
    assert_eq!(scores(&folder), pooled);
    let folder = Folder::new();
    folder.table("features.parquet", query);
    let daily = [["A", "-0.35", "2"], ["A", "-0.35", "2"], ["B", "0.35", "1"], ["B", "0.35", "1"]];
    assert_eq!(scores(&folder), daily);
    folder.done("score --input @features.parquet --output @day.parquet --date 2024-01-02");
    assert_eq!(
        folder.row("day.parquet", "select count(*), min(dt)::varchar, max(rank_in_cat) from {}"),
        ["2", "2024-01-02", "2"]
    );
}

#[test]
fn weights_come_from_the_settings() {
    let folder = Folder::original();
    folder.table("features.parquet", "select a as asin, 'US' as site, date '2024-01-01' as dt, 'c' as category, m, m as price_vol_30 from (values ('A',1),('B',2),('C',4)) t(a, m)");
    folder.settings("scoring: {weights: {m: 2}}");
    assert_eq!(scores(&folder), [["A", "-2", "3"], ["B", "0", "2"], ["C", "4", "1"]]);
    folder.settings("scoring: {weights: {price_vol_30: 0.1}}");
    assert_eq!(scores(&folder), [["A", "0.1", "1"], ["B", "0", "2"], ["C", "-0.2", "3"]]);
    folder.settings("scoring: {weights: {other: 1}}");
    assert!(
        folder
            .refused("score --input @features.parquet --output @scores.parquet")
            .contains("has no column other")
    );
}

/// D-SCO-6: whole sites were one category without notice.
#[test]
fn scores_need_categories() {
    let query = format!(
        "select asin, 'US' as site, date '2024-01-01' as dt, {METRICS} from (values {FIVE}) t(asin, {METRICS})"
    );
    let folder = Folder::new();
    folder.table("features.parquet", &query);
    assert!(
        folder
            .refused("score --input @features.parquet --output @scores.parquet")
            .contains("has no column category")
    );
    let folder = Folder::original();
    folder.table("features.parquet", &query);
    let one_group = [
        ["A", "0.2833333333", "3"],
        ["B", "1.7", "2"],
        ["C", "-1.991666667", "5"],
        ["D", "3.066666667", "1"],
        ["E", "-1.55", "4"],
    ];
    assert_eq!(scores(&folder), one_group);
}

/// Without any value of a metric nothing can be scored as it was; now the others count.
#[test]
fn usual_metrics_may_be_absent() {
    let query = format!(
        "select * exclude (est_sales_30) from (select asin, 'US' as site, date '2024-01-01' as dt, 'c' as category, {METRICS} from (values {FIVE}) t(asin, {METRICS}))"
    );
    let folder = Folder::original();
    folder.table("features.parquet", &query);
    assert!(scores(&folder).iter().all(|row| row[1] == "null" && row[2] == "null"));
    let folder = Folder::new();
    folder.table("features.parquet", &query);
    assert!(scores(&folder).iter().all(|row| row[1] != "null" && row[2] != "null"));
}

#[test]
fn texts_that_are_no_numbers_are_refused_with_their_row() {
    let folder = Folder::new();
    let head = format!("asin,site,dt,category,{METRICS}\n").replace(' ', "");
    folder.file(
        "features.csv",
        &format!("{head}A,US,2024-01-01,c,1,1,1,1,1\nB,US,2024-01-01,c,1,lots,1,1,1\n"),
    );
    let score = "score --input @features.csv --output @scores.csv";
    let error = folder.refused(score);
    assert!(error.contains("est_sales_30 of row B, US, 2024-01-01 is 'lots'"), "{error}");
    assert!(!folder.path("scores.csv").exists());
    // What is no finite number is missing.
    folder.file(
        "features.csv",
        &format!("{head}A,US,2024-01-01,c,1,inf,1,nan,1\nB,US,2024-01-01,c,1,1,1,1,1\n"),
    );
    folder.done(score);
    let missing = "select json_extract(reason, '$.missing')::varchar from {} where asin = 'A'";
    assert_eq!(folder.row("scores.csv", missing), [r#"["est_sales_30","price_vol_30"]"#]);
}

/// The order of the input does not matter, nor in how many runs the days are scored.
#[test]
fn neither_order_nor_portions_matter() {
    let folder = Folder::new();
    let made = "select 'P' || (i % 40) as asin, ['US','DE'][i % 2 + 1] as site, date '2024-01-01' + (i // 40)::int as dt, 'c' || (i % 3) as category, \
         (hash(i, 1) % 1000) / 7.0 as bsr_trend_30, case when i % 5 > 0 then (hash(i, 2) % 1000) / 3.0 end as est_sales_30, (hash(i, 3) % 50)::double as review_vel_14, \
         (hash(i, 4) % 100) / 100.0 as price_vol_30, (hash(i, 5) % 100) / 100.0 as listing_quality from range(400) t(i)";
    let read = |file: &str| folder.rows(file, "select * from {} order by asin, site, dt");
    folder.table("features.parquet", &format!("{made} order by i"));
    folder.done("score --input @features.parquet --output @a.parquet");
    folder.table("features.parquet", &format!("{made} order by hash(i)"));
    folder.done("score --input @features.parquet --output @b.parquet");
    assert_eq!(read("a.parquet").len(), 400);
    assert_eq!(read("a.parquet"), read("b.parquet"));
    folder.done("score --input @features.parquet --output @day.parquet --date 2024-01-07");
    let day =
        folder.rows("a.parquet", "select * from {} where dt = '2024-01-07' order by asin, site");
    assert_eq!(folder.rows("day.parquet", "select * from {} order by asin, site"), day);
}
