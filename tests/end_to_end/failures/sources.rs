//! Input files.

use super::Good;
use crate::fixture::Input;

const SALES: &str = "tyrescore-AWS3-daily-files/CarMakeModelSales.csv";
const TYRES: &str = "tyrescore-AWS3-daily-files/TyreScore.csv";
const RUNLIST: &str = "runlist/priority_runlist_current.csv";

#[test]
fn source_files_that_are_missing() {
    let good = Good::new();
    for (path, name) in [(SALES, "CarMakeModelSales.csv"), (TYRES, "TyreScore.csv")] {
        good.root.remove(path);
        good.refuses(&[
            "Stage 1: Load Data: ",
            &format!("{name} is missing in "),
            "tyrescore-AWS3-daily-files: put it there",
        ]);
        assert_eq!(good.root.status()["last_log_line"], "Failed at Stage 1: Load Data");
        good.input.write_to(&good.root);
    }
    good.recovers();
}

#[test]
fn source_files_with_wrong_columns() {
    let good = Good::new();
    let tyres = good.root.read(TYRES);
    let remedy = "TyreScore.csv";
    good.refuses_file(
        TYRES,
        tyres.replacen("Fuel,", "Fule,", 1),
        &[remedy, "lacks the columns Fuel", "Fule"],
    );
    good.refuses_file(
        TYRES,
        tyres.replacen("Fuel,", "OE,", 1).replacen("Noise,", "Fuel,", 1),
        &[remedy, "lacks the columns Noise"],
    );
    good.refuses_file(
        TYRES,
        tyres.replace('\n', ",x\n").replacen(",x\n", ",O.E,O-E\n", 1),
        &[remedy, "two columns O_E: rename one"],
    );
    good.refuses_file(TYRES, "", &[remedy, "is empty"]);
    let sales = good.root.read(SALES);
    let without_price = |line: &str| line.rsplit_once(',').unwrap().0.to_owned() + "\n";
    good.refuses_file(
        SALES,
        sales.lines().map(without_price).collect::<String>(),
        &["CarMakeModelSales.csv", "has 8 columns where nine are expected", "price"],
    );
    good.recovers();
}

#[test]
fn lines_with_wrong_columns() {
    let good = Good::new();
    let sales = good.root.read(SALES);
    good.refuses_file(
        SALES,
        sales.clone() + "20000001,AUDI,A3,205,55,16,2,4\n",
        &["CarMakeModelSales.csv cannot be loaded: correct the file and run again", "Line: 26"],
    );
    good.refuses_file(
        SALES,
        sales + "20000001,AUDI,A3,205,55,16,2,4,80,1\n",
        &["CarMakeModelSales.csv", "Line: 26"],
    );
    let tyres = good.root.read(TYRES);
    good.refuses_file(
        TYRES,
        tyres.clone() + "20000001,Premium\n",
        &["TyreScore.csv cannot be loaded: correct the file and run again", "Line: 26"],
    );
    good.refuses_file(
        TYRES,
        [tyres.as_bytes(), b"20000001,\xff,,,,,,,,,,,,,\n"].concat(),
        &["TyreScore.csv", "Line: 26"],
    );
    good.recovers();
}

#[test]
fn reference_tables_that_are_missing_or_broken() {
    // Each stage that reads a table names it, and where its file belongs.
    for (path, stage) in [
        ("Reference_Tables/Product_catalogue", "Stage 3: TyreScore"),
        ("nexus_tyrescore/tyrescore-influence", "Stage 3: TyreScore"),
        ("AIM/aim-vehiclemapping", "Stage 4: Batch Recommender"),
        ("AIM/aim-catalogue", "Stage 6: Core Tables"),
        ("AIM/aim-manual-cams", "Stage 6: Core Tables"),
        ("Reference_Tables/Product_catalogue_with_price", "Stage 5: Validation"),
    ] {
        let root = Input::working().root();
        let file = format!("reference/{path}.csv");
        let content = root.read(&file);
        root.remove(&file);
        let error = root.run().error();
        let table = path.replace('/', ".");
        let expected = format!(
            "{stage}: The warehouse lacks {table} (reference/{path}.parquet): put the file below the \
             local root, or run the stage that writes it"
        );
        assert_eq!(error, expected);
        assert_eq!(root.status()["error_summary"], *error);
        assert!(!root.path("warehouse.duckdb").exists(), "{error}");
        if stage.starts_with("Stage 5") {
            root.write(&file, &content);
            root.run().ok();
        }
    }
    let good = Good::new();
    good.refuses_file(
        "reference/AIM/extra.parquet",
        "PAR1",
        &["correct its file, or remove it", "reference/AIM/extra.parquet"],
    );
    good.refuses_file(
        "reference/extra.csv",
        "a\n1\n",
        &["reference/<dataset>/<table>.parquet or .csv"],
    );
    good.refuses_file(
        "reference/AIM/aim-catalogue.parquet",
        "PAR1",
        &["second file for the table AIM.aim-catalogue: keep one of them"],
    );
    good.refuses_file(
        "reference/AIM/aim-vehiclemapping.csv",
        "vehicle,Make\nAUDIA3,Audi\n",
        &[
            "Stage 4: Batch Recommender: The table AIM.aim-vehiclemapping lacks the columns CarMake, \
             CarModel, Pod, Category, Segment: it has vehicle, Make; correct its file",
        ],
    );
    good.recovers();
}

#[test]
fn runlists_that_cannot_be_used() {
    let good = Good::new();
    let file = "priority_runlist_current.csv";
    for (content, said) in [
        ("Vehicle,Rank\nAUDIA3,1\n", "has no column size: its header has Vehicle, Rank"),
        ("Size,Rank\n205/55 R16,1\n", "has no column vehicle"),
        ("Vehicle,Size,vehicle\na,b,c\n", "two columns for one thing"),
        ("Vehicle,Size\n", "has no row with a vehicle and a size: add some"),
        ("Vehicle,Size\nnan,205/55 R16\n", "has no row with a vehicle and a size: add some"),
        ("", "is empty"),
    ] {
        good.refuses_file(RUNLIST, content, &["Stage 4: Batch Recommender", file, said]);
    }
    good.root.remove(RUNLIST);
    good.refuses(&["The runlist cannot be read", file, "is missing"]);
    good.input.write_to(&good.root);
    good.recovers();
}
