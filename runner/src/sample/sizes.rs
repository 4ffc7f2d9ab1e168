//! Tyre sizes, and which of them fit which kind of vehicle.

use super::random::Draw;
use super::vehicles::Kind;
use std::collections::HashMap;
use std::fmt;

/// A size without its speed rating, in the three parts the sales file has.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub(super) struct Size {
    pub(super) width: String,
    pub(super) profile: String,
    pub(super) rim: String,
}

impl fmt::Display for Size {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}/{} R{}", self.width, self.profile, self.rim)
    }
}

impl Size {
    fn parse(text: &str) -> Option<Self> {
        let (width, rest) = text.split_once('/')?;
        let (profile, rim) = rest.split_once(" R")?;
        Some(Self { width: width.into(), profile: profile.into(), rim: rim.into() })
    }

    /// The form lists on the site have: `205-55-16`.
    pub(super) fn list_id(&self) -> String {
        format!("{}-{}-{}", self.width, self.profile, self.rim)
    }

    /// Three digits, two digits, two digits: the only form the previous results are kept for.
    pub(super) fn is_plain(&self) -> bool {
        let digits = |text: &str, len: usize| {
            text.len() == len && text.bytes().all(|byte| byte.is_ascii_digit())
        };
        digits(&self.width, 3) && digits(&self.profile, 2) && digits(&self.rim, 2)
    }

    /// Section width in millimetres; widths in inches and old codes count as a common 4x4 width.
    pub(super) fn millimetres(&self) -> i64 {
        self.width.parse().ok().filter(|width| *width >= 100).unwrap_or(265)
    }

    /// Rim diameter in whole inches; rims in millimetres are about as large as 15 inches.
    pub(super) fn inches(&self) -> i64 {
        let whole = self.rim.split('.').next().unwrap_or_default();
        whole.parse().ok().filter(|rim| *rim < 30).unwrap_or(15)
    }
}

/// All sizes of a sample, and those that fit each kind of vehicle, most common first.
pub(super) struct Sizes {
    pub(super) all: Vec<Size>,
    by_kind: HashMap<Kind, Vec<usize>>,
}

impl Sizes {
    /// At least `per_kind` sizes for each kind, as far as so many exist: the common ones first, then
    /// others from the range of the kind.
    pub(super) fn new(per_kind: usize, draw: &mut Draw) -> Self {
        let mut all = Vec::new();
        let mut known = HashMap::new();
        let mut by_kind = HashMap::new();
        for kind in Kind::ALL {
            let mut sizes: Vec<Size> = common(kind).iter().filter_map(|s| Size::parse(s)).collect();
            let mut others = range(kind);
            others.retain(|size| !sizes.contains(size));
            draw.shuffle(&mut others);
            others.truncate(per_kind.saturating_sub(sizes.len()));
            sizes.append(&mut others);
            let indices = sizes
                .into_iter()
                .map(|size| {
                    *known.entry(size.clone()).or_insert_with(|| {
                        all.push(size);
                        all.len() - 1
                    })
                })
                .collect();
            by_kind.insert(kind, indices);
        }
        Self { all, by_kind }
    }

    /// `count` different sizes for a vehicle of this kind, the common ones more likely and first.
    pub(super) fn choose(&self, kind: Kind, count: usize, draw: &mut Draw) -> Vec<usize> {
        let pool = self.by_kind.get(&kind).map(Vec::as_slice).unwrap_or_default();
        let mut drawn: Vec<(u64, usize)> = pool
            .iter()
            .enumerate()
            .map(|(place, size)| (draw.below(1 << 32) * (place as u64 + 4), *size))
            .collect();
        drawn.sort_unstable();
        drawn.into_iter().take(count).map(|(_, size)| size).collect()
    }
}

/// The sizes seen most, among them the unusual forms that occur in real files.
#[rustfmt::skip]
fn common(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::City => &[
            "175/65 R14", "165/70 R14", "155/65 R14", "185/55 R15", "165/65 R15", "175/65 R15",
            "185/60 R15", "155/70 R13",
        ],
        Kind::SmallFamily => &[
            "195/65 R15", "205/55 R16", "195/55 R16", "185/65 R15", "205/45 R17", "195/60 R15",
            "195/50 R15", "185/60 R15", "215/45 R17",
        ],
        Kind::PremiumSmall => &[
            "205/55 R16", "225/45 R17", "225/40 R18", "195/65 R15", "235/35 R19", "205/50 R17",
            "205/60 R16", "195/55 R16",
        ],
        Kind::LargeFamily => &[
            "215/55 R17", "225/50 R17", "205/60 R16", "215/60 R16", "235/45 R18", "225/45 R18",
            "215/55 R16", "235/40 R19",
        ],
        Kind::FamilySuv => &[
            "215/65 R16", "215/60 R17", "225/65 R17", "235/55 R18", "235/55 R17", "225/55 R18",
            "215/55 R18", "235/50 R19", "205/60 R16",
        ],
        Kind::PremiumFamily => &[
            "225/50 R17", "225/45 R18", "225/45 R17", "225/55 R16", "245/40 R18", "255/35 R19",
            "255/40 R18", "205/60 R16",
        ],
        Kind::Executive => &[
            "245/45 R18", "245/40 R19", "225/55 R17", "275/35 R19", "255/45 R18", "245/45 R19",
            "255/40 R19", "275/40 R19",
        ],
        Kind::HotHatch => &[
            "225/40 R18", "235/35 R19", "215/40 R18", "205/40 R17", "235/40 R18", "225/35 R19",
            "205/45 R17", "235/45 R17",
        ],
        Kind::HighPerformance => &[
            "255/35 R19", "275/35 R19", "285/30 R20", "255/30 R20", "295/30 R20", "265/35 R20",
            "285/35 R19", "245/35 R19",
        ],
        Kind::Sports => &[
            "235/40 R19", "295/35 R19", "205/50 R16", "225/40 R18", "305/30 R20", "275/0 R18",
            "190/65 R390", "245/35 R20",
        ],
        Kind::LuxurySuv => &[
            "255/55 R18", "275/45 R20", "255/50 R19", "275/40 R20", "235/65 R17", "255/55 R19",
            "275/45 R21", "285/40 R22", "315/35 R20",
        ],
        Kind::Electric => &[
            "235/45 R18", "255/45 R19", "235/40 R19", "205/55 R16", "215/55 R17", "235/50 R19",
            "255/45 R20", "215/45 R20", "195/60 R18",
        ],
        Kind::Van => &[
            "215/65 R16", "195/65 R16", "235/65 R16", "205/65 R16", "225/75 R16", "195/70 R15",
            "215/60 R17", "215/75 R17.5", "195/75 R16",
        ],
        Kind::OffRoad => &[
            "265/65 R17", "265/70 R16", "255/60 R18", "245/70 R16", "265/75 R16", "31/1050 R15",
            "205/80 R16", "30/950 R15", "265/60 R18",
        ],
        Kind::Motorcycle => &[
            "120/70 R17", "180/55 R17", "190/55 R17", "90/90 R21", "150/70 R17", "MT90/0 R16",
            "130/90 R16", "110/80 R19",
        ],
        Kind::General => &[
            "205/55 R16", "195/65 R15", "185/65 R15", "215/65 R16", "195/60 R15", "215/60 R16",
            "175/70 R14", "185/75 R16",
        ],
    }
}

/// Every size of the usual form that a kind of vehicle could have.
fn range(kind: Kind) -> Vec<Size> {
    let (widths, profiles, rims) = match kind {
        Kind::City => ((135, 195), (50, 80), (13, 16)),
        Kind::SmallFamily | Kind::General => ((165, 225), (40, 75), (14, 18)),
        Kind::PremiumSmall | Kind::HotHatch => ((195, 255), (30, 65), (15, 20)),
        Kind::LargeFamily | Kind::PremiumFamily | Kind::Electric => {
            ((195, 275), (30, 65), (16, 21))
        }
        Kind::Executive => ((215, 295), (30, 60), (16, 22)),
        Kind::HighPerformance | Kind::Sports => ((205, 335), (25, 55), (16, 22)),
        Kind::FamilySuv => ((205, 265), (40, 75), (16, 21)),
        Kind::LuxurySuv => ((235, 325), (30, 70), (17, 23)),
        Kind::Van => ((175, 245), (55, 80), (14, 18)),
        Kind::OffRoad => ((205, 325), (45, 85), (15, 20)),
        Kind::Motorcycle => ((90, 240), (40, 90), (15, 21)),
    };
    let mut sizes = Vec::new();
    for width in (widths.0..=widths.1).step_by(10) {
        for profile in (profiles.0..=profiles.1).step_by(5) {
            for rim in rims.0..=rims.1 {
                sizes.push(Size {
                    width: width.to_string(),
                    profile: profile.to_string(),
                    rim: rim.to_string(),
                });
            }
        }
    }
    sizes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::random::Stream;

    #[test]
    fn every_common_size_is_understood() {
        for kind in Kind::ALL {
            for text in common(kind) {
                assert_eq!(Size::parse(text).expect(text).to_string(), *text);
            }
        }
    }

    #[test]
    fn a_vehicle_gets_different_sizes_of_its_kind() {
        let mut draw = Draw::new(3, Stream::Vehicles);
        let sizes = Sizes::new(30, &mut draw);
        let mut chosen = sizes.choose(Kind::Van, 25, &mut draw);
        assert_eq!(chosen.len(), 25);
        chosen.sort_unstable();
        chosen.dedup();
        assert_eq!(chosen.len(), 25);
    }

    #[test]
    fn odd_sizes_have_a_price_basis_and_are_not_plain() {
        for text in ["MT90/0 R16", "31/1050 R15", "190/65 R390", "275/0 R18", "215/75 R17.5"] {
            let size = Size::parse(text).expect(text);
            assert!(!size.is_plain(), "{text}");
            assert!((12..=24).contains(&size.inches()) && size.millimetres() >= 190, "{text}");
        }
        assert!(Size::parse("205/55 R16").expect("a plain size").is_plain());
    }
}
