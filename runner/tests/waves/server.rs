//! Login and batches as the service's contract has them.

use super::fixture::{Http, PASSWORD, candidates, standin};
use aim::waves::{Cam, Engine, Faults, Options, Params, Standin};
use serde_json::{Value, json};
use std::collections::HashSet;
use std::sync::Arc;

fn audi(count: usize) -> Value {
    (0..count).map(|_| json!({ "Vehicle": "AUDIA3", "Size": "225/40 R18" })).collect()
}

#[tokio::test]
async fn login_opens_a_session_for_31_days() {
    let running = standin(Faults::default()).await;
    let http = Http::new(&running);
    let wrong = http.login("wrong").await;
    assert_eq!(wrong.status(), 401);
    assert!(wrong.headers().get("set-cookie").is_none());
    assert!(wrong.json::<Value>().await.unwrap()["error"].is_string());
    let right = http.login(PASSWORD).await;
    assert_eq!(right.status(), 200);
    let cookie = right.headers()["set-cookie"].to_str().unwrap().to_owned();
    let (token, attributes) = cookie.split_once("; ").unwrap();
    assert_eq!(token.strip_prefix("session=").unwrap().len(), 64);
    assert_eq!(attributes, "Max-Age=2678400; Path=/; HttpOnly; SameSite=Lax");
    assert_eq!(right.json::<Value>().await.unwrap()["status"], "authenticated");
    let other = http.login(PASSWORD).await;
    assert_ne!(other.headers()["set-cookie"], cookie, "every session has its own token");
}

#[tokio::test]
async fn login_without_a_configured_password_is_500() {
    let engine = Arc::new(Engine::new(candidates()));
    let running = Standin::start(engine, Options::default()).await.unwrap();
    assert_eq!(Http::new(&running).login("").await.status(), 500);
}

#[tokio::test]
async fn only_health_and_login_are_open() {
    let running = standin(Faults::default()).await;
    let http = Http::new(&running);
    let health = http.get("/health").await;
    assert_eq!((health.status().as_u16(), health.text().await.unwrap().as_str()), (200, "OK"));
    for path in ["/api/recommendations", "/api/status/engine", "/get_sizes/AUDIA3", "/app"] {
        let response = http.get(path).await;
        assert_eq!(response.status(), 401, "{path}");
        assert_eq!(response.json::<Value>().await.unwrap(), json!({ "error": "Unauthorized" }));
    }
    assert_eq!(http.post("application/json", "{}".into()).await.0, 401);
    assert_eq!(http.get("/nowhere").await.status(), 404);
    let http = Http::logged_in(&running).await;
    assert_eq!(http.get("/nowhere").await.status(), 404);
    let renewed = http.get("/api/status/engine").await;
    assert!(renewed.headers()["set-cookie"].to_str().unwrap().starts_with("session="));
}

#[tokio::test]
async fn refuses_what_is_not_a_batch() {
    let running = standin(Faults::default()).await;
    let http = Http::logged_in(&running).await;
    for (kind, body, status) in [
        ("text/plain", json!({ "run_id": "r", "cams": audi(1) }).to_string(), 415),
        ("application/json", "{".into(), 400),
        ("application/json", "{}".into(), 400),
        ("application/json", "[]".into(), 400),
        ("application/json", json!({ "cams": audi(1) }).to_string(), 400),
        ("application/json", json!({ "run_id": "", "cams": audi(1) }).to_string(), 400),
        ("application/json", json!({ "run_id": "r" }).to_string(), 400),
        ("application/json", json!({ "run_id": "r", "cams": [] }).to_string(), 400),
        ("application/json", json!({ "run_id": "r", "cams": "AUDIA3" }).to_string(), 400),
        ("application/json", json!({ "run_id": "r", "cams": audi(501) }).to_string(), 400),
        (
            "application/json; charset=utf-8",
            json!({ "run_id": "r", "cams": audi(500) }).to_string(),
            200,
        ),
    ] {
        let (got, answer) = http.post(kind, body.clone()).await;
        assert_eq!(got, status, "{kind} {}", &body[..body.len().min(80)]);
        assert_eq!(answer["error"].is_string(), status != 200);
    }
}

#[tokio::test]
async fn answers_every_cam_in_order() {
    let running = standin(Faults::default()).await;
    let http = Http::logged_in(&running).await;
    let cams = json!([
        { "Vehicle": "audi a3", "Size": "225/40R18" },
        { "Vehicle": "AUDIA3", "Size": "999/99 R99" },
        { "Vehicle": "NaN", "Size": "225/40 R18" },
        { "Size": "205/55 R16" },
        "nonsense",
        { "Vehicle": "BMW3 SERIES", "Size": "205/55 R16" },
    ]);
    let (status, answer) = http.batch(cams, json!({})).await;
    assert_eq!((status, &answer["run_id"]), (200, &json!("test")));
    let results = answer["results"].as_array().unwrap();
    let seen: Vec<_> = results
        .iter()
        .map(|result| {
            let text = |name: &str| result[name].as_str().unwrap_or("null").to_owned();
            (text("Vehicle"), text("Size"), text("error_code"))
        })
        .collect();
    let expected = [
        ("audi a3", "225/40R18", "null"),
        ("AUDIA3", "999/99 R99", "NO_RESULTS"),
        ("NaN", "225/40 R18", "INVALID_INPUT"),
        ("Unknown", "205/55 R16", "INVALID_INPUT"),
        ("Unknown", "Unknown", "INVALID_INPUT"),
        ("BMW3 SERIES", "205/55 R16", "null"),
    ];
    assert_eq!(seen, expected.map(|(v, s, e)| (v.into(), s.into(), e.into())));
    assert_eq!(results[1]["HB1"], "Error");
    assert!(results[2].get("HB1").is_none() && results[2].get("SKUs").is_none());
    // Forty rows each for two CAMs; the others cost nothing.
    assert_eq!(
        answer["usage"],
        json!({ "prompt_token_count": 16_000, "candidates_token_count": 444, "total_token_count": 16_444 })
    );
}

#[tokio::test]
async fn a_result_holds_24_unique_products_and_repeats_exactly() {
    let running = standin(Faults::default()).await;
    let http = Http::logged_in(&running).await;
    let (_, first) = http.batch(audi(1), json!({})).await;
    let result = &first["results"][0];
    let names: Vec<&str> = result.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(
        names,
        ["Vehicle", "Size", "HB1", "HB2", "HB3", "HB4", "SKUs", "success", "error_code", "usage"]
    );
    let mut products: Vec<&str> =
        ["HB1", "HB2", "HB3", "HB4"].map(|slot| result[slot].as_str().unwrap()).into();
    products.extend(result["SKUs"].as_array().unwrap().iter().map(|sku| sku.as_str().unwrap()));
    assert_eq!(products.len(), 24);
    assert!(products.iter().all(|product| aim::waves::contract::is_product_id(product)));
    assert_eq!(products.iter().collect::<HashSet<_>>().len(), 24);
    let again = standin(Faults::default()).await;
    let (_, second) = Http::logged_in(&again).await.batch(audi(1), json!({})).await;
    assert_eq!(first, second);
}

#[tokio::test]
async fn parameters_reach_the_engine() {
    let running = standin(Faults::default()).await;
    let http = Http::logged_in(&running).await;
    let engine = Engine::new(candidates());
    // A budget share of 40 % for the Audi, of 20 % for the BMW.
    for (vehicle, is_budget) in [("AUDIA3", true), ("BMW3 SERIES", false)] {
        let cams = json!([{ "Vehicle": vehicle, "Size": "225/40 R18" }]);
        let params = json!({ "season": "winter", "goldilocks_zone_pct": "30" });
        let (_, answer) = http.batch(cams, params).await;
        let fourth: i64 = answer["results"][0]["HB4"].as_str().unwrap().parse().unwrap();
        let rows = candidates();
        let row = rows.iter().find(|row| row.product_id == fourth).unwrap();
        assert_eq!((row.grade == "Budget", row.season.as_str()), (is_budget, "Winter"));
        let params =
            Params { season: "winter".into(), goldilocks_zone_pct: 30, ..Params::default() };
        let direct = engine.recommend(&Cam::new(vehicle, "225/40 R18"), &params);
        assert_eq!(answer["results"][0], serde_json::to_value(direct).unwrap());
    }
}

#[tokio::test]
async fn fails_cams_on_demand() {
    let running = standin(Faults { fail_cam: 2, ..Faults::default() }).await;
    let http = Http::logged_in(&running).await;
    let (_, answer) = http.batch(audi(4), json!({})).await;
    let results = answer["results"].as_array().unwrap();
    let codes: Vec<&Value> = results.iter().map(|result| &result["error_code"]).collect();
    assert_eq!(
        codes,
        [&json!(null), &json!("UPSTREAM_ERROR"), &json!(null), &json!("UPSTREAM_ERROR")]
    );
    assert_eq!((&results[1]["HB2"], &results[1]["success"]), (&json!("-"), &json!(false)));
    assert_eq!(results[1]["HB1"], results[0]["HB1"]);
    assert_eq!(results[1]["SKUs"], json!(vec!["-"; 20]));
}

#[tokio::test]
async fn stops_when_told_or_dropped() {
    let running = standin(Faults::default()).await;
    let http = Http::logged_in(&running).await;
    assert_eq!(http.batch(audi(3), json!({})).await.0, 200);
    let counts = running.counts();
    assert_eq!((counts.logins, counts.batches, counts.cams), (1, 1, 3));
    let address = running.url().replace("http://", "");
    running.stop().await.unwrap();
    assert!(tokio::net::TcpStream::connect(&address).await.is_err());

    let dropped = standin(Faults::default()).await;
    let address = dropped.url().replace("http://", "");
    drop(dropped);
    for _ in 0..100 {
        if tokio::net::TcpStream::connect(&address).await.is_err() {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("The dropped stand-in still listens on {address}");
}
