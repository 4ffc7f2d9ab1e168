//! Makes and models on British roads. Models of a make stand in the order in which small samples
//! take them.

use super::Kind::{
    self, City, Electric, Executive, FamilySuv, General, HighPerformance, HotHatch, LargeFamily,
    LuxurySuv, Motorcycle, OffRoad, PremiumFamily, PremiumSmall, SmallFamily, Sports, Van,
};

/// What makes another model of one in [`MAKES`]; the first leaves it as it is.
#[rustfmt::skip]
pub(super) const VARIANTS: &[&str] = &[
    "", "Estate", "Coupe", "Cabriolet", "Saloon", "Hybrid", "Plug-In Hybrid", "Sport", "Tourer", "GT",
    "Mk1", "Mk2", "Mk3", "Mk4", "Cross", "Limited",
];

/// Make, and its models with their kinds.
#[rustfmt::skip]
pub(super) const MAKES: &[(&str, &[(&str, Kind)])] = &[
    (
        "Audi",
        &[
            ("A3", PremiumSmall), ("A4", PremiumFamily), ("Q5", LuxurySuv), ("A1", PremiumSmall),
            ("A6", Executive), ("TT", Sports), ("Q3", FamilySuv), ("A5", PremiumFamily),
            ("Q2", FamilySuv), ("S3", HotHatch), ("RS3", HighPerformance), ("Q7", LuxurySuv),
            ("e-tron", Electric), ("A7", Executive), ("A8", Executive), ("Q8", LuxurySuv),
            ("RS6", HighPerformance), ("Q4 e-tron", Electric),
        ],
    ),
    (
        "BMW",
        &[
            ("3 Series", PremiumFamily), ("1 Series", PremiumSmall), ("5 Series", Executive),
            ("X5", LuxurySuv), ("X1", FamilySuv), ("M3", HighPerformance), ("4 Series", PremiumFamily),
            ("X3", LuxurySuv), ("2 Series", PremiumSmall), ("Z4", Sports), ("i3", Electric),
            ("7 Series", Executive), ("X2", FamilySuv), ("M4", HighPerformance), ("i4", Electric),
            ("6 Series", Executive), ("X6", LuxurySuv), ("M2", HighPerformance), ("iX", Electric),
        ],
    ),
    (
        "Mercedes-Benz",
        &[
            ("C-Class", PremiumFamily), ("A-Class", PremiumSmall), ("E-Class", Executive),
            ("GLC", LuxurySuv), ("Sprinter", Van), ("CLA", PremiumSmall), ("GLA", FamilySuv),
            ("B-Class", PremiumSmall), ("Vito", Van), ("EQA", Electric), ("S-Class", Executive),
            ("AMG GT", HighPerformance), ("SLK", Sports), ("GLE", LuxurySuv), ("CLS", Executive),
            ("GLB", FamilySuv), ("GLS", LuxurySuv), ("EQC", Electric), ("Citan", Van),
        ],
    ),
    (
        "Volkswagen",
        &[
            ("Golf", SmallFamily), ("Polo", City), ("Tiguan", FamilySuv), ("Passat", LargeFamily),
            ("Transporter", Van), ("ID.3", Electric), ("Golf GTI", HotHatch), ("Up", City),
            ("T-Roc", FamilySuv), ("Touareg", LuxurySuv), ("Caddy", Van), ("Golf R", HotHatch),
            ("Touran", LargeFamily), ("Scirocco", PremiumSmall), ("ID.4", Electric),
            ("Amarok", OffRoad), ("Arteon", LargeFamily), ("T-Cross", FamilySuv), ("Crafter", Van),
            ("Beetle", SmallFamily), ("Sharan", LargeFamily), ("Jetta", LargeFamily),
        ],
    ),
    (
        "Ford",
        &[
            ("Fiesta", City), ("Focus", SmallFamily), ("Kuga", FamilySuv), ("Transit", Van),
            ("Mondeo", LargeFamily), ("Focus ST", HotHatch), ("Ranger", OffRoad), ("Puma", FamilySuv),
            ("Fiesta ST", HotHatch), ("Transit Custom", Van), ("Mustang", Sports), ("Ka", City),
            ("EcoSport", FamilySuv), ("S-Max", LargeFamily), ("C-Max", SmallFamily),
            ("Mustang Mach-E", Electric), ("Galaxy", LargeFamily), ("Transit Connect", Van),
            ("Edge", FamilySuv),
        ],
    ),
    (
        "Vauxhall",
        &[
            ("Corsa", City), ("Astra", SmallFamily), ("Insignia", LargeFamily), ("Vivaro", Van),
            ("Grandland X", FamilySuv), ("Mokka", FamilySuv), ("Zafira", LargeFamily), ("Adam", City),
            ("Crossland X", FamilySuv), ("Combo", Van), ("Meriva", SmallFamily), ("Movano", Van),
        ],
    ),
    (
        "Tesla",
        &[("Model 3", Electric), ("Model Y", Electric), ("Model S", Electric), ("Model X", Electric)],
    ),
    (
        "Toyota",
        &[
            ("Yaris", City), ("Corolla", SmallFamily), ("RAV4", FamilySuv), ("Aygo", City),
            ("Prius", LargeFamily), ("Hilux", OffRoad), ("C-HR", FamilySuv), ("Land Cruiser", OffRoad),
            ("Auris", SmallFamily), ("Supra", Sports), ("Proace", Van), ("GR86", Sports),
            ("Avensis", LargeFamily),
        ],
    ),
    (
        "Nissan",
        &[
            ("Qashqai", FamilySuv), ("Juke", FamilySuv), ("Leaf", Electric), ("Micra", City),
            ("X-Trail", FamilySuv), ("Navara", OffRoad), ("Note", SmallFamily), ("370Z", Sports),
            ("GT-R", HighPerformance), ("NV200", Van), ("Ariya", Electric),
        ],
    ),
    (
        "Peugeot",
        &[
            ("208", City), ("308", SmallFamily), ("3008 SUV", FamilySuv), ("5008 SUV", FamilySuv),
            ("2008", FamilySuv), ("Partner", Van), ("108", City), ("508", LargeFamily),
            ("Expert", Van), ("e-208", Electric), ("Boxer", Van),
        ],
    ),
    (
        "Renault",
        &[
            ("Clio", City), ("Megane", SmallFamily), ("Captur", FamilySuv), ("Zoe", Electric),
            ("Trafic", Van), ("Kadjar", FamilySuv), ("Twingo", City), ("Scenic", LargeFamily),
            ("Master", Van), ("Kangoo", Van),
        ],
    ),
    (
        "Citroen",
        &[
            ("C3", City), ("C4", SmallFamily), ("Berlingo", Van), ("C1", City),
            ("C5 Aircross", FamilySuv), ("C4 Cactus", SmallFamily), ("Dispatch", Van),
            ("C3 Aircross", FamilySuv), ("Relay", Van),
        ],
    ),
    (
        "Land Rover",
        &[
            ("Range Rover Evoque", FamilySuv), ("90", OffRoad), ("Range Rover Sport", LuxurySuv),
            ("Discovery Sport", FamilySuv), ("Defender", OffRoad), ("Discovery", LuxurySuv),
            ("Range Rover", LuxurySuv), ("Freelander", OffRoad),
        ],
    ),
    (
        "MINI",
        &[
            ("Hatch", PremiumSmall), ("Countryman", FamilySuv), ("Cooper S", HotHatch),
            ("Clubman", PremiumSmall), ("Convertible", PremiumSmall),
        ],
    ),
    (
        "Hyundai",
        &[
            ("Tucson", FamilySuv), ("i10", City), ("i30", SmallFamily), ("Kona", FamilySuv),
            ("i30 N", HotHatch), ("Ioniq 5", Electric), ("i20", City), ("Santa Fe", FamilySuv),
            ("Kona Electric", Electric), ("ix35", FamilySuv),
        ],
    ),
    (
        "Kia",
        &[
            ("Sportage", FamilySuv), ("Picanto", City), ("Ceed", SmallFamily), ("e-Niro", Electric),
            ("Rio", City), ("Sorento", FamilySuv), ("EV6", Electric), ("Niro", FamilySuv),
            ("Stonic", FamilySuv),
        ],
    ),
    (
        "Skoda",
        &[
            ("Octavia", LargeFamily), ("Fabia", City), ("Karoq", FamilySuv), ("Superb", LargeFamily),
            ("Octavia vRS", HotHatch), ("Kodiaq", FamilySuv), ("Enyaq", Electric), ("Citigo", City),
            ("Kamiq", FamilySuv),
        ],
    ),
    (
        "SEAT",
        &[
            ("Leon", SmallFamily), ("Ibiza", City), ("Ateca", FamilySuv), ("Leon Cupra", HotHatch),
            ("Arona", FamilySuv), ("Alhambra", LargeFamily),
        ],
    ),
    (
        "Fiat",
        &[
            ("500", City), ("Panda", City), ("Ducato", Van), ("500X", FamilySuv), ("Punto", City),
            ("Tipo", SmallFamily), ("Doblo", Van),
        ],
    ),
    (
        "Volvo",
        &[
            ("XC60", LuxurySuv), ("V40", PremiumSmall), ("XC40", FamilySuv), ("V60", PremiumFamily),
            ("XC90", LuxurySuv), ("S60", PremiumFamily), ("V90", Executive),
        ],
    ),
    (
        "Jaguar",
        &[
            ("XF", Executive), ("F-Pace", LuxurySuv), ("XE", PremiumFamily), ("I-Pace", Electric),
            ("F-Type", Sports), ("E-Pace", FamilySuv), ("XJ", Executive),
        ],
    ),
    (
        "Honda",
        &[
            ("Civic", SmallFamily), ("Jazz", City), ("CR-V", FamilySuv), ("Civic Type R", HotHatch),
            ("HR-V", FamilySuv), ("CBR 600", Motorcycle),
        ],
    ),
    (
        "Mazda",
        &[
            ("CX-5", FamilySuv), ("MX-5", Sports), ("3", SmallFamily), ("6", LargeFamily), ("2", City),
            ("CX-3", FamilySuv),
        ],
    ),
    (
        "Porsche",
        &[
            ("911", Sports), ("Cayenne", LuxurySuv), ("Macan", LuxurySuv), ("Boxster", Sports),
            ("Taycan", Electric), ("Panamera", HighPerformance), ("Cayman", Sports),
        ],
    ),
    (
        "Alfa Romeo",
        &[
            ("Giulia", PremiumFamily), ("Giulietta", PremiumSmall), ("Stelvio", LuxurySuv),
            ("MiTo", City),
        ],
    ),
    ("DS", &[("3", PremiumSmall), ("7 Crossback", FamilySuv), ("4", PremiumSmall)]),
    (
        "MG",
        &[
            ("4", Electric), ("ZS", FamilySuv), ("HS", FamilySuv), ("3", City), ("ZS EV", Electric),
        ],
    ),
    (
        "Suzuki",
        &[
            ("Swift", City), ("Vitara", FamilySuv), ("Jimny", OffRoad), ("Ignis", City),
            ("GSX-R750", Motorcycle),
        ],
    ),
    (
        "Jeep",
        &[
            ("Wrangler", OffRoad), ("Renegade", FamilySuv), ("Compass", FamilySuv),
            ("Grand Cherokee", LuxurySuv),
        ],
    ),
    ("Dacia", &[("Sandero", General), ("Duster", FamilySuv), ("Logan", General), ("Jogger", General)]),
    (
        "Lexus",
        &[("IS", PremiumFamily), ("NX", FamilySuv), ("RX", LuxurySuv), ("CT 200h", PremiumSmall)],
    ),
    ("Mitsubishi", &[("L200", OffRoad), ("Outlander", FamilySuv), ("ASX", FamilySuv)]),
    ("Subaru", &[("Forester", FamilySuv), ("Impreza", HighPerformance), ("Outback", LargeFamily)]),
    ("Abarth", &[("595", HotHatch), ("500", HotHatch)]),
    ("Cupra", &[("Formentor", FamilySuv), ("Born", Electric)]),
    ("Polestar", &[("2", Electric)]),
    ("Isuzu", &[("D-Max", OffRoad)]),
    ("SsangYong", &[("Rexton", OffRoad), ("Tivoli", FamilySuv)]),
    ("Smart", &[("ForTwo", City), ("ForFour", City)]),
    ("Chevrolet", &[("Aveo", General), ("Cruze", General)]),
    ("Saab", &[("9-3", General), ("9-5", General)]),
    ("Rover", &[("75", General), ("25", General)]),
    ("Bentley", &[("Continental GT", HighPerformance), ("Bentayga", LuxurySuv)]),
    ("Aston Martin", &[("Vantage", Sports), ("DB11", HighPerformance)]),
    ("Maserati", &[("Ghibli", Executive), ("Levante", LuxurySuv)]),
    ("Lotus", &[("Elise", Sports), ("Evora", Sports)]),
    ("Harley-Davidson", &[("Fat Boy", Motorcycle), ("Sportster", Motorcycle)]),
    ("Triumph", &[("Street Triple", Motorcycle), ("Tiger 900", Motorcycle)]),
    ("Yamaha", &[("MT-07", Motorcycle), ("YZF-R6", Motorcycle)]),
    ("Iveco", &[("Daily", Van)]),
];
