//! A warehouse file with the tyre score output, and the engine that reads it.

use aim::waves::{Cam, Engine, Params};
use duckdb::Connection;
use std::path::Path;

/// Writes a warehouse with all columns of the tyre score output.
pub(crate) fn write(path: &Path) {
    let warehouse = Connection::open(path).unwrap();
    warehouse
        .execute_batch(
            r#"
            create schema nexus_tyrescore;
            create table nexus_tyrescore."TyreScore_algorithm_output" as
            select
                case n % 2 when 0 then '1.BEST TYRE SCORE' else '3.GOOD TYRE SCORE' end as "TyreScore",
                20000000 + n as "ProductId",
                case n % 3 when 0 then 'Premium' else 'MidRange' end as "GRADE",
                'Michelin' as "BRAND", 'Model ' || n as "Model",
                'A' as "WET_GRIP", 'B' as "FUEL", '70-A' as "NOISE_REDUCTION",
                'Summer' as "SEASONAL_PERFORMANCE", 'No' as "OE", 'No' as "AWARD_SCORE",
                'Non-Runflat' as "RunflatStatus", 'EV' as "Segment",
                '0' as "PRICE_pct", '0' as "GRADE_pct", '0' as "FUEL_pct", '0' as "WET_GRIP_pct",
                '0' as "AWARD_SCORE_pct", 'TESLAMODEL 3' as "Vehicle", '235/45 R18 Y' as "SIZE",
                90.5 + n as "PRICE", null::varchar as "OFFER", 1.0::double as "PRICEFLUCTUATION",
                n as "Orders", n as "Units", null::double as "GoldilocksZone",
                0.0::double as "PremiumShare", 0.0::double as "MidRangeShare",
                0.0::double as "BudgetShare", 0.0::double as "RunflatShare",
                'Active' as "SalesStatus", 0 as "PRODUCTLISTVIEWS", 0.0::double as "CLICKSTREAMRATE"
            from range(30) as numbers(n);
            "#,
        )
        .unwrap();
}

#[test]
fn the_engine_reads_the_tyre_score_output() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("warehouse.duckdb");
    write(&path);
    let engine = Engine::load(&Connection::open(&path).unwrap()).unwrap();
    assert_eq!((engine.len(), engine.segments()), (30, vec!["EV"]));
    let cam = Cam::new("TESLAMODEL 3", "235/45 R18");
    let result = engine.recommend(&cam, &Params::default());
    assert!(result.success);
    // Best tier first, then most sold; the most popular, of a lower tier, has replaced the third.
    let expected = ["20000028", "20000026", "20000029", "20000024"];
    assert_eq!(result.hotboxes(), expected.map(Some));
    assert_eq!(result.usage.unwrap().prompt_token_count, 4_000 + 30 * 100);
}

#[test]
fn a_warehouse_without_the_table_says_which_stage_writes_it() {
    let error = Engine::load(&Connection::open_in_memory().unwrap()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "The warehouse has no table nexus_tyrescore.\"TyreScore_algorithm_output\", which holds the \
         candidates; let stage 3 of the job write it first"
    );
}
