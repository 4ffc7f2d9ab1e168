//! Tokens and what they cost.

use crate::fixture::{Input, Run, Standin};
use serde_json::json;

#[test]
fn prices_are_settings() {
    let input = Input::working()
        .env("AIM_PROMPT_GBP_PER_MILLION", "100")
        .env("AIM_CANDIDATES_GBP_PER_MILLION", "1000");
    let root = input.root();
    root.run_with(&["--stage", "1,3,4"]).ok();
    let report = root.json("output/cost_report.json");
    // One CAM with 24 candidates: 4,000 and 24 times 100 tokens, answered with 222.
    assert_eq!(report["usage"]["prompt_token_count"], json!(6400));
    assert_eq!(report["estimated_cost_gbp"], json!(0.862));
}

#[test]
fn the_search_can_be_compared() {
    let mut root = Input::working().cam("BMW3", "205/55 R16").root();
    root.run_with(&["--stage", "1,3,4"]).ok();
    let files = |path: &str| std::fs::read_dir(root.path(path)).unwrap().count();
    let before = (files("output"), files("logs"));
    let compare = |root: &crate::fixture::Root, cams: &str| {
        let arguments = ["waves", "compare-search", "--cams", cams];
        Run::of(root.command(&arguments).output().unwrap())
    };
    // The stand-in searches as it is told.
    let said = compare(&root, "1").ok().stdout;
    assert!(said.starts_with("1 CAMs, asked for with the web search and without"), "{said}");
    assert_eq!((files("output"), files("logs")), before, "nothing is written");
    let waves = Standin::serve(&mut root, &["--search-tokens", "1000"]);
    let said = compare(&root, "10").ok().stdout;
    let row = |name: &str| -> Vec<String> {
        let line = said.lines().find(|line| line.starts_with(name)).expect(name);
        line[name.len()..].split_whitespace().map(str::to_owned).collect()
    };
    // Two CAMs on the runlist: the search takes 1,000 tokens each.
    assert_eq!(row("CAMs with products"), ["2", "2"]);
    assert_eq!(row("prompt tokens"), ["14800", "12800"]);
    assert_eq!(row("candidate tokens"), ["444", "444"]);
    assert_eq!(row("GBP"), ["0.00120", "0.00106"]);
    assert!(said.contains("The same products: 2 of 2 CAMs"), "{said}");
    assert_eq!(waves.stop(), "Served 4 CAMs in 2 batch calls");
}
