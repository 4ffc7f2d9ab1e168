use super::finite;

/// How many characters a full title has.
const FULL_TITLE: f64 = 80.0;
/// How many bullet points a full listing has.
const FULL_BULLETS: f64 = 6.0;
/// How many images a full listing has.
const FULL_IMAGES: f64 = 7.0;

/// What a listing's quality is made of. A missing number is NaN.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Listing {
    /// The length of the title, in characters.
    pub title_length: f64,
    /// How many bullet points there are.
    pub bullet_count: f64,
    /// How many images there are.
    pub image_count: f64,
    /// Whether material, size and use case are given.
    pub attributes: [Option<bool>; 3],
    /// Whether there is enhanced (A+) content.
    pub has_a_plus: Option<bool>,
}

/// What a missing input counts as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MissingInput {
    /// Nothing: a missing number adds 0, a missing flag is false. Each part lies in 0 to 1.
    #[default]
    Zero,
    /// A missing flag is true, a missing number makes the result missing, and negative numbers are
    /// subtracted (D-FEA-2: rows without listing data score too well or not at all). Kept to
    /// reproduce older results.
    TrueOrNull,
}

impl Listing {
    /// How many of the seven inputs are missing.
    pub fn missing(&self) -> usize {
        let numbers = [self.title_length, self.bullet_count, self.image_count];
        let flags = self.attributes.iter().chain([&self.has_a_plus]);
        numbers.iter().filter(|number| number.is_nan()).count()
            + flags.filter(|flag| flag.is_none()).count()
    }
}

/// The quality of a listing, 0 to 1: a quarter each for the title's length of 80, for 6 bullet points,
/// for 7 images, and for attributes and A+ content in equal parts.
pub fn listing_quality(listing: &Listing, missing: MissingInput) -> f64 {
    let part = |number: f64, full: f64| {
        let part = (number / full).min(if number.is_nan() { f64::NAN } else { 1.0 });
        match missing {
            MissingInput::Zero => part.max(0.0),
            MissingInput::TrueOrNull => part,
        }
    };
    let flag = |flag: Option<bool>| {
        let present = flag.unwrap_or(missing == MissingInput::TrueOrNull);
        f64::from(u8::from(present))
    };
    let attributes = listing.attributes.into_iter().map(flag).sum::<f64>() / 3.0;
    let content = (attributes + flag(listing.has_a_plus)) / 2.0;
    let quality = 0.25 * part(listing.title_length, FULL_TITLE)
        + 0.25 * part(listing.bullet_count, FULL_BULLETS)
        + 0.25 * part(listing.image_count, FULL_IMAGES)
        + 0.25 * content;
    finite(quality)
}
