//! A deterministic recommender over the scored tyres: same rows and request, same answer, no clock, no chance.
//!
//! It follows the rules the real service gives its model: candidates of the size and vehicle (else of
//! the size), hotboxes by brand set, grade, enhancers and budget share, then the best sellers, then
//! the rest by score. Hotboxes that stay incomplete are tried once more with all rows of the size.

mod brands;
mod candidate;
mod catalogue;
mod index;
pub mod keys;
mod load;
mod score;
mod select;

pub use candidate::Candidate;
pub use catalogue::ListedCam;

use crate::waves::contract::{
    Cam, CamResult, ERROR_SLOT, GAP, HOTBOXES, Params, SKUS, Usage, error_code,
};
use catalogue::Catalogue;
use index::Index;
use score::Wishes;
use select::Selection;

/// Tokens every prompt costs before the first candidate row.
const PROMPT_BASE: u64 = 4_000;
/// Tokens of one candidate row in the prompt.
const PROMPT_PER_ROW: u64 = 100;
/// Tokens of an answer.
const ANSWER_TOKENS: u64 = 222;

/// Candidates indexed by size and vehicle, ready to recommend.
#[derive(Debug)]
pub struct Engine {
    index: Index,
    catalogue: Catalogue,
}

impl Engine {
    /// Indexes the candidates. Their order matters only between rows of one size that agree in tier,
    /// units and product.
    pub fn new(candidates: impl IntoIterator<Item = Candidate>) -> Self {
        let mut builder = Builder::default();
        candidates.into_iter().for_each(|candidate| builder.add(&candidate));
        builder.finish()
    }

    /// Number of candidate rows.
    pub fn len(&self) -> usize {
        self.index.len()
    }

    /// Whether there is no candidate at all.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Segments of the vehicles with sales, sorted.
    pub fn segments(&self) -> Vec<&str> {
        self.catalogue.segments()
    }

    /// Vehicles with their sizes, sorted; of one segment (case ignored) or of all.
    pub fn cams(&self, segment: Option<&str>) -> impl Iterator<Item = &ListedCam> {
        self.catalogue.cams(segment)
    }

    /// Distinct sizes of a vehicle without speed rating, sorted by their numbers.
    pub fn sizes_of(&self, vehicle: &str) -> Vec<&str> {
        self.catalogue.sizes_of(vehicle)
    }

    /// Chooses products for one CAM. Never fails: the result says what went wrong.
    pub fn recommend(&self, cam: &Cam, params: &Params) -> CamResult {
        if [&cam.vehicle, &cam.size].into_iter().any(|text| is_missing(text)) {
            return CamResult::failed(cam, error_code::INVALID_INPUT);
        }
        let rows = self.index.candidates(&cam.vehicle, &cam.size);
        if rows.is_empty() {
            return no_results(cam);
        }
        let wishes = Wishes::new(params, self.index.names());
        let mut usage = usage(rows.len());
        let mut selection = Selection::of(&rows, &wishes);
        if !selection.is_complete() {
            let rows = self.index.of_size(&cam.size);
            usage += self::usage(rows.len());
            selection = Selection::of(&rows, &wishes);
        }
        answer(cam, &selection, usage)
    }
}

/// Takes the candidates one by one, so that they need not be in memory together.
#[derive(Default)]
struct Builder {
    index: Index,
    catalogue: Catalogue,
}

impl Builder {
    fn add(&mut self, candidate: &Candidate) {
        self.catalogue.add(candidate);
        self.index.add(candidate);
    }

    fn finish(mut self) -> Engine {
        self.index.finish();
        self.catalogue.finish();
        Engine { index: self.index, catalogue: self.catalogue }
    }
}

fn is_missing(text: &str) -> bool {
    let text = text.trim();
    text.is_empty() || text.eq_ignore_ascii_case("nan")
}

fn no_results(cam: &Cam) -> CamResult {
    let mut result = CamResult::failed(cam, error_code::NO_RESULTS);
    result.set_hotboxes([(); HOTBOXES].map(|()| ERROR_SLOT.to_owned()));
    result.skus = Some(vec![GAP.to_owned(); SKUS]);
    result
}

fn answer(cam: &Cam, selection: &Selection, usage: Usage) -> CamResult {
    let text = |product: Option<i64>| product.map_or_else(|| GAP.to_owned(), |id| id.to_string());
    let success = selection.is_complete();
    let mut result = CamResult {
        vehicle: cam.vehicle.clone(),
        size: cam.size.clone(),
        skus: Some((0..SKUS).map(|slot| text(selection.skus.get(slot).copied())).collect()),
        success,
        error_code: (!success).then(|| error_code::UPSTREAM_ERROR.to_owned()),
        usage: Some(usage),
        ..CamResult::default()
    };
    result.set_hotboxes(selection.hotboxes.map(text));
    result
}

fn usage(rows: usize) -> Usage {
    let prompt = PROMPT_BASE + PROMPT_PER_ROW * rows as u64;
    Usage {
        prompt_token_count: prompt,
        candidates_token_count: ANSWER_TOKENS,
        total_token_count: prompt + ANSWER_TOKENS,
    }
}

#[cfg(test)]
mod tests;
