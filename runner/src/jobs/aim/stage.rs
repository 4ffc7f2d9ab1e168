use super::Choices;
use anyhow::bail;
use std::str::FromStr;

/// A stage of the job. Numbers and names are a contract: manifests and front ends show them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Loads the two source files.
    LoadData,
    /// Does nothing; kept for its number.
    Placeholder,
    /// Scores tyres.
    TyreScore,
    /// Asks Waves, writes the results and CAM_SKU.
    BatchRecommender,
    /// Writes the size file.
    Validation,
    /// Writes the analysis table.
    CoreTables,
    /// Writes the override file.
    DashboardTables,
    /// Writes the token fact.
    OutputCore,
    /// Writes the merchandising report.
    DashboardOutput,
}

impl Stage {
    /// All stages by number.
    pub const ALL: [Self; 9] = [
        Self::LoadData,
        Self::Placeholder,
        Self::TyreScore,
        Self::BatchRecommender,
        Self::Validation,
        Self::CoreTables,
        Self::DashboardTables,
        Self::OutputCore,
        Self::DashboardOutput,
    ];

    /// All stages in the order they run: by number, but for the size file (5), which reads the
    /// override file (7) and comes after it.
    pub fn order(choices: &Choices) -> [Self; 9] {
        let mut order = Self::ALL;
        if choices.size_file_last {
            order[4..7].rotate_left(1);
        }
        order
    }

    /// Its number.
    pub fn number(self) -> u32 {
        match self {
            Self::LoadData => 1,
            Self::Placeholder => 2,
            Self::TyreScore => 3,
            Self::BatchRecommender => 4,
            Self::Validation => 5,
            Self::CoreTables => 6,
            Self::DashboardTables => 7,
            Self::OutputCore => 8,
            Self::DashboardOutput => 9,
        }
    }

    /// Its name, as manifests have it.
    pub fn name(self) -> &'static str {
        match self {
            Self::LoadData => "Stage 1: Load Data",
            Self::Placeholder => "Stage 2: Placeholder",
            Self::TyreScore => "Stage 3: TyreScore",
            Self::BatchRecommender => "Stage 4: Batch Recommender",
            Self::Validation => "Stage 5: Validation",
            Self::CoreTables => "Stage 6: Core Tables",
            Self::DashboardTables => "Stage 7: Dashboard Tables",
            Self::OutputCore => "Stage 8: Output Core",
            Self::DashboardOutput => "Stage 9: Dashboard Output",
        }
    }
}

impl FromStr for Stage {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let number: u32 = text.trim().parse().unwrap_or(0);
        match Self::ALL.into_iter().find(|stage| stage.number() == number) {
            Some(stage) => Ok(stage),
            None => bail!("{text:?} is no stage; give a number from 1 to 9"),
        }
    }
}

/// Which stages run.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// These only; empty for all.
    pub only: Vec<Stage>,
    /// This one and those that run after it.
    pub from: Option<Stage>,
}

impl Selection {
    /// The selected stages in the order they run.
    pub fn stages(&self, choices: &Choices) -> Vec<Stage> {
        Stage::order(choices)
            .into_iter()
            .skip_while(|stage| self.from.is_some_and(|from| from != *stage))
            .filter(|stage| self.only.is_empty() || self.only.contains(stage))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Compat;

    fn numbers(selection: &Selection) -> Vec<u32> {
        numbers_of(selection, Compat::Fixed)
    }

    fn numbers_of(selection: &Selection, compat: Compat) -> Vec<u32> {
        selection.stages(&Choices::of(compat)).into_iter().map(Stage::number).collect()
    }

    #[test]
    fn the_size_file_comes_after_the_override_file() {
        assert_eq!(numbers(&Selection::default()), [1, 2, 3, 4, 6, 7, 5, 8, 9]);
        let original = numbers_of(&Selection::default(), Compat::Original);
        assert_eq!(original, [1, 2, 3, 4, 5, 6, 7, 8, 9]);
    }

    #[test]
    fn stages_are_selected_by_number() {
        let stage = |text: &str| text.parse::<Stage>();
        let only = vec![stage("9").expect("a stage"), stage("4").expect("a stage")];
        assert_eq!(numbers(&Selection { only, from: None }), [4, 9]);
        let from = stage("7").ok();
        assert_eq!(numbers(&Selection { only: Vec::new(), from }), [7, 5, 8, 9]);
        assert!(stage("10").is_err() && stage("x").is_err());
    }
}
