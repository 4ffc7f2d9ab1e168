//! Stage 1: which files are read, and every line of them.

use super::{P, rows, scored};
use crate::fixture::Input;

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
