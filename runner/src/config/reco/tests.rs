use super::definitions::{Definitions, load_order};
use super::*;

fn load(settings: &[(&str, &str)]) -> Result<RecoConfig, String> {
    let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    let environment = Environment::new(settings.iter().map(own));
    RecoConfig::load(&environment, &RecoFlags::default()).map_err(|error| error.to_string())
}

#[test]
fn the_release_decides_tables_columns_and_indexes() {
    let counts = |release| {
        let definitions = Definitions::load(None, release).unwrap();
        let offers = definitions.table("recommendable_offers_raw").unwrap();
        let view = definitions.view("recommendable_offers_raw_mv").unwrap();
        let sizes = [definitions.tables.len(), definitions.views.len()];
        (sizes, offers.columns.len(), view.columns.len(), view.indexes.len())
    };
    assert_eq!(counts(1), ([4, 5], 11, 10, 4));
    assert_eq!(counts(2), ([6, 7], 18, 17, 6));
}

#[test]
fn datasets_end_in_the_environment_unless_they_are_named() {
    let config = load(&[("ENV_SHORT_NAME", "stg"), ("BIGQUERY_SEED_DATASET", "seeds")]).unwrap();
    let dataset = |name: &str| config.dataset(config.definitions.table(name).unwrap());
    assert_eq!(dataset("enriched_user"), "ml_reco_stg");
    assert_eq!(dataset("iris_france"), "seeds");
    assert_eq!(config.temporary_dataset(), "tmp_stg");
}

#[test]
fn the_cloud_has_a_project_and_a_secret() {
    let settings = [
        ("AIM_MODE", "cloud"),
        ("GCP_PROJECT_ID", "shop"),
        ("ENV_SHORT_NAME", "prod"),
        ("AIM_SCRATCH", "/s"),
    ];
    let config = load(&settings).unwrap();
    let url = config.database_url.unwrap();
    assert_eq!(
        url.expose(),
        "sm://projects/shop/secrets/cloudsql-recommendation-production-ew1_database_url"
    );
    assert_eq!(config.local_root, std::path::Path::new("/s"));
    assert_eq!(config.cloud.unwrap().project, "shop");
    assert!(load(&[]).unwrap().cloud.is_none());
}

#[test]
fn every_problem_is_named() {
    let error = load(&[
        ("ENV_SHORT_NAME", "staging"),
        ("AIM_RECO_RELEASE", "3"),
        ("AIM_DECIMAL_MODE", "half"),
        ("AIM_RECO_TABLES", "/nowhere/tables.toml"),
    ])
    .unwrap_err();
    for part in
        ["it must be dev, stg or prod", "from 1 to 2", "it must be compat or exact", "/nowhere"]
    {
        assert!(error.contains(part), "{error}");
    }
}

#[test]
fn definitions_that_cannot_be_are_refused() {
    let table = "schema = 'public'\n[[table]]\nname = 't'\ndataset = 'd'\nsource = 's'\n";
    let view =
        "[[view]]\nfunction = 'f'\nindexes = []\ncolumns = [{ name = 'a', type = 'varchar' }]\n";
    let column = "columns = [{ name = 'a', type = 'varchar' }]\n";
    for (text, expected) in [
        (format!("{table}columns = []"), "t has no columns"),
        (
            format!("{table}columns = [{{ name = 'a', type = 'polygon' }}]"),
            "type polygon is unknown",
        ),
        (format!("{table}columns = [{{ name = 'a', type = 'varchar[][]' }}]"), "not supported"),
        (format!("{table}columns = [{{ name = 'a', type = 'geography' }}]"), "only views have"),
        (format!("{table}{column}key = ['b']"), "t has no column b"),
        (format!("{table}{column}{view}name = 't'\nfrom = 't'"), "t is defined twice"),
        (format!("{table}{column}{view}name = 'v'\nfrom = 'u'"), "reads u, which is not defined"),
        (format!("{table}{column}{view}name = 'v'\nfrom = 'v'"), "v reads itself"),
        (format!("{table}{column}colour = 1"), "unknown field"),
    ] {
        let error = format!("{:#}", Definitions::parse(&text, 1).unwrap_err());
        assert!(error.contains(expected), "{text}: {error}");
    }
}

#[test]
fn views_come_after_what_they_read() {
    let definitions = Definitions::load(None, 2).unwrap();
    assert_eq!(load_order(&definitions.views, &definitions).unwrap().len(), 1);
    let text = "schema = 'public'\n[[table]]\nname = 't'\ndataset = 'd'\nsource = 's'\n\
        columns = [{ name = 'a', type = 'varchar' }]\n\
        [[view]]\nname = 'w'\nfunction = 'f'\nfrom = 'v'\nindexes = []\ncolumns = []\n\
        [[view]]\nname = 'v'\nfunction = 'g'\nfrom = 't'\nindexes = []\ncolumns = []\n";
    let definitions = Definitions::parse(text, 1).unwrap();
    let levels = load_order(&definitions.views, &definitions).unwrap();
    let names: Vec<Vec<_>> =
        levels.iter().map(|level| level.iter().map(|view| &view.name[..]).collect()).collect();
    assert_eq!(names, [["v"], ["w"]]);
}
