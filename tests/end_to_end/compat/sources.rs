//! Stage 1, and the runlist.

use super::{assert_lines, both};
use crate::fixture::{Input, reply, sale, scripted, tyre};
use aim::waves::CamResult;
use serde_json::Value;

/// D-01: the first row of the tyre file was lost, and the first line of the sales file, header or not.
#[test]
fn the_first_row() {
    let tyres = Input::empty().tyre(tyre(1)).tyre(tyre(2));
    let ids = "select \"ProductId\" from nexus_tyrescore.\"TyreScore\"";
    assert_lines(&both(&tyres.clone(), "1"), ids, &["1", "2"], &["2"]);
    let sold = "select \"ProductId\" from nexus_tyrescore.\"CarMakeModelSales\"";
    let headed = tyres.clone().sale(sale(1, "A", "B")).sale(sale(2, "A", "B"));
    assert_lines(&both(&headed, "1"), sold, &["1", "2"], &["1", "2"]);
    let bare = tyres.source("CarMakeModelSales.csv", "1,A,B,1,1,1,1,1,1\n2,A,B,1,1,1,1,1,1\n");
    assert_lines(&both(&bare, "1"), sold, &["1", "2"], &["2"]);
}

/// D-05: the first file by name was read, which is the oldest, and other names that end alike counted.
#[test]
fn one_of_several_files() {
    let sales = |id: u32| format!("a,b,c,d,e,f,g,h,i\n{id},A,B,1,1,1,1,1,1\n");
    let input = Input::empty()
        .tyres([tyre(1), tyre(2)])
        .without("tyrescore-AWS3-daily-files/CarMakeModelSales.csv")
        .source("20260131_CarMakeModelSales.csv", sales(1))
        .source("20260228_CarMakeModelSales.csv", sales(2));
    let sold = "select \"ProductId\" from nexus_tyrescore.\"CarMakeModelSales\"";
    assert_lines(&both(&input, "1"), sold, &["2"], &["1"]);
    let input = input.source("0OldCarMakeModelSales.csv", sales(3));
    assert_lines(&both(&input, "1"), sold, &["2"], &["3"]);
}

/// D-11: the runlist was neither trimmed nor sorted. Rows without a vehicle or a size are left out in both
/// positions (D-10: one made its whole batch fail).
#[test]
fn the_runlists_order() {
    let runlist = "Vehicle,Size,Rank\n C ,205/55 R16,3\n,205/55 R16,1\nA,205/55 R16 ,1\nNaN,x,1\n \t,x,1\nB,n/k,2\n";
    let asked = ["fixed", "original"].map(|compat| {
        let input = Input::empty()
            .file("runlist/priority_runlist_current.csv", runlist)
            .env("AIM_COMPAT", compat)
            .env("AIM_MIN_SUCCESS_SHARE", "0");
        let mut root = input.root();
        let _service = scripted(&mut root, |_, request| {
            reply(request, |cam| CamResult { success: true, ..CamResult::failed(cam, "") })
        });
        root.run_with(&["--stage", "4"]).ok();
        let log = root.read("logs/requests_20260315_071500.jsonl");
        let request: Value = serde_json::from_str(log.lines().next().unwrap()).unwrap();
        let cams = request["cams"].as_array().unwrap().clone();
        cams.iter().map(|cam| format!("{}|{}", cam["Vehicle"], cam["Size"])).collect::<Vec<_>>()
    });
    assert_eq!(
        asked,
        [
            [r#""A"|"205/55 R16""#, r#""B"|"n/k""#, r#""C"|"205/55 R16""#],
            [r#"" C "|"205/55 R16""#, r#""A"|"205/55 R16 ""#, r#""B"|"n/k""#],
        ]
    );
}
