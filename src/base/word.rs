//! Enums whose values have words: settings, the command line, `--json`, the screen and the store
//! write them in the same way.

/// An enum whose values have words; implemented by [`words!`].
pub trait Word: Copy + PartialEq + 'static {
    /// The words, in the order of the documentation.
    const WORDS: &'static [(&'static str, Self)];

    /// The word for the value; empty for values that cannot be written.
    #[must_use]
    fn word(self) -> &'static str {
        Self::WORDS.iter().find(|(_, value)| *value == self).map_or("", |(word, _)| word)
    }

    /// The value of a word; `None` for words that are not known, such as those of later versions.
    #[must_use]
    fn from_word(word: &str) -> Option<Self> {
        Self::WORDS.iter().find(|(known, _)| *known == word).map(|(_, value)| *value)
    }
}

/// Implements [`Word`] for an enum, and [`serde`]'s traits with the same words.
macro_rules! words {
    ($name:ident { $($value:ident $(($inner:expr))?: $word:literal),+ $(,)? }) => {
        impl $crate::base::Word for $name {
            const WORDS: &'static [(&'static str, Self)] = &[$(($word, Self::$value $(($inner))?)),+];
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str($crate::base::Word::word(*self))
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let word = String::deserialize(deserializer)?;
                <Self as $crate::base::Word>::from_word(&word)
                    .ok_or_else(|| serde::de::Error::unknown_variant(&word, &[$($word),+]))
            }
        }
    };
}

pub(crate) use words;

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Clone, Copy, PartialEq)]
    enum Fruit {
        Apple,
        BloodOrange,
    }

    words!(Fruit { Apple: "apple", BloodOrange: "blood-orange" });

    #[test]
    fn a_value_is_its_word_everywhere() {
        assert_eq!(Fruit::Apple.word(), "apple");
        assert_eq!(Fruit::from_word("blood-orange"), Some(Fruit::BloodOrange));
        assert_eq!(Fruit::from_word("pear"), None);
        assert_eq!(serde_json::to_string(&Fruit::BloodOrange).unwrap(), "\"blood-orange\"");
        assert_eq!(serde_json::from_str::<Fruit>("\"apple\"").unwrap(), Fruit::Apple);
        let error = serde_json::from_str::<Fruit>("\"pear\"").unwrap_err().to_string();
        assert!(error.contains("expected `apple` or `blood-orange`"), "{error}");
    }
}
