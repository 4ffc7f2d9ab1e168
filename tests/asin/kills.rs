//! SIGKILL at any moment: whoever goes on ends where an undisturbed run does.

use crate::fixture::Folder;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use std::fs;
use std::process::Stdio;
use std::time::{Duration, Instant};

const RUN: &str = "run --date 2024-03-10 --limit 6 --now 2024-03-10T03:00:00Z";
const RESUME: &str = "run --resume 20240310_030000";

/// Kills in all; a run is killed a few times before it may end.
const KILLS: usize = 20;
const KILLS_OF_A_RUN: usize = 5;

/// A folder with a model in production, so that no stage is left out.
fn folder() -> Folder {
    let mut folder = Folder::new();
    // What the engine puts on disk is looked for there.
    folder.set("TMPDIR", &folder.path("tmp").to_string_lossy());
    fs::create_dir(folder.path("tmp")).expect("made");
    folder.file(
        "model.txt",
        "tree\nversion=v4\nnum_class=1\nnum_tree_per_iteration=1\nlabel_index=0\nmax_feature_idx=0\n\
         objective=regression\nfeature_names=price_vol_30\nfeature_infos=[0:9]\ntree_sizes=1\n\nTree=0\nnum_leaves=2\n\
         num_cat=0\nsplit_feature=0\nthreshold=0.05\ndecision_type=2\nleft_child=-1\nright_child=-2\n\
         leaf_value=0.1 0.5\nleaf_count=1 1\ninternal_count=2\nshrinkage=1\n\nend of trees\n",
    );
    let model = folder.path("model.txt");
    folder.done(&format!(
        "registry register --name rank --artifact-uri {} --signature {} --stage production",
        model.display(),
        r#"{"inputs":[{"name":"price_vol_30"}]}"#
    ));
    folder
}

/// What a run leaves, but for times of the clock.
fn left(folder: &Folder) -> Vec<String> {
    let tables = [
        ("dim_asin", "exclude (first_seen, last_seen)"),
        ("fact_timeseries_raw", "exclude (_ingested_at)"),
        ("fact_reviews", "exclude (_ingested_at)"),
        ("fact_keywords", "exclude (_ingested_at)"),
        ("mart_timeseries_daily", "exclude (_ingested_at)"),
        ("features_daily", ""),
        ("score_baseline_daily", ""),
        ("pred_rank_daily", ""),
    ];
    let of_table = |(table, but): (&str, &str)| {
        let rows = folder.tables(&format!("select * {but} from asin.{table} order by all"));
        assert!(!rows.is_empty(), "{table} is empty");
        format!("{table}: {rows:?}")
    };
    let file = |name: &str| fs::read_to_string(folder.path(name)).expect("there");
    let mut left: Vec<String> = tables.into_iter().map(of_table).collect();
    left.push(file("asin/exports/top_candidates_20240310.csv"));
    left.push(file("asin/output/quality_report_2024-03-10.json"));
    let status = file("asin/output/job_status.json");
    assert!(status.contains(r#""state": "success""#), "{status}");
    assert_eq!(fs::read_dir(folder.path("tmp")).expect("there").count(), 0, "something is left");
    left
}

#[test]
fn a_run_that_is_killed_ends_as_if_it_had_not_been() {
    let undisturbed = folder();
    let began = Instant::now();
    undisturbed.done(RUN);
    let whole = began.elapsed();
    let expected = left(&undisturbed);
    let mut random = ChaCha8Rng::seed_from_u64(42);
    let (mut killed, mut resumed) = (0, 0);
    while killed < KILLS {
        let folder = folder();
        let mut ended = false;
        for _ in 0..KILLS_OF_A_RUN {
            let delay = whole.mul_f64(random.random_range(0.0..0.7));
            ended = go_on(&folder, Some(delay), &mut resumed);
            if ended {
                break;
            }
            killed += 1;
        }
        while !ended {
            ended = go_on(&folder, None, &mut resumed);
        }
        assert_eq!(left(&folder), expected);
    }
    assert!(resumed > KILLS / 4, "{resumed} of {KILLS} were begun");
}

/// Goes on with the run, or begins it where nothing of it is there; answers whether it ended by itself.
fn go_on(folder: &Folder, kill_after: Option<Duration>, resumed: &mut usize) -> bool {
    let journal = fs::read(folder.path("asin/.aim/20240310_030000.journal"));
    let begun = journal.is_ok_and(|lines| lines.contains(&b'\n'));
    *resumed += usize::from(begun);
    let mut command = folder.command(if begun { RESUME } else { RUN });
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("started");
    if let Some(delay) = kill_after {
        std::thread::sleep(delay);
        if child.try_wait().expect("waited").is_none() {
            child.kill().expect("killed");
        }
    }
    let status = child.wait().expect("waited");
    assert!(status.code().is_none_or(|code| code == 0), "{status}");
    status.success()
}
