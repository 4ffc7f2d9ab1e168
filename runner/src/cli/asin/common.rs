//! Arguments that every command has.

use crate::config::{Config, Environment, Flags, Mode};
use crate::jobs::asin::{Asin, Choices, FOLDER, Scope, Settings, cloud};
use crate::record::{Clock, Terminal};
use crate::store::{LocalStore, ObjectUri};
use anyhow::ensure;
use clap::Args;
use jiff::Timestamp;
use jiff::civil::Date;
use std::path::{Path, PathBuf};

/// Where the job is, what it is about.
#[derive(Debug, Args)]
pub(super) struct CommonArgs {
    /// Folder whose asin/ holds settings, tables and files [default: AIM_LOCAL_ROOT, or ./demo]
    #[arg(long, value_name = "DIR")]
    local_root: Option<String>,
    /// Settings to use [default: asin/config/settings.yaml below the local root, if it is there]
    #[arg(long, value_name = "FILE")]
    settings: Option<PathBuf>,
    /// The day to work on, 2026-03-15 [default: today in UTC; of files every day]
    #[arg(long, value_name = "DAY")]
    pub(super) date: Option<Date>,
    /// Work on these products only: a file with an ASIN to a line; in the cloud also gs://bucket/object
    #[arg(long, value_name = "FILE")]
    asin_file: Option<PathBuf>,
    /// Work on the first N products only
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    limit: Option<u32>,
    /// The clock's time when the command begins, as 2026-03-15T07:15:00Z [default: the system's clock]
    #[arg(long, value_name = "TIME")]
    now: Option<Timestamp>,
}

/// The files of a stage with one input and one output.
#[derive(Debug, Args)]
pub(super) struct FileArgs {
    /// Read this Parquet or CSV file instead of the job's table
    #[arg(long, value_name = "FILE")]
    pub(super) input: Option<PathBuf>,
    /// Write this Parquet or CSV file instead of the job's table
    #[arg(long, value_name = "FILE")]
    pub(super) output: Option<PathBuf>,
}

impl FileArgs {
    /// Whether the job's tables are not needed.
    pub(super) fn only(&self) -> bool {
        self.input.is_some() && self.output.is_some()
    }
}

impl CommonArgs {
    /// Does a command's work on the job; in the cloud with the tables that it reads fetched first, and what it
    /// wrote brought back. With `files` alone it is the same everywhere.
    pub(super) fn work<T>(
        &self,
        environment: &Environment,
        files: bool,
        reads: &[&str],
        work: impl FnOnce(&Asin) -> anyhow::Result<T>,
    ) -> anyhow::Result<T> {
        self.work_reading(environment, files, None, |_| reads.to_vec(), work)
    }

    /// As [`CommonArgs::work`], where it depends on the job which tables are read; in the cloud somebody waits for the
    /// status, if there is a terminal to show it.
    pub(super) fn work_reading<'a, T>(
        &self,
        environment: &Environment,
        files: bool,
        watched: Option<Terminal>,
        reads: impl FnOnce(&Asin) -> Vec<&'a str>,
        work: impl FnOnce(&Asin) -> anyhow::Result<T>,
    ) -> anyhow::Result<T> {
        let (config, root) = self.config(environment)?;
        let clock = Clock::new(self.now);
        if files || config.mode == Mode::Local {
            let listed = self.asin_file.as_deref();
            return work(&self.job_in(environment, files, config, &root, clock, listed)?);
        }
        ensure!(
            self.local_root.is_none(),
            "--local-root has no place in AIM_MODE=cloud: AIM_SCRATCH says where a command may work"
        );
        let make = |root: &Path, listed: Option<&Path>| {
            let config = Config { local_root: root.to_owned(), ..config.clone() };
            let listed = listed.or(self.asin_file.as_deref());
            self.job_in(environment, files, config, &root.join(FOLDER), clock.clone(), listed)
        };
        let uri = self.asin_file.as_deref().and_then(Path::to_str);
        let listed =
            uri.filter(|uri| uri.starts_with("gs://")).map(ObjectUri::parse).transpose()?;
        let (done, usage) = cloud::run(&config, &clock, watched, listed, make, reads, work)?;
        println!("\nCost\n{usage}");
        Ok(done)
    }

    /// Reads settings and scope of a command that works on this machine only.
    pub(super) fn job(&self, environment: &Environment, files: bool) -> anyhow::Result<Asin> {
        let (config, root) = self.config(environment)?;
        ensure!(
            files || config.mode == Mode::Local,
            "AIM_MODE=cloud has ingest, standardize, features, score, labels, predict, validate, candidates \
             and run; give this command files, or set AIM_MODE=local"
        );
        let listed = self.asin_file.as_deref();
        self.job_in(environment, files, config, &root, Clock::new(self.now), listed)
    }

    /// Without a date a command on the job's tables is about today; `listed` names its products.
    fn job_in(
        &self,
        environment: &Environment,
        files: bool,
        config: Config,
        root: &Path,
        clock: Clock,
        listed: Option<&Path>,
    ) -> anyhow::Result<Asin> {
        let settings = Settings::load(self.settings(), root, environment)?;
        for unknown in &settings.unknown {
            eprintln!("Warning: {unknown}");
        }
        let date = self.date.or_else(|| (!files).then(|| clock.today_utc()));
        let scope = Scope::read(date, listed, self.limit)?;
        let choices = Choices::of(config.compat);
        let store = LocalStore::new(root)?;
        let (settings, environment, cloud) = (settings.settings, environment.clone(), None);
        Ok(Asin { config, settings, choices, scope, clock, environment, store, cloud })
    }

    /// The program's settings, and the job's folder.
    pub(super) fn config(&self, environment: &Environment) -> anyhow::Result<(Config, PathBuf)> {
        let flags = Flags { local_root: self.local_root.clone(), ..Flags::default() };
        let loaded = Config::load(environment, &flags);
        for warning in &loaded.warnings {
            eprintln!("Warning: {warning}");
        }
        let config = loaded.config?;
        let root = config.local_root.join(FOLDER);
        Ok((config, root))
    }

    /// The settings to use, if they are named.
    pub(super) fn settings(&self) -> Option<&Path> {
        self.settings.as_deref()
    }
}
