//! The rules of the house, as tests. Each names the file, the line and what to do.

mod arguments;
mod floors;
mod leftovers;
mod manifests;
mod references;
mod sizes;
mod source;
mod statics;
mod time;
mod ui;
mod unsafety;

use source::{Fault, Source, files_under, read};

#[track_caller]
fn assert_tidy(faults: &[Fault]) {
    let list: Vec<String> = faults.iter().map(ToString::to_string).collect();
    assert!(list.is_empty(), "\n\n{}\n", list.join("\n"));
}

#[test]
fn the_run_time_imports_downward() {
    assert_tidy(&floors::check(
        &floors::CORE,
        &Source::under("cache-core/src"),
    ));
}

#[test]
fn the_macros_import_downward() {
    assert_tidy(&floors::check(
        &floors::MACROS,
        &Source::under("cache-macros/src"),
    ));
}

#[test]
fn a_file_holds_one_idea() {
    assert_tidy(&sizes::check(&Source::all(), sizes::EXCEPTIONS));
}

#[test]
fn time_comes_from_the_clock() {
    assert_tidy(&time::check(&Source::under("cache-core/src")));
}

#[test]
fn state_of_the_process_has_its_places() {
    assert_tidy(&statics::check(&Source::under("cache-core/src")));
}

#[test]
fn arguments_are_few() {
    assert_tidy(&arguments::check(&Source::under("cache-macros/src")));
}

#[test]
fn the_readme_shows_every_argument_and_contributing_every_file() {
    assert_tidy(&arguments::undocumented(
        &Source::under("cache-macros/src"),
        &read("README.md"),
    ));
    let contributing = read("CONTRIBUTING.md");
    assert_tidy(&floors::unmapped(&floors::CORE, &contributing));
    assert_tidy(&floors::unmapped(&floors::MACROS, &contributing));
}

#[test]
fn nothing_is_left_over() {
    assert_tidy(&leftovers::check(&Source::all()));
}

#[test]
fn unsafe_code_is_listed() {
    assert_tidy(&unsafety::check(&Source::all()));
}

#[test]
fn ui_cases_stand_in_their_rooms() {
    assert_tidy(&ui::check(&files_under("tests")));
}

#[test]
fn manifests_say_what_they_must() {
    let paths = files_under("")
        .into_iter()
        .filter(|path| path.ends_with("Cargo.toml"));
    let faults: Vec<Fault> = paths
        .flat_map(|path| manifests::check(&path, &read(&path)))
        .collect();
    assert_tidy(&faults);
}
