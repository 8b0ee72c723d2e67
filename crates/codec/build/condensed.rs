//! The text form of a FIX dictionary; `schema/fix/README.md` explains it.

use std::collections::BTreeMap;

/// A dictionary as its text says it, by name and tag.
#[derive(Default)]
pub(crate) struct Condensed {
    pub(crate) header: Vec<Member>,
    pub(crate) trailer: Vec<Member>,
    pub(crate) messages: BTreeMap<String, Message>,
    pub(crate) components: BTreeMap<String, Vec<Member>>,
    pub(crate) fields: BTreeMap<u16, Field>,
}

/// A message type.
pub(crate) struct Message {
    pub(crate) name: String,
    pub(crate) is_admin: bool,
    pub(crate) body: Vec<Member>,
}

/// A field's definition.
pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) kind: String,
    /// Value and its name.
    pub(crate) values: Vec<(String, String)>,
}

/// What stands in a message, component or group.
#[derive(Clone)]
pub(crate) struct Member {
    pub(crate) is_required: bool,
    pub(crate) what: What,
}

/// A field, a component by name, or a group with its count field.
#[derive(Clone)]
pub(crate) enum What {
    Field(u16),
    Component(String),
    Group(u16, Vec<Member>),
}

impl Condensed {
    /// Adds what `text` defines and what is not defined yet.
    pub(crate) fn add(&mut self, text: &str, file: &str) {
        let mut section = "";
        let lines = text
            .lines()
            .filter(|line| !line.starts_with('#') && !line.is_empty());
        for line in lines {
            let mut words = line.split(' ');
            match (line, section) {
                ("[header]" | "[trailer]" | "[messages]" | "[components]" | "[fields]", _) => {
                    section = line;
                }
                (_, "[header]") => self.header = members(&mut words),
                (_, "[trailer]") => self.trailer = members(&mut words),
                (_, "[messages]") => {
                    let mut next = || words.next().expect("a message has type, name, category");
                    let (msg_type, name, category) = (next(), next(), next());
                    let message = Message {
                        name: name.into(),
                        is_admin: category == "admin",
                        body: members(&mut words),
                    };
                    self.messages.entry(msg_type.into()).or_insert(message);
                }
                (_, "[components]") => {
                    let name = words.next().expect("a component has a name");
                    let members = members(&mut words);
                    self.components.entry(name.into()).or_insert(members);
                }
                (_, "[fields]") => self.add_field(&mut words),
                _ => panic!("{file}: {line:?} stands in no section"),
            }
        }
    }

    fn add_field<'a>(&mut self, words: &mut impl Iterator<Item = &'a str>) {
        let mut next = || words.next().expect("a field has tag, name, type");
        let (tag, name, kind) = (next(), next(), next());
        let value = |word: &str| {
            let (value, name) = word.split_once('=').expect("a value has a name");
            (value.to_owned(), name.to_owned())
        };
        let mut field = Field {
            name: name.into(),
            kind: kind.into(),
            values: words.map(value).collect(),
        };
        field.values.sort();
        self.fields
            .entry(tag.parse().expect("a tag is a number"))
            .or_insert(field);
    }

    /// Members with components put in their place; those of an optional component are optional.
    pub(crate) fn flat(&self, members: &[Member], is_required: bool) -> Vec<Member> {
        let mut flat = Vec::new();
        for member in members {
            let is_required = member.is_required && is_required;
            match &member.what {
                What::Component(name) => {
                    let inner = self.components.get(name);
                    let inner = inner.unwrap_or_else(|| panic!("no component is called {name}"));
                    flat.extend(self.flat(inner, is_required));
                }
                What::Field(tag) => flat.push(Member {
                    is_required,
                    what: What::Field(*tag),
                }),
                What::Group(tag, inner) => flat.push(Member {
                    is_required,
                    what: What::Group(*tag, self.flat(inner, true)),
                }),
            }
        }
        flat
    }
}

/// Members up to the end of the line, or of the group that they stand in.
fn members<'a>(words: &mut impl Iterator<Item = &'a str>) -> Vec<Member> {
    let mut found = Vec::new();
    while let Some(word) = words.next() {
        if word == ")" {
            break;
        }
        let (word, opens_group) = word
            .strip_suffix('(')
            .map_or((word, false), |word| (word, true));
        let (word, is_required) = word
            .strip_suffix('!')
            .map_or((word, false), |word| (word, true));
        let tag = || {
            word.parse()
                .unwrap_or_else(|_| panic!("{word:?} is no tag"))
        };
        let what = match word.strip_prefix('@') {
            Some(name) => What::Component(name.into()),
            None if opens_group => What::Group(tag(), members(words)),
            None => What::Field(tag()),
        };
        found.push(Member { is_required, what });
    }
    found
}
