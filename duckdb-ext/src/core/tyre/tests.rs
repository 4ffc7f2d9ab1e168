use super::*;

#[test]
fn size_parts_of_one_letter() {
    let cases = [
        ("205/55 R16 V", Some("205/55 R16")),
        ("205/55R16", Some("205/55R16")),
        ("225/40ZR18 Y", Some("225/40")),
        ("225/40 ZR18", Some("225/40")),
        ("205/55 r16", Some("205/55")),
        ("205/55", Some("205/55")),
        ("205/5", None),
        ("205/55 16", Some("205/55 16")),
        ("31/1050 R15", Some("31/1050 R15")),
        ("31/10.50 R15", Some("31/10")),
        ("31x10.50 R15", None),
        ("7.50 R16", None),
        ("215/75 R17.5", Some("215/75 R17")),
        ("275/0 R18", Some("275/0 R18")),
        ("MT90/0 R16", None),
        (" 205/55 R16", None),
        ("", None),
    ];
    for (text, expected) in cases {
        assert_eq!(size_part(text, 1), expected, "{text:?}");
    }
}

#[test]
fn size_parts_of_two_letters_keep_the_rim_of_zr_sizes() {
    assert_eq!(size_part("225/40ZR18 Y", 2), Some("225/40ZR18"));
    assert_eq!(size_part("225/40 ZR18", 2), Some("225/40 ZR18"));
    assert_eq!(size_part("205/55 R16 V", 2), Some("205/55 R16"));
    assert_eq!(size_part("205/55 XZR16", 2), Some("205/55"));
}

#[test]
fn normal_spelling() {
    let cases = [
        ("205/70R15", "205/70 R15"),
        ("225/40ZR18", "225/40 ZR18"),
        ("225/40zr18", "225/40 zR18"),
        ("205/55r16", "205/55 R16"),
        ("205/55 r16", "205/55 r16"),
        ("205/55  R16", "205/55 R16"),
        ("20555R16", "20555 R16"),
        ("195R14C", "195 R14C"),
        ("31x10.50R15", "31x10.50 R15"),
        ("205/55R 16", "205/55R 16"),
        ("255/35 R19 (96Y)", "255/35 R19 (96Y)"),
        ("", ""),
        ("235/45XYZR18", "235/45XYZR18"),
        ("größe 205/55R16\u{2003}ü", "größe 205/55 R16 ü"),
    ];
    for (text, expected) in cases {
        assert_eq!(normalize_size(text), expected, "{text:?}");
    }
}

/// What both sets of forms agree on.
const REPAIRS: [(&str, &str, &str, &str); 21] = [
    ("VOLKSWAGENGOLF", "205/55 R16", "VOLKSWAGENGOLF", "205/55 R16"),
    ("AUDIA3", "225/40 R18 92Y", "AUDIA 3", "225/40 R18"),
    ("TESLAMODEL 3", "235/45 R18 Y", "TESLAMODEL 3", "235/45 R18"),
    ("LAND ROVER90", "265/75R16", "LAND ROVER 90", "265/75 R16"),
    ("MINI", "HATCH 205/45R17", "MINI HATCH", "205/45 R17"),
    ("MINI HATCH 205/45 R17", "", "MINI HATCH", "205/45 R17"),
    ("FORD FOCUS 225/40ZR18 ST", "", "FORD FOCUS ST", "225/40 ZR18"),
    ("C4 205/55R16", "n/a", "C 4", "205/55 R16"),
    ("BMW", "3 SERIES 225/45 R18 XL", "BMW 3 SERIES", "225/45 R18"),
    ("JEEP", "31/1050R15", "JEEP", "31/1050 R15"),
    ("X", "195/75R16C", "X", "195/75 R16C"),
    ("X", "195/75 R16 C", "X", "195/75 R16"),
    ("X", "1205/55R16", "X", "1205/55 R16"),
    ("X", "205 / 55 R16", "X", "205 / 55 R16"),
    ("X", "(205/55R16)", "X (", "205/55 R16"),
    ("X", "LT265/70R17", "X", "LT265/70 R17"),
    ("X", "205/55 R16 205/60 R16", "X", "205/55 R16"),
    ("nan", "nan", "nan", "nan"),
    ("500", "185/55R15", "500", "185/55 R15"),
    ("A1B2C3", "205/55R16", "A 1B 2C 3", "205/55 R16"),
    ("ERROR_VEHICLE", "ERROR_SIZE", "ERROR_VEHICLE", "ERROR_SIZE"),
];

#[test]
fn repairs_that_do_not_depend_on_the_forms() {
    for (vehicle, size, repaired_vehicle, repaired_size) in REPAIRS {
        for forms in [SizeForms::Core, SizeForms::Extended] {
            let repaired = repair(vehicle, size, forms);
            let expected = (repaired_vehicle.to_owned(), repaired_size.to_owned());
            assert_eq!(repaired, expected, "{vehicle:?} {size:?} {forms:?}");
        }
    }
    assert_eq!(repair("", "", SizeForms::Extended), (String::new(), String::new()));
}

/// D-46: flotation sizes are cut, rim decimals dropped, a commercial `C` not recognised.
#[test]
fn repairs_of_core_forms_alone_cut_other_sizes() {
    let core = |v, s| repair(v, s, SizeForms::Core);
    assert_eq!(core("JEEP", "31/10.50R15"), ("JEEP 31/".into(), "10.50 R15".into()));
    assert_eq!(core("X", "215/75 R17.5"), ("X".into(), "215/75 R17".into()));
    assert_eq!(core("TRANSIT 195/75R16C", "-"), ("TRANSIT 195/75R 16C".into(), "-".into()));
}

/// D-46, repaired.
#[test]
fn repairs_of_extended_forms_keep_them_whole() {
    let extended = |v, s| repair(v, s, SizeForms::Extended);
    assert_eq!(extended("JEEP", "31/10.50R15"), ("JEEP".into(), "31/10.50 R15".into()));
    assert_eq!(extended("X", "215/75 R17.5"), ("X".into(), "215/75 R17.5".into()));
    assert_eq!(extended("TRANSIT 195/75R16C", "-"), ("TRANSIT".into(), "195/75 R16C".into()));
    assert_eq!(extended("X", "215/75 R17.55"), ("X".into(), "215/75 R17".into()));
}

#[test]
fn repair_survives_any_text() {
    let texts =
        ["🚗205/55R16🚗", "é", "\u{1c}205/55R16\u{1c}", "205/55R16é", "٢٠٥/٥٥ R16", "/", "R16"];
    for vehicle in texts {
        for size in texts {
            repair(vehicle, size, SizeForms::Extended);
        }
    }
    assert_eq!(repair("V", "205/55R16é", SizeForms::Extended).1, "205/55 R16é");
}

#[test]
fn sizes_taken_apart() {
    let size = parse_size("225/40zr18 92Y XL").expect("a size");
    assert_eq!((size.width, size.profile, size.rim), (225.0, Some(40.0), 18.0));
    assert_eq!((size.construction.as_str(), size.rest), ("ZR", Some("92Y XL")));
    assert_eq!(size.canonical, "225/40 R18");
    let canonical = |text| parse_size(text).map(|size| size.canonical);
    assert_eq!(canonical("205/55R16").as_deref(), Some("205/55 R16"));
    assert_eq!(canonical("31x10.50R15").as_deref(), Some("31x10.50 R15"));
    assert_eq!(canonical("7.50 R16").as_deref(), Some("7.50 R16"));
    assert_eq!(canonical("195R14C").as_deref(), Some("195 R14C"));
    assert_eq!(canonical("215/75 R17.5").as_deref(), Some("215/75 R17.5"));
    assert_eq!(canonical("MT90/0 R16").as_deref(), Some("MT90/0 R16"));
    for text in ["", "205/55", "R16", "2/1/4 R16", "205/55 16", "Golf"] {
        assert_eq!(canonical(text), None, "{text:?}");
    }
}

#[test]
fn vehicle_keys() {
    assert_eq!(vehicle_key("Mercedes-Benz C-Class"), "mercedesbenzcclass");
    assert_eq!(vehicle_key(" TESLAMODEL 3 "), "teslamodel3");
    assert_eq!(vehicle_key("Škoda"), "koda");
}

#[test]
fn safe_integers() {
    let accepted = [("5", 5), (" 42 ", 42), ("+7", 7), ("-9", -9), ("0x1F", 31), ("-0x1f", -31)];
    for (text, value) in accepted {
        assert_eq!(safe_int(text), Some(value), "{text:?}");
    }
    assert_eq!(safe_int("-9223372036854775808"), Some(i64::MIN));
    let rejected = [
        "",
        " ",
        "-",
        "+",
        "5e7",
        "50000003.0",
        "12.6",
        "1_000",
        "9223372036854775808",
        "--5",
        "0x",
        "0x-5",
        "abc",
        "Error",
    ];
    for text in rejected {
        assert_eq!(safe_int(text), None, "{text:?}");
    }
}

#[test]
fn tyre_ranks() {
    let rank = |award, fuel, noise, oe, wet_grip| {
        let labels = Labels { award, fuel, noise, oe, wet_grip };
        tyre_rank(&labels, &Weights::default())
    };
    let no = Some("No");
    assert_eq!(rank(Some("Award"), Some("A"), Some("69-A"), Some("Yes"), Some("A")), 36.0);
    assert_eq!(rank(no, Some("C"), Some("71-B"), no, Some("B")), 10.0);
    assert_eq!(rank(no, Some("D"), Some("72-B"), no, Some("C")), 5.5);
    assert_eq!(rank(None, Some("E"), Some("73-C"), no, Some("D")), 2.35);
    assert_eq!(rank(no, None, Some("71-2"), no, Some("F")), 0.0);
    assert_eq!(rank(Some("award"), Some("a"), Some("A"), Some("yes"), Some("b")), 0.0);
}

#[test]
fn tiers_by_percentile() {
    let counts = |n: i64| {
        let mut counts = std::collections::BTreeMap::new();
        for row in 0..n {
            *counts.entry(tyre_tier(ntile(row, n))).or_insert(0) += 1;
        }
        counts.into_values().collect::<Vec<_>>()
    };
    assert_eq!(counts(3), [3]);
    assert_eq!(counts(99), [25, 25, 25, 15, 9]);
    assert_eq!(counts(100), [25, 25, 25, 15, 10]);
    assert_eq!(counts(101), [26, 25, 25, 15, 10]);
    assert_eq!(counts(250), [75, 75, 50, 30, 20]);
}

/// SQL's `NTILE(100)` of the zero-based `row` among `n`: sizes differ by at most one, larger first.
fn ntile(row: i64, n: i64) -> i64 {
    let (small, larger) = (n / 100, n % 100);
    let in_larger = larger * (small + 1);
    if row < in_larger { row / (small + 1) + 1 } else { larger + (row - in_larger) / small + 1 }
}
