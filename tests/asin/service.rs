//! What a service's answers mean, how often it is asked, and what is counted.

use crate::scripted::{Answer, Scripted};
use aim::secret::Secret;
use aim::signals::keepa::Units;
use aim::signals::{
    Backoff, CallError, Counts, Days, Keepa, Keywords, Kind, Limit, Limiter, Service,
    ServiceOptions, Unified,
};
use serde_json::json;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

fn service(url: &str, burst: u32) -> Service {
    let options = ServiceOptions {
        name: "unified_api".to_owned(),
        base: url.parse().expect("an address"),
        secrets: vec![Secret::new("hunter2")],
        timeout: Duration::from_secs(5),
        max_attempts: 5,
        backoff: Backoff {
            base: Duration::from_millis(1),
            jitter: Duration::ZERO,
            max: Duration::from_millis(2),
        },
    };
    let number = |n| NonZeroU32::new(n).expect("not zero");
    let limit = Limit { per_minute: number(burst), burst: number(burst) };
    Service::new(options, Arc::new(Limiter::new(limit))).expect("set up")
}

/// The class of the error, and requests, successes and failures.
fn ask(answers: &[Answer]) -> (Option<&'static str>, [u64; 3], String) {
    let server = Scripted::start(answers);
    let api = Unified::new(service(&server.url, 100));
    let day = "2024-01-01".parse().expect("a day");
    let answer = server.block_on(api.fetch(Kind::Core, "US", "B1", day, day));
    let Counts { requests, success, failure, .. } = api.service().counts();
    assert_eq!(server.requests().len() as u64, requests);
    let said = answer.as_ref().err().map(ToString::to_string).unwrap_or_default();
    (answer.err().map(|error: CallError| error.class()), [requests, success, failure], said)
}

#[test]
fn outcomes_are_told_apart() {
    let good = (200, "{}");
    for (answers, class, counts) in [
        (&[good][..], None, [1, 1, 0]),
        (&[(429, ""), good], None, [2, 1, 1]),
        (&[(429, "")], Some("rate limit"), [5, 0, 5]),
        (&[(503, ""), (500, ""), good], None, [3, 1, 2]),
        // D-ING-7: it was asked again.
        (&[(501, "")], Some("upstream"), [1, 0, 1]),
        (&[(400, "")], Some("bad request"), [1, 0, 1]),
        (&[(404, "")], Some("bad request"), [1, 0, 1]),
        (&[(200, "<html>"), good], None, [2, 1, 1]),
        // No address to go to, but an answer.
        (&[(302, "{}")], None, [1, 1, 0]),
        (&[(200, "[]")], Some("upstream"), [5, 0, 5]),
    ] {
        let (got_class, got_counts, _) = ask(answers);
        assert_eq!((got_class, got_counts), (class, counts), "{answers:?}");
    }
}

/// D-ING-6: network errors were neither counted nor tried again.
#[test]
fn a_service_that_is_not_there_is_asked_again() {
    let server = Scripted::start(&[(200, "{}")]);
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", nobody.local_addr().expect("an address"));
    drop(nobody);
    let api = Unified::new(service(&url, 100));
    let day = "2024-01-01".parse().expect("a day");
    let error = server.block_on(api.fetch(Kind::Core, "US", "B1", day, day)).expect_err("nobody");
    assert_eq!((error.class(), api.service().counts().failure), ("upstream", 5));
    assert!(server.block_on(api.health()).is_err());
}

#[test]
fn secrets_are_not_repeated() {
    let (_, _, said) = ask(&[(400, "hunter2 is wrong")]);
    assert!(said.contains("*** is wrong") && !said.contains("hunter2"), "{said}");
}

#[test]
fn the_limiter_is_asked_first() {
    let server = Scripted::start(&[(200, "{}")]);
    let limit = Limit { per_minute: NonZeroU32::MIN, burst: NonZeroU32::MIN };
    let limiter = Arc::new(Limiter::new(limit));
    server.block_on(limiter.acquire(NonZeroU32::MIN, Duration::ZERO)).expect("the only one");
    let api = Unified::new(impatient(&server.url, limiter));
    let day = "2024-01-01".parse().expect("a day");
    let error = server.block_on(api.fetch(Kind::Core, "US", "B1", day, day)).expect_err("no token");
    assert_eq!((error.class(), server.requests().len()), ("rate limit", 0));
}

/// A service that waits for a token for a moment only.
fn impatient(url: &str, limiter: Arc<Limiter>) -> Service {
    let options = ServiceOptions {
        name: "unified_api".to_owned(),
        base: url.parse().expect("an address"),
        secrets: Vec::new(),
        timeout: Duration::from_millis(20),
        max_attempts: 5,
        backoff: Backoff { base: Duration::ZERO, jitter: Duration::ZERO, max: Duration::ZERO },
    };
    Service::new(options, limiter).expect("set up")
}

#[test]
fn requests_are_as_the_api_wants_them() {
    let server = Scripted::start(&[(200, r#"[{"dt": "2024-01-01"}]"#)]);
    let api = Unified::new(service(&server.url, 100));
    let (since, until) =
        ("2024-01-01".parse().expect("a day"), "2024-01-03".parse().expect("a day"));
    for kind in [Kind::Timeseries, Kind::Reviews, Kind::Keywords] {
        server.block_on(api.fetch(kind, "US", "B1", since, until)).expect("answered");
    }
    let asked: Vec<[String; 2]> =
        server.requests().into_iter().map(|[uri, key, _]| [uri, key]).collect();
    let expected = [
        "/products/US/B1/timeseries?start=2024-01-01&end=2024-01-03",
        "/products/US/B1/reviews?since=2024-01-01",
        "/products/US/B1/keywords",
    ];
    assert_eq!(asked, expected.map(|uri| [uri.to_owned(), "Bearer hunter2".to_owned()]));
}

#[test]
fn other_services_speak_the_same_records() {
    let server = Scripted::start(&[(
        200,
        r#"{"data": [{"keyword": "k", "search_volume": 5, "cpc": 0.5, "difficulty": 7}]}"#,
    )]);
    let keywords = Keywords::new(service(&server.url, 100));
    let found = server.block_on(keywords.keywords("US", &["k".to_owned(), "l".to_owned()]));
    let [[came, record]] = &found.expect("answered")[..] else { panic!("one keyword") };
    assert_eq!(came["search_volume"], 5);
    let expected = json!({ "keyword": "k", "est_search_volume": 5, "difficulty": 7, "cpc": 0.5 });
    assert_eq!(*record, expected);
    assert_eq!(
        server.requests()[0][..2],
        ["/keywords?keywords=k%2Cl&marketplace=US".to_owned(), "hunter2".to_owned()]
    );
    let server = Scripted::start(&[
        (200, r#"{"tokensLeft": 5}"#),
        (200, r#"{"products": [], "asinNotFound": ["B1"]}"#),
    ]);
    let keepa = Keepa::new(service(&server.url, 100), Units::KEEPA);
    server.block_on(keepa.health()).expect("healthy");
    let batch =
        server.block_on(keepa.histories("DE", &["B1".to_owned()], days())).expect("answered");
    assert_eq!(batch.lacking.len(), 1);
    assert!(server.requests()[1][0].starts_with("/product?key=hunter2&domain=3&asin=B1&"));
}

fn days() -> Days {
    let day = |day: &str| day.parse().expect("a day");
    Days { since: day("2024-01-01"), until: day("2024-01-03") }
}

/// Keepa's errors stand in the body, whatever the status.
#[test]
fn keepa_is_asked_again_when_tokens_are_used_up() {
    let used_up = r#"{"error": {"type": "NOT_ENOUGH_TOKENS"}, "refillIn": 1}"#;
    let wrong = r#"{"error": {"code": "PARAMETER", "status": 400, "message": "asin of hunter2"}}"#;
    for (answers, class, requests) in [
        (&[(200, used_up), (429, used_up), (200, r#"{"products": []}"#)][..], None, 3),
        (&[(200, used_up)], Some("rate limit"), 5),
        (&[(200, wrong)], Some("bad request"), 1),
        (&[(200, r#"{"error": {"code": "INTERNAL"}}"#)], Some("upstream"), 5),
    ] {
        let server = Scripted::start(answers);
        let keepa = Keepa::new(service(&server.url, 100), Units::KEEPA);
        let got = server.block_on(keepa.histories("US", &["B1".to_owned()], days()));
        let error = got.err();
        assert_eq!(error.as_ref().map(CallError::class), class, "{answers:?}");
        assert_eq!(server.requests().len(), requests, "{answers:?}");
        assert!(!error.is_some_and(|error| error.to_string().contains("hunter2")));
    }
}
