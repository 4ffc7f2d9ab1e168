//! Stage 4 in the run mode PER_SEGMENT.

use super::{Both, assert_lines};
use crate::fixture::{Input, Root, Run, Standin};
use crate::recommend::{requests, segments::input};

const VEHICLES: &str = "select \"Vehicle\" from \"AIM\".\"AIMData\" order by 1";

/// Runs the stages on the input in both positions.
fn both(input: &Input) -> Both<Root> {
    super::both(input, "1,3,4")
}

/// The pages that were asked for: segment, offset, length, and wishes where they are sent.
fn asked(root: &Root) -> Vec<String> {
    let line = |page: &serde_json::Value| {
        let wishes = ["brand_enhancer", "model_enhancer", "season"];
        let wishes = wishes.iter().filter_map(|wish| page.get(wish)?.as_str());
        let page = format!("{} {} {}", page["segment"], page["offset"], page["top_n"]);
        [&*page].into_iter().chain(wishes).collect::<Vec<_>>().join(" ").replace('"', "")
    };
    let mut asked: Vec<String> = requests(root).iter().map(line).collect();
    asked.sort();
    asked
}

/// D-14: segments that are named were only asked for if a page of the service listed them. D-24: the last page
/// asked for a whole one. D-25: model and season were not sent.
#[test]
fn what_is_asked_of_segments() {
    let input = input()
        .env("AIM_LIMIT_SEGMENTS", "city car,City Car")
        .env("AIM_TOTAL_PER_SEGMENT", "3")
        .env("AIM_PAGE_SIZE", "2")
        .env("AIM_BRAND_ENHANCER", "Hankook")
        .env("AIM_MODEL_ENHANCER", "Ventus")
        .env("AIM_SEASON", "Winter");
    let [fixed, original] = both(&input).each_ref().map(asked);
    assert_eq!(
        fixed,
        [
            "City Car 0 2 Hankook Ventus Winter",
            "City Car 2 1 Hankook Ventus Winter",
            "city car 0 2 Hankook Ventus Winter",
            "city car 2 1 Hankook Ventus Winter",
        ]
    );
    assert_eq!(original, ["City Car 0 2 Hankook", "City Car 2 2 Hankook"]);
}

/// D-14: without the page that lists them, no segment could be asked for.
#[test]
fn services_that_list_no_segments() {
    let runs = ["fixed", "original"].map(|compat| {
        let input = input().env("AIM_COMPAT", compat).env("AIM_LIMIT_SEGMENTS", "City Car");
        let mut root = input.root();
        root.run_with(&["--stage", "1,3"]).ok();
        let _waves = Standin::serve(&mut root, &["--no-app"]);
        let run: Run = root.run_with(&["--stage", "4"]);
        (run, root)
    });
    let [(fixed, root), (original, _)] = runs;
    fixed.ok();
    assert_eq!(root.lines(VEHICLES), ["AUDIA 3"]);
    assert!(original.error().contains("lists no segments: the service has no such page"));
}

/// D-04: pages that failed were as if they were empty; where all did, nothing was written, and the run
/// succeeded (D-13).
#[test]
fn pages_that_fail() {
    let input = input().env("AIM_PAGE_SIZE", "1").env("AIM_TOTAL_PER_SEGMENT", "1");
    let roots = ["fixed", "original"].map(|compat| {
        let mut root = input.clone().env("AIM_COMPAT", compat).root();
        root.run_with(&["--stage", "1,3,4"]).ok();
        let waves = Standin::serve(&mut root, &["--long-reply", "2"]);
        root.run_with(&["--stage", "4"]).ok();
        drop(waves);
        root
    });
    let kept = "select reason from \"AIM\".\"aim-rejected-rows\" where source = 'Waves'";
    assert_lines(&roots, kept, &["no products: PAGE_FAILED"], &[]);
    let count = "select count(*) from \"AIM\".\"AIMData\"";
    assert_lines(&roots, count, &["1"], &["1"]);
    let [fixed, original] = roots.map(|mut root| {
        let before = root.lines(VEHICLES);
        let _waves = Standin::serve(&mut root, &["--long-reply", "1"]);
        let run = root.run_with(&["--stage", "4"]);
        assert_eq!(root.lines(VEHICLES), before);
        run
    });
    assert!(fixed.error().contains("Waves answered 0 of 2 CAMs with products"));
    original.ok();
}
