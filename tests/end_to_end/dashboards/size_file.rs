//! Stage 5, which reads what stage 7 wrote.

use super::dashboards;
use crate::fixture::Input;

const SIZE_FILE: &str = "\"AIM\".\"AIM-override-file-size\"";

/// 20 products, each once: ranks follow the products' texts.
#[test]
fn the_size_file_has_its_slots() {
    let products: Vec<String> = (1..=20).map(|n| (20_000_000 + n).to_string()).collect();
    let products: Vec<&str> = products.iter().map(String::as_str).collect();
    let hotboxes = [products[19], products[0], products[1], products[2]];
    let mut input = Input::empty().mapping("AUDIA3", "Audi", "A3").recommendation(
        "AUDIA3",
        "205/55 R16",
        hotboxes,
        &products[3..19],
    );
    for n in 1..=20 {
        input = input.brand(20_000_000 + n, "Brand");
    }
    let root = dashboards(&input);
    let ranks = [1, 2, 3, 4, 5, 6, 7, 8, 1, 9, 10, 11, 2, 12, 13, 14, 3, 15, 16, 17, 4, 18, 19, 20];
    let expected: Vec<String> = ranks
        .iter()
        .enumerate()
        .map(|(slot, rank)| {
            format!(
                "{}|{}.001000000|AIM_Size|AIM_Size|AIM_Size|2026-03-15|2026-04-14|Brand|205/55 R16",
                20_000_000 + rank,
                slot + 1
            )
        })
        .collect();
    assert_eq!(root.lines(&format!("select * from {SIZE_FILE} order by slot_number")), expected);
}

#[test]
fn the_size_file_ranks_by_how_often_a_product_stands_in_a_size() {
    let root = dashboards(
        &Input::empty()
            .mapping("AUDIA3", "Audi", "A3")
            .mapping("BMW3", "BMW", "3")
            .mapping("BMW4", "BMW", "4")
            .brand(20_000_001, "A")
            .brand(20_000_003, "C")
            .brand(20_000_009, "I")
            .brand(1_234_567, "Short")
            // The first place of a product is not better than the last; a double brand is one.
            .brand(20_000_009, "J")
            .recommendation(
                "AUDIA3",
                "205/55 R16",
                ["20000003", "20000001", "20000009", "20000002"],
                &["1234567"],
            )
            .recommendation(
                "BMW3",
                "205/55 R16",
                ["1", "20000003", "20000009", "-"],
                &["", "20000009"],
            )
            .recommendation("BMW4", "225/40 R18", ["20000001", "-", "-", "-"], &[])
            .recommendation("BMW4", "225/40R18", ["20000003", "-", "-", "-"], &[]),
    );
    // 20000009 three times, 20000003 twice, 20000001 once, 20000002 has no brand; products of seven
    // digits and sizes without a profile do not get in.
    assert_eq!(
        root.lines(&format!(
            "select \"Size\", slot_number, product_id, \"Brand\" from {SIZE_FILE} order by 1, 2"
        )),
        [
            "205/55 R16|1.001000000|20000009|I",
            "205/55 R16|2.001000000|20000003|C",
            "205/55 R16|3.001000000|20000001|A",
            "205/55 R16|9.001000000|20000009|I",
            "205/55 R16|13.001000000|20000003|C",
            "205/55 R16|17.001000000|20000001|A",
            "225/40 R18|1.001000000|20000001|A",
            "225/40 R18|9.001000000|20000001|A",
        ]
    );
}
