//! [`Whole`]: a whole number in a range.
//!
//! Used in arguments, answers and columns. A number outside of its range can't be constructed: each way in refuses it
//! with the same sentence. The generic type is thin: the code is that of `i64`, once for all ranges.

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{Error, MapAccess, SeqAccess, Visitor},
};
use std::{fmt, str::FromStr};

/// A whole number from `MIN` to `MAX`, both included.
///
/// It is read from a number, and from text as people type it and as forms send it. Written it is a number.
///
/// ```
/// use authkit_live::Whole;
///
/// type Value = Whole<-1_000_000, 1_000_000>;
///
/// assert_eq!(" -1000 ".parse().map(|value: Value| value.to_string()), Ok("−1,000".to_owned()));
/// assert_eq!(
///     "4.2".parse::<Value>().unwrap_err().to_string(),
///     "Write a whole number in digits, from −1,000,000 to 1,000,000."
/// );
/// // A range that is wrong does not compile, nor does a constant outside of it.
/// const TWENTY: Whole<1, 100> = Whole::of::<20>();
/// assert_eq!(i64::from(TWENTY), 20);
/// ```
///
/// ```compile_fail
/// const NONE: authkit_live::Whole<1, 100> = authkit_live::Whole::of::<0>();
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Whole<const MIN: i64, const MAX: i64>(i64);

/// Why something is no [`Whole`]: what to write instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotWhole {
    /// The smallest number that it may be.
    pub min: i64,
    /// The largest.
    pub max: i64,
}

impl<const MIN: i64, const MAX: i64> Whole<MIN, MAX> {
    /// The smallest: for the `min` of a field.
    pub const MIN: i64 = MIN;
    /// The largest: for the `max` of a field.
    pub const MAX: i64 = MAX;
    /// What is said of everything else.
    const REFUSED: NotWhole = const {
        assert!(MIN <= MAX, "a range from MIN to MAX");
        NotWhole { min: MIN, max: MAX }
    };

    /// This number. One outside of the range does not compile.
    #[must_use]
    pub const fn of<const NUMBER: i64>() -> Self {
        const { assert!(MIN <= NUMBER && NUMBER <= MAX, "a number from MIN to MAX") };
        Self(NUMBER)
    }

    /// The number as a length or a count; 0 if it is negative.
    #[must_use]
    pub fn to_usize(self) -> usize {
        usize::try_from(self.0).unwrap_or(0)
    }
}

impl NotWhole {
    fn check(self, number: i64) -> Result<i64, Self> {
        let is_within = self.min <= number && number <= self.max;
        if is_within { Ok(number) } else { Err(self) }
    }

    fn parse(self, text: &str) -> Result<i64, Self> {
        let text = text.trim();
        // Numbers are shown with a true minus sign, so it is what people copy.
        let copied = text.strip_prefix('−').map(|digits| ["-", digits].concat());
        let text = copied.as_deref().unwrap_or(text);
        self.check(text.parse().map_err(|_| self)?)
    }
}

impl<const MIN: i64, const MAX: i64> TryFrom<i64> for Whole<MIN, MAX> {
    type Error = NotWhole;

    fn try_from(number: i64) -> Result<Self, NotWhole> {
        Self::REFUSED.check(number).map(Self)
    }
}

impl<const MIN: i64, const MAX: i64> FromStr for Whole<MIN, MAX> {
    type Err = NotWhole;

    /// Reads digits, with a sign if there is one and white space around them. Nothing else is read as a number: a comma
    /// is a decimal point to half of the world.
    fn from_str(text: &str) -> Result<Self, NotWhole> {
        Self::REFUSED.parse(text).map(Self)
    }
}

impl<const MIN: i64, const MAX: i64> From<Whole<MIN, MAX>> for i64 {
    fn from(Whole(number): Whole<MIN, MAX>) -> Self {
        number
    }
}

impl<const MIN: i64, const MAX: i64> fmt::Display for Whole<MIN, MAX> {
    /// With a minus sign and a separator of thousands: −1,000.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&grouped(self.0 < 0, self.0.unsigned_abs()))
    }
}

impl fmt::Display for NotWhole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (min, max) = (
            grouped(self.min < 0, self.min.unsigned_abs()),
            grouped(self.max < 0, self.max.unsigned_abs()),
        );
        write!(f, "Write a whole number in digits, from {min} to {max}.")
    }
}

impl std::error::Error for NotWhole {}

/// A number as people write it.
pub(super) fn grouped(is_negative: bool, number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::from(if is_negative { "−" } else { "" });
    for (at, digit) in digits.char_indices() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

impl<const MIN: i64, const MAX: i64> Serialize for Whole<MIN, MAX> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i64(self.0)
    }
}

impl<'de, const MIN: i64, const MAX: i64> Deserialize<'de> for Whole<MIN, MAX> {
    /// Reads a number or text, from a format that says which of the two it has: JSON, forms and query strings do.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // One visitor for all ranges.
        deserializer.deserialize_any(Self::REFUSED).map(Self)
    }
}

/// Anything but a number or text is refused with the same sentence: it is what a form shows at the field.
impl<'de> Visitor<'de> for NotWhole {
    type Value = i64;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a whole number from {} to {}", self.min, self.max)
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<i64, E> {
        self.check(number).map_err(E::custom)
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<i64, E> {
        let number = i64::try_from(number).map_err(|_| E::custom(self))?;
        self.visit_i64(number)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<i64, E> {
        self.parse(text).map_err(E::custom)
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<i64, E> {
        Err(E::custom(self))
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<i64, E> {
        Err(E::custom(self))
    }

    fn visit_unit<E: Error>(self) -> Result<i64, E> {
        Err(E::custom(self))
    }

    fn visit_none<E: Error>(self) -> Result<i64, E> {
        Err(E::custom(self))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, _: A) -> Result<i64, A::Error> {
        Err(A::Error::custom(self))
    }

    fn visit_map<A: MapAccess<'de>>(self, _: A) -> Result<i64, A::Error> {
        Err(A::Error::custom(self))
    }
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;
    use proptest::prelude::*;

    type Value = Whole<-1_000_000, 1_000_000>;
    type Any = Whole<{ i64::MIN }, { i64::MAX }>;

    const SENTENCE: &str = "Write a whole number in digits, from −1,000,000 to 1,000,000.";

    #[test]
    fn what_is_typed_is_a_whole_number_within_range() {
        for (text, value) in [
            ("0", Some(0)),
            ("-0", Some(0)),
            ("007", Some(7)),
            ("+7", Some(7)),
            ("-7", Some(-7)),
            ("−7", Some(-7)),
            (" 1000000\n", Some(1_000_000)),
            ("\u{a0}-1000000\u{3000}", Some(-1_000_000)),
            ("1000001", None),
            ("-1000001", None),
            ("99999999999999999999999", None),
            ("4294967338", None),
            ("", None),
            (" ", None),
            ("-", None),
            ("−", None),
            ("−−7", None),
            ("−-7", None),
            ("-−7", None),
            ("4−2", None),
            ("- 7", None),
            ("4 2", None),
            ("1.0", None),
            ("1,000", None),
            ("1e3", None),
            ("0x10", None),
            ("NaN", None),
            ("٣", None),
            ("7\0", None),
            ("７", None),
        ] {
            let parsed = text.parse::<Value>().map(i64::from).ok();
            assert_eq!(parsed, value, "{text:?}");
        }
        assert_eq!("".parse::<Value>().unwrap_err().to_string(), SENTENCE);
    }

    #[test]
    fn a_number_is_shown_as_people_write_it() {
        for (number, text) in [
            (0, "0"),
            (-7, "−7"),
            (999, "999"),
            (1_005, "1,005"),
            (-123_456, "−123,456"),
            (1_000_000, "1,000,000"),
            (-1_000_000, "−1,000,000"),
            (i64::MAX, "9,223,372,036,854,775,807"),
            (i64::MIN, "−9,223,372,036,854,775,808"),
        ] {
            assert_eq!(Any::try_from(number).unwrap().to_string(), text);
        }
        assert_eq!(format!("{:>6}", Value::of::<-7>()), "    −7");
    }

    #[test]
    fn json_that_is_no_such_number_is_refused_with_the_sentence() {
        for (json, value) in [
            ("7", 7),
            ("-7", -7),
            ("\"7\"", 7),
            ("\" −7 \"", -7),
            ("1000000", 1_000_000),
        ] {
            let read: Value = serde_json::from_str(json).unwrap();
            assert_eq!(i64::from(read), value, "{json}");
        }
        for json in [
            "1000001",
            "-1000001",
            "18446744073709551615",
            "1.5",
            "7.0",
            "1e3",
            "\"\"",
            "\"seven\"",
            "\"1000001\"",
            "null",
            "true",
            "[7]",
            "{\"value\":7}",
        ] {
            let refused = serde_json::from_str::<Value>(json).unwrap_err().to_string();
            assert!(refused.starts_with(SENTENCE), "{json}: {refused}");
        }
        let optional: Option<Value> = serde_json::from_str("null").unwrap();
        assert_eq!(optional, None);
    }

    #[test]
    fn a_number_that_stands_for_a_length_is_never_negative() {
        assert_eq!(Value::of::<7>().to_usize(), 7);
        assert_eq!(Value::of::<-7>().to_usize(), 0);
    }

    proptest! {
        #[test]
        fn only_numbers_within_range_come_in(number: i64) {
            let is_within = (Value::MIN..=Value::MAX).contains(&number);
            let ways = [
                Value::try_from(number).ok(),
                number.to_string().parse().ok(),
                serde_json::from_str(&number.to_string()).ok(),
                serde_json::from_str(&format!("\"{number}\"")).ok(),
            ];
            for way in ways {
                prop_assert_eq!(way.map(i64::from), is_within.then_some(number));
            }
        }

        #[test]
        fn what_is_shown_is_the_number_with_its_separators(number: i64) {
            let shown = Any::try_from(number).unwrap().to_string();
            let plain = shown.replace(',', "");
            prop_assert_eq!(plain.parse::<Any>().map(i64::from), Ok(number));
            let groups: Vec<&str> = shown.trim_start_matches('−').split(',').collect();
            prop_assert!((1..=3).contains(&groups[0].len()), "{}", shown);
            prop_assert!(groups[1..].iter().all(|group| group.len() == 3), "{}", shown);
        }

        #[test]
        fn what_is_written_is_read_as_the_same(number in Value::MIN..=Value::MAX) {
            let value = Value::try_from(number).unwrap();
            let json = serde_json::to_string(&value).unwrap();
            prop_assert_eq!(&json, &number.to_string());
            prop_assert_eq!(serde_json::from_str::<Value>(&json).unwrap(), value);
        }

        #[test]
        fn no_text_is_too_strange_to_be_refused(text: String) {
            // Text that happens to be a number is one to Rust as well.
            if let Ok(value) = text.parse::<Value>() {
                let digits = text.trim().replace('−', "-");
                prop_assert_eq!(digits.parse::<i64>(), Ok(i64::from(value)));
            }
        }
    }
}
