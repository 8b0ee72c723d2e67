//! The text form of a FIX dictionary; `schema/fix/README.md` explains it.

use std::collections::BTreeMap;

/// A dictionary as its text says it, by name and tag.
#[derive(Default)]
pub(crate) struct Condensed {
    pub(crate) header: Vec<Member>,
    pub(crate) trailer: Vec<Member>,
    pub(crate) messages: BTreeMap<String, Message>,
    components: BTreeMap<String, Vec<Member>>,
    pub(crate) fields: BTreeMap<u16, Field>,
}

/// A message type.
pub(crate) struct Message {
    pub(crate) name: String,
    pub(crate) is_admin: bool,
    pub(crate) body: Vec<Member>,
}

/// A field's definition.
#[derive(Clone)]
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
    /// What `texts` define together, each with its file's name; the first that defines a thing wins.
    ///
    /// Components are put in their place file by file, because two files may call different ones
    /// alike. One that a file leaves empty is taken from the others: FIXT 1.1 names the group of
    /// message types in Logon, and FIX 5.0 SP2 says what is in it.
    pub(crate) fn of(texts: &[(String, &str)]) -> Self {
        let parts: Vec<Self> = texts
            .iter()
            .map(|(text, file)| Self::parse(text, file))
            .collect();
        let mut whole = Self::default();
        for part in &parts {
            let components = |name: &str| {
                let all = std::iter::once(part).chain(&parts);
                let mut found = all.filter_map(|part| part.components.get(name));
                found.find(|members| !members.is_empty())
            };
            for (ours, theirs) in [
                (&mut whole.header, &part.header),
                (&mut whole.trailer, &part.trailer),
            ] {
                if ours.is_empty() {
                    *ours = flat(&components, theirs, true);
                }
            }
            for (msg_type, message) in &part.messages {
                let message = Message {
                    name: message.name.clone(),
                    is_admin: message.is_admin,
                    body: flat(&components, &message.body, true),
                };
                whole.messages.entry(msg_type.clone()).or_insert(message);
            }
            for (tag, field) in &part.fields {
                whole.fields.entry(*tag).or_insert_with(|| field.clone());
            }
        }
        whole
    }

    fn parse(text: &str, file: &str) -> Self {
        let mut this = Self::default();
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
                (_, "[header]") => this.header = members(&mut words),
                (_, "[trailer]") => this.trailer = members(&mut words),
                (_, "[messages]") => {
                    let mut next = || words.next().expect("a message has type, name, category");
                    let (msg_type, name, category) = (next(), next(), next());
                    let message = Message {
                        name: name.into(),
                        is_admin: category == "admin",
                        body: members(&mut words),
                    };
                    this.messages.entry(msg_type.into()).or_insert(message);
                }
                (_, "[components]") => {
                    let name = words.next().expect("a component has a name");
                    let members = members(&mut words);
                    this.components.entry(name.into()).or_insert(members);
                }
                (_, "[fields]") => this.add_field(&mut words),
                _ => panic!("{file}: {line:?} stands in no section"),
            }
        }
        this
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
}

/// Members with components put in their place; those of an optional component are optional.
fn flat<'a>(
    components: &impl Fn(&str) -> Option<&'a Vec<Member>>,
    members: &[Member],
    is_required: bool,
) -> Vec<Member> {
    let mut all = Vec::new();
    for member in members {
        let is_required = member.is_required && is_required;
        match &member.what {
            What::Component(name) => {
                let inner = components(name);
                let inner = inner.unwrap_or_else(|| panic!("no file says what is in {name}"));
                all.extend(flat(components, inner, is_required));
            }
            What::Field(tag) => all.push(Member {
                is_required,
                what: What::Field(*tag),
            }),
            What::Group(tag, inner) => all.push(Member {
                is_required,
                what: What::Group(*tag, flat(components, inner, true)),
            }),
        }
    }
    all
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
