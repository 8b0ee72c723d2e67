//! Schema files to layouts (SBE 1.0, clause 4).

use std::str::FromStr;

use roxmltree::{Document, Node, ParsingOptions};
use rustc_hash::FxHashMap;

use super::error::SchemaError;
use super::primitive::{ByteOrder, Primitive};
use super::schema::{Composite, HeaderLayout, Kind, Message, Presence, Schema, Whole};

const MAX_NODES: u32 = 1_000_000;
const MAX_INCLUDES: usize = 16;

/// A schema file with those that it includes.
#[derive(Debug, Default)]
pub(super) struct Parser<'a> {
    pub(super) types: FxHashMap<&'a str, Node<'a, 'a>>,
}

/// An error at `node`.
pub(super) fn refuse(node: Node<'_, '_>, reason: &str) -> SchemaError {
    SchemaError::Rule {
        line: node.document().text_pos_at(node.range().start).row,
        element: node.tag_name().name().to_owned(),
        name: node.attribute("name").unwrap_or_default().to_owned(),
        reason: reason.to_owned(),
    }
}

/// The text in `node`.
pub(super) fn text(node: Node<'_, '_>) -> String {
    let parts = node
        .children()
        .filter(Node::is_text)
        .filter_map(|part| part.text());
    parts.collect::<String>().trim().to_owned()
}

/// The number in an attribute of `node`.
pub(super) fn attribute_number<T: FromStr>(
    node: Node<'_, '_>,
    name: &str,
) -> Result<Option<T>, SchemaError> {
    match node.attribute(name) {
        None => Ok(None),
        Some(text) => match text.trim().parse() {
            Ok(number) => Ok(Some(number)),
            Err(_) => Err(refuse(
                node,
                &format!("has {name} {text:?}, which is no such number"),
            )),
        },
    }
}

fn parse_xml(xml: &str) -> Result<Document<'_>, SchemaError> {
    let options = ParsingOptions {
        nodes_limit: MAX_NODES,
        ..ParsingOptions::default()
    };
    Document::parse_with_options(xml, options).map_err(|error| SchemaError::Xml {
        reason: error.to_string(),
    })
}

impl Schema {
    /// Compiles a schema file; `include` gives the files that it includes by their names.
    ///
    /// # Errors
    /// [`SchemaError`] with the line and the rule that is broken.
    pub fn from_xml(
        xml: &str,
        include: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, SchemaError> {
        let document = parse_xml(xml)?;
        let mut texts = Vec::new();
        let included = document
            .descendants()
            .filter(|node| node.tag_name().name() == "include");
        for node in included.take(MAX_INCLUDES) {
            let href = node.attribute("href").unwrap_or_default();
            texts.push(include(href).ok_or_else(|| SchemaError::Include {
                line: document.text_pos_at(node.range().start).row,
                href: href.to_owned(),
            })?);
        }
        let others = texts.iter().map(|text| parse_xml(text));
        let others = others.collect::<Result<Vec<_>, _>>()?;
        let mut roots = vec![document.root_element()];
        roots.extend(others.iter().map(Document::root_element));
        compile(&roots)
    }
}

fn compile<'a>(roots: &[Node<'a, 'a>]) -> Result<Schema, SchemaError> {
    let root = roots[0];
    if root.tag_name().name() != "messageSchema" {
        return Err(refuse(root, "is no messageSchema"));
    }
    let mut parser = Parser::default();
    for root in roots {
        parser.collect(*root)?;
    }
    // A type that no message uses has to be sound too.
    let mut types: Vec<_> = parser.types.values().copied().collect();
    types.sort_unstable_by_key(|node| node.range().start);
    for node in types {
        parser.kind(node, 0)?;
    }
    let byte_order = match root.attribute("byteOrder") {
        None | Some("littleEndian") => ByteOrder::Little,
        Some("bigEndian") => ByteOrder::Big,
        Some(_) => return Err(refuse(root, "has a byteOrder that does not exist")),
    };
    let id = attribute_number(root, "id")?.ok_or_else(|| refuse(root, "has no id"))?;
    let mut messages: Vec<Message> = Vec::new();
    for node in roots.iter().flat_map(roxmltree::Node::children) {
        if node.tag_name().name() != "message" {
            continue;
        }
        let message = parser.message(node)?;
        let is_repeated = messages
            .iter()
            .any(|known| known.id == message.id || known.name == message.name);
        if is_repeated {
            return Err(refuse(node, "repeats the id or the name of a message"));
        }
        messages.push(message);
    }
    messages.sort_by_key(|message| message.id);
    let header = parser.header(
        root,
        root.attribute("headerType").unwrap_or("messageHeader"),
    )?;
    Ok(Schema {
        id,
        version: attribute_number(root, "version")?.unwrap_or(0),
        package: root.attribute("package").unwrap_or_default().to_owned(),
        byte_order,
        messages,
        header,
    })
}

impl<'a> Parser<'a> {
    /// Notes every type below `root`, which is a schema or its types alone.
    fn collect(&mut self, root: Node<'a, 'a>) -> Result<(), SchemaError> {
        let is_types = |node: &Node<'a, 'a>| node.tag_name().name() == "types";
        let blocks: Vec<_> = if is_types(&root) {
            vec![root]
        } else {
            root.children().filter(is_types).collect()
        };
        for node in blocks
            .iter()
            .flat_map(roxmltree::Node::children)
            .filter(Node::is_element)
        {
            if node.tag_name().name() == "include" {
                continue;
            }
            let name = node
                .attribute("name")
                .ok_or_else(|| refuse(node, "has no name"))?;
            if self.types.insert(name, node).is_some() {
                return Err(refuse(node, "is a second type of its name"));
            }
        }
        Ok(())
    }

    /// The composite called `name`, for `node`.
    pub(super) fn composite_named(
        &self,
        node: Node<'a, 'a>,
        name: &str,
    ) -> Result<Composite, SchemaError> {
        let found = self
            .types
            .get(name)
            .filter(|found| found.tag_name().name() == "composite");
        let Some(found) = found else {
            return Err(refuse(
                node,
                &format!("needs the composite {name:?}, which is not there"),
            ));
        };
        self.composite(*found, 0)
    }

    fn header(&self, root: Node<'a, 'a>, name: &str) -> Result<HeaderLayout, SchemaError> {
        let composite = self.composite_named(root, name)?;
        let part = |part| whole(root, &composite, name, part, u64::MAX);
        Ok(HeaderLayout {
            size: composite.size,
            block_length: part("blockLength")?,
            template: part("templateId")?,
            schema: part("schemaId")?,
            version: part("version")?,
        })
    }
}

/// The part of `composite` that is called `part`: an unsigned integer, at most `most`.
pub(super) fn whole(
    node: Node<'_, '_>,
    composite: &Composite,
    name: &str,
    part: &str,
    most: u64,
) -> Result<Whole, SchemaError> {
    let member = composite.member(part);
    let Some(member) = member else {
        return Err(refuse(
            node,
            &format!("uses {name:?}, which has no {part:?}"),
        ));
    };
    let Kind::Simple(simple) = &member.kind else {
        return Err(refuse(
            node,
            &format!("uses {name:?}, whose {part:?} is no number"),
        ));
    };
    let is_plain = simple.length == 1 && simple.presence != Presence::Constant;
    if !simple.primitive.is_unsigned() || !is_plain {
        return Err(refuse(
            node,
            &format!("uses {name:?}, whose {part:?} is no unsigned integer"),
        ));
    }
    let allowed = simple.most.and_then(super::primitive::Number::to_u64);
    let allowed = allowed.unwrap_or(simple.primitive.most());
    if allowed > most {
        let reason = format!("uses {name:?}, whose {part:?} may be above {most}; set a maxValue");
        return Err(refuse(node, &reason));
    }
    Ok(Whole {
        primitive: simple.primitive,
        offset: member.offset,
        most: allowed,
    })
}

/// Whether `primitive` may stand for raw data.
pub(super) fn is_raw(primitive: Primitive) -> bool {
    matches!(
        primitive,
        Primitive::Char | Primitive::Uint8 | Primitive::Int8
    )
}
