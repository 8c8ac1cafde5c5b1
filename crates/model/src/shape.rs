//! The seam between bytes and types: codecs walk a catalogue shape and a `dyn Shape` side by side, so that each protocol
//! is written once and no intermediate tree is built. Typed structs get it by `#[derive(Shape)]`; [`crate::Value`]
//! implements it for data whose type is known only at run time.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::Timestamp;

/// One scalar on its way in, already parsed as the catalogue's type says.
#[derive(Clone, Debug, PartialEq)]
pub enum Scalar<'a> {
    /// `boolean`
    Bool(bool),
    /// `integer`, `long`, `short`, `byte`
    Int(i64),
    /// `float`, `double`
    Float(f64),
    /// `string`, `character`, and every enum
    Text(Cow<'a, str>),
    /// `blob`, decoded
    Blob(Cow<'a, [u8]>),
    /// `timestamp`
    Time(Timestamp),
    /// a structure with `document: true`: any JSON
    Document(serde_json::Value),
}

/// Why a value refused what it was given. The codec adds where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct Invalid {
    /// In AWS's manner: a clause that can follow the member's name.
    pub reason: String,
}

impl Invalid {
    /// An error with this reason.
    pub fn new(reason: impl Into<String>) -> Self {
        Self { reason: reason.into() }
    }
}

/// What a value is at this moment, for writing it out.
pub enum View<'a> {
    /// Not there: the codec writes nothing.
    Absent,
    /// A boolean.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A floating-point number.
    Float(f64),
    /// Text, or the word of an enum.
    Text(Cow<'a, str>),
    /// Bytes, not yet encoded.
    Blob(&'a [u8]),
    /// A moment.
    Time(Timestamp),
    /// Any JSON.
    Document(&'a serde_json::Value),
    /// A structure.
    Struct(&'a dyn Fields),
    /// A list, in order.
    List(Vec<&'a dyn Shape>),
    /// A map, in the order in which it is to be written.
    Map(Vec<(&'a str, &'a dyn Shape)>),
}

/// The members of a structure, by AWS's member names.
pub trait Fields {
    /// The member of this name, where the structure declares it.
    fn field(&self, name: &str) -> Option<&dyn Shape>;

    /// Every declared member's name, in order.
    fn names(&self) -> Vec<&str>;
}

/// A value that a codec can fill from a request or write into a response.
pub trait Shape: Send {
    /// What the value is now.
    fn view(&self) -> View<'_>;

    /// Takes one scalar.
    ///
    /// # Errors
    /// Where the value is no scalar, or this one is outside what it holds.
    fn set(&mut self, scalar: Scalar<'_>) -> Result<(), Invalid>;

    /// The place of a structure's member; `None` where this type does not declare it (the ledger then decides).
    fn member(&mut self, _name: &str) -> Option<&mut dyn Shape> {
        None
    }

    /// A new last element of a list; `None` where this is no list.
    fn push(&mut self) -> Option<&mut dyn Shape> {
        None
    }

    /// The place of a map's entry; `None` where this is no map.
    fn entry(&mut self, _key: &str) -> Option<&mut dyn Shape> {
        None
    }

    /// Says that a structure, list or map was present, even if nothing is in it.
    fn touch(&mut self) {}

    /// Like [`Shape::touch`], for a target that learns its type from the catalogue ([`crate::Value`]): what kind of thing it is to be.
    fn become_kind(&mut self, _kind: Kind) {
        self.touch();
    }

    /// Which members this type honours, all the way down: what the coverage ledger compares with the catalogue.
    fn declared() -> Declared
    where
        Self: Sized;
}

/// The three kinds that hold other values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A structure or union.
    Struct,
    /// A list.
    List,
    /// A map.
    Map,
}

/// What a type honours. Functions, not values, so that recursive types can be told.
pub enum Declared {
    /// A scalar.
    Scalar,
    /// Whatever comes.
    Any,
    /// A list of these.
    List(fn() -> Declared),
    /// A map to these.
    Map(fn() -> Declared),
    /// A structure of these members.
    Struct(&'static [DeclaredMember]),
}

/// A member's name and what is honoured below it.
pub type DeclaredMember = (&'static str, fn() -> Declared);

fn mismatch(want: &str) -> Invalid {
    Invalid::new(format!("is not {want}"))
}

macro_rules! integer_shapes {
    ($($t:ty),*) => {$(
        impl Shape for $t {
            fn view(&self) -> View<'_> {
                View::Int(i64::from(*self))
            }
            fn set(&mut self, scalar: Scalar<'_>) -> Result<(), Invalid> {
                let Scalar::Int(n) = scalar else { return Err(mismatch("an integer")) };
                *self = <$t>::try_from(n).map_err(|_| Invalid::new(format!("is out of range: {n}")))?;
                Ok(())
            }
            fn declared() -> Declared {
                Declared::Scalar
            }
        }
    )*};
}
integer_shapes!(i64, i32, i16, u16, u32, u8);

macro_rules! scalar_shape {
    ($t:ty, $want:literal, $self:ident => $view:expr, $pattern:pat => $value:expr) => {
        impl Shape for $t {
            fn view(&self) -> View<'_> {
                let $self = self;
                $view
            }
            fn set(&mut self, scalar: Scalar<'_>) -> Result<(), Invalid> {
                let $pattern = scalar else { return Err(mismatch($want)) };
                *self = $value;
                Ok(())
            }
            fn declared() -> Declared {
                Declared::Scalar
            }
        }
    };
}
scalar_shape!(bool, "a boolean", s => View::Bool(*s), Scalar::Bool(b) => b);
scalar_shape!(f64, "a number", s => View::Float(*s), Scalar::Float(f) => f);
scalar_shape!(String, "a string", s => View::Text(Cow::Borrowed(s)), Scalar::Text(t) => t.into_owned());
scalar_shape!(Timestamp, "a timestamp", s => View::Time(*s), Scalar::Time(t) => t);
scalar_shape!(serde_json::Value, "a document", s => View::Document(s), Scalar::Document(d) => d);

/// Bytes, as a type of their own: `Vec<u8>` is a list of numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct Blob(pub Vec<u8>);
scalar_shape!(Blob, "a blob", s => View::Blob(&s.0), Scalar::Blob(b) => Blob(b.into_owned()));

impl<T: Shape + Default> Shape for Option<T> {
    fn view(&self) -> View<'_> {
        self.as_ref().map_or(View::Absent, Shape::view)
    }
    fn set(&mut self, scalar: Scalar<'_>) -> Result<(), Invalid> {
        self.get_or_insert_default().set(scalar)
    }
    fn member(&mut self, name: &str) -> Option<&mut dyn Shape> {
        self.get_or_insert_default().member(name)
    }
    fn push(&mut self) -> Option<&mut dyn Shape> {
        self.get_or_insert_default().push()
    }
    fn entry(&mut self, key: &str) -> Option<&mut dyn Shape> {
        self.get_or_insert_default().entry(key)
    }
    fn touch(&mut self) {
        self.get_or_insert_default().touch();
    }
    fn become_kind(&mut self, kind: Kind) {
        self.get_or_insert_default().become_kind(kind);
    }
    fn declared() -> Declared {
        T::declared()
    }
}

impl<T: Shape + Default> Shape for Box<T> {
    fn view(&self) -> View<'_> {
        (**self).view()
    }
    fn set(&mut self, scalar: Scalar<'_>) -> Result<(), Invalid> {
        (**self).set(scalar)
    }
    fn member(&mut self, name: &str) -> Option<&mut dyn Shape> {
        (**self).member(name)
    }
    fn push(&mut self) -> Option<&mut dyn Shape> {
        (**self).push()
    }
    fn entry(&mut self, key: &str) -> Option<&mut dyn Shape> {
        (**self).entry(key)
    }
    fn touch(&mut self) {
        (**self).touch();
    }
    fn become_kind(&mut self, kind: Kind) {
        (**self).become_kind(kind);
    }
    fn declared() -> Declared {
        T::declared()
    }
}

impl<T: Shape + Default> Shape for Vec<T> {
    fn view(&self) -> View<'_> {
        View::List(self.iter().map(|item| item as &dyn Shape).collect())
    }
    fn set(&mut self, _: Scalar<'_>) -> Result<(), Invalid> {
        Err(mismatch("a list"))
    }
    fn push(&mut self) -> Option<&mut dyn Shape> {
        Vec::push(self, T::default());
        self.last_mut().map(|item| item as &mut dyn Shape)
    }
    fn declared() -> Declared {
        Declared::List(T::declared)
    }
}

impl<T: Shape + Default> Shape for BTreeMap<String, T> {
    fn view(&self) -> View<'_> {
        View::Map(self.iter().map(|(key, item)| (key.as_str(), item as &dyn Shape)).collect())
    }
    fn set(&mut self, _: Scalar<'_>) -> Result<(), Invalid> {
        Err(mismatch("a map"))
    }
    fn entry(&mut self, key: &str) -> Option<&mut dyn Shape> {
        Some(BTreeMap::entry(self, key.to_owned()).or_default())
    }
    fn declared() -> Declared {
        Declared::Map(T::declared)
    }
}

/// An operation without input or output.
impl Shape for () {
    fn view(&self) -> View<'_> {
        View::Struct(self)
    }
    fn set(&mut self, _: Scalar<'_>) -> Result<(), Invalid> {
        Err(mismatch("empty"))
    }
    fn declared() -> Declared {
        Declared::Struct(&[])
    }
}

impl Fields for () {
    fn field(&self, _: &str) -> Option<&dyn Shape> {
        None
    }
    fn names(&self) -> Vec<&str> {
        Vec::new()
    }
}

/// Gives a newtype over `String` (its `FromStr` decides what is valid, its `Display` writes it) the [`Shape`] of a string.
#[macro_export]
macro_rules! text_shape {
    ($($t:ty),* $(,)?) => {$(
        impl $crate::Shape for $t {
            fn view(&self) -> $crate::View<'_> {
                $crate::View::Text(::std::borrow::Cow::Owned(self.to_string()))
            }
            fn set(&mut self, scalar: $crate::Scalar<'_>) -> Result<(), $crate::Invalid> {
                let $crate::Scalar::Text(text) = scalar else {
                    return Err($crate::Invalid::new("is not a string"));
                };
                *self = text.parse().map_err(|e| $crate::Invalid::new(format!("is invalid: {e}")))?;
                Ok(())
            }
            fn declared() -> $crate::Declared {
                $crate::Declared::Scalar
            }
        }
    )*};
}

/// An enum whose variants are AWS's words: `text_enum! { /// doc pub enum Tenancy { Default = "default", Dedicated = "dedicated" } }`.
/// The first variant is the default. Unknown words are refused with the list of known ones.
#[macro_export]
macro_rules! text_enum {
    ($(#[$meta:meta])* $vis:vis enum $name:ident { $($(#[$vmeta:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        $vis enum $name { $($(#[$vmeta])* #[doc = $word] $variant),+ }

        impl $name {
            /// Every word, in AWS's order.
            pub const WORDS: &'static [&'static str] = &[$($word),+];
            /// AWS's word for it.
            pub const fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }
        impl ::std::default::Default for $name {
            #[allow(unreachable_code)]
            fn default() -> Self { $(return Self::$variant;)+ }
        }
        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result { f.write_str(self.word()) }
        }
        impl ::std::str::FromStr for $name {
            type Err = String;
            fn from_str(text: &str) -> Result<Self, String> {
                match text {
                    $($word => Ok(Self::$variant),)+
                    _ => Err(format!("'{text}' is not one of [{}]", Self::WORDS.join(", "))),
                }
            }
        }
        impl ::serde::Serialize for $name {
            fn serialize<S: ::serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> { s.serialize_str(self.word()) }
        }
        impl<'de> ::serde::Deserialize<'de> for $name {
            fn deserialize<D: ::serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                <::std::borrow::Cow<'_, str> as ::serde::Deserialize>::deserialize(d)?.parse().map_err(::serde::de::Error::custom)
            }
        }
        $crate::text_shape!($name);
    };
}
