//! `aim pg install`, and that what the functions build is what the commands build.

use crate::fixture::Job;
use crate::golden;

#[test]
fn what_the_server_accepts_is_put_in_place() {
    let job = golden::imported();
    let said = job.aim(&["pg", "install"]).ok().stdout;
    assert!(said.contains("(sql: the server does not have the extension)"), "{said}");
    assert_eq!(job.lines("select reco.variant()"), ["sql"]);
    let again = job.aim(&["pg", "install"]).ok().stdout;
    assert!(again.contains("(sql: the server does not have the extension)"), "{again}");
    let error = job.aim(&["pg", "install", "--variant", "native"]).error(1);
    assert!(error.contains("cannot take the place of the plain variant"), "{error}");
    assert_eq!(job.lines("select reco.variant()"), ["sql"]);
    job.server.run("drop schema reco cascade");
    let error = job.aim(&["pg", "install", "--variant", "native"]).error(1);
    assert!(error.contains("The extension aim_pg cannot be created"), "{error}");
    assert_eq!(job.lines("select to_regnamespace('reco')"), ["NULL"]);
    job.aim(&["pg", "install", "--variant", "sql"]).ok();
    job.aim(&["pg", "uninstall"]).error(2);
}

#[test]
fn a_role_that_may_not_is_told() {
    let mut job = Job::new();
    job.server.run("create role guest login");
    let url = job.server.url.replace("user=postgres", "user=guest");
    job.set("DATABASE_URL", &url);
    let error = job.aim(&["pg", "install"]).error(1);
    assert!(error.contains("The functions of aim_pg cannot be made"), "{error}");
    assert!(error.contains("permission denied"), "{error}");
}

/// The views are defined twice, for the commands and for the functions in the database.
#[test]
fn functions_and_commands_build_the_same_views() {
    for job in [golden::imported(), golden::second_release()] {
        job.aim(&["pg", "install"]).ok();
        job.server.run("call reco.refresh_all()");
        job.aim(&["check"]).ok();
        let contents = || {
            job.lines(
                "select view, r.* from reco.refresh_order(), reco.reconcile(view) as r order by 1",
            )
        };
        let by_functions = contents();
        assert!(by_functions.len() >= 5, "{by_functions:?}");
        let builds = || {
            job.lines("select view, run_id, row_count from reco.status() where run_id is not null order by 1")
        };
        let before = builds();
        job.aim(&["materialize", "--all"]).ok();
        assert_eq!(contents(), by_functions);
        // Each knows of the other's builds.
        let others = before.iter().zip(builds()).all(|(before, after)| {
            let rows = |line: &str| line.rsplit('|').next().map(str::to_owned);
            after != *before && rows(&after) == rows(before)
        });
        assert!(others, "{before:?} {:?}", builds());
        job.materialize("item_ids_mv", &["--mode", "concurrent"]).ok();
        let mode = "select mode from reco.run where view = 'item_ids_mv' and is_live";
        assert_eq!(job.lines(mode), ["concurrent"]);
        assert_eq!(job.left_over(), [""; 0]);
    }
}

#[test]
fn without_postgis_both_leave_out_the_same() {
    let job = Job::bare();
    job.warehouse(golden::WAREHOUSE);
    job.transfer("recommendable_offers_raw");
    job.aim(&["pg", "install"]).ok();
    job.server.run("select reco.refresh_view('recommendable_offers_raw_mv')");
    let said = job.aim(&["check"]);
    assert_eq!(said.code, Some(1));
    assert!(said.stdout.contains("enriched_user is missing"), "{}", said.stdout);
    assert!(!said.stdout.contains("recommendable_offers_raw"), "{}", said.stdout);
    let left_out = "select left_out from reco.status() where view = 'recommendable_offers_raw_mv'";
    assert_eq!(job.lines(left_out), ["{venue_geo}"]);
}
