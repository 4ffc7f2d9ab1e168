use super::golden;
use crate::core::lightgbm::Cache;
use std::sync::{Arc, Barrier};

#[test]
fn a_text_is_parsed_once() {
    let cache = Cache::new(2);
    let text = golden("regression", "txt");
    let first = cache.get(&text).unwrap();
    // Equal, elsewhere in memory.
    let again = cache.get(&text.clone()).unwrap();
    assert!(Arc::ptr_eq(&first, &again));
    assert_eq!(cache.parses(), 1);
}

#[test]
fn texts_of_one_length_are_told_apart() {
    let cache = Cache::new(2);
    let text = golden("one_leaf", "txt");
    let other = text.replace("Column_0", "Column_9");
    assert_eq!(text.len(), other.len());
    assert_eq!(cache.get(&text).unwrap().features()[0], "Column_0");
    assert_eq!(cache.get(&other).unwrap().features()[0], "Column_9");
    assert_eq!(cache.parses(), 2);
}

#[test]
fn what_is_no_model_is_not_parsed_again() {
    let cache = Cache::new(2);
    assert_eq!(cache.get("forest").unwrap_err(), cache.get("forest").unwrap_err());
    assert_eq!(cache.parses(), 1);
}

#[test]
fn the_model_not_used_for_longest_gives_way() {
    let cache = Cache::new(2);
    let [a, b, c] = ["binary", "dart", "gamma"].map(|name| golden(name, "txt"));
    for text in [&a, &b, &a, &c] {
        cache.get(text).unwrap();
    }
    assert_eq!(cache.parses(), 3);
    cache.get(&a).unwrap();
    cache.get(&c).unwrap();
    assert_eq!(cache.parses(), 3);
    cache.get(&b).unwrap();
    assert_eq!(cache.parses(), 4);
}

#[test]
fn threads_share_one_parse_of_each_text() {
    let cache = Cache::new(4);
    let names = ["binary", "multiclass", "categorical"];
    let texts = names.map(|name| golden(name, "txt"));
    let start = Barrier::new(12);
    std::thread::scope(|scope| {
        for thread in 0..12 {
            let (cache, texts, start) = (&cache, &texts, &start);
            scope.spawn(move || {
                start.wait();
                for at in 0..300 {
                    let which = (thread + at) % 3;
                    let model = cache.get(&texts[which]).unwrap();
                    assert_eq!(model.outputs(), [1, 3, 1][which]);
                }
            });
        }
    });
    assert_eq!(cache.parses(), 3);
}
