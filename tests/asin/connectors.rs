//! The services other than the unified API: what each brings into the tables, how it is asked, what it refuses.

use crate::fixture::Folder;
use crate::ingest::Api;
use crate::scripted::Scripted;
use aim::signals::standin::Faults;
use std::fs;
use std::path::Path;

const PRODUCTS: &str = "B000000001\nB000000002\nB000000003\n";

const TODAY: &str = "ingest --asin-file @asins.txt";

/// Every variable that a service wants, with the token that the stand-in wants.
const VARIABLES: [&str; 10] = [
    "UNIFIED_API_TOKEN",
    "KEEPA_API_KEY",
    "HELIUM10_API_KEY",
    "JUNGLESCOUT_API_KEY",
    "SPAPI_REFRESH_TOKEN",
    "SPAPI_CLIENT_ID",
    "SPAPI_CLIENT_SECRET",
    "PAAPI_ACCESS_KEY",
    "PAAPI_SECRET_KEY",
    "PAAPI_PARTNER_TAG",
];

/// A folder whose job asks this address for everything, without waiting.
fn at(url: &str, folder: Folder, settings: &str) -> Folder {
    let folder = VARIABLES
        .iter()
        .fold(folder, |folder, name| folder.with(name, "secret-token"))
        .with("UNIFIED_API_BASE_URL", url);
    folder.file("asins.txt", PRODUCTS);
    folder.settings(&format!(
        "sites: [US, DE]\n\
         services: {{keepa: {url}/keepa, helium10: {url}/helium10, junglescout: {url}/junglescout, \
         spapi: {url}/spapi, spapi_login: {url}/spapi, paapi: {url}/paapi5}}\n\
         rate_limits: {{spapi: {{qpm: 60000, burst: 60000}}}}\n\
         retry_policy: {{base_delay_ms: 1, jitter_ms: 0, max_delay_ms: 5}}\n{settings}"
    ));
    folder
}

/// A part of every service fails at first, or now and then.
fn shaky() -> Api {
    Api::start(Faults {
        fail_429: 1,
        fail_5xx: 1,
        retry_after: Some(0),
        no_json_every: 5,
        ..Faults::default()
    })
}

fn letters(folder: &Folder, provider: &str) -> Vec<String> {
    let files = fs::read_dir(folder.path("asin/output")).expect("there");
    let files = files.map(|file| file.expect("a file").path());
    let ours = |file: &Path| file.to_string_lossy().ends_with(&format!("_{provider}.jsonl"));
    let text: String = files
        .filter(|file| ours(file))
        .map(|file| fs::read_to_string(file).expect("read"))
        .collect();
    text.lines().map(str::to_owned).collect()
}

#[test]
fn keepa_brings_series_and_leaves_the_rest() {
    let api = shaky();
    let folder = at(&api.running.url(), Folder::new(), "ingest: {max_failed_share: 0.5}");
    folder.done(TODAY);
    let rows = "select asin, site, left(dt, 10), price::double, bsr::double, rating::double, reviews_count::double, \
        stock_est::double, buybox_seller, est_sales from asin.fact_timeseries_raw order by all";
    let before = folder.tables(rows);
    // A rank is wrong, one price is gone; the sales of both are nothing that Keepa knows.
    folder.change(
        "update asin.fact_timeseries_raw set bsr = '7', price = null where asin = 'B000000001'",
    );
    let out = folder.done(&format!("{TODAY} --source keepa"));
    assert!(out.starts_with("6 answers about 6 products"), "{out}");
    let after = folder.tables(rows);
    let known = |rows: &[Vec<String>]| -> Vec<Vec<String>> {
        let ours = rows.iter().filter(|row| row[0] == "B000000001");
        ours.map(|row| row[..3].iter().chain(&row[6..]).cloned().collect()).collect()
    };
    assert_eq!(known(&after), known(&before), "days and sales");
    // Of the days that Keepa was asked for, everything is as before.
    let changed = after.iter().zip(&before).filter(|(after, before)| after != before).count();
    let wrong = folder.tables("select count(*) from asin.fact_timeseries_raw where bsr = '7'");
    assert_eq!(wrong, [[changed.to_string()]]);
    let fresh = "select count(*) > 0, bool_and(price is not null) from asin.fact_timeseries_raw \
        where asin = 'B000000001' and bsr <> '7'";
    assert_eq!(folder.tables(fresh), [["true", "true"]]);
    let raw = fs::read_dir(folder.path("asin/raw_data/DE/keepa")).expect("there");
    let raw: Vec<_> = raw.map(|file| file.expect("a file").path()).collect();
    assert_eq!(raw.len(), 3);
    assert!(fs::read_to_string(&raw[0]).expect("read").contains("\"salesRanks\": {"));
}

#[test]
fn products_that_a_service_does_not_know_are_dead_letters() {
    let unknown = vec!["B000000002".to_owned()];
    let api = Api::start(Faults { unknown, ..Faults::default() });
    let folder = at(&api.running.url(), Folder::new(), "ingest: {max_failed_share: 0.5}");
    for (provider, lost, reason) in
        [("keepa", 2, "asinNotFound"), ("paapi", 4, "InvalidParameterValue: The ItemId B000000002")]
    {
        let out = folder.done(&format!("{TODAY} --source {provider}"));
        assert!(out.contains(&format!("{lost} answers could not be had")), "{out}");
        let letters = letters(&folder, provider);
        assert_eq!(letters.len(), lost);
        for letter in letters {
            let named = letter.contains(r#""asin":"B000000002""#) && letter.contains(reason);
            assert!(named && letter.contains(r#""class":"not found""#), "{letter}");
        }
    }
    let asins = "select string_agg(distinct right(asin, 1), '' order by right(asin, 1)) from asin.fact_timeseries_raw";
    assert_eq!(folder.tables(asins), [["13"]]);
    folder.settings(&format!("services: {{keepa: {}/keepa}}", api.running.url()));
    let error = folder.refused(&format!("{TODAY} --source keepa"));
    assert!(error.contains("3 of 9 answers") && error.contains("_keepa.jsonl"), "{error}");
}

#[test]
fn keyword_services_say_more_of_the_keywords_that_are_known() {
    let api = shaky();
    let folder = at(&api.running.url(), Folder::new(), "");
    let error = folder.refused(&format!("{TODAY} --source helium10"));
    assert!(error.contains("None of the products has keywords"), "{error}");
    folder.done(TODAY);
    let all = "select asin, site, keyword, est_search_volume, cpc, difficulty from asin.fact_keywords order by all";
    let before = folder.tables(all);
    for source in ["helium10", "junglescout"] {
        let out = folder.done(&format!("{TODAY} --source {source}"));
        assert!(out.starts_with("6 answers about 6 products"), "{out}");
        let after = folder.tables(all);
        assert_eq!(after.len(), before.len());
        assert_ne!(after, before);
        let keywords = |rows: &[Vec<String>]| -> Vec<Vec<String>> {
            rows.iter().map(|row| row[..3].to_vec()).collect()
        };
        assert_eq!(keywords(&after), keywords(&before));
        assert!(after.iter().flatten().all(|cell| cell != "null"), "{after:?}");
    }
}

#[test]
fn listings_are_products_and_a_day_of_their_series() {
    let api = shaky();
    for folder in [Folder::new(), Folder::original()] {
        let folder = at(&api.running.url(), folder, "");
        let out = folder.done(&format!("{TODAY} --source paapi"));
        assert!(out.starts_with("12 answers about 6 products"), "{out}");
        let products = "select count(*), count(title), count(brand), count(category), min(len(category_path)), \
            bool_and(length(title) = title_length), count(has_a_plus) from asin.dim_asin";
        assert_eq!(folder.tables(products), [["6", "6", "6", "6", "3", "true", "0"]]);
        let series = "select count(*), count(price), count(bsr), count(rating), count(est_sales), \
            count(distinct dt) from asin.fact_timeseries_raw";
        assert_eq!(folder.tables(series), [["6", "6", "6", "6", "0", "1"]]);
        // What the unified API knows besides stays when the listing is read again.
        folder.done(TODAY);
        let flags = "select count(has_a_plus), count(title) from asin.dim_asin";
        assert_eq!(folder.tables(flags), [["6", "6"]]);
        folder.done(&format!("{TODAY} --source paapi"));
        assert_eq!(folder.tables(flags), [["6", "6"]]);
        let error = folder.refused(&format!("{TODAY} --source paapi --date 2024-03-10"));
        assert!(error.contains("paapi knows today only"), "{error}");
    }
    // The signature is looked at.
    let mut folder = at(&api.running.url(), Folder::new(), "");
    folder.set("PAAPI_SECRET_KEY", "another");
    let error = folder.refused(&format!("{TODAY} --source paapi"));
    assert!(error.contains("401") && !error.contains("another"), "{error}");
}

#[test]
fn a_search_names_the_products() {
    let api = shaky();
    let folder = at(&api.running.url(), Folder::new(), "");
    let out = folder.done("ingest --source paapi --search leads");
    assert!(out.starts_with("40 answers about 20 products"), "{out}");
    let first = folder.tables("select count(distinct asin), min(asin) from asin.dim_asin");
    assert_eq!(first, [["10", "B000000005"]]);
    assert!(folder.refused("ingest --source keepa --search leads").contains("Only paapi"));
}

#[test]
fn a_sellers_orders_and_stock() {
    let api = shaky();
    for folder in [Folder::new(), Folder::original()] {
        let folder =
            at(&api.running.url(), folder, "ingest: {first_days: 40, max_failed_share: 0}");
        folder.file("asins.txt", &format!("{PRODUCTS}B999999999\n"));
        let out = folder.done(&format!("{TODAY} --source spapi"));
        assert!(out.starts_with("16 answers about 8 products"), "{out}");
        let orders =
            "select asin, site, order_id, dt, ordered_units from asin.fact_orders order by all";
        let history = folder.tables(orders);
        assert!(history.len() > 12, "{history:?}");
        let days = "select min(dt) >= current_date - 40, max(dt) <= current_date, min(ordered_units) >= 1, \
            count(distinct site) from asin.fact_orders";
        assert_eq!(folder.tables(days), [["true", "true", "true", "2"]]);
        let stock = "select count(*), count(stock_est), count(price) from asin.fact_timeseries_raw";
        assert_eq!(folder.tables(stock), [["6", "6", "0"]]);
        // The history came as a report, what follows as single orders: they say the same.
        folder
            .change("update asin.fact_orders set ordered_units = 99 where dt >= current_date - 2");
        folder.done(&format!("{TODAY} --source spapi"));
        assert_eq!(folder.tables(orders), history);
        let by_day =
            "select count(*), sum(ordered_units) = (select sum(ordered_units) from {}) from {}";
        let by_day = folder.row("asin/exports/orders.parquet", by_day);
        assert_eq!(by_day, [history.len().to_string(), "true".to_owned()]);
    }
}

/// An order that cannot be had does not take the others along.
#[test]
fn orders_fail_one_by_one() {
    let unknown = vec!["B000000002".to_owned(), "B000000007".to_owned()];
    let api = Api::start(Faults { unknown, ..Faults::default() });
    let folder =
        at(&api.running.url(), Folder::new(), "ingest: {timeseries_days: 40, max_failed_share: 1}");
    folder.done(&format!("{TODAY} --source spapi"));
    let before = folder.tables("select count(*), sum(ordered_units) from asin.fact_orders");
    let out = folder.done(&format!("{TODAY} --source spapi"));
    assert!(out.contains("answers could not be had"), "{out}");
    let letters = letters(&folder, "spapi");
    assert!(letters.len() > 2, "{letters:?}");
    let named = |letter: &String| {
        letter.contains(r#""kind":"orders""#)
            && letter.contains("404")
            && letter.contains("-000000")
    };
    assert!(letters.iter().all(named), "{letters:?}");
    assert_eq!(folder.tables("select count(*), sum(ordered_units) from asin.fact_orders"), before);
}

/// A token that ran out is replaced; one that is refused again is not.
#[test]
fn tokens_are_changed_when_they_are_refused() {
    let (token, refused) =
        (r#"{"access_token": "fresh-1", "expires_in": 3600}"#, "fresh-1 is over");
    let stock = r#"{"payload": {"inventorySummaries": []}}"#;
    let ask = |answers: &[(u16, &'static str)]| {
        let server = Scripted::start(answers);
        let folder = at(&server.url, Folder::new(), "");
        let settings = format!(
            "sites: [US]\nservices: {{spapi: {0}/spapi, spapi_login: {0}/spapi}}",
            server.url
        );
        folder.settings(&settings);
        let ended = folder.run("ingest --source spapi --check");
        (ended, server.requests())
    };
    let (ended, requests) = ask(&[(200, token), (403, refused), (200, token), (200, stock)]);
    assert_eq!(ended.code, 0, "{}", ended.err);
    assert!(ended.out.contains("US: answers"), "{}", ended.out);
    assert_eq!(requests.len(), 4);
    assert!(requests[0][2].contains("grant_type=refresh_token&refresh_token=secret-token"));
    let (ended, requests) = ask(&[(200, token), (403, refused)]);
    assert_eq!((ended.code, requests.len()), (1, 3));
    assert!(ended.err.contains("403") && !ended.err.contains("fresh-1"), "{}", ended.err);
    let (ended, requests) = ask(&[(400, r#"{"error": "invalid_grant of secret-token"}"#)]);
    assert_eq!((ended.code, requests.len()), (1, 1));
    assert!(ended.err.contains("invalid_grant") && !ended.err.contains("secret-token"));
}

/// A batch is refused because of one product: the others are had.
#[test]
fn refused_batches_are_asked_for_by_halves() {
    let product = r#"{"products": [{"asin": "B000000001", "stock": [1, 2]}, {"asin": "B000000002"}, {"asin": "B000000003"}]}"#;
    let server =
        Scripted::start(&[(400, ""), (200, product), (400, ""), (400, ""), (200, product)]);
    let folder = at(&server.url, Folder::new(), "ingest: {max_failed_share: 0.5}");
    folder.settings(&format!(
        "sites: [US]\nservices: {{keepa: {}}}\ningest: {{max_failed_share: 0.5}}",
        server.url
    ));
    let out = folder.done(&format!("{TODAY} --source keepa"));
    assert!(
        out.starts_with("2 answers about 3 products") && out.contains("1 answers could not"),
        "{out}"
    );
    let asked: Vec<String> = server
        .requests()
        .iter()
        .map(|[uri, ..]| {
            uri.split("asin=").nth(1).expect("products").split('&').next().map(str::to_owned)
        })
        .map(|asins| asins.expect("products").replace("B00000000", ""))
        .collect();
    assert_eq!(asked, ["1%2C2%2C3", "1", "2%2C3", "2", "3"]);
    assert!(letters(&folder, "keepa")[0].contains("B000000002"));
}

#[test]
fn what_a_service_wants_is_named_before_anything_is_asked() {
    let folder = Folder::new();
    folder.file("asins.txt", PRODUCTS);
    for (source, names) in [
        ("keepa", "KEEPA_API_KEY is not set: https://api.keepa.com asks for it"),
        ("helium10", "HELIUM10_API_KEY is not set"),
        ("junglescout", "JUNGLESCOUT_API_KEY is not set"),
        ("spapi", "SPAPI_REFRESH_TOKEN, SPAPI_CLIENT_SECRET, SPAPI_CLIENT_ID are not set"),
        ("paapi", "PAAPI_SECRET_KEY, PAAPI_ACCESS_KEY, PAAPI_PARTNER_TAG are not set"),
    ] {
        for more in ["", " --check"] {
            let error = folder.refused(&format!("{TODAY} --source {source}{more}"));
            assert!(error.contains(names) && error.contains("--built-in"), "{error}");
            assert!(!error.contains("--resume"), "{error}");
        }
    }
    assert!(!folder.path("asin/raw_data").exists(), "there is nothing to go on with");
    let folder = folder.with("PAAPI_SECRET_KEY", "s").with("PAAPI_PARTNER_TAG", " ");
    let error = folder.refused(&format!("{TODAY} --source paapi"));
    assert!(error.contains("PAAPI_ACCESS_KEY, PAAPI_PARTNER_TAG are not set"), "{error}");
    // The refresh token itself was sent.
    let folder = Folder::original();
    folder.file("asins.txt", PRODUCTS);
    let error = folder.refused(&format!("{TODAY} --source spapi"));
    assert!(error.contains("SPAPI_REFRESH_TOKEN is not set"), "{error}");
}

/// Every service can be tried without an account.
#[test]
fn all_services_are_built_in() {
    let folder = Folder::new();
    folder.settings("sites: [US]\ningest: {first_days: 5}");
    let run = "ingest --limit 3 --built-in --source";
    for (source, answers) in [
        ("unified", 12),
        ("keepa", 3),
        ("helium10", 3),
        ("junglescout", 3),
        ("spapi", 6),
        ("paapi", 6),
    ] {
        let out = folder.done(&format!("{run} {source}"));
        assert!(out.starts_with(&format!("{answers} answers about 3 products")), "{out}");
        let out = folder.done(&format!("ingest --built-in --check --source {source}"));
        assert_eq!(out, "US: answers\n");
    }
    folder.settings("sites: [US, XX]");
    for source in ["spapi", "paapi"] {
        let error = folder.refused(&format!("{run} {source}"));
        assert!(error.contains("has no market \"XX\""), "{error}");
    }
    folder.done(&format!("{run} keepa"));
    folder.settings("services: {keepa: 'ftp://x'}");
    let folder = folder.with("KEEPA_API_KEY", "k");
    assert!(
        folder
            .refused("ingest --limit 3 --source keepa")
            .contains("services.keepa is no http or https address")
    );
}

/// A run that asked one service is not continued with another.
#[test]
fn runs_are_continued_with_their_service() {
    let folder = Folder::new();
    folder.settings("sites: [US]");
    folder.done("ingest --limit 2 --built-in --source keepa --now 2024-03-10T01:00:00Z");
    let resume = "ingest --limit 2 --built-in --resume 20240310_010000 --now 2024-03-10T02:00:00Z";
    let error = folder.refused(resume);
    assert!(error.contains("asked keepa, not unified_api"), "{error}");
    let out = folder.done(&format!("{resume} --source keepa"));
    assert!(out.starts_with("2 answers about 2 products") && out.contains(" 0 requests"), "{out}");
}
