//! [`Text`]: text of a length, as people type it and databases keep it; and [`Line`], the same without line breaks.
//!
//! Used in arguments, answers and columns. Text of another length can't be constructed, nor text with characters that
//! nobody sees: each way in cleans it in the same way, and then counts. The generic type is thin, as `Whole` is.

use super::whole::grouped;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};
use std::{fmt, ops::Deref, str::FromStr};

/// Text of `MIN` to `MAX` characters.
///
/// **Cleaned.** White space at both ends is cut off, with characters there that have no width. Line breaks become `\n`,
/// whatever the form, the program or the word processor wrote for one. Other control characters but the tab are removed,
/// NUL among them, which PostgreSQL can't store: they come with what people paste, who can't see them, so to refuse them
/// would be to ask for what nobody can do. What is left is kept as it was typed: no spelling of a letter is replaced.
///
/// **Counted** as Rust's `chars`, PostgreSQL's `varchar` and `char_length`, and SQLite's `length` count: in code points,
/// after cleaning. So `CHECK (char_length(name) <= 80)` and `Text<1, 80>` never differ. Browsers count otherwise: `maxlength`
/// is in UTF-16 units, where an emoji is two and more, and what is pasted over it is cut without a word. Give a field
/// its [`LIMITS`](Self::LIMITS), which are wide enough there that what a browser cuts is still refused, with the number of its
/// characters, and not stored without its end. Only of what cleaning takes out, such as hundreds of blank lines before the
/// text, may there be enough that what is left of a cut text is short enough.
///
/// ```
/// use authkit_live::Text;
///
/// type Title = Text<1, 80>;
///
/// let title: Title = "  Buy\r\nmilk\0 ".parse()?;
/// assert_eq!(&*title, "Buy\nmilk");
///
/// let long = "x".repeat(93);
/// assert_eq!(long.parse::<Title>().unwrap_err().to_string(), "Write at most 80 characters: these are 93.");
/// assert_eq!(" ".parse::<Title>().unwrap_err().to_string(), "Write 1 to 80 characters.");
/// # Ok::<(), authkit_live::NotText>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Text<const MIN: usize, const MAX: usize, const LINES: bool = true>(String);

/// A [`Text`] of one line, for a title or a name: for what [`Field`](crate::Field) asks, as [`TextArea`](crate::TextArea)
/// asks for more lines. Programs and pastes may have line breaks all the same: these become a space, with the white space
/// around them, and so does a tab.
///
/// ```
/// use authkit_live::Line;
///
/// type Title = Line<1, 80>;
///
/// let title: Title = "Buy \r\n\r\n milk\tand tea".parse()?;
/// assert_eq!(&*title, "Buy milk and tea");
/// # Ok::<(), authkit_live::NotText>(())
/// ```
pub type Line<const MIN: usize, const MAX: usize> = Text<MIN, MAX, false>;

/// Why something is no [`Text`]: what to write instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotText {
    /// How many characters it has at least.
    pub min: usize,
    /// How many it has at most.
    pub max: usize,
    /// How many there were, once cleaned; `None` for what is no text at all.
    pub characters: Option<usize>,
}

/// How long a [`Text`] may be, for the [`Field`](crate::Field) or [`TextArea`](crate::TextArea) that asks for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    min: usize,
    max: usize,
    lines: bool,
}

impl Limits {
    /// Whether a text is within.
    ///
    /// # Errors
    /// [`NotText`].
    ///
    /// ```
    /// # use authkit_live::Text;
    /// type Title = Text<1, 80>;
    /// assert_eq!(Title::LIMITS.check(" ").unwrap_err().to_string(), "Write 1 to 80 characters.");
    /// ```
    pub fn check(self, text: &str) -> Result<(), NotText> {
        self.parse(text).map(drop)
    }

    /// How many characters at least.
    pub(crate) const fn min(self) -> usize {
        self.min
    }

    /// For the `maxlength` of a field: [`Text::MAXLENGTH`].
    pub(crate) const fn maxlength(self) -> usize {
        self.max.saturating_add(1).saturating_mul(2)
    }

    /// The text, cleaned.
    fn parse(self, text: &str) -> Result<String, NotText> {
        let mut text = clean(text);
        if !self.lines {
            text = on_one_line(text);
        }
        let characters = text.chars().count();
        if self.min <= characters && characters <= self.max {
            return Ok(text);
        }
        Err(self.refused(Some(characters)))
    }

    /// What is said of a text of so many characters that is none.
    fn refused(self, characters: Option<usize>) -> NotText {
        let Self { min, max, .. } = self;
        NotText {
            min,
            max,
            characters,
        }
    }
}

impl<const MIN: usize, const MAX: usize, const LINES: bool> Text<MIN, MAX, LINES> {
    /// The same limits as a value.
    pub const LIMITS: Limits = const {
        assert!(MIN <= MAX, "a length from MIN to MAX");
        Limits {
            min: MIN,
            max: MAX,
            lines: LINES,
        }
    };
    /// How many characters it has at least.
    pub const MIN: usize = MIN;
    /// How many it has at most.
    pub const MAX: usize = MAX;
    /// For the `maxlength` of a field that has no `limits`, which is in UTF-16 units: as many as `MAX` characters and one more may take.
    /// Without the one more, a browser would cut 81 emoji to 80, and 80 would be stored.
    pub const MAXLENGTH: usize = Self::LIMITS.maxlength();
    /// The text alone.
    #[must_use]
    pub fn into_string(self) -> String {
        self.0
    }
}

/// Text without what nobody sees.
fn clean(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut before = '\0';
    for character in text.chars() {
        match character {
            // The second half of a line break.
            '\n' if before == '\r' => {}
            // Unicode's line breaks, UAX #14: forms send CR LF, word processors VT for one within a paragraph.
            '\r' | '\n' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => {
                clean.push('\n')
            }
            '\t' => clean.push('\t'),
            other if other.is_control() => {}
            other => clean.push(other),
        }
        before = character;
    }
    let kept = clean.trim_matches(is_blank);
    if kept.len() == clean.len() {
        return clean;
    }
    kept.to_owned()
}

/// Clean text with a space for each line break and tab, and for the white space around it.
fn on_one_line(text: String) -> String {
    if !text.contains(['\n', '\t']) {
        return text;
    }
    let parts = text
        .split(['\n', '\t'])
        .map(|part| part.trim_matches(is_blank));
    parts
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

/// White space, and what has no width: zero-width space, word joiner, byte order mark.
fn is_blank(character: char) -> bool {
    character.is_whitespace() || matches!(character, '\u{200b}' | '\u{2060}' | '\u{feff}')
}

impl fmt::Display for NotText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = |count: usize| grouped(false, count as u64);
        let (min, max) = (count(self.min), count(self.max));
        let s = if self.max == 1 { "" } else { "s" };
        match self.characters {
            Some(are) if are > self.max => {
                let are = count(are);
                return write!(f, "Write at most {max} character{s}: these are {are}.");
            }
            _ if self.min == self.max => write!(f, "Write {max} character{s}")?,
            _ if self.min == 0 => write!(f, "Write at most {max} character{s}")?,
            _ => write!(f, "Write {min} to {max} characters")?,
        }
        match self.characters {
            None | Some(0) => f.write_str("."),
            Some(1) => f.write_str(": this is 1."),
            Some(are) => write!(f, ": these are {}.", count(are)),
        }
    }
}

impl std::error::Error for NotText {}

impl<const MIN: usize, const MAX: usize, const LINES: bool> FromStr for Text<MIN, MAX, LINES> {
    type Err = NotText;

    fn from_str(text: &str) -> Result<Self, NotText> {
        Self::LIMITS.parse(text).map(Self)
    }
}

impl<const MIN: usize, const MAX: usize, const LINES: bool> From<Text<MIN, MAX, LINES>> for String {
    fn from(Text(text): Text<MIN, MAX, LINES>) -> Self {
        text
    }
}

/// Empty, where that is allowed.
impl<const MAX: usize, const LINES: bool> Default for Text<0, MAX, LINES> {
    fn default() -> Self {
        Self(String::new())
    }
}

impl<const MIN: usize, const MAX: usize, const LINES: bool> Deref for Text<MIN, MAX, LINES> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl<const MIN: usize, const MAX: usize, const LINES: bool> AsRef<str> for Text<MIN, MAX, LINES> {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl<const MIN: usize, const MAX: usize, const LINES: bool> fmt::Display for Text<MIN, MAX, LINES> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl<const MIN: usize, const MAX: usize, const LINES: bool> Serialize for Text<MIN, MAX, LINES> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de, const MIN: usize, const MAX: usize, const LINES: bool> Deserialize<'de>
    for Text<MIN, MAX, LINES>
{
    /// Reads text. A number is no text, nor is `null`: the sentence is the same.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // What a `String` is read with is in the WASM anyway; a visitor of one's own would come on top.
        let text = String::deserialize(deserializer)
            .map_err(|_| D::Error::custom(Self::LIMITS.refused(None)))?;
        text.parse().map_err(D::Error::custom)
    }
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;
    use proptest::prelude::*;

    type Title = Text<1, 80>;
    type Short = Text<2, 4>;

    #[test]
    fn text_is_cleaned_of_what_nobody_sees() {
        for (typed, text) in [
            (" a ", "a"),
            ("\t\r\n a\u{a0}\u{3000}", "a"),
            ("\u{feff}a\u{200b} \u{2060}", "a"),
            ("a\tb", "a\tb"),
            ("a\r\nb", "a\nb"),
            ("a\rb", "a\nb"),
            ("a\r\rb", "a\n\nb"),
            ("a\n\rb", "a\n\nb"),
            ("a\r\n\r\nb", "a\n\nb"),
            ("a\u{b}b\u{c}c\u{85}d\u{2028}e\u{2029}f", "a\nb\nc\nd\ne\nf"),
            ("a\0b", "ab"),
            ("\0 a \0", "a"),
            ("a\u{1b}[31mb", "a[31mb"),
            ("a\u{7f}\u{9f}b", "ab"),
            // Joined emoji, right-to-left text, and what is not composed stay as they are.
            ("👩\u{200d}👩\u{200d}👧", "👩\u{200d}👩\u{200d}👧"),
            ("می\u{200c}خواهم", "می\u{200c}خواهم"),
            ("e\u{301}", "e\u{301}"),
        ] {
            let parsed: Title = typed.parse().unwrap();
            assert_eq!(&*parsed, text, "{typed:?}");
        }
    }

    #[test]
    fn a_line_has_a_space_where_a_text_has_line_breaks_and_tabs() {
        for (typed, line) in [
            ("a\nb", "a b"),
            ("a\r\n\r\nb", "a b"),
            ("a \u{a0}\n\u{200b}\t b", "a b"),
            ("\na\tb\n", "a b"),
            ("a\u{2028}b", "a b"),
            // What is within a line is the writer's.
            ("a  b", "a  b"),
            ("a\u{a0}b", "a\u{a0}b"),
        ] {
            assert_eq!(&*typed.parse::<Line<1, 80>>().unwrap(), line, "{typed:?}");
        }
        // Counted afterwards.
        assert!("a\r\n\r\nb".parse::<Line<3, 3>>().is_ok());
        let read: Line<1, 80> = serde_json::from_str(r#""a\nb""#).unwrap();
        assert_eq!(&*read, "a b");
    }

    #[test]
    fn text_of_another_length_is_refused_with_how_long_it_is() {
        let x = |count| "x".repeat(count);
        for (refused, sentence) in [
            (
                "".parse::<Title>().unwrap_err(),
                "Write 1 to 80 characters.",
            ),
            (
                " \0\r\n\u{200b}".parse::<Title>().unwrap_err(),
                "Write 1 to 80 characters.",
            ),
            (
                x(93).parse::<Title>().unwrap_err(),
                "Write at most 80 characters: these are 93.",
            ),
            (
                "😀".repeat(81).parse::<Title>().unwrap_err(),
                "Write at most 80 characters: these are 81.",
            ),
            (
                x(12_345).parse::<Title>().unwrap_err(),
                "Write at most 80 characters: these are 12,345.",
            ),
            (
                "x".parse::<Short>().unwrap_err(),
                "Write 2 to 4 characters: this is 1.",
            ),
            (
                "xx".parse::<Text<3, 4>>().unwrap_err(),
                "Write 3 to 4 characters: these are 2.",
            ),
            ("".parse::<Text<6, 6>>().unwrap_err(), "Write 6 characters."),
            (
                x(5).parse::<Text<6, 6>>().unwrap_err(),
                "Write 6 characters: these are 5.",
            ),
            (
                x(2).parse::<Text<1, 1>>().unwrap_err(),
                "Write at most 1 character: these are 2.",
            ),
            ("".parse::<Text<1, 1>>().unwrap_err(), "Write 1 character."),
            (
                x(10_001).parse::<Text<0, 10_000>>().unwrap_err(),
                "Write at most 10,000 characters: these are 10,001.",
            ),
        ] {
            assert_eq!(refused.to_string(), sentence);
        }
        for text in [x(1), x(80), "😀".repeat(80), format!(" {}\r\n", x(80))] {
            assert!(text.parse::<Title>().is_ok(), "{text:?}");
        }
        assert_eq!("".parse::<Text<0, 4>>(), Ok(Text::default()));
    }

    #[test]
    fn json_that_is_no_such_text_is_refused_with_the_sentence() {
        let read: Title = serde_json::from_str(r#"" a\u0000\r\nb ""#).unwrap();
        assert_eq!(&*read, "a\nb");
        for json in [
            "7",
            "true",
            "null",
            "[\"a\"]",
            "{}",
            "\"\"",
            "\" \"",
            "\"\\u0000\"",
        ] {
            let refused = serde_json::from_str::<Title>(json).unwrap_err().to_string();
            assert!(
                refused.starts_with("Write 1 to 80 characters."),
                "{json}: {refused}"
            );
        }
        let none = serde_json::from_str::<Text<0, 80>>("null")
            .unwrap_err()
            .to_string();
        assert!(none.starts_with("Write at most 80 characters."), "{none}");
        let long = format!("\"{}\"", "x".repeat(93));
        let refused = serde_json::from_str::<Title>(&long)
            .unwrap_err()
            .to_string();
        assert!(
            refused.starts_with("Write at most 80 characters: these are 93."),
            "{refused}"
        );
    }

    /// What a browser leaves of a paste into a field with this `maxlength`.
    fn cut(text: &str, maxlength: usize) -> &str {
        let mut units = 0;
        let end = text.char_indices().find(|(_, character)| {
            units += character.len_utf16();
            units > maxlength
        });
        &text[..end.map_or(text.len(), |(at, _)| at)]
    }

    /// Text in which what is special is frequent.
    fn strange() -> impl Strategy<Value = String> {
        let special = proptest::sample::select(vec![
            '\0', '\t', '\n', '\r', ' ', '\u{b}', '\u{85}', '\u{a0}', '\u{200b}', '\u{2028}',
            '\u{feff}', 'x', 'é', '😀',
        ]);
        proptest::collection::vec(prop_oneof![special, any::<char>()], 0..12)
            .prop_map(|characters| characters.into_iter().collect())
    }

    proptest! {
        #[test]
        fn what_comes_in_is_clean_and_of_its_length(typed in strange()) {
            let Ok(text) = typed.parse::<Short>() else {
                return Ok(());
            };
            let count = text.chars().count();
            prop_assert!((Short::MIN..=Short::MAX).contains(&count));
            prop_assert!(!text.contains(|it: char| it.is_control() && it != '\n' && it != '\t'), "{:?}", text);
            prop_assert_eq!(text.trim(), &*text);
        }

        #[test]
        fn a_line_is_one_and_the_line_of_a_line_is_the_same(typed in strange()) {
            if let Ok(line) = typed.parse::<Line<0, 80>>() {
                prop_assert!(!line.contains(char::is_control), "{:?}", line);
                prop_assert_eq!(line.parse::<Line<0, 80>>().unwrap(), line);
            }
        }

        #[test]
        fn cleaning_twice_is_cleaning_once(typed in strange()) {
            let once = clean(&typed);
            prop_assert_eq!(clean(&once), once);
        }

        #[test]
        fn what_is_written_is_read_as_the_same(typed in strange()) {
            if let Ok(text) = typed.parse::<Short>() {
                let json = serde_json::to_string(&text).unwrap();
                prop_assert_eq!(serde_json::from_str::<Short>(&json).unwrap(), text);
            }
        }

        #[test]
        fn what_is_refused_says_how_many_characters_there_are(typed in strange()) {
            if let Err(refused) = typed.parse::<Short>() {
                let characters = clean(&typed).chars().count();
                prop_assert_eq!(refused.characters, Some(characters));
                prop_assert!(!(Short::MIN..=Short::MAX).contains(&characters));
            }
        }

        #[test]
        fn what_a_browser_cuts_is_refused_and_what_is_allowed_is_not_cut(
            typed in proptest::collection::vec(proptest::sample::select(vec!['x', 'é', '漢', '😀']), 0..12)
        ) {
            let typed: String = typed.into_iter().collect();
            let sent = cut(&typed, Short::MAXLENGTH);
            prop_assert_eq!(sent.parse::<Short>().is_ok(), typed.parse::<Short>().is_ok());
            if sent.parse::<Short>().is_ok() {
                prop_assert_eq!(sent, &*typed);
            }
        }
    }
}
