//! What the fuzz targets share: where inputs come from, and how an input is read.
//!
//! A target is a `#[test]` in a module `fuzz` beside the code it is about: one call of [`run`]. `cargo test` gives it
//! the committed corpus; script/fuzz gives it what libFuzzer makes of the corpus, led by the coverage of the code.

mod edit;
#[cfg(feature = "libfuzzer")]
mod libfuzzer;

pub use edit::edited;

use std::{fs, path::Path};

/// The longest text that [`filled`] makes, in bytes.
const MAX_FILLED: usize = 128 * 1024;

/// Between two sections of an input.
const SEPARATOR: &[u8] = b"\n---\n";

/// Calls `test`, which panics at what must not be, with many inputs for `target`.
///
/// # Panics
/// When `test` does, and when the target has no corpus.
pub fn run(target: &str, test: fn(&[u8])) {
    #[cfg(feature = "libfuzzer")]
    if let Ok(arguments) = std::env::var("FUZZ_ARGUMENTS") {
        libfuzzer::run(test, &arguments);
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    let files = fs::read_dir(folder.join(target)).expect("the target has a corpus");
    let mut files: Vec<_> = files.map(|file| file.expect("a file").path()).collect();
    files.sort();
    assert!(
        !files.is_empty(),
        "{target} has a corpus with nothing in it"
    );
    for file in files {
        // Captured: a failure shows the file that it is about last.
        println!("{}", file.display());
        test(&fs::read(&file).expect("a file that can be read"));
    }
}

/// The sections of an input: what stands between lines of `---`. The last one has the rest, without the line break that
/// editors put at the end of a file; a section that is not there is empty.
#[must_use]
pub fn sections<const N: usize>(input: &[u8]) -> [&[u8]; N] {
    let mut rest = input.strip_suffix(b"\n").unwrap_or(input);
    let mut sections = [&[][..]; N];
    for section in sections.iter_mut().take(N.saturating_sub(1)) {
        let found = rest.windows(SEPARATOR.len()).position(|it| it == SEPARATOR);
        match found {
            Some(at) => (*section, rest) = (&rest[..at], &rest[at + SEPARATOR.len()..]),
            None => {
                *section = rest;
                rest = &[];
            }
        }
    }
    if let Some(last) = sections.last_mut() {
        *last = rest;
    }
    sections
}

/// The template with `$A` replaced by the value named `A`, and so on: how a text that nobody can guess, because it is
/// sealed or signed, gets into an input.
#[must_use]
pub fn filled(template: &[u8], values: &[(char, &str)]) -> Vec<u8> {
    let mut text = Vec::with_capacity(template.len());
    let mut rest = template;
    while let (Some((byte, after)), true) = (rest.split_first(), text.len() < MAX_FILLED) {
        let value = after.first().filter(|_| *byte == b'$').and_then(|name| {
            let mut values = values.iter();
            values.find(|(of, _)| *of == char::from(*name))
        });
        rest = match value {
            Some((_, value)) => {
                text.extend_from_slice(value.as_bytes());
                &after[1..]
            }
            None => {
                text.push(*byte);
                after
            }
        };
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_input_is_read_in_sections() {
        let [first, second, third] = sections(b"a\nb\n---\nc\n---\n---\nd\n");
        assert_eq!(
            (first, second, third),
            (&b"a\nb"[..], &b"c"[..], &b"---\nd"[..])
        );
        assert_eq!(sections(b"a"), [&b"a"[..], b""]);
    }

    #[test]
    fn a_template_is_filled() {
        let values = [('A', "one"), ('B', "$A")];
        assert_eq!(filled(b"$A;$B;$C;$", &values), b"one;$A;$C;$");
    }

    #[test]
    fn edits_change_a_text_and_no_edits_do_not() {
        assert_eq!(edited(b"text".to_vec(), b""), b"text");
        assert_ne!(edited(b"text".to_vec(), b"0012"), b"text");
    }
}
