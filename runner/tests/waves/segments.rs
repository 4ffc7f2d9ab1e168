//! Segments page by page: order, the last page, failures, limits, kept replies.

use super::fixture::{Kept, config, connect, standin};
use aim::waves::{Client, Faults, Params, Running, SegmentOptions, Summary, run_segments};

/// The stand-in knows two segments with two CAMs each.
fn options(segments: &[&str], total: usize, page: usize) -> SegmentOptions {
    SegmentOptions {
        segments: segments.iter().map(|&name| name.to_owned()).collect(),
        total_per_segment: total,
        page_size: page,
        ..SegmentOptions::new("20260131_102030")
    }
}

async fn service(faults: Faults) -> (Running, Client) {
    let running = standin(faults).await;
    let (client, _) = connect(config(&running.url())).await;
    (running, client)
}

async fn run(client: &Client, options: &SegmentOptions, kept: &mut Kept) -> Summary {
    run_segments(client, &Params::default(), options, kept).await.unwrap()
}

/// `0 AUDIA3 205/55 R16`, by place.
fn placed(kept: &Kept) -> Vec<String> {
    let line = |(place, result): (&usize, &aim::waves::CamResult)| {
        format!("{place} {} {}", result.vehicle, result.size)
    };
    kept.results.iter().map(line).collect()
}

fn queries(kept: &Kept) -> Vec<String> {
    let mut queries: Vec<String> = kept
        .requests
        .iter()
        .map(|request| {
            let query: serde_json::Value = serde_json::from_str(request).unwrap();
            format!("{} {} {}", query["segment"], query["offset"], query["top_n"])
        })
        .collect();
    queries.sort();
    queries
}

#[tokio::test]
async fn results_are_placed_by_segment_and_offset() {
    let (running, client) = service(Faults::default()).await;
    let mut kept = Kept::default();
    let summary = run(&client, &options(&[], 3, 2), &mut kept).await;
    // Two segments of three rows, in pages of two and one; each has only two.
    assert_eq!(
        placed(&kept),
        [
            "0 AUDIA3 205/55 R16",
            "1 AUDIA3 225/40 R18",
            "4 BMW3 SERIES 205/55 R16",
            "5 BMW3 SERIES 225/40 R18",
        ]
    );
    assert_eq!(
        queries(&kept),
        [
            "\"City Car\" 0 2",
            "\"City Car\" 2 1",
            "\"Executive <car>\" 0 2",
            "\"Executive <car>\" 2 1",
        ]
    );
    assert_eq!((summary.attempted, summary.succeeded, summary.failed), (4, 4, 0));
    assert_eq!((running.counts().pages, running.counts().batches), (4, 0));
}

#[tokio::test]
async fn named_segments_are_not_looked_up() {
    let (_running, client) = service(Faults { no_app: true, ..Faults::default() }).await;
    let mut kept = Kept::default();
    // Whatever its case, and also where there is none of that name.
    run(&client, &options(&["city car", "Boats"], 1, 1), &mut kept).await;
    assert_eq!(placed(&kept), ["0 AUDIA3 205/55 R16"]);
    let listed = SegmentOptions { only_listed: true, ..options(&["City Car"], 1, 1) };
    for options in [options(&[], 1, 1), listed] {
        let error =
            run_segments(&client, &Params::default(), &options, &mut kept).await.unwrap_err();
        let error = error.to_string();
        assert!(
            error.contains("/app (run 20260131_102030, 1 attempt) lists no segments"),
            "{error}"
        );
        assert!(error.contains("name them in AIM_LIMIT_SEGMENTS"), "{error}");
    }
}

#[tokio::test]
async fn only_listed_segments_are_asked_for_where_that_is_wanted() {
    let (_running, client) = service(Faults::default()).await;
    let mut kept = Kept::default();
    let names = ["Executive <car>", "city car", "City Car"];
    let options = SegmentOptions { only_listed: true, whole_pages: true, ..options(&names, 3, 2) };
    run(&client, &options, &mut kept).await;
    // In the order of the page; the last page asks for two where one is left.
    assert_eq!(
        queries(&kept),
        [
            "\"City Car\" 0 2",
            "\"City Car\" 2 2",
            "\"Executive <car>\" 0 2",
            "\"Executive <car>\" 2 2",
        ]
    );
    assert_eq!(placed(&kept)[0], "0 AUDIA3 205/55 R16");
}

#[tokio::test]
async fn wishes_are_sent_as_options_say() {
    let (_running, client) = service(Faults::default()).await;
    let params = Params {
        brand_enhancer: "Kumho".into(),
        model_enhancer: "Model 3".into(),
        season: "Winter".into(),
        ..Params::default()
    };
    for (send_all_wishes, sent) in [
        (true, r#","brand_enhancer":"Kumho","model_enhancer":"Model 3","season":"Winter"}"#),
        (false, r#","brand_enhancer":"Kumho"}"#),
    ] {
        let mut kept = Kept::default();
        let options = SegmentOptions { send_all_wishes, ..options(&["City Car"], 1, 1) };
        run_segments(&client, &params, &options, &mut kept).await.unwrap();
        assert_eq!(
            kept.requests,
            [format!(
                "{{\"segment\":\"City Car\",\"top_n\":1,\"offset\":0,\"goldilocks_zone_pct\":15,\
                 \"price_fluctuation_upper\":1.1,\"price_fluctuation_lower\":0.9{sent}"
            )]
        );
    }
}

#[tokio::test]
async fn pages_have_two_retries_and_new_sessions() {
    let faults = Faults { fail_401: 1, fail_429: 1, fail_5xx: 1, ..Faults::default() };
    let running = standin(faults).await;
    let (client, told) = connect(config(&running.url())).await;
    let mut kept = Kept::default();
    let summary = run(&client, &options(&["City Car"], 1, 1), &mut kept).await;
    assert_eq!((summary.succeeded, summary.failed_requests), (1, 0));
    // One and a half times a batch's first wait, which is a millisecond here, then twice that.
    assert_eq!(told.waits_us(), [1_500, 3_000]);
    assert_eq!((running.counts().logins, running.counts().pages), (2, 4));
}

#[tokio::test]
async fn pages_that_fail_count_up_to_the_end_of_the_segment() {
    // One request at a time: the second page fails for good, in three attempts.
    let one_by_one = |options: SegmentOptions| SegmentOptions {
        parallel_segments: 1,
        requests_per_segment: 1,
        ..options
    };
    let service = |fail_5xx_every| service(Faults { fail_5xx_every, ..Faults::default() });
    let (_running, client) = service(1).await;
    let mut kept = Kept::default();
    let options = one_by_one(options(&["City Car", "Boats"], 5, 2));
    let summary = run(&client, &options, &mut kept).await;
    assert_eq!((summary.attempted, summary.failed, summary.failed_requests), (10, 10, 6));
    assert!(summary.first_error.unwrap().contains("segment=City+Car&top_n=2&offset=0"));
    let failed = |kept: &Kept| -> Vec<String> {
        let failed = kept.results.iter().filter(|(_, result)| !result.success);
        failed
            .map(|(place, result)| {
                assert_eq!(result.error_code.as_deref(), Some("PAGE_FAILED"));
                format!("{place} {} {}", result.vehicle, result.size)
            })
            .collect()
    };
    assert_eq!(
        failed(&kept),
        [
            "0 City Car rows 1 to 2",
            "2 City Car rows 3 to 4",
            "4 City Car rows 5 to 5",
            "6 Boats rows 1 to 2",
            "8 Boats rows 3 to 4",
            "10 Boats rows 5 to 5",
        ]
    );
    let mut kept = Kept::default();
    let uncounted = SegmentOptions { count_failed: false, ..options };
    let summary = run(&client, &uncounted, &mut kept).await;
    assert_eq!((summary.attempted, summary.failed_requests, kept.results.len()), (0, 6, 0));
}

/// A short page is the segment's last: what fails behind it was not there.
#[tokio::test]
async fn failures_behind_the_end_do_not_count() {
    // The fourth call fails, and so do its retries: the third page of a segment with two CAMs.
    let running = standin(Faults { fail_5xx_every: 4, ..Faults::default() }).await;
    let config = aim::waves::ClientConfig { max_retries: 0, ..config(&running.url()) };
    let (client, _) = connect(config).await;
    let mut kept = Kept::default();
    let options = SegmentOptions { requests_per_segment: 1, ..options(&["City Car"], 4, 1) };
    let summary = run(&client, &options, &mut kept).await;
    assert_eq!((summary.attempted, summary.failed, summary.failed_requests), (2, 0, 1));
}

#[tokio::test]
async fn pages_with_too_many_results_are_refused() {
    let (running, client) = service(Faults { long_reply: 1, ..Faults::default() }).await;
    let mut kept = Kept::default();
    let summary = run(&client, &options(&["City Car"], 2, 2), &mut kept).await;
    assert_eq!((summary.attempted, summary.failed, running.counts().pages), (2, 2, 1));
    assert!(summary.first_error.unwrap().contains("3 results for a page of 2"));
}

#[tokio::test]
async fn requests_stay_within_their_limits() {
    let (running, client) = service(Faults { slow_ms: 30, ..Faults::default() }).await;
    let mut kept = Kept::default();
    let names: Vec<String> = (0..4).map(|n| format!("Segment {n}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let options =
        SegmentOptions { parallel_segments: 2, requests_per_segment: 2, ..options(&names, 4, 1) };
    let started = std::time::Instant::now();
    run(&client, &options, &mut kept).await;
    // Sixteen pages of 30 ms, four at a time.
    assert_eq!(running.counts().pages, 16);
    assert!(started.elapsed().as_millis() >= 4 * 30, "{:?}", started.elapsed());
    // The first four are of two segments.
    assert_eq!(kept.requests.iter().take(4).filter(|r| r.contains("Segment 0")).count(), 2);
    assert_eq!(kept.requests.iter().take(4).filter(|r| r.contains("Segment 1")).count(), 2);
}

#[tokio::test]
async fn kept_pages_are_not_asked_for_again() {
    let (running, client) = service(Faults::default()).await;
    let mut first = Kept::default();
    let options = options(&[], 2, 1);
    let summary = run(&client, &options, &mut first).await;
    let asked = running.counts().pages;
    let mut second = Kept { replies: first.replies.clone(), ..Kept::default() };
    assert_eq!(run(&client, &options, &mut second).await, summary);
    assert_eq!((running.counts().pages, second.requests.len()), (asked, 0));
    assert_eq!(second.results, first.results);
}

#[tokio::test]
async fn impossible_sizes_are_refused() {
    let (_running, client) = service(Faults::default()).await;
    for options in [options(&[], 0, 1), options(&[], 1, 0)] {
        let result =
            run_segments(&client, &Params::default(), &options, &mut Kept::default()).await;
        assert!(result.unwrap_err().to_string().contains("set AIM_PAGE_SIZE"));
    }
}
