//! [`arguments`]: what was typed into a form, as the types of a mutation or a query.
//!
//! Called by the server for plain forms and addresses, and by islands before anything is sent, so that both refuse the
//! same, at the same field, with the same sentence. Which text is right is up to the types.

use serde::{
    Deserializer,
    de::{
        DeserializeOwned, Error as _, IntoDeserializer, Visitor,
        value::{MapDeserializer, StrDeserializer},
    },
    forward_to_deserialize_any,
};
use std::{cell::Cell, fmt};

/// Why the arguments are none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// This one is refused by its type, with this sentence.
    Field(String, String),
    /// Some are missing, or there twice.
    Incomplete,
}

/// Reads arguments from the names and texts of a form's fields. Fields that the type does not know are passed over. A
/// field with no text is `None` where the type is an `Option`.
///
/// # Errors
/// [`Wrong`]: the first field that is.
pub fn arguments<A: DeserializeOwned>(fields: &[(String, String)]) -> Result<A, Wrong> {
    let reading = Cell::new(None);
    let pairs = fields
        .iter()
        .map(|(name, text)| (name.as_str(), Typed(text)));
    let read = A::deserialize(MapDeserializer::new(noting(pairs, &reading)));
    read.map_err(|Says { sentence }| match (reading.take(), sentence) {
        (Some(field), Some(sentence)) => Wrong::Field(field.to_owned(), sentence),
        _ => Wrong::Incomplete,
    })
}

/// The same fields, with the name of the one that is being read in `reading`; none after the last, where a type asks for what
/// is missing.
pub(crate) fn noting<'a, V>(
    fields: impl Iterator<Item = (&'a str, V)>,
    reading: &Cell<Option<&'a str>>,
) -> impl Iterator<Item = (&'a str, V)> {
    let end = std::iter::from_fn(|| {
        reading.set(None);
        None
    });
    fields
        .inspect(|(name, _)| reading.set(Some(*name)))
        .chain(end)
}

/// The text of a field.
#[derive(Clone, Copy)]
struct Typed<'a>(&'a str);

/// What a type says of a text that it refuses.
#[derive(Debug)]
struct Says {
    sentence: Option<String>,
}

impl serde::de::Error for Says {
    fn custom<T: fmt::Display>(sentence: T) -> Self {
        Self {
            sentence: Some(sentence.to_string()),
        }
    }

    fn missing_field(_: &'static str) -> Self {
        Self { sentence: None }
    }

    fn duplicate_field(_: &'static str) -> Self {
        Self { sentence: None }
    }
}

impl fmt::Display for Says {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.sentence.as_deref().unwrap_or("incomplete"))
    }
}

impl std::error::Error for Says {}

impl<'de> IntoDeserializer<'de, Says> for Typed<'de> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

/// A text where a number is asked for is read as one.
macro_rules! numbers {
    ($($deserialize:ident $visit:ident)*) => {$(
        fn $deserialize<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Says> {
            match self.0.trim().parse() {
                Ok(number) => visitor.$visit(number),
                Err(_) => Err(Says::custom("Write a number in digits.")),
            }
        }
    )*};
}

impl<'de> Deserializer<'de> for Typed<'de> {
    type Error = Says;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Says> {
        visitor.visit_str(self.0)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Says> {
        match self.0 {
            "" => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Says> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Says> {
        StrDeserializer::<Says>::new(self.0).deserialize_enum(name, variants, visitor)
    }

    /// A box that is ticked sends `on`, or what its `value` says; one that is not sends nothing.
    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Says> {
        match self.0 {
            "on" | "true" => visitor.visit_bool(true),
            "" | "false" => visitor.visit_bool(false),
            _ => Err(Says::custom("Choose yes or no.")),
        }
    }

    numbers! {
        deserialize_i8 visit_i8 deserialize_i16 visit_i16 deserialize_i32 visit_i32 deserialize_i64 visit_i64
        deserialize_u8 visit_u8 deserialize_u16 visit_u16 deserialize_u32 visit_u32 deserialize_u64 visit_u64
        deserialize_f32 visit_f32 deserialize_f64 visit_f64
    }

    forward_to_deserialize_any! {
        char str string bytes byte_buf unit unit_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(try_from = "i64")]
    struct Even(i64);

    impl TryFrom<i64> for Even {
        type Error = &'static str;

        fn try_from(number: i64) -> Result<Self, &'static str> {
            match number % 2 {
                0 => Ok(Self(number)),
                _ => Err("Write an even number."),
            }
        }
    }

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Color {
        Red,
        Blue,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    struct Everything {
        even: Even,
        #[serde(default)]
        color: Option<Color>,
        #[serde(default)]
        ticked: bool,
        #[serde(default)]
        text: String,
    }

    fn read(fields: &[(&str, &str)]) -> Result<Everything, Wrong> {
        let fields = fields
            .iter()
            .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
        arguments(&fields.collect::<Vec<_>>())
    }

    fn wrong(field: &str, sentence: &str) -> Result<Everything, Wrong> {
        Err(Wrong::Field(field.to_owned(), sentence.to_owned()))
    }

    #[test]
    fn fields_become_arguments() {
        let all = [
            ("text", "4"),
            ("even", " 4 "),
            ("color", "blue"),
            ("ticked", "on"),
            ("unknown", "x"),
        ];
        let everything = Everything {
            even: Even(4),
            color: Some(Color::Blue),
            ticked: true,
            text: "4".to_owned(),
        };
        assert_eq!(read(&all), Ok(everything));
        let least = read(&[("even", "0"), ("color", "")]).unwrap();
        assert_eq!((least.color, least.ticked), (None, false));
    }

    #[test]
    fn what_a_type_refuses_is_told_at_its_field_in_the_words_of_the_type() {
        assert_eq!(
            read(&[("even", "3")]),
            wrong("even", "Write an even number.")
        );
        assert_eq!(
            read(&[("text", "x"), ("even", "x"), ("color", "red")]),
            wrong("even", "Write a number in digits.")
        );
        let green = read(&[("even", "2"), ("color", "green")]);
        assert!(
            matches!(&green, Err(Wrong::Field(field, _)) if field == "color"),
            "{green:?}"
        );
    }

    #[test]
    fn fields_that_are_missing_or_there_twice_are_nobody_s_typing() {
        for fields in [&[][..], &[("text", "x")], &[("even", "2"), ("even", "4")]] {
            assert_eq!(read(fields), Err(Wrong::Incomplete), "{fields:?}");
        }
    }
}
