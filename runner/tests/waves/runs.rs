//! Whole runlists: order, failures, the second pass, counts.

use super::fixture::{Kept, cams, config, connect, standin};
use super::scripted::{answer, scripted};
use aim::waves::{
    CamResult, Faults, Params, Progress, ResultSink, RunOptions, Summary, Usage, run_global,
};

fn options(batch_size: usize, concurrency: usize) -> RunOptions {
    RunOptions { batch_size, concurrency, ..RunOptions::new("global_20260131_102030") }
}

fn progress(attempted: usize, succeeded: usize, failed: usize) -> Progress {
    Progress { attempted, succeeded, failed }
}

async fn run(faults: Faults, count: usize, options: &RunOptions) -> (Summary, Kept) {
    let running = standin(faults).await;
    let (client, _) = connect(config(&running.url())).await;
    let mut kept = Kept::default();
    let cams = cams(count);
    let summary =
        run_global(&client, &cams[..], &Params::default(), options, &mut kept).await.unwrap();
    for (place, cam) in cams.iter().enumerate() {
        let result = &kept.results[&place];
        assert_eq!((&result.vehicle, &result.size), (&cam.vehicle, &cam.size));
    }
    assert_eq!(kept.results.len(), count);
    (summary, kept)
}

#[tokio::test]
async fn every_cam_gets_its_result_at_any_concurrency() {
    let (one, first) = run(Faults::default(), 103, &options(10, 1)).await;
    let (four, second) = run(Faults::default(), 103, &options(10, 4)).await;
    assert_eq!((one.attempted, one.succeeded, one.failed), (103, 103, 0));
    assert_eq!(one, four);
    assert_eq!(first.results, second.results);
    assert_eq!(first.requests.len(), 11);
    assert_eq!(first.progress.last(), Some(&progress(103, 103, 0)));
    assert_eq!(first.progress[0], progress(10, 10, 0));
    // Forty candidate rows each.
    assert_eq!(one.usage.total_token_count, 103 * (4_000 + 40 * 100 + 222));
}

#[tokio::test]
async fn endless_500_fails_both_passes() {
    let running = standin(Faults { fail_5xx_every: 1, ..Faults::default() }).await;
    let (client, told) = connect(config(&running.url())).await;
    let mut kept = Kept::default();
    let summary = run_global(&client, &cams(3)[..], &Params::default(), &options(5, 4), &mut kept)
        .await
        .unwrap();
    assert_eq!(told.waits_ms(), [1, 2, 4, 1, 2, 4]);
    assert_eq!(running.counts().batches, 8);
    assert_eq!((summary.attempted, summary.succeeded, summary.failed), (3, 0, 3));
    assert_eq!((summary.failed_requests, summary.usage), (2, Usage::default()));
    assert!(summary.first_error.unwrap().contains("status 500"));
    for result in kept.results.values() {
        assert_eq!(result.error_code.as_deref(), Some("BATCH_FAILED"));
        assert_eq!((result.hotboxes(), &result.skus, &result.usage), ([None; 4], &None, &None));
    }
    assert_eq!(kept.progress, [progress(3, 0, 3), progress(3, 0, 3)]);
}

#[tokio::test]
async fn endless_401_costs_two_logins_in_each_pass() {
    let running = standin(Faults { fail_401_every: 1, ..Faults::default() }).await;
    let (client, _) = connect(config(&running.url())).await;
    let mut kept = Kept::default();
    run_global(&client, &cams(2)[..], &Params::default(), &options(5, 4), &mut kept).await.unwrap();
    assert_eq!((running.counts().logins, running.counts().batches), (1 + 4, 6));
}

#[tokio::test]
async fn a_short_reply_is_repeated_in_the_second_pass() {
    // Every second answer is short: the second of the first pass, then the fourth, which does not come.
    let (summary, kept) =
        run(Faults { short_reply: 2, ..Faults::default() }, 20, &options(10, 1)).await;
    assert_eq!((summary.succeeded, summary.failed, summary.failed_requests), (20, 0, 1));
    assert_eq!(kept.progress, [progress(10, 10, 0), progress(20, 10, 10), progress(20, 20, 0)]);
    assert_eq!(kept.requests.len(), 3);
    // The refused answer was paid for as well.
    assert_eq!(summary.usage.total_token_count, 30 * (4_000 + 40 * 100 + 222));
}

#[tokio::test]
async fn only_successes_of_the_second_pass_are_stored() {
    // Of 10 CAMs the 5 at even places fail; repeated as one batch, 2 of them fail again.
    let (summary, kept) =
        run(Faults { fail_cam: 2, ..Faults::default() }, 10, &options(10, 4)).await;
    assert_eq!((summary.succeeded, summary.failed), (8, 2));
    assert_eq!(kept.stored, 10 + 3);
    let failed: Vec<usize> = kept
        .results
        .iter()
        .filter(|(_, result)| !result.success)
        .map(|(place, _)| *place)
        .collect();
    assert_eq!(failed, [3, 7]);
    assert_eq!(kept.results[&3].error_code.as_deref(), Some("UPSTREAM_ERROR"));
}

#[tokio::test]
async fn usage_is_counted_once_per_answer() {
    // Three batches and a second pass with two CAMs.
    let client = scripted(|count, request| {
        answer(request, |vehicle| count > 2 || !["VEHICLE 1", "VEHICLE 4"].contains(&vehicle))
    })
    .await;
    let mut kept = Kept::default();
    let summary = run_global(&client, &cams(6)[..], &Params::default(), &options(2, 4), &mut kept)
        .await
        .unwrap();
    let expected =
        Usage { prompt_token_count: 4_000, candidates_token_count: 800, total_token_count: 4_800 };
    assert_eq!((summary.usage, summary.succeeded), (expected, 6));
}

#[tokio::test]
async fn progress_includes_the_second_pass() {
    // Three succeed, one is repaired, one stays without products.
    let client = scripted(|count, request| {
        answer(request, |vehicle| match vehicle {
            "VEHICLE 1" => count > 0,
            "VEHICLE 3" => false,
            _ => true,
        })
    })
    .await;
    let mut kept = Kept::default();
    let summary = run_global(&client, &cams(5)[..], &Params::default(), &options(5, 4), &mut kept)
        .await
        .unwrap();
    assert_eq!((summary.attempted, summary.succeeded, summary.failed), (5, 4, 1));
    assert_eq!(kept.progress, [progress(5, 3, 2), progress(5, 4, 1)]);
    assert_eq!(kept.results[&3].error_code.as_deref(), Some("TIMEOUT"));
}

#[tokio::test]
async fn requests_are_shown_before_they_are_sent() {
    let (_, kept) = run(Faults { fail_cam: 3, ..Faults::default() }, 3, &options(5, 1)).await;
    let params = r#""params":{"goldilocks_zone_pct":15,"price_fluctuation_upper":1.1,"price_fluctuation_lower":0.9,"disable_search":false}}"#;
    assert_eq!(kept.requests.len(), 2);
    assert_eq!(
        kept.requests[1],
        format!(
            r#"{{"run_id":"global_20260131_102030_retry","cams":[{{"Vehicle":"VEHICLE 2","Size":"225/40 R18"}}],{params}"#
        )
    );
    assert!(kept.requests[0].starts_with(r#"{"run_id":"global_20260131_102030","cams":[{"#));
}

#[tokio::test]
async fn an_empty_runlist_sends_nothing() {
    let running = standin(Faults::default()).await;
    let (client, _) = connect(config(&running.url())).await;
    let mut kept = Kept::default();
    let summary =
        run_global(&client, &[][..], &Params::default(), &options(5, 4), &mut kept).await.unwrap();
    assert_eq!((summary, running.counts().batches), (Summary::default(), 0));
}

#[tokio::test]
async fn batch_sizes_out_of_range_are_refused() {
    let running = standin(Faults::default()).await;
    let (client, _) = connect(config(&running.url())).await;
    for batch_size in [0, 501] {
        let options = options(batch_size, 4);
        let result =
            run_global(&client, &cams(1)[..], &Params::default(), &options, &mut Kept::default())
                .await;
        assert!(result.unwrap_err().to_string().contains("between 1 and 500"));
    }
}

struct Full;

impl ResultSink for Full {
    fn store(&mut self, _results: Vec<(usize, CamResult)>) -> anyhow::Result<()> {
        anyhow::bail!("No space left")
    }
}

#[tokio::test]
async fn a_sink_that_fails_ends_the_run() {
    let running = standin(Faults::default()).await;
    let (client, _) = connect(config(&running.url())).await;
    let error = run_global(&client, &cams(50)[..], &Params::default(), &options(1, 2), &mut Full)
        .await
        .unwrap_err();
    assert_eq!(error.to_string(), "No space left");
    assert!(running.counts().batches <= 3);
}

/// Ten thousand CAMs over HTTP; the time is printed, the bound is generous.
#[tokio::test]
async fn ten_thousand_cams_are_quick() {
    let start = std::time::Instant::now();
    let (summary, _) = run(Faults::default(), 10_000, &options(500, 4)).await;
    println!("10,000 CAMs in {:?}", start.elapsed());
    assert_eq!(summary.succeeded, 10_000);
    assert!(start.elapsed().as_secs() < 20);
}

/// What was kept of a run that did not end is not asked for again, in either pass.
#[tokio::test]
async fn kept_replies_are_not_asked_for_again() {
    let running = standin(Faults { fail_cam: 3, short_reply: 2, ..Faults::default() }).await;
    let (client, _) = connect(config(&running.url())).await;
    let (cams, params, options) = (cams(35), Params::default(), options(10, 1));
    let mut first = Kept::default();
    let summary = run_global(&client, &cams[..], &params, &options, &mut first).await.unwrap();
    assert!(summary.failed > 0 && summary.failed_requests > 0);
    let asked = running.counts().batches;
    let mut again = Kept { replies: first.replies.clone(), ..Kept::default() };
    let same = run_global(&client, &cams[..], &params, &options, &mut again).await.unwrap();
    // Only the attempts in the error differ.
    assert_eq!(Summary { first_error: None, ..same }, Summary { first_error: None, ..summary });
    assert!(again.results == first.results);
    assert_eq!((running.counts().batches, again.requests.len()), (asked, 0));
    // Without two of them, and with another request at a third's number, three are asked for.
    let mut torn = Kept { replies: first.replies.clone(), ..Kept::default() };
    torn.replies.remove(&0);
    torn.replies.remove(&2);
    torn.replies.insert(3, (b"another".to_vec(), b"reply".to_vec()));
    torn.replies_may_repeat = true;
    run_global(&client, &cams[..], &params, &options, &mut torn).await.unwrap();
    assert_eq!(torn.requests[..3], [0, 2, 3].map(|at| first.requests[at].clone()));
}

#[tokio::test]
async fn usage_of_the_second_pass_counts_per_cam_where_that_is_wanted() {
    // One batch, then a second pass with two CAMs.
    let client = scripted(|count, request| answer(request, |_| count > 0)).await;
    let options = RunOptions { count_usage_once: false, ..options(5, 1) };
    let mut kept = Kept::default();
    let cams = cams(2);
    let summary =
        run_global(&client, &cams[..], &Params::default(), &options, &mut kept).await.unwrap();
    assert_eq!(summary.usage.total_token_count, 1_200 + 2 * 1_200);
}
