use crate::jobs::asin::storage;

/// A stage of the pipeline. Names are a contract: status files and manifests show them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Fetches and loads.
    Ingest,
    /// Makes the mart.
    Standardize,
    /// Computes features.
    Features,
    /// Scores and ranks.
    Score,
    /// Predicts, where there is a model.
    Predict,
    /// Looks whether the mart is good enough.
    Validate,
    /// Writes the candidates.
    Export,
}

impl Stage {
    /// All, in order.
    pub const ALL: [Self; 7] = [
        Self::Ingest,
        Self::Standardize,
        Self::Features,
        Self::Score,
        Self::Predict,
        Self::Validate,
        Self::Export,
    ];

    /// Its place, from 1.
    pub fn number(self) -> u32 {
        self as u32 + 1
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ingest => "Ingest",
            Self::Standardize => "Standardize",
            Self::Features => "Features",
            Self::Score => "Score",
            Self::Predict => "Predict",
            Self::Validate => "Validate",
            Self::Export => "Export",
        }
    }

    /// The tables it writes, which PostgreSQL gets in one transaction.
    pub fn tables(self) -> &'static [&'static str] {
        match self {
            Self::Ingest => storage::OF_INGEST,
            Self::Standardize => storage::OF_STANDARDIZE,
            Self::Features => storage::OF_FEATURES,
            Self::Score => storage::OF_SCORE,
            Self::Predict => storage::OF_PREDICT,
            Self::Validate | Self::Export => &[],
        }
    }
}
