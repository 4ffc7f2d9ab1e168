//! Fills the slots: three front hotboxes, the fourth, the best sellers, the rest by score.

use super::brands::BrandSet;
use super::candidate::{Grade, Row};
use super::score::Wishes;
use crate::waves::contract::{HOTBOXES, SKUS};

/// Budget share, in percent, above which one budget tyre stands in the fourth hotbox.
const BUDGET_SHARE: f64 = 35.0;
/// Slots after the hotboxes that go to the best sellers.
const BEST_SELLERS: usize = 5;
/// Hotboxes before the fourth.
const FRONT: usize = HOTBOXES - 1;

/// Products by slot; each at most once.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Selection {
    /// A gap only when the candidates are used up.
    pub(super) hotboxes: [Option<i64>; HOTBOXES],
    /// At most 20.
    pub(super) skus: Vec<i64>,
}

impl Selection {
    /// Chooses among the candidates of one CAM, given in candidate order.
    pub(super) fn of(rows: &[&Row], wishes: &Wishes) -> Self {
        let mut pool = Pool::new(rows, wishes);
        let front = pool.fill_front();
        let (fourth, is_enhanced) = pool.fill_fourth(wishes);
        let mut hotboxes = [None; HOTBOXES];
        for (slot, place) in hotboxes.iter_mut().zip(front.into_iter().chain(fourth)) {
            *slot = Some(rows[place].product_id);
        }
        let wish = if is_enhanced { None } else { pool.take_enhanced(wishes) };
        let mut skus = Vec::from_iter(wish);
        while skus.len() < BEST_SELLERS
            && let Some(place) = pool.take_most_sold()
        {
            skus.push(place);
        }
        while skus.len() < SKUS
            && let Some(place) = pool.take_best(|_| true)
        {
            skus.push(place);
        }
        Self { hotboxes, skus: skus.into_iter().map(|place| rows[place].product_id).collect() }
    }

    /// Whether every hotbox holds a product.
    pub(super) fn is_complete(&self) -> bool {
        self.hotboxes.iter().all(Option::is_some)
    }
}

/// The candidates that are not used yet.
struct Pool<'a> {
    rows: &'a [&'a Row],
    /// Places in `rows`, best score first, ties in candidate order.
    by_score: Vec<usize>,
    free: Vec<bool>,
    most_popular: Option<usize>,
    budget_due: bool,
}

impl<'a> Pool<'a> {
    fn new(rows: &'a [&'a Row], wishes: &Wishes) -> Self {
        let scores: Vec<f64> = rows.iter().map(|row| wishes.score(row)).collect();
        let mut by_score: Vec<usize> = (0..rows.len()).collect();
        by_score.sort_by(|&a, &b| scores[b].total_cmp(&scores[a]));
        let free: Vec<bool> = rows.iter().map(|row| row.is_product).collect();
        let mut pool = Self {
            rows,
            by_score,
            free,
            most_popular: None,
            budget_due: rows.first().is_some_and(|row| row.budget_share > BUDGET_SHARE),
        };
        pool.most_popular = pool.most_sold().filter(|&place| rows[place].units > 0);
        pool
    }

    /// Front brands of the upper grades; with fewer than three of them other brands, then other
    /// grades, budget last. Best score first.
    fn fill_front(&mut self) -> Vec<usize> {
        let steps: [fn(&Row) -> bool; 4] =
            [may_be_front, |row| row.grade.is_upper(), |row| row.grade != Grade::Budget, |_| true];
        let mut front = Vec::with_capacity(FRONT);
        for step in steps {
            while front.len() < FRONT
                && let Some(place) = self.take_best(step)
            {
                front.push(place);
            }
        }
        self.sort_by_score(&mut front);
        // The best seller of the CAM must be seen: it replaces the weakest of the three.
        if let Some(popular) = self.most_popular
            && self.free[popular]
            && may_be_front(self.rows[popular])
            && let Some(weakest) = front.last_mut()
        {
            self.free[*weakest] = true;
            self.free[popular] = false;
            *weakest = popular;
            self.sort_by_score(&mut front);
        }
        front
    }

    /// A product that meets all enhancers, else the best seller, else the best; a budget tyre exactly
    /// when one is due. Also says whether the enhancers are met.
    fn fill_fourth(&mut self, wishes: &Wishes) -> (Option<usize>, bool) {
        let due = self.budget_due;
        let fits_grade = move |row: &Row| {
            if due { row.grade == Grade::Budget } else { row.grade.is_upper() }
        };
        let fits = move |row: &Row| row.brand_set != BrandSet::Neither && fits_grade(row);
        let wanted = wishes.count();
        if wanted > 0
            && let Some(place) = self.take_best(|row| fits(row) && wishes.met_by(row) == wanted)
        {
            return (Some(place), true);
        }
        if let Some(popular) = self.most_popular
            && self.free[popular]
            && fits(self.rows[popular])
        {
            self.free[popular] = false;
            return (Some(popular), false);
        }
        let place = self
            .take_best(fits)
            .or_else(|| self.take_best(fits_grade))
            .or_else(|| {
                self.take_best(|row| row.grade.is_upper() && row.brand_set != BrandSet::Neither)
            })
            .or_else(|| self.take_best(|row| row.grade.is_upper()))
            .or_else(|| self.take_best(|row| row.grade != Grade::Budget))
            .or_else(|| self.take_best(|_| true));
        (place, false)
    }

    /// The product that meets most of the enhancers, at least one.
    fn take_enhanced(&mut self, wishes: &Wishes) -> Option<usize> {
        (1..=wishes.count())
            .rev()
            .find_map(|wanted| self.take_best(|row| wishes.met_by(row) == wanted))
    }

    fn take_best(&mut self, accept: impl Fn(&Row) -> bool) -> Option<usize> {
        let place = self
            .by_score
            .iter()
            .copied()
            .find(|&place| self.free[place] && accept(self.rows[place]))?;
        self.free[place] = false;
        Some(place)
    }

    fn take_most_sold(&mut self) -> Option<usize> {
        let place = self.most_sold()?;
        self.free[place] = false;
        Some(place)
    }

    fn most_sold(&self) -> Option<usize> {
        // `max_by_key` returns the last of equals; reversed, that is the first in candidate order.
        (0..self.rows.len())
            .rev()
            .filter(|&place| self.free[place])
            .max_by_key(|&place| self.rows[place].units)
    }

    fn sort_by_score(&self, places: &mut [usize]) {
        places.sort_by_key(|place| self.by_score.iter().position(|other| other == place));
    }
}

fn may_be_front(row: &Row) -> bool {
    row.brand_set == BrandSet::Front && row.grade.is_upper()
}
