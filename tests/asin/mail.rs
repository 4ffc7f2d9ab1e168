//! E-mail to a real server: alerts and the report of a week, receivers that are refused, servers that fail.

use crate::fixture::Folder;
use crate::scripted::Scripted;
use crate::smtp::{Smtp, Taken, Trouble};

const ALERTS: &str = "alerts --current @now.parquet --baseline @base.parquet --date 2024-01-01";

/// A folder in which the mean of `größe` has moved.
fn moved(smtp: &str, to: &str, more: &str) -> Folder {
    let folder = Folder::new();
    folder.settings(&format!(
        "alerts:\n  email: {{smtp_url: '{smtp}', from: 'ASIN <asin@shop.test>', to: [{to}]}}\n{more}"
    ));
    folder.table("now.parquet", "select 2.0 as größe");
    folder.table("base.parquet", "select 1.0 as größe");
    folder
}

fn receivers(taken: &[Taken]) -> Vec<String> {
    taken.iter().flat_map(|message| message.to.clone()).collect()
}

#[test]
fn alerts_are_one_message_to_each_receiver() {
    let server = Smtp::start(&[]);
    let folder = moved(&server.url, "a@shop.test, 'B <b@shop.test>'", "");
    let out = folder.done(ALERTS);
    assert!(out.contains("email to a@shop.test: 1 told"), "{out}");
    let taken = server.taken();
    assert_eq!(receivers(&taken), ["a@shop.test", "b@shop.test"]);
    let Taken { from, data, .. } = &taken[0];
    assert_eq!(from, "asin@shop.test");
    assert!(data.contains("Subject: ASIN pipeline: 1 alerts"), "{data}");
    assert!(data.contains("charset=utf-8"), "{data}");
    // Letters that are not ASCII are spelt out.
    assert!(data.contains("drift: gr=C3=B6=C3=9Fe: 1.0000 (limit 0.2)"), "{data}");
    folder.done(ALERTS);
    assert_eq!(server.taken().len(), 2, "nobody is told twice");
    folder.done(&format!("{ALERTS} --dry-run --now 2024-01-02T00:00:00Z"));
    assert_eq!(server.taken().len(), 2);
}

/// Each receiver has its own retries and its own memory.
#[test]
fn a_receiver_who_is_refused_keeps_nobody_else_waiting() {
    let server = Smtp::start(&[]);
    let robot = Scripted::start(&[(200, r#"{"errcode": 0}"#)]);
    let robots = format!("  wecom_url: '{}/send'", robot.url);
    let folder = moved(&server.url, "gone@shop.test, a@shop.test", &robots);
    server.refuse(&["gone@shop.test"]);
    let error = folder.refused(ALERTS);
    assert!(error.contains("email to gone@shop.test was not told"), "{error}");
    assert!(error.contains("1 attempts") && error.contains("no such user"), "{error}");
    assert_eq!(
        (receivers(&server.taken()), robot.requests().len()),
        (vec!["a@shop.test".to_owned()], 1)
    );
    server.refuse(&[]);
    folder.done(ALERTS);
    assert_eq!(receivers(&server.taken()), ["a@shop.test", "gone@shop.test"]);
    assert_eq!(robot.requests().len(), 1);
}

#[test]
fn a_server_that_is_busy_or_breaks_off_is_asked_again() {
    for troubles in
        [&[Trouble::Busy, Trouble::Busy][..], &[Trouble::Break], &[Trouble::Silent, Trouble::Break]]
    {
        let server = Smtp::start(troubles);
        let folder = moved(&server.url, "a@shop.test", "");
        folder.done(ALERTS);
        assert_eq!(receivers(&server.taken()), ["a@shop.test"], "{troubles:?}");
        assert_eq!(server.connections() as usize, troubles.len() + 1);
    }
    let server = Smtp::start(&[Trouble::Busy; 3]);
    let folder = moved(&server.url, "a@shop.test", "");
    let error = folder.refused(ALERTS);
    assert!(error.contains("3 attempts") && error.contains("later"), "{error}");
    assert_eq!((server.taken().len(), server.connections()), (0, 3));
    // The next run does it.
    folder.done(ALERTS);
    assert_eq!(server.taken().len(), 1);
}

#[test]
fn the_server_is_told_who_we_are() {
    // NUL, robot, NUL, hunter2.
    let server = Smtp::with_login("AHJvYm90AGh1bnRlcjI=");
    let folder = moved(&server.url, "a@shop.test", "").with("SMTP_USER", "robot");
    let error = folder.refused(ALERTS);
    assert!(error.contains("SMTP_PASSWORD is not set, but SMTP_USER is"), "{error}");
    assert_eq!(server.connections(), 0);
    let mut folder = folder.with("SMTP_PASSWORD", "wrong-one");
    let error = folder.refused(ALERTS);
    assert!(error.contains("wrong user or password") && !error.contains("wrong-one"), "{error}");
    folder.set("SMTP_PASSWORD", "hunter2");
    folder.done(ALERTS);
    assert_eq!(server.taken().len(), 1);
}

/// What a channel needs is looked at before anything is checked or told.
#[test]
fn half_a_channel_is_refused_at_start() {
    let refused = |settings: &str| {
        let folder = Folder::new();
        folder.settings(settings);
        folder.refused("alerts --current @none.parquet --baseline @none.parquet --dry-run")
    };
    let email = |url: &str, from: &str, to: &str| {
        refused(&format!("alerts: {{email: {{smtp_url: '{url}', from: '{from}', to: [{to}]}}}}"))
    };
    let url = "smtp://127.0.0.1:1";
    assert!(email("", "a@b.c", "d@e.f").contains("give alerts.email.smtp_url"));
    assert!(email(url, "a@b.c", "").contains("nobody in alerts.email.to"));
    assert!(email(url, "", "d@e.f").contains("alerts.email.from: \"\" is no address"));
    assert!(email(url, "a@b.c", "nobody").contains("alerts.email.to: \"nobody\" is no address"));
    let error = email("http://user:hunter2@x", "a@b.c", "d@e.f");
    assert!(error.contains("smtp_url is no smtp://") && !error.contains("hunter2"), "{error}");
    let error = refused("alerts: {wecom_url: 'http://x/send?key=${ROBOT_KEY}'}");
    assert!(error.contains("alerts.wecom_url needs ROBOT_KEY, which is not set"), "{error}");
    let error = refused("alerts: {dingtalk_url: 'x'}");
    assert!(error.contains("alerts.dingtalk_url is no http"), "{error}");
}

const REPORT: &str = "report --weekly --when-due --send --now";

#[test]
fn the_report_goes_to_everybody_once() {
    let server = Smtp::start(&[]);
    let folder = moved(&server.url, "", "report: {to: [a@shop.test, gone@shop.test]}");
    server.refuse(&["gone@shop.test"]);
    let error = folder.refused(&format!("{REPORT} 2024-03-11T06:00:00Z"));
    assert!(error.contains("gone@shop.test did not get the report"), "{error}");
    // It is due until everybody got it, also on another day; who has it does not get it again.
    server.refuse(&[]);
    let out = folder.done(&format!("{REPORT} 2024-03-13T06:00:00Z"));
    assert!(
        out.contains("a@shop.test: sent before") && out.contains("gone@shop.test: sent"),
        "{out}"
    );
    let taken = server.taken();
    assert_eq!(receivers(&taken), ["a@shop.test", "gone@shop.test"]);
    for Taken { data, .. } in &taken {
        assert!(data.contains("Subject: ASIN pipeline: week until 2024-03-11"), "{data}");
        for file in ["weekly_report_2024-03-11.xlsx", "weekly_report_2024-03-11.pdf"] {
            assert!(data.contains(&format!("attachment; filename=\"{file}\"")), "{data}");
        }
    }
    let out = folder.done(&format!("{REPORT} 2024-03-13T07:00:00Z"));
    assert_eq!(out, "No report is due\n");
    assert_eq!(server.taken().len(), 2);
    let folder = moved(&server.url, "", "");
    let error = folder.refused(&format!("{REPORT} 2024-03-11T06:00:00Z"));
    assert!(error.contains("report.to names nobody"), "{error}");
}

/// Due on Sunday, Monday, Tuesday, Wednesday, of a report for Mondays that was never made.
#[test]
fn reports_are_due_until_they_are_done() {
    let due = |original: bool, time: &str| {
        let folder = if original { Folder::original() } else { Folder::new() };
        folder.settings("report: {weekday: monday, time: '00:00'}");
        folder.done(&format!("report --weekly --when-due --now {time}")) != "No report is due\n"
    };
    let times = [
        "2024-03-10T12:00:00Z",
        "2024-03-11T00:01:00Z",
        "2024-03-12T12:00:00Z",
        "2024-03-13T12:00:00Z",
    ];
    assert_eq!(times.map(|time| due(true, time)), [false, true, false, false]);
    // Of Sunday's week it is Monday's that is missing.
    assert_eq!(times.map(|time| due(false, time)), [true; 4]);
}
