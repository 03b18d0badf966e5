//! The stylesheet: one file, and the colours made of the operator's accent.

use super::{Colour, version};

const BUILT_IN: &str = include_str!("../../assets/pages.css");

/// The accent where the operator names none.
pub(super) const ACCENT: Colour = Colour::new(0x14, 0x5c, 0x55);

/// What text in the accent colour stands on, by theme: `--paper`, `--card` and `--tint` of the stylesheet.
pub(super) const LIGHT: [Colour; 3] = [Colour::new(0xf5, 0xf3, 0xee), Colour::new(0xff, 0xff, 0xff), Colour::new(0xf0, 0xed, 0xe6)];
pub(super) const DARK: [Colour; 3] = [Colour::new(0x15, 0x18, 0x1b), Colour::new(0x1e, 0x22, 0x26), Colour::new(0x29, 0x2e, 0x33)];

/// The stylesheet as it is served.
pub(super) struct Stylesheet {
    pub css: String,
    pub version: String,
}

impl Stylesheet {
    /// The stylesheet with this accent.
    pub fn made(accent: Option<Colour>) -> Self {
        let css = colours(accent.unwrap_or(ACCENT)) + BUILT_IN;
        Stylesheet { version: version(css.as_bytes()), css }
    }
}

/// Buttons have the accent as it is, with black or white on it. As a text it is made darker or lighter until it can be read.
fn colours(accent: Colour) -> String {
    let ink = accent.ink();
    let light = accent.readable_on(&LIGHT, Colour::BLACK);
    let dark = accent.readable_on(&DARK, Colour::WHITE);
    format!(
        ":root {{ --accent: {accent}; --accent-ink: {ink}; --link: {light}; }}\n\
         @media (prefers-color-scheme: dark) {{ :root {{ --link: {dark}; }} }}\n"
    )
}

#[cfg(test)]
mod tests {
    use super::{ACCENT, BUILT_IN, Colour, DARK, LIGHT, Stylesheet, colours};
    use crate::pages::colour::READABLE;

    /// The values of a property, in order.
    fn values<'c>(css: &'c str, name: &str) -> Vec<&'c str> {
        css.split(&format!("--{name}: ")).skip(1).map(|rest| rest.split(';').next().unwrap()).collect()
    }

    #[test]
    fn the_papers_are_those_of_the_stylesheet() {
        for (index, name) in ["paper", "card", "tint"].into_iter().enumerate() {
            assert_eq!(values(BUILT_IN, name), [LIGHT[index].to_string(), DARK[index].to_string()], "{name}");
        }
    }

    #[test]
    fn any_accent_can_be_read_in_both_themes() {
        let greys = (0..=255).map(|part| Colour::new(part, part, part));
        let vivid = (0..=255).flat_map(|part| {
            let (rest, full, none) = (255 - part, 255, 0);
            [Colour::new(full, part, none), Colour::new(none, full, part), Colour::new(part, none, full), Colour::new(rest, rest, full)]
        });
        for accent in greys.chain(vivid).chain([ACCENT]) {
            let css = colours(accent);
            let read = |name| values(&css, name).into_iter().map(|value| value.parse::<Colour>().unwrap()).collect::<Vec<_>>();
            assert_eq!(read("accent"), [accent]);
            assert!(read("accent-ink")[0].contrast(accent) >= READABLE, "{accent}");
            let links = read("link");
            assert!(LIGHT.iter().all(|paper| links[0].contrast(*paper) >= READABLE), "{accent} {links:?}");
            assert!(DARK.iter().all(|paper| links[1].contrast(*paper) >= READABLE), "{accent} {links:?}");
        }
    }

    #[test]
    fn every_text_can_be_read_on_everything_it_stands_on() {
        let theme = |name: &str, theme: usize| -> Colour { values(BUILT_IN, name)[theme].parse().unwrap() };
        for number in [0, 1] {
            let on = |paper: &str| ["ink", "quiet"].map(|text| (text, theme(text, number).contrast(theme(paper, number))));
            for (text, contrast) in ["paper", "card", "tint"].into_iter().flat_map(on) {
                assert!(contrast >= READABLE, "{text} {number}: {contrast}");
            }
            assert!(theme("error", number).contrast(theme("error-paper", number)) >= READABLE);
            assert!(theme("ink", number).contrast(theme("warning-paper", number)) >= READABLE);
            // What shows where a field is (WCAG 2.2, 1.4.11).
            assert!(theme("edge", number).contrast(theme("card", number)) >= 3.0);
        }
    }

    #[test]
    fn another_accent_has_another_version() {
        assert_ne!(Stylesheet::made(None).version, Stylesheet::made(Some(Colour::BLACK)).version);
    }
}
