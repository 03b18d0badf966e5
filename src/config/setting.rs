//! How settings are declared: once, with their meaning, type, form, default and an example.

use super::section::Section;

/// The settings of one kind of section, as the file has them.
pub trait Settings: Sized {
    /// Reads them; what is wrong is recorded in `section`.
    fn read(section: &Section<'_>) -> Self;

    /// What the reference page says of them.
    #[cfg(test)]
    fn page() -> super::reference::Page;
}

/// Declares the settings of one kind of section:
///
/// ```text
/// settings! {
///     /// What the section is for.
///     pub struct LogSettings in "[log]" {
///         /// What the setting means, with its unit.
///         level: Level, choice(…), default(Level::INFO), example "debug";
///     }
/// }
/// ```
///
/// The third part says what its absence means: `default(value)`; `optional("…")` in words, where the default
/// depends on other settings; or `required()`. The last two make the field an [`Option`]: a required setting
/// that is missing or faulty is recorded, and the reading goes on without it. A key that is no name in Rust
/// follows the field: `kind as "type": …`.
macro_rules! settings {
    (@type default $Type:ty) => { $Type };
    (@type $rule:ident $Type:ty) => { Option<$Type> };
    (@key $field:ident) => { stringify!($field) };
    (@key $field:ident $key:literal) => { $key };
    (@read default $section:ident $key:expr, $format:expr, $example:tt, $default:expr) => {
        $section.optional($key, &$format).unwrap_or_else(|| $default)
    };
    (@read optional $section:ident $key:expr, $format:expr, $example:tt, $meaning:expr) => { $section.optional($key, &$format) };
    (@read required $section:ident $key:expr, $format:expr, $example:tt,) => {
        $section.required($key, &$format, stringify!($example))
    };
    (@absence default $format:expr, $default:expr) => { format!("`{}`", $crate::config::format::Show::show(&$format, &$default)) };
    (@absence optional $format:expr, $meaning:expr) => { String::from($meaning) };
    (@absence required $format:expr,) => { String::from("required") };
    (
        $(#[doc = $about:literal])+
        $vis:vis struct $Name:ident in $title:literal {
            $(
                $(#[doc = $meaning:literal])+
                $field:ident $(as $key:literal)?: $Type:ty, $format:expr, $rule:ident($($absence:expr)?), example $example:tt;
            )+
        }
    ) => {
        $(#[doc = $about])+
        #[derive(Clone, Debug)]
        $vis struct $Name {
            $( $(#[doc = $meaning])+ pub $field: $crate::config::setting::settings!(@type $rule $Type), )+
        }

        impl $crate::config::setting::Settings for $Name {
            fn read(section: &$crate::config::section::Section<'_>) -> Self {
                use $crate::config::setting::settings;
                $Name {
                    $($field: settings!(@read $rule section settings!(@key $field $($key)?), $format, $example, $($absence)?),)+
                }
            }

            #[cfg(test)]
            fn page() -> $crate::config::reference::Page {
                use $crate::config::{format::Format, reference::{Entry, Page}, setting::settings};
                Page {
                    title: $title,
                    about: &[$($about),+],
                    entries: vec![$(Entry {
                        key: settings!(@key $field $($key)?),
                        expected: $format.expected(),
                        absence: settings!(@absence $rule $format, $($absence)?),
                        meaning: &[$($meaning),+],
                        example: stringify!($example),
                        reads: |value| $format.read(value).is_ok(),
                    }),+],
                }
            }
        }
    };
}

pub(in crate::config) use settings;
