//! Changes to a text that has been sealed or signed, as a stranger might make them.
//!
//! Used by targets whose input says what is sealed and, apart from that, what happens to it afterwards: libFuzzer, which
//! changes inputs only, would never get hold of the sealed text itself.

use arbitrary::{Arbitrary, Result, Unstructured};

/// The most edits of one text.
const MAX_EDITS: usize = 64;

/// One change. Positions beyond the end count from the start again.
enum Edit {
    Set(u16, u8),
    Flip(u16, u8),
    Insert(u16, u8),
    Remove(u16, u8),
    Double(u16, u8),
    Swap(u16, u16),
    CutOff(u16),
}

impl<'a> Arbitrary<'a> for Edit {
    // Not derived: a byte per choice, so that a person can write some.
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        Ok(match u.int_in_range(0..=6_u8)? {
            0 => Self::Set(u.arbitrary()?, u.arbitrary()?),
            1 => Self::Flip(u.arbitrary()?, u.arbitrary()?),
            2 => Self::Insert(u.arbitrary()?, u.arbitrary()?),
            3 => Self::Remove(u.arbitrary()?, u.arbitrary()?),
            4 => Self::Double(u.arbitrary()?, u.arbitrary()?),
            5 => Self::Swap(u.arbitrary()?, u.arbitrary()?),
            _ => Self::CutOff(u.arbitrary()?),
        })
    }
}

impl Edit {
    fn apply(self, text: &mut Vec<u8>) {
        if text.is_empty() {
            return;
        }
        let length = text.len();
        let place = |at: u16| usize::from(at) % length;
        let piece = |at: u16, of: u8| place(at)..length.min(place(at) + usize::from(of));
        match self {
            Self::Set(at, byte) => text[place(at)] = byte,
            Self::Flip(at, bit) => text[place(at)] ^= 1 << (bit % 8),
            Self::Insert(at, byte) => text.insert(place(at), byte),
            Self::Remove(at, of) => drop(text.drain(piece(at, of))),
            Self::Double(at, of) => {
                let again = text[piece(at, of)].to_vec();
                let at = place(at);
                text.splice(at..at, again);
            }
            Self::Swap(one, other) => text.swap(place(one), place(other)),
            Self::CutOff(at) => text.truncate(place(at)),
        }
    }
}

/// The text after the changes that these bytes stand for; as it is, if there are none.
#[must_use]
pub fn edited(mut text: Vec<u8>, edits: &[u8]) -> Vec<u8> {
    let mut edits = Unstructured::new(edits);
    for _ in 0..MAX_EDITS {
        if edits.is_empty() {
            break;
        }
        if let Ok(edit) = Edit::arbitrary(&mut edits) {
            edit.apply(&mut text);
        }
    }
    text
}
