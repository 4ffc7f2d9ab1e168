//! The sample in both places: in a folder, and in the emulators.

use crate::compare::{Difference, compare};
use crate::faults::Faults;
use crate::peers::{PROJECT, Peers};
use crate::proxy::{Proxy, Service};
use aim::sample;
use aim::warehouse::template::Dialect;
use anyhow::{Context as _, bail, ensure};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{Arc, Mutex};
use tempfile::TempDir;

/// The two days of the runs.
pub(crate) const DAYS: [&str; 2] = ["2025-11-15", "2025-11-16"];

const SEED: u64 = 7;

/// Everything a run puts somewhere for good.
pub(crate) const BUCKET: &str = "aim-home";
const SOURCES: &str = "tyrescore";
const RUNLIST: &str = "aim-priority-runlist/AIM rankings priority_runlist_current.csv";

/// Emulators with the sample in them, and a root where both days have run locally.
pub(crate) struct Setup {
    pub(crate) peers: Peers,
    pub(crate) local: PathBuf,
    pub(crate) faults: Arc<Mutex<Faults>>,
    pub(crate) storage: Proxy,
    pub(crate) bigquery: Proxy,
    pub(crate) scratch: PathBuf,
    // After what uses it.
    _folder: TempDir,
}

impl Setup {
    pub(crate) fn new() -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let peers = Peers::start(&folder.path().join("peers"))?;
        let local = folder.path().join("local");
        let date = DAYS[1].parse()?;
        sample::write(&local, &sample::Options { scale: 1, seed: SEED, date, cams: None })?;
        fill(&peers, &local).context("The emulators do not take the sample")?;
        let faults = Arc::new(Mutex::new(Faults::none()));
        let start = |service, upstream| {
            Proxy::start(&peers.runtime, service, upstream, peers.buckets(), &faults)
        };
        let storage = start(Service::Storage, &peers.storage)?;
        let bigquery = start(Service::BigQuery, &peers.bigquery)?;
        let scratch = folder.path().join("scratch");
        let this = Self { peers, local, faults, storage, bigquery, scratch, _folder: folder };
        for day in DAYS {
            let mut command = this.command(day);
            succeeded(&command.env("AIM_LOCAL_ROOT", &this.local).output()?)?;
        }
        Ok(this)
    }

    /// A run of a day.
    pub(crate) fn command(&self, day: &str) -> Command {
        let mut command = self.bare();
        command.args(["run", "--now", &format!("{day}T07:15:00Z")]);
        command
    }

    /// The program, with nothing of the caller's environment but what it needs to start.
    pub(crate) fn bare(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_aim"));
        command.current_dir(self._folder.path()).env_clear();
        for name in ["PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH"] {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        command
    }

    /// The same in the cloud.
    pub(crate) fn cloud(&self, day: &str) -> Command {
        let mut command = self.command(day);
        self.in_cloud(&mut command);
        command
    }

    /// Has a command work in the emulators.
    pub(crate) fn in_cloud<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command.envs([
            ("AIM_MODE", "cloud"),
            ("PROJECT_ID", PROJECT),
            ("CAM_TABLE_ID", "shop.CAM_files.CAM_SKU"),
            ("STORAGE_EMULATOR_HOST", &*self.storage.address),
            ("BIGQUERY_EMULATOR_HOST", &*self.bigquery.address),
        ]);
        command.env("AIM_SCRATCH", &self.scratch)
    }

    /// Has calls go wrong until [`Setup::heal`].
    pub(crate) fn spoil(&self, faults: Faults) {
        *self.faults.lock().expect("no case has panicked here") = faults;
    }

    /// No call goes wrong any more; answers how many did.
    pub(crate) fn heal(&self) -> usize {
        let mut faults = self.faults.lock().expect("no case has panicked here");
        std::mem::replace(&mut *faults, Faults::none()).hits
    }

    /// That every table of the local warehouse is in BigQuery, cell by cell, and no other one; answers the
    /// number of cells.
    pub(crate) fn same_tables(&self) -> anyhow::Result<u64> {
        let tables = self.peers.tables(PROJECT)?;
        let mut cells = 0;
        let mut wrong = String::new();
        for table in WRITTEN {
            ensure!(tables.iter().any(|name| name == table), "{table} is missing: {tables:?}");
            let file = self.peers.export(PROJECT, &format!("select * from `{table}`"), table)?;
            let (dataset, name) = table.split_once('.').context("It has a dataset")?;
            let ours = format!("select * from w.{}", Dialect::DuckDb.table(dataset, name));
            let warehouse = self.local.join("warehouse.duckdb");
            let Difference { cells: more, different, rows } =
                compare(&warehouse, &ours, &file).with_context(|| table.to_owned())?;
            println!("{table:<46}{more:>10}{different:>8}");
            cells += more;
            if different > 0 {
                wrong += &format!("{table}: {different} of {more} cells differ\n{rows}\n");
            }
        }
        if !wrong.is_empty() {
            bail!(wrong);
        }
        let left = tables.iter().filter(|name| name.contains("__aim_")).collect::<Vec<_>>();
        ensure!(left.is_empty(), "Tables of runs are left: {left:?}");
        Ok(cells)
    }

    /// One text for the content of all tables that runs write.
    pub(crate) fn fingerprint(&self) -> anyhow::Result<String> {
        self.fingerprint_of(WRITTEN)
    }

    /// The same of other tables.
    pub(crate) fn fingerprint_of<'a>(
        &self,
        tables: impl IntoIterator<Item = &'a str>,
    ) -> anyhow::Result<String> {
        let mut text = String::new();
        for table in tables {
            let query = format!(
                "select count(*), sum(farm_fingerprint(to_json_string(t))) from `{table}` as t"
            );
            text += &format!("{table} {}\n", self.peers.query(PROJECT, &query)?);
        }
        Ok(text)
    }
}

/// The tables that the job leaves.
pub(crate) const WRITTEN: [&str; 12] = [
    "AIM.AIM-override-file",
    "AIM.AIM-override-file-size",
    "AIM.AIMData",
    "AIM.aim-analysis-table",
    "AIM.aim-merchandising-report",
    "AIM.aim-rejected-rows",
    "AIM.aim_token_fact",
    "CAM_files.CAM_SKU",
    "CAM_files.CAM_SKU_staging",
    "nexus_tyrescore.CarMakeModelSales",
    "nexus_tyrescore.TyreScore",
    "nexus_tyrescore.TyreScore_algorithm_output",
];

/// Puts the files of a root where a run in the cloud looks for them.
fn fill(peers: &Peers, root: &Path) -> anyhow::Result<()> {
    for bucket in [BUCKET, SOURCES, "seed", "export"] {
        peers.create_bucket(bucket)?;
    }
    for (file, path) in files(&root.join("tyrescore-AWS3-daily-files"))? {
        peers.put(SOURCES, &format!("tyrescore-AWS3-daily-files/{path}"), &file)?;
    }
    peers.put(BUCKET, RUNLIST, &root.join("runlist/priority_runlist_current.csv"))?;
    for dataset in ["AIM", "CAM_files", "Reference_Tables", "analytics", "nexus_tyrescore"] {
        peers.create_dataset(PROJECT, dataset)?;
    }
    for (file, path) in files(&root.join("reference"))? {
        let (dataset, name) = path.split_once('/').context("It has a dataset")?;
        let table =
            name.strip_suffix(".parquet").with_context(|| format!("{path} is no Parquet"))?;
        peers.load(PROJECT, dataset, table, &file)?;
    }
    Ok(())
}

/// Every file below a folder, with its path there.
fn files(folder: &Path) -> anyhow::Result<Vec<(PathBuf, String)>> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(&next).with_context(|| next.display().to_string())? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let relative = path.strip_prefix(folder)?.to_string_lossy().into_owned();
                found.push((path, relative));
            }
        }
    }
    found.sort();
    Ok(found)
}

pub(crate) fn succeeded(output: &Output) -> anyhow::Result<String> {
    let error = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{error}");
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
