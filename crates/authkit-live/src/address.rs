//! [`Arguments`] in an address: `/notes?search=milk&page=2`, on both sides.
//!
//! Read by the page's handler and by the browser when somebody goes back, written into links and into the address bar,
//! by the same types. The same text as a form sends with `method="get"` (URL Standard §5). What a stranger writes into
//! an address costs at most one attempt for each field.

use serde::{
    Deserializer, Serialize,
    de::{DeserializeOwned, Error as _, Visitor, value::Error},
    forward_to_deserialize_any,
};

/// What the address of a page says: a struct with a field for each parameter. A [`LiveQuery`](crate::LiveQuery) with
/// defaults is one; so is what several queries of a page have in common.
///
/// Each field is a text, a number, a truth, an enum without data, a type that is written as one of these, or an
/// `Option` of one. Its default is not written into the address. Implemented for all such types; `#[serde(flatten)]`
/// has no place in them, and neither has a default that can't be read again.
pub trait Arguments:
    Clone + Default + PartialEq + Serialize + DeserializeOwned + Send + Sync + 'static
{
}

impl<T> Arguments for T where
    T: Clone + Default + PartialEq + Serialize + DeserializeOwned + Send + Sync + 'static
{
}

/// What an address says. What it does not say is the default, and so is what the type refuses.
///
/// ```
/// use authkit_live::FromAddress;
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
/// struct Found { search: String, page: u8 }
///
/// let FromAddress { arguments, refused } = FromAddress::<Found>::read("search=oat+milk&page=300");
/// assert_eq!(arguments, Found { search: "oat milk".into(), page: 0 });
/// assert_eq!(refused, ["page"]);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FromAddress<T> {
    /// The arguments.
    pub arguments: T,
    /// Names of the parameters that the type refused. An empty one is not among them: forms send what nobody filled in.
    pub refused: Vec<&'static str>,
}

impl<T: Arguments> FromAddress<T> {
    /// Reads a query string, without its question mark. Parameters that do not belong to the type are none of its
    /// business; of two of one name the last counts.
    #[must_use]
    pub fn read(query: &str) -> Self {
        let all: Fields = form_urlencoded::parse(query.as_bytes())
            .into_owned()
            .collect();
        let last = |name| all.iter().rfind(|(said, _)| said == name);
        let names = names::<T>().iter().copied();
        let said: Vec<_> = names
            .filter_map(|name| Some((name, last(name)?.1.as_str())))
            .collect();
        let mut arguments = T::default();
        let mut refused = Vec::new();
        match changed(&arguments, &said) {
            Some(all) => arguments = all,
            None => {
                for (name, value) in said {
                    match changed(&arguments, &[(name, value)]) {
                        Some(read) => arguments = read,
                        None if value.is_empty() => {
                            arguments = without(&arguments, name).unwrap_or(arguments);
                        }
                        None => refused.push(name),
                    }
                }
            }
        }
        Self { arguments, refused }
    }
}

/// The address of a page with these arguments: for links that work without scripts.
///
/// ```
/// use authkit_live::link_to;
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
/// struct Found { search: String, page: u8 }
///
/// let found = Found { search: "oat & milk".into(), page: 0 };
/// assert_eq!(link_to("/notes", &found), "/notes?search=oat+%26+milk");
/// assert_eq!(link_to("/notes", &Found::default()), "/notes");
/// ```
#[must_use]
pub fn link_to<T: Arguments>(path: &str, arguments: &T) -> String {
    address(path, &written(arguments, ""))
}

/// A path with a query string, if it is not empty.
pub(crate) fn address(path: &str, query: &str) -> String {
    match query {
        "" => path.to_owned(),
        query => format!("{path}?{query}"),
    }
}

/// The arguments as a query string, without what is a default. What else was in `before` stays.
pub(crate) fn written<T: Arguments>(arguments: &T, before: &str) -> String {
    let names = names::<T>();
    let (defaults, own) = (fields(&T::default()), fields(arguments));
    let mut written = form_urlencoded::Serializer::new(String::new());
    for (name, value) in form_urlencoded::parse(before.as_bytes()) {
        if !names.contains(&&*name) {
            written.append_pair(&name, &value);
        }
    }
    for field in &own {
        if !defaults.contains(field) {
            written.append_pair(&field.0, &field.1);
        }
    }
    // What is nothing is not among the fields, and has to be said if the default is something.
    for (name, _) in defaults {
        if !own.iter().any(|(known, _)| *known == name) {
            written.append_pair(&name, "");
        }
    }
    written.finish()
}

type Fields = Vec<(String, String)>;

/// The fields as texts. A field that is nothing is not among them.
fn fields<T: Serialize>(arguments: &T) -> Fields {
    let written = serde_urlencoded::to_string(arguments);
    debug_assert!(
        written.is_ok(),
        "these are no arguments of an address: {written:?}"
    );
    let written = written.unwrap_or_default();
    form_urlencoded::parse(written.as_bytes())
        .into_owned()
        .collect()
}

/// The arguments with other values in some fields, unless the type refuses them.
fn changed<T: Arguments>(arguments: &T, changes: &[(&str, &str)]) -> Option<T> {
    let mut fields = fields(arguments);
    fields.retain(|(name, _)| !changes.iter().any(|(changed, _)| changed == name));
    let changes = changes.iter();
    fields.extend(changes.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    of_fields(&fields)
}

/// The arguments with nothing in this field, unless the type refuses that.
fn without<T: Arguments>(arguments: &T, name: &str) -> Option<T> {
    let mut fields = fields(arguments);
    fields.retain(|(known, _)| known != name);
    of_fields(&fields)
}

fn of_fields<T: DeserializeOwned>(fields: &Fields) -> Option<T> {
    let mut text = form_urlencoded::Serializer::new(String::new());
    text.extend_pairs(fields);
    serde_urlencoded::from_str(&text.finish()).ok()
}

/// The names of the fields, as they are written.
fn names<T: DeserializeOwned>() -> &'static [&'static str] {
    let mut names = Names(&[]);
    // An error by design: nothing is read.
    let _ = T::deserialize(&mut names);
    names.0
}

/// Asked for a struct, it notes the names of the fields and fails.
struct Names(&'static [&'static str]);

impl<'de> Deserializer<'de> for &mut Names {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Error> {
        Err(Error::custom("no struct"))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.0 = fields;
        self.deserialize_any(visitor)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq
        tuple tuple_struct map enum identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde::Deserialize;

    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum Order {
        #[default]
        Newest,
        Oldest,
    }

    /// From 1 to 9.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
    #[serde(try_from = "i64", into = "i64")]
    struct Digit(u8);

    impl TryFrom<i64> for Digit {
        type Error = &'static str;

        fn try_from(number: i64) -> Result<Self, Self::Error> {
            match u8::try_from(number) {
                Ok(digit @ 1..=9) => Ok(Self(digit)),
                _ => Err("not from 1 to 9"),
            }
        }
    }

    impl From<Digit> for i64 {
        fn from(Digit(digit): Digit) -> Self {
            digit.into()
        }
    }

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    struct Found {
        search: String,
        digit: Digit,
        order: Order,
        before: Option<u64>,
        /// Nothing is not its default.
        year: Option<i32>,
        #[serde(rename = "done")]
        is_done: bool,
    }

    impl Default for Found {
        fn default() -> Self {
            Self {
                search: String::new(),
                digit: Digit(5),
                order: Order::Newest,
                before: None,
                year: Some(2026),
                is_done: false,
            }
        }
    }

    fn read(query: &str) -> FromAddress<Found> {
        FromAddress::read(query)
    }

    #[test]
    fn an_address_that_says_nothing_says_the_defaults() {
        for query in [
            "",
            "&",
            "?",
            "=",
            "other=1&search_=x",
            "Search=x",
            "search",
            "search=",
        ] {
            assert_eq!(read(query), FromAddress::default(), "{query}");
        }
        assert_eq!(written(&Found::default(), ""), "");
    }

    #[test]
    fn what_a_form_sends_is_read() {
        let query = "search=oat+%26+%E2%98%95&digit=9&order=oldest&before=&year=&done=true";
        let FromAddress { arguments, refused } = read(query);
        let expected = Found {
            search: "oat & ☕".to_owned(),
            digit: Digit(9),
            order: Order::Oldest,
            before: None,
            year: None,
            is_done: true,
        };
        assert_eq!((arguments, refused), (expected.clone(), vec![]));
        let short = "search=oat+%26+%E2%98%95&digit=9&order=oldest&done=true&year=";
        assert_eq!(written(&expected, ""), short);
    }

    #[test]
    fn what_the_types_refuse_is_the_default_and_named_and_the_rest_is_read() {
        for (query, name) in [
            ("digit=10", "digit"),
            ("digit=-1", "digit"),
            ("digit=nine", "digit"),
            ("digit=9%00", "digit"),
            ("digit=99999999999999999999", "digit"),
            ("order=Newest", "order"),
            ("order=%FF", "order"),
            ("before=-1", "before"),
            ("year=x", "year"),
            ("done=on", "done"),
        ] {
            let FromAddress { arguments, refused } = read(&format!("{query}&search=kept"));
            let expected = Found {
                search: "kept".to_owned(),
                ..Found::default()
            };
            assert_eq!((arguments, refused), (expected, vec![name]), "{query}");
        }
        let FromAddress { arguments, refused } = read("done=1&before=x&digit=0");
        assert_eq!(arguments, Found::default());
        assert_eq!(
            refused,
            ["digit", "before", "done"],
            "in the order of the type"
        );
    }

    #[test]
    fn nothing_filled_in_is_no_mistake() {
        assert_eq!(read("digit=&order=&done=&before=").refused, [""; 0]);
        assert_eq!(read("digit=&search=x").arguments.digit, Digit(5));
    }

    #[test]
    fn of_two_of_a_name_the_last_counts() {
        let FromAddress { arguments, refused } = read("digit=1&digit=x&digit=3");
        assert_eq!((arguments.digit, refused), (Digit(3), vec![]));
        assert_eq!(read("digit=3&digit=x").refused, ["digit"]);
    }

    #[test]
    fn what_belongs_to_others_stays_in_the_address() {
        let found = Found {
            digit: Digit(7),
            ..Found::default()
        };
        let query = written(&found, "utm=a+b&digit=3&order=oldest&flag");
        assert_eq!(query, "utm=a+b&flag=&digit=7");
        assert_eq!(written(&Found::default(), &query), "utm=a+b&flag=");
    }

    /// Most apps have their arguments in a type of their own, and some in one more around it.
    #[test]
    fn a_type_around_another_has_the_same_names() {
        #[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
        #[serde(transparent)]
        struct Around(Found);
        assert_eq!(names::<Around>(), names::<Found>());
        assert_eq!(
            names::<Found>(),
            ["search", "digit", "order", "before", "year", "done"]
        );
        let Around(found) = FromAddress::read("digit=2").arguments;
        assert_eq!(found.digit, Digit(2));
    }

    proptest! {
        #[test]
        fn whatever_is_written_is_read_again(
            search in any::<String>(),
            digit in 1..=9_u8,
            order in prop::bool::ANY,
            before in any::<Option<u64>>(),
            year in any::<Option<i32>>(),
            is_done in prop::bool::ANY,
            other in any::<String>(),
        ) {
            let order = if order { Order::Newest } else { Order::Oldest };
            let found = Found { search, digit: Digit(digit), order, before, year, is_done };
            let address = written(&found, &other);
            let read = read(&address);
            prop_assert_eq!(&read.arguments, &found, "{}", address);
            prop_assert!(read.refused.is_empty());
            prop_assert_eq!(written(&read.arguments, &address), address);
        }

        #[test]
        fn no_address_does_harm(query in ".{0,200}", bytes in prop::collection::vec(any::<u8>(), 0..100)) {
            for query in [query, String::from_utf8_lossy(&bytes).into_owned()] {
                let FromAddress { arguments, refused } = read(&query);
                prop_assert!(refused.len() <= names::<Found>().len());
                prop_assert_eq!(read(&written(&arguments, "")).arguments, arguments);
            }
        }
    }
}
