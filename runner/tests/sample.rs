//! The sample as its readers see it: files, layouts, shapes, and that they fit together.

#[path = "sample/clicks.rs"]
mod clicks;
#[path = "sample/files.rs"]
mod files;
#[path = "sample/fixture.rs"]
mod fixture;
#[path = "sample/reference.rs"]
mod reference;
#[path = "sample/sources.rs"]
mod sources;

use jiff::civil::{Date, date};

const TODAY: Date = date(2026, 11, 2);
const SALES: &str = "tyrescore-AWS3-daily-files/CarMakeModelSales.csv";
const TYRES: &str = "tyrescore-AWS3-daily-files/TyreScore.csv";
const RUNLIST: &str = "runlist/priority_runlist_current.csv";
const CONFIG: &str = "config/aim-config.json";
