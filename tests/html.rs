//! Pages as a browser reads them: their elements, their forms and what their text says.

use std::collections::BTreeMap;

use html5gum::{Token, Tokenizer};

/// The start of an element.
#[derive(Debug, Clone)]
pub struct Element {
    pub name: String,
    pub attributes: BTreeMap<String, String>,
    /// The text up to its end, nested elements' included.
    pub text: String,
}

impl Element {
    pub fn get(&self, attribute: &str) -> &str {
        self.attributes.get(attribute).map_or("", String::as_str)
    }
}

/// A form: where it is posted to, what it sends unless edited, and its buttons.
#[derive(Debug, Clone)]
pub struct Form {
    pub action: String,
    pub method: String,
    /// Inputs with a name and their values; an unticked box is left out.
    pub fields: Vec<(String, String)>,
    /// Ids of the buttons, each with the pair it adds.
    buttons: Vec<(String, Option<(String, String)>)>,
}

impl Form {
    /// The same form with `name` filled in.
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.fields.retain(|(own, _)| own != name);
        self.fields.push((name.into(), value.into()));
        self
    }

    /// The same fields, posted to another address.
    pub fn to(mut self, action: &str) -> Self {
        self.action = action.into();
        self
    }

    pub fn without(mut self, name: &str) -> Self {
        let before = self.fields.len();
        self.fields.retain(|(own, _)| own != name);
        assert_eq!(self.fields.len(), before - 1, "there is a field {name}");
        self
    }

    /// The same form with the button of this id pressed.
    pub fn pressed(mut self, button: &str) -> Self {
        let (_, pair) = self.buttons.iter().find(|(id, _)| id == button).unwrap_or_else(|| panic!("no button {button}: {self:?}"));
        self.fields.extend(pair.clone());
        self
    }

    pub fn field(&self, name: &str) -> &str {
        let found = self.fields.iter().find(|(own, _)| own == name);
        found.map(|(_, value)| value.as_str()).unwrap_or_else(|| panic!("no field {name}: {self:?}"))
    }

    pub fn has(&self, name: &str, value: &str) -> bool {
        self.fields.iter().any(|(own, held)| own == name && held == value)
    }
}

/// A page.
#[derive(Debug, Clone)]
pub struct Html {
    /// Every element, in order.
    pub elements: Vec<Element>,
    pub forms: Vec<Form>,
}

/// Elements that have no end.
const VOID: &[&str] = &["meta", "link", "img", "input", "br"];

impl Html {
    pub fn read(text: &str) -> Self {
        let mut page = Html { elements: Vec::new(), forms: Vec::new() };
        let mut open: Vec<usize> = Vec::new();
        let mut form: Option<Form> = None;
        for token in Tokenizer::new(text) {
            match token.unwrap() {
                Token::StartTag(tag) => {
                    let word = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
                    let attributes = tag.attributes.iter().map(|(name, value)| (word(name), word(value))).collect();
                    let element = Element { name: word(&tag.name), attributes, text: String::new() };
                    match (element.name.as_str(), &mut form) {
                        ("form", None) => {
                            let (action, method) = (element.get("action").into(), element.get("method").into());
                            form = Some(Form { action, method, fields: Vec::new(), buttons: Vec::new() });
                        }
                        ("form", Some(_)) => panic!("a form in a form: {text}"),
                        ("input", Some(form)) => form.fields.extend(field(&element)),
                        ("button", Some(form)) => form.buttons.push((element.get("id").into(), field(&element))),
                        _ => {}
                    }
                    if !VOID.contains(&element.name.as_str()) {
                        open.push(page.elements.len());
                    }
                    page.elements.push(element);
                }
                Token::EndTag(tag) => {
                    let ended = open.pop().expect("an end has a start");
                    assert_eq!(page.elements[ended].name.as_bytes(), &*tag.name.0, "elements are nested: {text}");
                    if page.elements[ended].name == "form" {
                        page.forms.extend(form.take());
                    }
                }
                Token::String(said) => {
                    for &inside in &open {
                        page.elements[inside].text.push_str(std::str::from_utf8(&said).unwrap());
                    }
                }
                Token::Doctype(_) => {}
                Token::Comment(comment) => panic!("a comment in a page: {comment:?}"),
                // What a person entered goes back into its field as it is, control characters too.
                Token::Error(error) if *error == html5gum::Error::ControlCharacterInInputStream => {}
                Token::Error(error) => panic!("{error:?} in {text}"),
            }
        }
        assert!(open.is_empty(), "every element ends: {text}");
        page
    }

    /// The element of this id.
    pub fn id(&self, id: &str) -> Option<&Element> {
        let mut found = self.elements.iter().filter(|element| element.get("id") == id);
        let first = found.next();
        assert!(found.next().is_none(), "the id {id} is there twice");
        first
    }

    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Element> {
        self.elements.iter().filter(move |element| element.name == name)
    }

    /// What the page says, without its title.
    pub fn text(&self) -> String {
        self.all("body").next().map(|body| body.text.split_whitespace().collect::<Vec<_>>().join(" ")).unwrap_or_default()
    }

    /// The only form that is posted to `action`.
    pub fn form(&self, action: &str) -> Form {
        let found: Vec<_> = self.forms.iter().filter(|form| form.action == action).collect();
        assert_eq!(found.len(), 1, "one form for {action}: {}", self.text());
        assert_eq!(found[0].method, "post");
        found[0].clone()
    }
}

fn field(element: &Element) -> Option<(String, String)> {
    let unticked = element.get("type") == "checkbox" && !element.attributes.contains_key("checked");
    let named = element.attributes.contains_key("name") && !unticked;
    named.then(|| (element.get("name").to_owned(), element.get("value").to_owned()))
}

#[test]
fn a_page_is_read_as_a_browser_reads_it() {
    let page = Html::read(
        "<!doctype html><body><form method=post action=/x><input name=a value='1&amp;2'><input type=checkbox name=b value=y>\
         <button id=go name=d value=yes>Go <b>on</b></button></form></body>",
    );
    let form = page.form("/x");
    assert_eq!(form.fields, [("a".to_owned(), "1&2".to_owned())]);
    assert_eq!(form.clone().pressed("go").field("d"), "yes");
    assert_eq!(form.with("a", "3").field("a"), "3");
    assert_eq!(page.id("go").unwrap().text, "Go on");
    assert_eq!(page.text(), "Go on");
}
