//! What the warehouse holds before a run, apart from the click-stream: catalogues, influence, the
//! vehicle mapping, and the result of the previous run.

use super::market::Market;
use super::random::{Draw, Stream};
use super::tables::Tables;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use std::path::{Path, PathBuf};

/// Writes all of them below `folder` and returns each file with its number of rows.
pub(super) fn write(
    folder: &Path,
    market: &Market,
    seed: u64,
    date: Date,
) -> anyhow::Result<Vec<(PathBuf, u64)>> {
    let mut draw = Draw::new(seed, Stream::Reference);
    let tables = Tables::open()?;
    let mut written = Vec::new();
    let mut write = |name: &str, table: &str| {
        let path = folder.join(name);
        let rows = tables.write(&format!("select * from {table}"), &path)?;
        written.push((path, rows));
        anyhow::Ok(())
    };

    catalogue(&tables, market, &mut draw)?;
    write("Reference_Tables/Product_catalogue.parquet", "catalogue")?;
    priced_catalogue(&tables, market, &mut draw)?;
    write("Reference_Tables/Product_catalogue_with_price.parquet", "priced_catalogue")?;
    influence(&tables, market, &mut draw)?;
    write("nexus_tyrescore/tyrescore-influence.parquet", "influence")?;
    mapping(&tables, market, &mut draw)?;
    write("AIM/aim-vehiclemapping.parquet", "mapping")?;
    models(&tables, market, &mut draw)?;
    write("AIM/aim-catalogue.parquet", "models")?;
    manual_cams(&tables, market, &mut draw)?;
    write("AIM/aim-manual-cams.parquet", "manual_cams")?;
    previous_result(&tables, market, date, &mut draw)?;
    write("CAM_files/CAM_SKU.parquet", "previous_result")?;
    Ok(written)
}

fn catalogue(tables: &Tables, market: &Market, draw: &mut Draw) -> anyhow::Result<()> {
    tables.fill("catalogue", "\"SKU\" varchar, run_flat varchar", |rows| {
        for product in &market.range.products {
            if draw.chance(20) {
                continue;
            }
            let run_flat = if product.run_flat {
                Some(draw.pick(&["runflat", "Runflat", "RunFlat"]))
            } else {
                draw.pick(&[None, Some(""), Some("no")])
            };
            rows.append_row((product.id.to_string(), run_flat))?;
        }
        for id in &market.range.delisted {
            rows.append_row((id.to_string(), None::<&str>))?;
        }
        Ok(())
    })
}

fn priced_catalogue(tables: &Tables, market: &Market, draw: &mut Draw) -> anyhow::Result<()> {
    let columns = "\"SKU\" bigint, \"Brand\" varchar, price double";
    tables.fill("priced_catalogue", columns, |rows| {
        for product in &market.range.products {
            if !draw.chance(20) {
                let price = product.price_pence as f64 / 100.0;
                rows.append_row((i64::from(product.id), product.brand, price))?;
            }
        }
        Ok(())
    })
}

fn influence(tables: &Tables, market: &Market, draw: &mut Draw) -> anyhow::Result<()> {
    let columns = "\"Vehicle\" varchar, \"Segment\" varchar, \"PRICE_pct\" double, \
        \"GRADE_pct\" double, \"FUEL_pct\" double, \"WET_GRIP_pct\" double, \
        \"AWARD_SCORE_pct\" double";
    tables.fill("influence", columns, |rows| {
        for vehicle in &market.vehicles {
            if draw.chance(40) {
                continue;
            }
            let mut name = format!("{}{}", vehicle.make, vehicle.model).replace(' ', "");
            if !draw.chance(100) {
                name = name.to_uppercase();
            }
            // Most shares are whole, some have two decimals; hundredths keep the sum exact.
            let price = match draw.below(10) {
                0 => 10_000,
                1..3 => draw.between(5_000, 10_000),
                _ => draw.between(10, 20) * 500,
            };
            let price_pct = price as f64 / 100.0;
            let grip_pct = (10_000 - price) as f64 / 100.0;
            let segment = vehicle.kind.segment();
            rows.append_row((name, segment, price_pct, 0.0, 0.0, grip_pct, 0.0))?;
        }
        Ok(())
    })
}

fn mapping(tables: &Tables, market: &Market, draw: &mut Draw) -> anyhow::Result<()> {
    let columns = "vehicle varchar, \"CarMake\" varchar, \"CarModel\" varchar, \"Pod\" varchar, \
        \"Category\" varchar, \"Segment\" varchar";
    tables.fill("mapping", columns, |rows| {
        for vehicle in market.vehicles.iter().filter(|vehicle| vehicle.mapped) {
            let name = if draw.chance(300) { vehicle.key() } else { vehicle.joined() };
            let model = if draw.chance(5) { None } else { Some(vehicle.model.as_str()) };
            let kind = vehicle.kind;
            rows.append_row((
                name,
                vehicle.make.as_str(),
                model,
                kind.pod(),
                kind.category(),
                kind.segment(),
            ))?;
        }
        Ok(())
    })
}

fn models(tables: &Tables, market: &Market, draw: &mut Draw) -> anyhow::Result<()> {
    let columns = "\"Product_ID\" varchar, \"Manufacturer\" varchar, \"Model_Name\" varchar, \
        \"OE\" varchar";
    tables.fill("models", columns, |rows| {
        for product in &market.range.products {
            if draw.chance(20) {
                continue;
            }
            let model = if draw.chance(5) { None } else { Some(product.model) };
            let mark = if product.original_equipment {
                Some(draw.pick(&["AO", "BMW", "FORD", "MO", "N0", "TO", "VOL"]))
            } else {
                draw.pick(&[None, Some("")])
            };
            rows.append_row((product.id.to_string(), product.brand, model, mark))?;
        }
        Ok(())
    })
}

/// One vehicle and size in fifty is looked after by hand, and noted in one of three spellings.
fn manual_cams(tables: &Tables, market: &Market, draw: &mut Draw) -> anyhow::Result<()> {
    tables.fill("manual_cams", "\"CAM\" varchar", |rows| {
        for pair in &market.pairs {
            if !draw.chance(20) {
                continue;
            }
            let (vehicle, size) = (market.vehicle(*pair), market.size(*pair));
            let (width, profile, rim) = (&size.width, &size.profile, &size.rim);
            let cam = match draw.below(3) {
                0 => format!("{}{width}{profile}{rim}", vehicle.key().to_uppercase()),
                1 => format!("{} {width} {profile} {rim}", vehicle.shown.to_uppercase()),
                _ => format!("{} {width}{profile}{rim}", vehicle.shown),
            };
            rows.append_row([cam])?;
        }
        Ok(())
    })
}

/// The result of earlier runs: for a third of the vehicles and sizes that have one at all, with up
/// to 24 different products; now and then it is not known when a row was last changed.
fn previous_result(
    tables: &Tables,
    market: &Market,
    date: Date,
    draw: &mut Draw,
) -> anyhow::Result<()> {
    let midnight = date.to_zoned(TimeZone::UTC)?.timestamp().as_microsecond();
    let skus: String = (1..=24).map(|place| format!("\"SKU{place}\" varchar, ")).collect();
    let columns = format!(
        "\"Make\" varchar, \"Model\" varchar, \"Width\" varchar, \"Profile\" varchar, \
         \"Rim\" varchar, {skus}last_modified timestamp with time zone"
    );
    tables.fill("previous_result", &columns, |rows| {
        for pair in &market.pairs {
            let vehicle = market.vehicle(*pair);
            if !vehicle.mapped || !market.size(*pair).is_plain() || !draw.chance(330) {
                continue;
            }
            let second = draw.between(1, 60 * 86_400);
            let changed = duckdb::types::Value::Timestamp(
                duckdb::types::TimeUnit::Microsecond,
                midnight - second * 1_000_000,
            );
            let changed = if draw.chance(20) { None } else { Some(changed) };
            let skus = market.different_products(pair.size, 24, draw);
            let mut row: Vec<Option<duckdb::types::Value>> = Vec::with_capacity(30);
            let size = market.size(*pair);
            for text in [&vehicle.make, &vehicle.model, &size.width, &size.profile, &size.rim] {
                row.push(Some(text.clone().into()));
            }
            row.extend((0..24).map(|at| skus.get(at).map(|p| p.id.to_string().into())));
            row.push(changed);
            rows.append_row(duckdb::appender_params_from_iter(row))?;
        }
        Ok(())
    })
}
