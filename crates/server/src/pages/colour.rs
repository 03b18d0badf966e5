//! Colours, and which of them can be read on which.

use std::{fmt, str::FromStr};

/// A colour of the screen (sRGB).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Colour {
    red: u8,
    green: u8,
    blue: u8,
}

/// A text that is no colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("write six hexadecimal digits after a #")]
pub struct IllegalColour;

/// The least contrast between a text and what it stands on (WCAG 2.2, 1.4.3).
pub(super) const READABLE: f64 = 4.5;

/// In how many steps a colour is changed until it can be read.
const STEPS: u16 = 32;

impl Colour {
    /// `#000000`
    pub(super) const BLACK: Colour = Colour::new(0, 0, 0);
    /// `#ffffff`
    pub(super) const WHITE: Colour = Colour::new(255, 255, 255);

    /// A colour by its parts.
    #[must_use]
    pub const fn new(red: u8, green: u8, blue: u8) -> Self {
        Colour { red, green, blue }
    }

    /// The contrast to another colour, from 1 to 21 (WCAG 2.2).
    pub(super) fn contrast(self, other: Colour) -> f64 {
        let (one, two) = (self.luminance(), other.luminance());
        (one.max(two) + 0.05) / (one.min(two) + 0.05)
    }

    /// Black or white, whichever is easier to read on this colour. That is always readable: √21 > 4.5.
    pub(super) fn ink(self) -> Colour {
        if self.contrast(Colour::WHITE) >= self.contrast(Colour::BLACK) { Colour::WHITE } else { Colour::BLACK }
    }

    /// This colour, moved `towards` another just as far as it takes to be readable on all `papers`.
    pub(super) fn readable_on(self, papers: &[Colour], towards: Colour) -> Colour {
        let readable = |colour: &Colour| papers.iter().all(|paper| colour.contrast(*paper) >= READABLE);
        (0..=STEPS).map(|step| self.mixed(towards, step)).find(readable).unwrap_or(towards)
    }

    fn mixed(self, other: Colour, step: u16) -> Colour {
        let mix = |one: u8, two: u8| {
            let sum = (u16::from(one) * (STEPS - step) + u16::from(two) * step) / STEPS;
            u8::try_from(sum).unwrap_or(u8::MAX)
        };
        Colour::new(mix(self.red, other.red), mix(self.green, other.green), mix(self.blue, other.blue))
    }

    fn luminance(self) -> f64 {
        let linear = |part: u8| {
            let part = f64::from(part) / 255.0;
            if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * linear(self.red) + 0.7152 * linear(self.green) + 0.0722 * linear(self.blue)
    }
}

impl FromStr for Colour {
    type Err = IllegalColour;

    fn from_str(text: &str) -> Result<Self, IllegalColour> {
        let digits = text.strip_prefix('#').unwrap_or_default().as_bytes();
        match data_encoding::HEXLOWER_PERMISSIVE.decode(digits).as_deref() {
            Ok([red, green, blue]) => Ok(Colour::new(*red, *green, *blue)),
            _ => Err(IllegalColour),
        }
    }
}

impl fmt::Display for Colour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{:02x}{:02x}{:02x}", self.red, self.green, self.blue)
    }
}

#[cfg(test)]
mod tests {
    use super::{Colour, IllegalColour};

    #[test]
    fn colours_are_read_and_shown() {
        assert_eq!("#0f5c55".parse(), Ok(Colour::new(15, 92, 85)));
        assert_eq!("#FFB000".parse::<Colour>().unwrap().to_string(), "#ffb000");
        for text in ["", "#", "0f5c55", "#fff", "#0f5c5", "#0f5c550", "#0f5c5g", "red", "#0f5c55;}"] {
            assert_eq!(text.parse::<Colour>(), Err(IllegalColour), "{text}");
        }
    }

    #[test]
    fn contrast_is_that_of_wcag() {
        let near = |one: f64, two: f64| (one - two).abs() < 0.005;
        assert!(near(Colour::BLACK.contrast(Colour::WHITE), 21.0));
        assert!(near(Colour::WHITE.contrast(Colour::WHITE), 1.0));
        assert!(near(Colour::new(0x76, 0x76, 0x76).contrast(Colour::WHITE), 4.54));
    }
}
