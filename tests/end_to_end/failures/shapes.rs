//! CSV files of odd shapes: what is read all the same, and what is refused.

use super::Good;
use crate::fixture::{Input, Root, Tyre, tyre};

const SALES: &str = "tyrescore-AWS3-daily-files/CarMakeModelSales.csv";
const TYRES: &str = "tyrescore-AWS3-daily-files/TyreScore.csv";
const RUNLIST: &str = "runlist/priority_runlist_current.csv";

/// A runlist that nothing else is wrong with.
const CAMS: &str = "Vehicle,Size\nAUDIA3,205/55 R16\n";

fn kept_aside(root: &Root) -> Vec<String> {
    root.lines("select source, reason, content from \"AIM\".\"aim-rejected-rows\" order by all")
}

/// Marks, line ends, blank lines, quotes and columns without a name change nothing.
#[test]
fn files_that_look_different_say_the_same() {
    let plain = Input::working().root();
    plain.run().ok();
    let expected = plain.everything();
    let quoted = |text: &str| {
        let line = |line: &str| format!("\"{}\"\n", line.replace(',', "\",\""));
        text.lines().map(line).collect::<String>()
    };
    let shapes =
        ["a byte-order mark", "CRLF", "blank lines first", "all of these", "quotes", "an end"];
    for name in shapes {
        let shape = |text: &str| match name {
            "a byte-order mark" => format!("\u{feff}{text}"),
            "CRLF" => text.replace('\n', "\r\n"),
            "blank lines first" => format!("\n\n{text}"),
            "all of these" => format!("\u{feff}\r\n\r\n{}", text.replace('\n', "\r\n")),
            "quotes" => quoted(text),
            _ => text.trim_end().to_owned(),
        };
        let root = Input::working().root();
        for file in [SALES, TYRES, RUNLIST] {
            root.write(file, &shape(&root.read(file)));
        }
        root.run().ok();
        assert!(root.everything() == expected, "{name}");
    }
    // A comma at the end of each line is a column without a name.
    let root = Input::working().root();
    for file in [TYRES, RUNLIST] {
        root.write(file, &root.read(file).replace('\n', ",\n"));
    }
    root.run().ok();
    let columns = root.columns("nexus_tyrescore.TyreScore");
    assert_eq!(columns.last().unwrap(), "Unnamed:_15 VARCHAR");
    let scores = "nexus_tyrescore.TyreScore_algorithm_output";
    let scores = format!("\"{}\"", scores.replace('.', "\".\""));
    assert_eq!(root.everything()[&scores], expected[&scores]);
}

#[test]
fn files_that_are_no_csv() {
    let good = Good::new();
    for file in [SALES, TYRES, RUNLIST] {
        let text = good.root.read(file);
        let name = file.rsplit('/').next().unwrap();
        let last = text.lines().last().unwrap().to_owned();
        let lines = text.lines().count();
        let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        good.refuses_file(file, [b"\xff\xfe", &utf16[..]].concat(), &[name, "is no UTF-8 text"]);
        good.refuses_file(
            file,
            text.replace('\n', "\r"),
            &[name, "ends its lines with carriage returns only"],
        );
        good.refuses_file(
            file,
            text.replacen('\n', "\r\n", 2) + &last + "\n",
            &[name, "cannot be loaded: correct the file", "its lines end in different ways"],
        );
        good.refuses_file(
            file,
            format!("{text}\"{last}\n"),
            &[name, "cannot be loaded: correct the file", &format!("Line: {}", lines + 1)],
        );
        good.refuses_file(
            file,
            format!("{text}{last},one,more\n"),
            &[name, "cannot be loaded: correct the file", &format!("Line: {}", lines + 1)],
        );
        let latin = text.into_bytes().into_iter().chain(*b"20000001,CITRO\xcbN");
        good.refuses_file(file, latin.collect::<Vec<u8>>(), &[name, "cannot be loaded"]);
    }
    good.recovers();
}

/// What is far too long is refused, and not repeated whole.
#[test]
fn cells_of_ten_megabytes() {
    let good = Good::new();
    let long = "x".repeat(10_000_000);
    for (file, cell) in [(SALES, "A3"), (TYRES, "Ventus Prime 4"), (RUNLIST, "AUDIA3")] {
        let text = good.root.read(file);
        good.root.write(file, &text.replacen(cell, &long, 1));
        let error = good.refuses(&[file.rsplit('/').next().unwrap(), "Line: 2"]);
        assert!(error.len() < 1_000, "{} bytes", error.len());
        // As a header it is none that is known.
        good.root.write(file, &format!("{long}\n{text}"));
        let error = good.refuses(&[file.rsplit('/').next().unwrap()]);
        assert!(error.len() < 1_000, "{} bytes", error.len());
        good.input.write_to(&good.root);
    }
    good.recovers();
}

/// Without tyres there is nothing to score; without sales only a warning is due.
#[test]
fn files_with_a_header_only() {
    let good = Good::new();
    let header = |file: &str| good.root.read(file).lines().next().unwrap().to_owned() + "\n";
    good.refuses_file(TYRES, header(TYRES), &["TyreScore.csv has no tyre: put a whole file"]);
    good.root.write(SALES, &header(SALES));
    let run = good.root.run().ok();
    assert!(run.stderr.contains("CarMakeModelSales.csv has no sale"), "{}", run.stderr);
}

/// Rows that cannot count as they stand are kept with the reason.
#[test]
fn cells_that_are_not_what_they_should_be() {
    let sold = |id: &str, make: &str, orders: &str, units: &str, price: &str| {
        format!("{id},{make},A3,205,55,16,{orders},{units},{price}\n")
    };
    let sales = "ProductId,Make,Model,W,P,R,Orders,Units,Price\n".to_owned()
        + &sold("20000001", "AUDI", "1", "1", "80")
        + &sold("2e7", "AUDI", "1", "1", "80")
        + &sold("", "AUDI", "1", "1", "80")
        + &sold("20000001", "", "1", "1", "80")
        + &sold("20000001", "AUDI", "5e1", "1.0", "£80");
    let root = Input::empty().tyre(tyre(20_000_001)).source("CarMakeModelSales.csv", sales).root();
    root.run_with(&["--stage", "1,3"]).ok();
    let reasons = root.lines(
        "select reason, count(*) from \"AIM\".\"aim-rejected-rows\" group by all order by all",
    );
    assert_eq!(
        reasons,
        [
            "AvgPrice is no number and counts as missing|1",
            "CarMake or CarModel is missing: sold for no vehicle|1",
            "Orders is no whole number and counts as 0|1",
            "ProductId is no whole number and meets no tyre|2",
            "Units is no whole number and counts as 0|1",
        ]
    );
}

/// Keys that stand twice count once (D-07), and are kept with what they say.
#[test]
fn keys_that_stand_twice() {
    let root = Input::working()
        // Of another size than the first one.
        .tyre(Tyre { size: "195/65 R15", ..tyre(20_000_001) })
        .tyre(tyre(20_000_100))
        .tyre(tyre(20_000_100))
        .mapping("Audi A3", "Audi", "A3")
        .mapping("BMW3", "BMW", "3")
        .mapping("BMW 3", "BMW", "3 Series")
        .catalogue(20_000_001, "RunFlat")
        .catalogue(20_000_001, "No")
        .product(20_000_001, "Pirelli", "P", "")
        .brand(20_000_001, "Pirelli")
        .cam("AUDIA3", "205/55 R16")
        .root();
    root.run().ok();
    let mut kept: Vec<String> = kept_aside(&root)
        .into_iter()
        .map(|line| line.rsplit_once('|').unwrap().0.to_owned())
        .collect();
    let twice = "stands more than once with other values: one of them counts";
    let expected = [
        ("Product_catalogue", "SKU"),
        ("Product_catalogue_with_price", "SKU"),
        ("TyreScore", "ProductId"),
        ("aim-catalogue", "Product_ID"),
        ("aim-vehiclemapping", "vehicle"),
    ];
    // Two rows each.
    let mut expected: Vec<String> = expected
        .iter()
        .flat_map(|(table, column)| [(); 2].map(|()| format!("{table}|{column} {twice}")))
        .collect();
    expected.push("Waves|vehicle and size stand earlier in the results".to_owned());
    kept.sort();
    expected.sort();
    assert_eq!(kept, expected);
}

/// Numbers alone are texts (D-12: the runlist could not be read).
#[test]
fn columns_of_numbers() {
    let root = Input::working().file(RUNLIST, "Vehicle,Size\n500,205\n").root();
    let error = root.run().error();
    assert!(error.contains("Waves answered 0 of 1 CAMs with products: no table was"), "{error}");
    root.write(RUNLIST, CAMS);
    root.run().ok();
}
