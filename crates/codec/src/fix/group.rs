//! Repeating groups, read entry by entry when asked for.

use super::dictionary::{Container, Dictionary};
use super::message::{Fields, Message};
use super::value::Value;

/// Entries of a repeating group, in order.
#[derive(Debug, Clone)]
pub struct Group<'a> {
    dictionary: &'static Dictionary,
    container: &'static Container,
    fields: Fields<'a>,
    stated: u64,
}

/// One entry of a repeating group, with the groups in it.
#[derive(Debug, Clone)]
pub struct Entry<'a> {
    dictionary: &'static Dictionary,
    container: &'static Container,
    fields: Fields<'a>,
}

impl<'a> Message<'a> {
    /// The group of the body or header that `count_tag` counts; `None` when the message has none
    /// or `dictionary` knows none for it.
    #[must_use]
    pub fn group(&self, dictionary: &'static Dictionary, count_tag: u32) -> Option<Group<'a>> {
        let definition = dictionary.message(self.msg_type())?;
        let containers = [dictionary.body(definition), dictionary.header()];
        let found = containers
            .into_iter()
            .find_map(|container| container.member(count_tag));
        let container = dictionary.group(found?)?;
        Group::find(self.fields(), dictionary, container, count_tag)
    }
}

impl<'a> Group<'a> {
    /// The group that the first field with `count_tag` counts.
    fn find(
        mut fields: Fields<'a>,
        dictionary: &'static Dictionary,
        container: &'static Container,
        count_tag: u32,
    ) -> Option<Self> {
        let mut found = fields.by_ref().map_while(Result::ok);
        let count = found.find(|field| field.tag == count_tag)?;
        Some(Self {
            dictionary,
            container,
            fields,
            stated: count.value.count().ok()?,
        })
    }

    /// How many entries the message says there are; those that follow may be fewer or more.
    #[must_use]
    pub const fn stated(&self) -> u64 {
        self.stated
    }
}

impl<'a> Iterator for Group<'a> {
    type Item = Entry<'a>;

    fn next(&mut self) -> Option<Entry<'a>> {
        let begin = self.fields.clone();
        pass_entry(&mut self.fields, self.dictionary, self.container)?;
        Some(Entry {
            dictionary: self.dictionary,
            container: self.container,
            fields: begin.up_to(&self.fields),
        })
    }
}

impl<'a> Entry<'a> {
    /// Every field, those of groups within it included.
    #[must_use]
    pub fn fields(&self) -> Fields<'a> {
        self.fields.clone()
    }

    /// The first field with `tag`.
    #[must_use]
    pub fn get(&self, tag: u32) -> Option<Value<'a>> {
        self.fields.get(tag)
    }

    /// The group within this entry that `count_tag` counts.
    #[must_use]
    pub fn group(&self, count_tag: u32) -> Option<Group<'a>> {
        let container = self.dictionary.group(self.container.member(count_tag)?)?;
        Group::find(self.fields(), self.dictionary, container, count_tag)
    }
}

/// Passes over one entry with the groups in it; `None` when none begins here.
///
/// An entry begins with the first member of its group: FIX 4.4, volume 1, "Repeating groups".
fn pass_entry(
    fields: &mut Fields<'_>,
    dictionary: &'static Dictionary,
    container: &'static Container,
) -> Option<()> {
    let first = u32::from(container.members.first()?.tag);
    let mut tag = fields.peek().filter(|tag| *tag == first)?;
    loop {
        // A malformed field ends the group, because nobody can tell whose it is.
        fields.next()?.ok()?;
        if let Some(inner) = container
            .member(tag)
            .and_then(|member| dictionary.group(member))
        {
            while pass_entry(fields, dictionary, inner).is_some() {}
        }
        match fields.peek() {
            Some(next) if next != first && container.place(next).is_some() => tag = next,
            _ => return Some(()),
        }
    }
}
