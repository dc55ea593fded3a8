//! [`fill`]: what was typed, in the places that a text of the server has for it: "“{text}” was not written."
//!
//! Called for what a list says of a submission, and for a row that is not stored yet, where what is put in has to be HTML.

/// The text with each `{name}` replaced by what `of` says to that name. What it has nothing to say to stays as it is, and
/// what was put in is not looked at again.
pub fn fill(text: &str, of: impl Fn(&str) -> Option<String>) -> String {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let place = after.split_once('}');
        match place.and_then(|(name, after)| Some((of(name)?, after))) {
            Some((value, after)) => {
                filled.push_str(&value);
                rest = after;
            }
            None => {
                filled.push('{');
                rest = after;
            }
        }
    }
    filled.push_str(rest);
    filled
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(text: &str) -> String {
        fill(text, |name| match name {
            "text" => Some("{id} & {text}".to_owned()),
            "id" => Some("7".to_owned()),
            _ => None,
        })
    }

    #[test]
    fn what_was_typed_is_put_in_its_places_and_never_looked_at_again() {
        for (text, is) in [
            ("", ""),
            ("Done.", "Done."),
            (
                "“{text}” was not written.",
                "“{id} & {text}” was not written.",
            ),
            ("{id}{id}", "77"),
            ("{other} {id}", "{other} 7"),
            ("{{id}}", "{7}"),
            ("{id", "{id"),
            ("}{", "}{"),
        ] {
            assert_eq!(filled(text), is, "{text}");
        }
    }
}
