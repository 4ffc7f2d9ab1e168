//! The environment, the override file, the database's address.

use super::Good;

const CONFIG: &str = "config/aim-config.json";

#[test]
fn numbers_in_the_environment() {
    let mut good = Good::new();
    for (name, value, said) in [
        ("AIM_BATCH_SIZE", "many", "AIM_BATCH_SIZE is 'many'; it must be a whole number"),
        ("AIM_BATCH_SIZE", "501", "AIM_BATCH_SIZE is 501; it must be from 1 to 500"),
        ("AIM_TOTAL_OVERALL", "-1", "AIM_TOTAL_OVERALL is -1; it must be from 1"),
        ("AIM_GOLDILOCKS_ZONE_PCT", "4", "AIM_GOLDILOCKS_ZONE_PCT is 4; it must be from 5 to 50"),
        ("AIM_PRICE_FLUCT_UPPER", "1,1", "AIM_PRICE_FLUCT_UPPER is '1,1'; it must be a number"),
        ("AIM_PRICE_FLUCT_LOWER", "nan", "AIM_PRICE_FLUCT_LOWER is NaN; it must be from 0.5 to 1"),
        ("AIM_REQUEST_TIMEOUT_S", "0", "AIM_REQUEST_TIMEOUT_S is 0; it must be from 1"),
        ("AIM_THREADS", "two", "AIM_THREADS is 'two'; it must be a whole number"),
        ("AIM_SEASON", "Autumn", "AIM_SEASON is 'Autumn'; it must be AllSeason, Winter"),
        ("AIM_MODE", "moon", "AIM_MODE is 'moon'; it must be local or cloud"),
        ("AIM_COMPAT", "origin", "AIM_COMPAT is 'origin'; it must be fixed or original"),
        ("AIM_MEMORY_LIMIT", "much", "check AIM_THREADS and AIM_MEMORY_LIMIT"),
        ("AIM_WAVES_URL", "nowhere", "it must be http://host"),
    ] {
        good.root.set(name, value);
        if name == "AIM_WAVES_URL" {
            good.root.set("AIM_SERVICE_PASSWORD", "p");
        }
        good.refuses(&[said]);
        good.root.unset(name);
    }
    // The original has a bound of its own.
    good.root.set("AIM_COMPAT", "original");
    good.root.set("AIM_CLICKSTREAM_RATE_CAP", "5");
    good.refuses(&["AIM_CLICKSTREAM_RATE_CAP has no place in AIM_COMPAT=original"]);
    good.root.unset("AIM_COMPAT");
    good.root.unset("AIM_CLICKSTREAM_RATE_CAP");
    // All problems are said at once, in one message.
    good.root.set("AIM_BATCH_SIZE", "x");
    good.root.set("AIM_TOTAL_OVERALL", "y");
    good.refuses(&["AIM_BATCH_SIZE", "AIM_TOTAL_OVERALL"]);
    good.root.unset("AIM_BATCH_SIZE");
    good.root.unset("AIM_TOTAL_OVERALL");
    good.recovers();
}

#[test]
fn overrides_that_cannot_be_used() {
    let good = Good::new();
    for (content, said) in [
        ("{\"BATCH_SIZE\": 5", "aim-config.json is not valid JSON"),
        ("[]", "aim-config.json is no JSON object; repair or remove it"),
        ("{\"BATCH_SIZE\": \"250.9\"}", "it must be a whole number"),
        ("{\"BATCH_SIZE\": 0}", "aim-config.json is 0; it must be from 1 to 500"),
        ("{\"PRICE_FLUCTUATION_UPPER\": \"1,1\"}", "it must be a number"),
        ("{\"BRAND_ENHANCER\": 5}", "it must be a text"),
    ] {
        good.refuses_file(CONFIG, content, &[said]);
    }
    // A folder in its place cannot be read by anyone.
    std::fs::create_dir_all(good.root.path(CONFIG)).unwrap();
    good.refuses(&["aim-config.json cannot be read", "repair or remove it"]);
    std::fs::remove_dir(good.root.path(CONFIG)).unwrap();
    good.recovers();
}

#[test]
fn databases_that_cannot_be_reached() {
    let mut good = Good::new();
    let secret = "hunter2-secret";
    for (url, words) in [
        (
            format!("postgresql://aim:{secret}@127.0.0.1:1/serving"),
            ["PostgreSQL at 127.0.0.1:1, database serving cannot be reached", "check DATABASE_URL"],
        ),
        (
            format!("host = {secret} what"),
            ["DATABASE_URL is no PostgreSQL address", "write postgresql://"],
        ),
    ] {
        good.root.set("DATABASE_URL", url);
        good.refuses(&words);
        let run = good.root.run();
        assert!(!run.stdout.contains(secret) && !run.stderr.contains(secret), "{run:?}");
        for file in ["output/job_status.json", "output/run_manifest.json"] {
            assert!(!good.root.read(file).contains(secret), "{file}");
        }
    }
    good.root.unset("DATABASE_URL");
    good.recovers();
}
