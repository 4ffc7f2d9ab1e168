use super::*;

fn count(root: &Path) -> i64 {
    let reader = open_reader(&root.join(WAREHOUSE_FILE)).expect("a warehouse");
    let count = "select count(*) from duckdb_tables()";
    reader.connection().query_row(count, [], |row| row.get(0)).expect("a count")
}

fn begin(root: &Path, run_id: &str) -> anyhow::Result<WorkingCopy> {
    WorkingCopy::begin(root, run_id, &RootLock::acquire(root)?)
}

fn create(warehouse: &DuckDb, table: &str) {
    warehouse
        .connection()
        .execute_batch(&format!("create table {table} (x int)"))
        .expect("a table");
}

#[test]
fn readers_see_a_run_when_it_is_published() {
    let root = tempfile::tempdir().expect("a folder");
    let root = root.path();
    let copy = begin(root, "1").expect("begun");
    let warehouse = copy.open(&[]).expect("opened");
    create(&warehouse, "a");
    copy.publish(warehouse).expect("published");
    assert_eq!(count(root), 1);

    let copy = begin(root, "2").expect("begun");
    let warehouse = copy.open(&[]).expect("opened");
    create(&warehouse, "b");
    assert_eq!(count(root), 1, "not before");
    copy.publish(warehouse).expect("published");
    assert_eq!(count(root), 2);
}

#[test]
fn a_failed_run_leaves_the_warehouse_as_it_was() {
    let root = tempfile::tempdir().expect("a folder");
    let root = root.path();
    let copy = begin(root, "1").expect("begun");
    let warehouse = copy.open(&[]).expect("opened");
    create(&warehouse, "a");
    copy.publish(warehouse).expect("published");
    let copy = begin(root, "2").expect("begun");
    let warehouse = copy.open(&[]).expect("opened");
    create(&warehouse, "b");
    // As if killed: neither published nor discarded.
    drop((copy, warehouse));
    collect(&RootLock::acquire(root).expect("locked"), &["3".to_owned()]).expect("collected");
    let copy = begin(root, "3").expect("begun again");
    assert!(!copy.scratch("2.duckdb").exists(), "cleared away");
    let warehouse = copy.open(&[]).expect("opened");
    copy.discard(warehouse).expect("discarded");
    assert_eq!(count(root), 1);
}

#[test]
fn a_second_run_is_refused() {
    let root = tempfile::tempdir().expect("a folder");
    let first = RootLock::acquire(root.path()).expect("locked");
    let error = RootLock::acquire(root.path()).err().expect("refused").to_string();
    assert!(error.contains("Another run works in"), "{error}");
    drop(first);
    assert!(RootLock::acquire(root.path()).is_ok());
}

#[test]
fn a_copy_is_resumed_from_its_last_checkpoint() {
    let root = tempfile::tempdir().expect("a folder");
    let root = root.path();
    let copy = begin(root, "1").expect("begun");
    let warehouse = copy.open(&[]).expect("opened");
    create(&warehouse, "kept");
    copy.checkpoint(&warehouse).expect("saved");
    let rows = "create table lost as select range x from range(1000000); drop table kept";
    warehouse.connection().execute_batch(rows).expect("written");
    assert!(log_of(&copy.scratch("1.duckdb")).exists(), "not in the file");
    // As if killed: the engine does not get to close anything.
    std::mem::forget(warehouse);
    let folder = copy.scratch("1.duckdb.tmp");
    fs::create_dir_all(&folder).expect("a folder");
    drop(copy);
    // Elsewhere, because this process still has the file open.
    let other = tempfile::tempdir().expect("a folder");
    let lock = RootLock::acquire(other.path()).expect("locked");
    for name in ["1.duckdb", "1.duckdb.wal"] {
        let from = root.join(WORK_FOLDER).join(name);
        fs::copy(from, lock.folder().join(name)).expect("copied");
    }
    let copy = WorkingCopy::resume(other.path(), "1", &lock).expect("resumed");
    let warehouse = copy.open(&[]).expect("opened");
    let tables = "select string_agg(table_name) from duckdb_tables()";
    let tables: String =
        warehouse.connection().query_row(tables, [], |row| row.get(0)).expect("tables");
    assert_eq!(tables, "kept");
}

#[test]
fn every_change_of_the_warehouse_shows_in_its_mark() {
    let root = tempfile::tempdir().expect("a folder");
    let root = root.path();
    let file = root.join(WAREHOUSE_FILE);
    let mut marks = vec![mark(&file).expect("marked")];
    for sql in ["create table a (x int)", "insert into a values (1)", "update a set x = 2"] {
        let writer = DuckDb::open_bare(Some(&file), &[]).expect("opened");
        writer.connection().execute_batch(sql).expect("written");
        marks.push(mark(&file).expect("marked"));
        drop(writer);
        marks.push(mark(&file).expect("marked"));
        // Reading changes nothing.
        drop(open_reader(&file).expect("opened"));
        assert_eq!(Some(&mark(&file).expect("marked")), marks.last());
    }
    let all = marks.len();
    marks.sort();
    marks.dedup();
    assert_eq!(marks.len(), all);
}

#[test]
fn leftovers_go_but_for_those_that_are_kept() {
    let root = tempfile::tempdir().expect("a folder");
    let lock = RootLock::acquire(root.path()).expect("locked");
    let names = ["1.duckdb", "1.journal", "2.journal", "21.journal", "results_2.csv"];
    let all = || {
        for name in names {
            fs::write(lock.folder().join(name), "").expect("written");
        }
        fs::create_dir_all(lock.folder().join("1.duckdb.tmp/x")).expect("a folder");
    };
    let left = || {
        let entries = fs::read_dir(lock.folder()).expect("read");
        let mut names: Vec<String> = entries
            .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    };
    all();
    collect(&lock, &["2".to_owned()]).expect("collected");
    assert_eq!(left(), ["2.journal", "lock"]);
    all();
    forget(&lock, "1").expect("forgotten");
    assert_eq!(left(), ["2.journal", "21.journal", "lock", "results_2.csv"]);
}
