use super::*;
use crate::live::upload::{Accept, UploadOptions};

fn identity() -> Identity {
    Identity {
        reference: "phx-u".into(),
        name: "doc".into(),
    }
}

fn rules(options: UploadOptions) -> Rules {
    options.rules
}

fn two() -> Rules {
    rules(UploadOptions::new([".txt"]).max_entries(2))
}

fn chosen(reference: &str, name: &str) -> wire::UploadEntry {
    wire::UploadEntry {
        reference: reference.to_owned(),
        path: None,
        name: name.to_owned(),
        relative_path: None,
        size: 3,
        media_type: String::new(),
        last_modified: None,
        meta: None,
    }
}

fn put(state: &mut State, rules: &Rules, references: &[&str]) -> bool {
    let entries = references
        .iter()
        .map(|reference| chosen(reference, "a.txt"));
    state.put_entries(&identity(), rules, entries.collect()).0
}

fn references(state: &State) -> Vec<&str> {
    state.entries().map(|entry| &*entry.reference).collect()
}

fn uuid(state: &State, reference: &str) -> String {
    state.find(reference).expect("it is there").uuid.clone()
}

/// An entry whose file is here.
fn done(state: &mut State, reference: &str) -> String {
    let uuid = uuid(state, reference);
    assert!(state.complete(&uuid, Box::new(())).is_none());
    state.put_progress(reference, 100);
    uuid
}

// 10.2
#[test]
fn an_entry_that_is_there_is_not_taken_again() {
    let (mut state, rules) = (State::new(), two());
    assert!(put(&mut state, &rules, &["0"]));
    let first = uuid(&state, "0");
    assert!(put(&mut state, &rules, &["0", "1"]));
    assert_eq!(references(&state), ["0", "1"]);
    assert_eq!(uuid(&state, "0"), first);
}

// 10.2
#[test]
fn too_many_is_an_error_of_the_upload_that_comes_once_and_goes() {
    let (mut state, rules) = (State::new(), two());
    assert!(!put(&mut state, &rules, &["0", "1", "2"]));
    assert!(!put(&mut state, &rules, &["0", "1", "2"]));
    assert_eq!(state.errors_of("phx-u"), [UploadError::TooManyFiles]);
    assert!(state.remove("1", &rules).is_some());
    assert!(state.errors().is_empty());
    assert!(put(&mut state, &rules, &["0", "2"]));
}

#[test]
fn one_entry_replaces_the_only_one_but_two_do_not() {
    let (mut state, rules) = (State::new(), rules(UploadOptions::new(Accept::Any)));
    put(&mut state, &rules, &["0"]);
    put(&mut state, &rules, &["0"]);
    assert_eq!(references(&state), ["0"]);
    put(&mut state, &rules, &["1"]);
    assert_eq!(references(&state), ["1"]);
    assert!(!put(&mut state, &rules, &["2", "3"]));
    assert_eq!(references(&state), ["1", "2", "3"]);
    assert!(put(&mut state, &rules, &["4"]));
    assert_eq!(references(&state), ["4"]);
}

// 10.2
#[test]
fn a_file_may_be_as_large_as_the_largest_and_no_larger() {
    let rules = rules(UploadOptions::new(Accept::Any).max_file_size(10));
    for (size, allowed) in [(10, true), (11, false)] {
        let mut state = State::new();
        let mut file = chosen("0", "a.txt");
        file.size = size;
        let (put, _) = state.put_entries(&identity(), &rules, vec![file]);
        assert_eq!(put, allowed);
        let errors = state.errors_of("0");
        let too_large = errors.contains(&UploadError::TooLarge);
        assert_eq!(too_large, !allowed, "{errors:?}");
    }
}

// 10.3
#[test]
fn an_entry_is_preflighted_once_if_there_is_room() {
    let (mut state, mut rules) = (State::new(), two());
    rules.auto_upload = true;
    assert!(put(&mut state, &rules, &["0", "1", "2"]));
    let all = ["0", "1", "2"].map(str::to_owned);
    let marked = state.preflight(&rules, &all[..1]);
    assert_eq!(marked.len(), 1);
    let marked = state.preflight(&rules, &all);
    assert_eq!(marked[0].reference, "1");
    assert_eq!(marked.len(), 1);
}

// 10.5
#[test]
fn an_entry_is_done_when_both_sides_say_so() {
    let (mut state, rules) = (State::new(), two());
    put(&mut state, &rules, &["0", "1"]);
    state.put_progress("0", 100);
    assert!(!state.find("0").expect("it is there").done);
    let first = uuid(&state, "0");
    assert!(state.complete(&first, Box::new(())).is_none());
    assert!(state.find("0").expect("it is there").done);
    assert_eq!(state.take_all().err(), Some(ConsumeError::InProgress));
    done(&mut state, "1");
    assert_eq!(state.take_all().expect("both are done").len(), 2);
}

// 10.6
#[test]
fn an_entry_is_taken_by_one_at_a_time() {
    let (mut state, rules) = (State::new(), two());
    put(&mut state, &rules, &["0"]);
    let uuid = done(&mut state, "0");
    let (_, meta) = state.take(&uuid).expect("it is done");
    assert_eq!(state.take(&uuid).err(), Some(ConsumeError::NoSuchEntry));
    assert!(state.take_all().expect("nothing is in progress").is_empty());
    state.put_meta(&uuid, meta);
    assert!(state.take(&uuid).is_ok());
    state.consumed(&uuid);
    state.remove_consumed(&uuid, &rules);
    assert!(references(&state).is_empty());
    assert_eq!(state.take(&uuid).err(), Some(ConsumeError::NoSuchEntry));
}

#[test]
fn only_what_was_consumed_is_removed_as_such() {
    let (mut state, rules) = (State::new(), two());
    put(&mut state, &rules, &["0"]);
    let uuid = done(&mut state, "0");
    state.remove_consumed(&uuid, &rules);
    assert_eq!(references(&state), ["0"]);
}

#[test]
fn a_file_that_is_complete_too_late_is_handed_back() {
    let (mut state, rules) = (State::new(), two());
    put(&mut state, &rules, &["0"]);
    let gone = uuid(&state, "0");
    state.remove("0", &rules);
    put(&mut state, &rules, &["0"]);
    assert!(state.complete(&gone, Box::new(())).is_some());
    assert!(!state.fail(&gone, "late".to_owned()));
    assert!(state.channel_ended(&gone, &rules).is_none());
    assert_eq!(references(&state), ["0"]);
}

#[test]
fn a_closed_upload_takes_nothing() {
    let (mut state, rules) = (State::new(), two());
    put(&mut state, &rules, &["0"]);
    assert_eq!(state.close().len(), 1);
    assert!(!put(&mut state, &rules, &["1"]));
    assert!(references(&state).is_empty());
}
