//! Single batches through the client: what it repeats, how long it waits, what it says.

use super::fixture::{PASSWORD, cams, config, connect, standin};
use aim::secret::Secret;
use aim::waves::{BatchRequest, Client, ClientConfig, Faults, Params, WavesError};
use std::error::Error;
use std::time::{Duration, Instant};

fn request(count: usize) -> BatchRequest {
    BatchRequest { run_id: "global_7".into(), cams: cams(count), params: Params::default() }
}

/// The error with its causes, as `Debug`, and everything else it could be printed with.
fn full_text(error: &WavesError) -> String {
    let mut text = format!("{error} {error:?}");
    let mut source = error.source();
    while let Some(error) = source {
        text += &format!(" {error} {error:?}");
        source = error.source();
    }
    text
}

#[tokio::test]
async fn two_429_cost_two_waits() {
    let running = standin(Faults { fail_429: 2, ..Faults::default() }).await;
    let (client, told) = connect(config(&running.url())).await;
    let response = client.batch(&request(3)).await.unwrap();
    assert_eq!(response.results.len(), 3);
    assert_eq!(told.waits_ms(), [1, 2]);
    assert_eq!(running.counts().batches, 3);
}

#[tokio::test]
async fn waits_are_whole_seconds_by_default() {
    let running = standin(Faults { fail_429: 1, ..Faults::default() }).await;
    let (client, told) = connect(ClientConfig::new(running.url(), Secret::new(PASSWORD))).await;
    let start = Instant::now();
    client.batch(&request(1)).await.unwrap();
    // At most a quarter is added, so that requests that failed together do not come back together.
    assert!(matches!(told.waits_ms()[..], [1_000..=1_250]), "{:?}", told.waits_ms());
    assert!(start.elapsed() >= Duration::from_secs(1));
}

#[tokio::test]
async fn retry_after_is_honoured_up_to_the_limit() {
    let faults = Faults { fail_429: 1, fail_5xx: 1, retry_after: Some(30), ..Faults::default() };
    let running = standin(faults).await;
    let max_wait = Duration::from_millis(40);
    let (client, told) = connect(ClientConfig { max_wait, ..config(&running.url()) }).await;
    client.batch(&request(1)).await.unwrap();
    assert_eq!(told.waits_ms(), [40, 40]);
}

#[tokio::test]
async fn endless_500_ends_after_four_requests() {
    let running = standin(Faults { fail_5xx_every: 1, ..Faults::default() }).await;
    let (client, told) = connect(config(&running.url())).await;
    let error = client.batch(&request(1)).await.unwrap_err();
    assert_eq!(told.waits_ms(), [1, 2, 4]);
    assert_eq!(running.counts().batches, 4);
    assert_eq!(
        error.to_string(),
        format!(
            "POST {}/api/recommendations/batch (run global_7, 4 attempts) was answered with status \
             500: Fault on demand",
            running.url()
        )
    );
}

#[tokio::test]
async fn one_401_costs_one_login_and_no_wait() {
    let running = standin(Faults { fail_401: 1, ..Faults::default() }).await;
    let (client, told) = connect(config(&running.url())).await;
    client.batch(&request(1)).await.unwrap();
    assert_eq!((running.counts().logins, running.counts().batches), (2, 2));
    assert!(told.waits_ms().is_empty());
}

#[tokio::test]
async fn endless_401_ends_after_three_requests() {
    let running = standin(Faults { fail_401_every: 1, ..Faults::default() }).await;
    let (client, _) = connect(config(&running.url())).await;
    let error = client.batch(&request(1)).await.unwrap_err();
    assert!(matches!(&error, WavesError::Status { status: 401, call, .. } if call.attempts == 3));
    assert_eq!((running.counts().logins, running.counts().batches), (3, 3));
}

#[tokio::test]
async fn concurrent_401s_share_a_login() {
    let faults = Faults { fail_401: 4, slow_ms: 100, ..Faults::default() };
    let running = standin(faults).await;
    let (client, _) = connect(config(&running.url())).await;
    let request = request(1);
    let (a, b, c, d) = tokio::join!(
        client.batch(&request),
        client.batch(&request),
        client.batch(&request),
        client.batch(&request)
    );
    assert!([a, b, c, d].iter().all(Result::is_ok));
    assert_eq!((running.counts().logins, running.counts().batches), (2, 8));
}

#[tokio::test]
async fn other_4xx_end_at_once() {
    let running = standin(Faults::default()).await;
    let (client, told) = connect(config(&running.url())).await;
    for count in [0, 501] {
        let error = client.batch(&request(count)).await.unwrap_err();
        assert!(matches!(error, WavesError::Status { status: 400, .. }), "{error}");
    }
    assert_eq!(running.counts().batches, 2);
    assert!(told.waits_ms().is_empty());
}

#[tokio::test]
async fn a_timeout_is_retried_like_a_busy_service() {
    let running = standin(Faults { slow_ms: 2_000, ..Faults::default() }).await;
    let timeout = Duration::from_millis(30);
    let (client, told) = connect(ClientConfig { timeout, ..config(&running.url()) }).await;
    let error = client.batch(&request(1)).await.unwrap_err();
    assert!(matches!(&error, WavesError::Transport { source, .. } if source.is_timeout()));
    assert_eq!(told.waits_ms(), [1, 2, 4]);
}

#[tokio::test]
async fn replies_of_another_length_are_refused() {
    for faults in [
        Faults { short_reply: 1, ..Faults::default() },
        Faults { long_reply: 1, ..Faults::default() },
    ] {
        let running = standin(faults).await;
        let (client, _) = connect(config(&running.url())).await;
        let error = client.batch(&request(4)).await.unwrap_err();
        let WavesError::Mismatch { usage, reason, .. } = &error else { panic!("{error}") };
        assert!(reason == "2 results for 4 CAMs" || reason == "5 results for 4 CAMs");
        assert!(usage.total_token_count > 0, "what was spent is known");
        assert_eq!(running.counts().batches, 1);
    }
}

#[tokio::test]
async fn a_wrong_password_says_what_to_check() {
    let running = standin(Faults::default()).await;
    let config = ClientConfig::new(running.url(), Secret::new("not-the-pass"));
    let error = Client::connect(config).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "Login at {}/login failed with status 401; check AIM_SERVICE_PASSWORD",
            running.url()
        )
    );
}

#[tokio::test]
async fn an_unreachable_service_is_named() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let error = Client::connect(config(&url)).await.unwrap_err();
    assert!(error.to_string().starts_with(&format!("Could not reach {url}/login")), "{error}");
}

#[tokio::test]
async fn no_text_holds_a_secret() {
    let running = standin(Faults { fail_5xx_every: 1, ..Faults::default() }).await;
    let config = config(&running.url());
    assert!(!format!("{config:?}").contains(PASSWORD));
    let (client, told) = connect(config.clone()).await;
    let failed = client.batch(&request(1)).await.unwrap_err();
    let gone = standin(Faults::default()).await;
    let (late, _) = connect(ClientConfig {
        base_url: gone.url(),
        batch_url: gone.url(),
        max_retries: 0,
        ..config
    })
    .await;
    gone.stop().await.unwrap();
    let broken = late.batch(&request(1)).await.unwrap_err();
    assert!(matches!(broken, WavesError::Transport { .. }), "{broken}");
    let lost = late.login().await.unwrap_err();
    let texts = [
        full_text(&failed),
        full_text(&broken),
        full_text(&lost),
        told.text(),
        format!("{client:?} {late:?} {running:?}"),
    ];
    for text in texts {
        assert!(!text.contains(PASSWORD) && !text.contains("session="), "{text}");
    }
}
