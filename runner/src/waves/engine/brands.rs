//! Which brands may stand in which hotbox.

/// Brands allowed in all four hotboxes, as [`super::keys::plain`] writes them.
const FRONT: [&str; 24] = [
    "avon",
    "bfgoodrich",
    "bridgestone",
    "continental",
    "cooper",
    "dunlop",
    "falken",
    "firestone",
    "general",
    "goodyear",
    "hankook",
    "kumho",
    "lassa",
    "maxxis",
    "metzeler",
    "michelin",
    "nankang",
    "nokian",
    "pirelli",
    "sumitomo",
    "toyo",
    "uniroyal",
    "vredestein",
    "yokohama",
];

/// Brands allowed in the fourth hotbox only.
const FOURTH: [&str; 5] = ["accelera", "dynamo", "tomket", "triangle", "zeetex"];

/// Where a brand may be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BrandSet {
    /// Every hotbox.
    Front,
    /// The fourth hotbox.
    Fourth,
    /// No hotbox, unless nothing else is left.
    Neither,
}

impl BrandSet {
    /// The set of a brand in its plain form.
    pub(super) fn of(plain_brand: &str) -> Self {
        if FRONT.contains(&plain_brand) {
            Self::Front
        } else if FOURTH.contains(&plain_brand) {
            Self::Fourth
        } else {
            Self::Neither
        }
    }
}
