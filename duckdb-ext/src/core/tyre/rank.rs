//! The tyre score: label points, their weighted sum, and the tier it falls in.

/// A label that earns points.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Label {
    /// `Award` earns 10.
    Award,
    /// EU fuel class, `A`–`E`.
    Fuel,
    /// `<decibel>-<class>`: ends in `-A`, `-B` or `-C`. Old numeric classes (`71-2`) earn nothing.
    Noise,
    /// Original equipment: `Yes` earns 10.
    Oe,
    /// EU wet grip class, `A`–`E`.
    WetGrip,
}

impl Label {
    /// Every label with the name SQL knows it by.
    pub const NAMES: [(&'static str, Label); 5] = [
        ("award", Label::Award),
        ("fuel", Label::Fuel),
        ("noise", Label::Noise),
        ("oe", Label::Oe),
        ("wet_grip", Label::WetGrip),
    ];

    /// The label of this name.
    pub fn from_name(name: &str) -> Option<Label> {
        Self::NAMES.iter().find(|(known, _)| *known == name).map(|&(_, label)| label)
    }
}

/// The points (0–10) of a label's text. Comparison is exact and case-sensitive; a missing or
/// unknown text earns 0.
pub fn label_points(label: Label, text: Option<&str>) -> f64 {
    let Some(text) = text else { return 0.0 };
    match label {
        Label::Award if text == "Award" => 10.0,
        Label::Oe if text == "Yes" => 10.0,
        Label::Award | Label::Oe => 0.0,
        Label::Fuel | Label::WetGrip => match text {
            "A" => 10.0,
            "B" => 9.0,
            "C" => 5.0,
            "D" => 2.5,
            "E" => 1.0,
            _ => 0.0,
        },
        Label::Noise if text.ends_with("-A") => 10.0,
        Label::Noise if text.ends_with("-B") => 5.0,
        Label::Noise if text.ends_with("-C") => 1.0,
        Label::Noise => 0.0,
    }
}

/// The labels of one tyre.
#[derive(Debug, Clone, Copy, Default)]
pub struct Labels<'a> {
    /// Award text.
    pub award: Option<&'a str>,
    /// Fuel class.
    pub fuel: Option<&'a str>,
    /// Noise text.
    pub noise: Option<&'a str>,
    /// Original equipment text.
    pub oe: Option<&'a str>,
    /// Wet grip class.
    pub wet_grip: Option<&'a str>,
}

/// What a point of each label is worth.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Weights {
    /// Weight of the award points.
    pub award: f64,
    /// Weight of the fuel points.
    pub fuel: f64,
    /// Weight of the noise points.
    pub noise: f64,
    /// Weight of the original equipment points.
    pub oe: f64,
    /// Weight of the wet grip points.
    pub wet_grip: f64,
}

impl Default for Weights {
    fn default() -> Self {
        Self { award: 1.0, fuel: 1.0, noise: 0.1, oe: 1.0, wet_grip: 0.5 }
    }
}

/// The tyre rank: the weighted sum of the label points, 0–36 with the default weights. Summed in the
/// order award, fuel, noise, original equipment, wet grip, so that equal labels give equal bits.
pub fn tyre_rank(labels: &Labels<'_>, weights: &Weights) -> f64 {
    label_points(Label::Award, labels.award) * weights.award
        + label_points(Label::Fuel, labels.fuel) * weights.fuel
        + label_points(Label::Noise, labels.noise) * weights.noise
        + label_points(Label::Oe, labels.oe) * weights.oe
        + label_points(Label::WetGrip, labels.wet_grip) * weights.wet_grip
}

/// The tier of a percentile of the tyre rank (1 best, 100 worst).
pub fn tyre_tier(percentile: i64) -> &'static str {
    match percentile {
        ..=25 => "1.BEST TYRE SCORE",
        26..=50 => "2.BETTER TYRE SCORE",
        51..=75 => "3.GOOD TYRE SCORE",
        76..=90 => "4.FAIR TYRE SCORE",
        91.. => "Unclassified",
    }
}
