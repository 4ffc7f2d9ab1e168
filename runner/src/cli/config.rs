//! `aim config`.

use crate::config::{Config, Environment, Flags, Loaded, Setting, Source};
use clap::{Args, Subcommand};

/// What can be done with the configuration.
#[derive(Debug, Subcommand)]
pub(super) enum ConfigCommand {
    /// Print every setting with its value and where that comes from; secrets as ***
    Show(ShowArgs),
}

/// The flags that are settings, as `aim run` has them.
#[derive(Debug, Args)]
pub(super) struct ShowArgs {
    #[command(flatten)]
    settings: SettingArgs,
}

/// Settings of the command line.
#[derive(Debug, Args)]
pub(super) struct SettingArgs {
    /// Folder that holds input, warehouse and output [default: AIM_LOCAL_ROOT, or ./demo]
    #[arg(long, value_name = "DIR")]
    local_root: Option<String>,
    /// GLOBAL asks for the runlist's CAMs, PER_SEGMENT for those of the segments [default: RUN_MODE, AIM_RUN_MODE, or GLOBAL]
    #[arg(long, value_name = "MODE")]
    run_mode: Option<String>,
    /// Replace no table, publish nothing, ask the stand-in; only write the files
    #[arg(long)]
    dry_run: bool,
}

impl SettingArgs {
    pub(super) fn flags(&self) -> Flags {
        let Self { local_root, run_mode, dry_run } = self;
        Flags { local_root: local_root.clone(), run_mode: run_mode.clone(), dry_run: *dry_run }
    }
}

/// Runs a `config` command.
pub(super) fn run(command: &ConfigCommand, environment: &Environment) -> anyhow::Result<()> {
    let ConfigCommand::Show(args) = command;
    let loaded = Config::load(environment, &args.settings.flags());
    print(&loaded);
    for warning in &loaded.warnings {
        eprintln!("Warning: {warning}");
    }
    loaded.config?;
    Ok(())
}

fn print(Loaded { settings, .. }: &Loaded) {
    let width = settings.iter().map(|setting| setting.name.len()).max().unwrap_or_default();
    println!("{:<width$}  {:<12}  VALUE", "SETTING", "SOURCE");
    for Setting { name, key, value, source } in settings {
        let value = if value.is_empty() { "-" } else { value };
        // The one name that is not the variable's.
        let key = key.filter(|_| *source == Source::Overrides);
        let key = key.map(|key| format!("  ({key})")).unwrap_or_default();
        println!("{name:<width$}  {source:<12}  {value}{key}");
    }
}
