//! Secret Manager and the metadata server of a machine, as far as runs speak to them: neither can be had here.

use crate::Case;
use crate::faults::{Fault, Faults};
use crate::proxy::{Proxy, Service};
use crate::setup::{BUCKET, DAYS, Setup, succeeded};
use anyhow::{Context as _, ensure};
use axum::Router;
use axum::extract::Path;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::get;
use serde_json::json;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};

pub(crate) const ALL: &[Case] = &[("identity::secrets_and_tokens_go_where_they_belong", secrets)];

const PASSWORD: &str = "kn0wn-s3cret";

/// The same in base64.
const CODED: &str = "a24wd24tczNjcmV0";

/// An ID token as far as its reader looks: it ends in the year 2100.
const TOKEN: &str = "eyJhbGciOiJub25lIn0.eyJleHAiOjQxMDI0NDQ4MDB9.c2lnbmF0dXJl";

fn secrets(setup: &mut Setup) -> anyhow::Result<()> {
    let doubles = serve(setup, "projects/shop/secrets/waves", CODED.to_owned())?;
    let (mut waves, address) = standin(setup)?;
    let faults = Arc::new(Mutex::new(Faults::none().with(
        Service::Waves,
        "recommendations",
        0.2,
        // The session has ended, and the token with it.
        [Fault::Status(reqwest::StatusCode::UNAUTHORIZED, None)],
    )));
    let runtime = &setup.peers.runtime;
    let proxy = Proxy::start(runtime, Service::Waves, &address, setup.peers.buckets(), &faults)?;
    let mut command = setup.cloud(DAYS[1]);
    command.envs([
        ("AIM_WAVES_URL", &*proxy.address),
        ("AIM_WAVES_AUTH", "google"),
        ("AIM_SERVICE_PASSWORD", "sm://projects/shop/secrets/waves"),
        ("AIM_SECRETS_EMULATOR_HOST", &*doubles),
        ("GCE_METADATA_HOST", doubles.trim_start_matches("http://")),
        ("AIM_BATCH_SIZE", "100"),
        ("AIM_LOG", "debug"),
    ]);
    let output = command.output()?;
    // It was started here.
    let _ = waves.kill().and_then(|()| waves.wait());
    let said = succeeded(&output)? + &String::from_utf8_lossy(&output.stderr);
    let calls = proxy.calls();
    let batches = calls.iter().filter(|call| call.contains("recommendations")).count();
    ensure!(batches > 5, "{calls:?}");
    let bearer = format!("Bearer {TOKEN}");
    ensure!(calls.iter().all(|call| call.contains(&bearer)), "{calls:?}");
    ensure!(faults.lock().expect("no case has panicked here").hits > 0, "No call went wrong");
    is_nowhere(setup, &[PASSWORD, TOKEN], said)
}

/// That these texts are neither in what a command said nor in the bucket.
pub(crate) fn is_nowhere(setup: &Setup, secrets: &[&str], said: String) -> anyhow::Result<()> {
    let mut places = vec![("The log".to_owned(), said.into_bytes())];
    for object in setup.peers.objects(BUCKET)? {
        let content = setup.peers.get(BUCKET, &object)?;
        places.push((object, content));
    }
    for secret in secrets {
        for (place, content) in &places {
            let found = content.windows(secret.len()).any(|part| part == secret.as_bytes());
            ensure!(!found, "{place} holds a secret");
        }
    }
    Ok(())
}

/// Both services at one address; `coded` is what one secret is, in base64.
pub(crate) fn serve(setup: &Setup, secret: &str, coded: String) -> anyhow::Result<String> {
    let wanted = format!("{secret}/versions/latest:access");
    let secret = get(move |Path(name): Path<String>| {
        let (wanted, coded) = (wanted.clone(), coded.clone());
        async move {
            if name == wanted {
                Ok(json!({"name": name, "payload": {"data": coded}}).to_string())
            } else {
                Err(StatusCode::NOT_FOUND)
            }
        }
    });
    let identity = get(|headers: HeaderMap| async move {
        if headers.get("metadata-flavor").is_some_and(|flavor| flavor == "Google") {
            Ok(TOKEN)
        } else {
            Err(StatusCode::FORBIDDEN)
        }
    });
    let router = Router::new()
        .route("/v1/{*name}", secret)
        .route("/computeMetadata/v1/instance/service-accounts/default/identity", identity);
    let runtime = &setup.peers.runtime;
    let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0"))?;
    let address = format!("http://{}", listener.local_addr()?);
    runtime.spawn(async move { axum::serve(listener, router).await });
    Ok(address)
}

/// `aim waves serve` on the tables of the local root.
fn standin(setup: &Setup) -> anyhow::Result<(Child, String)> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_aim"));
    command.args(["waves", "serve", "--port", "0", "--root"]).arg(&setup.local);
    command.env("AIM_SERVICE_PASSWORD", PASSWORD).stdout(Stdio::piped());
    let mut child = command.spawn()?;
    let mut line = String::new();
    BufReader::new(child.stdout.take().context("Its output is piped")?).read_line(&mut line)?;
    let (_, url) = line.trim().split_once(" candidates at ").context("It does not serve")?;
    Ok((child, url.to_owned()))
}

/// The address of a server with a password, which it does not ask for.
pub(crate) fn with_password(url: &str, password: &str) -> anyhow::Result<String> {
    let (front, query) = url.split_once("?host=").context("It is reached by a socket")?;
    let database = front.rsplit('/').next().context("It has a name")?;
    let (host, _) = query.split_once('&').context("It has a user")?;
    Ok(format!("postgresql://postgres:{password}@/{database}?host={host}"))
}

/// A text as Secret Manager has it.
pub(crate) fn base64(text: &str) -> anyhow::Result<String> {
    let mut child =
        Command::new("base64").arg("-w0").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    std::io::Write::write_all(&mut child.stdin.take().context("It is piped")?, text.as_bytes())?;
    Ok(String::from_utf8(child.wait_with_output()?.stdout)?)
}
