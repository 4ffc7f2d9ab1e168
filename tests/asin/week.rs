//! The report of a week as other programs read it: rows, workbook, pages.

use crate::fixture::Folder;
use flate2::read::DeflateDecoder;
use std::collections::BTreeMap;
use std::fs;
use std::io::Read as _;

const REPORT: &str = "report --weekly --date 2024-03-10";

/// Scores of a category, a product to each.
fn scored(folder: &Folder, scores: &[f64]) {
    folder.done("report --weekly --date 2024-03-10");
    folder.change("delete from asin.score_baseline_daily");
    for (at, score) in scores.iter().enumerate() {
        folder.change(&format!(
            "insert into asin.score_baseline_daily by name select 'B{at}' as asin, 'US' as site, \
             date '2024-03-10' - {at}::int % 7 as dt, 'Reifen & Räder' as category, {score} as explosive_score, {at} + 1 as rank_in_cat"
        ));
    }
    folder.change("delete from asin.dim_asin");
    folder.change(
        "insert into asin.dim_asin by name select 'B0' as asin, 'US' as site, 'Reifen | 轮胎 (neu)' as title, 'Ä' as brand",
    );
    folder.done(REPORT);
}

fn anomalies(folder: &Folder) -> Vec<Vec<String>> {
    folder.rows("asin/reports/weekly_report_2024-03-10_anomalies.csv", "select asin, z from {}")
}

/// The score that stands out must be two and a half deviations away from the mean.
#[test]
fn anomalies_are_far_from_the_mean() {
    let folder = Folder::new();
    let mut scores = vec![1000.0, 1020.0, 1030.0, 1600.0, 1040.0, 1050.0, 1060.0];
    scored(&folder, &scores);
    // 2.439 deviations are not enough.
    assert_eq!(anomalies(&folder), [[""; 2]; 0]);
    scores.push(1035.0);
    scored(&folder, &scores);
    assert_eq!(anomalies(&folder), [["B3", "2.635"]]);
    scored(&folder, &[5.0; 4]);
    assert_eq!(anomalies(&folder), [[""; 2]; 0], "all are the same");
}

/// The files of a workbook, which is a zip file: name, and content.
fn unzip(bytes: &[u8]) -> BTreeMap<String, String> {
    let number = |at: usize, count: usize| {
        bytes[at..at + count].iter().rev().fold(0usize, |sum, byte| sum << 8 | usize::from(*byte))
    };
    let end = bytes.windows(4).rposition(|four| four == b"PK\x05\x06").expect("a zip file");
    let (entries, mut at) = (number(end + 10, 2), number(end + 16, 4));
    let mut files = BTreeMap::new();
    for _ in 0..entries {
        assert_eq!(&bytes[at..at + 4], b"PK\x01\x02");
        let (method, packed, local) = (number(at + 10, 2), number(at + 20, 4), number(at + 42, 4));
        let lengths = [28, 30, 32].map(|place| number(at + place, 2));
        let name = String::from_utf8_lossy(&bytes[at + 46..at + 46 + lengths[0]]).into_owned();
        let begin = local + 30 + number(local + 26, 2) + number(local + 28, 2);
        let content = &bytes[begin..begin + packed];
        let mut text = String::new();
        match method {
            0 => text = String::from_utf8_lossy(content).into_owned(),
            _ => drop(DeflateDecoder::new(content).read_to_string(&mut text).expect("unpacked")),
        }
        files.insert(name, text);
        at += 46 + lengths.iter().sum::<usize>();
    }
    files
}

#[test]
fn the_workbook_has_a_sheet_to_each_part() {
    let folder = Folder::new();
    scored(&folder, &[2.5, 1.5]);
    let bytes = fs::read(folder.path("asin/reports/weekly_report_2024-03-10.xlsx")).expect("there");
    let files = unzip(&bytes);
    let book = &files["xl/workbook.xml"];
    for sheet in ["Top 100", "Category Deltas", "Anomalies"] {
        assert!(book.contains(&format!("name=\"{sheet}\"")), "{book}");
    }
    let texts = &files["xl/sharedStrings.xml"];
    assert!(
        texts.contains("Reifen | 轮胎 (neu)") && texts.contains("Reifen &amp; Räder"),
        "{texts}"
    );
    let top = &files["xl/worksheets/sheet1.xml"];
    // A day is the number of days since 1900, a score is a number, what is missing is no cell.
    assert!(top.contains("<v>45361</v>") && top.contains("<v>2.5</v>"), "{top}");
    assert_eq!(top.matches("<row ").count(), 3);
}

fn unhex(digits: &str) -> Option<String> {
    let byte = |two: &[u8]| u8::from_str_radix(std::str::from_utf8(two).ok()?, 16).ok();
    digits.as_bytes().chunks(2).map(|two| byte(two).map(char::from)).collect()
}

#[test]
fn the_pages_show_the_first_rows() {
    let folder = Folder::new();
    let scores: Vec<f64> = (0..60).map(f64::from).collect();
    scored(&folder, &scores);
    let bytes = fs::read(folder.path("asin/reports/weekly_report_2024-03-10.pdf")).expect("there");
    let mut text: String = bytes.iter().map(|byte| char::from(*byte)).collect();
    // Lines with letters beyond ASCII are numbers in brackets.
    let lines: Vec<String> =
        text.split('<').filter_map(|part| unhex(part.split_once('>')?.0)).collect();
    text += &lines.join("\n");
    assert!(text.starts_with("%PDF-1."), "{text}");
    assert!(text.contains("Week until 2024-03-10: Top 100, 40 of 60 rows"), "{text}");
    assert!(text.contains("Anomalies, 0 of 0 rows"), "{text}");
    assert!(text.contains("Reifen & R\u{e4}der") && text.contains("Reifen | ?? (neu)"), "{text}");
    assert_eq!(text.matches("/Type /Page\n").count(), 3, "{text}");
    let page =
        fs::read_to_string(folder.path("asin/reports/weekly_report_2024-03-10.md")).expect("there");
    assert!(page.contains("60 rows") && page.contains(r"Reifen \| 轮胎 (neu)"), "{page}");
    assert_eq!(page.lines().filter(|line| line.contains("Reifen & ")).count(), 40);
}
