//! The segment page and what belongs to it.

use super::fixture::{Http, standin};
use aim::waves::Faults;
use serde_json::{Value, json};

async fn json_of(http: &Http, path: &str) -> Value {
    let response = http.get(path).await;
    assert_eq!(response.status(), 200, "{path}");
    response.json().await.unwrap()
}

#[tokio::test]
async fn the_page_selects_among_the_segments() {
    let running = standin(Faults::default()).await;
    let http = Http::logged_in(&running).await;
    let page = http.get("/app").await.text().await.unwrap();
    let (_, select) = page.split_once("<select name=\"segment\">").unwrap();
    let (select, _) = select.split_once("</select>").unwrap();
    let options: Vec<&str> = select
        .split("</option>")
        .filter_map(|option| option.rsplit_once('>').map(|(_, text)| text))
        .collect();
    assert_eq!(options[0], "-- Select a segment --");
    assert_eq!(options[1..], ["City Car", "Executive &lt;car&gt;"]);
}

#[tokio::test]
async fn a_page_of_a_segment_echoes_its_cams() {
    let running = standin(Faults::default()).await;
    let http = Http::logged_in(&running).await;
    let all = json_of(&http, "/api/recommendations").await;
    assert_eq!(all.as_array().unwrap().len(), 4);
    let segment = "/api/recommendations?segment=executive+%3Ccar%3E&goldilocks_zone_pct=20";
    let page = json_of(&http, &format!("{segment}&top_n=1&offset=1")).await;
    assert_eq!(page.as_array().unwrap().len(), 1);
    let row = page[0].as_object().unwrap();
    let names: Vec<&str> = row.keys().map(String::as_str).collect();
    assert_eq!(names, ["Vehicle", "Size", "HB1", "HB2", "HB3", "HB4", "SKUs", "success"]);
    assert_eq!((&row["Vehicle"], &row["Size"]), (&json!("BMW3 SERIES"), &json!("225/40 R18")));
    assert_eq!(row["success"], true);
    for (query, rows) in [("&offset=2", 0), ("&top_n=bad", 2), ("&top_n=0", 0)] {
        let page = json_of(&http, &format!("{segment}{query}")).await;
        assert_eq!(page.as_array().unwrap().len(), rows, "{query}");
    }
}

#[tokio::test]
async fn reports_status_and_sizes() {
    let running = standin(Faults::default()).await;
    let http = Http::logged_in(&running).await;
    let status = json_of(&http, "/api/status/engine").await;
    assert_eq!(status["build_version"], env!("CARGO_PKG_VERSION"));
    assert!(status["uptime_seconds"].is_u64() && status["start_time"].is_string());
    assert_eq!(
        status["concurrency"],
        json!({ "batch_max_cams": 500, "parallel_vehicles": 5, "sku_workers_per_vehicle": 8 })
    );
    let sizes = json!(["205/55 R16", "225/40 R18"]);
    assert_eq!(json_of(&http, "/get_sizes/bmw3%20series").await, sizes);
    assert_eq!(json_of(&http, "/get_sizes/LADA").await, json!([]));
}
