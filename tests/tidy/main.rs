//! The rules of the code, as tests. Each fault names the file, the line and what to do.

mod arguments;
mod floors;
mod folders;
mod leftovers;
mod manifests;
mod names;
mod paths;
mod public;
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
fn the_files_of_a_folder_form_no_circle() {
    let crates = [
        ("cache-core/src/", "cache_core"),
        ("cache-macros/src/", "cache_macros"),
    ];
    let faults: Vec<Fault> = crates
        .iter()
        .flat_map(|(folder, name)| folders::check(folder, name, &Source::under(folder)))
        .collect();
    assert_tidy(&faults);
}

#[test]
fn a_name_stands_for_one_type() {
    let sources: Vec<Source> = ["cache-core/src", "cache-macros/src", "xtask/src"]
        .into_iter()
        .flat_map(Source::under)
        .collect();
    assert_tidy(&names::check(&sources));
}

#[test]
fn what_is_public_is_used() {
    let all = Source::all();
    let documents = files_under("").into_iter().filter(|path| {
        std::path::Path::new(path)
            .extension()
            .is_some_and(|end| end == "md")
    });
    let documents: Vec<String> = documents.map(|path| read(&path)).collect();
    assert_tidy(&public::check(&all, &documents));
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
fn the_readme_shows_every_argument() {
    assert_tidy(&arguments::undocumented(
        &Source::under("cache-macros/src"),
        &read("README.md"),
    ));
}

#[test]
fn contributing_shows_the_floors_as_they_are() {
    let contributing = read("CONTRIBUTING.md");
    assert_tidy(&floors::misplaced(&floors::CORE, &contributing));
    assert_tidy(&floors::misplaced(&floors::MACROS, &contributing));
}

#[test]
fn contributing_names_files_that_there_are() {
    assert_tidy(&paths::check(
        "CONTRIBUTING.md",
        &read("CONTRIBUTING.md"),
        &files_under(""),
    ));
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
