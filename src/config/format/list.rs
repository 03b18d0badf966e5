//! Lists, and the scopes that are written as lists.

use keyward_wire::scope::Scope;
use toml::de::DeValue;

use super::{Fault, Faults, Format, Parsed, found, parsed};

/// A list of values of one kind, none of them twice.
pub struct List<F>(F);

/// A list of these.
pub const fn list<F>(of: F) -> List<F> {
    List(of)
}

impl<F: Format<Value: PartialEq>> Format for List<F> {
    type Value = Vec<F::Value>;

    fn expected(&self) -> String {
        format!("a list, each {}", self.0.expected())
    }

    fn read(&self, value: &DeValue<'_>) -> Result<Self::Value, Faults> {
        let DeValue::Array(elements) = value else {
            return Err(Faults::mismatch(&self.expected(), &found(value), "write it in brackets: [\"…\", \"…\"]"));
        };
        let mut values = Vec::with_capacity(elements.len());
        let mut faults = Vec::new();
        for element in elements {
            match self.0.read(element.get_ref()) {
                Ok(value) if values.contains(&value) => {
                    let message = format!("expected each only once, found {} again; remove it", found(element.get_ref()));
                    faults.push(Fault { at: Some(element.span()), message });
                }
                Ok(value) => values.push(value),
                Err(inner) => faults.extend(inner.at(element)),
            }
        }
        if faults.is_empty() { Ok(values) } else { Err(Faults(faults)) }
    }
}

#[cfg(test)]
impl<F: super::Show<Value: PartialEq>> super::Show for List<F> {
    fn show(&self, values: &Self::Value) -> String {
        let shown: Vec<_> = values.iter().map(|value| self.0.show(value)).collect();
        format!("[{}]", shown.join(", "))
    }
}

/// A list of scope words.
pub struct Scopes;

/// One word of a scope.
pub const WORD: Parsed<String> = parsed("one scope word", |text| {
    let scope = Scope::parse(text).map_err(|illegal| illegal.to_string())?;
    match &*scope.words().collect::<Vec<_>>() {
        [word] if *word == text => Ok(text.to_owned()),
        [] => Err("leave it out".into()),
        _ => Err("write each word in quotes of its own".into()),
    }
});

impl Format for Scopes {
    type Value = Scope;

    fn expected(&self) -> String {
        list(WORD).expected()
    }

    fn read(&self, value: &DeValue<'_>) -> Result<Scope, Faults> {
        let words = list(WORD).read(value)?;
        Ok(words.iter().map(String::as_str).collect())
    }
}

#[cfg(test)]
impl super::Show for Scopes {
    fn show(&self, value: &Scope) -> String {
        list(WORD).show(&value.words().map(str::to_owned).collect())
    }
}
