//! Brands: grade, price level, share of the range, and model names.

/// A tyre brand.
pub(super) struct Brand {
    pub(super) name: &'static str,
    pub(super) grade: &'static str,
    /// Price beside a tyre of the same size at 100.
    pub(super) price_percent: i64,
    /// How many of the products are of this brand, beside the others.
    pub(super) share: u64,
    pub(super) summer: &'static [&'static str],
    pub(super) all_season: &'static str,
    pub(super) winter: &'static str,
}

const fn brand(
    (name, grade, price_percent, share): (&'static str, &'static str, i64, u64),
    summer: &'static [&'static str],
    all_season: &'static str,
    winter: &'static str,
) -> Brand {
    Brand { name, grade, price_percent, share, summer, all_season, winter }
}

const PREMIUM: &str = "Premium";
const MID: &str = "MidRange";
const BUDGET: &str = "Budget";

#[rustfmt::skip]
pub(super) const BRANDS: &[Brand] = &[
    brand(("Michelin", PREMIUM, 158, 80), &["Primacy 4+", "Pilot Sport 4", "Pilot Sport 5", "e.Primacy", "Pilot Sport 4 Acoustic"], "CrossClimate 2", "Alpin 6"),
    brand(("Continental", PREMIUM, 150, 75), &["PremiumContact 6", "EcoContact 6", "SportContact 7", "PremiumContact 7"], "AllSeasonContact 2", "WinterContact TS 870"),
    brand(("Pirelli", PREMIUM, 152, 75), &["P Zero", "Cinturato P7", "P Zero PZ4", "Powergy"], "Cinturato All Season SF2", "Winter Sottozero 3"),
    brand(("Goodyear", PREMIUM, 145, 70), &["EfficientGrip Performance 2", "Eagle F1 Asymmetric 6", "Eagle F1 Asymmetric 5"], "Vector 4Seasons Gen-3", "UltraGrip Performance 3"),
    brand(("Bridgestone", PREMIUM, 144, 70), &["Turanza T005", "Potenza Sport", "Turanza 6", "Ecopia EP150"], "Weather Control A005", "Blizzak LM005"),
    brand(("Dunlop", PREMIUM, 132, 45), &["Sport Maxx RT2", "SP Sport FM800", "BluResponse"], "Sport All Season", "Winter Sport 5"),
    brand(("Hankook", MID, 118, 55), &["Ventus Prime 4", "Ventus S1 evo3", "Kinergy Eco 2"], "Kinergy 4S 2", "Winter i*cept RS3"),
    brand(("Yokohama", MID, 116, 40), &["BluEarth-GT AE51", "Advan Sport V107", "Advan Fleva V701"], "BluEarth-4S AW21", "BluEarth Winter V906"),
    brand(("Kumho", MID, 108, 35), &["Ecsta PS71", "Ecsta HS52", "Ecowing ES31"], "Solus 4S HA32", "WinterCraft WP72"),
    brand(("Falken", MID, 107, 40), &["ZIEX ZE310 Ecorun", "Azenis FK520", "Azenis FK510"], "Euroall Season AS210", "Eurowinter HS01"),
    brand(("Uniroyal", MID, 106, 30), &["RainSport 5", "RainExpert 5"], "AllSeasonExpert 2", "WinterExpert"),
    brand(("Avon", MID, 105, 40), &["ZV7", "ZZ5", "ZT7"], "AS7", "WV7"),
    brand(("Firestone", MID, 104, 30), &["Roadhawk", "Destination HP"], "Multiseason 2", "Winterhawk 4"),
    brand(("Toyo", MID, 106, 30), &["Proxes Comfort", "Proxes Sport", "Proxes CF2"], "Celsius AS2", "Snowprox S954"),
    brand(("Vredestein", MID, 107, 25), &["Ultrac", "Ultrac Vorti"], "Quatrac Pro", "Wintrac Pro"),
    brand(("Sumitomo", MID, 96, 15), &["BC100", "HTR Z5"], "BC4S", "WT200"),
    brand(("Lassa", MID, 92, 15), &["Driveways", "Driveways Sport"], "Multiways 2", "Snoways 4"),
    brand(("Nankang", BUDGET, 84, 30), &["NS-20", "AS-1", "Eco 2+"], "Cross Seasons AW-6", "SV-3"),
    brand(("Accelera", BUDGET, 78, 25), &["Phi", "651 Sport", "Iota ST68"], "X Grip 4S", "X Grip"),
    brand(("Dynamo", BUDGET, 76, 12), &["Street-H MU71", "Hiscend-H MHT01"], "MC02", "Snow-H MSL01"),
    brand(("Tomket", BUDGET, 74, 12), &["Sport", "Eco"], "Allyear 3", "Snowroad 3"),
    brand(("Triangle", BUDGET, 76, 18), &["ReliaX TE307", "EffeXSport TH202"], "SeasonX TA01", "WinterX TW401"),
    brand(("Zeetex", BUDGET, 75, 12), &["HP6000 eco", "ZT6000 eco"], "ZT8000 4S", "WH1000"),
    brand(("Pace", BUDGET, 72, 8), &["Alventi", "PC20"], "Active 4S", "Antarctica 3"),
    brand(("Radar", BUDGET, 78, 10), &["Dimax R8+", "Rivera Pro 2"], "Dimax 4 Season", "Dimax Winter"),
    brand(("Rapid", BUDGET, 70, 8), &["P609", "Ecosaver"], "Eco 4S", "Snowrapid"),
    brand(("Rotalla", BUDGET, 72, 8), &["Setula E-Race RH01", "Setula S-Race RU01"], "Setula 4 Season RA03", "Setula W Race S330"),
    brand(("Royal Black", BUDGET, 71, 8), &["Royal Performance", "Royal Eco"], "Royal A/S", "Royal Winter"),
    brand(("Churchill", BUDGET, 70, 4), &["CP100"], "CP4S", "CPW1"),
    brand(("Infinity", BUDGET, 75, 8), &["Ecosis", "Enviro"], "Ecofour", "Ecosnow"),
    brand(("Mazzini", BUDGET, 70, 6), &["Eco 605 Plus", "ECO 607"], "Super All Season AS8", "Snowleopard"),
    brand(("Wanli", BUDGET, 71, 6), &["SP601 Sport macro", "S-1063"], "SC513 All Season", "SW211"),
    brand(("Westlake", BUDGET, 74, 12), &["ZuperEco Z-107", "Zuper Ace SA-57"], "Z-401 All Season", "SW602"),
    brand(("iLink", BUDGET, 70, 6), &["L-Zeal 56", "L-Comfort 68"], "Multimatch A/S", "Winter IL868"),
];
