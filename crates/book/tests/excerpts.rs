//! Texts whose code is a part of a file show that file as it is.

#[test]
fn the_readme_shows_code_that_is_compiled() {
    let files = ["crates/book/src/existing_app.rs"];
    test_support::shows_code("README.md", &files, 3);
}

#[test]
fn the_page_about_convex_shows_the_notes_as_they_are() {
    let files = [
        "src/notes/mod.rs",
        "src/notes/page.rs",
        "crates/book/src/existing_app.rs",
        "crates/authkit-leptos/examples/axum.rs",
    ];
    test_support::shows_code("docs/from-convex.md", &files, 5);
}

#[test]
fn the_first_page_shows_an_example_and_the_route_table() {
    let files = ["crates/authkit-leptos/examples/minimal.rs", "src/app.rs"];
    test_support::shows_code("docs/start.md", &files, 2);
}

#[test]
fn the_page_on_testing_shows_a_test_that_runs() {
    let files = ["crates/book/tests/testing.rs"];
    test_support::shows_code("docs/testing.md", &files, 4);
}

#[test]
fn the_chapter_on_writing_a_feature_shows_all_of_the_notes_as_they_are() {
    let files = [
        "src/notes/migrations/0001_notes.sql",
        "src/notes/mod.rs",
        "src/notes/page.rs",
    ];
    test_support::shows_all_code("docs/live.md", &files);
    let others = [
        "src/numbers/mod.rs",
        "src/numbers/island.rs",
        "tests/app/notes.rs",
        "end2end/tests/notes.spec.ts",
        "crates/authkit-live/examples/ticked_row.rs",
        "crates/book/src/ticked_task.rs",
    ];
    test_support::shows_code("docs/live.md", &[&files[..], &others].concat(), 22);
}
